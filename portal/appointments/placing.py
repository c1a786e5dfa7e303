"""Places and their rooms, set up by whoever sets up the whole schedule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from portal.infra.errors import Conflict, NotAllowed, NotFound
from portal.models import Appointment, Place, Room, VisitType
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

READ, UPDATE = Action.SCHEDULE_SETUP_READ, Action.SCHEDULE_SETUP_UPDATE
MOST = 200


def places(uow: UnitOfWork) -> Sequence[Any]:
    """All places the actor may set up, by name, those out of use too."""
    return uow.scalars(uow.select(READ, Place).order_by(Place.name, Place.id).limit(MOST))


def place(uow: UnitOfWork, place_id: UUID) -> Place:
    """One place. Raises `NotFound` for who does not set it up."""
    return uow.load(READ, Place, place_id)


def rooms(uow: UnitOfWork, place_id: UUID) -> Sequence[Any]:
    """The rooms of a place, by name."""
    return uow.scalars(uow.select(READ, Room).where(Room.place_id == place_id).order_by(Room.name, Room.id).limit(MOST))


def require_lead(uow: UnitOfWork, action: Action = UPDATE) -> None:
    """Go on only for who sets up everything. Raises `NotAllowed`, or `NotFound` for who does not work here."""
    row = uow.first(uow.select(action, VisitType, VisitType.id).limit(1))
    if row is not None or uow.actor.is_admin:
        return
    uow.refuse(action)
    raise NotAllowed(action=action) if uow.actor.is_staff else NotFound(action=action)


def save_place(uow: UnitOfWork, place_id: UUID | None, values: dict[str, Any]) -> Place:
    """Add a place or change it; visits that are booked stay as they are.

    Raises `Conflict("in-use")` where its clock would change under visits to come or hours: they were told on the old
    one.
    """
    require_lead(uow)
    if place_id is None:
        row = Place(**values)
        uow.add(row)
    else:
        row = uow.load(UPDATE, Place, place_id)
        if row.time_zone != values["time_zone"] and _has_visits(uow, row):
            raise Conflict("in-use")
        for name, value in values.items():
            setattr(row, name, value)
    ZoneInfo(row.time_zone)
    uow.audit(UPDATE, row, reason="place")
    uow.flush()
    return row


def _has_visits(uow: UnitOfWork, row: Place) -> bool:
    booked = uow.select(Action.SCHEDULE_VISIT_READ, Appointment, func.count()).where(
        Appointment.place_id == row.id, Appointment.starts_at > uow.now, Appointment.status != "cancelled"
    )
    return bool(uow.scalars(booked)[0])


def add_room(uow: UnitOfWork, place_id: UUID, name: str) -> Room:
    """Add a room. Raises `Conflict("same-name")` where the place has one of that name."""
    require_lead(uow)
    uow.load(UPDATE, Place, place_id)
    same = select(Room.id).where(Room.place_id == place_id, func.lower(Room.name) == name.lower())
    if uow.first(same) is not None:
        raise Conflict("same-name")
    row = Room(place_id=place_id, name=name)
    uow.add(row)
    uow.audit(UPDATE, row, reason="room")
    uow.flush()
    return row


def switch_room(uow: UnitOfWork, place_id: UUID, room_id: UUID) -> Room:
    """Take a room out of use, or into use again. Visits that are booked into it keep it."""
    require_lead(uow)
    row = uow.load(UPDATE, Room, room_id)
    if row.place_id != place_id:
        raise NotFound(action=UPDATE)
    row.is_active = not row.is_active
    uow.audit(UPDATE, row, reason="room")
    return row
