"""Lines of the record as FHIR R4 resources with all their references inside the document (IPS 2.0). Pure."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

Resource = dict[str, Any]

CONDITION = "http://terminology.hl7.org/CodeSystem/condition-clinical"
ALLERGY = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
ALLERGY_VERIFIED = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"
OBSERVATION = "http://terminology.hl7.org/CodeSystem/observation-category"
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
UCUM = "http://unitsofmeasure.org"
SNOMED = "http://snomed.info/sct"
_DAY = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?\Z")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})\Z")
# The statuses of MedicationStatement (R4), by what the record says.
TAKING = {
    "active": "active",
    "on-hold": "on-hold",
    "intended": "intended",
    "completed": "completed",
    "stopped": "stopped",
    "not-taken": "not-taken",
    "ended": "completed",
}


def urn(key: object) -> str:
    """The address of a resource within its document."""
    return f"urn:uuid:{key if isinstance(key, UUID) else uuid5(NAMESPACE_URL, str(key))}"


def ref(key: object, display: str = "") -> Resource:
    return {"reference": urn(key), **({"display": display} if display else {})}


def concept(name: str, code: str | None = None, system: str | None = None) -> Resource:
    """A CodeableConcept: with the code where there is one, and always with its words."""
    found: Resource = {"text": name}
    if code and system:
        found["coding"] = [{"system": system, "code": code, "display": name}]
    return found


def coded(system: str, code: str) -> Resource:
    return {"coding": [{"system": system, "code": code}]}


def when(text: str | None) -> str | None:
    """A FHIR dateTime as precise as it was recorded; None for what is none."""
    found = (text or "").strip()
    if _DAY.match(found) or _INSTANT.match(found):
        return found
    return found[:10] if _DAY.match(found[:10]) else None


def dated(resource: Resource, name: str, text: str | None) -> None:
    """Put a date, or say that nobody knows it (the extension data-absent-reason)."""
    found = when(text)
    if found:
        resource[name] = found
    else:
        resource[f"_{name}"] = {"extension": [{"url": ABSENT, "valueCode": "unknown"}]}


def instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def patient(person: Any) -> Resource:
    """The person. Without a day of birth the summary says that it is not known (IPS: birthDate is required)."""
    name: Resource = {"use": "official", "text": f"{person.given_name} {person.family_name}".strip()}
    if person.family_name:
        name["family"] = person.family_name
    if person.given_name:
        name["given"] = person.given_name.split()
    found: Resource = {"resourceType": "Patient", "id": str(person.id), "name": [name]}
    if person.mrn:
        found["identifier"] = [
            {"use": "usual", "system": f"urn:uuid:{uuid5(NAMESPACE_URL, 'mrn')}", "value": person.mrn}
        ]
    if person.sex in ("male", "female", "other", "unknown"):
        found["gender"] = person.sex
    dated(found, "birthDate", person.birth_on.isoformat() if person.birth_on else None)
    telecom = [("phone", person.phone), ("email", person.email)]
    lines = [{"system": system, "value": value} for system, value in telecom if value]
    if lines:
        found["telecom"] = lines
    if person.address:
        found["address"] = [{"text": person.address}]
    if person.language:
        found["communication"] = [{"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": person.language}]}}]
    return found


def organization(key: object, name: str, phone: str) -> Resource:
    """The clinic that keeps the record."""
    uuid = str(uuid5(NAMESPACE_URL, str(key)))
    found: Resource = {"resourceType": "Organization", "id": uuid, "name": name}
    return {**found, **({"telecom": [{"system": "phone", "value": phone}]} if phone else {})}


def _base(kind: str, row: Any) -> Resource:
    return {"resourceType": kind, "id": str(row.id)}


def allergy(row: Any, who: UUID) -> Resource:
    found = _base("AllergyIntolerance", row)
    found["clinicalStatus"] = coded(
        ALLERGY, row.status if row.status in ("active", "inactive", "resolved") else "active"
    )
    if row.verification in ("unconfirmed", "confirmed"):
        found["verificationStatus"] = coded(ALLERGY_VERIFIED, row.verification)
    if row.category in ("food", "medication", "environment", "biologic"):
        found["category"] = [row.category]
    if row.criticality in ("low", "high", "unable-to-assess"):
        found["criticality"] = row.criticality
    found["code"] = concept(row.name, row.code, row.code_system)
    found["patient"] = ref(who)
    if when(row.happened):
        found["onsetDateTime"] = when(row.happened)
    if row.reaction:
        reaction: Resource = {"manifestation": [concept(row.reaction)]}
        if row.severity in ("mild", "moderate", "severe"):
            reaction["severity"] = row.severity
        found["reaction"] = [reaction]
    return found


def medicine(row: Any, who: UUID) -> Resource:
    found = _base("MedicationStatement", row)
    found["status"] = TAKING.get(row.status, "unknown")
    found["medicationCodeableConcept"] = concept(row.name, row.code, row.code_system)
    found["subject"] = ref(who)
    period: Resource = {}
    dated(period, "start", row.happened)
    if when(row.ended):
        period["end"] = when(row.ended)
    found["effectivePeriod"] = period
    if row.taking == "no" and found["status"] == "active":
        found["status"] = "not-taken"
    if row.kind == "reported":
        found["informationSource"] = ref(who)
    if row.purpose:
        found["reasonCode"] = [concept(row.purpose)]
    if row.sig:
        found["dosage"] = [{"text": row.sig}]
    return found


def problem(row: Any, who: UUID) -> Resource:
    found = _base("Condition", row)
    found["clinicalStatus"] = coded(CONDITION, row.status)
    found["code"] = concept(row.name, row.code, row.code_system)
    found["subject"] = ref(who)
    if when(row.happened):
        found["onsetDateTime"] = when(row.happened)
    return found


def procedure(row: Any, who: UUID) -> Resource:
    found = _base("Procedure", row)
    known = ("in-progress", "on-hold", "stopped", "completed", "unknown")
    found["status"] = row.status if row.status in known else "unknown"
    found["code"] = concept(row.name, row.code, row.code_system)
    found["subject"] = ref(who)
    dated(found, "performedDateTime", row.happened)
    return found


def immunization(row: Any, who: UUID) -> Resource:
    found = _base("Immunization", row)
    found["status"] = "completed"
    found["vaccineCode"] = concept(row.name, row.code, row.code_system)
    found["patient"] = ref(who)
    dated(found, "occurrenceDateTime", row.happened)
    return found


def _number(value: Decimal, decimals: int | None) -> float | int:
    whole = round(value, decimals) if decimals is not None else value
    return int(whole) if whole == whole.to_integral_value() else float(whole)


def _quantity(value: Decimal | float, unit: str | None, decimals: int | None = None) -> Resource:
    found: Resource = {"value": _number(Decimal(str(value)), decimals)}
    return {**found, **({"unit": unit, "system": UCUM, "code": unit} if unit else {})}


def observation(row: Any, who: UUID, performer: object) -> Resource:
    """A value, or a finding in words; of several parts (a blood pressure), its components."""
    found = _base("Observation", row)
    known = ("registered", "preliminary", "final", "amended", "corrected")
    found["status"] = row.status if row.status in known else "final"
    found["category"] = [coded(OBSERVATION, row.category)]
    found["code"] = concept(row.name, row.code, row.code_system)
    found["subject"] = ref(who)
    found["effectiveDateTime"] = instant(row.effective_at)
    found["performer"] = [ref(performer)]
    if row.value is not None:
        quantity = _quantity(row.value, row.unit, row.decimals)
        if row.comparator in ("<", "<=", ">=", ">"):
            quantity["comparator"] = row.comparator
        found["valueQuantity"] = quantity
    elif row.components:
        found["component"] = [_component(one) for one in row.components]
    elif row.value_text:
        found["valueString"] = row.value_text
    else:
        found["dataAbsentReason"] = coded("http://terminology.hl7.org/CodeSystem/data-absent-reason", "unknown")
    limits = {"low": row.low, "high": row.high}
    around: Resource = {name: _quantity(value, row.unit) for name, value in limits.items() if value is not None}
    if row.range_text:
        around["text"] = row.range_text
    if around:
        found["referenceRange"] = [around]
    return found


def _component(one: Resource) -> Resource:
    found: Resource = {"code": concept(one.get("name") or "?", one.get("code"), "http://loinc.org")}
    if one.get("value") is not None:
        found["valueQuantity"] = _quantity(one["value"], one.get("unit"))
    elif one.get("text"):
        found["valueString"] = str(one["text"])
    return found


def care_plan(row: Any, who: UUID) -> Resource:
    found = _base("CarePlan", row)
    known = ("draft", "active", "on-hold", "completed")
    found |= {"status": row.status if row.status in known else "unknown", "intent": "plan", "title": row.name}
    found["subject"] = ref(who)
    if when(row.happened):
        found["period"] = {"start": when(row.happened)}
    return found


def device_use(row: Any, who: UUID) -> Resource:
    """Something implanted or in use, as a procedure that put it there is not always known: the use of a device."""
    found = _base("DeviceUseStatement", row)
    found |= {"status": "active" if row.status == "active" else "completed", "subject": ref(who)}
    dated(found, "timingDateTime", row.happened)
    found["device"] = {"display": row.name}
    return found
