"""Handlers of visits. Each looks again first: the visit may be moved, cancelled or over by now."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from portal.appointments import reminding, told, waitlist
from portal.appointments.booking import LIVE
from portal.models import Absence, Account, Appointment, PoolMember, Task, VisitRequest
from portal.notifications.service import notify
from portal.policy.actions import Action
from portal.work.outbox import handles
from portal.work.unit_of_work import UnitOfWork


def _visit(uow: UnitOfWork, visit_id: UUID) -> Appointment | None:
    found = uow.scalars(uow.select(Action.APPOINTMENT_READ, Appointment).where(Appointment.id == visit_id))
    return found[0] if found else None


@handles("appointments.tell_visit")
def tell_visit(uow: UnitOfWork, visit_id: UUID) -> None:
    """Tell the patient, and caregivers who may see it, that a visit was booked, moved, cancelled, or has lost its
    clinician; once each state. Who did it stands with the visit.
    """
    visit = _visit(uow, visit_id)
    if visit is None:
        return
    lost = visit.disrupted_at.isoformat() if visit.disrupted_at else ""
    state = f"{visit.status}:{visit.sequence}:{'s' if visit.summary else ''}:{lost}"
    path = told.path_of(visit.patient_id, visit.id)
    for account_id in told.accounts(uow, visit.patient_id, visit.id):
        key = f"visit:{visit.id}:{state}:{account_id}"[:160]
        notify(uow, account_id, "visit_changed", key, about=visit.patient_id, path=path)


@handles(reminding.JOB)
def remind(uow: UnitOfWork, visit_id: UUID) -> None:
    """Remind whom it concerns of a visit, if it is time."""
    reminding.remind(uow, visit_id)


@handles("appointments.tell_request")
def tell_request(uow: UnitOfWork, request_id: UUID) -> None:
    """Tell whoever asked that there is an answer."""
    found = uow.scalars(uow.select(Action.APPOINTMENT_REQUEST_READ, VisitRequest).where(VisitRequest.id == request_id))
    if found and found[0].state != "open":
        notify(uow, found[0].account_id, "visit_changed", f"request:{request_id}:{found[0].state}")


@handles("appointments.look_at_absences")
def look_at_absences(uow: UnitOfWork, practitioner_id: UUID) -> None:
    """Mark the visits of a clinician who is away on their day, and unmark those of days they are there after all.

    It looks at the absences as they are entered now; each patient is told once of each change.
    """
    away = uow.rows(
        select(Absence.starts_on, Absence.ends_on).where(
            Absence.practitioner_id == practitioner_id, Absence.ends_on >= uow.now.date()
        )
    )
    statement = uow.select(Action.APPOINTMENT_UPDATE, Appointment).where(
        Appointment.practitioner_id == practitioner_id,
        Appointment.starts_at > uow.now,
        Appointment.status.in_(LIVE),
    )
    for visit in uow.scalars(statement):
        day = visit.local_start.date()
        is_away = any(row.starts_on <= day <= row.ends_on for row in away)
        if is_away == (visit.disrupted_at is not None):
            continue
        visit.disrupted_at = uow.now if is_away else None
        uow.audit(Action.APPOINTMENT_UPDATE, visit, reason="disrupted" if is_away else "restored")
        uow.later("appointments.tell_visit", visit.id)


@handles("appointments.tell_safety")
def tell_safety(uow: UnitOfWork, task_id: UUID) -> None:
    """Tell everybody of the pool that something can't wait; the notice says nothing of what it is."""
    found = uow.scalars(uow.select(Action.DESK_TASK_READ, Task).where(Task.id == task_id))
    if not found or found[0].state != "open":
        return
    members = select(PoolMember.practitioner_id).where(PoolMember.pool_id == found[0].owner_pool_id)
    for account_id in uow.scalars(select(Account.id).where(Account.practitioner_id.in_(members), Account.is_active)):
        notify(uow, account_id, "new_question", f"safety:{task_id}:{account_id}", is_urgent=True)


@handles("appointments.offer_freed")
def offer_freed(uow: UnitOfWork, _subject: UUID) -> None:
    """A time may have become free, or an offer has lapsed: see who waits."""
    waitlist.offer_all(uow)


@handles("appointments.tell_offer")
def tell_offer(uow: UnitOfWork, offer_id: UUID) -> None:
    """Tell whoever waits that a time is kept for them."""
    found = waitlist.offer_of(uow, offer_id)
    if found is not None and found[0].until > uow.now:
        notify(uow, found[1], "visit_changed", f"offer:{offer_id}", is_urgent=True)
