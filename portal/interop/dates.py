"""FHIR dates and times (R4 2.24.0.1): partial dates stay partial, instants become aware UTC, nonsense is refused."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

_FORM = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?)?)?)?\Z", re.ASCII
)


class Impossible(ValueError):
    """There is no such date."""


@dataclass(frozen=True, slots=True)
class When:
    """A point in time as exactly as it was given.

    `text` is as recorded ("2019-04"); `day` the first day it can mean, in the zone it was written in; `instant` is
    set only when a time of day was given.
    """

    text: str
    day: date
    last_day: date
    instant: datetime | None

    def at(self, zone: ZoneInfo) -> datetime:
        """An instant to sort and show by: for a date, midnight where the practice is."""
        return self.instant or datetime(self.day.year, self.day.month, self.day.day, tzinfo=zone).astimezone(UTC)


@lru_cache(maxsize=4096)
def parse(text: str) -> When:
    """Read a FHIR date, dateTime or instant. Raises `Impossible`: wrong form, year 0000, February 30, hour 24, or a
    time without its offset (which FHIR forbids, as it can't be placed).
    """
    found = _FORM.match(text)
    if found is None:
        raise Impossible(text[:0])
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    try:
        first = date(int(year), int(month or 1), int(day or 1))
        if hour is None:
            return When(text, first, _last(first, month, day), None)
        if offset is None:
            raise Impossible
        # A leap second is the last moment of its minute: no clock here can show :60.
        whole = min(int(second or 0), 59) if int(second or 0) <= 60 else 61
        micro = int((fraction or "0")[:6].ljust(6, "0"))
        instant = datetime(first.year, first.month, first.day, int(hour), int(minute), whole, micro, _zone(offset))
        return When(text, first, first, instant.astimezone(UTC))
    except (ValueError, OverflowError) as error:
        raise Impossible(text[:0]) from error


def _last(first: date, month: str | None, day: str | None) -> date:
    if day is not None:
        return first
    if month is not None:
        return first.replace(day=monthrange(first.year, first.month)[1])
    return first.replace(month=12, day=31)


@lru_cache(maxsize=256)
def _zone(offset: str) -> timezone:
    if offset == "Z":
        return UTC
    sign = -1 if offset[0] == "-" else 1
    hours, minutes = int(offset[1:3]), int(offset[4:6])
    if hours > 14 or minutes > 59:
        raise Impossible
    return timezone(sign * timedelta(hours=hours, minutes=minutes))
