"""Waiting for a sooner time: who waits, and the offer of one time to one person until a moment (APT-4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from portal.appointments import booking, claims, offered, schedule
from portal.infra.dates import date_in
from portal.infra.errors import Conflict, Invalid
from portal.infra.ids import new_id
from portal.models import Appointment, Hold, Practitioner, VisitType, WaitlistEntry, WaitlistOffer
from portal.models import Place as Site
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

READ, UPDATE = Action.APPOINTMENT_REQUEST_READ, Action.APPOINTMENT_REQUEST_UPDATE
OFFERED_FOR = timedelta(hours=2)
BEFORE_START = timedelta(hours=1)
WAITS = timedelta(days=90)
LOOKS = timedelta(days=28)
AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody waits for. With `appointment_id`, the sooner time would replace that visit."""

    person_id: UUID
    visit_type_id: UUID
    once: UUID
    practitioner_id: UUID | None = None
    appointment_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """One's place in the line: what one waits for, and the time that is offered, if one is."""

    id: UUID
    kind: VisitType
    practitioner: str
    state: str
    hold_id: UUID | None
    offered_at: datetime | None
    zone: str
    until: datetime | None


def join(uow: UnitOfWork, wish: Wish) -> WaitlistEntry:
    """Wait for a sooner time; waiting twice for the same is once. Raises `Invalid` for an unknown kind of visit."""
    uow.require(Action.APPOINTMENT_BOOK, patient=wish.person_id)
    kind = schedule.visit_type(uow, wish.visit_type_id)
    if kind is None or not kind.is_online:
        raise Invalid("kind")
    if wish.appointment_id is not None:
        uow.load(Action.APPOINTMENT_UPDATE, Appointment, wish.appointment_id, within=wish.person_id)
    same = uow.select(READ, WaitlistEntry, within=wish.person_id).where(
        WaitlistEntry.visit_type_id == wish.visit_type_id,
        WaitlistEntry.account_id == uow.actor.account_id,
        WaitlistEntry.state.in_(("waiting", "offered")),
    )
    before = uow.scalars(same)
    if before:
        first: WaitlistEntry = before[0]
        return first
    entry = WaitlistEntry(
        patient_id=wish.person_id,
        account_id=uow.actor.account_id,
        visit_type_id=wish.visit_type_id,
        practitioner_id=wish.practitioner_id,
        appointment_id=wish.appointment_id,
        until_on=date_in(uow.now, uow.settings.zone) + WAITS,
        made_at=uow.now,
        once=wish.once,
    )
    uow.add(entry)
    uow.audit(UPDATE, entry, reason="waits")
    uow.flush()
    uow.later("appointments.offer_freed", entry.id, key=f"joined:{entry.id}")
    return entry


def leave(uow: UnitOfWork, person_id: UUID, entry_id: UUID) -> None:
    """Wait no longer. A time that is offered is given back. Twice changes nothing."""
    entry = uow.load(UPDATE, WaitlistEntry, entry_id, within=person_id)
    if entry.state not in ("waiting", "offered"):
        return
    for offer in uow.scalars(
        uow.select(UPDATE, WaitlistOffer, within=person_id).where(
            WaitlistOffer.entry_id == entry.id, WaitlistOffer.state == "open"
        )
    ):
        offer.state, offer.answered_at = "passed", uow.now
        _drop(uow, person_id, offer.hold_id)
        uow.later("appointments.offer_freed", offer.id, key=f"freed:{offer.id}:left")
    entry.state = "left"
    uow.audit(UPDATE, entry, reason="left")


def _drop(uow: UnitOfWork, person_id: UUID, hold_id: UUID) -> None:
    claims.release(uow, [hold_id])
    for kept in uow.scalars(uow.select(UPDATE, Hold, within=person_id).where(Hold.id == hold_id)):
        uow.session.delete(kept)


def mine(uow: UnitOfWork, person_id: UUID) -> list[Place]:
    """What this patient waits for now, and what is offered to this reader; one statement."""
    statement = (
        uow.select(
            READ, WaitlistEntry, WaitlistEntry, VisitType, Practitioner.name, WaitlistOffer.hold_id,
            WaitlistOffer.starts_at, WaitlistOffer.until, Site.time_zone,
            within=person_id, joining=(WaitlistOffer, Hold),
        )
        .join(VisitType, VisitType.id == WaitlistEntry.visit_type_id)
        .outerjoin(
            WaitlistOffer,
            (WaitlistOffer.entry_id == WaitlistEntry.id)
            & (WaitlistOffer.state == "open")
            & (WaitlistOffer.until > uow.now),
        )
        .outerjoin(Hold, Hold.id == WaitlistOffer.hold_id)
        .outerjoin(Site, Site.id == Hold.place_id)
        .outerjoin(Practitioner, Practitioner.id == WaitlistEntry.practitioner_id)
        .where(WaitlistEntry.state.in_(("waiting", "offered")))
        .order_by(WaitlistEntry.made_at, WaitlistEntry.id)
        .limit(AT_ONCE)
    )  # fmt: skip
    found = []
    for entry, kind, name, hold_id, starts_at, until, zone in (tuple(row) for row in uow.rows(statement)):
        mine_to_take = entry.account_id == uow.actor.account_id
        shown = hold_id if mine_to_take else None
        found.append(Place(entry.id, kind, name or "", entry.state, shown, starts_at, zone or "", until))
    return found


def offer_all(uow: UnitOfWork) -> int:
    """Let offers lapse that nobody answered in time, and offer what is open to those who wait: urgent ones first, then
    who waits longest; one time to one person. Returns how many offers were made. For a job; safe to run twice.
    """
    _expire(uow)
    entries = (
        uow.select(UPDATE, WaitlistEntry)
        .where(WaitlistEntry.state == "waiting")
        .order_by(WaitlistEntry.is_urgent.desc(), WaitlistEntry.made_at, WaitlistEntry.id)
        .limit(AT_ONCE)
        .with_for_update(of=WaitlistEntry)
    )
    return sum(_offer(uow, entry) for entry in uow.scalars(entries))


def _expire(uow: UnitOfWork) -> None:
    lapsed = uow.select(UPDATE, WaitlistOffer).where(WaitlistOffer.state == "open", WaitlistOffer.until <= uow.now)
    for offer in uow.scalars(lapsed.with_for_update(of=WaitlistOffer)):
        for kept in uow.scalars(uow.select(UPDATE, Hold, within=offer.patient_id).where(Hold.id == offer.hold_id)):
            offered.settle(uow, kept, "expired")
        _drop(uow, offer.patient_id, offer.hold_id)
    uow.flush()


def _offer(uow: UnitOfWork, entry: Any) -> bool:
    """Offer the earliest open time that this person was not offered before; False where there is none."""
    today = date_in(uow.now, uow.settings.zone)
    if entry.until_on < today:
        entry.state = "over"
        uow.audit(UPDATE, entry, reason="over")
        return False
    kind = schedule.visit_type(uow, entry.visit_type_id)
    if kind is None:
        return False
    latest = _latest(uow, entry)
    search = schedule.Search(
        visit_type=kind,
        patient_id=entry.patient_id,
        practitioner_id=entry.practitioner_id,
        moves_id=entry.appointment_id,
        is_video=not kind.is_in_person,
        not_before=uow.now + BEFORE_START + timedelta(minutes=15),
    )
    known = set(
        uow.scalars(
            uow.select(READ, WaitlistOffer, WaitlistOffer.starts_at, within=entry.patient_id).where(
                WaitlistOffer.entry_id == entry.id
            )
        )
    )
    for one in schedule.open_times(uow, search, today, _until(today, latest)):
        if one.starts_at in known or (latest is not None and one.starts_at >= latest):
            continue
        if _keep(uow, entry, kind, one, search.is_video):
            return True
    return False


def _until(today: date, latest: datetime | None) -> date:
    last = today + LOOKS
    return last if latest is None else max(today, min(last, latest.date()))


def _latest(uow: UnitOfWork, entry: Any) -> datetime | None:
    """Only what is sooner than the visit they have is of use to them."""
    if entry.appointment_id is None:
        return None
    statement = uow.select(Action.APPOINTMENT_READ, Appointment, Appointment.starts_at, within=entry.patient_id)
    live = statement.where(Appointment.id == entry.appointment_id, Appointment.status.in_(booking.LIVE))
    row = uow.first(live)
    return row.starts_at if row is not None else uow.now


def _keep(uow: UnitOfWork, entry: Any, kind: VisitType, one: schedule.OpenTime, is_video: bool) -> bool:
    until = min(uow.now + OFFERED_FOR, one.starts_at - BEFORE_START)
    offer_id = new_id()
    kept = Hold(
        patient_id=entry.patient_id,
        account_id=entry.account_id,
        visit_type_id=kind.id,
        practitioner_id=one.practitioner_id,
        place_id=one.place_id,
        room_id=None,
        is_video=is_video,
        starts_at=one.starts_at,
        minutes=kind.minutes,
        moves_id=entry.appointment_id,
        offer_id=offer_id,
        made_at=uow.now,
        expires_at=until,
    )
    if kind.needs_room and not is_video:
        length = kind.minutes + kind.buffer_minutes
        kept.room_id = schedule.room_for(uow, one.place_id, one.starts_at, length, but=[])
        if kept.room_id is None:
            return False
    try:
        claims.take(uow, kept.id, booking.wanted_of(kept, kind), until=until, beside=kept.moves_id)
    except Conflict:
        return False
    entry.state = "offered"
    uow.add(kept)
    offer = WaitlistOffer(
        id=offer_id, patient_id=entry.patient_id, entry_id=entry.id, hold_id=kept.id,
        practitioner_id=one.practitioner_id, starts_at=one.starts_at, made_at=uow.now, until=until,
    )  # fmt: skip
    uow.add(offer)
    uow.audit(UPDATE, offer, reason="offered")
    uow.flush()
    uow.later("appointments.tell_offer", offer.id, key=f"offer:{offer.id}")
    uow.later("appointments.offer_freed", offer.id, at=until, key=f"lapse:{offer.id}")
    return True


def offer_of(uow: UnitOfWork, offer_id: UUID) -> tuple[WaitlistOffer, UUID] | None:
    """An open offer and the account it was made to."""
    statement = uow.select(READ, WaitlistOffer, WaitlistOffer, WaitlistEntry.account_id, joining=(WaitlistEntry,))
    row = uow.first(
        statement.join(WaitlistEntry, WaitlistEntry.id == WaitlistOffer.entry_id).where(
            WaitlistOffer.id == offer_id, WaitlistOffer.state == "open"
        )
    )
    return (row[0], row[1]) if row is not None else None
