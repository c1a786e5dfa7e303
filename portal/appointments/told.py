"""Who is told of a visit, and where the notice leads."""

from __future__ import annotations

from uuid import UUID

from portal.caregivers import readers
from portal.models import Appointment
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork


def path_of(patient_id: UUID, visit_id: UUID) -> str:
    """The page of a visit, for a notice to lead to."""
    return f"/people/{patient_id}/appointments/{visit_id}"


def accounts(uow: UnitOfWork, patient_id: UUID, visit_id: UUID) -> list[UUID]:
    """The accounts to tell, the patient's own first; never one that would not find the visit in the portal."""
    return readers.accounts(uow, Action.APPOINTMENT_READ, Appointment, patient_id, visit_id)
