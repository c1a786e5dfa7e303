"""Keeping a time, and making a visit of it. A move holds the new time before the old one is let go.

A hold and the visit that comes of it have one id: a form that is sent twice finds what the first one made.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from portal.appointments import claims, offered, schedule, slots
from portal.infra.errors import Conflict, Invalid, NotAllowed
from portal.infra.ids import new_id, new_token
from portal.models import Appointment, Hold, Person, Place, Practitioner, VisitType
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

HELD_FOR = timedelta(minutes=10)
CUTOFF = timedelta(hours=24)
LIVE = ("booked", "confirmed")
ENDED = ("cancelled", "noshow", "no_show", "fulfilled", "completed", "kept", "missed", "entered-in-error")


@dataclass(frozen=True, slots=True)
class Choice:
    """The time somebody chose. `moves_id` is the visit that would move there."""

    person_id: UUID
    visit_type_id: UUID
    practitioner_id: UUID
    place_id: UUID
    starts_at: datetime
    is_video: bool = False
    moves_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Needs:
    """What the clinic should know before: who comes along, which interpreter, help with moving, how they come."""

    companion: str = ""
    interpreter: str = ""
    mobility: str = ""
    transport: str = ""

    def __bool__(self) -> bool:
        return any((self.companion, self.interpreter, self.mobility, self.transport))


@dataclass(frozen=True, slots=True)
class Held:
    """A time that is kept, with the words of what it is."""

    hold: Hold
    kind: VisitType
    place: Place
    practitioner: str

    @property
    def wall(self) -> datetime:
        return slots.wall_of(self.hold.starts_at, ZoneInfo(self.place.time_zone))


def search_of(uow: UnitOfWork, choice: Choice) -> schedule.Search:
    """The search that finds this choice again, and what is open instead of it. Raises `Invalid` for an unknown kind."""
    kind = schedule.visit_type(uow, choice.visit_type_id)
    if kind is None:
        raise Invalid("type")
    return schedule.Search(
        visit_type=kind,
        patient_id=choice.person_id,
        practitioner_id=choice.practitioner_id,
        place_id=choice.place_id,
        is_video=choice.is_video,
        moves_id=choice.moves_id,
        not_before=uow.now if uow.actor.is_staff else uow.now + schedule.AHEAD,
    )


def hold(uow: UnitOfWork, choice: Choice) -> Hold:
    """Keep a time for ten minutes, in place of what this account kept for this patient before.

    Raises `NotAllowed` for a kind of visit that is not booked online, `Invalid` for a time that is over or too far
    away, `Conflict("taken")` when it is not open any more.
    """
    kind, room_id = _look_first(uow, choice)
    try:
        return _keep(uow, choice, kind, room_id)
    except OperationalError:  # so many write that the turn did not come: by now it is known who was first
        uow.undo()
        kind, room_id = _look_first(uow, choice)
        return _keep(uow, choice, kind, room_id)


def _keep(uow: UnitOfWork, choice: Choice, kind: VisitType, room_id: UUID | None) -> Hold:
    uow.require(Action.APPOINTMENT_BOOK, patient=choice.person_id)
    if choice.moves_id is not None:
        _movable(uow, choice.person_id, choice.moves_id)
    _let_go(uow, choice.person_id)
    kept = Hold(
        patient_id=choice.person_id,
        account_id=uow.actor.account_id,
        visit_type_id=choice.visit_type_id,
        practitioner_id=choice.practitioner_id,
        place_id=choice.place_id,
        room_id=room_id,
        is_video=choice.is_video,
        starts_at=choice.starts_at,
        minutes=kind.minutes,
        moves_id=choice.moves_id,
        made_at=uow.now,
        expires_at=uow.now + HELD_FOR,
    )
    claims.take(uow, kept.id, wanted_of(kept, kind), until=kept.expires_at, beside=kept.moves_id)
    uow.add(kept)
    uow.audit(Action.APPOINTMENT_BOOK, kept, reason="held")
    uow.flush()
    return kept


def _look_first(uow: UnitOfWork, choice: Choice) -> tuple[VisitType, UUID | None]:
    """The kind of visit and a room, if the time is among those that are offered now: in working hours, on the grid.

    It only reads, on a connection of its own: who comes too late is told without waiting for their turn to write, and
    nobody waits while working hours are worked out. Who passes is not first yet; only `claims.take` says that.
    """
    with UnitOfWork.open(uow.services, uow.actor, write=False) as look:
        look.require(Action.APPOINTMENT_BOOK, patient=choice.person_id)
        search = search_of(look, choice)
        if not search.visit_type.is_online and not uow.actor.is_staff:
            raise NotAllowed("not-online", action=Action.APPOINTMENT_BOOK)
        if not uow.now <= choice.starts_at <= uow.now + schedule.HORIZON:
            raise Invalid("time")
        own = [kept.id for kept in _holds(look, choice.person_id) if kept.offer_id is None]
        search = replace(search, but=tuple(own))
        if not _is_open(look, search, choice):
            raise Conflict("taken")
        return search.visit_type, _room(look, search, choice)


def _is_open(uow: UnitOfWork, search: schedule.Search, choice: Choice) -> bool:
    place = uow.scalars(select(Place).where(Place.id == choice.place_id))
    if not place:
        return False
    day = slots.wall_of(choice.starts_at, ZoneInfo(place[0].time_zone)).date()
    return any(one.starts_at == choice.starts_at for one in schedule.open_times(uow, search, day, day))


def _room(uow: UnitOfWork, search: schedule.Search, choice: Choice) -> UUID | None:
    kind = search.visit_type
    if not kind.needs_room or choice.is_video:
        return None
    minutes = kind.minutes + kind.buffer_minutes
    found = schedule.room_for(uow, choice.place_id, choice.starts_at, minutes, but=search.left_out)
    if found is None:
        raise Conflict("taken")
    return found


def wanted_of(kept: Any, kind: VisitType, *, seat: int = 0) -> claims.Wanted:
    """What a hold (or a visit) takes."""
    return claims.Wanted(
        kept.starts_at, kept.minutes, kind.buffer_minutes, kept.patient_id, kept.practitioner_id, kept.room_id, seat
    )


def _let_go(uow: UnitOfWork, person_id: UUID) -> None:
    """One time for each patient and account: who chooses another gives the first back. What is offered stays."""
    for old in _holds(uow, person_id):
        if old.offer_id is None:
            claims.release(uow, [old.id])
            uow.session.delete(old)
    uow.flush()


def _holds(uow: UnitOfWork, person_id: UUID) -> Sequence[Hold]:
    statement = uow.select(Action.APPOINTMENT_HOLD_READ, Hold, within=person_id)
    return uow.scalars(statement.where(Hold.account_id == uow.actor.account_id))


def release(uow: UnitOfWork, person_id: UUID, hold_id: UUID) -> None:
    """Give a kept time back. Giving it back twice changes nothing."""
    uow.require(Action.APPOINTMENT_BOOK, patient=person_id)
    for kept in _holds(uow, person_id):
        if kept.id == hold_id:
            offered.settle(uow, kept, "passed")
            claims.release(uow, [kept.id])
            uow.session.delete(kept)
    uow.audit(Action.APPOINTMENT_BOOK, patient=person_id, reason="released")


def held(uow: UnitOfWork, person_id: UUID, hold_id: UUID) -> Held:
    """A kept time with its words. Raises `NotFound`; `Conflict("lapsed")` when it was kept long enough."""
    kept = uow.load(Action.APPOINTMENT_HOLD_READ, Hold, hold_id, within=person_id)
    statement = (
        select(VisitType, Place, Practitioner.name)
        .select_from(VisitType)
        .join(Place, Place.id == kept.place_id)
        .join(Practitioner, Practitioner.id == kept.practitioner_id)
        .where(VisitType.id == kept.visit_type_id)
    )
    return Held(kept, *uow.first(statement))


def booked_from(uow: UnitOfWork, person_id: UUID, hold_id: UUID) -> Appointment | None:
    """The visit that this hold became, if it did and the actor may see it."""
    for own in (hold_id, _moved_by(uow, person_id, hold_id)):
        if own is not None:
            statement = uow.select(Action.APPOINTMENT_READ, Appointment, within=person_id)
            found = uow.scalars(statement.where(Appointment.id == own))
            if found:
                first: Appointment = found[0]
                return first
    return None


def _moved_by(uow: UnitOfWork, person_id: UUID, hold_id: UUID) -> UUID | None:
    """A visit that was moved by the hold keeps the hold until the next tidying, marked as used."""
    kept = uow.scalars(uow.select(Action.APPOINTMENT_HOLD_READ, Hold, within=person_id).where(Hold.id == hold_id))
    return kept[0].moves_id if kept and kept[0].expires_at == kept[0].made_at else None


def confirm(uow: UnitOfWork, person_id: UUID, hold_id: UUID, needs: Needs, agenda: str) -> Appointment:
    """Make a visit of a kept time, or move the visit there that it was kept for. Sent twice, it is one visit.

    Raises `NotFound` for a time that is not the actor's, `Conflict("taken")` when it lapsed and is gone,
    `Conflict("changed")` when the visit to be moved was cancelled or may not be moved any more.
    """
    uow.require(Action.APPOINTMENT_BOOK, patient=person_id)
    before = booked_from(uow, person_id, hold_id)
    if before is not None:
        return before
    found = held(uow, person_id, hold_id)
    if found.hold.moves_id is not None:
        return _move(uow, found, needs, agenda)
    visit = Appointment(id=found.hold.id, patient_id=person_id, sequence=0, **_what(uow, found))
    visit.video_key = new_token() if found.hold.is_video else None
    visit.booked_by_id, visit.booked_at = uow.actor.account_id, uow.now
    say(uow, visit, needs, agenda)
    claims.keep(uow, found.hold.id, visit.id, wanted_of(found.hold, found.kind))
    offered.settle(uow, found.hold, "accepted")
    uow.session.delete(found.hold)
    uow.add(visit)
    uow.audit(Action.APPOINTMENT_BOOK, visit, reason="booked")
    uow.flush()
    uow.later("appointments.tell_visit", visit.id, key=f"visit:{visit.id}:booked")
    return visit


def _what(uow: UnitOfWork, found: Held) -> dict[str, Any]:
    """The columns of a visit that its time and kind decide. Names in the reader's language are looked up when shown."""
    kept, kind, place = found.hold, found.kind, found.place
    return {
        "visit_type_id": kind.id,
        "kind": kind.name_en,
        "practitioner_id": kept.practitioner_id,
        "place_id": place.id,
        "place": place.name,
        "room_id": kept.room_id,
        "is_video": kept.is_video,
        "status": "booked",
        "local_start": found.wall,
        "time_zone": place.time_zone,
        "starts_at": kept.starts_at,
        "minutes": kept.minutes,
        "disrupted_at": None,
        "is_overbooked": False,
    }


def _movable(uow: UnitOfWork, person_id: UUID, visit_id: UUID) -> Appointment:
    """The visit, if it may be moved by this actor now. Patients may until the cutoff; staff always.

    Raises `Conflict("changed")` for one that is over or was cancelled, `Conflict("too-late")` after the cutoff.
    """
    visit = uow.load(Action.APPOINTMENT_UPDATE, Appointment, visit_id, within=person_id)
    if visit.status not in LIVE or visit.starts_at <= uow.now:
        raise Conflict("changed")
    if not uow.actor.is_staff and visit.disrupted_at is None and not is_in_time(visit, uow.now):
        raise Conflict("too-late")
    return visit


def is_in_time(visit: Any, now: datetime) -> bool:
    """Whether the patient may still move or cancel it by themselves (APT-3): the exact minute included."""
    return slots.may_change(visit.starts_at, now, CUTOFF)


def _move(uow: UnitOfWork, found: Held, needs: Needs, agenda: str) -> Appointment:
    """The same visit at the new time: what the new one takes is kept first, then the old is let go, in one step."""
    kept = found.hold
    assert kept.moves_id is not None
    visit = _movable(uow, kept.patient_id, kept.moves_id)
    claims.keep(uow, kept.id, visit.id, wanted_of(kept, found.kind))
    for name, value in _what(uow, found).items():
        setattr(visit, name, value)
    visit.sequence += 1
    visit.version += 1
    visit.confirmed_at = visit.confirmed_by_id = None
    visit.moved_at, visit.moved_by_id = uow.now, uow.actor.account_id
    if kept.is_video and not visit.video_key:
        visit.video_key = new_token()
    say(uow, visit, needs, agenda)
    offered.settle(uow, kept, "accepted")
    kept.expires_at = kept.made_at  # used: a second sending finds the visit by it, tidying takes it away
    uow.audit(Action.APPOINTMENT_UPDATE, visit, reason="moved")
    uow.flush()
    uow.later("appointments.tell_visit", visit.id, key=f"visit:{visit.id}:moved:{visit.sequence}")
    uow.later("appointments.offer_freed", visit.id)
    return visit


def say(uow: UnitOfWork, visit: Appointment, needs: Needs, agenda: str) -> None:
    """Put the patient's words and needs to the visit, sealed."""
    told = json.dumps({name: getattr(needs, name) for name in Needs.__dataclass_fields__})
    visit.needs = uow.seal(visit.patient_id, "appointment.needs", visit.id, told) if needs else None
    visit.agenda = uow.seal(visit.patient_id, "appointment.agenda", visit.id, agenda) if agenda else None


def needs_of(uow: UnitOfWork, visit: Any) -> Needs:
    """What the clinic should know, as it was said."""
    if visit.needs is None:
        return Needs()
    return Needs(**json.loads(uow.unseal(visit.patient_id, "appointment.needs", visit.id, visit.needs)))


def agenda_of(uow: UnitOfWork, visit: Any) -> str:
    """What the patient wants to talk about; "" for nothing."""
    if visit.agenda is None:
        return ""
    return uow.unseal(visit.patient_id, "appointment.agenda", visit.id, visit.agenda)


def update_words(uow: UnitOfWork, person_id: UUID, visit_id: UUID, needs: Needs, agenda: str) -> Appointment:
    """Change what was said about a visit that is still to come. Raises `Conflict("changed")` for any other."""
    uow.require(Action.APPOINTMENT_BOOK, patient=person_id)
    visit = uow.load(Action.APPOINTMENT_UPDATE, Appointment, visit_id, within=person_id)
    if visit.status in ENDED or visit.starts_at + timedelta(minutes=visit.minutes) <= uow.now:
        raise Conflict("changed")
    say(uow, visit, needs, agenda)
    visit.version += 1
    uow.audit(Action.APPOINTMENT_UPDATE, visit, reason="words")
    return visit


def alternatives(uow: UnitOfWork, choice: Choice) -> list[schedule.OpenTime]:
    """The three open times nearest to one that is gone: of the same clinician first, else of anybody."""
    search = search_of(uow, choice)
    found = schedule.next_open(uow, search, choice.starts_at)
    if found:
        return found
    anybody = schedule.Search(
        visit_type=search.visit_type,
        patient_id=choice.person_id,
        is_video=choice.is_video,
        moves_id=choice.moves_id,
        not_before=search.not_before,
    )
    return schedule.next_open(uow, anybody, choice.starts_at)


def person_language(uow: UnitOfWork, person_id: UUID) -> str:
    """The patient's own language."""
    row = uow.first(uow.select(Action.PEOPLE_PERSON_READ, Person, Person.language, within=person_id))
    return row.language if row else "en"


__all__ = ["CUTOFF", "Choice", "Held", "Needs", "new_id"]
