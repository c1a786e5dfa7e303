"""The data types of CDA R2 as those of FHIR R4: codes, times, names, addresses, quantities, referenced text. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from portal.interop import fhir

V3, XSI, SDTC = "urn:hl7-org:v3", "http://www.w3.org/2001/XMLSchema-instance", "urn:hl7-org:sdtc"
NS = {"v": V3, "sdtc": SDTC}
SYSTEMS = {
    "2.16.840.1.113883.6.1": fhir.LOINC,
    "2.16.840.1.113883.6.96": fhir.SNOMED,
    "2.16.840.1.113883.6.88": fhir.RXNORM,
    "2.16.840.1.113883.12.292": fhir.CVX,
    "2.16.840.1.113883.6.90": fhir.ICD10CM,
    "2.16.840.1.113883.6.3": fhir.ICD10,
    "2.16.840.1.113883.6.103": "http://hl7.org/fhir/sid/icd-9-cm",
    "2.16.840.1.113883.6.104": "http://hl7.org/fhir/sid/icd-9-cm",
    "2.16.840.1.113883.6.4": "http://hl7.org/fhir/sid/icd-10-pcs",
    "2.16.840.1.113883.6.12": "http://www.ama-assn.org/go/cpt",
    "2.16.840.1.113883.6.69": "http://hl7.org/fhir/sid/ndc",
    "2.16.840.1.113883.6.285": "http://www.nlm.nih.gov/research/umls/hcpcs",
}
MOST_WORDS = 4000
_TIME = re.compile(r"(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:\.\d+)?([+-]\d{4}|Z)?\Z", re.ASCII)
_OID = re.compile(r"[0-2](\.(0|[1-9]\d*))+\Z", re.ASCII)
_BLANKS = re.compile(r"\s+")
_GENDERS = {"F": "female", "M": "male", "UN": "other"}


def local(element: Any) -> str:
    """The name of an element without its namespace; empty for what is none."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def each(parent: Any, *path: str) -> Iterator[Any]:
    """The elements of CDA at the end of a path of names."""
    if parent is None:
        return
    if not path:
        yield parent
        return
    for child in parent.iterchildren(f"{{{V3}}}{path[0]}"):
        yield from each(child, *path[1:])


def one(parent: Any, *path: str) -> Any:
    """The first of them, or None."""
    return next(each(parent, *path), None)


def templates(element: Any) -> set[str]:
    """The template ids (roots) an element says it follows."""
    return {root for t in each(element, "templateId") if (root := t.get("root"))}


def words(element: Any, most: int = MOST_WORDS) -> str:
    """All the text below an element, in one line."""
    if element is None:
        return ""
    return _BLANKS.sub(" ", "".join(element.itertext())).strip()[:most]


class Pointed:
    """Where the narrative of a document says in words what an entry only points to (`<reference value="#id"/>`)."""

    def __init__(self, root: Any) -> None:
        self._named: dict[str, Any] = {}
        for text in root.iter(f"{{{V3}}}text"):
            for element in text.iter():
                if isinstance(element.tag, str) and (name := element.get("ID")):
                    self._named.setdefault(name, element)

    def said(self, element: Any, *, whole_rows: bool = True) -> str:
        """The words of an element itself, else of what it points to; of whole table rows only where that is wanted."""
        if element is None:
            return ""
        if own := words(element):
            return own
        reference = one(element, "reference")
        target = self._named.get((reference.get("value") or "").lstrip("#")) if reference is not None else None
        if target is None or (not whole_rows and local(target) == "tr"):
            return ""
        return words(target)


def system(oid: str | None) -> str | None:
    """The FHIR address of a code system."""
    if not oid:
        return None
    return SYSTEMS.get(oid) or (f"urn:oid:{oid}" if _OID.match(oid) else None)


def concept(element: Any, pointed: Pointed) -> fhir.Resource:
    """A CodeableConcept of a CD, CE or CV with its translations; empty where it says nothing at all."""
    if element is None:
        return {}
    codings = []
    for coded in (element, *each(element, "translation")):
        code, display = coded.get("code"), coded.get("displayName")
        if code and not coded.get("nullFlavor"):
            coding = {"system": system(coded.get("codeSystem")), "code": code.strip(), "display": display}
            codings.append({key: value for key, value in coding.items() if value})
    found: fhir.Resource = {"coding": codings} if codings else {}
    said = element.get("displayName") or pointed.said(one(element, "originalText"))
    said = said or next((c["display"] for c in codings if c.get("display")), "")
    if said:
        found["text"] = said[:MOST_WORDS]
    return found


def when(value: str | None) -> str | None:
    """A FHIR date or dateTime as precise as the HL7 time; a time of day that names no zone gives the day alone."""
    found = _TIME.match((value or "").strip())
    if found is None:
        return None
    year, month, day, hour, minute, second, zone = found.groups()
    date = "-".join(part for part in (year, month, day) if part)
    if not (day and hour and minute and zone):
        return date
    offset = "Z" if zone in ("Z", "+0000", "-0000") else f"{zone[:3]}:{zone[3:]}"
    return f"{date}T{hour}:{minute}:{second or '00'}{offset}"


def span(element: Any) -> tuple[str | None, str | None]:
    """The beginning and the end of a time: of an interval, else the moment itself (or its middle) as the beginning."""
    if element is None:
        return None, None
    if (moment := when(element.get("value"))) is not None:
        return moment, None
    low, high, center = (one(element, name) for name in ("low", "high", "center"))
    start = when(low.get("value")) if low is not None else None
    end = when(high.get("value")) if high is not None else None
    if start is None and center is not None:
        start = when(center.get("value"))
    return start, end


def first_span(entry: Any) -> tuple[str | None, str | None]:
    """The first of an entry's times that says when (others say how often)."""
    for element in each(entry, "effectiveTime"):
        found = span(element)
        if any(found):
            return found
    return None, None


def number(text: str | None) -> Decimal | None:
    """A number, or None for what is none."""
    try:
        found = Decimal((text or "").strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found.adjusted()) < 16 else None


def quantity(element: Any) -> fhir.Resource:
    """A Quantity of a PQ; empty where there is no number."""
    if element is None or (value := number(element.get("value"))) is None:
        return {}
    unit = (element.get("unit") or "").strip()
    found: fhir.Resource = {"value": value}
    if unit and unit != "1":
        found |= {"unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
    return found


def name_of(element: Any) -> fhir.Resource:
    """A HumanName."""
    given = [said for part in each(element, "given") if (said := words(part, 120))]
    family = " ".join(said for part in each(element, "family") if (said := words(part, 120)))
    found: fhir.Resource = {"use": "official" if "L" in (element.get("use") or "").split() else "usual"}
    if given:
        found["given"] = given
    if family:
        found["family"] = family
    if not given and not family and (said := words(element, 240)):
        found["text"] = said
    return found


def spoken_name(element: Any) -> str:
    """A name in one line."""
    if element is None:
        return ""
    parts = [words(p, 120) for kind in ("prefix", "given", "family") for p in each(element, kind)]
    return " ".join(p for p in parts if p) or words(element, 240)


def addresses(role: Any) -> list[fhir.Resource]:
    """Address of each `addr` that says something."""
    found = []
    for element in each(role, "addr"):
        line = [said for part in each(element, "streetAddressLine") if (said := words(part, 200))]
        parts = {"city": "city", "state": "state", "postalCode": "postalCode", "country": "country"}
        told = {ours: said for theirs, ours in parts.items() if (said := words(one(element, theirs), 100))}
        if line or told:
            found.append({**({"line": line} if line else {}), **told, "use": "home"})
    return found


def contacts(role: Any) -> list[fhir.Resource]:
    """ContactPoint of each `telecom`."""
    found = []
    for element in each(role, "telecom"):
        kind, _, value = (element.get("value") or "").partition(":")
        known = {"tel": "phone", "mailto": "email", "fax": "fax"}.get(kind.lower())
        if known and value.strip():
            found.append({"system": known, "value": value.strip()[:200]})
    return found


def patient(role: Any) -> fhir.Resource:
    """A FHIR Patient of a `patientRole`: what tells whose document it is, and nothing more."""
    person = one(role, "patient")
    found: fhir.Resource = {"resourceType": "Patient"}
    names = [name_of(element) for element in each(person, "name")]
    if names:
        found["name"] = [name for name in names if len(name) > 1]
    gender = one(person, "administrativeGenderCode")
    if gender is not None and gender.get("code"):
        found["gender"] = _GENDERS.get(gender.get("code"), "unknown")
    birth = one(person, "birthTime")
    if birth is not None and (day := when(birth.get("value"))):
        found["birthDate"] = day[:10]
    if telecom := contacts(role):
        found["telecom"] = telecom
    if address := addresses(role):
        found["address"] = address
    numbers = [(n.get("root"), n.get("extension")) for n in each(role, "id")]
    found["identifier"] = [{"system": system(root) or "", "value": value} for root, value in numbers if value]
    return found
