"""Handlers of visits. Each looks again first: the visit may be moved, cancelled or over by now."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from portal.models import Account, Appointment
from portal.notifications.service import notify
from portal.policy.actions import Action
from portal.work.outbox import handles
from portal.work.unit_of_work import UnitOfWork


def _visit(uow: UnitOfWork, visit_id: UUID) -> Appointment | None:
    found = uow.scalars(uow.select(Action.APPOINTMENT_READ, Appointment).where(Appointment.id == visit_id))
    return found[0] if found else None


@handles("appointments.tell_visit")
def tell_visit(uow: UnitOfWork, visit_id: UUID) -> None:
    """Tell the patient that a visit was booked, moved, cancelled, or has lost its clinician; once each state."""
    visit = _visit(uow, visit_id)
    if visit is None:
        return
    state = f"{visit.status}:{visit.sequence}:{visit.disrupted_at.isoformat() if visit.disrupted_at else ''}"
    whose = Account.person_id == visit.patient_id
    for account_id in uow.scalars(select(Account.id).where(whose, Account.is_active)):
        notify(uow, account_id, "visit_changed", f"visit:{visit.id}:{state}:{account_id}"[:160])
