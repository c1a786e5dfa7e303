"""When a notice goes out: at once, after the quiet hours, or gathered with others. Pure.

Local hours are those of the reader's zone on that day, also where the clocks change (domain rules NTF-1, NTF-4).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from portal.infra.dates import at_wall

DIGESTS = ("now", "daily", "weekly")
QUIET_FROM, QUIET_UNTIL = 20 * 60, 8 * 60  # minutes of the day
GATHERED_AT = 8 * 60
MONDAY = 0
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Timing:
    """How somebody wants to be told. `quiet_from` and `quiet_until` are minutes of the day; None: no quiet hours."""

    digest: str = "now"
    quiet_from: int | None = QUIET_FROM
    quiet_until: int | None = QUIET_UNTIL


def held_until(now: datetime, zone: ZoneInfo, timing: Timing, *, is_urgent: bool, is_fixed: bool) -> datetime | None:
    """When a notice of `now` (aware) goes out, in UTC; None: at once.

    What is urgent never waits; what nobody can do without waits for the end of the quiet hours alone.
    """
    if is_urgent:
        return None
    at = now
    if not is_fixed and timing.digest != "now":
        at = _gathered(now, zone, weekly=timing.digest == "weekly")
    quiet_until = _end_of_quiet(at, zone, timing)
    at = quiet_until or at
    return None if at == now else at.astimezone(UTC)


def _gathered(now: datetime, zone: ZoneInfo, *, weekly: bool) -> datetime:
    """The next time when what waits is gathered: each morning, or on Monday morning."""
    day = now.astimezone(zone).date()
    while True:
        at = _at(day, GATHERED_AT, zone)
        if at > now and (not weekly or day.weekday() == MONDAY):
            return at
        day += _DAY


def _end_of_quiet(at: datetime, zone: ZoneInfo, timing: Timing) -> datetime | None:
    """When the quiet hours end that `at` lies in; None where it lies in none."""
    begins, ends = timing.quiet_from, timing.quiet_until
    if begins is None or ends is None or begins == ends:
        return None
    day = at.astimezone(zone).date()
    for first in (day - _DAY, day):
        last = first if begins < ends else first + _DAY
        if _at(first, begins, zone) <= at < _at(last, ends, zone):
            return _at(last, ends, zone)
    return None


def _at(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    return at_wall(day, time(minutes // 60, minutes % 60), zone)
