"""Further parts of the record of the patient in access.csv, with a check and a request to amend."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from portal.models import (
    AdvanceDirective,
    Coverage,
    Device,
    EmergencyContact,
    FamilyHistory,
    ImagingStudy,
    RecordAmendment,
    RecordCheck,
    RecordSeen,
)


def add_records(clinic: Any) -> None:
    """One row of each part, plain and of a sensitive category; a check; requests owned by the pool and by a doctor."""
    patient = {"patient_id": clinic.patient.id}
    own = clinic.actors["patient"].account_id
    for model in (AdvanceDirective, Coverage, Device, EmergencyContact, FamilyHistory, ImagingStudy):
        for label, sensitivity in (("", None), (" sensitive", "PSY")):
            more = {"conditions": []} if model is FamilyHistory else {}
            row = model(**patient, name="x", status="active", sensitivity=sensitivity, **more)
            clinic.rows[model.__tablename__ + label] = clinic._add(row).id
    check = RecordCheck(**patient, part="allergies", account_id=own, checked_at=clinic.now, lines=[])
    clinic.rows["record_check"] = clinic._add(check).id
    seen = RecordSeen(**patient, part="allergies", account_id=own, seen_at=clinic.now)
    clinic.rows["record_seen"] = clinic._add(seen).id
    asked = {"part": "allergies", "wrong": b"", "asked_by_id": own, "asked_at": clinic.now}
    due = {"due_at": clinic.now + timedelta(days=60)}
    doctor = clinic.actors["team_doctor"].practitioner_id
    for label, more in (
        ("", {"owner_pool_id": clinic.pool.id}),
        (" sensitive", {"owner_practitioner_id": doctor, "sensitivity": "PSY"}),
    ):
        row = RecordAmendment(**patient, **asked, **due, **more)
        clinic.rows["record_amendment" + label] = clinic._add(row).id
