"""A plausible record around a message of the corpus, so that the rules see in training what they see at work."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from portal.messaging.routing.confidences import revealed_by
from portal.messaging.routing.context import (
    Appointment,
    Context,
    Liaison,
    Medication,
    Member,
    Referral,
    Relative,
    Result,
)
from portal.messaging.routing.medicines import names_unlisted
from portal.messaging.routing.text import Text, flatten
from portal.messaging.routing.training.corpus import Example

NOW = datetime(2026, 4, 14, 10)  # noqa: DTZ001 - the local time of the clinic, as in every context
_RESULTS = (
    ("Hemoglobin A1c", "lab"), ("Lipid panel", "lab"), ("Complete blood count", "lab"), ("Basic metabolic panel", "lab"),  # noqa: E501
    ("TSH", "lab"), ("INR", "lab"), ("Urinalysis", "lab"), ("Liver panel", "lab"), ("BNP", "lab"), ("Vitamin D", "lab"),
    ("Ferritin", "lab"), ("Potassium", "lab"), ("PSA", "lab"), ("Chest x-ray", "imaging"), ("MRI brain", "imaging"),
    ("CT abdomen", "imaging"), ("Mammogram", "imaging"), ("Echocardiogram", "imaging"),
    ("DEXA bone density", "imaging"), ("Skin biopsy", "pathology"), ("Pap smear", "pathology"),
    ("BRCA genetic panel", "genetic"),
)  # fmt: skip
_VISITS = ((-200, "primary care visit", "dr_a", "completed"), (-12, "cardiology follow-up", "dr_b", "completed"),
           (9, "primary care visit", "dr_a", "upcoming"), (20, "colonoscopy", "dr_c", "upcoming"))  # fmt: skip
_TEAM = (
    Member("dr_a", "Dr. Ann Alder", "pcp", "pool:primary_care"),
    Member("dr_b", "Dr. Bo Birch", "cardiologist", "pool:cardiology"),
    Member("dr_c", "Dr. Cy Cedar", "gastroenterologist", "pool:gi"),
    Member("cm", "Dee Dogwood", "care manager", "pool:care_management"),
)
_SCOPES = frozenset({"results", "medications", "clinical", "appointments", "care_coordination", "billing", "records"})


def _medicine(name: str, example: Example) -> Medication:
    """A medicine of the list; one that reveals by its kind bears the mark the clinic's record would bear."""
    kinds = revealed_by({flatten(name).split()[0]} if flatten(name).split() else set())
    return Medication(
        name, "dr_a", sensitive=example.sensitive if "sensitive" in name or example.sensitive in kinds else None
    )


def chart(example: Example) -> Context:
    """The record a message was written about. Where its author gave only the facts that the label depends on: these,
    the medicines the message names, and an ordinary record around them.
    """
    if example.context is not None:
        return example.context
    text = Text.of(example.subject, example.text)
    said = " ".join(example.medications).lower()
    named = [name for name in sorted(names_unlisted(text)) if name not in said]
    return Context(
        context_id=example.id,
        as_of=NOW,
        patient_name="Pat Doe",
        conditions=example.conditions,
        care_team=_TEAM,
        pcp="dr_a",
        care_manager="cm",
        liaison=Liaison("li", "Lee Doe", "daughter", True, _SCOPES),
        family=(Relative("fam", "Fay Doe", "sister"),),
        medications=tuple(_medicine(name, example) for name in (*example.medications, *named)),
        results=tuple(Result(name, kind, "dr_a", date(2026, 4, 9), "final") for name, kind in _RESULTS),
        appointments=tuple(
            Appointment(NOW.date() + timedelta(days), kind, who, status) for days, kind, who, status in _VISITS
        ),
        referrals=(
            Referral("ophthalmology", "dr_a", "pending", date(2026, 4, 2)),
            Referral("physical therapy", "dr_a", "pending", date(2026, 4, 2)),
        ),
    )
