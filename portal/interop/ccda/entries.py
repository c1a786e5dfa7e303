"""Problems, allergies and medicines of a C-CDA R2.1 document as FHIR R4 resources, one function a template. Pure.

Each maker yields what it understands and leaves out what is only planned (`moodCode` other than EVN, but for
medicines, which may be ordered) or says that something is not so, where that is no statement of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from portal.interop import fhir
from portal.interop.ccda.types import Pointed, concept, each, first_span, number, one, quantity, span, templates, words

Resource = fhir.Resource
Maker = Callable[[Any, Pointed], Iterator[Resource]]

CONDITION = "http://terminology.hl7.org/CodeSystem/condition-clinical"
CONDITION_VERIFIED = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
ALLERGY = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
_T = "2.16.840.1.113883.10.20.22.4."
_STATUS = {"55561003": "active", "413322009": "resolved", "73425007": "inactive"}  # SNOMED CT
_SEVERITY = {
    "255604002": "mild", "371923003": "moderate", "6736007": "moderate", "371924009": "severe",
    "24484000": "severe", "399166001": "severe",
}  # fmt: skip
_ALLERGIES = {"416098002": "medication", "419511003": "medication", "59037007": "medication", "414285001": "food",
              "418471000": "food", "235719002": "food", "426232007": "environment"}  # fmt: skip
_CRITICALITY = {"CRITH": "high", "CRITL": "low", "CRITU": "unable-to-assess"}
_NO_ALLERGY = {
    "416098002": ("409137002", "No known drug allergies"),
    "414285001": ("429625007", "No known food allergies"),
}
_TAKING = {"active": "active", "completed": "completed", "aborted": "stopped", "cancelled": "stopped",
           "suspended": "on-hold", "held": "on-hold"}  # fmt: skip
_UNITS = {"h": "h", "hour": "h", "d": "d", "day": "d", "wk": "wk", "week": "wk", "mo": "mo", "min": "min", "a": "a"}


def coded(address: str, code: str) -> Resource:
    return {"coding": [{"system": address, "code": code}]}


def _inner(entry: Any, *kinds: str) -> Iterator[Any]:
    """The statements an entry holds in its relations."""
    for relation in each(entry, "entryRelationship"):
        for kind in kinds:
            yield from each(relation, kind)


def is_negated(element: Any) -> bool:
    return element.get("negationInd") == "true"


def _value_code(element: Any) -> str:
    value = one(element, "value")
    return (value.get("code") or "") if value is not None else ""


def _state(statement: Any, act: Any) -> str:
    """active, inactive or resolved: as its own status says, else by whether it has ended, else as the concern is."""
    for inner in _inner(statement, "observation"):
        code = one(inner, "code")
        if (code is not None and code.get("code") == "33999-4") and (found := _STATUS.get(_value_code(inner))):
            return found
    time = one(statement, "effectiveTime")
    if time is not None and one(time, "high") is not None and one(time, "high").get("nullFlavor") is None:
        return "resolved"
    status = one(act, "statusCode")
    return "inactive" if status is not None and status.get("code") in ("completed", "aborted") else "active"


def dated(resource: Resource, name: str, value: str | None) -> None:
    if value:
        resource[name] = value


# Problems ------------------------------------------------------------------------------------------------------------


def problems(entry: Any, pointed: Pointed) -> Iterator[Resource]:
    """Problem concern acts (4.3) and bare problem observations (4.4) as Condition."""
    for act in (*each(entry, "act"), *each(entry, "observation")):
        for made in _observations(act, _T + "4"):
            value = concept(one(made, "value"), pointed)
            if not value or made.get("moodCode") not in (None, "EVN"):
                continue
            start, end = span(one(made, "effectiveTime"))
            found: Resource = {"resourceType": "Condition", "code": value}
            if is_negated(made):
                if _value_code(made) not in ("55607006", "64572001"):
                    continue  # that one is not there says nothing for a list of those that are
                found["code"] = {**coded(fhir.SNOMED, "160245001"), "text": "No known problems"}
            found["clinicalStatus"] = coded(CONDITION, _state(made, act))
            dated(found, "onsetDateTime", start)
            dated(found, "abatementDateTime", end)
            dated(found, "recordedDate", _recorded(made, act))
            yield found


def _observations(act: Any, template: str) -> Iterator[Any]:
    """The observations of a template in a concern, or the statement itself."""
    if template in templates(act):
        yield act
    for inner in _inner(act, "observation"):
        if template in templates(inner):
            yield inner


def _recorded(*statements: Any) -> str | None:
    for statement in statements:
        for author in each(statement, "author"):
            if found := span(one(author, "time"))[0]:
                return found
    return None


# Allergies -----------------------------------------------------------------------------------------------------------


def allergies(entry: Any, pointed: Pointed) -> Iterator[Resource]:
    """Allergy concern acts (4.30) as AllergyIntolerance; "no known allergies" by the code of SNOMED CT for it."""
    for act in (*each(entry, "act"), *each(entry, "observation")):
        for made in _observations(act, _T + "7"):
            kind = _value_code(made)
            found: Resource = {"resourceType": "AllergyIntolerance", "clinicalStatus": coded(ALLERGY, "active")}
            if is_negated(made):
                code, said = _NO_ALLERGY.get(kind, ("716186003", "No known allergies"))
                found["code"] = {**coded(fhir.SNOMED, code), "text": said}
                yield found
                continue
            substance = _substance(made, pointed)
            if not substance:
                continue
            found["code"] = substance
            found["clinicalStatus"] = coded(ALLERGY, _state(made, act))
            if kind in _ALLERGIES:
                found["category"] = [_ALLERGIES[kind]]
            start, _end = span(one(made, "effectiveTime"))
            dated(found, "onsetDateTime", start)
            dated(found, "recordedDate", _recorded(made, act))
            severity = _severity(made) or _severity(act)
            if reactions := list(_reactions(made, pointed, severity)):
                found["reaction"] = reactions
            for inner in _inner(made, "observation"):
                if _T + "145" in templates(inner) and (level := _CRITICALITY.get(_value_code(inner))):
                    found["criticality"] = level
            yield found


def _substance(made: Any, pointed: Pointed) -> Resource:
    for entity in each(made, "participant", "participantRole", "playingEntity"):
        found = concept(one(entity, "code"), pointed)
        if not found.get("text") and (said := words(one(entity, "name"), 400)):
            found["text"] = said
        if found:
            return found
    return {}


def _severity(statement: Any) -> str | None:
    for inner in _inner(statement, "observation"):
        if _T + "8" in templates(inner):
            return _SEVERITY.get(_value_code(inner))
    return None


def _reactions(made: Any, pointed: Pointed, severity: str | None) -> Iterator[Resource]:
    for inner in _inner(made, "observation"):
        if _T + "9" not in templates(inner):
            continue
        shown = concept(one(inner, "value"), pointed)
        if not shown and (said := pointed.said(one(inner, "text"), whole_rows=False)):
            shown = {"text": said[:400]}
        if shown:
            found: Resource = {"manifestation": [shown]}
            own = _severity(inner) or severity
            yield {**found, **({"severity": own} if own else {})}


# Medicines -----------------------------------------------------------------------------------------------------------


def medicines(entry: Any, pointed: Pointed) -> Iterator[Resource]:
    """Medication activities (4.16), also those within a discharge medication act, as MedicationStatement."""
    given = [*each(entry, "substanceAdministration")]
    for act in each(entry, "act"):
        given += _inner(act, "substanceAdministration")
    for made in given:
        product = one(made, "consumable", "manufacturedProduct", "manufacturedMaterial")
        medicine = material(product, pointed)
        if not medicine or is_negated(made):
            continue
        start, end = first_span(made)
        status = one(made, "statusCode")
        state = _TAKING.get(status.get("code") or "", "unknown") if status is not None else "unknown"
        found: Resource = {
            "resourceType": "MedicationStatement",
            "status": state,
            "medicationCodeableConcept": medicine,
        }
        period = {**({"start": start} if start else {}), **({"end": end} if end else {})}
        if period:
            found["effectivePeriod"] = period
        dated(found, "dateAsserted", _recorded(made))
        if reasons := [c for i in _inner(made, "observation") if _T + "19" in templates(i)
                       if (c := concept(one(i, "value"), pointed))]:  # fmt: skip
            found["reasonCode"] = reasons
        if dosage := _dosage(made, pointed):
            found["dosage"] = [dosage]
        yield found


def material(material: Any, pointed: Pointed) -> Resource:
    found = concept(one(material, "code"), pointed)
    if not found.get("text") and (said := words(one(material, "name"), 400)):
        found["text"] = said
    return found if found.get("text") or found.get("coding") else {}


def _dosage(made: Any, pointed: Pointed) -> Resource:
    """The sig in words where one is given, else its parts; a whole row of a table is no sig."""
    for inner in _inner(made, "substanceAdministration"):
        if _T + "147" in templates(inner) and (said := pointed.said(one(inner, "text"))):
            return {"text": said[:1000]}
    text = one(made, "text")
    if text is not None and (said := words(text)):
        return {"text": said[:1000]}
    found = _parts(made, pointed)
    if not found and (said := pointed.said(text, whole_rows=False)):
        return {"text": said[:1000]}
    return found


def _parts(made: Any, pointed: Pointed) -> Resource:
    found: Resource = {}
    if dose := quantity(one(made, "doseQuantity")):
        unit = one(made, "administrationUnitCode")
        if "unit" not in dose and unit is not None and unit.get("displayName"):
            dose["unit"] = unit.get("displayName").lower()
        found["doseAndRate"] = [{"doseQuantity": dose}]
    route = concept(one(made, "routeCode"), pointed)
    if route.get("text"):
        found["route"] = {**route, "text": route["text"].removesuffix(" Route of Administration").lower()}
    for time in each(made, "effectiveTime"):
        if repeat := _repeat(one(time, "period")):
            found["timing"] = {"repeat": repeat}
    for criterion in each(made, "precondition", "criterion"):
        reason = concept(one(criterion, "value"), pointed)
        found |= {"asNeededCodeableConcept": reason} if reason else {"asNeededBoolean": True}
    return found


def _repeat(period: Any) -> Resource:
    if period is None:
        return {}
    value, unit = number(period.get("value")), _UNITS.get((period.get("unit") or "").lower())
    if value is None or unit is None or value <= 0:
        return {}
    if unit == "h" and value <= 24 and 24 % value == 0 and value > 6:
        return {"frequency": int(24 / value), "period": 1, "periodUnit": "d"}  # every 12 hours: twice a day
    return {"frequency": 1, "period": int(value) if value == int(value) else value, "periodUnit": unit}
