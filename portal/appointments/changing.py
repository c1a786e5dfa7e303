"""Cancelling a visit, and asking for what can't be done here: a visit, a move, a late cancellation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.appointments import claims
from portal.appointments.booking import LIVE, is_in_time
from portal.infra.errors import Conflict, Invalid
from portal.models import Account, Appointment, Place, Practitioner, Room, VisitRequest, VisitType
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

REASONS = ("better", "work", "transport", "cost", "illness", "other_clinician", "fear", "other")
WANTS = ("book", "move", "cancel")
EXPIRES = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Ask:
    """Something asked of the people who schedule."""

    person_id: UUID
    wants: str
    words: str
    once: UUID
    appointment_id: UUID | None = None
    visit_type_id: UUID | None = None
    practitioner_id: UUID | None = None
    is_video: bool = False
    times: str = "any"
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit with the names of all it rests on. Each may be None for one that came from elsewhere."""

    row: Appointment
    kind: VisitType | None
    place: Place | None
    practitioner: Practitioner | None
    room: Room | None
    cancelled_by: str


def load(uow: UnitOfWork, action: Action, person_id: UUID, visit_id: UUID) -> Visit:
    """A visit of this patient. Raises `NotFound`."""
    row = uow.load(action, Appointment, visit_id, within=person_id)
    return dressed(uow, row)


def dressed(uow: UnitOfWork, row: Appointment) -> Visit:
    """The visit with its names, in one statement each for those it has."""

    def one(model: Any, key: UUID | None) -> Any:
        return uow.session.get(model, key) if key is not None else None

    account = one(Account, row.cancelled_by_id)
    return Visit(
        row,
        one(VisitType, row.visit_type_id),
        one(Place, row.place_id),
        one(Practitioner, row.practitioner_id),
        one(Room, row.room_id),
        account.display_name if account else "",
    )


def cancel(uow: UnitOfWork, person_id: UUID, visit_id: UUID, reason: str, once: UUID) -> bool:
    """Cancel a visit; cancelling it twice changes nothing. Returns False where it became a request to the clinic,
    because it begins within the clinic's window (APT-3).

    Raises `Invalid("reason")`, and `Conflict("changed")` for a visit that is over.
    """
    if reason not in REASONS:
        raise Invalid("reason")
    uow.require(Action.APPOINTMENT_BOOK, patient=person_id)
    visit = uow.load(Action.APPOINTMENT_UPDATE, Appointment, visit_id, within=person_id)
    if visit.status == "cancelled":
        return True
    if visit.status not in LIVE or (visit.starts_at <= uow.now and not uow.actor.is_staff):
        raise Conflict("changed")
    if not uow.actor.is_staff and not is_in_time(visit, uow.now):
        ask(uow, Ask(person_id, "cancel", "", once, appointment_id=visit.id, reason=reason))
        return False
    _cancel(uow, visit, reason)
    return True


def _cancel(uow: UnitOfWork, visit: Appointment, reason: str) -> None:
    actor = uow.actor
    visit.status = "cancelled"
    visit.cancelled_at, visit.cancelled_by_id, visit.cancel_reason = uow.now, actor.account_id, reason
    is_own = actor.person_id == visit.patient_id
    visit.cancelled_by = "clinic" if actor.is_staff else "patient" if is_own else "caregiver"
    visit.disrupted_at = None
    visit.sequence += 1
    visit.version += 1
    claims.release(uow, [visit.id])
    uow.audit(Action.APPOINTMENT_UPDATE, visit, reason="cancelled")
    uow.flush()
    uow.later("appointments.tell_visit", visit.id, key=f"visit:{visit.id}:cancelled")
    uow.later("appointments.offer_freed", visit.id)


def ask(uow: UnitOfWork, new: Ask) -> VisitRequest:
    """Ask the people who schedule. Sent twice, it is one request; it is a request, never a booking."""
    uow.require(Action.APPOINTMENT_BOOK, patient=new.person_id)
    if new.wants not in WANTS:
        raise Invalid("wants")
    if new.appointment_id is not None:
        uow.load(Action.APPOINTMENT_UPDATE, Appointment, new.appointment_id, within=new.person_id)
    mine = uow.select(Action.APPOINTMENT_REQUEST_READ, VisitRequest, within=new.person_id)
    same = VisitRequest.once == new.once
    if new.wants != "book":  # one open wish about one visit is enough
        same = (
            (VisitRequest.appointment_id == new.appointment_id)
            & (VisitRequest.wants == new.wants)
            & (VisitRequest.state == "open")
        )
    before = uow.scalars(mine.where(VisitRequest.account_id == uow.actor.account_id, same))
    if before:
        first: VisitRequest = before[0]
        return first
    asked = VisitRequest(
        patient_id=new.person_id,
        account_id=uow.actor.account_id,
        wants=new.wants,
        appointment_id=new.appointment_id,
        visit_type_id=new.visit_type_id,
        practitioner_id=new.practitioner_id,
        is_video=new.is_video,
        times=new.times,
        reason=new.reason,
        made_at=uow.now,
        expires_at=uow.now + EXPIRES,
        once=new.once,
    )
    asked.words = uow.seal(new.person_id, "visit_request.words", asked.id, new.words)
    uow.add(asked)
    uow.audit(Action.APPOINTMENT_REQUEST_UPDATE, asked, reason=new.wants)
    uow.flush()
    return asked


def withdraw(uow: UnitOfWork, person_id: UUID, request_id: UUID) -> None:
    """Take a request back while nobody has answered it; twice changes nothing. Raises `Conflict("changed")`."""
    asked = uow.load(Action.APPOINTMENT_REQUEST_UPDATE, VisitRequest, request_id, within=person_id)
    if asked.state == "withdrawn":
        return
    if asked.state != "open":
        raise Conflict("changed")
    asked.state = "withdrawn"
    uow.audit(Action.APPOINTMENT_REQUEST_UPDATE, asked, reason="withdrawn")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as its maker sees it."""

    id: UUID
    wants: str
    state: str
    words: str
    answer: str
    kind: VisitType | None
    practitioner: str
    visit_at: Any
    visit_zone: str
    made_at: Any
    is_over: bool


def asked_for(uow: UnitOfWork, person_id: UUID, *, most: int = 50) -> list[Asked]:
    """What was asked for, the newest first."""
    statement = (
        uow.select(
            Action.APPOINTMENT_REQUEST_READ,
            VisitRequest,
            VisitRequest,
            VisitType,
            Practitioner.name,
            Appointment.starts_at,
            Appointment.time_zone,
            within=person_id,
            joining=(Appointment,),
        )
        .outerjoin(VisitType, VisitType.id == VisitRequest.visit_type_id)
        .outerjoin(Practitioner, Practitioner.id == VisitRequest.practitioner_id)
        .outerjoin(Appointment, Appointment.id == VisitRequest.appointment_id)
        .order_by(VisitRequest.made_at.desc(), VisitRequest.id)
        .limit(most)
    )
    return [_asked(uow, person_id, *tuple(row)) for row in uow.rows(statement)]


def _asked(uow: UnitOfWork, person_id: UUID, row: Any, kind: Any, name: str | None, at: Any, zone: str | None) -> Asked:
    answer = uow.unseal(person_id, "visit_request.answer", row.id, row.answer) if row.answer else ""
    return Asked(
        id=row.id,
        wants=row.wants,
        state=row.state,
        words=uow.unseal(person_id, "visit_request.words", row.id, row.words),
        answer=answer,
        kind=kind,
        practitioner=name or "",
        visit_at=at,
        visit_zone=zone or "",
        made_at=row.made_at,
        is_over=row.state == "open" and row.expires_at <= uow.now,
    )


def open_requests(uow: UnitOfWork, person_id: UUID) -> int:
    """How many requests wait for an answer."""
    held = uow.counting(Action.APPOINTMENT_REQUEST_READ, VisitRequest, VisitRequest.state == "open", within=person_id)
    statement = select(held.label("waiting")).execution_options(scoped=frozenset({VisitRequest.__tablename__}))
    row = uow.first(statement)
    return int(row.waiting)


def cancelled(uow: UnitOfWork, person_id: UUID, *, most: int = 50) -> Sequence[Any]:
    """Visits that were cancelled, the newest first, with who cancelled them."""
    statement = (
        uow.select(
            Action.APPOINTMENT_READ,
            Appointment,
            Appointment.id,
            Appointment.kind,
            Appointment.starts_at,
            Appointment.time_zone,
            Appointment.cancelled_by,
            Appointment.cancelled_by_id,
            Account.display_name,
            Practitioner.name.label("with_name"),
            VisitType.name_en,
            VisitType.name_es,
            within=person_id,
        )
        .outerjoin(Account, Account.id == Appointment.cancelled_by_id)
        .outerjoin(Practitioner, Practitioner.id == Appointment.practitioner_id)
        .outerjoin(VisitType, VisitType.id == Appointment.visit_type_id)
        .where(Appointment.status == "cancelled")
        .order_by(Appointment.starts_at.desc(), Appointment.id)
        .limit(most)
    )
    return uow.rows(statement)
