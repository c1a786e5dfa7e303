"""Sample bundles made ready for the clinic: dates shifted, and the clinic's own staff and orders beside them."""

from __future__ import annotations

import gzip
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from portal.demo.access import child_bundle
from portal.demo.clinic_bundle import clinic_bundle, put, staff_bundle
from portal.demo.roster import GLEASON, MARGERY, OKAFOR, PATIENTS, SUPPLEMENT, SUPPLEMENT_AS_OF
from portal.demo.shifting import shift

SAMPLES = Path(__file__).parent / "bundles"
BMP_CODE = "51990-0"
ORDER = "demo-bmp-order"


def _read(name: str) -> dict[str, Any]:
    with gzip.open(SAMPLES / f"{name}.json.gz", "rt", encoding="utf-8") as file:
        bundle: dict[str, Any] = json.load(file)
    return bundle


def write_all(folder: Path, today: date, zone: ZoneInfo) -> list[Path]:
    """Write the bundles of the demo clinic, dated around `today`, and return them in the order to import."""
    paths = [_write(folder / "00-staff.json", staff_bundle())]
    for patient in PATIENTS:
        by = today - timedelta(days=patient.days_ago) - date.fromisoformat(patient.newest)
        bundle = _at_this_clinic(_read(patient.file), patient.was_seen_by)
        paths.append(_write(folder / f"{patient.file}.json", shift(bundle, by)))
    supplement = shift(_read(SUPPLEMENT), today - date.fromisoformat(SUPPLEMENT_AS_OF))
    paths.append(_write(folder / f"{SUPPLEMENT}.json", _with_order(supplement)))
    paths.append(_write(folder / "95-child.json", child_bundle(today)))
    paths.append(_write(folder / "99-clinic.json", clinic_bundle(today, zone)))
    return paths


def _write(path: Path, bundle: dict[str, Any]) -> Path:
    path.write_text(json.dumps(bundle), encoding="utf-8")
    return path


def _at_this_clinic(bundle: dict[str, Any], doctors: tuple[str, ...]) -> dict[str, Any]:
    """The same bundle with the clinic's own doctor in the place of those of the sample."""
    if not doctors:
        return bundle
    text = json.dumps(bundle)
    for doctor in doctors:
        text = text.replace(doctor, GLEASON)
    moved: dict[str, Any] = json.loads(text)
    others = [e for e in moved["entry"] if e["resource"]["resourceType"] != "Practitioner"]
    own = next(e for e in _read(MARGERY)["entry"] if e["resource"].get("id") == GLEASON)
    return {**moved, "entry": [own, *others]}


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
    return {**supplement, "entry": [put(order), *supplement["entry"]]}
