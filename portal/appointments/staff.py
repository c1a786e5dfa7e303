"""The schedule as staff work with it: a day, a week, who has come, what was asked for, what has lost its clinician."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased

from portal.appointments import booking, changing, claims, schedule, slots
from portal.infra.dates import at_wall, date_in
from portal.infra.errors import Conflict, Invalid
from portal.models import (
    Absence,
    Appointment,
    CheckIn,
    Person,
    Place,
    Practitioner,
    VisitRequest,
    VisitType,
)
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

READ, UPDATE = Action.SCHEDULE_VISIT_READ, Action.SCHEDULE_VISIT_UPDATE
MOST = 300
SEATS = 3
TODAY = timedelta(hours=12)  # nobody has arrived for a visit of another day
# What may become of a visit, and from which states.
STEPS = {
    "arrived": ("booked", "confirmed", "noshow"),
    "fulfilled": ("arrived", "checked-in", "booked", "confirmed"),
    "noshow": ("booked", "confirmed"),
    "booked": ("arrived", "noshow", "fulfilled"),
}


def today(uow: UnitOfWork) -> date:
    return date_in(uow.now, uow.settings.zone)


def visits(
    uow: UnitOfWork, first: date, last: date, *, practitioner_id: UUID | None = None, place_id: UUID | None = None
) -> Sequence[Any]:
    """Visits of these days (on the practice's clock) that the actor may see, by time; one statement."""
    zone = uow.settings.zone
    begin, end = at_wall(first, time(0), zone), at_wall(last + timedelta(days=1), time(0), zone)
    statement = (
        uow.select(
            READ,
            Appointment,
            Appointment.id,
            Appointment.patient_id,
            Appointment.kind,
            Appointment.status,
            Appointment.starts_at,
            Appointment.time_zone,
            Appointment.minutes,
            Appointment.is_video,
            Appointment.is_overbooked,
            Appointment.disrupted_at,
            Appointment.practitioner_id,
            Appointment.needs,
            Appointment.place.label("place_name"),
            Person.given_name,
            Person.family_name,
            Person.birth_on,
            Practitioner.name.label("with_name"),
            VisitType.name_en,
            VisitType.name_es,
            CheckIn.done_at.label("checked_in_at"),
            joining=(Person, CheckIn),
        )
        .join(Person, Person.id == Appointment.patient_id)
        .outerjoin(Practitioner, Practitioner.id == Appointment.practitioner_id)
        .outerjoin(VisitType, VisitType.id == Appointment.visit_type_id)
        .outerjoin(CheckIn, CheckIn.appointment_id == Appointment.id)
        .where(
            Appointment.starts_at >= begin,
            Appointment.starts_at < end,
            Appointment.status.notin_(
                ("cancelled", "proposed", "pending", "requested", "entered-in-error", "waitlist")
            ),
        )
        .order_by(Appointment.starts_at, Appointment.id)
        .limit(MOST)
    )
    if practitioner_id is not None:
        statement = statement.where(Appointment.practitioner_id == practitioner_id)
    if place_id is not None:
        statement = statement.where(Appointment.place_id == place_id)
    rows = uow.rows(statement)
    for patient_id in {row.patient_id for row in rows}:
        uow.seen(READ, patient_id)
    uow.services.patient_keys.warm(uow.session, {row.patient_id for row in rows if row.needs})
    return rows


def set_state(uow: UnitOfWork, visit_id: UUID, state: str) -> Appointment:
    """Somebody has come, was seen, did not come; or that was a mistake. Saying it twice changes nothing.

    Raises `Conflict("changed")` where that can't follow, such as for a cancelled visit, or before its time.
    """
    visit = uow.load(UPDATE, Appointment, visit_id)
    if visit.status == state:
        return visit
    too_early = visit.starts_at > uow.now + {"noshow": timedelta(0), "arrived": TODAY}.get(state, timedelta(days=999))
    if state not in STEPS or visit.status not in STEPS[state] or too_early:
        raise Conflict("changed")
    visit.status = state
    visit.arrived_at = uow.now if state == "arrived" else None if state in ("booked", "noshow") else visit.arrived_at
    visit.ended_at = uow.now if state in ("fulfilled", "noshow") else None
    visit.version += 1
    uow.audit(UPDATE, visit, reason=state)
    return visit


# People --------------------------------------------------------------------------------------------------------------


def find_people(uow: UnitOfWork, text: str) -> Sequence[Any]:
    """Patients whose family or given name begins so, or whose number it is: name and day of birth, to book for them."""
    wanted = " ".join(text.split()).lower()
    statement = uow.select(
        Action.SCHEDULE_PERSON_READ, Person, Person.id, Person.given_name, Person.family_name, Person.birth_on
    )
    if len(wanted) < 2:
        return []
    begins = or_(
        func.lower(Person.family_name).startswith(wanted, autoescape=True),
        func.lower(Person.given_name).startswith(wanted, autoescape=True),
        func.lower(Person.given_name + " " + Person.family_name).startswith(wanted, autoescape=True),
        Person.mrn == text.strip(),
    )
    rows = uow.rows(
        statement.where(Person.is_patient, begins).order_by(Person.family_name, Person.given_name, Person.id).limit(20)
    )
    for row in rows:
        uow.seen(Action.SCHEDULE_PERSON_READ, row.id)
    return rows


def patient_name(uow: UnitOfWork, person_id: UUID) -> str:
    """Whose visits these are, for staff who book."""
    row = uow.first(
        uow.select(Action.APPOINTMENT_READ, Person, Person.given_name, Person.family_name, within=person_id)
    )
    return f"{row.given_name} {row.family_name}".strip() if row else ""


# Requests ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request as the people who schedule see it."""

    row: VisitRequest
    patient: str
    kind: VisitType | None
    practitioner: str
    words: str
    visit_at: datetime | None
    visit_zone: str


def requests(uow: UnitOfWork, *, most: int = 50) -> list[Waiting]:
    """What is asked for and not answered, the oldest first."""
    wanted = aliased(Practitioner)
    statement = (
        uow.select(
            READ,
            VisitRequest,
            VisitRequest,
            Person.given_name,
            Person.family_name,
            VisitType,
            wanted.name.label("wanted"),
            Appointment.starts_at,
            Appointment.time_zone,
            joining=(Person, Appointment),
        )
        .join(Person, Person.id == VisitRequest.patient_id)
        .outerjoin(VisitType, VisitType.id == VisitRequest.visit_type_id)
        .outerjoin(wanted, wanted.id == VisitRequest.practitioner_id)
        .outerjoin(Appointment, Appointment.id == VisitRequest.appointment_id)
        .where(VisitRequest.state == "open")
        .order_by(VisitRequest.made_at, VisitRequest.id)
        .limit(most)
    )
    rows = uow.rows(statement)
    uow.services.patient_keys.warm(uow.session, {row[0].patient_id for row in rows})
    found = []
    for asked, given, family, kind, name, at, zone in (tuple(row) for row in rows):
        uow.seen(READ, asked.patient_id)
        words = uow.unseal(asked.patient_id, "visit_request.words", asked.id, asked.words)
        found.append(Waiting(asked, f"{given} {family}".strip(), kind, name or "", words, at, zone or ""))
    return found


def answer(uow: UnitOfWork, request_id: UUID, outcome: str, words: str) -> VisitRequest:
    """Answer a request: booked, done or declined, with words for the patient. A cancellation that is done is done here.

    Raises `Conflict("changed")` when a colleague was first or it was taken back, `Invalid` for an unknown outcome and
    for declining without a word.
    """
    if outcome not in ("booked", "done", "declined"):
        raise Invalid("outcome")
    if outcome == "declined" and not words:
        raise Invalid("answer")
    asked = uow.load(UPDATE, VisitRequest, request_id)
    if asked.state != "open":
        raise Conflict("changed")
    if asked.wants == "cancel" and outcome == "done" and asked.appointment_id is not None:
        changing.cancel(uow, asked.patient_id, asked.appointment_id, asked.reason or "other", asked.once)
    asked.state, asked.answered_at, asked.answered_by_id = outcome, uow.now, uow.actor.account_id
    asked.answer = uow.seal(asked.patient_id, "visit_request.answer", asked.id, words) if words else None
    uow.audit(UPDATE, asked, reason=outcome)
    uow.flush()
    uow.later("appointments.tell_request", asked.id, key=f"request:{asked.id}:{outcome}")
    return asked


# Absences ------------------------------------------------------------------------------------------------------------


def disrupted(uow: UnitOfWork) -> list[tuple[Any, str]]:
    """Visits to come whose clinician is away by what is entered now, with who covers; computed, never forgotten."""
    covering = aliased(Practitioner)
    statement = (
        uow.select(
            READ,
            Appointment,
            Appointment.id,
            Appointment.patient_id,
            Appointment.starts_at,
            Appointment.local_start,
            Appointment.time_zone,
            Appointment.kind,
            Appointment.is_video,
            Appointment.visit_type_id,
            Appointment.disrupted_at,
            Person.given_name,
            Person.family_name,
            Practitioner.name.label("with_name"),
            VisitType.name_en,
            VisitType.name_es,
            Absence.covering_id,
            covering.name.label("cover"),
            Absence.starts_on,
            Absence.ends_on,
            joining=(Person,),
        )
        .join(Person, Person.id == Appointment.patient_id)
        .join(Practitioner, Practitioner.id == Appointment.practitioner_id)
        .join(Absence, and_(Absence.practitioner_id == Appointment.practitioner_id, Absence.ends_on >= today(uow)))
        .outerjoin(covering, covering.id == Absence.covering_id)
        .outerjoin(VisitType, VisitType.id == Appointment.visit_type_id)
        .where(Appointment.starts_at > uow.now, Appointment.status.in_(booking.LIVE))
        .order_by(Appointment.starts_at, Appointment.id)
        .limit(MOST)
    )
    found = [
        (row, row.cover or "") for row in uow.rows(statement) if row.starts_on <= row.local_start.date() <= row.ends_on
    ]
    for patient_id in {row.patient_id for row, _cover in found}:
        uow.seen(READ, patient_id)
    return found


def give_to_cover(uow: UnitOfWork, visit_id: UUID) -> Appointment:
    """The cover sees the patient at the same time. Raises `Conflict("taken")` where the cover is not free then,
    `Conflict("changed")` where there is no cover (any more).
    """
    visit = uow.load(UPDATE, Appointment, visit_id)
    day = visit.local_start.date()
    row = uow.first(
        select(Absence.covering_id).where(
            Absence.practitioner_id == visit.practitioner_id, Absence.starts_on <= day, Absence.ends_on >= day
        )
    )
    if row is None or row.covering_id is None or visit.status not in booking.LIVE:
        raise Conflict("changed")
    kind = schedule.visit_type(uow, visit.visit_type_id) if visit.visit_type_id else None
    pause = kind.buffer_minutes if kind else 0
    wanted = claims.Wanted(visit.starts_at, visit.minutes, pause, visit.patient_id, row.covering_id, visit.room_id)
    claims.take(uow, visit.id, wanted, beside=visit.id)
    claims.keep(uow, visit.id, visit.id, wanted)
    visit.practitioner_id, visit.disrupted_at = row.covering_id, None
    visit.moved_at, visit.moved_by_id = uow.now, uow.actor.account_id
    visit.version += 1
    visit.sequence += 1
    uow.audit(UPDATE, visit, reason="cover")
    uow.flush()
    uow.later("appointments.tell_visit", visit.id, key=f"visit:{visit.id}:cover:{visit.sequence}")
    return visit


# Overbooking ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Beside:
    """A visit put beside another one. `wall` is on the clock of the place, `second` the later one of a doubled hour."""

    person_id: UUID
    visit_type_id: UUID
    practitioner_id: UUID
    place_id: UUID
    wall: datetime
    reason: str
    once: UUID
    second: bool = False


def overbook(uow: UnitOfWork, new: Beside) -> Appointment:
    """Book beside what is there, for whoever has the right, with a reason. The patient is still in one place only.

    Raises `NotAllowed`; `Invalid` for a time that does not exist, is over, or for no reason; `Conflict("taken")` when
    the patient has another visit then, or the clinician has too many already.
    """
    uow.require(Action.APPOINTMENT_BOOK, patient=new.person_id)
    uow.require(Action.SCHEDULE_VISIT_OVERBOOK, model=Practitioner, row_id=new.practitioner_id)
    statement = uow.select(READ, Appointment, within=new.person_id)
    there = uow.scalars(statement.where(Appointment.id == new.once))
    if there:
        first: Appointment = there[0]
        return first
    kind = schedule.visit_type(uow, new.visit_type_id)
    place = uow.session.get(Place, new.place_id)
    if not new.reason or kind is None or place is None:
        raise Invalid("reason" if not new.reason else "kind")
    times = slots.instants(new.wall, ZoneInfo(place.time_zone))
    if not times:
        raise Invalid("time", "no-such-time")
    starts_at = times[-1] if new.second else times[0]
    if starts_at <= uow.now or starts_at.timestamp() % slots.CELL:
        raise Invalid("time")
    visit = Appointment(
        id=new.once,
        patient_id=new.person_id,
        visit_type_id=kind.id,
        kind=kind.name_en,
        practitioner_id=new.practitioner_id,
        place_id=place.id,
        place=place.name,
        status="booked",
        local_start=new.wall,
        time_zone=place.time_zone,
        starts_at=starts_at,
        minutes=kind.minutes,
        booked_by_id=uow.actor.account_id,
        booked_at=uow.now,
        is_overbooked=True,
        sequence=0,
    )
    visit.overbook_reason = uow.seal(new.person_id, "appointment.overbook_reason", visit.id, new.reason)
    _take_a_seat(uow, visit, kind)
    uow.add(visit)
    uow.audit(Action.SCHEDULE_VISIT_OVERBOOK, visit, reason="overbooked")
    uow.flush()
    uow.later("appointments.tell_visit", visit.id, key=f"visit:{visit.id}:booked")
    return visit


def _take_a_seat(uow: UnitOfWork, visit: Appointment, kind: VisitType) -> None:
    """The first seat of the clinician that is free through the visit; seat 0 if nothing is beside it after all."""
    for seat in range(SEATS):
        try:
            claims.take(uow, visit.id, booking.wanted_of(visit, kind, seat=seat))
            return
        except Conflict:
            continue
    raise Conflict("taken")


def may_overbook(uow: UnitOfWork) -> bool:
    """Whether the actor may book beside other visits of anybody."""
    return uow.first(uow.select(Action.SCHEDULE_VISIT_OVERBOOK, Practitioner, Practitioner.id).limit(1)) is not None


def overbook_reason(uow: UnitOfWork, visit: Any) -> str:
    """Why it was booked beside another one: for staff."""
    if not uow.actor.is_staff or visit.overbook_reason is None:
        return ""
    return uow.unseal(visit.patient_id, "appointment.overbook_reason", visit.id, visit.overbook_reason)
