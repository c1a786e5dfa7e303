"""Visits that were booked elsewhere and came by an import: they take their time here, too."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from portal.appointments import claims, slots
from portal.appointments.booking import LIVE
from portal.infra.errors import Conflict
from portal.models import Appointment, Occupied
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork

SEATS = 6
AT_ONCE = 200
JOB = "appointments.occupy"
KEPT = timedelta(days=2)


def occupy(services: Services) -> int:
    """Have imported visits to come take the time of their clinician and patient; returns how many changed.

    What was booked elsewhere is a fact: where it meets another visit it takes the next seat, beside it. One that was
    moved or cancelled elsewhere lets its old time go. Doing it twice changes nothing.
    """
    with UnitOfWork.open(services, Actor.system(JOB), write=False) as uow:
        statement = uow.select(Action.APPOINTMENT_READ, Appointment, Appointment.id)
        # a visit that was booked here names its kind
        wanted = statement.where(Appointment.visit_type_id.is_(None), Appointment.starts_at > uow.now)
        ids = list(uow.scalars(wanted.order_by(Appointment.starts_at, Appointment.id)))
    changed = 0
    for first in range(0, len(ids), AT_ONCE):
        with UnitOfWork.open(services, Actor.system(JOB), write=True) as uow:
            rows = uow.scalars(
                uow.select(Action.APPOINTMENT_READ, Appointment).where(Appointment.id.in_(ids[first : first + AT_ONCE]))
            )
            changed += sum(_settle(uow, row) for row in sorted(rows, key=lambda one: (one.starts_at, one.id)))
    return changed


def _settle(uow: UnitOfWork, visit: Any) -> bool:
    held = _held(uow, visit.id)
    if visit.status not in LIVE:
        if held:
            claims.release(uow, [visit.id])
        return bool(held)
    base = claims.Wanted(visit.starts_at, visit.minutes, 0, visit.patient_id, visit.practitioner_id)
    if {(resource, cell) for resource, _seat, cell in base.rows()} == held:
        return False
    claims.release(uow, [visit.id])
    for seat in range(SEATS):
        wanted = claims.Wanted(visit.starts_at, visit.minutes, 0, visit.patient_id, visit.practitioner_id, seat=seat)
        if _takes(uow, visit.id, wanted):
            return True
    # The patient is elsewhere at the same time by both books: the clinician's time is taken all the same.
    if visit.practitioner_id is not None:
        for seat in range(SEATS):
            if _takes_alone(uow, visit, seat):
                return True
    return False


def _takes(uow: UnitOfWork, claim_id: UUID, wanted: claims.Wanted) -> bool:
    try:
        claims.take(uow, claim_id, wanted)
    except Conflict:
        return False
    return True


def _takes_alone(uow: UnitOfWork, visit: Any, seat: int) -> bool:
    alone = claims.Wanted(visit.starts_at, visit.minutes, 0, visit.practitioner_id)
    rows = [(resource, seat, cell) for resource, _seat, cell in alone.rows()]
    taken = select(Occupied.cell).where(
        Occupied.resource_id == visit.practitioner_id,
        Occupied.seat == seat,
        Occupied.cell.in_([cell for _resource, _seat, cell in rows]),
    )
    if uow.first(taken) is not None:
        return False
    for resource, _seat, cell in rows:
        uow.add(Occupied(resource_id=resource, seat=seat, cell=cell, claim_id=visit.id, until=None))
    uow.flush()
    return True


def _held(uow: UnitOfWork, claim_id: UUID) -> set[tuple[UUID, int]]:
    rows = uow.rows(select(Occupied.resource_id, Occupied.cell).where(Occupied.claim_id == claim_id))
    return {(row.resource_id, row.cell) for row in rows}


def tidy(services: Services) -> None:
    """Drop what was taken on days gone by: nobody asks about it any more."""
    table: Any = Occupied.__table__
    with services.database.connect(write=True) as connection:
        connection.execute(delete(table).where(table.c.cell < slots.cell_of(services.clock.now() - KEPT)))
