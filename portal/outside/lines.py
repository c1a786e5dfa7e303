"""From a thing a paper says to a line: which part of the record it is like, its columns, and how it is kept sealed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from portal.infra.ids import new_id
from portal.interop import fhir, terms
from portal.interop.mapping import Frame, Mapping, map_resource
from portal.interop.papers import Item
from portal.interop.reasons import Refused
from portal.interop.spool import NEW, Spooled
from portal.models import Report, Result
from portal.records.parts import BY_KEY, PARTS

RECONCILED = ("conditions", "allergies", "medicines")  # domain.md EHR-1: decided line by line
# What a caregiver needs to see a line: as for its like in the record (domain.md 8.1).
SCOPES = {
    "conditions": "record_basic", "allergies": "record_basic", "medicines": "meds_view",
    "immunizations": "record_basic", "procedures": "record_basic", "results": "results", "vitals": "results",
    "visits": "record_basic", "documents": "documents", "imaging-reports": "results", "imaging": "results",
    "care-plans": "care_plan_view", "goals": "care_plan_view", "family-history": "record_basic",
    "social-history": "results", "devices": "record_basic", "insurance": "billing",
    "advance-directives": "record_basic", "contacts": "record_basic",
}  # fmt: skip
_OWN = frozenset({"id", "source_id", "patient_id", "report_id", "encounter_id", "named_in_id"})
# Codes that say that there is nothing (SNOMED CT): of allergies, medicines, problems.
NONE_KNOWN = frozenset({"716186003", "409137002", "429625007", "428607008", "787481004", "160245001", "716184000"})
_BY_MODEL = {part.model: part.key for part in PARTS if part.model not in (Result, Report)}
_MEASURED = {"vital-signs": "vitals", "social-history": "social-history"}


@dataclass(frozen=True, slots=True)
class Told:
    """One thing a paper says, in the columns of the record."""

    part: str
    row: dict[str, Any]
    item: Item

    @property
    def sensitivity(self) -> str | None:
        found: str | None = self.row.get("sensitivity")
        return found

    @property
    def happened_on(self) -> date | None:
        at = self.row.get("effective_at")
        found: date | None = at.date() if isinstance(at, datetime) else self.row.get("happened_on")
        return found

    @property
    def is_none(self) -> bool:
        return self.row.get("code") in NONE_KNOWN


def read(items: Iterable[Item], frame: Frame) -> tuple[list[Told], list[tuple[str, str]]]:
    """The lines of a paper, and what could not become one: (heading or type, code of `interop.reasons`)."""
    found: list[Told] = []
    left: list[tuple[str, str]] = []
    for item in items:
        try:
            told = one(item, frame)
        except (Refused, RecursionError) as error:
            code = error.code if isinstance(error, Refused) else "too-deep"
            left.append((item.section or item.resource["resourceType"], code))
            continue
        if told is not None:
            found.append(told)
    return found, left


def one(item: Item, frame: Frame) -> Told | None:
    """The line of an item; None where the record has no such part. Raises `Refused`."""
    kind = item.resource["resourceType"]
    waiting = Spooled(0, 0, "", kind, new_id(), NEW, 1, b"", None, None, "", "", b"")
    mapped = map_resource(Mapping(frame, waiting, item.resource, {}))
    if mapped is None:
        return None
    model, row = mapped
    part = _MEASURED.get(row["category"], "results") if model is Result else _BY_MODEL.get(model, "")
    if model is Report:
        part = "imaging-reports" if row.get("category") in ("imaging", "pathology") else ""
    if part not in BY_KEY or row.get("status") in ("entered-in-error", "cancelled", "refuted", "draft"):
        return None
    columns = {column.name for column in model.__table__.columns}
    return Told(part, {name: value for name, value in row.items() if name in columns and name not in _OWN}, item)


# Kept sealed ---------------------------------------------------------------------------------------------------------


def written(told: Told) -> str:
    """What is kept of a line: its columns, its resource as it came, and who said it."""
    text = told.item.text or json.dumps(told.item.resource, ensure_ascii=False, default=_plain)
    return json.dumps(
        {
            "row": told.row,
            "resource": text,
            "author": told.item.author,
            "organization": told.item.organization,
            "section": told.item.section,
        },
        ensure_ascii=False,
        default=_plain,
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value) if not value.is_signed() or value else 0
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(type(value).__name__)


@dataclass(frozen=True, slots=True)
class Opened:
    """What was kept of a line."""

    row: dict[str, Any]
    resource: str
    author: str
    organization: str
    section: str

    @property
    def is_none(self) -> bool:
        return self.row.get("code") in NONE_KNOWN


def opened(part: str, text: str) -> Opened:
    """Read what `written` made."""
    kept = json.loads(text, parse_float=Decimal)
    columns = {column.name: column.type for column in BY_KEY[part].model.__table__.columns}
    row = {name: _typed(columns[name], value) for name, value in kept["row"].items() if name in columns}
    return Opened(row, kept["resource"], kept["author"], kept["organization"], kept["section"])


def _typed(kind: Any, value: Any) -> Any:
    python = kind.python_type if kind.__class__.__name__ != "UTCDateTime" else datetime
    if value is None:
        return None
    if python is datetime:
        return datetime.fromisoformat(value)
    if python is date:
        return date.fromisoformat(value)
    if python is Decimal:
        return Decimal(str(value))
    return value


def as_row(part: str, row: dict[str, Any]) -> Any:
    """The columns as an object that pages of the record understand; what is not said is None."""
    columns = dict.fromkeys(column.name for column in BY_KEY[part].model.__table__.columns)
    empty: dict[str, Any] = {name: [] for name in ("components", "activities", "conditions") if name in columns}
    return SimpleNamespace(**{**columns, **empty, **row})


# Digests -------------------------------------------------------------------------------------------------------------


def keyed(person_id: UUID, *parts: str) -> bytes:
    """A digest that means something for this patient alone."""
    return hashlib.sha256(person_id.bytes + "\x1f".join(parts).encode()).digest()


def identity(person_id: UUID, part: str, row: dict[str, Any]) -> bytes:
    """What a line is about: its code, else its name; of a medicine with how it is taken, of others with the day."""
    name = f"{row.get('code_system')}|{row['code']}" if row.get("code") else folded(str(row.get("name") or ""))
    beside = str(row.get("sig") or "") if part == "medicines" else ""
    if part not in RECONCILED:
        beside = str(row.get("happened") or row.get("effective_at") or "")
    return keyed(person_id, "about", part, name, folded(beside))


def said(person_id: UUID, told: Iterable[Told]) -> bytes | None:
    """What a paper says as a whole, in whatever order; None where it says nothing in data."""
    each = sorted(json.dumps(one.row, sort_keys=True, default=_plain) + one.part for one in told)
    return keyed(person_id, "said", *each) if each else None


def folded(text: str) -> str:
    return " ".join(text.casefold().replace("(disorder)", "").replace("(finding)", "").split())


def sensitivity_of(told: Iterable[Told], words: Iterable[str] = ()) -> str | None:
    """That of a whole paper: what its lines and its words give away; of several categories at once the one that nobody
    can be given.
    """
    found = {one.sensitivity for one in told if one.sensitivity}
    said = (terms.sensitivity.__wrapped__((), text, is_medicine=True) for text in words)
    found |= {category for category in said if category}
    return None if not found else found.pop() if len(found) == 1 else "SDV"


_WHOSE = ("subject", "patient")
_BY = {"Condition": "recorder", "AllergyIntolerance": "recorder", "MedicationStatement": "informationSource",
       "MedicationRequest": "requester"}  # fmt: skip


def settled(opened_line: Opened, line_id: UUID, patient: str) -> tuple[str, str]:
    """The type and the JSON of a line's resource as it enters the record: about this patient, under an id of its own.

    References into the paper it comes from would lead nowhere: they give way to the names they had. The paper itself
    is kept as it came.
    """
    resource: fhir.Resource = json.loads(opened_line.resource, parse_float=Decimal)
    kind = str(resource["resourceType"])
    found = _without_references(resource)
    found["id"] = str(line_id)
    whose = "patient" if kind in ("AllergyIntolerance", "Immunization") else "subject"
    for name in _WHOSE:
        found.pop(name, None)
    found[whose] = {"reference": patient}
    by = _BY.get(kind)
    if by and not found.get(by) and (who := opened_line.author or opened_line.organization):
        found[by] = {"display": who}
    return kind, json.dumps(found, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _without_references(value: Any) -> Any:
    if isinstance(value, list):
        return [one for each in value if (one := _without_references(each)) not in (None, {})]
    if not isinstance(value, dict):
        return value
    named = value.get("reference")
    if isinstance(named, str) and not named.startswith("#"):
        return {"display": value["display"]} if isinstance(value.get("display"), str) else {}
    told = {name: _without_references(each) for name, each in value.items()}
    return {name: each for name, each in told.items() if each not in ({}, []) or value[name] in ({}, [])}
