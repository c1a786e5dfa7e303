"""Where a value stands: tables of values in, words out."""

from __future__ import annotations

from decimal import Decimal

import pytest

from portal.results.ranges import SENT, Standing, same_unit, standing, worst

S = Standing


@pytest.mark.parametrize(
    ("value", "low", "high", "stands"),
    [
        ("3.4", "3.5", "5.1", S.BELOW),
        ("3.5", "3.5", "5.1", S.USUAL),  # both ends belong to the range
        ("5.1", "3.5", "5.1", S.USUAL),
        ("5.100001", "3.5", "5.1", S.ABOVE),
        ("59", "60", None, S.BELOW),
        ("9999", "60", None, S.USUAL),
        ("4.9", None, "5", S.USUAL),
        ("5.01", None, "5", S.ABOVE),
        ("7", None, None, S.NO_RANGE),
        ("0", "0", "0.3", S.USUAL),
        ("-1", "0", "0.3", S.BELOW),
    ],
)
def test_a_value_without_a_flag_is_compared_strictly(value, low, high, stands):
    low, high = (None if each is None else Decimal(each) for each in (low, high))
    assert standing(None, Decimal(value), low, high) is stands


@pytest.mark.parametrize(
    ("value", "stands"),
    [("2.4", S.FAR_BELOW), ("2.5", S.BELOW), ("6.5", S.ABOVE), ("6.51", S.FAR_ABOVE), ("4", S.USUAL)],
)
def test_critical_limits_are_strict_too(value, stands):
    limits = {"critical_low": Decimal("2.5"), "critical_high": Decimal("6.5")}
    assert standing(None, Decimal(value), Decimal("3.5"), Decimal("5.0"), **limits) is stands


@pytest.mark.parametrize("flag", sorted(SENT))
def test_the_flag_as_sent_wins_over_the_numbers(flag):
    assert standing(flag, Decimal("4"), Decimal("3.5"), Decimal("5.0")) is SENT[flag]
    assert standing(flag, None, None, None) is SENT[flag]


def test_a_flag_nobody_knows_is_as_if_none_was_sent():
    assert standing("ZZ", Decimal("9"), Decimal("1"), Decimal("5")) is S.ABOVE


@pytest.mark.parametrize(
    ("comparator", "value", "low", "high", "stands"),
    [
        ("<", "3.5", "3.5", "5.1", S.BELOW),  # less than the lowest usual value
        ("<=", "3.5", "3.5", "5.1", S.UNCLEAR),
        ("<", "4", "3.5", "5.1", S.UNCLEAR),  # may be usual, may be low
        ("<", "0.5", None, "1", S.USUAL),
        ("<", "2", None, "1", S.UNCLEAR),
        (">", "5.1", "3.5", "5.1", S.ABOVE),
        (">=", "5.1", "3.5", "5.1", S.UNCLEAR),
        (">", "90", "60", None, S.USUAL),
        (">", "50", "60", None, S.UNCLEAR),
        ("<", "3", None, None, S.NO_RANGE),
    ],
)
def test_less_than_and_more_than_are_judged_only_as_far_as_they_go(comparator, value, low, high, stands):
    low, high = (None if each is None else Decimal(each) for each in (low, high))
    assert standing(None, Decimal(value), low, high, comparator=comparator) is stands


def test_of_several_the_worst_is_shown():
    assert worst([S.USUAL, S.ABOVE, S.FAR_BELOW]) is S.FAR_BELOW
    assert worst([S.NO_RANGE, S.USUAL]) is S.USUAL
    assert worst([S.USUAL, S.BELOW]) is S.BELOW
    assert worst([]) is S.NO_RANGE


def test_units_agree_only_when_they_mean_the_same():
    assert same_unit("mm[Hg]", "mmHg")
    assert same_unit("10*3/uL", "10³/µL")
    assert same_unit(None, "")
    assert not same_unit("mg/dL", "µmol/L")
    assert not same_unit("mEq/L", "mmol/L")
    assert not same_unit("mg/dL", None)
