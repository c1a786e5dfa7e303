"""Results the patient of access.csv waits for: a wish, what was ordered, and what is held back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from portal.models import OrderedTest, Report, Result, ResultHold, ResultWish


def add_waiting(clinic: Any) -> None:
    """A wish; a hold the patient asked for, plain and sensitive; one that prevents harm; an order."""
    patient = {"patient_id": clinic.patient.id}
    own = clinic.actors["patient"].account_id
    wish = ResultWish(**patient, category="laboratory", days=3, set_by_id=own, set_at=clinic.now)
    clinic.rows["result_wish"] = clinic._add(wish).id
    soon = clinic.now + timedelta(hours=1)
    for label, until in (
        (" held", {"held_until": soon}),
        (" no longer held", {"held_until": clinic.now, "kept_until": clinic.now}),
        (" kept", {"kept_until": soon}),
    ):
        result = {**patient, "name": "x", "status": "final", "category": "laboratory", "effective_at": clinic.now}
        result |= {"released_at": clinic.now, **until}
        clinic.rows["result" + label] = clinic._add(Result(components=[], **result)).id
        clinic.rows["report" + label] = clinic._add(Report(**result)).id
    common = {**patient, "category": "laboratory", "made_at": clinic.now, "until": clinic.now + timedelta(days=3)}
    for label, kind, sensitivity in (("", "asked", None), (" sensitive", "asked", "PSY"), (" of harm", "harm", None)):
        report = "report later" if sensitivity else "report held"
        hold = ResultHold(**common, kind=kind, sensitivity=sensitivity, report_id=clinic.rows[report])
        clinic.rows["result_hold" + label] = clinic._add(hold).id
    for label, sensitivity in (("", None), (" sensitive", "PSY")):
        order = OrderedTest(
            **patient, name="x", status="active", category="laboratory", ordered_at=clinic.now, sensitivity=sensitivity
        )
        clinic.rows["ordered_test" + label] = clinic._add(order).id
