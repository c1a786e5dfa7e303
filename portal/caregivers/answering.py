"""Answering an invitation: whoever holds its code sees who asks and for what, and says yes or no, once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update

from portal.caregivers import limits, reminding
from portal.caregivers.ages import is_of_age, set_ages
from portal.caregivers.changing import GIVEN_BY_LAW, drop_notices
from portal.caregivers.consent import INVITED_BY_PATIENT, stops_at
from portal.identity.invitations import invite, normal_code
from portal.infra.errors import Conflict, Gone, Invalid, NotAllowed
from portal.infra.ids import digest
from portal.models import (
    AccessEvidence,
    AccessInvitation,
    AccessSignature,
    Account,
    Invitation,
    Person,
    Relationship,
    RelationshipScope,
)
from portal.notifications.service import notify
from portal.policy.actions import Action
from portal.policy.vocabulary import CHILD_BASIC, stored
from portal.work.unit_of_work import UnitOfWork

ANSWER, CHANGE = Action.CAREGIVER_INVITATION_ANSWER, Action.CAREGIVER_GRANT_UPDATE
JOB = "caregivers.invitation"
FOR_ADULTS = ("liaison", "backup", "proxy")


@dataclass(frozen=True, slots=True)
class Offer:
    """An invitation that waits for its answer, and who asks."""

    id: UUID
    person_id: UUID
    asked_by: str
    name: str
    email: str | None
    kind: str
    relation: str
    scopes: frozenset[str]
    ends_on: date | None
    account_id: UUID | None
    made_by_id: UUID | None = None
    for_them: str = ""  # the representative who asks in the patient's place


def by_code(uow: UnitOfWork, code: str) -> Offer:
    """The invitation of a shown or mailed code. Raises `Gone`: used, withdrawn, too old or never there look alike."""
    job = uow.as_job(JOB)
    given = digest(normal_code(code))
    row = job.first(
        job.select(
            ANSWER, AccessInvitation, AccessInvitation, Person.given_name, Person.family_name,
            Account.display_name.label("maker"), Account.person_id.label("maker_person"), joining=(Person,),
        )
        .join(Person, Person.id == AccessInvitation.patient_id)
        .join(Account, Account.id == AccessInvitation.made_by_id)
        .where(
            or_(AccessInvitation.code_hash == given, AccessInvitation.mail_hash == given),
            AccessInvitation.state == "invited",
            AccessInvitation.expires_at > uow.now,
            ~Person.is_deceased,
        )
    )  # fmt: skip
    if row is None:
        raise Gone("invitation")
    found: AccessInvitation = row[0]
    return Offer(
        id=found.id,
        person_id=found.patient_id,
        asked_by=f"{row.given_name} {row.family_name}".strip(),
        name=found.name,
        email=found.email,
        kind=found.kind,
        relation=found.relation,
        scopes=frozenset(found.scopes),
        ends_on=found.ends_on,
        account_id=found.account_id,
        made_by_id=found.made_by_id,
        for_them=row.maker if found.kind in INVITED_BY_PATIENT and row.maker_person != found.patient_id else "",
    )


def account_for(uow: UnitOfWork, offer: Offer, language: str) -> UUID:
    """The invitation (of identity) by which somebody without an account makes their sign-in.

    Their account is made with it, once; it opens nothing before they have said yes. Raises `Conflict("has-sign-in")`
    when somebody signs in to that account already.
    """
    account_id = offer.account_id
    if account_id is None:
        account = Account(display_name=offer.name, email=offer.email, language=language, created_at=uow.now)
        uow.add(account)
        uow.flush()  # the invitation names it
        account_id = account.id
        uow.change(update(AccessInvitation).where(AccessInvitation.id == offer.id).values(account_id=account_id))
    invite(uow, account_id)
    uow.flush()
    uow.audit(ANSWER, patient=offer.person_id, reason="account-made")
    statement = select(Invitation.id).where(
        Invitation.account_id == account_id, Invitation.used_at.is_(None), Invitation.cancelled_at.is_(None)
    )
    found: UUID = uow.scalars(statement)[0]
    return found


def decline(uow: UnitOfWork, offer: Offer) -> None:
    """Say no. Raises `Conflict` when it was answered meanwhile."""
    _answer(uow, offer, "declined")
    uow.audit(ANSWER, patient=offer.person_id, reason="declined")
    _tell_patient(uow, offer)


def accept(uow: UnitOfWork, offer: Offer, *, is_adult: bool) -> UUID:
    """Say yes: the relationship begins in this transaction; returns its id.

    A liaison takes over in one step: the one before ends and this one begins at the same instant, and the database
    holds that there are never two (LIA-1). Raises `Invalid` for the patient themselves ("own-record"), for whoever
    made the invitation ("own-invitation") and for people under 18 ("under-age"), `NotAllowed("own-filing")` for whoever
    filed or checked the paper it rests on, `NotAllowed("limited")` for whoever was stopped, `Conflict` when it was
    answered meanwhile.
    """
    account_id = uow.actor.account_id
    assert account_id is not None
    if uow.actor.person_id == offer.person_id:
        raise Invalid("code", "own-record")
    if account_id == offer.made_by_id:
        raise Invalid("code", "own-invitation")
    if _saw_the_paper(uow, offer, account_id):
        raise NotAllowed("own-filing")
    if offer.kind in FOR_ADULTS and not (is_adult and _is_of_age(uow)):
        raise Invalid("is_adult", "under-age")
    if offer.kind in GIVEN_BY_LAW and _is_stopped(uow, offer, account_id):
        raise NotAllowed("limited")
    _answer(uow, offer, "accepted", account_id=account_id)
    replaced = _end_what_it_replaces(uow, offer, account_id)
    held = _relationship(uow, offer, account_id)
    for old_account in replaced:
        if old_account != account_id:
            notify(uow, old_account, "access_ended", f"access-replaced:{held.id}:{old_account}")
    _tell_patient(uow, offer)
    return held.id


def _saw_the_paper(uow: UnitOfWork, offer: Offer, account_id: UUID) -> bool:
    """Whether the actor filed or checked the paper of this invitation: its code came through their hands."""
    job = uow.as_job(JOB)
    paper = job.select(Action.CAREGIVER_EVIDENCE_READ, AccessEvidence, AccessEvidence.id, within=offer.person_id)
    mine = or_(AccessEvidence.filed_by_id == account_id, AccessEvidence.checked_by_id == account_id)
    return job.first(paper.where(AccessEvidence.invitation_id == offer.id, mine)) is not None


def _is_stopped(uow: UnitOfWork, offer: Offer, account_id: UUID) -> bool:
    """Whether clinicians, a court or the privacy officer stopped the actor here: a new paper is no way past that."""
    job = uow.as_job(JOB)
    held = job.select(
        Action.CAREGIVER_RELATIONSHIP_READ, Relationship, Relationship.id, Relationship.suspended_by,
        within=offer.person_id,
    ).where(
        Relationship.account_id == account_id, Relationship.kind.in_(GIVEN_BY_LAW),
        Relationship.state.in_(("active", "suspended")),
    )  # fmt: skip
    rows = uow.rows(held)
    stopped = any(row.suspended_by == "clinic" for row in rows)
    return stopped or limits.stand(uow, offer.person_id, [row.id for row in rows])


def _answer(uow: UnitOfWork, offer: Offer, state: str, **values: Any) -> None:
    """The one step in which of several answers one wins. Raises `Conflict("already-answered")`."""
    waiting = update(AccessInvitation).where(
        AccessInvitation.id == offer.id, AccessInvitation.state == "invited", AccessInvitation.expires_at > uow.now
    )
    if uow.change(waiting.values(state=state, answered_at=uow.now, **values)) != 1:
        raise Conflict("already-answered")


def _end_what_it_replaces(uow: UnitOfWork, offer: Offer, account_id: UUID) -> list[UUID]:
    """End the liaison before, and what the same person held as the same kind. Returns whose it was."""
    job = uow.as_job(JOB)
    same = Relationship.account_id == account_id
    which = Relationship.kind == "liaison" if offer.kind == "liaison" else (Relationship.kind == offer.kind) & same
    held = job.select(
        Action.CAREGIVER_RELATIONSHIP_READ, Relationship, Relationship.id, Relationship.account_id,
        Relationship.patient_id, within=offer.person_id,
    ).where(which, Relationship.state.in_(("active", "suspended")))  # fmt: skip
    rows = uow.rows(held)
    if rows:
        uow.change(
            update(Relationship)
            .where(Relationship.id.in_([row.id for row in rows]))
            .values(state="ended", ended_at=uow.now, suspended_by=None)
        )
        for row in rows:
            if row.account_id != account_id:
                drop_notices(uow, row)
        uow.audit(CHANGE, patient=offer.person_id, reason="replaced")
        uow.later("messaging.liaison_changed", offer.person_id)  # questions that waited for them go on
    return [row.account_id for row in rows]


def _relationship(uow: UnitOfWork, offer: Offer, account_id: UUID) -> Relationship:
    held = Relationship(
        patient_id=offer.person_id,
        account_id=account_id,
        kind=offer.kind,
        relation=offer.relation,
        state="active",
        starts_at=uow.now,
        ends_at=stops_at(offer.ends_on, uow.settings.zone) if offer.ends_on else None,
    )
    scopes = stored(offer.scopes)
    if offer.kind == "parent":
        scopes |= {CHILD_BASIC}
        set_ages(uow, held, _born(uow, offer.person_id), offer.ends_on)
    uow.add(held)
    uow.flush()  # its scopes name it
    for scope in sorted(scopes):
        uow.add(RelationshipScope(patient_id=offer.person_id, relationship_id=held.id, scope=scope))
    tables: Any = ((AccessInvitation, AccessInvitation.id), (AccessSignature, AccessSignature.invitation_id))
    for table, key in (*tables, (AccessEvidence, AccessEvidence.invitation_id)):
        uow.change(update(table).where(key == offer.id).values(relationship_id=held.id))
    uow.audit(ANSWER, held, reason="accepted")
    reminding.plan(uow, held)
    return held


def _is_of_age(uow: UnitOfWork) -> bool:
    """Whether the actor's own record, if they have one here, says that they are an adult."""
    born = _born(uow, uow.actor.person_id) if uow.actor.person_id else None
    return is_of_age(uow.settings, born, uow.now)


def _born(uow: UnitOfWork, person_id: UUID) -> date | None:
    job = uow.as_job(JOB)
    row = job.first(job.select(Action.PEOPLE_PERSON_READ, Person, Person.birth_on, within=person_id))
    return row.birth_on if row else None


def _tell_patient(uow: UnitOfWork, offer: Offer) -> None:
    for account_id in uow.scalars(select(Account.id).where(Account.person_id == offer.person_id, Account.is_active)):
        notify(uow, account_id, "access_answered", f"access-answered:{offer.id}")
