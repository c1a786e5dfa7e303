"""The binder as an International Patient Summary: a FHIR R4 document Bundle (HL7 IPS 2.0.1; interop.md 3.4).

Sections that are required are always there; one without entries says why (nothing known, not asked, withheld).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any
from uuid import UUID, uuid4

from flask_babel import gettext as _

from portal.binder import fhir
from portal.binder.contents import Facts
from portal.binder.outline import SECTIONS
from portal.binder.sections import Binder, Section
from portal.infra.i18n import reader_language

Resource = dict[str, Any]
LOINC = "http://loinc.org"
EMPTY = "http://terminology.hl7.org/CodeSystem/list-empty-reason"
XHTML = "http://www.w3.org/1999/xhtml"


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the summary: its LOINC code, the section of the binder, and the rows that become entries."""

    code: str
    display: str
    section: str
    kinds: tuple[str, ...]
    is_required: bool = False
    group: str = ""  # of results: laboratory or vital-signs


PARTS = (
    Part("11450-4", "Problem list - Reported", "problems", ("problems",), is_required=True),
    Part("48765-2", "Allergies and adverse reactions Document", "allergies", ("allergies",), is_required=True),
    Part("10160-0", "History of Medication use Narrative", "medicines", ("medicines",), is_required=True),
    Part("11369-6", "History of Immunization Narrative", "immunizations", ("immunizations",)),
    Part("30954-2", "Relevant diagnostic tests/laboratory data Narrative", "results", ("results",), group="laboratory"),
    Part("8716-3", "Vital signs", "results", ("results",), group="vital-signs"),
    Part("47519-4", "History of Procedures Document", "history", ("procedures",)),
    Part("46264-8", "History of medical device use", "history", ("devices",), group="devices"),
    Part("42348-3", "Advance directives", "directives", ()),
    Part("29762-2", "Social history Narrative", "social", ("social",)),
    Part("18776-5", "Plan of care note", "plan", ("plans",)),
    Part("81338-6", "Patient Goals, preferences, and priorities for care experience", "notes", ()),
)
# The codes that say "none" in so many words (SNOMED CT, as IPS 2.0 prefers over its own withdrawn codes).
NONE_KNOWN = {
    "allergies": ("716186003", "No known allergy"),
    "medicines": ("787481004", "No known medications"),
    "problems": ("160245001", "No current problems or disability"),
}


def document(facts: Facts, binder: Binder, clinic: tuple[str, str], now: datetime) -> Resource:
    """The Bundle: Composition first, then all it refers to, each with its own address. `clinic` is name and phone.

    `binder` holds the sections that go along; a required one that does not says so.
    """
    who, house = facts.person.id, f"clinic:{clinic[0]}"
    entries: dict[str, Resource] = {
        fhir.urn(who): fhir.patient(facts.person),
        fhir.urn(house): fhir.organization(house, *clinic),
    }
    sections = [made for part in PARTS if (made := _section(part, facts, binder, entries, who, house)) is not None]
    composition = {
        "resourceType": "Composition",
        "id": str(uuid4()),
        "language": reader_language(),
        "status": "final",
        "type": {"coding": [{"system": LOINC, "code": "60591-5", "display": "Patient summary Document"}]},
        "subject": fhir.ref(who, facts.name),
        "date": fhir.instant(now),
        "author": [fhir.ref(house, clinic[0])],
        "title": _("Patient summary"),
        "confidentiality": "N",
        "custodian": fhir.ref(house, clinic[0]),
        "text": narrative([binder.name, *(one["title"] for one in sections)]),
        "section": sections,
    }
    whole = [(f"urn:uuid:{composition['id']}", composition), *entries.items()]
    return {
        "resourceType": "Bundle",
        "id": str(uuid4()),
        "language": reader_language(),
        "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{uuid4()}"},
        "type": "document",
        "timestamp": fhir.instant(now),
        "entry": [{"fullUrl": url, "resource": resource} for url, resource in whole],
    }


def narrative(lines: Sequence[str], *, status: str = "generated") -> Resource:
    """Words for people beside the data: escaped, a list in XHTML."""
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return {"status": status, "div": f'<div xmlns="{XHTML}"><ul>{items}</ul></div>'}


def _section(
    part: Part, facts: Facts, binder: Binder, entries: dict[str, Resource], who: UUID, house: str
) -> Resource | None:
    found = binder.section(part.section)
    rows = _rows(part, facts) if found is not None else []
    if not part.is_required and (found is None or not (rows or _own_lines(part, found))):
        return None
    has_own = found is not None and bool(_own_lines(part, found))
    made: Resource = {
        "title": _title(part, found),
        "code": {"coding": [{"system": LOINC, "code": part.code, "display": part.display}]},
        "text": narrative(_words(part, found), status="additional" if has_own else "generated"),
    }
    resources = [MAKERS[kind](row, who, house) for kind, row in rows]
    if found is not None and not resources and found.state == "none" and part.section in NONE_KNOWN:
        resources = [_none_known(part.section, who)]
    for resource in resources:
        entries[fhir.urn(UUID(resource["id"]))] = resource
    if resources:
        made["entry"] = [fhir.ref(UUID(resource["id"])) for resource in resources]
    else:
        made["emptyReason"] = {"coding": [{"system": EMPTY, "code": _why_empty(part, found, facts)}]}
        if not part.is_required:
            del made["emptyReason"]  # its words stand in the narrative
    return made


def _rows(part: Part, facts: Facts) -> list[tuple[str, Any]]:
    rows = [(kind, row) for kind in part.kinds for row in rows_of(facts, kind)]
    return [(kind, row) for kind, row in rows if part.group in ("", "devices") or row.category == part.group]


def rows_of(facts: Facts, kind: str) -> Sequence[Any]:
    """The rows of a kind that become entries; of a relative, those that name a condition."""
    if kind == "medicines":
        return facts.medicines.rows
    return facts.small(kind) if kind in ("devices",) else facts.of(kind)


def _own_lines(part: Part, found: Section) -> list[Any]:
    """Lines with no data of their own: the owner's words."""
    return [line for line in found.lines if line.mark != "clinic"] if not part.group else []


def _title(part: Part, found: Section | None) -> str:
    if part.group in ("vital-signs", "devices"):
        return _("Vital signs") if part.group == "vital-signs" else _("Devices and implants")
    if found is not None:
        return found.title
    return {"problems": _("Conditions"), "allergies": _("Allergies and reactions")}.get(part.section, _("Medicines"))


def _words(part: Part, found: Section | None) -> list[str]:
    if found is None:
        return [_("Not part of this summary")]
    if not found.lines:
        return [found.words]
    lines = found.lines
    if part.group == "devices":
        lines = tuple(line for line in lines if line.group == _("Devices and implants"))
    elif part.group:
        vital = _("Vital signs")
        lines = tuple(line for line in lines if (line.group == vital) == (part.group == "vital-signs"))
    return [" · ".join(piece for piece in (line.title, line.mark_words, line.text) if piece) for line in lines] or [
        found.words
    ]


def _why_empty(part: Part, found: Section | None, facts: Facts) -> str:
    """Why a section is empty (the code list of FHIR R4): nilknown, notasked, withheld or unavailable."""
    if found is None:
        return "withheld" if part.section in facts.visible else "unavailable"
    if found.state == "failed":
        return "unavailable"
    return "nilknown" if found.state == "none" else "notasked"


def _none_known(section: str, who: UUID) -> Resource:
    code, display = NONE_KNOWN[section]
    named = fhir.concept(display, code, fhir.SNOMED)
    key = str(uuid4())
    if section == "allergies":
        status = fhir.coded(fhir.ALLERGY, "active")
        return {
            "resourceType": "AllergyIntolerance", "id": key, "clinicalStatus": status, "code": named,
            "patient": fhir.ref(who),
        }  # fmt: skip
    if section == "problems":
        status = fhir.coded(fhir.CONDITION, "active")
        return {
            "resourceType": "Condition", "id": key, "clinicalStatus": status, "code": named, "subject": fhir.ref(who)
        }  # fmt: skip
    period: Resource = {}
    fhir.dated(period, "start", None)
    return {
        "resourceType": "MedicationStatement", "id": key, "status": "unknown", "medicationCodeableConcept": named,
        "subject": fhir.ref(who), "effectivePeriod": period,
    }  # fmt: skip


Maker = Callable[[Any, UUID, str], Resource]
MAKERS: dict[str, Maker] = {
    "allergies": lambda row, who, _house: fhir.allergy(row, who),
    "medicines": lambda row, who, _house: fhir.medicine(row, who),
    "problems": lambda row, who, _house: fhir.problem(row, who),
    "procedures": lambda row, who, _house: fhir.procedure(row, who),
    "immunizations": lambda row, who, _house: fhir.immunization(row, who),
    "results": fhir.observation,
    "social": fhir.observation,
    "devices": lambda row, who, _house: fhir.device_use(row, who),
    "plans": lambda row, who, _house: fhir.care_plan(row, who),
}

assert {part.section for part in PARTS} <= set(SECTIONS)
