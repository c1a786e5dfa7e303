"""Pure date rules: business days, working hours, deadlines, ages and partial dates.

Nothing here reads the clock; every function takes the values it needs. Instants are aware datetimes. Holidays are the
federal holidays of 5 U.S.C. 6103 on the day they are observed (a Saturday holiday on the Friday before, a Sunday
holiday on the Monday after).
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_SATURDAY = 5
_JUNETEENTH_SINCE = 2021
_PARTIAL = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


def _nth(year: int, month: int, weekday: int, n: int) -> date:
    """The n-th weekday (Monday is 0) of a month; n = -1 is the last one."""
    if n > 0:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))
    last = date(year, month, calendar.monthrange(year, month)[1])
    return last - timedelta(days=(last.weekday() - weekday) % 7)


def _legal_holidays(year: int) -> list[date]:
    holidays = [
        date(year, 1, 1),
        _nth(year, 1, 0, 3),  # Martin Luther King, Jr.
        _nth(year, 2, 0, 3),  # Washington
        _nth(year, 5, 0, -1),  # Memorial Day
        date(year, 7, 4),
        _nth(year, 9, 0, 1),  # Labor Day
        _nth(year, 10, 0, 2),  # Columbus Day
        date(year, 11, 11),
        _nth(year, 11, 3, 4),  # Thanksgiving
        date(year, 12, 25),
    ]
    if year >= _JUNETEENTH_SINCE:
        holidays.append(date(year, 6, 19))
    return holidays


def _observed(legal: date) -> date:
    if legal.weekday() == _SATURDAY:
        return legal - _DAY
    if legal.weekday() == _SATURDAY + 1:
        return legal + _DAY
    return legal


@lru_cache(maxsize=64)
def federal_holidays(year: int) -> frozenset[date]:
    """The observed federal holidays that fall in `year`, New Year's Day of the next year included when it moves back."""  # noqa: E501
    near = [_observed(day) for of in (year, year + 1) if of <= date.max.year for day in _legal_holidays(of)]
    return frozenset(day for day in near if day.year == year)


def is_business_day(day: date, closed: Iterable[date] = ()) -> bool:
    """Whether `day` is Monday to Friday, no observed federal holiday and none of the clinic's own `closed` days."""
    return day.weekday() < _SATURDAY and day not in federal_holidays(day.year) and day not in closed


def add_business_days(day: date, n: int, closed: Iterable[date] = ()) -> date:
    """The n-th business day after `day` (before it when `n` is negative). `day` is day 0 and is never counted."""
    closed, step = frozenset(closed), _DAY if n >= 0 else -_DAY
    for _ in range(abs(n)):
        day += step
        while not is_business_day(day, closed):
            day += step
    return day


def next_business_day(day: date, closed: Iterable[date] = ()) -> date:
    """`day` itself when it is a business day, otherwise the first one after it."""
    closed = frozenset(closed)
    return day if is_business_day(day, closed) else add_business_days(day, 1, closed)


def business_days_between(start: date, end: date, closed: Iterable[date] = ()) -> int:
    """How many business days lie after `start` up to and including `end` (0 when `end` is not later)."""
    closed = frozenset(closed)
    return sum(is_business_day(start + timedelta(days=i), closed) for i in range(1, max(0, (end - start).days) + 1))


def at_wall(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """The UTC instant at which the clock on the wall in `zone` shows `wall` on `day`.

    A time that the change to summer time skips becomes the same distance after the change; of a time that happens
    twice, the first is meant.
    """
    return datetime.combine(day, wall, tzinfo=zone).astimezone(UTC)


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The deadline of a date: 23:59:59 in `zone`. Overdue means later than this."""
    return at_wall(day, time(23, 59, 59), zone)


def date_in(instant: datetime, zone: ZoneInfo) -> date:
    """The date of an aware instant in `zone`. Raises ValueError for a naive one."""
    if instant.tzinfo is None:
        raise ValueError("An instant needs a time zone.")
    return instant.astimezone(zone).date()


def age_on(born: date, day: date) -> int:
    """Whole years of life on `day`. Someone born on 29 February has the birthday on 1 March in other years.

    Raises ValueError when `day` lies before the birth.
    """
    if day < born:
        raise ValueError("The day lies before the birth.")
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """When a clinic works: its zone, its opening hours on business days, and the days it closes of its own accord."""

    zone: ZoneInfo
    opens: time = time(8)
    closes: time = time(17)
    closed: frozenset[date] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise ValueError("A clinic must open before it closes.")

    def works_on(self, day: date) -> bool:
        """Whether the clinic works on `day`."""
        return is_business_day(day, self.closed)

    def is_open(self, instant: datetime) -> bool:
        """Whether `instant` lies in working hours; the opening minute does, the closing one no longer."""
        day = date_in(instant, self.zone)
        return self.works_on(day) and self.opening(day) <= instant < self.closing(day)

    def opening(self, day: date) -> datetime:
        """The instant the clinic opens on `day`."""
        return at_wall(day, self.opens, self.zone)

    def closing(self, day: date) -> datetime:
        """The instant the clinic closes on `day`."""
        return at_wall(day, self.closes, self.zone)

    def add_days(self, day: date, n: int) -> date:
        """The n-th business day of this clinic after `day`."""
        return add_business_days(day, n, self.closed)

    def next_opening(self, instant: datetime) -> datetime:
        """`instant` itself while the clinic is open, otherwise the next instant it opens."""
        day = date_in(instant, self.zone)
        if self.works_on(day):
            if instant < self.opening(day):
                return self.opening(day)
            if instant < self.closing(day):
                return instant
        return self.opening(self.add_days(day, 1))

    def add_working(self, instant: datetime, span: timedelta) -> datetime:
        """The instant at which `span` of working time has passed since `instant`. `span` is not negative."""
        at, left = self.next_opening(instant), span
        while True:
            rest = self.closing(date_in(at, self.zone)) - at.astimezone(UTC)
            if left <= rest:
                return at.astimezone(UTC) + left
            left -= rest
            at = self.next_opening(self.closing(date_in(at, self.zone)))

    def subtract_working(self, instant: datetime, span: timedelta) -> datetime:
        """The instant from which `span` of working time leads up to `instant`."""
        day, left, at = date_in(instant, self.zone), span, instant.astimezone(UTC)
        while True:
            if self.works_on(day):
                at = min(at, self.closing(day))
                worked = at - self.opening(day)
                if timedelta(0) < left <= worked or (left == timedelta(0) and worked >= timedelta(0)):
                    return at - left
                if worked > timedelta(0):
                    left -= worked
            day -= _DAY


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A clinical date that may know only its year, or its year and month (FHIR `date`, `dateTime` by the day)."""

    year: int
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        if self.day is not None and self.month is None:
            raise ValueError("A day needs a month.")
        date(self.year, self.month or 1, self.day or 1)

    @classmethod
    def parse(cls, text: str) -> PartialDate:
        """Read `YYYY`, `YYYY-MM` or `YYYY-MM-DD`. Raises ValueError for anything else and for days that do not exist."""  # noqa: E501
        match = _PARTIAL.fullmatch(text.strip())
        if not match:
            raise ValueError("Not a year, a month or a date.")
        return cls(*(int(part) if part else None for part in match.groups()))  # type: ignore[arg-type]

    @property
    def first(self) -> date:
        """The earliest day it may mean."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def last(self) -> date:
        """The latest day it may mean."""
        month = self.month or 12
        return date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])

    def __str__(self) -> str:
        parts = (f"{self.year:04d}", *(f"{part:02d}" for part in (self.month, self.day) if part is not None))
        return "-".join(parts)

    def __lt__(self, other: PartialDate) -> bool:
        """Order by what is known, the less precise first: 2026 before 2026-01 before 2026-01-01."""
        return (self.first, self.month or 0, self.day or 0) < (other.first, other.month or 0, other.day or 0)
