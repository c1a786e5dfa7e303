"""What the clinic itself adds to the samples, as FHIR: staff, visits, a run of one laboratory value. Invented."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from portal.demo.roster import GLEASON, MARGERY, OKAFOR, PATIENTS, STAFF
from portal.infra.dates import next_business_day

PLACE = {"resourceType": "Location", "id": "demo-clinic", "status": "active", "name": "Riverside, 2nd floor"}

# patient file, practitioner, what, days from today, hour, minute, status
VISITS = (
    (MARGERY, GLEASON, "Primary care visit", 1, 9, 30, "booked"),
    (MARGERY, "demo-osei", "Diabetes check", 23, 14, 0, "booked"),
    ("02-synthea-thanh-mosciski", OKAFOR, "Heart failure visit", 3, 11, 0, "booked"),
    ("02-synthea-thanh-mosciski", "demo-chen", "Kidney care visit", -16, 10, 0, "fulfilled"),
    ("04-synthea-mariana-acuna", GLEASON, "Primary care visit", 2, 15, 30, "booked"),
    ("05-synthea-dirk-kuhlman", "demo-osei", "Diabetes check", 6, 8, 30, "booked"),
    ("05-synthea-dirk-kuhlman", "demo-chen", "Kidney care visit", 13, 13, 0, "booked"),
    ("07-clinosim-brooks-heart-failure-readmitted", OKAFOR, "Heart failure visit", 1, 10, 30, "booked"),
    ("07-clinosim-brooks-heart-failure-readmitted", OKAFOR, "Heart failure visit", -9, 10, 30, "fulfilled"),
    ("08-clinosim-garcia-dka-admission", "demo-osei", "Diabetes check", 4, 9, 0, "booked"),
)

# days ago, potassium in mmol/L, creatinine in mg/dL: how the values came to where the supplement finds them
EARLIER_PANELS = (
    (820, "4.4", "0.9"),
    (640, "4.6", "0.9"),
    (430, "4.5", "1.0"),
    (290, "4.9", "1.0"),
    (130, "5.1", "1.1"),
)


def put(resource: dict[str, Any]) -> dict[str, Any]:
    """A bundle entry that stores the resource under its own id."""
    kind, key = resource["resourceType"], resource["id"]
    return {
        "fullUrl": f"http://demo.example/fhir/{kind}/{key}",
        "resource": resource,
        "request": {"method": "PUT", "url": f"{kind}/{key}"},
    }


def _bundle(resources: list[dict[str, Any]]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "transaction", "entry": [put(resource) for resource in resources]}


def staff_bundle() -> dict[str, Any]:
    """The invented staff as FHIR Practitioners; those the samples bring are not repeated."""
    resources = []
    for member in STAFF:
        if not member.key.startswith("demo-"):
            continue
        bare, _, suffix = member.name.partition(", ")
        words = bare.removeprefix("Dr. ").split()
        name: dict[str, Any] = {"family": words[-1], "given": words[:-1]}
        if bare.startswith("Dr. "):
            name["prefix"] = ["Dr."]
        if suffix:
            name["suffix"] = [suffix]
        resources.append({"resourceType": "Practitioner", "id": member.key, "active": True, "name": [name]})
    return _bundle(resources)


def clinic_bundle(today: date, zone: ZoneInfo) -> dict[str, Any]:
    """Visits around `today` for every patient, on days the clinic is open, and Margery Gibson's earlier panels."""
    return _bundle([PLACE, *_visits(today, zone), *_panels(today, zone)])


def _subject(file: str) -> dict[str, str]:
    return {"reference": "Patient/" + next(patient.fhir_id for patient in PATIENTS if patient.file == file)}


def _visits(today: date, zone: ZoneInfo) -> list[dict[str, Any]]:
    found = []
    for number, (file, doctor, what, days, hour, minute, status) in enumerate(VISITS):
        day = next_business_day(today + timedelta(days=days))
        at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).isoformat()
        actors = (_subject(file), {"reference": f"Practitioner/{doctor}"})
        place = {"reference": "Location/demo-clinic", "display": PLACE["name"]}
        found.append(
            {
                "resourceType": "Appointment",
                "id": f"demo-visit-{number}",
                "status": status,
                "description": what,
                "start": at,
                "minutesDuration": 30,
                "participant": [{"actor": actor, "status": "accepted"} for actor in (*actors, place)],
            }
        )
    return found


def _panels(today: date, zone: ZoneInfo) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for number, (days, potassium, creatinine) in enumerate(EARLIER_PANELS):
        day = today - timedelta(days=days)
        at = datetime(day.year, day.month, day.day, 7, 40, tzinfo=zone).isoformat()
        values = (
            ("k", "2823-3", "Potassium [Moles/volume] in Serum or Plasma", potassium, "mmol/L", "3.5", "5.1"),
            ("cr", "2160-0", "Creatinine [Mass/volume] in Serum or Plasma", creatinine, "mg/dL", "0.5", "1.1"),
        )
        found += [_value(f"demo-{key}-{number}", at, *rest) for key, *rest in values]
        found.append(
            {
                **_about_margery("DiagnosticReport", f"demo-bmp-{number}", at),
                "category": [{"coding": [_coding("http://terminology.hl7.org/CodeSystem/v2-0074", "LAB")]}],
                "code": {"coding": [_coding("http://loinc.org", "51990-0")], "text": "Basic metabolic panel - Blood"},
                "performer": [{"reference": f"Practitioner/{GLEASON}"}],
                "result": [{"reference": f"Observation/demo-{key}-{number}"} for key, *_ in values],
            }
        )
    return found


def _value(key: str, at: str, code: str, name: str, value: str, unit: str, low: str, high: str) -> dict[str, Any]:
    def quantity(number: str) -> dict[str, Any]:
        return {"value": float(number), "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}

    category = _coding("http://terminology.hl7.org/CodeSystem/observation-category", "laboratory")
    return {
        **_about_margery("Observation", key, at),
        "category": [{"coding": [category]}],
        "code": {"coding": [_coding("http://loinc.org", code)], "text": name},
        "valueQuantity": quantity(value),
        "referenceRange": [{"low": quantity(low), "high": quantity(high)}],
    }


def _about_margery(kind: str, key: str, at: str) -> dict[str, Any]:
    return {
        "resourceType": kind,
        "id": key,
        "status": "final",
        "subject": _subject(MARGERY),
        "effectiveDateTime": at,
        "issued": at,
    }


def _coding(system: str, code: str) -> dict[str, str]:
    return {"system": system, "code": code}
