"""FHIR R4 bundles in the manner of US Core, made up from a seed: one patient each, in a transaction Bundle."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from benchmarks.dataset import ANALYTES, FAMILY, GIVEN, SEED

LOINC, SNOMED, RXNORM = "http://loinc.org", "http://snomed.info/sct", "http://www.nlm.nih.gov/research/umls/rxnorm"
PROBLEMS = (("38341003", "Hypertension"), ("44054006", "Diabetes mellitus type 2"), ("55822004", "Hyperlipidemia"))
MEDICINES = (("314076", "lisinopril 10 MG Oral Tablet"), ("860975", "metformin 500 MG Oral Tablet"))
VISITS, VALUES = 6, 5


def write(folder: Path, count: int, seed: int = SEED) -> int:
    """Write `count` bundles as files; returns how many resources there are in all."""
    folder.mkdir(parents=True, exist_ok=True)
    total = 0
    for number in range(count):
        bundle = make(random.Random(f"bundle {seed} {number}"), number)
        total += len(bundle["entry"])
        (folder / f"seed{seed}-{number:04d}.json").write_text(json.dumps(bundle))
    return total


def make(chance: random.Random, number: int) -> dict[str, Any]:
    """One patient with visits, each with a panel of values, problems, medicines and vaccines."""
    entries: list[dict[str, Any]] = []

    def put(resource_type: str, **fields: Any) -> str:
        key = str(UUID(int=chance.getrandbits(128), version=4))
        resource = {"resourceType": resource_type, "id": key, **fields}
        request = {"method": "POST", "url": resource_type}
        entries.append({"fullUrl": f"urn:uuid:{key}", "resource": resource, "request": request})
        return f"urn:uuid:{key}"

    def coded(system: str, code: str, text: str) -> dict[str, Any]:
        return {"coding": [{"system": system, "code": code, "display": text}], "text": text}

    doctor = put("Practitioner", name=[{"family": chance.choice(FAMILY), "given": [chance.choice(GIVEN)]}], active=True)
    patient = put(
        "Patient", name=[{"family": chance.choice(FAMILY), "given": [chance.choice(GIVEN)]}], gender="female",
        birthDate=f"{chance.randint(1940, 2005)}-0{chance.randint(1, 9)}-1{chance.randint(0, 9)}",
        identifier=[{"system": "urn:example:mrn", "value": f"B{number:06d}"}],
    )  # fmt: skip
    subject, by = {"reference": patient}, {"reference": doctor}
    active = coded("http://terminology.hl7.org/CodeSystem/condition-clinical", "active", "Active")
    for code, name in PROBLEMS:
        put(
            "Condition",
            subject=subject,
            code=coded(SNOMED, code, name),
            clinicalStatus=active,
            onsetDateTime="2019-04-02",
        )
    for code, name in MEDICINES:
        put("MedicationRequest", subject=subject, status="active", intent="order", requester=by, authoredOn="2024-05-01",
            medicationCodeableConcept=coded(RXNORM, code, name), dosageInstruction=[{"text": "1 tablet daily"}])  # fmt: skip
    put("Immunization", patient=subject, status="completed", occurrenceDateTime="2024-10-01",
        vaccineCode=coded("http://hl7.org/fhir/sid/cvx", "140", "Influenza, seasonal"))  # fmt: skip
    for visit in range(VISITS):
        day = date(2024, 1, 8) + timedelta(days=90 * visit + chance.randint(0, 9))
        at = f"{day.isoformat()}T10:00:00-05:00"
        met = put("Encounter", status="finished", subject=subject, type=[coded(SNOMED, "185349003", "Check up")],
                  **{"class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}},
                  period={"start": at, "end": at}, participant=[{"individual": by}])  # fmt: skip
        found = [
            put("Observation", status="final", subject=subject, encounter={"reference": met}, effectiveDateTime=at,
                category=[coded("http://terminology.hl7.org/CodeSystem/observation-category", "laboratory", "Laboratory")],
                code=coded(LOINC, code, name),
                valueQuantity={"value": round(chance.uniform(low, high), 1), "unit": unit, "code": unit,
                               "system": "http://unitsofmeasure.org"},
                referenceRange=[{"low": {"value": low, "unit": unit}, "high": {"value": high, "unit": unit}}])
            for code, name, unit, low, high in ANALYTES
        ]  # fmt: skip
        put("DiagnosticReport", status="final", subject=subject, code=coded(LOINC, "24323-8", "Metabolic panel"),
            effectiveDateTime=at, issued=at, result=[{"reference": each} for each in found],
            category=[coded("http://terminology.hl7.org/CodeSystem/v2-0074", "LAB", "Laboratory")])  # fmt: skip
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}
