"""Dates of the samples move by whole days; people's birthdays and everything that is no date stay."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.demo.shifting import shift

pytestmark = pytest.mark.one_database


@pytest.mark.parametrize(
    ("value", "moved"),
    [
        ("2021-01-31", "2021-02-10"),
        ("2020-02-28T23:59:59.000-05:00", "2020-03-09T23:59:59.000-05:00"),
        ("2021", "2021"),
        ("2021-01", "2021-01"),
        ("2021-02-30", "2021-02-30"),
        ("555-0100", "555-0100"),
        ("on 2021-01-31", "on 2021-01-31"),
        (5.6, 5.6),
        (None, None),
    ],
)
def test_only_whole_dates_move(value, moved):
    assert shift({"a": [value]}, timedelta(days=10)) == {"a": [moved]}


def test_a_birth_date_stays():
    assert shift({"birthDate": "1948-11-08"}, timedelta(days=10)) == {"birthDate": "1948-11-08"}


@given(st.dates().map(str), st.integers(-9000, 9000))
def test_there_and_back_is_where_it_was(value, days):
    there = shift(value, timedelta(days=days))
    assert shift(there, timedelta(days=-days)) == value or there == value
