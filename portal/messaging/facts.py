"""The facts a routing decision rests on, read from the database: the router's `Context` for one patient at one moment.

The whole record is read under the rules of the job `messaging.route`, because privacy is decided by it: a medicine
the sender may not see can make a message sensitive (TAXONOMY.md 5). Only the decision leaves. Keys are ids: a
practitioner's id, `pool:<key>` for a pool, `rel:<id>` for a caregiver.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from portal.infra.dates import age_on
from portal.messaging import record_facts
from portal.messaging.routing import context as facts
from portal.models import (
    Absence,
    Account,
    CareTeamMember,
    LiaisonMode,
    Person,
    Pool,
    Practitioner,
    Relationship,
    RelationshipScope,
)
from portal.policy.actions import Action
from portal.policy.vocabulary import THREAD_SCOPE, families
from portal.work.unit_of_work import UnitOfWork

ROUTER = "messaging.route"


@dataclass(frozen=True)
class Colleague:
    """Somebody who may answer, as pages show them."""

    id: UUID
    name: str
    role: str
    specialty: str | None
    pool_id: UUID | None


@dataclass(frozen=True)
class Team:
    """A pool, as pages show it."""

    id: UUID
    key: str
    name: str
    is_clinical: bool


@dataclass(frozen=True)
class Caregiver:
    """A caregiver with a relationship that holds now."""

    id: UUID
    account_id: UUID
    name: str
    kind: str
    relation: str
    scopes: frozenset[str]
    away_until: datetime | None

    @property
    def key(self) -> str:
        return f"rel:{self.id}"


@dataclass(frozen=True)
class Facts:
    """The router's context, and who its keys are."""

    context: facts.Context
    given_name: str
    colleagues: dict[UUID, Colleague]
    team_ids: tuple[UUID, ...]
    pools: dict[str, Team]
    caregivers: dict[UUID, Caregiver] = field(default_factory=dict)
    sender_role: str = "patient"
    sender: Caregiver | None = None
    modes: dict[str, str] = field(default_factory=dict)  # how the patient's questions reach the liaison, by scope

    @property
    def liaison(self) -> Caregiver | None:
        """The patient's active liaison."""
        return next((one for one in self.caregivers.values() if one.kind == "liaison"), None)

    def name_of(self, key: str) -> str:
        """The name behind a key of the router, or nothing."""
        if key.startswith("pool:"):
            pool = self.pools.get(key.removeprefix("pool:"))
            return pool.name if pool else ""
        if key.startswith("rel:"):
            return self.caregivers[UUID(key.removeprefix("rel:"))].name
        colleague = self.colleagues.get(UUID(key))
        return colleague.name if colleague else ""


def gather(uow: UnitOfWork, person_id: UUID) -> Facts:
    """Everything around one patient that decides who answers. The caller has asked the policy about the sender."""
    router = uow.as_job(ROUTER)
    now, zone = uow.now, uow.settings.zone
    person = router.prepared(_person, within=person_id).first()
    pools = {row.key: Team(row.id, row.key, row.name, row.is_clinical) for row in router.prepared(_pools)}
    colleagues, absences, team_ids = _staff(router, person_id, now.astimezone(zone).date())
    caregivers = _caregivers(router, person_id)
    sender_role, sender = _sender(uow, person_id, caregivers)
    pool_keys = {team.id: f"pool:{team.key}" for team in pools.values()}
    members = tuple(
        facts.Member(str(c.id), c.name, _role(c), pool_keys.get(c.pool_id) if c.pool_id else None, is_here)
        for c, is_here in colleagues.values()
    )
    modes = _modes(router, person_id)
    liaison = _liaison(caregivers, sender, sender_role)
    if liaison is not None and sender_role in ("patient", "provider"):
        liaison = _without(liaison, modes)
    if liaison is not None:
        held = next(c for c in caregivers.values() if c.key == liaison.key)
        if held.away_until is not None and held.away_until > now:
            until = held.away_until.astimezone(zone).date()
            absences.append(facts.Absence(held.key, date.min, until, None))
    context = facts.Context(
        context_id=str(person_id),
        as_of=now.astimezone(zone).replace(tzinfo=None),
        patient_name=f"{person.given_name} {person.family_name}".strip(),
        patient_age=age_on(person.birth_on, now.astimezone(zone).date()) if person.birth_on else None,
        patient_language=person.language,
        conditions=record_facts.conditions(router, person_id),
        care_team=members,
        pcp=str(person.pcp_id) if person.pcp_id else None,
        care_manager=str(person.care_manager_id) if person.care_manager_id else None,
        liaison=liaison,
        family=tuple(facts.Relative(c.key, c.name, c.relation) for c in caregivers.values()),
        medications=record_facts.medications(router, person_id),
        results=record_facts.results(router, person_id, zone),
        appointments=record_facts.visits(router, person_id, zone, now),
        referrals=record_facts.referrals(router, person_id),
        absences=tuple(absences),
    )
    return Facts(
        context=context,
        given_name=person.given_name,
        colleagues={key: colleague for key, (colleague, _) in colleagues.items()},
        team_ids=team_ids,
        pools=pools,
        caregivers=caregivers,
        sender_role=sender_role,
        sender=sender,
        modes=modes,
    )


def _person(router: UnitOfWork, *, within: Any) -> Any:
    return router.select(
        Action.PEOPLE_PERSON_READ,
        Person,
        Person.given_name,
        Person.family_name,
        Person.birth_on,
        Person.language,
        Person.pcp_id,
        Person.care_manager_id,
        within=within,
    )


def _pools(router: UnitOfWork, *, within: None) -> Any:
    return select(Pool.id, Pool.key, Pool.name, Pool.is_clinical)


def _role(colleague: Colleague) -> str:
    return {"pcp": "pcp", "care_manager": "care manager"}.get(colleague.role, colleague.specialty or colleague.role)


def _staff(
    router: UnitOfWork, person_id: UUID, today: date
) -> tuple[dict[UUID, tuple[Colleague, bool]], list[facts.Absence], tuple[UUID, ...]]:
    """Everybody who could answer (the team, and who covers), whether they can now, and who is away.

    Somebody without an account that opens has nobody to read for them: they count as having left.
    """
    rows = router.prepared(_answering, within=person_id).all()
    team = tuple(dict.fromkeys(row.id for row in rows if row.in_team))
    colleagues = {
        row.id: (
            Colleague(row.id, row.name, row.role, row.specialty, row.pool_id),
            bool(row.is_active and row.has_account),
        )
        for row in rows
    }
    away = router.prepared(_away, today=today).all()
    absences = [
        facts.Absence(str(a.practitioner_id), a.starts_on, a.ends_on, str(a.covering_id) if a.covering_id else None)
        for a in away
    ]
    return colleagues, absences, team


def _answering(router: UnitOfWork, *, within: Any) -> Any:
    """The team of the patient, and everybody else with an account that opens."""
    now = router.now
    team = router.select(
        Action.PEOPLE_CARE_TEAM_READ, CareTeamMember, CareTeamMember.practitioner_id, within=within
    ).where(CareTeamMember.starts_at <= now, or_(CareTeamMember.ends_at.is_(None), CareTeamMember.ends_at > now))
    in_team = Practitioner.id.in_(team)
    return (
        select(
            Practitioner.id,
            Practitioner.name,
            Practitioner.role,
            Practitioner.specialty,
            Practitioner.pool_id,
            Practitioner.is_active,
            Account.is_active.label("has_account"),
            in_team.label("in_team"),
        )
        .outerjoin(Account, Account.practitioner_id == Practitioner.id)
        .where(or_(in_team, Account.is_active))
        .order_by(Practitioner.sort_name)
        .execution_options(scoped=frozenset({CareTeamMember.__tablename__}))
    )


def _away(router: UnitOfWork, *, within: None, today: Any) -> Any:
    return select(Absence.practitioner_id, Absence.starts_on, Absence.ends_on, Absence.covering_id).where(
        Absence.starts_on <= today, Absence.ends_on >= today
    )


def _caregivers(router: UnitOfWork, person_id: UUID) -> dict[UUID, Caregiver]:
    rows: dict[UUID, list[Any]] = {}
    for row in router.prepared(_holding, within=person_id):
        rows.setdefault(row.id, []).append(row)
    return {
        key: Caregiver(
            key,
            held[0].account_id,
            held[0].display_name,
            held[0].kind,
            held[0].relation,
            frozenset(row.scope for row in held if row.scope),
            held[0].away_until,
        )
        for key, held in rows.items()
    }


def _holding(router: UnitOfWork, *, within: Any) -> Any:
    """Relationships that hold now, a row for each scope."""
    now = router.now
    return (
        router.select(
            Action.CAREGIVER_RELATIONSHIP_READ,
            Relationship,
            Relationship.id,
            Relationship.account_id,
            Relationship.kind,
            Relationship.relation,
            Relationship.away_until,
            Account.display_name,
            RelationshipScope.scope,
            within=within,
            joining=(RelationshipScope,),
        )
        .join(Account, Account.id == Relationship.account_id)
        .outerjoin(RelationshipScope, RelationshipScope.relationship_id == Relationship.id)
        .where(
            Relationship.state == "active",
            Relationship.starts_at <= now,
            or_(Relationship.ends_at.is_(None), Relationship.ends_at > now),
            Account.is_active,
        )
        .order_by(Relationship.starts_at, Relationship.id)
    )


def _modes(router: UnitOfWork, person_id: UUID) -> dict[str, str]:
    return {row.scope: row.mode for row in router.prepared(_wishes, within=person_id)}


def _wishes(router: UnitOfWork, *, within: Any) -> Any:
    return router.select(Action.CAREGIVER_LIAISON_READ, LiaisonMode, LiaisonMode.scope, LiaisonMode.mode, within=within)


def _without(liaison: facts.Liaison, modes: dict[str, str]) -> facts.Liaison:
    """The liaison as if they had no grant for what the patient keeps from them: a wish only ever narrows."""
    kept = {family for family, scope in THREAD_SCOPE.items() if modes.get(scope) == "never"}
    return replace(liaison, scopes=liaison.scopes - kept)


def _sender(uow: UnitOfWork, person_id: UUID, caregivers: dict[UUID, Caregiver]) -> tuple[str, Caregiver | None]:
    """In which of the router's four roles the actor writes, and by which relationship."""
    if uow.actor.is_staff:
        return "provider", None
    if uow.actor.person_id == person_id:
        return "patient", None
    held = [c for c in caregivers.values() if c.account_id == uow.actor.account_id]
    for kind in ("representative", "liaison", "proxy", "backup", "family"):
        for one in held:
            if one.kind == kind:
                return _ROLES.get(kind) or _backup_role(one, caregivers, uow.now), one
    return "family_other", held[0] if held else None


_ROLES = {"representative": "patient", "liaison": "liaison", "family": "family_other"}


def _backup_role(one: Caregiver, caregivers: dict[UUID, Caregiver], now: datetime) -> str:
    """A proxy who may send writes like a liaison; a backup does while the liaison is away."""
    if one.kind == "proxy":
        return "liaison" if "messages_send" in one.scopes else "family_other"
    liaison = next((c for c in caregivers.values() if c.kind == "liaison"), None)
    is_away = liaison is None or (liaison.away_until is not None and liaison.away_until > now)
    return "liaison" if is_away else "family_other"


def _liaison(caregivers: dict[UUID, Caregiver], sender: Caregiver | None, role: str) -> facts.Liaison | None:
    """The liaison of the context. A proxy who writes is judged by the proxy's own grants."""
    named = next((c for c in caregivers.values() if c.kind == "liaison"), None)
    if role == "liaison" and sender is not None and sender.kind == "proxy":
        named = sender
    if named is None:
        return None
    backup = next((c for c in caregivers.values() if c.kind == "backup"), None)
    return facts.Liaison(
        key=named.key,
        name=named.name,
        relationship=named.relation,
        active=True,
        scopes=frozenset(families(named.scopes)),
        backup=backup.key if backup else None,
        backup_name=backup.name if backup else None,
    )
