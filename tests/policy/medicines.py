"""The list of medicines of the patient in access.csv: reports, a stamp, a renewal, a check-in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from portal.models import MedicineCheckIn, MedicineFlagAnswer, MedicineRenewal, MedicineReport, MedicineStamp


def add_medicines(clinic: Any) -> None:
    """A report each that is plain, of a sensitive category, private, and of a caregiver; one row of everything else."""
    patient = {"patient_id": clinic.patient.id}
    own, trusted = clinic.actors["patient"].account_id, clinic.actors["trusted"].account_id
    liaison = clinic.actors["liaison"].account_id
    told = {"kind": "add", "sort": "otc", "words": b"", "made_at": clinic.now}
    for label, more in (
        ("", {"account_id": own}),
        (" sensitive", {"account_id": own, "sensitivity": "PSY"}),
        (" private", {"account_id": own, "is_private": True}),
        (" of liaison", {"account_id": liaison, "sensitivity": "PSY"}),
        (" of trusted", {"account_id": trusted}),
    ):
        row = MedicineReport(**patient, **told, **more, once=uuid4())
        clinic.rows["medicine_report" + label] = clinic._add(row).id
    stamp = MedicineStamp(
        **patient, kind="confirmed", sources=["patient"], account_id=own, made_at=clinic.now, once=uuid4()
    )
    clinic.rows["medicine_stamp"] = clinic._add(stamp).id
    for label, sensitivity in (("", None), (" sensitive", "PSY")):
        renewal = MedicineRenewal(
            **patient,
            medication_id=clinic.rows["medication" + label],
            sensitivity=sensitivity,
            thread_id=clinic.rows["thread"],
            words=b"",
            account_id=own,
            asked_at=clinic.now,
            changed_at=clinic.now,
            expires_at=clinic.now + timedelta(days=9),
            once=uuid4(),
        )
        clinic.rows["medicine_renewal" + label] = clinic._add(renewal).id
        check_in = MedicineCheckIn(
            **patient,
            line_key=clinic.rows["medication" + label],
            sensitivity=sensitivity,
            taken_on=clinic.now.date(),
            slot="morning",
            state="taken",
            account_id=own,
            made_at=clinic.now,
        )
        clinic.rows["medicine_check_in" + label] = clinic._add(check_in).id
    answer = MedicineFlagAnswer(
        **patient, flag=b"0" * 32, how="seen", account_id=clinic.actors["team_doctor"].account_id, made_at=clinic.now
    )
    clinic.rows["medicine_flag_answer"] = clinic._add(answer).id
