"""What common tests measure, in plain words, by LOINC code (RES-9). Source and licence: `data/README.md`."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

LOINC = "http://loinc.org"
_FILE = Path(__file__).parent / "data" / "loinc_common_labs.csv"


@dataclass(frozen=True, slots=True)
class Explanation:
    """One test: a plain name, what it measures, and what a low or a high value can mean. The sentences are English."""

    code: str
    plain_name: str
    measures: str
    low_meaning: str
    high_meaning: str
    unit: str
    critical_low: Decimal | None
    critical_high: Decimal | None


@cache
def _all() -> dict[str, Explanation]:
    with _FILE.open(encoding="utf-8", newline="") as file:
        return {
            row["loinc"]: Explanation(
                row["loinc"],
                row["plain_name"],
                row["what_it_measures"],
                row["low_meaning"],
                row["high_meaning"],
                row["unit_ucum"],
                _number(row["critical_low"]),
                _number(row["critical_high"]),
            )
            for row in csv.DictReader(file)
        }


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def explain(code: str | None) -> Explanation | None:
    """What is known about a LOINC code, or None. Codes of other systems never look like one."""
    return _all().get(code) if code else None


def plain_name(code: str | None, name: str) -> str:
    """The test's plain name, else the name it was sent with."""
    found = explain(code)
    return found.plain_name if found else name
