"""What can be booked: the kinds of visits, the people and places, and the open times, asked in a few statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from portal.appointments import claims, slots
from portal.infra.dates import at_wall
from portal.models import (
    Absence,
    Place,
    Practitioner,
    Room,
    ScheduleException,
    VisitType,
    WorkingHours,
)
from portal.work.unit_of_work import UnitOfWork

DAY = timedelta(days=1)
AHEAD = timedelta(hours=1)  # nobody books by themselves what begins within the hour
HORIZON = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Search:
    """Which times are wanted. None is any. The times of the visit that would move, and of holds in `but`, are free."""

    visit_type: VisitType
    patient_id: UUID | None = None
    practitioner_id: UUID | None = None
    place_id: UUID | None = None
    is_video: bool = False
    language: str | None = None
    moves_id: UUID | None = None
    not_before: datetime | None = None
    but: tuple[UUID, ...] = ()

    @property
    def left_out(self) -> list[UUID]:
        """The claims that do not count as taken."""
        return [*self.but, self.moves_id] if self.moves_id else list(self.but)


@dataclass(frozen=True, slots=True)
class OpenTime:
    """A time that can be booked now."""

    starts_at: datetime
    wall: datetime
    zone: str
    practitioner_id: UUID
    practitioner: str
    place_id: UUID
    place: str


@dataclass
class Ground:
    """What working hours are made of, for some clinicians through some days."""

    practitioners: dict[UUID, Any]
    places: dict[UUID, Any]
    hours: dict[tuple[UUID, UUID], list[slots.Hours]] = field(default_factory=dict)
    unlike: dict[date, list[slots.Unlike]] = field(default_factory=dict)
    away: dict[UUID, list[tuple[date, date]]] = field(default_factory=dict)

    def stretches(self, practitioner_id: UUID, place_id: UUID, day: date) -> list[slots.Stretch]:
        """What this clinician works at this place on `day`, holidays, absences and exceptions seen to."""
        is_away = any(first <= day <= last for first, last in self.away.get(practitioner_id, ()))
        closed = slots.is_closed(day, keeps_holidays=self.places[place_id].keeps_holidays, is_away=is_away)
        unlike = [] if is_away else [one for one in self.unlike.get(day, ()) if one.touches(practitioner_id, place_id)]
        return slots.stretches(day, self.hours.get((practitioner_id, place_id), ()), unlike, is_closed_day=closed)


def visit_types(uow: UnitOfWork, *, online_only: bool) -> Sequence[Any]:
    """The kinds of visits there are, by name; of those that patients may book, or all."""
    statement = select(VisitType).where(VisitType.is_active).order_by(VisitType.name_en, VisitType.id)
    return uow.scalars(statement.where(VisitType.is_online) if online_only else statement)


def visit_type(uow: UnitOfWork, type_id: UUID) -> VisitType | None:
    found = uow.scalars(select(VisitType).where(VisitType.id == type_id, VisitType.is_active))
    return found[0] if found else None


def places(uow: UnitOfWork) -> Sequence[Any]:
    """The places that are in use, by name."""
    return uow.scalars(select(Place).where(Place.is_active).order_by(Place.name, Place.id))


def clinicians(uow: UnitOfWork) -> Sequence[Any]:
    """Everybody who has working hours, or times that were opened for them, by name."""
    opened = select(ScheduleException.practitioner_id).where(
        ScheduleException.is_open,
        ScheduleException.practitioner_id.is_not(None),
        ScheduleException.day >= uow.now.date(),
    )
    with_hours = select(WorkingHours.practitioner_id).union(opened)
    statement = select(Practitioner.id, Practitioner.name, Practitioner.specialty, Practitioner.languages)
    return uow.rows(
        statement.where(Practitioner.is_active, Practitioner.id.in_(with_hours)).order_by(
            Practitioner.sort_name, Practitioner.id
        )
    )


def ground(
    uow: UnitOfWork,
    first: date,
    last: date,
    *,
    practitioner_ids: Iterable[UUID] | None = None,
    place_id: UUID | None = None,
) -> Ground:
    """The working hours between two days, in five statements whatever their number."""
    people = select(Practitioner.id, Practitioner.name, Practitioner.languages).where(Practitioner.is_active)
    hours = select(WorkingHours).where(
        WorkingHours.starts_on <= last, or_(WorkingHours.ends_on.is_(None), WorkingHours.ends_on >= first)
    )
    unlike = select(ScheduleException).where(ScheduleException.day >= first, ScheduleException.day <= last)
    away = select(Absence.practitioner_id, Absence.starts_on, Absence.ends_on).where(
        Absence.starts_on <= last, Absence.ends_on >= first
    )
    if practitioner_ids is not None:
        wanted = list(practitioner_ids)
        people = people.where(Practitioner.id.in_(wanted))
        hours = hours.where(WorkingHours.practitioner_id.in_(wanted))
        unlike = unlike.where(
            or_(ScheduleException.practitioner_id.is_(None), ScheduleException.practitioner_id.in_(wanted))
        )
        away = away.where(Absence.practitioner_id.in_(wanted))
    if place_id is not None:
        hours = hours.where(WorkingHours.place_id == place_id)
    return _ground(
        uow.rows(people),
        uow.scalars(select(Place).where(Place.is_active)),
        uow.scalars(hours),
        uow.scalars(unlike),
        uow.rows(away),
        place_id,
    )


def _ground(
    people: Iterable[Any], sites: Iterable[Any], hours: Iterable[Any], unlike: Iterable[Any], away: Iterable[Any],
    place_id: UUID | None,
) -> Ground:  # fmt: skip
    found = Ground({row.id: row for row in people}, {row.id: row for row in sites})
    by_pair: dict[tuple[UUID, UUID], list[slots.Hours]] = defaultdict(list)
    for one in hours:
        if one.practitioner_id in found.practitioners and one.place_id in found.places:
            by_pair[one.practitioner_id, one.place_id].append(
                slots.Hours(
                    one.practitioner_id,
                    one.place_id,
                    one.weekday,
                    one.opens,
                    one.closes,
                    one.starts_on,
                    one.ends_on,
                    one.mode,
                    frozenset(one.types or ()),
                )
            )
    for one in unlike:
        extra = slots.Unlike(one.day, one.opens, one.closes, one.is_open, one.practitioner_id, one.place_id)
        found.unlike.setdefault(one.day, []).append(extra)
        pair = (extra.practitioner_id, extra.place_id)
        known = pair[0] in found.practitioners and pair[1] in found.places
        if extra.is_open and known and place_id in (None, pair[1]):
            by_pair[pair]  # type: ignore[index]  # makes the pair known, with no template of its own
    found.hours = dict(by_pair)
    gone: dict[UUID, list[tuple[date, date]]] = defaultdict(list)
    for row in away:
        gone[row.practitioner_id].append((row.starts_on, row.ends_on))
    found.away = dict(gone)
    return found


def open_times(uow: UnitOfWork, search: Search, first: date, last: date) -> list[OpenTime]:
    """The times that can be booked on the days from `first` to `last` (on the clock of each place), in order."""
    only = [search.practitioner_id] if search.practitioner_id else None
    known = ground(uow, first, last, practitioner_ids=only, place_id=search.place_id)
    pairs = [
        pair
        for pair in known.hours
        if pair[0] in known.practitioners and _speaks(known.practitioners[pair[0]], search.language)
    ]
    if not pairs:
        return []
    kind = search.visit_type
    begin = at_wall(first - DAY, time(0), ZoneInfo("UTC"))
    end = at_wall(last + 2 * DAY, time(0), ZoneInfo("UTC"))
    rooms = _rooms(uow, {place for _who, place in pairs}) if kind.needs_room and not search.is_video else {}
    resources = {who for who, _place in pairs}.union(*rooms.values()) if rooms else {who for who, _place in pairs}
    if search.patient_id is not None:
        resources.add(search.patient_id)
    taken = claims.taken_by(uow, resources, begin, end, but=search.left_out)
    own = taken.get(search.patient_id, set()) if search.patient_id else set()
    found: dict[tuple[datetime, UUID, UUID], OpenTime] = {}  # a time opened twice is one
    for who, place_id in pairs:
        place = known.places[place_id]
        zone = ZoneInfo(place.time_zone)
        needs = [taken[room] for room in rooms.get(place_id, ())] if kind.needs_room and not search.is_video else None
        for offset in range((last - first).days + 1):
            day = first + DAY * offset
            for part in known.stretches(who, place_id, day):
                if not takes(part, kind, is_video=search.is_video):
                    continue
                opens_at, closes_at = slots.span(day, part.opens, part.closes, zone)
                times = slots.starts(
                    opens_at, closes_at, kind.minutes, kind.buffer_minutes, (taken[who], own),
                    not_before=search.not_before, rooms=needs,
                )  # fmt: skip
                name = known.practitioners[who].name
                for at in times:
                    one = OpenTime(at, slots.wall_of(at, zone), place.time_zone, who, name, place_id, place.name)
                    found.setdefault((at, who, place_id), one)
    return sorted(found.values(), key=lambda one: (one.starts_at, one.practitioner, str(one.place_id)))


def takes(part: slots.Stretch, kind: VisitType, *, is_video: bool) -> bool:
    """Whether such a visit can be in that stretch."""
    if part.types and str(kind.id) not in part.types:
        return False
    if is_video:
        return kind.is_video and part.mode in ("both", "video")
    return kind.is_in_person and part.mode in ("both", "in_person")


def _speaks(practitioner: Any, language: str | None) -> bool:
    """Everybody speaks English here; other languages are written down with the person."""
    return language in (None, "", "en") or language in (practitioner.languages or "").split(",")


def _rooms(uow: UnitOfWork, place_ids: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """The rooms of each place, by name."""
    statement = select(Room.id, Room.place_id).where(Room.place_id.in_(sorted(place_ids)), Room.is_active)
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for row in uow.rows(statement.order_by(Room.name, Room.id)):
        found[row.place_id].append(row.id)
    return dict(found)


def room_for(uow: UnitOfWork, place_id: UUID, starts_at: datetime, minutes: int, *, but: Iterable[UUID]) -> UUID | None:
    """A room of the place that is free through these minutes, or None."""
    rooms = _rooms(uow, [place_id]).get(place_id, [])
    end = starts_at + timedelta(minutes=minutes)
    taken = claims.taken_by(uow, rooms, starts_at, end, but=but)
    return slots.free_room([(room, taken[room]) for room in rooms], slots.cells(starts_at, minutes))


def next_open(uow: UnitOfWork, search: Search, wanted: datetime, *, most: int = 3) -> list[OpenTime]:
    """The open times nearest to the one that is gone; looks a fortnight around it."""
    first = max(wanted, uow.now).date() - DAY
    times = open_times(uow, search, first, first + 14 * DAY)
    near = slots.nearest({one.starts_at for one in times}, wanted, most)
    return [next(one for one in times if one.starts_at == at) for at in near]
