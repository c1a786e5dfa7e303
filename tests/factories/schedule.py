"""A schedule for tests: places, rooms, kinds of visits, working hours."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from portal.models import Place, Practitioner, Room, VisitType, WorkingHours


def make_place(session: Session, name: str = "Main Street clinic", **more: Any) -> Place:
    """A place on New York's clock, with a room to wait by video."""
    values = {"time_zone": "America/New_York", "video_url": "https://video.clinic.example/visit/"}
    place = Place(name=name, **{**values, **more})
    session.add(place)
    session.flush()
    return place


def make_room(session: Session, place: Place, name: str = "Room 1") -> Room:
    room = Room(place_id=place.id, name=name)
    session.add(room)
    session.flush()
    return room


def make_visit_type(session: Session, key: str = "follow_up", minutes: int = 30, **more: Any) -> VisitType:
    """A follow-up of half an hour that patients book themselves, there or by video."""
    values: dict[str, Any] = {"name_en": "Follow-up visit", "name_es": "Visita de control", "forms": []}
    values |= {"is_online": True, "is_video": True, "is_in_person": True}
    kind = VisitType(key=key, minutes=minutes, **{**values, **more})
    session.add(kind)
    session.flush()
    return kind


def make_hours(
    session: Session,
    practitioner: Practitioner,
    place: Place,
    *,
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4),
    opens: int = 9 * 60,
    closes: int = 12 * 60,
    **more: Any,
) -> list[WorkingHours]:
    """Nine to twelve on working days, since last year."""
    values: dict[str, Any] = {"starts_on": date(2025, 1, 1), "types": []}
    rows = [
        WorkingHours(
            practitioner_id=practitioner.id,
            place_id=place.id,
            weekday=weekday,
            opens=opens,
            closes=closes,
            **{**values, **more},
        )
        for weekday in weekdays
    ]
    session.add_all(rows)
    session.flush()
    return rows
