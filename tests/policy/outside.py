"""Papers from elsewhere of the patient in access.csv: their own, one of a caregiver, a sensitive one, and lines."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from portal.models import OutsideLine, OutsidePaper

NOTHING = bytes(32)


def add_outside(clinic: Any) -> None:
    """One of each; the lines are of the patient's own paper."""
    patient = {"patient_id": clinic.patient.id}
    own, trusted = clinic.actors["patient"].account_id, clinic.actors["trusted"].account_id
    for label, account, sensitivity in (("", own, None), (" of trusted", trusted, None), (" sensitive", own, "PSY")):
        paper = OutsidePaper(
            **patient, kind="ccda", name=b"", facts=b"", media_type="text/xml", size=1, digest=NOTHING, state="matched",
            sensitivity=sensitivity, account_id=account, once=uuid4(), made_at=clinic.now,
        )  # fmt: skip
        clinic.rows["outside_paper" + label] = clinic._add(paper).id
    lines = (
        ("", "conditions", "record_basic", None),
        (" medicine", "medicines", "meds_view", None),
        (" sensitive", "conditions", "record_basic", "PSY"),
    )
    for number, (label, part, scope, sensitivity) in enumerate(lines):
        line = OutsideLine(
            **patient, paper_id=clinic.rows["outside_paper"], number=number, part=part, scope=scope,
            sensitivity=sensitivity, identity=NOTHING, words=b"", state="waiting",
        )  # fmt: skip
        clinic.rows["outside_line" + label] = clinic._add(line).id
