"""Results: Observation and DiagnosticReport."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from portal.interop import fhir, terms
from portal.interop.mapping import values
from portal.interop.mapping.common import Mapping, Row, status
from portal.interop.reasons import Refused

_LABORATORY = ("LAB", "HM", "CH", "MB", "BLB", "IMM", "TX", "VR", "MCB", "SR")  # HL7 v2 table 0074
_CATEGORIES = {
    "laboratory": "laboratory", "vital-signs": "vital-signs", "vital-sign": "vital-signs", "survey": "survey",
    "social-history": "social-history", **dict.fromkeys(_LABORATORY, "laboratory"),
}  # fmt: skip
# US Core vital signs, for observations that came without a category
_VITALS = frozenset(
    {
        "85353-1", "9279-1", "8867-4", "2708-6", "59408-5", "8310-5", "8302-2", "9843-4", "29463-7", "39156-5",
        "85354-9", "8480-6", "8462-4", "8287-5", "8289-1", "59576-9", "77606-2",
    }
)  # fmt: skip
_IMAGING = ("RAD", "IMG", "CT", "CUS", "NMR", "NMS", "RUS", "XRC", "OUS", "VUS", "RX", "LP29684-5", "394914008")
_PATHOLOGY = ("PAT", "SP", "CP", "CG", "GE", "LP7839-6")
_REPORTS = {
    **dict.fromkeys((*_LABORATORY, "LP29693-6"), "laboratory"),
    **dict.fromkeys(_IMAGING, "imaging"),
    **dict.fromkeys(_PATHOLOGY, "pathology"),
}
# A value nobody stands by is never released; neither is one that does not exist yet.
_NEVER = frozenset({"entered-in-error", "cancelled", "registered", "unknown"})
_CORRECTED = frozenset({"corrected", "amended", "appended"})


def observation(m: Mapping, report_id: UUID | None, orderer_id: UUID | None) -> Row | None:
    """Observation. None when it says nothing of its own (a panel that only names its members).

    `report_id` and `orderer_id` come from the DiagnosticReport that lists it. Raises `Refused`.
    """
    r = m.resource
    code, system = fhir.best(r.get("code"))
    name = m.words(r.get("code"))
    if name is None:
        raise Refused("no-code")
    if fhir.is_foreign(r.get("code")):
        m.remarks.append("unknown-system")
    state = status(r)
    category = _category(r)
    components = [_component(m, c, category) for c in fhir.items(r, "component")]
    value, decimals, unit, text, comparator = _value(m, r, category, code)
    if value is None and text is None:
        text = m.words(r.get("dataAbsentReason"), 400)
        if not components and text is None and state not in _NEVER:
            return None
    effective, issued = _times(m)
    usual = values.usual_range(fhir.items(r, "referenceRange"), unit, m.cut)
    based_on = [
        fhir_target.practitioner
        for each in fhir.items(r, "basedOn")
        if (fhir_target := m.target(each, "ServiceRequest"))
    ]
    return {
        "id": m.waiting.row_id,
        "source_id": m.waiting.row_id,
        "report_id": report_id,
        "code": code[:60] if code else None,
        "code_system": system[:120] if system else None,
        "name": name,
        "category": category,
        "status": state[:20],
        "value": value,
        "decimals": decimals,
        "value_text": text,
        "comparator": comparator,
        "unit": unit,
        "components": components,
        "low": usual.low,
        "high": usual.high,
        "range_text": usual.text,
        "flag": values.flag(r),
        "note": m.notes(1000),
        "sensitivity": m.sensitivity(r.get("code")),
        "orderer_id": orderer_id or next((p for p in based_on if p), None) or m.seen_by(),
        "effective_at": effective,
        "issued_at": issued,
        "released_at": None if state in _NEVER else issued or effective,
        "corrected_at": (issued or effective) if state in _CORRECTED else None,
    }


def _category(r: fhir.Resource) -> str:
    """By the code of the category, never by its display; without one, by the code of the test."""
    for each in fhir.items(r, "category"):
        for _, code in fhir.codes(each):
            if code in _CATEGORIES:
                return _CATEGORIES[code]
    if fhir.items(r, "category"):
        return "other"
    loinc = next((c for s, c in fhir.codes(r.get("code")) if s == fhir.LOINC), "")
    if loinc in _VITALS:
        return "vital-signs"
    return "laboratory" if terms.is_common_test(loinc) else "other"


def _times(m: Mapping) -> tuple[datetime, datetime | None]:
    r = m.resource
    when = m.done(m.chosen("effective"))
    issued = m.done(m.when(r.get("issued")))
    if when is None and issued is None:
        raise Refused("no-date")
    effective = (when or issued).at(m.frame.zone)  # type: ignore[union-attr]
    return effective, m.instant(issued)


def _value(
    m: Mapping, r: fhir.Resource, category: str, code: str | None
) -> tuple[Decimal | None, int | None, str | None, str | None, str | None]:
    """value, decimals, unit, text, comparator of a `value[x]`."""
    name = next(iter(fhir.choices(r, "value")), None)
    if name is None:
        return None, None, None, None, None
    raw = r[name]
    if name == "valueQuantity" and isinstance(raw, dict):
        found = values.number(raw.get("value"))
        if found is None:
            if raw.get("value") is not None:  # larger than any measured thing
                raise Refused("structure")
            return None, None, None, None, None
        if (
            not values.has_unit(raw)
            and category in ("laboratory", "vital-signs")
            and not terms.is_dimensionless(code or "")
        ):
            raise Refused("no-unit")
        comparator = raw.get("comparator")
        comparator = comparator if comparator in ("<", "<=", ">=", ">") else None
        return found.value, found.decimals, values.unit(raw), None, comparator
    if name == "valueInteger":
        found = values.number(raw)
        return (found.value, 0, None, None, None) if found else (None, None, None, None, None)
    return None, None, None, _as_text(m, name, raw), None


def _as_text(m: Mapping, name: str, raw: Any) -> str | None:
    if name == "valueCodeableConcept":
        return m.words(raw, 4000)
    if name == "valueBoolean":
        return {True: "yes", False: "no"}.get(raw) if isinstance(raw, bool) else None
    if name == "valueRange" and isinstance(raw, dict):
        ends = [_quantity(raw.get(end)) for end in ("low", "high")]
        return "–".join(e for e in ends if e) or None
    if name == "valueRatio" and isinstance(raw, dict):
        ends = [_quantity(raw.get(end)) for end in ("numerator", "denominator")]
        return ":".join(e for e in ends if e) or None
    if name == "valuePeriod" and isinstance(raw, dict):
        return "–".join(e for e in (fhir.text(raw, "start"), fhir.text(raw, "end")) if e) or None
    return m.plain(raw, 4000)


def _quantity(quantity: Any) -> str | None:
    if not isinstance(quantity, dict) or quantity.get("value") is None:
        return None
    return " ".join(
        p
        for p in (
            f"{quantity['value']:f}" if isinstance(quantity["value"], Decimal) else str(quantity["value"]),
            values.unit(quantity),
        )
        if p
    )


def _component(m: Mapping, component: fhir.Resource, category: str) -> Row:
    """A component as a plain object; numbers are whole where they can be, so that 120 is not shown as 120.0."""
    code, _ = fhir.best(component.get("code"))
    value, _, unit, text, comparator = _value(m, component, category, code)
    text = text or m.words(component.get("dataAbsentReason"), 400)
    usual = values.usual_range(fhir.items(component, "referenceRange"), unit, m.cut)
    return {
        "code": code,
        "name": m.words(component.get("code")) or "",
        "value": _plain(value),
        "unit": unit,
        "text": f"{comparator}{_plain(value)}" if comparator and value is not None else text,
        "low": _plain(usual.low),
        "high": _plain(usual.high),
        "flag": values.flag(component),
    }


def _plain(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def is_note(r: fhir.Resource) -> bool:
    """Whether a DiagnosticReport is a clinical note in disguise: a document, no results, and no diagnostic category."""
    categories = {c for each in fhir.items(r, "category") for _, c in fhir.codes(each)}
    return bool(fhir.items(r, "presentedForm")) and not fhir.items(r, "result") and not categories & set(_REPORTS)


def category_of_codes(codes: list[str]) -> str | None:
    """Which kind of report a code of HL7 v2 table 0074 or of LOINC means: laboratory, imaging, pathology; or None."""
    return next((_REPORTS[code] for code in codes if code in _REPORTS), None)


def report(m: Mapping) -> Row:
    """DiagnosticReport. Who ordered it comes from its order, then from the visit, then from who performed it.

    `outside_count` is counted afterwards, from its results.
    """
    r = m.resource
    # A report without a code is still a report: its results say what it is.
    name = m.words(r.get("code")) or m.words(fhir.first(r, "category")) or "Report"
    code, _ = fhir.best(r.get("code"))
    state = status(r)
    effective, issued = _times(m)
    orders = [t for each in fhir.items(r, "basedOn") if (t := m.target(each, "ServiceRequest"))]
    orderer = next((t.practitioner for t in orders if t.practitioner), None) or m.seen_by()
    performers = fhir.items(r, "performer")
    return {
        "id": m.waiting.row_id,
        "source_id": m.waiting.row_id,
        "code": code[:60] if code else None,
        "name": name,
        "category": next(
            (_REPORTS[c] for each in fhir.items(r, "category") for _, c in fhir.codes(each) if c in _REPORTS), "other"
        ),
        "status": state[:20],
        "conclusion": m.plain(r.get("conclusion"), 4000),
        "sensitivity": m.sensitivity(r.get("code"), *fhir.items(r, "conclusionCode")),
        "orderer_id": orderer or m.practitioner(*performers),
        "laboratory_id": m.organization(*performers),
        "effective_at": effective,
        "issued_at": issued,
        "released_at": None if state in _NEVER else issued or effective,
        "outside_count": 0,
        "order_id": orders[0].row_id if orders else None,
    }
