"""When a visit can be: the clock of the place, both ends of daylight saving, holidays, what is taken."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from portal.appointments import slots

NEW_YORK, MADRID = ZoneInfo("America/New_York"), ZoneInfo("Europe/Madrid")
WHO, WHERE = uuid4(), uuid4()


def hours(weekday: int, opens: int = 540, closes: int = 720, **more: object) -> slots.Hours:
    return slots.Hours(WHO, WHERE, weekday, opens, closes, date(2020, 1, 1), **more)  # type: ignore[arg-type]


def parts(day: date, *templates: slots.Hours, unlike: tuple[slots.Unlike, ...] = (), closed: bool = False) -> list:
    return [(one.opens, one.closes) for one in slots.stretches(day, templates, unlike, is_closed_day=closed)]


@pytest.mark.parametrize(
    ("zone", "before", "after", "hour"),
    [
        (NEW_YORK, date(2026, 10, 31), date(2026, 11, 2), 1),
        (NEW_YORK, date(2026, 3, 6), date(2026, 3, 9), -1),
        (MADRID, date(2026, 10, 23), date(2026, 10, 26), 1),
        (MADRID, date(2026, 3, 27), date(2026, 3, 30), -1),
    ],
)
def test_the_local_hour_stays_when_the_clocks_change(zone, before, after, hour):
    first, _ = slots.span(before, 540, 720, zone)
    second, _ = slots.span(after, 540, 720, zone)
    assert slots.wall_of(first, zone).hour == slots.wall_of(second, zone).hour == 9
    assert second.hour - first.hour == hour


@pytest.mark.parametrize(
    ("zone", "day", "length"),
    [
        (NEW_YORK, date(2027, 3, 14), 23), (NEW_YORK, date(2026, 11, 1), 25),
        (MADRID, date(2027, 3, 28), 23), (MADRID, date(2026, 10, 25), 25),
    ],
)  # fmt: skip
def test_a_whole_day_has_its_true_length_on_both_edges(zone, day, length):
    begin, end = slots.span(day, 0, slots.MIDNIGHT, zone)
    assert end - begin == timedelta(hours=length)
    times = slots.starts(begin, end, 30, 0)
    assert len(times) == length * 2 and len(set(times)) == len(times)


@pytest.mark.parametrize(("zone", "gap"), [(NEW_YORK, (2027, 3, 14)), (MADRID, (2027, 3, 28))])
def test_a_time_that_does_not_exist_has_no_instant(zone, gap):
    assert slots.instants(datetime(*gap, 2, 30), zone) == ()
    assert len(slots.instants(datetime(*gap, 3, 30), zone)) == 1


@pytest.mark.parametrize(("zone", "wall"), [(NEW_YORK, (2026, 11, 1, 1, 30)), (MADRID, (2026, 10, 25, 2, 30))])
def test_a_time_that_comes_twice_has_two(zone, wall):
    first, second = slots.instants(datetime(*wall), zone)
    assert second - first == timedelta(hours=1)


def test_a_visit_booked_in_october_is_the_right_instant_in_november():
    (at,) = slots.instants(datetime(2026, 11, 5, 9), NEW_YORK)
    assert at == datetime(2026, 11, 5, 14, tzinfo=UTC)


def test_templates_hold_on_their_weekday_and_between_their_days():
    monday = date(2026, 3, 9)
    assert parts(monday, hours(0), hours(1)) == [(540, 720)]
    assert parts(monday, hours(0, ends_on=date(2026, 3, 8))) == []
    assert parts(monday, slots.Hours(WHO, WHERE, 0, 540, 720, date(2026, 3, 10))) == []


def test_exceptions_close_a_piece_and_open_another():
    day = date(2026, 3, 9)
    lunch = slots.Unlike(day, 600, 660, practitioner_id=WHO)
    evening = slots.Unlike(day, 1020, 1080, is_open=True, practitioner_id=WHO, place_id=WHERE)
    assert parts(day, hours(0), unlike=(lunch, evening)) == [(540, 600), (660, 720), (1020, 1080)]
    assert parts(day, hours(0), unlike=(slots.Unlike(day, place_id=WHERE),)) == []
    assert parts(day, hours(0), unlike=(slots.Unlike(day, practitioner_id=uuid4()),)) == [(540, 720)]


def test_a_holiday_closes_the_template_and_leaves_what_was_opened_on_purpose():
    day = date(2026, 7, 3)  # Independence Day is observed
    assert slots.is_closed(day, keeps_holidays=True, is_away=False)
    assert not slots.is_closed(day, keeps_holidays=False, is_away=False)
    extra = slots.Unlike(day, 540, 600, is_open=True, practitioner_id=WHO, place_id=WHERE)
    assert parts(day, hours(4), unlike=(extra,), closed=True) == [(540, 600)]


def test_what_is_taken_is_left_out_and_the_pause_counts():
    begin, end = slots.span(date(2026, 3, 9), 540, 660, NEW_YORK)
    assert [at.minute for at in slots.starts(begin, end, 20, 10)] == [0, 30, 0, 30]
    taken = set(slots.cells(begin + timedelta(minutes=20), 20))
    assert [slots.wall_of(at, NEW_YORK).strftime("%H:%M") for at in slots.starts(begin, end, 20, 0, (taken,))] == [
        "09:00", "09:40", "10:00", "10:20", "10:40",
    ]  # fmt: skip


def test_one_free_room_is_enough_and_none_is_too_few():
    begin, end = slots.span(date(2026, 3, 9), 540, 600, NEW_YORK)
    full = set(slots.cells(begin, 60))
    assert slots.starts(begin, end, 30, 0, rooms=[full, set()]) == [begin, begin + timedelta(minutes=30)]
    assert slots.starts(begin, end, 30, 0, rooms=[full]) == [] == slots.starts(begin, end, 30, 0, rooms=[])


@pytest.mark.parametrize(("minutes", "may"), [(0, True), (-1, True), (1, False)])
def test_the_exact_minute_of_the_cutoff_still_counts(minutes, may):
    start = datetime(2026, 12, 2, 15, tzinfo=UTC)
    now = start - timedelta(hours=24) + timedelta(minutes=minutes)
    assert slots.may_change(start, now, timedelta(hours=24)) is may


def test_the_nearest_times_come_in_order():
    noon = datetime(2026, 3, 9, 12, tzinfo=UTC)
    times = [noon + timedelta(hours=n) for n in (-9, 1, 5, -2, 8)]
    assert slots.nearest(times, noon, 3) == [times[3], times[1], times[2]]
