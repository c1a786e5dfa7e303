"""Documents for tests: the samples with another person in their header, and small ones made by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.support import canary

SAMPLES = Path(__file__).parent / "samples"
NAMES = ("ccd", "consultation-note", "discharge-summary", "referral-note")
BIRTH = "1950-04-12"


def sample(name: str) -> bytes:
    """A sample as it is."""
    return (SAMPLES / f"{name}.xml").read_bytes()


def about(name: str = "consultation-note", *, given: str = canary.given, family: str = canary.family,
          birth: str = BIRTH, phone: str = "555-0142", sex: str = "F",
          street: str = "1 River Road") -> bytes:  # fmt: skip
    """A sample of which the patient is somebody else: by default the one that factories make."""
    text = sample(name).decode()
    start, end = text.index("<recordTarget>"), text.index("</recordTarget>")
    header = f"""<recordTarget><patientRole><id root="2.16.840.1.113883.19.5" extension="x1"/>
      <addr><streetAddressLine>{street}</streetAddressLine><city>Oldtown</city></addr>
      <telecom value="tel:{phone}"/><patient><name use="L"><given>{given}</given><family>{family}</family></name>
      <administrativeGenderCode code="{sex}" codeSystem="2.16.840.1.113883.5.1"/>
      <birthTime value="{birth.replace("-", "")}"/></patient></patientRole>"""
    return (text[:start] + header + text[end:]).encode()


def bundle(*resources: dict[str, Any], given: str = canary.given, family: str = canary.family, birth: str = BIRTH,
           phone: str = "555-0142", **more: Any) -> dict[str, Any]:  # fmt: skip
    """A FHIR Bundle of a person and what is said about them."""
    patient = {
        "resourceType": "Patient",
        "id": "p1",
        "name": [{"family": family, "given": [given]}],
        "gender": "female",
        "birthDate": birth,
        "telecom": [{"system": "phone", "value": phone}],
    }
    entries = [patient, *({"subject": {"reference": "Patient/p1"}, **one} for one in resources)]
    for one in entries:
        if one["resourceType"] in ("AllergyIntolerance", "Immunization") and "subject" in one:
            one["patient"] = one.pop("subject")
    named = [{"fullUrl": f"http://else.example/{one['resourceType']}/{one['id']}", "resource": one} for one in entries]
    return {"resourceType": "Bundle", "type": "collection", "entry": named, **more}


def as_bytes(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode()


def condition(name: str = "Asthma", code: str = "195967001", **more: Any) -> dict[str, Any]:
    concept = {"coding": [{"system": "http://snomed.info/sct", "code": code}], "text": name}
    active = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]}
    return {"resourceType": "Condition", "id": f"c{code}", "code": concept, "clinicalStatus": active, **more}


def allergy(name: str = "Codeine", code: str = "2670", **more: Any) -> dict[str, Any]:
    rxnorm = "http://www.nlm.nih.gov/research/umls/rxnorm"
    concept = {"coding": [{"system": rxnorm, "code": code}], "text": name}
    return {"resourceType": "AllergyIntolerance", "id": f"a{code}", "code": concept, **more}


def medicine(name: str = "Metformin 500 MG Oral Tablet", how: str = "Take 1 tablet twice a day", code: str = "861007",
             **more: Any) -> dict[str, Any]:  # fmt: skip
    rxnorm = "http://www.nlm.nih.gov/research/umls/rxnorm"
    concept = {"coding": [{"system": rxnorm, "code": code}], "text": name}
    return {
        "resourceType": "MedicationStatement", "id": f"m{code}", "status": "active",
        "medicationCodeableConcept": concept, "dosage": [{"text": how}], **more,
    }  # fmt: skip


def vaccine(name: str = "Influenza, seasonal", code: str = "141", **more: Any) -> dict[str, Any]:
    concept = {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": code}], "text": name}
    return {
        "resourceType": "Immunization", "id": f"i{code}", "status": "completed", "vaccineCode": concept,
        "occurrenceDateTime": "2024-10-01", **more,
    }  # fmt: skip


PDF = (
    b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\n"
    b"endobj\nxref\n0 3\n0000000000 65535 f \ntrailer\n<< /Root 1 0 R /Size 3 >>\nstartxref\n9\n%%EOF\n"
)
