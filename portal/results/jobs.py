"""Handlers of results."""

from __future__ import annotations

from uuid import UUID

from portal.results import telling
from portal.work.outbox import handles
from portal.work.unit_of_work import UnitOfWork


@handles("results.tell_readers")
def tell_readers(uow: UnitOfWork, report_id: UUID) -> None:
    """Tell those who may see a report that it is there, or was corrected."""
    telling.tell_readers(uow, report_id)


@handles("results.tell_caregivers")
def tell_caregivers(uow: UnitOfWork, report_id: UUID) -> None:
    """Tell caregivers who may see it of a report that the patient had shown to themselves before its time."""
    telling.tell_readers(uow, report_id, but_patient=True)
