"""What else a C-CDA R2.1 document says, as FHIR R4 resources: vaccines, procedures, visits, values, family. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from portal.interop.ccda.entries import Maker, Resource, coded, dated, is_negated, material
from portal.interop.ccda.types import Pointed, concept, each, first_span, one, quantity

CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
_XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


def immunizations(entry: Any, pointed: Pointed) -> Iterator[Resource]:
    """Immunization activities (4.52) as Immunization; one that was refused is not done."""
    for made in each(entry, "substanceAdministration"):
        vaccine = material(one(made, "consumable", "manufacturedProduct", "manufacturedMaterial"), pointed)
        if not vaccine or made.get("moodCode") not in (None, "EVN"):
            continue
        found: Resource = {
            "resourceType": "Immunization",
            "status": "not-done" if is_negated(made) else "completed",
            "vaccineCode": vaccine,
        }
        dated(found, "occurrenceDateTime", first_span(made)[0])
        yield found


def procedures(entry: Any, pointed: Pointed) -> Iterator[Resource]:
    """Procedure activities (4.12 to 4.14) as Procedure."""
    for kind in ("procedure", "observation", "act"):
        for made in each(entry, kind):
            code = concept(one(made, "code"), pointed)
            if not code or made.get("moodCode") not in (None, "EVN") or is_negated(made):
                continue
            status = one(made, "statusCode")
            told = (status.get("code") or "") if status is not None else ""
            states = {"completed": "completed", "active": "in-progress", "aborted": "stopped", "cancelled": "not-done"}
            found: Resource = {"resourceType": "Procedure", "code": code, "status": states.get(told, "unknown")}
            dated(found, "performedDateTime", first_span(made)[0])
            yield found


def visits(entry: Any, pointed: Pointed) -> Iterator[Resource]:
    """Encounter activities (4.49) as Encounter."""
    for made in each(entry, "encounter"):
        kind = concept(one(made, "code"), pointed)
        if made.get("moodCode") not in (None, "EVN"):
            continue
        start, end = first_span(made)
        period = {**({"start": start} if start else {}), **({"end": end} if end else {})}
        found: Resource = {"resourceType": "Encounter", "status": "finished", "class": {}}
        yield {**found, **({"type": [kind]} if kind else {}), **({"period": period} if period else {})}


def measured(category: str) -> Maker:
    def make(entry: Any, pointed: Pointed) -> Iterator[Resource]:
        """Result and vital sign organizers (4.1, 4.26): each observation in them as Observation."""
        for organizer in each(entry, "organizer"):
            for made in each(organizer, "component", "observation"):
                if found := _observation(made, organizer, category, pointed):
                    yield found
        for made in each(entry, "observation"):
            if found := _observation(made, entry, category, pointed):
                yield found

    return make


def _observation(made: Any, around: Any, category: str, pointed: Pointed) -> Resource | None:
    code, value = concept(one(made, "code"), pointed), _value(one(made, "value"), pointed)
    at = first_span(made)[0] or first_span(around)[0]
    if not code or not value or made.get("moodCode") not in (None, "EVN") or is_negated(made):
        return None
    status = one(made, "statusCode")
    is_final = status is None or status.get("code") in (None, "completed")
    found: Resource = {
        "resourceType": "Observation",
        "status": "final" if is_final else "preliminary",
        "category": [coded(CATEGORY, category)],
        "code": code,
        **value,
    }
    dated(found, "effectiveDateTime", at)
    flag = one(made, "interpretationCode")
    if flag is not None and flag.get("code"):
        found["interpretation"] = [coded(INTERPRETATION, flag.get("code"))]
    for bounds in each(made, "referenceRange", "observationRange"):
        if limits := _range(bounds, pointed):
            found["referenceRange"] = [limits]
    return found


def _value(element: Any, pointed: Pointed) -> Resource:
    if element is None:
        return {}
    kind = (element.get(_XSI_TYPE) or "").rpartition(":")[2]
    if kind in ("PQ", "REAL", "INT", "MO"):
        found = quantity(element)
        return {"valueQuantity": found} if found else {}
    if kind in ("CD", "CE", "CO", "CV", "CS"):
        said = concept(element, pointed)
        return {"valueCodeableConcept": said} if said else {}
    text = pointed.said(element)
    return {"valueString": text} if text else {}


def _range(bounds: Any, pointed: Pointed) -> Resource:
    value, found = one(bounds, "value"), {}
    for side in ("low", "high"):
        limit = quantity(one(value, side)) if value is not None else {}
        if limit:
            found[side] = limit
    if not found and (said := pointed.said(one(bounds, "text"))):
        return {"text": said[:200]}
    return found


def family(entry: Any, pointed: Pointed) -> Iterator[Resource]:
    """Family history organizers (4.45) as FamilyMemberHistory."""
    for organizer in each(entry, "organizer"):
        who = concept(one(organizer, "subject", "relatedSubject", "code"), pointed)
        had = [c for made in each(organizer, "component", "observation") if not is_negated(made)
               if (c := concept(one(made, "value"), pointed))]  # fmt: skip
        if who and had:
            told: list[Resource] = [{"code": one_of} for one_of in had]
            yield {"resourceType": "FamilyMemberHistory", "status": "completed", "relationship": who, "condition": told}
