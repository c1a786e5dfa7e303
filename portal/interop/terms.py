"""What a code or a word gives away (domain.md PRX-6), from tables; when in doubt the item is tagged.

Categories are HL7 ActCode information sensitivity codes: HIV STD SEX PSY ETH SDV GDIS.
"""

from __future__ import annotations

import csv
import re
from functools import cache, lru_cache
from importlib.resources import files

from portal.interop import fhir

_WITHOUT = re.compile(r"\b(?:without|no evidence of)\b.*", re.IGNORECASE | re.DOTALL)  # what it is not reveals nothing
CATEGORIES = ("SDV", "HIV", "ETH", "PSY", "STD", "SEX", "GDIS")  # the strictest first: one item carries one
_DATA = files("portal.interop") / "data"
_SYSTEMS = {"loinc": fhir.LOINC, "snomed": fhir.SNOMED}


def _table(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((_DATA / name).read_text(encoding="utf-8").splitlines()))


class _Terms:
    def __init__(self) -> None:
        self.codes: dict[tuple[str, str], str] = {}
        self.ranges: list[tuple[str, str, str]] = []
        for row in _table("sensitive_codes.csv"):
            if row["system"] == "icd10":
                low, _, high = row["code"].partition("-")
                self.ranges.append((low, high or low, row["category"]))
            else:
                self.codes[_SYSTEMS[row["system"]], row["code"]] = row["category"]
        for row in _table("problems_plain_names.csv"):
            if row["sensitivity"] in CATEGORIES:
                self.codes[fhir.ICD10CM, row["icd10cm"]] = row["sensitivity"]
        self.units: dict[str, str] = {}
        self.laboratory: set[str] = set()
        for row in _table("loinc_common_labs.csv"):
            if row["sensitivity"] in CATEGORIES:
                self.codes.setdefault((fhir.LOINC, row["loinc"]), row["sensitivity"])
            self.units[row["loinc"]] = row["unit_ucum"]
            self.laboratory.add(row["loinc"])
        words = [(row["category"], row["pattern"]) for row in _table("sensitive_words.csv")]
        medicines: dict[str, list[str]] = {}
        for row in _table("medication_sensitivity.csv"):
            medicines.setdefault(row["sensitivity_default"], []).append(re.escape(row["ingredient"].lower()))
        self.words = [(category, re.compile(pattern, re.IGNORECASE)) for category, pattern in words]
        self.medicines = [
            (category, re.compile(rf"\b(?:{'|'.join(names)})\b", re.IGNORECASE))
            for category, names in medicines.items()
            if category in CATEGORIES
        ]


@cache
def _terms() -> _Terms:
    return _Terms()


@lru_cache(maxsize=16384)
def sensitivity(codes: tuple[tuple[str, str], ...], words: str, *, is_medicine: bool = False) -> str | None:
    """The category an item with these codes and words reveals, or None. The strictest wins when several do."""
    terms = _terms()
    words = _WITHOUT.sub("", words)
    found = {terms.codes[pair] for pair in codes if pair in terms.codes}
    for system, code in codes:
        if system.startswith(fhir.ICD10):
            bare = code.upper()
            found |= {c for low, high, c in terms.ranges if low <= bare[: len(low)] and bare[: len(high)] <= high}
    found |= {category for category, pattern in terms.words if pattern.search(words)}
    if is_medicine:
        found |= {category for category, pattern in terms.medicines if pattern.search(words)}
    return next((category for category in CATEGORIES if category in found), None)


def is_common_test(loinc: str) -> bool:
    return loinc in _terms().laboratory


def is_dimensionless(loinc: str) -> bool:
    """Whether a test's number stands without a unit: ratios, scores, pH, INR, specific gravity."""
    unit = _terms().units.get(loinc)
    return loinc in DIMENSIONLESS or unit in ("1", "{ratio}", "{score}", "{INR}", "[pH]", "{index}")


DIMENSIONLESS = frozenset(
    {
        "2744-1", "2753-2", "11558-4", "2746-6", "5803-2", "2756-5",  # pH
        "6301-6", "34714-6", "38875-1", "46418-0",  # INR
        "2965-2", "5810-7", "5811-5", "50562-8",  # specific gravity
        "1759-0", "3097-3", "9830-1", "11054-4", "14957-5", "13705-9", "32294-1", "2889-4",  # ratios
        "9269-2", "9272-6", "9274-2", "44261-6", "55758-7", "70274-6", "70273-8", "75626-2", "96761-2",  # scores
    }
)  # fmt: skip
