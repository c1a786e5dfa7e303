"""What a child's age does to a parent's access (PRX-8): it narrows, it ends, and the new adult is asked whom to keep.

Access follows the dates of a relationship at every moment, by itself. What is done here keeps those dates true when a
birth date is corrected, a paper is replaced or the clinic sets other ages, and does what the day itself asks for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import aliased

from portal.caregivers import reminding
from portal.caregivers.changing import drop_notices
from portal.caregivers.consent import birthday, completed, default_end, plain_scopes, stops_at
from portal.infra.dates import age_on, at_wall, date_in
from portal.infra.errors import Conflict
from portal.infra.settings import Settings
from portal.models import AccessEvidence, AccessInvitation, Account, Person, Relationship, RelationshipScope
from portal.notifications.service import notify
from portal.policy.actions import Action
from portal.policy.conditions import still_held
from portal.work.unit_of_work import UnitOfWork

READ, CHANGE = Action.CAREGIVER_RELATIONSHIP_READ, Action.CAREGIVER_GRANT_UPDATE
INVITED = Action.CAREGIVER_INVITATION_CREATE
ASKED_FOR = timedelta(days=60)  # how long after the day somebody who first signs in then is still asked
Own, Parents = aliased(Account), aliased(Account)


class Dates(NamedTuple):
    """When a parent sees less, and when nothing any more: 00:00 at the practice of these days."""

    narrows_at: datetime
    ends_at: datetime


def dates(settings: Settings, born: date, paper_until: date | None) -> Dates:
    """The dates of a parent's access: by the ages the clinic set, and never longer than the paper holds."""
    adult_at = adult_from(settings, born)
    paper_at = stops_at(paper_until, settings.zone) if paper_until else adult_at
    narrows_at = at_wall(birthday(born, settings.teen_age), time(), settings.zone)
    return Dates(narrows_at, min(paper_at, adult_at))


def adult_from(settings: Settings, born: date) -> datetime:
    """The instant from which nobody decides for this person because of their age."""
    return at_wall(birthday(born, settings.adult_age), time(), settings.zone)


def set_ages(uow: UnitOfWork, held: Relationship, born: date | None, paper_until: date | None) -> None:
    """Give a parent's access its dates. Raises `Conflict("no-birth-date")` where none can be known."""
    if born is None:
        raise Conflict("no-birth-date")
    held.narrows_at, held.ends_at = dates(uow.settings, born, paper_until)


@dataclass(frozen=True, slots=True)
class Parent:
    """A parent's access as it stands, with all its dates depend on."""

    id: UUID
    patient_id: UUID
    narrows_at: datetime | None
    ends_at: datetime | None
    born: date
    paper_until: date | None


def keep(uow: UnitOfWork) -> None:
    """Bring every parent's dates up to date, end what is over, and ask those who are adults now. Safe to repeat."""
    for one in _parents(uow):
        wanted = dates(uow.settings, one.born, one.paper_until)
        if wanted != (one.narrows_at, one.ends_at):
            _store(uow, one.id, wanted)
        if wanted.ends_at <= uow.now:
            _end(uow, one.id, is_adult=adult_from(uow.settings, one.born) <= uow.now)
    _ask_new_adults(uow)


def _parents(uow: UnitOfWork) -> list[Parent]:
    paper = (
        select(func.max(AccessEvidence.expires_on))
        .where(AccessEvidence.relationship_id == Relationship.id, AccessEvidence.patient_id == Relationship.patient_id)
        .correlate(Relationship)
        .scalar_subquery()
    )
    statement = (
        uow.select(
            READ, Relationship, Relationship.id, Relationship.patient_id, Relationship.narrows_at,
            Relationship.ends_at, Person.birth_on, paper.label("paper_until"), joining=(Person, AccessEvidence),
        )
        .join(Person, Person.id == Relationship.patient_id)
        .where(
            Relationship.kind == "parent",
            Relationship.state.in_(("active", "suspended")),
            Person.birth_on.is_not(None),
        )
        .order_by(Relationship.id)
    )  # fmt: skip
    return [
        Parent(row.id, row.patient_id, row.narrows_at, row.ends_at, row.birth_on, row.paper_until)
        for row in uow.rows(statement)
    ]


def _store(uow: UnitOfWork, held_id: UUID, wanted: Dates) -> None:
    held = uow.load(CHANGE, Relationship, held_id)
    held.narrows_at, held.ends_at = wanted
    uow.audit(CHANGE, held, reason="ages")
    uow.flush()
    if held.state == "active":
        reminding.plan(uow, held)


def _end(uow: UnitOfWork, held_id: UUID, *, is_adult: bool) -> None:
    """It opens nothing since its last instant; now that is said, and what waited for the parent goes on."""
    held = uow.load(CHANGE, Relationship, held_id)
    held.state, held.ended_at, held.suspended_by = ("ended" if is_adult else "expired"), held.ends_at, None
    uow.audit(CHANGE, held, reason="of-age" if is_adult else "expired")
    uow.flush()
    drop_notices(uow, held)
    uow.later("messaging.liaison_changed", held.patient_id)
    notify(uow, held.account_id, "access_ended", f"access-ended:{held.id}")


# Whom to keep -------------------------------------------------------------------------------------------------------


def _ask_new_adults(uow: UnitOfWork) -> None:
    """Put the question to each new adult: an invitation that is begun for each parent, theirs to send or throw away.

    It opens nothing. Somebody who has no sign-in yet is asked as soon as they have one.
    """
    for row in _ended_by_age(uow):
        if adult_from(uow.settings, row.birth_on) > uow.now:
            continue
        held = uow.load(READ, Relationship, row.id)
        draft = AccessInvitation(
            patient_id=held.patient_id, state="draft", kind="proxy", relation=held.relation, name=row.parent,
            email=row.email, scopes=_last_scopes(uow, held),
            ends_on=default_end(date_in(uow.now, uow.settings.zone)), made_by_id=row.account_id, made_at=uow.now,
            relationship_id=held.id,
        )  # fmt: skip
        uow.add(draft)
        uow.audit(INVITED, draft, patient=held.patient_id, reason="of-age")
        uow.flush()
        notify(uow, row.account_id, "access_adult", f"access-adult:{held.patient_id}:{row.account_id}")


class Ended(NamedTuple):
    """A parent's access that ended with the birthday, the account of the new adult, and who the parent is."""

    id: UUID
    birth_on: date
    account_id: UUID
    parent: str
    email: str | None


def _ended_by_age(uow: UnitOfWork) -> list[Ended]:
    """Parents' access that ended lately and about which nobody was asked yet, with the account of the new adult."""
    asked = select(AccessInvitation.id).where(
        AccessInvitation.relationship_id == Relationship.id, AccessInvitation.kind == "proxy"
    )
    statement = (
        uow.select(
            READ, Relationship, Relationship.id, Person.birth_on, Own.id.label("account_id"),
            Parents.display_name.label("parent"), Parents.email, joining=(Person, AccessInvitation),
        )
        .join(Person, Person.id == Relationship.patient_id)
        .join(Own, and_(Own.person_id == Relationship.patient_id, Own.is_active))
        .join(Parents, Parents.id == Relationship.account_id)
        .where(
            Relationship.kind == "parent",
            Relationship.state == "ended",
            Relationship.ended_at > uow.now - ASKED_FOR,
            Person.birth_on.is_not(None),
            ~asked.correlate(Relationship).exists(),
        )
        .order_by(Relationship.id, Own.created_at.desc())
    )  # fmt: skip
    return list({row.id: Ended._make(row) for row in uow.rows(statement)}.values())


def _last_scopes(uow: UnitOfWork, held: Relationship) -> list[str]:
    """What a parent could see on the last day, to begin with; the new adult makes it exact."""
    rows = uow.scalars(
        uow.select(READ, Relationship, RelationshipScope.scope, joining=(RelationshipScope,))
        .join(RelationshipScope, RelationshipScope.relationship_id == Relationship.id)
        .where(Relationship.id == held.id, still_held(Relationship, RelationshipScope, uow.now))
    )
    return sorted(completed("proxy", plain_scopes(rows)))


def is_of_age(settings: Settings, born: date | None, now: datetime) -> bool:
    """Whether somebody may be asked to help others; a birth date that nobody knows does not stand in the way."""
    return born is None or age_on(born, date_in(now, settings.zone)) >= settings.adult_age


def asks(uow: UnitOfWork, person_id: UUID, born: date | None) -> bool:
    """Whether a new adult has not decided yet whom to keep. Nobody else's pages ask the database for it."""
    today = date_in(uow.now, uow.settings.zone)
    if born is None or not 0 <= (today - birthday(born, uow.settings.adult_age)).days <= 366:
        return False
    statement = uow.select(Action.CAREGIVER_INVITATION_READ, AccessInvitation, AccessInvitation.id, within=person_id)
    begun = statement.where(AccessInvitation.state == "draft", AccessInvitation.relationship_id.is_not(None))
    return uow.first(begun.limit(1)) is not None
