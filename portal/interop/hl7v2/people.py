"""Whose message it is (EHR-2): by the numbers in PID-3, name and birth date beside them. When in doubt, nobody's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from portal.interop import persons, whose
from portal.interop.hl7v2.known import original
from portal.interop.hl7v2.reading import Message, Part, Segment
from portal.interop.hl7v2.refusals import Unaccepted
from portal.interop.hl7v2.telling import Resource, identity, moment
from portal.models import Person
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

MAY = Action.INTEROP_IMPORT_CREATE
_RECORD = ("MR", "MRN", "PI", "PT", "EI", "")  # in this order of trust; no social security, licence or account number
_GENDERS = {"F": "female", "M": "male", "O": "other", "A": "other", "U": "unknown", "N": "other"}


@dataclass(frozen=True, slots=True)
class Whose:
    """Whom a message is about: how the importer names them, the person where known, the Patient to send along."""

    subject: Resource
    person: Person | None
    patient: Resource | None


@dataclass(frozen=True, slots=True)
class _Told:
    family: str
    given: str
    birth: date | None
    sex: str | None
    numbers: list[Part]


def match(uow: UnitOfWork, namespace: str, message: Message, *, tells_who: bool) -> Whose:
    """Find the person. `tells_who`: the message is about who they are (ADT), so that what it says is taken over.

    Raises `Unaccepted`: `no-patient-segment`, `no-identifier`, `no-name`, `identity-differs`, `two-people`,
    `possible-duplicate`, `impossible-date`.
    """
    pid = message.first("PID")
    if pid is None:
        raise Unaccepted("no-patient-segment", "PID")
    zone = uow.settings.zone
    told = _told(pid, zone)
    if not told.numbers:
        raise Unaccepted("no-identifier", "PID-3")
    if not told.family and not told.given:
        raise Unaccepted("no-name", "PID-5")
    names = {key: whose.named(uow, namespace, f"Patient/{key}") for key in map(_key, told.numbers)}
    by_name = {found.id: (key, found) for key, found in names.items() if found is not None}
    by_number = {found.id: found for part in told.numbers if (found := _numbered(uow, part))}
    if len(by_name.keys() | by_number.keys()) > 1:
        raise Unaccepted("two-people", "PID-3")
    for key, person in by_name.values():
        if not persons.is_same(person, _columns(told)):
            raise Unaccepted("identity-differs", "PID-5")
        return _known(uow, namespace, person, key, pid, told, tells_who=tells_who)
    key = _key(told.numbers[0])
    for person in by_number.values():
        is_ours = not namespace and persons.is_same(person, _columns(told))
        if not is_ours and not _is_certain(person, told):
            raise Unaccepted("identity-differs", "PID-5")
        return _linked(uow, namespace, person, key, pid, told, tells_who=tells_who)
    if told.birth is None:
        raise Unaccepted("no-name", "PID-7")
    if _has_double(uow, told):
        raise Unaccepted("possible-duplicate", "PID-3")
    return Whose({"reference": f"Patient/{key}"}, None, _patient(key, pid, told, zone, {}))


def _told(pid: Segment, zone: ZoneInfo) -> _Told:
    legal = sorted(pid.parts(5), key=lambda part: part.get(7) != "L")
    name = legal[0] if legal else Part("", pid.marks)
    text = moment(pid.get(7), zone, "PID-7")
    birth = date.fromisoformat(text[:10]) if text and len(text) >= 10 else None
    numbers = [part for part in pid.parts(3) if part.get(1) not in ("", '""') and part.get(5).upper() in _RECORD]
    numbers.sort(key=lambda part: _RECORD.index(part.get(5).upper()))
    return _Told(name.get(1), name.get(2), birth, _GENDERS.get(pid.get(8).upper()), numbers)


def _key(part: Part) -> str:
    """The id under which a source knows a patient: the number within its assigning authority (CX.4)."""
    return identity("patient", part.get(1), part.get(4) or part.get(4, 2))


def _columns(told: _Told) -> dict[str, Any]:
    return {"given_name": told.given, "family_name": told.family, "birth_on": told.birth, "sex": told.sex}


def _numbered(uow: UnitOfWork, part: Part) -> Person | None:
    found: Person | None = uow.session.scalars(uow.select(MAY, Person).where(Person.mrn == part.get(1))).first()
    return found


def _is_certain(person: Person, told: _Told) -> bool:
    """Whether name, birth date and sex agree: middle names are often left out."""
    return (
        person.birth_on is not None
        and person.birth_on == told.birth
        and told.sex in (None, person.sex)
        and person.family_name.casefold() == told.family.casefold()
        and person.given_name.casefold().split()[:1] == told.given.casefold().split()[:1]
    )


def _has_double(uow: UnitOfWork, told: _Told) -> bool:
    statement = uow.select(MAY, Person).where(Person.birth_on == told.birth, Person.is_patient)
    return any(
        each.family_name.casefold() == told.family.casefold()
        and each.given_name.casefold().split()[:1] == told.given.casefold().split()[:1]
        for each in uow.session.scalars(statement)
    )


def _known(
    uow: UnitOfWork, namespace: str, person: Person, key: str, pid: Segment, told: _Told, *, tells_who: bool
) -> Whose:
    patient = None
    if tells_who and person.source_key == f"{namespace}Patient/{key}":
        patient = _patient(key, pid, told, uow.settings.zone, originals(uow, namespace, person, f"Patient/{key}"))
    return Whose({"reference": f"Patient/{key}"}, person, patient)


def _linked(
    uow: UnitOfWork, namespace: str, person: Person, key: str, pid: Segment, told: _Told, *, tells_who: bool
) -> Whose:
    """A person known by record number only: the source's own number is remembered as theirs."""
    if namespace:
        link: Resource = {
            "resourceType": "Patient", "id": key, "identifier": [_record_number(person.mrn)],
            "name": [{"family": person.family_name, "given": [person.given_name]}],
            "birthDate": person.birth_on.isoformat() if person.birth_on else None, "gender": person.sex,
        }  # fmt: skip
        return Whose({"reference": f"Patient/{key}"}, person, {k: v for k, v in link.items() if v})
    own = (person.source_key or "").partition("Patient/")
    if own[0] or not own[2]:  # the clinic knows them by another way than its record system
        return Whose({"reference": f"Patient/{key}", "identifier": {"value": person.mrn}}, person, None)
    patient = None
    if tells_who:
        before = originals(uow, "", person, f"Patient/{own[2]}")
        patient = _patient(own[2], pid, told, uow.settings.zone, before)
    return Whose({"reference": f"Patient/{own[2]}"}, person, patient)


def originals(uow: UnitOfWork, namespace: str, person: Person, name: str) -> Resource:
    """The original of `Type/id` of a source as it is known now; empty when there is none."""
    return original(uow, namespace, person.id, name) or {}


def _record_number(value: str | None) -> Resource:
    system = "http://terminology.hl7.org/CodeSystem/v2-0203"
    return {"type": {"coding": [{"system": system, "code": "MR"}]}, "value": value}


def _patient(key: str, pid: Segment, told: _Told, zone: ZoneInfo, before: Resource) -> Resource:
    """The Patient: what PID says over what was known. An empty field says nothing; `""` takes away (2.5.3)."""
    made: Resource = {**before, "resourceType": "Patient", "id": key}
    number = next((part for part in told.numbers if part.get(5).upper() in ("MR", "MRN")), None)
    if number is not None and not before:
        made["identifier"] = [_record_number(number.get(1))]
    given = [g for g in (told.given, _name_part(pid, 3)) if g]
    made["name"] = [{"use": "official", **({"family": told.family} if told.family else {}), "given": given}]
    if told.birth is not None:
        made["birthDate"] = told.birth.isoformat()
    if told.sex is not None:
        made["gender"] = told.sex
    _address(made, pid)
    _telecom(made, pid)
    if re.fullmatch("[A-Za-z]{2,3}(-[A-Za-z]{2})?", language := pid.get(15)):
        coding = [{"system": "urn:ietf:bcp:47", "code": language.lower()[:8]}]
        made["communication"] = [{"language": {"coding": coding}, "preferred": True}]
    if died := moment(pid.get(29), zone, "PID-29"):
        made["deceasedDateTime"] = died
        made.pop("deceasedBoolean", None)
    elif pid.get(30) == "Y" and "deceasedDateTime" not in made:
        made["deceasedBoolean"] = True
    return made


def _name_part(pid: Segment, number: int) -> str:
    legal = sorted(pid.parts(5), key=lambda part: part.get(7) != "L")
    return legal[0].get(number) if legal else ""


def _address(made: Resource, pid: Segment) -> None:
    if pid.is_deleted(11):
        made.pop("address", None)
        return
    part = pid.part(11)
    lines = [text for text in (part.get(1), part.get(2)) if text]
    found: Resource = {"line": lines, "city": part.get(3), "state": part.get(4), "postalCode": part.get(5),
                       "country": part.get(6)}  # fmt: skip
    found = {k: v for k, v in found.items() if v}
    if found:
        made["address"] = [found]


def _telecom(made: Resource, pid: Segment) -> None:
    if pid.is_deleted(13):
        made.pop("telecom", None)
        return
    told: list[Resource] = []
    for part in (*pid.parts(13), *pid.parts(40)):
        mail = part.get(4) if part.get(3).upper() in ("INTERNET", "X.400") or "@" in part.get(4) else ""
        phone = part.get(12) or part.get(1) or "-".join(text for text in (part.get(6), part.get(7)) if text)
        if "@" in mail:
            told.append({"system": "email", "value": mail})
        elif phone:
            told.append({"system": "phone", "value": phone})
    systems = {each["system"] for each in told}
    kept = [each for each in made.get("telecom", []) if isinstance(each, dict) and each.get("system") not in systems]
    if told or kept:
        made["telecom"] = told + kept
