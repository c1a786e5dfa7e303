"""Sample bundles made ready for the clinic: dates shifted, and the clinic's own staff and orders beside them."""

from __future__ import annotations

import gzip
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from portal.demo.roster import OKAFOR, PATIENTS, STAFF, SUPPLEMENT, SUPPLEMENT_AS_OF
from portal.demo.shifting import shift

SAMPLES = Path(__file__).parent / "bundles"
BMP_CODE = "51990-0"
ORDER = "demo-bmp-order"


def _read(name: str) -> dict[str, Any]:
    with gzip.open(SAMPLES / f"{name}.json.gz", "rt", encoding="utf-8") as file:
        bundle: dict[str, Any] = json.load(file)
    return bundle


def write_all(folder: Path, today: date) -> list[Path]:
    """Write the bundles of the demo clinic, dated around `today`, and return them in the order to import."""
    paths = [_write(folder / "00-staff.json", _staff_bundle())]
    for patient in PATIENTS:
        by = today - timedelta(days=patient.days_ago) - date.fromisoformat(patient.newest)
        paths.append(_write(folder / f"{patient.file}.json", shift(_read(patient.file), by)))
    supplement = shift(_read(SUPPLEMENT), today - date.fromisoformat(SUPPLEMENT_AS_OF))
    paths.append(_write(folder / f"{SUPPLEMENT}.json", _with_order(supplement)))
    return paths


def _write(path: Path, bundle: dict[str, Any]) -> Path:
    path.write_text(json.dumps(bundle), encoding="utf-8")
    return path


def _put(resource: dict[str, Any]) -> dict[str, Any]:
    kind, key = resource["resourceType"], resource["id"]
    return {
        "fullUrl": f"http://demo.example/fhir/{kind}/{key}",
        "resource": resource,
        "request": {"method": "PUT", "url": f"{kind}/{key}"},
    }


def _staff_bundle() -> dict[str, Any]:
    """The invented staff as FHIR Practitioners; those the samples bring are not repeated."""
    entries = []
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
        entries.append(_put({"resourceType": "Practitioner", "id": member.key, "active": True, "name": [name]}))
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def _with_order(supplement: dict[str, Any]) -> dict[str, Any]:
    """The supplement's basic metabolic panels, with the order they lack: the cardiologist asked for them."""
    subject = None
    for entry in supplement["entry"]:
        resource = entry["resource"]
        codes = [c.get("code") for c in resource.get("code", {}).get("coding", [])]
        if resource["resourceType"] == "DiagnosticReport" and BMP_CODE in codes:
            resource["basedOn"] = [{"reference": f"ServiceRequest/{ORDER}"}]
            subject, ordered = resource["subject"], resource["effectiveDateTime"]
    order = {
        "resourceType": "ServiceRequest",
        "id": ORDER,
        "status": "active",
        "intent": "order",
        "category": [{"coding": [{"system": "http://snomed.info/sct", "code": "108252007"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": BMP_CODE}], "text": "Basic metabolic panel"},
        "subject": subject,
        "authoredOn": ordered,
        "requester": {"reference": f"Practitioner/{OKAFOR}"},
    }
    return {**supplement, "entry": [_put(order), *supplement["entry"]]}
