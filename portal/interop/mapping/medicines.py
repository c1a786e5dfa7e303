"""Medicines ordered (MedicationRequest) and taken anyway (MedicationStatement)."""

from __future__ import annotations

from typing import Any

from portal.interop import fhir
from portal.interop.mapping.common import Mapping, Row, status
from portal.interop.reasons import Refused

_SETTINGS = ("inpatient", "outpatient", "community", "discharge")
# UCUM and FHIR units of time, for a sig put together from its parts
_UNITS = {"s": "second", "min": "minute", "h": "hour", "d": "day", "wk": "week", "mo": "month", "a": "year"}


def request(m: Mapping) -> Row:
    """MedicationRequest. `reported` ones, and plans made by the patient, are medicines taken, not ordered here."""
    r = m.resource
    concept = _medicine(m)
    is_reported = r.get("reportedBoolean") is True or "reportedReference" in r or r.get("intent") == "plan"
    row = _row(m, concept, m.when(r.get("authoredOn")), fhir.items(r, "dosageInstruction"))
    row |= {
        "kind": "reported" if is_reported else "prescribed",
        "setting": next((c for each in fhir.items(r, "category") for _, c in fhir.codes(each) if c in _SETTINGS), None),
        "prescriber_id": m.practitioner(r.get("requester"), r.get("recorder"))
        or (None if is_reported else m.seen_by()),
    }
    return row


def statement(m: Mapping) -> Row:
    """MedicationStatement: what the patient says they take."""
    r = m.resource
    row = _row(m, _medicine(m), m.chosen("effective"), fhir.items(r, "dosage"))
    _, end = m.period(r.get("effectivePeriod"))
    row |= {
        "kind": "reported",
        "setting": "community",
        "prescriber_id": None,
        "ended": end.text[:40] if end else row["ended"],
        "recorded_at": m.instant(m.when(r.get("dateAsserted"))),
    }
    return row


def _medicine(m: Mapping) -> Any:
    """The medicine: said here, contained, or a Medication of the same source."""
    r = m.resource
    if isinstance(r.get("medicationCodeableConcept"), dict):
        return r["medicationCodeableConcept"]
    reference = r.get("medicationReference")
    if not isinstance(reference, dict):
        raise Refused("no-code")
    named = fhir.text(reference, "reference") or ""
    if named.startswith("#"):
        inside: fhir.Resource = next((c for c in fhir.items(r, "contained") if c.get("id") == named[1:]), {})
        return inside.get("code")
    found = m.target(reference, "Medication")
    known = m.medicines.get(found.row_id) if found else None
    return known or {"text": reference.get("display")}


def _row(m: Mapping, concept: Any, when: Any, dosages: list[fhir.Resource]) -> Row:
    r = m.resource
    reasons = [w for each in fhir.items(r, "reasonCode") if (w := m.words(each, 200))]
    sensitivity = m.sensitivity(concept, *fhir.items(r, "reasonCode"), is_medicine=True)
    row = m.entry(concept, status(r), happened=when, recorded=when, sensitivity=sensitivity)
    said = [s for each in dosages if (s := _sig(m, each))]
    _, end = m.period(_supply(r))
    row |= {
        "sig": m.plain("; ".join(said), 500),
        "purpose": m.plain(", ".join(reasons), 300),
        "ended": end.text[:40] if end else None,
    }
    return row


def _supply(r: fhir.Resource) -> Any:
    request = r.get("dispenseRequest")
    return request.get("validityPeriod") if isinstance(request, dict) else None


def _sig(m: Mapping, dosage: fhir.Resource) -> str | None:
    """The instruction as written for the patient, else as the prescriber wrote it, else put together."""
    patient = fhir.text(dosage, "patientInstruction")
    if patient or fhir.text(dosage, "text"):
        return m.plain(patient or dosage["text"], 500)
    parts = [_dose(dosage), _route(m, dosage), _timing(m, dosage)]
    if dosage.get("asNeededBoolean") is True or isinstance(dosage.get("asNeededCodeableConcept"), dict):
        reason = m.words(dosage.get("asNeededCodeableConcept"), 100)
        parts.append(f"as needed for {reason}" if reason else "as needed")
    return " ".join(p for p in parts if p) or None


def _dose(dosage: fhir.Resource) -> str | None:
    quantity = fhir.first(dosage, "doseAndRate").get("doseQuantity")
    if not isinstance(quantity, dict) or quantity.get("value") is None:
        return None
    return f"{number(quantity['value'])} {quantity.get('unit') or quantity.get('code') or ''}".strip()


def _route(m: Mapping, dosage: fhir.Resource) -> str | None:
    """In words: an abbreviation such as "SC" gives way to what its code means."""
    route = dosage.get("route")
    said = m.words(route, 60)
    if said is not None and len(said) <= 3:
        return next((d for c in fhir.items(route, "coding") if (d := m.plain(c.get("display"), 60))), said)
    return said


def _timing(m: Mapping, dosage: fhir.Resource) -> str | None:
    timing = dosage.get("timing")
    if not isinstance(timing, dict):
        return None
    repeat = timing.get("repeat")
    if not isinstance(repeat, dict):
        return m.words(timing.get("code"), 60)
    frequency, period, unit = repeat.get("frequency"), repeat.get("period"), _UNITS.get(str(repeat.get("periodUnit")))
    if frequency is None or period is None or unit is None:
        return m.words(timing.get("code"), 60)
    times = {"1": "once", "2": "twice"}.get(number(frequency), f"{number(frequency)} times")
    if number(period) == "1":
        return f"{times} a {unit}" if unit != "hour" else f"{times} an hour"
    return f"{times} every {number(period)} {unit}s" if number(frequency) != "1" else f"every {number(period)} {unit}s"


def number(value: Any) -> str:
    """A dose without a trailing zero, and with its leading one (domain.md GEN-10)."""
    shown = f"{value:f}" if hasattr(value, "as_tuple") else str(value)
    return shown.rstrip("0").rstrip(".") if "." in shown else shown
