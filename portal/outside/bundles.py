"""A FHIR R4 Bundle brought by a patient, as a `Paper`: of one patient, with what its own references lead to. Pure."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, NoReturn

from portal.interop import fhir, reading, references, sources, validation
from portal.interop.papers import Item, Paper, Unreadable
from portal.interop.reading import Found
from portal.interop.reasons import Refused
from portal.interop.text import clean
from portal.records.originals import plain_text

MOST_BYTES = 10 * 1024 * 1024
MOST_PARTS = 400_000  # of objects and lists: each costs memory many times its two signs
MOST_ITEMS = 2000
MOST_TEXT = 20_000
# What carries no statement about the patient by itself.
_BESIDE = references.DIRECTORY - {"Device"} | {"Patient", "Composition", "Provenance", "OperationOutcome", "Bundle"}
_BY = ("recorder", "asserter", "requester", "informationSource", "author", "performer")


def read(content: bytes) -> Paper:
    """Read a Bundle. Raises `Unreadable`: too-large, too-many-parts, too-deep, broken, cut-off, encoding, not-fhir,
    bundle-type, no-patient, two-patients.
    """
    if len(content) > MOST_BYTES:
        raise Unreadable("too-large")
    if content.count(b"{") + content.count(b"[") > MOST_PARTS:
        raise Unreadable("too-many-parts")
    head = _head(content)
    try:
        found = [one for one in reading.read(sources.from_bytes(content), lines=False) if isinstance(one, Found)]
        bundle = _Bundle([_exact(one) for one in found])
    except Refused as error:
        raise Unreadable(_CODES.get(error.code, "broken"), error.inside) from error
    except RecursionError as error:
        raise Unreadable("too-deep") from error
    return bundle.paper(head)


_CODES = {"broken-json": "broken", "cut-off": "cut-off", "not-utf8": "encoding", "too-deep": "too-deep",
          "too-large": "too-many-parts", "not-fhir": "not-fhir", "bundle-type": "bundle-type",
          "empty-file": "empty"}  # fmt: skip


def _no_constant(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def _head(content: bytes) -> fhir.Resource:
    """What the Bundle says of itself: its number and when it was made."""
    try:
        whole = json.loads(content.decode("utf-8-sig"), parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise Unreadable("encoding") from error
    except RecursionError as error:
        raise Unreadable("too-deep") from error
    except json.JSONDecodeError as error:
        code = "broken" if error.doc.rstrip().endswith("}") else "cut-off"
        raise Unreadable(code, f"line {error.lineno}") from error
    except ValueError as error:
        raise Unreadable("broken") from error
    if not isinstance(whole, dict) or whole.get("resourceType") != "Bundle":
        raise Unreadable("not-fhir")
    return {name: whole.get(name) for name in ("id", "identifier", "timestamp", "meta", "type")}


def _exact(found: Found) -> Found:
    """The resource with its decimals as written."""
    found.resource = json.loads(found.text, parse_float=Decimal)
    return found


class _Bundle:
    def __init__(self, found: list[Found]) -> None:
        self.found = found
        self.known: dict[str, fhir.Resource] = {}
        for one in found:
            kind, own = one.resource["resourceType"], one.resource.get("id")
            if isinstance(own, str):
                self.known[f"{kind}/{own}"] = one.resource
            if one.full_url and (token := references.token(one.full_url)):
                self.known.setdefault(token, one.resource)
                if not isinstance(own, str) and (named := references.id_in(one.full_url)):
                    self.known.setdefault(f"{kind}/{named}", one.resource)
        patients = [one for one in found if one.resource["resourceType"] == "Patient"]
        if not patients:
            raise Unreadable("no-patient")
        first = patients[0].resource
        if any(one.resource != first for one in patients):
            raise Unreadable("two-patients")
        self.patient = first

    def at(self, element: Any, base: str) -> fhir.Resource:
        """What a Reference leads to within the Bundle; empty where that is nothing."""
        token = references.of(element, base)
        return self.known.get(token, {}) if token else {}

    def paper(self, head: fhir.Resource) -> Paper:
        title = next((o.resource for o in self.found if o.resource["resourceType"] == "Composition"), {})
        titles = self._titles(title)
        house = self._name(self._first(title, "custodian")) or self._name(self._first(title, "author"))
        items: list[Item] = []
        left: list[tuple[str, str]] = []
        for one in self.found:
            kind = one.resource["resourceType"]
            if kind in _BESIDE:
                continue
            if len(items) >= MOST_ITEMS:
                raise Unreadable("too-many-parts")
            base = references.base_of(one.full_url)
            whose, _via = references.subject(one.resource, base)
            if whose is not None and self.known.get(whose) is not self.patient:
                raise Unreadable("two-patients")
            try:
                validation.check(one.resource, one.text)
            except (Refused, RecursionError) as error:
                left.append((kind, error.code if isinstance(error, Refused) else "too-deep"))
                continue
            resource = self._with_medicine(one.resource, base)
            author, organization = self._by(resource, base)
            heading = titles.get(id(one.resource), "")
            items.append(Item(resource, author, organization or house, heading, reading.compact(one.text)))
        identifier = head.get("identifier")
        number = ""
        if isinstance(identifier, dict) and isinstance(identifier.get("value"), str):
            number = clean(f"{identifier.get('system') or ''}|{identifier['value']}")[:300]
        made = title.get("date") or head.get("timestamp")
        return Paper(
            kind="fhir",
            patient=self.patient,
            items=tuple(items),
            title=clean(str(title.get("title") or ""))[:200],
            type_code=next((code for system, code in fhir.codes(title.get("type")) if system == fhir.LOINC), "")[:20],
            number=number,
            made=clean(made) if isinstance(made, str) else "",
            organization=house,
            sections=tuple(_sections(title)),
            left_out=tuple(left),
        )

    def _titles(self, composition: fhir.Resource) -> dict[int, str]:
        found: dict[int, str] = {}
        for section in fhir.items(composition, "section"):
            for entry in fhir.items(section, "entry"):
                target = self.at(entry, "")
                if target:
                    found[id(target)] = clean(str(section.get("title") or ""))[:200]
        return found

    def _with_medicine(self, resource: fhir.Resource, base: str) -> fhir.Resource:
        """With the medicine said in it, where it is a resource of its own in the Bundle."""
        named = resource.get("medicationReference")
        if not isinstance(named, dict):
            return resource
        code = self.at(named, base).get("code")
        if not isinstance(code, dict):
            return resource
        return {**{k: v for k, v in resource.items() if k != "medicationReference"}, "medicationCodeableConcept": code}

    def _by(self, resource: fhir.Resource, base: str) -> tuple[str, str]:
        """Who said it, and which house: as far as its references lead somewhere or say so in words."""
        author, house = "", ""
        for name in _BY:
            for element in fhir.items(resource, name):
                inner = element.get("actor") if isinstance(element.get("actor"), dict) else element
                target = self.at(inner, base)
                kind = target.get("resourceType") or str(inner.get("reference") or "").partition("/")[0]
                said = self._name(inner, base)
                if kind == "Patient":
                    continue
                if kind == "Organization":
                    house = house or said
                else:
                    author = author or said
        return author, house

    def _first(self, resource: fhir.Resource, name: str) -> fhir.Resource:
        return fhir.first(resource, name)

    def _name(self, element: fhir.Resource, base: str = "") -> str:
        target = self.at(element, base)
        if target.get("resourceType") == "PractitionerRole":
            target = self.at(target.get("practitioner"), base)
        name = target.get("name")
        if isinstance(name, list):
            prefix, given, family, suffix = fhir.human_name(name)
            return clean(" ".join(part for part in (prefix, given, family, suffix) if part))[:200]
        said = name if isinstance(name, str) else element.get("display")
        return clean(said)[:200] if isinstance(said, str) else ""


def _sections(composition: fhir.Resource) -> list[tuple[str, str]]:
    found = []
    for section in fhir.items(composition, "section")[:80]:
        narrative = section.get("text")
        said = plain_text(str(narrative.get("div") or "")) if isinstance(narrative, dict) else ""
        if said:
            found.append((clean(str(section.get("title") or ""))[:200], said[:MOST_TEXT]))
    return found
