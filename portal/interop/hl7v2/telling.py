"""From HL7 v2 data types to FHIR R4 elements (HL7's v2-to-FHIR guide), shared by all message types."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final
from zoneinfo import ZoneInfo

from portal.interop.hl7v2.reading import Message, Part, Segment
from portal.interop.hl7v2.refusals import Unaccepted

Resource = dict[str, Any]
NPI: Final = "http://hl7.org/fhir/sid/us-npi"
_SYSTEMS = {
    "LN": "http://loinc.org", "SCT": "http://snomed.info/sct", "SNM": "http://snomed.info/sct",
    "RXNORM": "http://www.nlm.nih.gov/research/umls/rxnorm", "UCUM": "http://unitsofmeasure.org",
    "I10": "http://hl7.org/fhir/sid/icd-10", "I10C": "http://hl7.org/fhir/sid/icd-10-cm",
    "I9": "http://hl7.org/fhir/sid/icd-9-cm", "I9C": "http://hl7.org/fhir/sid/icd-9-cm",
    "C4": "http://www.ama-assn.org/go/cpt", "CPT": "http://www.ama-assn.org/go/cpt",
    "CVX": "http://hl7.org/fhir/sid/cvx", "NDC": "http://hl7.org/fhir/sid/ndc",
}  # fmt: skip
_TIME = re.compile(
    r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.\d{1,9})?)?)?)?)?)?([+-]\d{4})?\Z"
)  # YYYY[MM[DD[HH[MM[SS[.S…]]]]]][±ZZZZ]
_NUMBER = re.compile(r"[+-]?\d{1,30}(?:\.\d{1,20})?\Z")


@dataclass
class Teller:
    """What the mapping of one message needs, and the resources it makes. `subject` is how the patient is named."""

    message: Message
    zone: ZoneInfo
    subject: Resource
    known_doctors: dict[str, str] = field(default_factory=dict)  # national number: how it is referred to
    made: dict[str, Resource] = field(default_factory=dict)
    written: dict[str, datetime] = field(default_factory=dict)  # Type/id: when what it says was written
    original: Callable[[str], Resource | None] = lambda _name: None  # what the source said of Type/id before

    def add(self, resource: Resource, written: datetime | None = None) -> str:
        """Keep a resource; returns the reference to it."""
        key = f"{resource['resourceType']}/{resource['id']}"
        self.made[key] = {name: value for name, value in resource.items() if value not in (None, [], {}, "")}
        if written is not None:
            self.written[key] = written
        return key

    @property
    def sent(self) -> datetime | None:
        """When the message was written (MSH-7)."""
        return instant(self.message.header.get(7), self.zone, "MSH-7")

    def when(self, segment: Segment, number: int, component: int = 1) -> str | None:
        """A time as FHIR writes it, as exact as it was; one without a zone is on the clinic's clock."""
        return moment(segment.get(number, component), self.zone, f"{segment.name}-{number}")

    def practitioner(self, part: Part) -> str | None:
        """The reference to a person named in an XCN (or CNN in subcomponents); None when nobody is named."""
        number, family, given = part.get(1), part.get(2), part.get(3)
        if not family and not given:
            return None
        is_national = "2.16.840.1.113883.4.6" in part.whole(9) or part.get(13) == "NPI" or part.get(9) == "NPI"
        if is_national and (known := self.known_doctors.get(number)):
            return known
        names = (number, part.whole(9)) if number else (family, given)
        made: Resource = {
            "resourceType": "Practitioner",
            "id": identity("practitioner", *names),
            "identifier": [{"system": NPI, "value": number}] if is_national and number else [],
            "name": [{"family": family, "given": [g for g in (given, part.get(4)) if g], "prefix": _one(part.get(6)),
                      "suffix": [s for s in (part.get(5), part.get(7)) if s]}],
        }  # fmt: skip
        made["name"][0] = {k: v for k, v in made["name"][0].items() if v}
        return self.add(made)


def _one(text: str) -> list[str]:
    return [text] if text else []


def identity(*parts: str) -> str:
    """A FHIR id that is always the same for the same names, and tells nothing."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:40]


def instant(text: str, zone: ZoneInfo, place: str) -> datetime | None:
    """The instant of a v2 time; one that is only a day begins at midnight. None for none."""
    if not text or text == '""':
        return None
    found = _TIME.match(text.strip())
    if found is None:
        raise Unaccepted("impossible-date", place)
    year, month, day, hour, minute, second = (int(g) if g else None for g in found.groups()[:6])
    if year == 0:
        raise Unaccepted("impossible-date", place)
    try:
        return datetime(
            year or 1, month or 1, day or 1, hour or 0, minute or 0, min(second or 0, 59), tzinfo=_zone(found[7], zone)
        )
    except (ValueError, OverflowError) as error:
        raise Unaccepted("impossible-date", place) from error


def _zone(offset: str | None, zone: ZoneInfo) -> timezone | ZoneInfo:
    if not offset:
        return zone
    minutes = int(offset[1:3]) * 60 + int(offset[3:5])
    if minutes > 14 * 60 or int(offset[3:5]) > 59:
        raise ValueError("no such zone")
    return timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes))


def moment(text: str, zone: ZoneInfo, place: str) -> str | None:
    """A v2 time as a FHIR date, or dateTime with zone. Raises `Unaccepted("impossible-date")`."""
    found = instant(text, zone, place)
    if found is None:
        return None
    digits = re.split(r"[.+-]", text.strip())[0]
    if len(digits) == 4:
        return f"{found.year:04}"
    if len(digits) == 6:
        return f"{found.year:04}-{found.month:02}"
    if len(digits) == 8:
        return f"{found.year:04}-{found.month:02}-{found.day:02}"
    if found.utcoffset() is not None and (found.utcoffset() or timedelta()).seconds % 60:
        found = found.astimezone(UTC)  # zones of long ago count seconds, FHIR does not
    return found.isoformat(timespec="seconds")


def exact(text: str | None) -> str | None:
    """Only what is an instant to the second: FHIR's `instant`."""
    return text if text and "T" in text else None


def concept(part: Part) -> Resource:
    """CWE, CE or CNE as a CodeableConcept; empty when there is nothing."""
    codings = []
    for first in (1, 4):
        code, words, system = part.get(first), part.get(first + 1), part.get(first + 2)
        if code and system:
            named = _SYSTEMS.get(system.upper()) or _named(system)
            codings.append({k: v for k, v in (("system", named), ("code", code), ("display", words)) if v})
    said = part.get(2) or part.get(9) or part.get(5) or part.get(1)
    return {k: v for k, v in (("coding", codings), ("text", said)) if v}


def _named(system: str) -> str:
    table = re.fullmatch(r"(?:HL7)(\d{4})", system.upper())
    if table:
        return f"http://terminology.hl7.org/CodeSystem/v2-{table[1]}"
    return "urn:hl7v2:" + re.sub(r"[^A-Za-z0-9.\-]", "-", system)[:60]


def number(text: str) -> str | None:
    """A number as JSON may write it, every decimal kept; None when it is none."""
    text = text.strip()
    if not _NUMBER.match(text):
        return None
    sign = "-" if text.startswith("-") else ""
    whole, dot, decimals = text.lstrip("+-").partition(".")
    return sign + (whole.lstrip("0") or "0") + dot + decimals


class Number(str):
    """Digits that stand in JSON as a number, exactly as they came."""

    __slots__ = ()


def dumps(resource: Resource) -> str:
    """Compact JSON in which a `Number` stands as it came. No text of a message holds a null character."""
    text = json.dumps(_marked(resource), ensure_ascii=False, separators=(",", ":"))
    return re.sub(r'"\\u0000([0-9.eE+-]+)"', r"\1", text)


def _marked(value: Any) -> Any:
    if isinstance(value, Number):
        return "\0" + value
    if isinstance(value, dict):
        return {key: _marked(each) for key, each in value.items()}
    return [_marked(each) for each in value] if isinstance(value, list) else value


def notes(segments: list[Segment]) -> list[Resource]:
    """NTE as annotations, one for those that follow each other."""
    said = "\n".join(text for each in segments if (text := each.lines(3)))
    return [{"text": said}] if said else []
