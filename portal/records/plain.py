"""Plain names beside clinical ones. Pure; the tables and their licences are in `data/README.md`."""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

from portal.records.names import spoken

ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
CVX = "http://hl7.org/fhir/sid/cvx"
_FOLDER = Path(__file__).parent / "data"
_WORD = re.compile(r"[^\W_]+")
LANGUAGES = ("en", "es")


def _rows(name: str) -> list[dict[str, str]]:
    with (_FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def _by_code(language: str) -> dict[tuple[str, str], str]:
    problems = _rows("problems_plain_names.csv" if language == "en" else f"problems_plain_names.{language}.csv")
    groups = {row["group"]: row[language] for row in _rows("vaccine_groups.csv")}
    found = {(ICD10CM, row["icd10cm"]): row["plain_name"] for row in problems}
    for row in _rows("cvx_vaccines.csv"):
        said = [groups[one] for one in row["vaccine_groups"].split("|") if one in groups]
        if said:
            found[CVX, row["cvx"]] = ", ".join(dict.fromkeys(said))
    return found


@cache
def _by_name(language: str) -> dict[str, str]:
    return {row["name"]: row[language] for row in _rows("plain_words.csv")}


def plain_name(code: str | None, system: str | None, name: str, language: str = "en") -> str:
    """What people call it, or nothing where that is not known or is the very same.

    `code` and `system` are those of the line (ICD-10-CM and CVX are known), `name` its clinical name.
    """
    language = language if language in LANGUAGES else "en"
    known = _by_code(language).get((system or "", code or "")) or _by_name(language).get(spoken(name).casefold())
    return known if known and known.casefold() != spoken(name).casefold() else ""


def words_of(text: str) -> list[str]:
    """The words of a text as they are compared: folded, without signs."""
    return _WORD.findall(text.casefold())


def is_begun(wanted: list[str], text: str) -> bool:
    """Whether each wanted word begins a word of the text."""
    words = words_of(text)
    return all(any(word.startswith(one) for word in words) for one in wanted)


def codes_named(wanted: list[str]) -> tuple[list[str], list[str]]:
    """Codes, and clinical names, whose plain name (in any language) has words that begin with those wanted."""
    if not wanted:
        return [], []
    codes = {code for lang in LANGUAGES for (_, code), plain in _by_code(lang).items() if is_begun(wanted, plain)}
    names = {name for lang in LANGUAGES for name, plain in _by_name(lang).items() if is_begun(wanted, plain)}
    return sorted(codes), sorted(names)
