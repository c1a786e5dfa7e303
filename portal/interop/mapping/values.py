"""Numbers, units, ranges and flags as a laboratory sends them (domain.md 9, RES-5)."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from portal.interop import fhir
from portal.interop.text import Cut

_LARGEST = Decimal(10) ** 12  # the column holds 18 digits, 6 of them decimals
_SIX = Decimal("0.000001")
# UCUM as people write it; everything else stays as sent
_UNITS = {
    "mm[Hg]": "mmHg", "mmHg": "mmHg", "Cel": "°C", "[degF]": "°F", "kg/m2": "kg/m²", "m2": "m²", "1": None,
    "[pH]": None,
    "pH": None, "mL/min/{1.73_m2}": "mL/min/1.73 m²", "mL/min/1.73m2": "mL/min/1.73 m²", "10*3/uL": "10³/µL",
    "10*6/uL": "10⁶/µL", "10*9/L": "10⁹/L", "10*12/L": "10¹²/L", "[lb_av]": "lb", "[in_i]": "in", "ug/dL": "µg/dL",
    "ug/mL": "µg/mL", "ug/L": "µg/L", "umol/L": "µmol/L", "u[IU]/mL": "µIU/mL", "m[IU]/L": "mIU/L", "[IU]/L": "IU/L",
    "/uL": "/µL", "{nominal}": None, "{score}": "points", "{INR}": None, "{ratio}": None, "{count}": None,
}  # fmt: skip
_BRACES = re.compile(r"\{([^{}]*)\}\Z")
FLAGS = frozenset(
    {"L", "H", "LL", "HH", "LU", "HU", "N", "A", "AA", "POS", "NEG", "ND", "DET", "S", "R", "I", "IND", "E"}
)


class Number(NamedTuple):
    """A number with its decimals as written; `decimals` is None when they are no measured precision."""

    value: Decimal
    decimals: int | None


def number(raw: Any) -> Number | None:
    """A JSON number (parsed with `Decimal` for fractions) as our columns hold it, or None when it can't be held."""
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal):
        return None
    try:
        value = Decimal(raw)
        exponent = value.as_tuple().exponent
        if not isinstance(exponent, int) or abs(value) >= _LARGEST:
            return None
        decimals = max(0, -exponent)
        return Number(value if decimals <= 6 else value.quantize(_SIX), decimals if decimals <= 6 else None)
    except InvalidOperation:
        return None


def unit(quantity: fhir.Resource) -> str | None:
    """The unit as people write it: the printed unit, else the UCUM code."""
    sent = fhir.text(quantity, "unit") or fhir.text(quantity, "code")
    if sent is None:
        return None
    sent = sent.strip()
    if sent in _UNITS:
        return _UNITS[sent]
    if found := _BRACES.match(sent):
        return found[1].replace("_", " ") or None
    return sent[:60] or None


def has_unit(quantity: fhir.Resource) -> bool:
    """Whether it says its unit, `1` (UCUM: no unit) included."""
    return bool((fhir.text(quantity, "unit") or fhir.text(quantity, "code") or "").strip())


class Range(NamedTuple):
    low: Decimal | None
    high: Decimal | None
    text: str | None


def usual_range(ranges: list[fhir.Resource], value_unit: str | None, cut: Cut) -> Range:
    """The usual range the laboratory sent. One that is for treatment or critical values, or that is in another unit
    than the value, is no range to compare with; several that could apply are told in words only.
    """
    usual = []
    for each in ranges:
        kind = fhir.code(each.get("type"))
        if kind in (None, "normal", "recommended"):
            usual.append(each)
    if not usual:
        return Range(None, None, None)
    one = usual[0]
    words = cut.plain(one.get("text"), 200)
    if len(usual) > 1 and any("appliesTo" in each or "age" in each for each in usual):
        return Range(None, None, words)
    low, high = _end(one.get("low"), value_unit), _end(one.get("high"), value_unit)
    return Range(low, high, words)


def _end(quantity: Any, value_unit: str | None) -> Decimal | None:
    if not isinstance(quantity, dict):
        return None
    if has_unit(quantity) and unit(quantity) != value_unit:
        return None
    found = number(quantity.get("value"))
    return found.value if found else None


def flag(resource: fhir.Resource) -> str | None:
    """The laboratory's own flag, a code of HL7 v3 ObservationInterpretation (or v2 0078, which agrees with it)."""
    for each in fhir.items(resource, "interpretation"):
        for _, code in fhir.codes(each):
            if code in FLAGS:
                return code
    return None


_OUTSIDE = frozenset({"L", "H", "LL", "HH", "LU", "HU", "A", "AA", "POS", "DET"})
_INSIDE = frozenset({"N", "NEG", "ND"})


def is_outside(sent: str | None, value: Decimal | None, low: Decimal | None, high: Decimal | None) -> bool:
    """Whether a value counts as outside its range: the laboratory's word first, else the comparison (RES-5, strict)."""
    if sent in _OUTSIDE:
        return True
    if sent in _INSIDE or value is None:
        return False
    return (low is not None and value < low) or (high is not None and value > high)
