"""The binder as a Continuity of Care Document (HL7 C-CDA R2.1), written with lxml: all text is text.

Sections that the template requires are always there; one without entries says so by `nullFlavor` and in words. Codes
are those of the record; a line without a code is told in words (`originalText`) with `nullFlavor="UNK"`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from flask_babel import gettext as _
from lxml import etree

from portal.binder import fhir
from portal.binder.contents import Facts
from portal.binder.sections import Binder, Section
from portal.binder.summary import rows_of
from portal.infra.i18n import reader_language

V3, XSI, SDTC = "urn:hl7-org:v3", "http://www.w3.org/2001/XMLSchema-instance", "urn:hl7-org:sdtc"
LOINC_OID = "2.16.840.1.113883.6.1"
NAMES: dict[Any, str] = {None: V3, "xsi": XSI, "sdtc": SDTC}
OIDS = {
    "http://loinc.org": LOINC_OID,
    "http://snomed.info/sct": "2.16.840.1.113883.6.96",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "2.16.840.1.113883.6.88",
    "http://hl7.org/fhir/sid/cvx": "2.16.840.1.113883.12.292",
    "http://hl7.org/fhir/sid/icd-10-cm": "2.16.840.1.113883.6.90",
    "http://hl7.org/fhir/sid/icd-10": "2.16.840.1.113883.6.3",
}
GENDERS = {"female": "F", "male": "M"}


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the document: code, template and its version, the binder's section, and its rows."""

    code: str
    display: str
    template: str
    version: str
    section: str
    kind: str
    group: str = ""
    is_required: bool = True


_T = "2.16.840.1.113883.10.20.22.2."
PARTS = (
    Part("48765-2", "Allergies and adverse reactions", _T + "6.1", "2015-08-01", "allergies", "allergies"),
    Part("10160-0", "History of medication use", _T + "1.1", "2014-06-09", "medicines", "medicines"),
    Part("11450-4", "Problem list", _T + "5.1", "2015-08-01", "problems", "problems"),
    Part("30954-2", "Relevant diagnostic tests", _T + "3.1", "2015-08-01", "results", "results", "laboratory"),
    Part("29762-2", "Social history", _T + "17", "2015-08-01", "social", "social"),
    Part("8716-3", "Vital signs", _T + "4.1", "2015-08-01", "results", "results", "vital-signs"),
    Part("47519-4", "History of procedures", _T + "7.1", "2014-06-09", "history", "procedures", "", is_required=False),
    Part("11369-6", "History of immunizations", _T + "2.1", "2015-08-01", "immunizations", "immunizations",
         "", is_required=False),
)  # fmt: skip


def _e(parent: Any, name: str, text: str | None = None, **attributes: Any) -> Any:
    made = etree.SubElement(parent, f"{{{V3}}}{name}", {key.rstrip("_"): str(v) for key, v in attributes.items()})
    if text is not None:
        made.text = "".join(c for c in text if c in "\t\n" or ord(c) >= 32)
    return made


def _template(parent: Any, root: str, extension: str | None = None) -> None:
    _e(parent, "templateId", root=root)
    if extension:
        _e(parent, "templateId", root=root, extension=extension)


def _time(at: datetime) -> str:
    return at.strftime("%Y%m%d%H%M%S+0000")


def _day(text: str | None) -> str | None:
    """A FHIR date as HL7 writes it: 2019, 201904, 20190402."""
    found = fhir.when(text)
    return found[:10].replace("-", "") if found else None


def _when(parent: Any, name: str, text: str | None) -> None:
    day = _day(text)
    _e(parent, name, **({"value": day} if day else {"nullFlavor": "UNK"}))


def _coded(parent: Any, name: str, words: str, code: str | None, system: str | None, **more: Any) -> Any:
    oid = OIDS.get(system or "")
    if code and oid:
        made = _e(parent, name, code=code, codeSystem=oid, displayName=words, **more)
    else:
        made = _e(parent, name, nullFlavor="UNK", **more)
        _e(made, "originalText", words)
    return made


def _value(parent: Any, kind: str, **attributes: Any) -> Any:
    made = _e(parent, "value", **attributes)
    made.set(f"{{{XSI}}}type", kind)
    return made


def render(facts: Facts, binder: Binder, clinic: tuple[str, str], now: datetime) -> bytes:
    """The document in UTF-8. `binder` holds the sections that go along, `clinic` is name and phone."""
    root = etree.Element(f"{{{V3}}}ClinicalDocument", nsmap=NAMES)
    _e(root, "realmCode", code="US")
    _e(root, "typeId", root="2.16.840.1.113883.1.3", extension="POCD_HD000040")
    _template(root, "2.16.840.1.113883.10.20.22.1.1", "2015-08-01")
    _template(root, "2.16.840.1.113883.10.20.22.1.2", "2015-08-01")
    _e(root, "id", root=str(uuid4()))
    _e(root, "code", code="34133-9", codeSystem=LOINC_OID, displayName="Summarization of Episode Note")
    _e(root, "title", _("Continuity of care document"))
    _e(root, "effectiveTime", value=_time(now))
    _e(root, "confidentialityCode", code="N", codeSystem="2.16.840.1.113883.5.25")
    _e(root, "languageCode", code=f"{reader_language()}-US")
    _patient(root, facts.person)
    _author(root, clinic, now)
    _custodian(root, clinic)
    event = _e(_e(root, "documentationOf"), "serviceEvent", classCode="PCPR")
    span = _e(event, "effectiveTime")
    birth = facts.person.birth_on
    _when(span, "low", birth.isoformat() if birth else None)
    _e(span, "high", value=_time(now))
    body = _e(_e(root, "component"), "structuredBody")
    for part in PARTS:
        _section(body, part, facts, binder, now)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return written


def _patient(root: Any, person: Any) -> None:
    role = _e(_e(root, "recordTarget"), "patientRole")
    _e(role, "id", root=str(person.id))
    address = _e(role, "addr", use="HP")
    if person.address:
        _e(address, "streetAddressLine", person.address)
    else:
        address.set("nullFlavor", "UNK")
    _e(role, "telecom", **({"value": f"tel:{person.phone}"} if person.phone else {"nullFlavor": "UNK"}))
    patient = _e(role, "patient")
    name = _e(patient, "name", use="L")
    for given in person.given_name.split():
        _e(name, "given", given)
    _e(name, "family", person.family_name)
    gender = GENDERS.get(person.sex or "")
    system = "2.16.840.1.113883.5.1"
    _e(patient, "administrativeGenderCode", code=gender or "UN", codeSystem=system)
    _when(patient, "birthTime", person.birth_on.isoformat() if person.birth_on else None)
    _e(patient, "raceCode", nullFlavor="UNK")
    _e(patient, "ethnicGroupCode", nullFlavor="UNK")
    _e(_e(patient, "languageCommunication"), "languageCode", code=person.language)


def _author(root: Any, clinic: tuple[str, str], now: datetime) -> None:
    author = _e(root, "author")
    _e(author, "time", value=_time(now))
    assigned = _e(author, "assignedAuthor")
    _e(assigned, "id", nullFlavor="NI")
    _e(assigned, "addr", nullFlavor="NI")
    _e(assigned, "telecom", value=f"tel:{clinic[1]}")
    device = _e(assigned, "assignedAuthoringDevice")
    _e(device, "manufacturerModelName", "Throughline")
    _e(device, "softwareName", "Throughline")
    _house(_e(assigned, "representedOrganization"), clinic)


def _custodian(root: Any, clinic: tuple[str, str]) -> None:
    _house(_e(_e(_e(root, "custodian"), "assignedCustodian"), "representedCustodianOrganization"), clinic)


def _house(parent: Any, clinic: tuple[str, str]) -> None:
    _e(parent, "id", nullFlavor="NI")
    _e(parent, "name", clinic[0])
    _e(parent, "telecom", value=f"tel:{clinic[1]}")
    _e(parent, "addr", nullFlavor="NI")


def _section(body: Any, part: Part, facts: Facts, binder: Binder, now: datetime) -> None:
    found = binder.section(part.section)
    rows = [] if found is None else list(rows_of(facts, part.kind))
    rows = [row for row in rows if not part.group or row.category == part.group]
    if not rows and not part.is_required:
        return
    section = _e(_e(body, "component"), "section", **({} if rows else {"nullFlavor": "NI"}))
    _template(section, part.template, part.version)
    _e(section, "code", code=part.code, codeSystem=LOINC_OID, displayName=part.display)
    _e(section, "title", found.title if found is not None else part.display)
    _words(section, part, found)
    for row in rows:
        MAKERS[part.kind](section, row, now)


def _words(section: Any, part: Part, found: Section | None) -> None:
    text = _e(section, "text")
    lines: Sequence[Any] = found.lines if found is not None else ()
    if part.group:
        vital = _("Vital signs")
        lines = [line for line in lines if (line.group == vital) == (part.group == "vital-signs")]
    if not lines:
        _e(
            text,
            "paragraph",
            (found.words or _("Not yet filled")) if found is not None else _("Not part of this summary"),
        )
        return
    told = _e(text, "list")
    for line in lines:
        _e(told, "item", " · ".join(piece for piece in (line.title, line.mark_words, line.text) if piece))


def _act(section: Any, row: Any, root: str, version: str, code: tuple[str, str]) -> Any:
    act = _e(_e(section, "entry", typeCode="DRIV"), "act", classCode="ACT", moodCode="EVN")
    _template(act, root, version)
    _e(act, "id", root=str(row.id))
    _e(act, "code", code=code[0], codeSystem=code[1])
    _e(act, "statusCode", code="active")
    _when(_e(act, "effectiveTime"), "low", row.happened)
    return _e(act, "entryRelationship", typeCode="SUBJ")


def _observation(parent: Any, row: Any, root: str, version: str) -> Any:
    made = _e(parent, "observation", classCode="OBS", moodCode="EVN")
    _template(made, root, version)
    _e(made, "id", root=str(_second(row.id)))
    return made


def _second(row_id: UUID) -> UUID:
    """The id of the observation within the act of a row: another one, and always the same."""
    return UUID(bytes=bytes(byte ^ 0x5A for byte in row_id.bytes))


def _allergy(section: Any, row: Any, now: datetime) -> None:
    inner = _act(section, row, "2.16.840.1.113883.10.20.22.4.30", "2015-08-01", ("CONC", "2.16.840.1.113883.5.6"))
    made = _observation(inner, row, "2.16.840.1.113883.10.20.22.4.7", "2014-06-09")
    _e(made, "code", code="ASSERTION", codeSystem="2.16.840.1.113883.5.4")
    _e(made, "statusCode", code="completed")
    _when(_e(made, "effectiveTime"), "low", row.happened)
    code = "416098002" if row.category == "medication" else "419199007"
    _value(made, "CD", code=code, codeSystem=OIDS[fhir.SNOMED])
    player = _e(_e(_e(made, "participant", typeCode="CSM"), "participantRole", classCode="MANU"), "playingEntity",
                classCode="MMAT")  # fmt: skip
    _coded(player, "code", row.name, row.code, row.code_system)
    if row.reaction:
        relation = _e(made, "entryRelationship", typeCode="MFST", inversionInd="true")
        reaction = _e(relation, "observation", classCode="OBS", moodCode="EVN")
        _template(reaction, "2.16.840.1.113883.10.20.22.4.9", "2014-06-09")
        _e(reaction, "id", root=str(uuid4()))
        _e(reaction, "code", code="ASSERTION", codeSystem="2.16.840.1.113883.5.4")
        _e(reaction, "statusCode", code="completed")
        value = _value(reaction, "CD", nullFlavor="UNK")
        _e(value, "originalText", row.reaction)


def _medicine(section: Any, row: Any, now: datetime) -> None:
    made = _e(_e(section, "entry", typeCode="DRIV"), "substanceAdministration", classCode="SBADM", moodCode="EVN")
    _template(made, "2.16.840.1.113883.10.20.22.4.16", "2014-06-09")
    _e(made, "id", root=str(row.id))
    if row.sig or row.how:
        _e(made, "text", row.how or row.sig)
    _e(made, "statusCode", code="completed" if row.is_over else "active")
    span = _e(made, "effectiveTime")
    span.set(f"{{{XSI}}}type", "IVL_TS")
    _when(span, "low", row.happened)
    if row.is_over:
        _when(span, "high", row.ended)
    product = _e(_e(made, "consumable"), "manufacturedProduct", classCode="MANU")
    _template(product, "2.16.840.1.113883.10.20.22.4.23", "2014-06-09")
    _coded(_e(product, "manufacturedMaterial"), "code", row.name, row.code, row.code_system)


def _problem(section: Any, row: Any, now: datetime) -> None:
    inner = _act(section, row, "2.16.840.1.113883.10.20.22.4.3", "2015-08-01", ("CONC", "2.16.840.1.113883.5.6"))
    made = _observation(inner, row, "2.16.840.1.113883.10.20.22.4.4", "2015-08-01")
    _e(made, "code", code="64572001", codeSystem=OIDS[fhir.SNOMED], displayName="Condition")
    _e(made, "statusCode", code="completed")
    _when(_e(made, "effectiveTime"), "low", row.happened)
    _coded(made, "value", row.name, row.code, row.code_system).set(f"{{{XSI}}}type", "CD")


def _procedure(section: Any, row: Any, now: datetime) -> None:
    made = _e(_e(section, "entry", typeCode="DRIV"), "procedure", classCode="PROC", moodCode="EVN")
    _template(made, "2.16.840.1.113883.10.20.22.4.14", "2014-06-09")
    _e(made, "id", root=str(row.id))
    _coded(made, "code", row.name, row.code, row.code_system)
    _e(made, "statusCode", code="completed")
    _when(made, "effectiveTime", row.happened)


def _immunization(section: Any, row: Any, now: datetime) -> None:
    made = _e(_e(section, "entry", typeCode="DRIV"), "substanceAdministration", classCode="SBADM", moodCode="EVN",
              negationInd="false")  # fmt: skip
    _template(made, "2.16.840.1.113883.10.20.22.4.52", "2015-08-01")
    _e(made, "id", root=str(row.id))
    _e(made, "statusCode", code="completed")
    _when(made, "effectiveTime", row.happened)
    product = _e(_e(made, "consumable"), "manufacturedProduct", classCode="MANU")
    _template(product, "2.16.840.1.113883.10.20.22.4.54", "2014-06-09")
    _coded(_e(product, "manufacturedMaterial"), "code", row.name, row.code, row.code_system)


def _result(section: Any, row: Any, now: datetime) -> None:
    """One organizer a value: of a panel in several parts (a blood pressure), one with each part."""
    is_vital = row.category == "vital-signs"
    made = _e(_e(section, "entry", typeCode="DRIV"), "organizer", classCode="CLUSTER" if is_vital else "BATTERY",
              moodCode="EVN")  # fmt: skip
    _template(made, "2.16.840.1.113883.10.20.22.4." + ("26" if is_vital else "1"), "2015-08-01")
    _e(made, "id", root=str(_second(row.id)))
    _coded(made, "code", row.name, row.code, row.code_system)
    _e(made, "statusCode", code="completed")
    _e(made, "effectiveTime", value=_time(row.effective_at))
    whole = {"name": row.name, "code": row.code, "system": row.code_system, "value": row.value, "unit": row.unit}
    parts = [{**one, "system": "http://loinc.org"} for one in row.components] if row.value is None else []
    for one in parts or [{**whole, "text": row.value_text}]:
        inner = _e(_e(made, "component"), "observation", classCode="OBS", moodCode="EVN")
        _template(inner, "2.16.840.1.113883.10.20.22.4." + ("27" if is_vital else "2"), "2015-08-01")
        _e(inner, "id", root=str(uuid4()) if parts else str(row.id))
        _coded(inner, "code", one.get("name") or "?", one.get("code"), one.get("system"))
        _e(inner, "statusCode", code="completed")
        _e(inner, "effectiveTime", value=_time(row.effective_at))
        if one.get("value") is not None:
            number = _number(one["value"], None if parts else row.decimals)
            unit = {"unit": one["unit"].replace(" ", "_")} if one.get("unit") else {}
            _value(inner, "PQ", value=number, **unit)
        else:
            _value(inner, "ST").text = one.get("text") or "?"


def _number(value: Any, decimals: int | None) -> str:
    """A value with as many decimals as were measured; with none that say nothing where that is not known."""
    if not isinstance(value, Decimal):
        return str(value)
    return format(round(value, decimals) if decimals is not None else value.normalize(), "f")


def _social(section: Any, row: Any, now: datetime) -> None:
    made = _e(_e(section, "entry", typeCode="DRIV"), "observation", classCode="OBS", moodCode="EVN")
    _template(made, "2.16.840.1.113883.10.20.22.4.38", "2015-08-01")
    _e(made, "id", root=str(row.id))
    _coded(made, "code", row.name, row.code, row.code_system)
    _e(made, "statusCode", code="completed")
    _e(made, "effectiveTime", value=_time(row.effective_at))
    _value(made, "ST").text = row.value_text or (str(row.value) if row.value is not None else "?")


MAKERS: dict[str, Callable[[Any, Any, datetime], None]] = {
    "allergies": _allergy,
    "medicines": _medicine,
    "problems": _problem,
    "procedures": _procedure,
    "immunizations": _immunization,
    "results": _result,
    "social": _social,
}
