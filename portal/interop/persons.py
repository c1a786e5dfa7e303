"""From a FHIR Patient to a person here, and the one question that matters: is this the same human?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from portal.interop import dates, fhir
from portal.interop.reasons import Refused
from portal.interop.text import Cut, without_digits
from portal.models import Person

_LANGUAGES = {"spa": "es", "eng": "en"}


@dataclass(frozen=True, slots=True)
class Demographics:
    """The columns of a person, and remarks on them."""

    columns: dict[str, Any]
    remarks: tuple[str, ...]


def demographics(resource: fhir.Resource, key: str, now: datetime, zone: ZoneInfo) -> Demographics:
    """The person behind a Patient resource. Raises `Refused`: `impossible-date`, `in-the-future`,
    `birth-after-death`.
    """
    cut = Cut()
    remarks = []
    _, given, family, _ = fhir.human_name(resource.get("name") if isinstance(resource.get("name"), list) else [])
    given, family = without_digits(given), without_digits(family)
    birth = _date(fhir.text(resource, "birthDate"))
    death = _date(fhir.text(resource, "deceasedDateTime"))
    if birth and birth.day > now.astimezone(zone).date():
        raise Refused("in-the-future")
    if death and death.day > now.astimezone(zone).date():
        raise Refused("in-the-future")
    if birth and death and birth.day > death.last_day:
        raise Refused("birth-after-death")
    is_deceased = death is not None or resource.get("deceasedBoolean") is True
    if is_deceased and death is None:
        remarks.append("death-without-day")
    columns = {
        "is_patient": True,
        "mrn": record_number(resource),
        "source_key": key,
        "given_name": cut.plain(given, 120) or "",
        "family_name": cut.plain(family, 120) or "",
        "sort_name": (cut.plain(f"{family}, {given}".strip(", "), 250) or "").casefold(),
        "birth_on": birth.day if birth else None,
        "died_at": death.at(zone) if death else None,
        "is_deceased": is_deceased,
        "sex": (fhir.text(resource, "gender") or "")[:20] or None,
        "language": language(resource),
        "phone": cut.plain(fhir.contact(resource, "phone"), 60),
        "email": cut.plain(fhir.contact(resource, "email"), 254),
        "address": cut.plain(fhir.address(resource), 300),
    }
    if cut.happened:
        remarks.append("long-text")
    return Demographics(columns, tuple(remarks))


def _date(text: str | None) -> dates.When | None:
    try:
        return dates.parse(text) if text else None
    except dates.Impossible as error:
        raise Refused("impossible-date") from error


def record_number(resource: fhir.Resource) -> str | None:
    """The medical record number: the identifier typed MR, one in use before an old one."""
    found = [
        (identifier.get("use") == "old", identifier["value"])
        for identifier in fhir.items(resource, "identifier")
        if isinstance(identifier.get("value"), str) and ("MR" in {c for _, c in fhir.codes(identifier.get("type"))})
    ]
    return min(found)[1][:80] if found else None


def language(resource: fhir.Resource) -> str:
    """The language to speak in, as a short code; English when none is said."""
    spoken = sorted(fhir.items(resource, "communication"), key=lambda c: c.get("preferred") is not True)
    for each in spoken:
        if tag := fhir.code(each.get("language")):
            primary = tag.split("-")[0].lower()
            return _LANGUAGES.get(primary, primary)[:20]
    return "en"


def is_same(person: Person, columns: dict[str, Any]) -> bool:
    """Whether an id or record number that is known here still means the same human.

    One of name and birth date may have been corrected at the source, but not all of the name; both at once is another
    person.
    """
    same_birth = person.birth_on is None or person.birth_on == columns["birth_on"]
    here, there = _names(person.given_name, person.family_name), _names(columns["given_name"], columns["family_name"])
    return here == there or (same_birth and (bool(here & there) or not here or not there))


def _names(*names: str) -> set[str]:
    return set(" ".join(names).casefold().replace("-", " ").split())


def is_certainly_same(person: Person, columns: dict[str, Any]) -> bool:
    """Whether a person known by record number only is this one: name, birth date and sex agree too (EHR-2)."""
    return (
        person.birth_on is not None
        and person.birth_on == columns["birth_on"]
        and person.sex == columns["sex"]
        and person.family_name.casefold() == columns["family_name"].casefold()
        and person.given_name.casefold() == columns["given_name"].casefold()
    )
