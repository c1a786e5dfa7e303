"""Dates: partial ones stay partial, impossible ones are refused, instants are placed in time."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.interop.dates import Impossible, parse

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30", "2025-02-29", "2026-13", "2026-00-10", "2026-04-31", "0000", "0000-01-01", "26-01-01", "2026-1-1",
        "2026-01-01T24:00:00Z", "2026-01-01T10:60:00Z", "2026-01-01T10:00:61Z", "2026-01-01T10:00:00", "2026-01-01T10Z",
        "2026-01-01T10:00:00+15:00", "2026-01-01 10:00:00Z", "yesterday", "", "9999-12-31T23:59:59-14:00",
        "0001-01-01T00:00:00+14:00", "２０２６-01-01",
    ],
)  # fmt: skip
def test_what_can_not_be_is_refused(text: str) -> None:
    with pytest.raises(Impossible):
        parse(text)


def test_a_partial_date_stays_as_partial_as_it_was() -> None:
    month = parse("2019-02")
    assert (month.text, month.day, month.last_day, month.instant) == (
        "2019-02",
        date(2019, 2, 1),
        date(2019, 2, 28),
        None,
    )
    assert parse("2020").last_day == date(2020, 12, 31)


def test_a_time_is_placed_in_utc_and_a_date_at_midnight_of_the_practice() -> None:
    assert parse("2026-11-16T07:40:00-05:00").at(NEW_YORK) == datetime(2026, 11, 16, 12, 40, tzinfo=UTC)
    assert parse("2026-11-16").at(NEW_YORK) == datetime(2026, 11, 16, 5, tzinfo=UTC)
    assert parse("2011-06-06T16:34:40.9461239Z").instant == datetime(2011, 6, 6, 16, 34, 40, 946123, tzinfo=UTC)


def test_a_leap_second_is_the_last_moment_of_its_minute() -> None:
    assert parse("2016-12-31T23:59:60Z").instant == datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)


@given(st.datetimes(min_value=datetime(2, 1, 1), timezones=st.timezones()))
def test_every_instant_written_by_python_is_read_back(instant: datetime) -> None:
    if instant.utcoffset() is None or instant.utcoffset().total_seconds() % 60:  # type: ignore[union-attr]
        return
    try:
        as_utc = instant.astimezone(UTC)
    except OverflowError:
        return
    assert parse(instant.isoformat(timespec="microseconds")).instant == as_utc


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(Impossible):
        assert parse(text).text == text
