"""When a reminder is due: at the patient's own hours, right where the clocks change. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.appointments import steps

EAST, WEST = ZoneInfo("America/New_York"), ZoneInfo("America/Los_Angeles")
ANCHORAGE = ZoneInfo("America/Anchorage")
DAY = steps.DAY


def wall(zone, *parts, fold=0):
    return datetime(*parts, tzinfo=zone, fold=fold).astimezone(UTC)


@pytest.mark.parametrize("zone", [EAST, WEST])
@pytest.mark.parametrize(
    ("visit", "minutes", "due"),
    [
        ((2026, 3, 12, 10), 7 * DAY, (2026, 3, 5, 10)),  # over the night the clocks go forward: the same hour
        ((2026, 11, 5, 10), 7 * DAY, (2026, 10, 29, 10)),  # and back
        ((2026, 3, 9, 10), 2 * DAY, (2026, 3, 7, 10)),
        ((2026, 11, 2, 10), 2 * DAY, (2026, 10, 31, 10)),
        ((2026, 3, 12, 15), 120, (2026, 3, 12, 13)),
        ((2026, 3, 12, 10), 120, (2026, 3, 12, 8)),  # eight itself is fine
        ((2026, 3, 12, 9, 55), 120, (2026, 3, 11, 20)),  # before eight: the evening before
        ((2026, 3, 12, 22), 120, (2026, 3, 12, 20)),  # eight in the evening itself is fine
        ((2026, 3, 12, 22, 5), 120, (2026, 3, 12, 20)),  # after it: at eight that evening
        ((2026, 3, 8, 9), 120, (2026, 3, 7, 20)),  # the short night lies between
        ((2026, 11, 1, 9), 120, (2026, 10, 31, 20)),  # the long night lies between
        ((2026, 3, 12, 7), 2 * DAY, (2026, 3, 9, 20)),
        ((2026, 3, 12, 21), 2 * DAY, (2026, 3, 10, 20)),
    ],
)
def test_a_step_is_due_between_eight_and_eight_or_on_the_evening_before(zone, visit, minutes, due):
    assert steps.due_at(wall(zone, *visit), minutes, zone) == wall(zone, *due)


def test_hours_are_the_patients_not_those_of_the_place():
    visit = wall(EAST, 2026, 3, 12, 9)  # six in the morning in Los Angeles
    assert steps.due_at(visit, 2 * DAY, WEST) == wall(WEST, 2026, 3, 9, 20)
    assert steps.due_at(visit, 2 * DAY, EAST) == wall(EAST, 2026, 3, 10, 9)


def test_a_time_that_the_spring_skips_is_reminded_of_all_the_same():
    visit = wall(ANCHORAGE, 2026, 3, 10, 14, 30)
    assert steps.due_at(visit, 2 * DAY, ANCHORAGE) == wall(ANCHORAGE, 2026, 3, 8, 14, 30)


def test_steps_come_one_after_the_other_and_each_once():
    visit = wall(EAST, 2026, 3, 20, 15)

    def at(now, done=()):
        found = steps.current(visit, steps.USUAL, EAST, now, done)
        return found[0] if found else None

    assert at(wall(EAST, 2026, 3, 13, 14, 59)) is None
    assert at(wall(EAST, 2026, 3, 13, 15)) == 7 * DAY
    assert at(wall(EAST, 2026, 3, 13, 15), [7 * DAY]) is None
    assert at(wall(EAST, 2026, 3, 18, 15), [7 * DAY]) == 2 * DAY
    assert at(wall(EAST, 2026, 3, 20, 13, 1), [7 * DAY]) == 120  # after a pause: the last one alone
    assert at(wall(EAST, 2026, 3, 20, 13, 1), [120]) is None
    assert at(visit) is None and at(visit + timedelta(hours=1)) is None
    assert steps.current(visit, (), EAST, visit - timedelta(hours=1), ()) is None
