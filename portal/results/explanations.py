"""What common tests measure, in plain words, by LOINC code (RES-9). Source and licence: `data/README.md`."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

LOINC = "http://loinc.org"
LANGUAGES = frozenset({"en", "es"})
_FOLDER = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Explanation:
    """One test: a plain name, what it measures, and what a low or a high value can mean. In one language."""

    code: str
    plain_name: str
    measures: str
    low_meaning: str
    high_meaning: str
    unit: str
    critical_low: Decimal | None
    critical_high: Decimal | None


def _rows(name: str) -> dict[str, dict[str, str]]:
    with (_FOLDER / name).open(encoding="utf-8", newline="") as file:
        return {row["loinc"]: row for row in csv.DictReader(file)}


@cache
def _all(language: str) -> dict[str, Explanation]:
    facts = _rows("loinc_common_labs.csv")
    words = facts if language == "en" else _rows(f"loinc_common_labs.{language}.csv")
    return {
        code: Explanation(
            code,
            words[code]["plain_name"],
            words[code]["what_it_measures"],
            words[code]["low_meaning"],
            words[code]["high_meaning"],
            row["unit_ucum"],
            _number(row["critical_low"]),
            _number(row["critical_high"]),
        )
        for code, row in facts.items()
    }


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def explain(code: str | None, language: str = "en") -> Explanation | None:
    """What is known about a LOINC code, or None. Codes of other systems never look like one.

    In a language without a file of its own, in English.
    """
    return _all(language if language in LANGUAGES else "en").get(code) if code else None


def plain_name(code: str | None, name: str, language: str = "en") -> str:
    """The test's plain name, else the name it was sent with."""
    found = explain(code, language)
    return found.plain_name if found else name
