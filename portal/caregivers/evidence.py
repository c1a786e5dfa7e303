"""Papers of legal representatives: front desk sees and files them, somebody else looks again, then they are asked.

Filing grants nothing (domain.md 8.1): the invitation goes out when a second person has checked the paper, and what it
opens ends with the last day the paper holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from flask_babel import gettext as _

from portal.caregivers import limits
from portal.caregivers.changing import drop_notices
from portal.caregivers.invitations import new_code, today
from portal.identity.invitations import normal_code
from portal.infra.dates import age_on
from portal.infra.errors import Conflict, Invalid, NotAllowed
from portal.infra.ids import digest
from portal.models import AccessEvidence, AccessInvitation, Account, Person, Relationship
from portal.notifications.service import notify
from portal.policy.actions import Action
from portal.policy.vocabulary import SCOPES
from portal.work.unit_of_work import UnitOfWork

FILE, SEE = Action.CAREGIVER_EVIDENCE_CREATE, Action.CAREGIVER_EVIDENCE_READ
OVERSEE, LOOK = Action.ADMIN_ACCESS_UPDATE, Action.ADMIN_ACCESS_READ
WHATS = ("court_order", "health_care_proxy", "power_of_attorney", "birth_record", "adoption", "other")
KINDS = ("representative", "parent")


def paper_words(what: str) -> str:
    return {
        "court_order": _("Court order (guardian)"),
        "health_care_proxy": _("Health care proxy in effect"),
        "power_of_attorney": _("Power of attorney for health care"),
        "birth_record": _("Birth record"),
        "adoption": _("Adoption papers"),
    }.get(what, _("Another document"))


@dataclass(frozen=True, slots=True)
class Paper:
    """What somebody's authority rests on. The details are sealed, and not in it."""

    what: str
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class Filing:
    """A representative and their paper, as the desk saw it."""

    record_number: str
    kind: str
    name: str
    relation: str
    what: str
    details: str
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A filed paper that waits for the second look."""

    id: UUID
    name: str
    relation: str
    kind: str
    patient: str
    what: str
    details: str
    expires_on: date | None
    filed_by: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class ActsByLaw:
    """A representative or a parent who has access, or is stopped."""

    id: UUID
    name: str
    patient: str
    kind: str
    state: str
    ends_at: datetime | None


def file(uow: UnitOfWork, filing: Filing) -> UUID:
    """File a representative with their paper; nobody is asked yet. Returns the invitation's id.

    Raises `NotFound`-like `Invalid("record_number")` for an unknown number, `Invalid("expires_on")` for a paper that
    does not hold any more, `Invalid("kind")` for a parent of an adult.
    """
    row = uow.first(
        uow.select(FILE, Person, Person.id, Person.birth_on).where(
            Person.mrn == filing.record_number, Person.is_patient, ~Person.is_deceased
        )
    )
    if row is None:
        raise Invalid("record_number", "unknown-record-number")
    now = today(uow)
    if filing.expires_on is not None and filing.expires_on < now:
        raise Invalid("expires_on", "expired")
    if filing.kind == "parent" and (row.birth_on is None or age_on(row.birth_on, now) >= uow.settings.adult_age):
        raise Invalid("kind", "not-a-child")
    invitation = AccessInvitation(
        patient_id=row.id, state="filed", kind=filing.kind, relation=filing.relation, name=filing.name,
        scopes=sorted(SCOPES), ends_on=filing.expires_on, made_by_id=uow.actor.account_id, made_at=uow.now,
    )  # fmt: skip
    uow.add(invitation)
    uow.flush()  # the paper names it
    paper = AccessEvidence(
        patient_id=row.id, invitation_id=invitation.id, what=filing.what, expires_on=filing.expires_on,
        filed_by_id=uow.actor.account_id, filed_at=uow.now, details=b"",
    )  # fmt: skip
    paper.details = uow.seal(row.id, "access_evidence.details", paper.id, filing.details)
    uow.add(paper)
    uow.audit(FILE, paper, reason="filed")
    return invitation.id


def waiting(uow: UnitOfWork) -> list[Waiting]:
    """Filed papers that nobody has looked at again, the oldest first."""
    statement = (
        uow.select(SEE, AccessEvidence, AccessEvidence, AccessInvitation, Person.given_name, Person.family_name,
                   Account.display_name, joining=(AccessInvitation, Person))
        .join(AccessInvitation, AccessInvitation.id == AccessEvidence.invitation_id)
        .join(Person, Person.id == AccessEvidence.patient_id)
        .join(Account, Account.id == AccessEvidence.filed_by_id)
        .where(AccessInvitation.state == "filed")
        .order_by(AccessEvidence.filed_at, AccessEvidence.id)
        .limit(100)
    )  # fmt: skip
    uow.seen(SEE, None)
    return [_waiting(uow, WaitingRow._make(row)) for row in uow.rows(statement)]


class WaitingRow(NamedTuple):
    """A filed paper with its invitation, whose it is, and who filed it."""

    paper: AccessEvidence
    asked: AccessInvitation
    given_name: str
    family_name: str
    display_name: str


def _waiting(uow: UnitOfWork, row: WaitingRow) -> Waiting:
    paper, asked = row.paper, row.asked
    return Waiting(
        id=asked.id,
        name=asked.name,
        relation=asked.relation,
        kind=asked.kind,
        patient=f"{row.given_name} {row.family_name}".strip(),
        what=paper.what,
        details=uow.unseal(paper.patient_id, "access_evidence.details", paper.id, paper.details),
        expires_on=paper.expires_on,
        filed_by=row.display_name,
        is_own=paper.filed_by_id == uow.actor.account_id,
    )


def confirm(uow: UnitOfWork, invitation_id: UUID) -> str:
    """The second look: the paper is good, and the representative is asked. Returns the code, which is shown once.

    Raises `NotFound`, `NotAllowed("own-filing")` for whoever filed it, `Conflict` when it expired or was answered.
    """
    invitation, paper = _filed(uow, invitation_id)
    if paper.filed_by_id == uow.actor.account_id:
        raise NotAllowed("own-filing")
    if paper.expires_on is not None and paper.expires_on < today(uow):
        raise Conflict("expired")
    code = new_code()
    invitation.state, invitation.code_hash = "invited", digest(normal_code(code))
    invitation.expires_at = uow.now + timedelta(days=uow.settings.invitation_days)
    paper.checked_by_id, paper.checked_at = uow.actor.account_id, uow.now
    uow.audit(OVERSEE, paper, reason="confirmed")
    return code


def refuse(uow: UnitOfWork, invitation_id: UUID) -> None:
    """The second look: the paper is not good enough. Raises `NotFound`, `Conflict`."""
    invitation, paper = _filed(uow, invitation_id)
    invitation.state, invitation.answered_at = "cancelled", uow.now
    paper.checked_by_id, paper.checked_at = uow.actor.account_id, uow.now
    uow.audit(OVERSEE, paper, reason="refused")


def _filed(uow: UnitOfWork, invitation_id: UUID) -> tuple[AccessInvitation, AccessEvidence]:
    uow.require_admin(OVERSEE)
    invitation = uow.load(OVERSEE, AccessInvitation, invitation_id)
    if invitation.state != "filed":
        raise Conflict("state-changed")
    paper = uow.scalars(uow.select(OVERSEE, AccessEvidence).where(AccessEvidence.invitation_id == invitation_id))[0]
    return invitation, paper


def suspend(uow: UnitOfWork, held_id: UUID) -> None:
    """Stop a representative or a parent, at once, whatever the paper says. Raises `NotFound`, `Conflict`."""
    held = _by_law(uow, held_id, "active")
    held.state, held.suspended_by = "suspended", "clinic"
    drop_notices(uow, held)
    uow.audit(OVERSEE, held, reason="suspended")
    notify(uow, held.account_id, "access_ended", f"access-suspended:{held.id}:{uow.now.date().isoformat()}")


def resume(uow: UnitOfWork, held_id: UUID) -> None:
    """Let a representative or a parent go on. Raises `NotFound`, `Conflict`; not while a limit of clinicians holds."""
    held = _by_law(uow, held_id, "suspended")
    if limits.holds(uow, held):
        raise Conflict("limited")
    held.state, held.suspended_by = "active", None
    uow.audit(OVERSEE, held, reason="resumed")


def _by_law(uow: UnitOfWork, held_id: UUID, state: str) -> Relationship:
    uow.require_admin(OVERSEE)
    held = uow.load(OVERSEE, Relationship, held_id)
    if held.kind not in KINDS or held.state != state:
        raise Conflict("state-changed")
    return held


def by_law(uow: UnitOfWork) -> list[ActsByLaw]:
    """Representatives and parents who have access now, or are stopped."""
    uow.require_admin(LOOK)
    statement = (
        uow.select(LOOK, Relationship, Relationship.id, Relationship.kind, Relationship.relation, Relationship.state,
                   Relationship.ends_at, Account.display_name, Person.given_name, Person.family_name, joining=(Person,))
        .join(Account, Account.id == Relationship.account_id)
        .join(Person, Person.id == Relationship.patient_id)
        .where(Relationship.kind.in_(KINDS), Relationship.state.in_(("active", "suspended")))
        .order_by(Account.display_name, Relationship.id)
        .limit(200)
    )  # fmt: skip
    uow.seen(LOOK, None)
    return [
        ActsByLaw(row.id, row.display_name, f"{row.given_name} {row.family_name}".strip(), row.kind, row.state,
                  row.ends_at)
        for row in uow.rows(statement)
    ]  # fmt: skip


def papers(uow: UnitOfWork, person_id: UUID) -> dict[object, Paper]:
    """The checked papers of a patient's representatives, by relationship."""
    statement = uow.select(
        SEE, AccessEvidence, AccessEvidence.relationship_id, AccessEvidence.what, AccessEvidence.expires_on,
        within=person_id,
    ).where(AccessEvidence.relationship_id.is_not(None), AccessEvidence.checked_at.is_not(None))  # fmt: skip
    return {row.relationship_id: Paper(row.what, row.expires_on) for row in uow.rows(statement)}
