"""Private calendar addresses: made, read by a calendar program, taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from portal.appointments import ics
from portal.appointments.service import GONE
from portal.infra.errors import NotFound
from portal.infra.ids import digest, new_token
from portal.models import Account, Appointment, CalendarFeed
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.work.unit_of_work import UnitOfWork

MOST = 5
BACK = timedelta(days=30)
EVENTS = 200
ASKED = ("proposed", "pending", "requested")


def mine(uow: UnitOfWork, person_id: UUID) -> Sequence[Any]:
    """The addresses of this account for this patient that work, the newest first."""
    statement = uow.select(Action.APPOINTMENT_FEED_READ, CalendarFeed, within=person_id)
    return uow.scalars(statement.where(CalendarFeed.revoked_at.is_(None)).order_by(CalendarFeed.made_at.desc()))


def make(uow: UnitOfWork, person_id: UUID) -> str:
    """Make an address; returns its secret, which is shown once and not kept. The oldest of too many is taken back."""
    uow.require(Action.APPOINTMENT_FEED_UPDATE, patient=person_id)
    for old in list(mine(uow, person_id))[MOST - 1 :]:
        old.revoked_at = uow.now
    token = new_token()
    feed = CalendarFeed(
        patient_id=person_id, account_id=uow.actor.account_id, token_hash=digest(token), made_at=uow.now
    )
    uow.add(feed)
    uow.audit(Action.APPOINTMENT_FEED_UPDATE, feed, reason="made")
    return token


def revoke(uow: UnitOfWork, person_id: UUID, feed_id: UUID) -> None:
    """Take an address back: from now on it answers nobody. Twice changes nothing."""
    feed = uow.load(Action.APPOINTMENT_FEED_UPDATE, CalendarFeed, feed_id, within=person_id)
    if feed.revoked_at is None:
        feed.revoked_at = uow.now
        uow.audit(Action.APPOINTMENT_FEED_UPDATE, feed, reason="revoked")


def events(uow: UnitOfWork, token: str, href: Any) -> tuple[list[ics.Event], str]:
    """The visits behind an address and its maker's language, as far as the maker may see them at this moment.

    `href(person_id, visit_id)` gives a visit's page. Raises `NotFound` for an address that nobody has (any more).
    """
    job = uow.as_job("appointments.feed")
    statement = job.select(Action.APPOINTMENT_FEED_READ, CalendarFeed, CalendarFeed, Account)
    found = job.first(
        statement.join(Account, Account.id == CalendarFeed.account_id).where(
            CalendarFeed.token_hash == digest(token), CalendarFeed.revoked_at.is_(None), Account.is_active
        )
    )
    if found is None:
        raise NotFound(action=Action.APPOINTMENT_FEED_READ)
    feed, account = found
    kind = "patient" if account.person_id == feed.patient_id else "caregiver"
    actor = Actor(kind, account_id=account.id, person_id=account.person_id, language=account.language)
    with UnitOfWork.open(uow.services, actor, write=False) as reader:
        if not reader.may(Action.APPOINTMENT_FEED_READ, patient=feed.patient_id):
            raise NotFound(action=Action.APPOINTMENT_FEED_READ)
        return [event_of(row, uow.now, href) for row in _visits(reader, feed.patient_id)], account.language


def _visits(uow: UnitOfWork, person_id: UUID) -> Sequence[Any]:
    statement = uow.select(Action.APPOINTMENT_READ, Appointment, within=person_id)
    shown = Appointment.status.notin_((*GONE, *ASKED))
    uow.seen(Action.APPOINTMENT_READ, person_id)
    wanted = statement.where(shown, Appointment.starts_at > uow.now - BACK).order_by(Appointment.starts_at)
    return uow.scalars(wanted.limit(EVENTS))


def event_of(visit: Any, now: Any, href: Any) -> ics.Event:
    """A visit as a calendar keeps it."""
    return ics.Event(
        uid=f"{visit.id}@throughline",
        sequence=visit.sequence,
        starts_at=visit.starts_at,
        minutes=visit.minutes,
        is_cancelled=visit.status == "cancelled",
        changed_at=visit.cancelled_at or visit.booked_at or now,
        href=href(visit.patient_id, visit.id),
    )
