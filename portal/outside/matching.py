"""Whether a paper is about this person (domain.md EHR-2). Pure: nothing of the paper's person leaves but what differs.

Sure needs first and last name, birth date, sex and one more that agrees: a phone number, an e-mail address, an
address, or a record number. Where nothing speaks against it, somebody says so. A birth date that differs, or a name
of which no part agrees, is somebody else.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from portal.interop import fhir
from portal.interop.text import without_digits

MATCHED, UNSURE, OTHER = "matched", "unsure", "other"


@dataclass(frozen=True, slots=True)
class Known:
    """What the record says of the person."""

    given: str
    family: str
    birth_on: date | None
    sex: str | None
    phone: str = ""
    email: str = ""
    address: str = ""
    mrn: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """`state`, and which of name, birth and sex differ."""

    state: str
    differs: tuple[str, ...] = ()


def compare(known: Known, patient: fhir.Resource) -> Match:
    """Whether a FHIR Patient is the person."""
    names = [_of(name) for name in fhir.items(patient, "name")]
    is_same = any(_is_same(known, given, family) for given, family in names)
    is_near = is_same or not names or any(_words(known.given, known.family) & _words(*name) for name in names)
    birth = fhir.text(patient, "birthDate")
    has_birth = known.birth_on is not None and birth is not None
    same_birth = has_birth and known.birth_on is not None and birth == known.birth_on.isoformat()[: len(birth or "")]
    gender = fhir.text(patient, "gender")
    has_sex = bool(known.sex) and known.sex != "unknown" and gender not in (None, "unknown", "other")
    same_sex = has_sex and known.sex == gender
    differs = []
    if not is_same and names:
        differs.append("name")
    if has_birth and not same_birth:
        differs.append("birth")
    if has_sex and not same_sex:
        differs.append("sex")
    if "birth" in differs or not is_near or ("sex" in differs and not is_same):
        return Match(OTHER, tuple(differs))
    whole_birth = same_birth and len(birth or "") == 10
    if is_same and whole_birth and same_sex and _one_more(known, patient):
        return Match(MATCHED)
    return Match(UNSURE, tuple(differs))


def _of(name: fhir.Resource) -> tuple[str, str]:
    _prefix, given, family, _suffix = fhir.human_name([name])
    return without_digits(given), without_digits(family)


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold().replace("-", " ").replace("'", "")


def _words(*texts: str) -> set[str]:
    return set(_folded(" ".join(texts)).split())


def _is_same(known: Known, given: str, family: str) -> bool:
    """The same family name and the same first given name."""
    here, there = _folded(known.given).split(), _folded(given).split()
    return bool(here and there) and here[0] == there[0] and _folded(known.family).split() == _folded(family).split()


def _digits(text: str) -> str:
    found = re.sub(r"\D", "", text)
    return found[-10:] if len(found) >= 7 else ""


def _one_more(known: Known, patient: fhir.Resource) -> bool:
    contacts = [(c.get("system"), c.get("value")) for c in fhir.items(patient, "telecom")]
    for system, value in contacts:
        if not isinstance(value, str):
            continue
        if system == "phone" and _digits(known.phone) and _digits(value) == _digits(known.phone):
            return True
        if system == "email" and known.email and value.casefold().strip() == known.email.casefold():
            return True
    numbers = {n.get("value") for n in fhir.items(patient, "identifier")}
    if known.mrn and known.mrn in numbers:
        return True
    here = _street(known.address)
    return bool(here) and any(here == _street(" ".join(_lines(a))) for a in fhir.items(patient, "address"))


def _lines(address: fhir.Resource) -> list[str]:
    line = address.get("line")
    found = [part for part in line if isinstance(part, str)] if isinstance(line, list) else []
    return found or [str(address.get("text") or "")]


def _street(text: str) -> str:
    """House number and street, as far as the first comma."""
    first = _folded(text.partition(",")[0])
    return " ".join(re.findall(r"[a-z0-9]+", first)) if re.search(r"\d", first) else ""
