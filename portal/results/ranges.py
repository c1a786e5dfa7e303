"""Where a value stands: the laboratory's word first, else a strict comparison with the range it sent. Pure (RES-5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any


class Standing(StrEnum):
    """What a value is against its range, or what a text finding says."""

    FAR_BELOW = "far_below"
    BELOW = "below"
    USUAL = "usual"
    ABOVE = "above"
    FAR_ABOVE = "far_above"
    OUTSIDE = "outside"
    FAR_OUTSIDE = "far_outside"
    POSITIVE = "positive"
    NEGATIVE = "negative"
    DETECTED = "detected"
    NOT_DETECTED = "not_detected"
    SUSCEPTIBLE = "susceptible"
    INTERMEDIATE = "intermediate"
    RESISTANT = "resistant"
    UNCLEAR = "unclear"
    NO_RANGE = "no_range"

    @property
    def is_outside(self) -> bool:
        """Whether it counts as outside its range."""
        return self in _OUTSIDE

    @property
    def is_far(self) -> bool:
        """Whether the laboratory would telephone about it."""
        return self in _FAR


S = Standing
_FAR = frozenset({S.FAR_BELOW, S.FAR_ABOVE, S.FAR_OUTSIDE})
_OUTSIDE = _FAR | {S.BELOW, S.ABOVE, S.OUTSIDE, S.POSITIVE, S.DETECTED}

# HL7 v3 ObservationInterpretation
SENT = {
    "LL": S.FAR_BELOW,
    "LU": S.FAR_BELOW,
    "L": S.BELOW,
    "N": S.USUAL,
    "H": S.ABOVE,
    "HU": S.FAR_ABOVE,
    "HH": S.FAR_ABOVE,
    "A": S.OUTSIDE,
    "AA": S.FAR_OUTSIDE,
    "POS": S.POSITIVE,
    "NEG": S.NEGATIVE,
    "DET": S.DETECTED,
    "ND": S.NOT_DETECTED,
    "S": S.SUSCEPTIBLE,
    "I": S.INTERMEDIATE,
    "R": S.RESISTANT,
    "IND": S.UNCLEAR,
    "E": S.UNCLEAR,
}


def standing(
    flag: str | None,
    value: Decimal | None,
    low: Decimal | None,
    high: Decimal | None,
    *,
    comparator: str | None = None,
    critical_low: Decimal | None = None,
    critical_high: Decimal | None = None,
) -> Standing:
    """Where the value stands.

    A known `flag` is taken as sent, whatever the numbers say. Without one the comparison is strict: a value on the edge
    of the range is in it. A value known only as "less than" or "more than" is judged only as far as that allows.
    """
    if flag in SENT:
        return SENT[flag]
    if value is None:
        return S.NO_RANGE
    may_be_less, may_be_more = comparator in ("<", "<="), comparator in (">", ">=")
    # Only what holds for every number the comparator allows is said.
    if not may_be_more:
        if critical_low is not None and _under(value, critical_low, comparator):
            return S.FAR_BELOW
        if low is not None and _under(value, low, comparator):
            return S.BELOW
    if not may_be_less:
        if critical_high is not None and _over(value, critical_high, comparator):
            return S.FAR_ABOVE
        if high is not None and _over(value, high, comparator):
            return S.ABOVE
    if low is None and high is None:
        return S.NO_RANGE
    if (may_be_less and low is not None) or (may_be_more and high is not None):
        return S.UNCLEAR
    if (may_be_less and high is not None and value > high) or (may_be_more and low is not None and value < low):
        return S.UNCLEAR
    return S.USUAL


def _under(value: Decimal, limit: Decimal, comparator: str | None) -> bool:
    return value <= limit if comparator == "<" else value < limit


def _over(value: Decimal, limit: Decimal, comparator: str | None) -> bool:
    return value >= limit if comparator == ">" else value > limit


def worst(standings: Iterable[Standing]) -> Standing:
    """The one to show for several values at once, such as a blood pressure: far outside, then outside, then usual."""
    known = list(standings)
    for group in (_FAR, _OUTSIDE):
        for each in known:
            if each in group:
                return each
    return next((each for each in known if each is not S.NO_RANGE), S.NO_RANGE)


def component_standing(component: Mapping[str, Any]) -> Standing:
    """Where one component of a result stands, by the flag and range it was sent with."""
    return standing(
        component.get("flag"),
        _decimal(component.get("value")),
        _decimal(component.get("low")),
        _decimal(component.get("high")),
    )


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


_SAME = {
    "mm[hg]": "mmhg",
    "10*3/ul": "10³/µl",
    "10*6/ul": "10⁶/µl",
    "10*9/l": "10⁹/l",
    "10*12/l": "10¹²/l",
    "ug/dl": "µg/dl",
    "ug/ml": "µg/ml",
    "ug/l": "µg/l",
    "umol/l": "µmol/l",
    "u[iu]/ml": "µiu/ml",
    "m[iu]/l": "miu/l",
    "[iu]/l": "iu/l",
    "cel": "°c",
    "ml/min/{1.73_m2}": "ml/min/1.73 m²",
    "kg/m2": "kg/m²",
    "{inr}": "",
    "{score}": "points",
}


def same_unit(one: str | None, other: str | None) -> bool:
    """Whether two units mean the same, as UCUM and people write them. Nothing is ever converted."""
    a, b = ((unit or "").strip().lower() for unit in (one, other))
    return _SAME.get(a, a) == _SAME.get(b, b)
