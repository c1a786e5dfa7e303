"""When a visit can be: working hours on the clock of the place, less what is taken. Pure.

Instants are aware UTC; days and minutes after midnight are on the clock of the place. What is taken is counted in cells
of five minutes since 1970.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from portal.infra.dates import at_wall, federal_holidays

CELL = 300  # seconds
STEP = timedelta(seconds=CELL)
MIDNIGHT = 1440
_NOTHING: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours a clinician works at a place every week on one weekday (Monday is 0). Empty `types` means all kinds."""

    practitioner_id: UUID
    place_id: UUID
    weekday: int
    opens: int
    closes: int
    starts_on: date
    ends_on: date | None = None
    mode: str = "both"
    types: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Unlike:
    """One day unlike the template: closed, or open, from minute to minute. None holds for everybody, everywhere."""

    day: date
    opens: int = 0
    closes: int = MIDNIGHT
    is_open: bool = False
    practitioner_id: UUID | None = None
    place_id: UUID | None = None

    def touches(self, practitioner_id: UUID, place_id: UUID) -> bool:
        """Whether it is about this clinician at this place."""
        return self.practitioner_id in (None, practitioner_id) and self.place_id in (None, place_id)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of a day, in minutes after midnight, in which a clinician takes visits at a place."""

    practitioner_id: UUID
    place_id: UUID
    opens: int
    closes: int
    mode: str
    types: frozenset[str]


def cell_of(instant: datetime) -> int:
    """The cell an instant lies in."""
    return int(instant.timestamp()) // CELL


def cells(starts_at: datetime, minutes: int) -> range:
    """The cells that `minutes` from `starts_at` touch; at least one."""
    first = cell_of(starts_at)
    last = cell_of(starts_at + timedelta(minutes=max(minutes, 1)) - timedelta(microseconds=1))
    return range(first, last + 1)


def instant_of(cell: int) -> datetime:
    """The beginning of a cell."""
    return datetime.fromtimestamp(cell * CELL, UTC)


def is_closed(day: date, *, keeps_holidays: bool, is_away: bool) -> bool:
    """Whether the template does not hold on that day: a holiday the place keeps, or the clinician is away."""
    return is_away or (keeps_holidays and day in federal_holidays(day.year))


def stretches(
    day: date, templates: Iterable[Hours], exceptions: Collection[Unlike], *, is_closed_day: bool
) -> list[Stretch]:
    """The stretches of one clinician at one place on `day`, in order.

    Exceptions that open add to the template, even on a holiday; those that close take away from both.
    """
    found: list[Stretch] = []
    for one in templates:
        holds = one.starts_on <= day and (one.ends_on is None or day <= one.ends_on)
        if one.weekday == day.weekday() and holds and not is_closed_day:
            found.append(Stretch(one.practitioner_id, one.place_id, one.opens, one.closes, one.mode, one.types))
    found += [
        Stretch(extra.practitioner_id, extra.place_id, extra.opens, extra.closes, "both", frozenset())
        for extra in exceptions
        if extra.day == day and extra.is_open and extra.practitioner_id and extra.place_id
    ]
    for closed in exceptions:
        if closed.day == day and not closed.is_open:
            found = [part for one in found for part in _without(one, closed)]
    return sorted(found, key=lambda one: (one.opens, one.closes))


def _without(one: Stretch, closed: Unlike) -> Iterator[Stretch]:
    if not closed.touches(one.practitioner_id, one.place_id):
        yield one
        return
    for opens, closes in ((one.opens, min(one.closes, closed.opens)), (max(one.opens, closed.closes), one.closes)):
        if opens < closes:
            yield Stretch(one.practitioner_id, one.place_id, opens, closes, one.mode, one.types)


def span(day: date, opens: int, closes: int, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants between which the clock of the place shows these minutes of `day`.

    On the day the clocks go forward a stretch over the gap is an hour shorter; on the day they go back, an hour longer.
    """
    return _at(day, opens, zone), _at(day, closes, zone)


def _at(day: date, minute: int, zone: ZoneInfo) -> datetime:
    if minute >= MIDNIGHT:
        return at_wall(day + timedelta(days=1), time(0), zone)
    return at_wall(day, time(minute // 60, minute % 60), zone)


def starts(
    opens_at: datetime,
    closes_at: datetime,
    minutes: int,
    pause: int,
    taken: Iterable[Collection[int]] = (),
    *,
    not_before: datetime | None = None,
    rooms: Collection[Collection[int]] | None = None,
) -> list[datetime]:
    """The times at which a visit of `minutes` with a `pause` after it can begin, one after the other, no overlaps.

    `taken` are the cells of all who must be free; `rooms` are those of each room of which one must be free (None where
    no room is needed). The pause may reach beyond the end of the stretch: nobody waits for it.
    """
    busy = [set(each) for each in taken if each]
    found, cell = [], -(-int(opens_at.timestamp()) // CELL)
    length, whole = len(cells(instant_of(cell), minutes)), len(cells(instant_of(cell), minutes + pause))
    last = int(closes_at.timestamp()) // CELL - length
    first = None if not_before is None else -(-int(not_before.timestamp()) // CELL)
    while cell <= last:
        wanted = range(cell, cell + whole)
        blocked = next((c for c in reversed(wanted) if any(c in each for each in busy)), None)
        if blocked is not None:
            cell = blocked + 1
            continue
        if rooms is not None and not any(_is_free(each, wanted) for each in rooms):
            cell += 1
            continue
        if first is None or cell >= first:
            found.append(instant_of(cell))
        cell += whole
    return found


def _is_free(taken: Collection[int], wanted: range) -> bool:
    return not any(cell in taken for cell in wanted)


def free_room(rooms: Iterable[tuple[UUID, Collection[int]]], wanted: range) -> UUID | None:
    """The first room that is free through these cells, or None."""
    return next((room for room, taken in rooms if _is_free(taken, wanted)), None)


def instants(wall: datetime, zone: ZoneInfo) -> tuple[datetime, ...]:
    """The instants at which the clock in `zone` shows `wall` (naive): none, one, or two in order of time."""
    found = []
    for fold in (0, 1):
        instant = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
        if instant.astimezone(zone).replace(tzinfo=None) == wall and instant not in found:
            found.append(instant)
    return tuple(sorted(found))


def wall_of(instant: datetime, zone: ZoneInfo) -> datetime:
    """What the clock in `zone` shows at an instant, naive."""
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def may_change(starts_at: datetime, now: datetime, cutoff: timedelta) -> bool:
    """Whether a patient may still move or cancel by themselves: up to the cutoff before the start, that minute too."""
    return now <= starts_at - cutoff


def nearest(times: Iterable[datetime], wanted: datetime, most: int) -> list[datetime]:
    """The `most` times nearest to the one wanted, in order of time."""
    return sorted(sorted(times, key=lambda at: abs(at - wanted))[:most])
