"""A clinician, or a court, stops somebody who acts by law (PRX-9; 45 CFR 164.502(g)(5)).

The reason stays with clinicians. Whoever is stopped reads that their access is paused, and nothing else. A limit has
days: one that begins later, or ends by itself, is looked at again on that day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import and_, or_
from sqlalchemy.orm import aliased

from portal.caregivers.changing import GIVEN_BY_LAW, drop_notices
from portal.caregivers.consent import stops_at
from portal.infra.dates import at_wall, date_in
from portal.infra.errors import Conflict, Invalid
from portal.models import AccessLimit, Account, Relationship
from portal.notifications.service import notify
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

READ, CHANGE = Action.CAREGIVER_LIMIT_READ, Action.CAREGIVER_LIMIT_UPDATE
JOB = "caregivers.look_at_limit"
WHYS = ("abuse", "neglect", "danger", "no_contact", "custody")
LONGEST = 1_000  # signs of the reason

Maker = aliased(Account)


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit that holds, or will."""

    id: UUID
    why: str
    details: str
    starts_at: datetime
    ends_at: datetime | None
    made_by: str


@dataclass(frozen=True, slots=True)
class ByLaw:
    """Somebody who acts by law, with what limits them."""

    id: UUID
    name: str
    kind: str
    relation: str
    state: str
    limits: tuple[Limit, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A limit to be made. Days are the practice's; no `since` means at once, no `until` for good."""

    why: str
    details: str
    since: date | None
    until: date | None


def by_law(uow: UnitOfWork, person_id: UUID) -> list[ByLaw]:
    """The patient's representatives and parents, paused ones too, for clinicians who treat the patient."""
    uow.require(READ, patient=person_id)
    held = (
        uow.select(
            READ, Relationship, Relationship.id, Relationship.kind, Relationship.relation, Relationship.state,
            Account.display_name, within=person_id,
        )
        .join(Account, Account.id == Relationship.account_id)
        .where(
            Relationship.kind.in_(GIVEN_BY_LAW),
            Relationship.state.in_(("active", "suspended")),
            or_(Relationship.ends_at.is_(None), Relationship.ends_at > uow.now),
        )
        .order_by(Account.display_name, Relationship.id)
    )  # fmt: skip
    limits = _limits(uow, person_id)
    uow.seen(READ, person_id)
    return [
        ByLaw(row.id, row.display_name, row.kind, row.relation, row.state, tuple(limits.get(row.id, ())))
        for row in uow.rows(held)
    ]


def _limits(uow: UnitOfWork, person_id: UUID) -> dict[UUID, list[Limit]]:
    statement = (
        uow.select(READ, AccessLimit, AccessLimit, Maker.display_name.label("maker"), within=person_id)
        .join(Maker, Maker.id == AccessLimit.made_by_id)
        .where(AccessLimit.lifted_at.is_(None), or_(AccessLimit.ends_at.is_(None), AccessLimit.ends_at > uow.now))
        .order_by(AccessLimit.starts_at, AccessLimit.id)
    )
    found: dict[UUID, list[Limit]] = {}
    for row in uow.rows(statement):
        one: AccessLimit = row[0]
        details = uow.unseal(person_id, "access_limit.details", one.id, one.details)
        limit = Limit(one.id, one.why, details, one.starts_at, one.ends_at, row.maker)
        found.setdefault(one.relationship_id, []).append(limit)
    return found


def make(uow: UnitOfWork, person_id: UUID, held_id: UUID, wanted: Wanted) -> UUID:
    """Stop somebody who acts by law, now or from a day on. Returns the limit's id.

    Raises `NotFound`, `NotAllowed`, `Invalid("why" or "details" or "since" or "until")`, `Conflict` when the access
    has ended meanwhile.
    """
    uow.require(CHANGE, patient=person_id)
    held = uow.load(CHANGE, Relationship, held_id, within=person_id)
    if held.kind not in GIVEN_BY_LAW or held.state not in ("active", "suspended"):
        raise Conflict("state-changed")
    zone, today = uow.settings.zone, date_in(uow.now, uow.settings.zone)
    if wanted.why not in WHYS:
        raise Invalid("why")
    if not wanted.details.strip() or len(wanted.details) > LONGEST:
        raise Invalid("details")
    if wanted.since is not None and wanted.since < today:
        raise Invalid("since", "over")
    if wanted.until is not None and wanted.until < (wanted.since or today):
        raise Invalid("until", "over")
    limit = AccessLimit(
        patient_id=person_id,
        relationship_id=held.id,
        why=wanted.why,
        details=b"",
        starts_at=at_wall(wanted.since, time(), zone) if wanted.since and wanted.since > today else uow.now,
        ends_at=stops_at(wanted.until, zone) if wanted.until else None,
        made_by_id=uow.actor.account_id,
        made_at=uow.now,
    )
    limit.details = uow.seal(person_id, "access_limit.details", limit.id, wanted.details)
    uow.add(limit)
    uow.audit(CHANGE, limit, reason="made")
    uow.flush()
    for moment in (limit.starts_at, limit.ends_at):
        if moment is not None and moment > uow.now:
            uow.later(JOB, limit.id, at=moment)
    look_at(uow, held)
    return limit.id


def lift(uow: UnitOfWork, person_id: UUID, limit_id: UUID) -> None:
    """The reason is gone: the limit ends, and access goes on unless something else stops it."""
    limit = uow.load(CHANGE, AccessLimit, limit_id, within=person_id)
    if limit.lifted_at is not None:
        raise Conflict("state-changed")
    limit.lifted_at, limit.lifted_by_id = uow.now, uow.actor.account_id
    uow.audit(CHANGE, limit, reason="lifted")
    uow.flush()
    look_at(uow, uow.load(CHANGE, Relationship, limit.relationship_id, within=person_id), was_limited=True)


def holds(uow: UnitOfWork, held: Relationship) -> bool:
    """Whether a limit stops this relationship at this moment."""
    statement = uow.as_job(JOB).select(READ, AccessLimit, AccessLimit.id, within=held.patient_id)
    now = and_(AccessLimit.starts_at <= uow.now, or_(AccessLimit.ends_at.is_(None), AccessLimit.ends_at > uow.now))
    standing = statement.where(AccessLimit.relationship_id == held.id, AccessLimit.lifted_at.is_(None), now)
    return uow.first(standing.limit(1)) is not None


def stand(uow: UnitOfWork, person_id: UUID, relationship_ids: Sequence[UUID]) -> bool:
    """Whether a limit of any of these relationships holds now, or will."""
    if not relationship_ids:
        return False
    statement = uow.as_job(JOB).select(READ, AccessLimit, AccessLimit.id, within=person_id)
    ahead = or_(AccessLimit.ends_at.is_(None), AccessLimit.ends_at > uow.now)
    which = AccessLimit.relationship_id.in_(relationship_ids)
    return uow.first(statement.where(which, AccessLimit.lifted_at.is_(None), ahead).limit(1)) is not None


def look_at(uow: UnitOfWork, held: Relationship, *, was_limited: bool = False) -> None:
    """Bring the access in line with its limits. `was_limited` says that one of them has just ended."""
    is_limited = holds(uow, held)
    if is_limited and held.state == "active":
        held.state, held.suspended_by = "suspended", "clinic"
        drop_notices(uow, held)
        uow.later("messaging.liaison_changed", held.patient_id)
        uow.audit(CHANGE, held, reason="limited")
        notify(uow, held.account_id, "access_ended", f"access-limited:{held.id}:{uow.now.isoformat()}")
    elif was_limited and not is_limited and held.state == "suspended" and held.suspended_by == "clinic":
        held.state, held.suspended_by = "active", None
        uow.audit(CHANGE, held, reason="limit-over")


def day_came(uow: UnitOfWork, limit_id: UUID) -> None:
    """A limit begins or ends today; nothing where it was lifted meanwhile, or the access is over."""
    found = uow.scalars(uow.select(CHANGE, AccessLimit).where(AccessLimit.id == limit_id))
    if not found or found[0].lifted_at is not None:
        return
    held = uow.scalars(uow.select(CHANGE, Relationship).where(Relationship.id == found[0].relationship_id))[0]
    look_at(uow, held, was_limited=found[0].ends_at is not None and found[0].ends_at <= uow.now)
