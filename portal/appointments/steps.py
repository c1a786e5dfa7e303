"""When a visit is reminded of: steps before its start, in the hours of the day in which people may be told. Pure.

Whole days are counted on the patient's own clock, so that a reminder keeps its hour when the clocks change; hours are
elapsed time. What would fall outside the hours is told earlier, at the end of them before (domain rule APT-5).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from portal.infra.dates import at_wall

DAY = 1440
USUAL = (7 * DAY, 2 * DAY, 120)
LONGEST = 30 * DAY
FIRST, LAST = time(8), time(20)
EARLIER_AT_MOST = timedelta(hours=14)  # from the evening before to the end of a night


def due_at(starts_at: datetime, minutes: int, zone: ZoneInfo) -> datetime:
    """When the step of `minutes` before `starts_at` (aware) is due, in UTC, on the clock of a patient in `zone`."""
    if minutes % DAY == 0:
        local = starts_at.astimezone(zone)
        at = at_wall(local.date() - timedelta(days=minutes // DAY), local.time().replace(tzinfo=None, fold=0), zone)
    else:
        at = starts_at - timedelta(minutes=minutes)
    there = at.astimezone(zone)
    clock = there.time().replace(tzinfo=None, fold=0)
    if clock > LAST:
        at = at_wall(there.date(), LAST, zone)
    elif clock < FIRST:
        at = at_wall(there.date() - timedelta(days=1), LAST, zone)
    return at.astimezone(UTC)


def current(
    starts_at: datetime, steps: Iterable[int], zone: ZoneInfo, now: datetime, done: Collection[int]
) -> tuple[int, datetime] | None:
    """The last step that has come by `now` and when it was due; None before the first, once the visit has begun, or
    where it or a later one is done. After a pause of the worker, steps that were missed are not told one by one.
    """
    if now >= starts_at:
        return None
    come = [(minutes, at) for minutes in sorted(steps) if (at := due_at(starts_at, minutes, zone)) <= now]
    if not come or any(minutes <= come[0][0] for minutes in done):
        return None
    return come[0]
