"""Problems, allergies, vaccines, procedures and visits."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from portal.interop import fhir
from portal.interop.mapping.common import Mapping, Row, status


def condition(m: Mapping) -> Row:
    """Condition. An entry made in error says so in its verification, whatever its clinical status."""
    r = m.resource
    verification = fhir.code(r.get("verificationStatus"))
    state = "entered-in-error" if verification == "entered-in-error" else fhir.code(r.get("clinicalStatus"))
    if verification in ("refuted", "differential", "provisional", "unconfirmed"):
        state = verification
    happened = m.done(m.chosen("onset"), unborn=True)
    abated = m.chosen("abatement")
    category = next((c for each in fhir.items(r, "category") if (c := fhir.code(each))), None)
    row = m.entry(r.get("code"), state or "unknown", happened=happened, recorded=m.when(r.get("recordedDate")))
    row |= {"category": category[:40] if category else None, "abated": abated.text[:40] if abated else None}
    row["author_id"] = author(m)
    return row


def allergy(m: Mapping) -> Row:
    """AllergyIntolerance, with its worst reaction."""
    r = m.resource
    verification = fhir.code(r.get("verificationStatus"))
    state = fhir.code(r.get("clinicalStatus")) or "active"
    if verification in ("entered-in-error", "refuted"):
        state = verification
    order = {"severe": 0, "moderate": 1, "mild": 2}
    reactions = sorted(fhir.items(r, "reaction"), key=lambda x: order.get(str(x.get("severity")), 3))
    worst = reactions[0] if reactions else {}
    shown = [w for each in fhir.items(worst, "manifestation") if (w := m.words(each, 200))]
    concept = r.get("code") or worst.get("substance")
    category = r.get("category")
    row = m.entry(
        concept, state, happened=m.done(m.chosen("onset"), unborn=True), recorded=m.when(r.get("recordedDate"))
    )
    row |= {
        "category": str(category[0])[:40] if isinstance(category, list) and category else None,
        "criticality": (fhir.text(r, "criticality") or "")[:20] or None,
        "reaction": m.plain(", ".join(shown), 300),
        "severity": (fhir.text(worst, "severity") or "")[:20] or None,
        "verification": verification[:30] if verification else None,
        "author_id": author(m),
    }
    return row


def immunization(m: Mapping) -> Row:
    """Immunization; one that was not given keeps its status `not-done`."""
    r = m.resource
    happened = m.done(m.chosen("occurrence"))
    row = m.entry(r.get("vaccineCode"), status(r, "completed"), happened=happened, recorded=m.when(r.get("recorded")))
    row["author_id"] = m.practitioner(*(p.get("actor") for p in fhir.items(r, "performer"))) or m.seen_by()
    return row


def author(m: Mapping) -> UUID | None:
    """Who wrote it down, or said it, or was behind the visit it comes from."""
    return m.practitioner(m.resource.get("recorder"), m.resource.get("asserter")) or m.seen_by()


def procedure(m: Mapping) -> Row:
    """Procedure. One that is only planned may lie ahead."""
    r = m.resource
    state = status(r)
    when = m.chosen("performed")
    happened = m.done(when) if state in ("completed", "in-progress", "stopped") else when
    actors = [p.get("actor") for p in fhir.items(r, "performer")]
    row = m.entry(r.get("code"), state, happened=happened)
    row["sensitivity"] = m.sensitivity(r.get("code"), *fhir.items(r, "reasonCode"))
    row["performer_id"] = m.practitioner(*actors, r.get("asserter"), r.get("recorder")) or m.seen_by()
    return row


def encounter(m: Mapping) -> Row:
    """Encounter. Its name is its type, else its kind of service, else its class in words."""
    r = m.resource
    start, end = m.period(r.get("period"))
    state = status(r)
    if state in ("finished", "in-progress", "arrived", "triaged", "onleave"):
        m.done(start, unborn=True)
    kind = r.get("class") if isinstance(r.get("class"), dict) else {}
    kind_code = fhir.text(kind, "code")
    concept = fhir.first(r, "type") or r.get("serviceType") or {}
    name = m.words(concept) or m.words(r.get("serviceType")) or m.plain(fhir.text(kind, "display"), 400)
    name = name or _CLASSES.get(kind_code or "", "Visit")
    reasons = fhir.items(r, "reasonCode")
    said = [w for each in reasons if (w := m.words(each, 200))]
    row = m.entry(concept, state, happened=start, name=name)
    row |= {
        "sensitivity": m.sensitivity(*fhir.items(r, "type"), r.get("serviceType"), *reasons),
        "kind": kind_code[:20] if kind_code else None,
        "reason": m.plain(", ".join(said), 400),
        "ended": end.text[:40] if end else None,
        "practitioner_id": attending(m),
        "organization_id": m.organization(r.get("serviceProvider")),
    }
    return row


def attending(m: Mapping) -> UUID | None:
    """Who saw the patient: the attender or primary performer before anybody else who took part."""
    order = {"ATND": 0, "PPRF": 1, "ADM": 2, "CON": 4, "REF": 5}

    def rank(participant: Any) -> int:
        found = [order.get(c, 3) for each in fhir.items(participant, "type") for _, c in fhir.codes(each)]
        return min(found, default=3)

    people = sorted(fhir.items(m.resource, "participant"), key=rank)
    return m.practitioner(*(p.get("individual") for p in people))


# HL7 v3 ActCode, in the words of a record; patients' pages translate the code themselves.
_CLASSES = {
    "AMB": "Office visit", "EMER": "Emergency visit", "IMP": "Hospital stay", "ACUTE": "Hospital stay",
    "NONAC": "Hospital stay", "OBSENC": "Observation stay", "SS": "Short stay", "VR": "Virtual visit",
    "HH": "Home visit", "FLD": "Visit in the field", "PRENC": "Pre-admission",
}  # fmt: skip
