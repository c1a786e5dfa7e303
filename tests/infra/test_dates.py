"""Dates that deadlines and ages rest on."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.infra.dates import (
    PartialDate,
    WorkingCalendar,
    add_business_days,
    age_on,
    at_wall,
    business_days_between,
    date_in,
    end_of_day,
    federal_holidays,
    is_business_day,
    next_business_day,
)

pytestmark = pytest.mark.one_database
NEW_YORK = ZoneInfo("America/New_York")
DAYS = st.dates(date(1990, 1, 1), date(2080, 12, 31))


@pytest.mark.parametrize(
    ("observed", "why"),
    [
        (date(2026, 1, 1), "New Year"),
        (date(2026, 1, 19), "Martin Luther King, Jr."),
        (date(2026, 2, 16), "Washington"),
        (date(2026, 5, 25), "Memorial Day"),
        (date(2026, 6, 19), "Juneteenth"),
        (date(2026, 7, 3), "Independence Day, a Saturday"),
        (date(2026, 9, 7), "Labor Day"),
        (date(2026, 10, 12), "Columbus Day"),
        (date(2026, 11, 11), "Veterans Day"),
        (date(2026, 11, 26), "Thanksgiving"),
        (date(2026, 12, 25), "Christmas"),
        (date(2027, 7, 5), "Independence Day, a Sunday"),
        (date(2021, 12, 31), "New Year 2022, a Saturday"),
    ],
)
def test_a_federal_holiday_is_kept_on_its_observed_day(observed: date, why: str) -> None:
    assert observed in federal_holidays(observed.year), why
    assert not is_business_day(observed)


def test_there_are_eleven_holidays_in_an_ordinary_year() -> None:
    assert len(federal_holidays(2026)) == 11


def test_the_day_itself_is_never_counted_and_holidays_are_skipped() -> None:
    assert add_business_days(date(2026, 11, 20), 3) == date(2026, 11, 25)
    assert add_business_days(date(2026, 11, 23), 3) == date(2026, 11, 27)
    assert add_business_days(date(2026, 11, 21), 1) == date(2026, 11, 23)
    assert add_business_days(date(2026, 11, 27), -1) == date(2026, 11, 25)


def test_days_the_clinic_closes_count_as_holidays() -> None:
    assert next_business_day(date(2026, 11, 27), closed=[date(2026, 11, 27)]) == date(2026, 11, 30)


@given(DAYS, st.integers(1, 40))
def test_the_nth_business_day_is_n_business_days_away(day: date, n: int) -> None:
    there = add_business_days(day, n)
    assert is_business_day(there)
    assert business_days_between(day, there) == n


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(2000, 2, 29), date(2026, 2, 28), 25),
        (date(2000, 2, 29), date(2026, 3, 1), 26),
        (date(2000, 2, 29), date(2024, 2, 29), 24),
        (date(2014, 11, 23), date(2026, 11, 22), 11),
        (date(2014, 11, 23), date(2026, 11, 23), 12),
    ],
)
def test_age_is_whole_years(born: date, day: date, age: int) -> None:
    assert age_on(born, day) == age


def test_nobody_has_an_age_before_birth() -> None:
    with pytest.raises(ValueError, match="before the birth"):
        age_on(date(2026, 1, 2), date(2026, 1, 1))


def test_a_date_deadline_ends_with_the_day_of_the_place() -> None:
    assert end_of_day(date(2026, 7, 1), NEW_YORK) == datetime(2026, 7, 2, 3, 59, 59, tzinfo=UTC)
    assert end_of_day(date(2026, 12, 1), NEW_YORK) == datetime(2026, 12, 2, 4, 59, 59, tzinfo=UTC)


def test_a_wall_time_that_is_skipped_moves_on_and_one_that_is_doubled_means_the_first() -> None:
    assert at_wall(date(2026, 3, 8), time(2, 30), NEW_YORK) == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)
    assert at_wall(date(2026, 11, 1), time(1, 30), NEW_YORK) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        date_in(datetime(2026, 1, 1), NEW_YORK)


CLINIC = WorkingCalendar(NEW_YORK)


def test_working_time_passes_only_while_the_clinic_is_open() -> None:
    friday_evening = at_wall(date(2026, 11, 20), time(16, 30), NEW_YORK)
    assert CLINIC.add_working(friday_evening, timedelta(hours=1)) == at_wall(date(2026, 11, 23), time(8, 30), NEW_YORK)
    monday = at_wall(date(2026, 11, 23), time(9), NEW_YORK)
    assert CLINIC.subtract_working(monday, timedelta(hours=4)) == at_wall(date(2026, 11, 20), time(14), NEW_YORK)


def test_a_working_day_keeps_its_hours_across_the_change_of_clocks() -> None:
    friday = at_wall(date(2026, 3, 6), time(16), NEW_YORK)
    assert CLINIC.add_working(friday, timedelta(hours=2)) == at_wall(date(2026, 3, 9), time(9), NEW_YORK)


@given(st.datetimes(datetime(2024, 1, 1), datetime(2034, 1, 1), timezones=st.just(UTC)), st.integers(1, 3000))
def test_adding_and_taking_away_working_time_agree(instant: datetime, minutes: int) -> None:
    start = CLINIC.next_opening(instant)
    end = CLINIC.add_working(start, timedelta(minutes=minutes))
    assert CLINIC.subtract_working(end, timedelta(minutes=minutes)) == start or not CLINIC.is_open(start)


def test_a_clinic_opens_before_it_closes() -> None:
    with pytest.raises(ValueError, match="before it closes"):
        WorkingCalendar(NEW_YORK, time(17), time(8))


@pytest.mark.parametrize(("text", "first", "last"), [
    ("2026", date(2026, 1, 1), date(2026, 12, 31)),
    ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
    ("2026-03-05", date(2026, 3, 5), date(2026, 3, 5)),
])  # fmt: skip
def test_a_partial_date_spans_what_it_may_mean(text: str, first: date, last: date) -> None:
    partial = PartialDate.parse(text)
    assert (partial.first, partial.last, str(partial)) == (first, last, text)


@pytest.mark.parametrize("text", ["", "26", "2026-13", "2026-02-30", "2026-1-1", "soon"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        PartialDate.parse(text)


def test_partial_dates_sort_by_what_is_known() -> None:
    texts = ["2026-01-02", "2026", "2026-01", "2025-12-31"]
    assert [str(p) for p in sorted(map(PartialDate.parse, texts))] == ["2025-12-31", "2026", "2026-01", "2026-01-02"]
