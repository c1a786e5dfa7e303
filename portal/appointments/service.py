"""Visits: what is coming and what was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_

from portal.models import Appointment, Practitioner, VisitType
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

READ = Action.APPOINTMENT_READ
GONE = ("entered-in-error", "waitlist")
NOT_COMING = ("cancelled", "noshow", "no_show", "fulfilled", "completed", "kept", "missed", *GONE)
ASKED = ("proposed", "pending", "requested")  # asked for, and not a booking
STILL_ON = timedelta(minutes=30)  # a visit that began just now is still the next one
Key = tuple[datetime, UUID]


def _visits(uow: UnitOfWork, person_id: UUID) -> Any:
    return (
        uow.select(
            READ,
            Appointment,
            Appointment.id,
            Appointment.kind,
            Appointment.place,
            Appointment.is_video,
            Appointment.status,
            Appointment.local_start,
            Appointment.time_zone,
            Appointment.starts_at,
            Appointment.minutes,
            Appointment.instructions,
            Appointment.confirmed_at,
            Appointment.disrupted_at,
            VisitType.name_en,
            VisitType.name_es,
            Practitioner.name.label("with_name"),
            Practitioner.specialty,
            within=person_id,
        )
        .outerjoin(Practitioner, Practitioner.id == Appointment.practitioner_id)
        .outerjoin(VisitType, VisitType.id == Appointment.visit_type_id)
        .where(Appointment.status.notin_(GONE))
    )


def upcoming(uow: UnitOfWork, person_id: UUID, *, most: int = 50, booked_only: bool = False) -> Sequence[Any]:
    """Visits to come, the next one first; those that were only asked for among them, unless `booked_only`."""
    since = uow.now - STILL_ON
    found: Sequence[Any] = uow.prepared(_upcoming, most, booked_only, within=person_id, since=since).all()
    return found


def _upcoming(uow: UnitOfWork, most: int, booked_only: bool, *, within: Any, since: Any) -> Any:
    left_out = (*NOT_COMING, *ASKED) if booked_only else NOT_COMING
    coming = and_(Appointment.starts_at > since, Appointment.status.notin_(left_out))
    return _visits(uow, within).where(coming).order_by(Appointment.starts_at, Appointment.id).limit(most)


def next_visit(uow: UnitOfWork, person_id: UUID) -> Any:
    """The next booked visit, or None."""
    found = upcoming(uow, person_id, most=1, booked_only=True)
    return found[0] if found else None


def past(uow: UnitOfWork, person_id: UUID, *, before: Key | None = None, size: int) -> tuple[Sequence[Any], bool]:
    """Visits that were, or will not be, newest first, and whether there are older ones."""
    over = or_(Appointment.starts_at <= uow.now - STILL_ON, Appointment.status.in_(NOT_COMING))
    statement = _visits(uow, person_id).where(over)
    if before is not None:
        at, row_id = Appointment.starts_at, Appointment.id
        statement = statement.where(or_(at < before[0], and_(at == before[0], row_id < before[1])))
    newest_first = (Appointment.starts_at.desc(), Appointment.id.desc())
    rows = uow.rows(statement.order_by(*newest_first).limit(size + 1))
    return rows[:size], len(rows) > size
