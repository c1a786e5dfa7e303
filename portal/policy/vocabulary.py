"""One vocabulary of what a caregiver may be given (domain.md 8.1), and the router's families of it (TAXONOMY.md 5)."""

from __future__ import annotations

from collections.abc import Iterable

SCOPES = (
    "record_basic",
    "meds_view",
    "meds_edit",
    "results",
    "notes",
    "documents",
    "appointments_view",
    "appointments_manage",
    "messages_read",
    "messages_send",
    "care_plan_view",
    "care_plan_edit",
    "forms",
    "refills",
    "billing",
    "binder_export",
    "share_link",
)

# HL7 ActCode sensitivity codes of each category the router names. `abuse` (SDV) is never granted to anyone.
CATEGORY_CODES = {
    "sexual_health": frozenset({"HIV", "STD", "SEX"}),
    "mental_health": frozenset({"PSY"}),
    "substance_use": frozenset({"ETH"}),
    "abuse": frozenset({"SDV"}),
}
NEVER_GRANTED = frozenset({"SDV", "abuse"})
CODE_CATEGORY = {code: category for category, codes in CATEGORY_CODES.items() for code in codes}

# What a parent of a child gets beside the scopes, and what is left of it all from the age of 12 (PRX-8).
CHILD_BASIC = "child_basic"  # allergies and immunizations
OF_YOUNG_PEOPLE = frozenset({CHILD_BASIC, "appointments_view", "forms", "billing"})

# The router's scope families, and the scopes that make up each.
FAMILIES = {
    "results": frozenset({"results"}),
    "medications": frozenset({"meds_view"}),
    "clinical": frozenset({"record_basic", "messages_read"}),
    "appointments": frozenset({"appointments_view"}),
    "care_coordination": frozenset({"care_plan_view"}),
    "billing": frozenset({"billing"}),
    "records": frozenset({"documents"}),
}

# What a thread needs of a caregiver's grant, by its topic. Topics not listed need no scope.
TOPIC_FAMILY = {
    "test_result": "results",
    "medication_refill": "medications",
    "medication_question": "medications",
    "new_symptom": "clinical",
    "follow_up_symptom": "clinical",
    "appointment_scheduling": "appointments",
    "appointment_question": "appointments",
    "care_coordination": "care_coordination",
    "referral": "care_coordination",
    "forms_paperwork": "care_coordination",
    "billing_insurance": "billing",
    "records_request": "records",
}
THREAD_SCOPE = {family: next(iter(scopes)) if len(scopes) == 1 else family for family, scopes in FAMILIES.items()}


def families(scopes: Iterable[str]) -> list[str]:
    """The router's view of a grant: families held whole, and `sensitive:<category>` where all its codes are."""
    held = set(scopes)
    found = [family for family, needed in FAMILIES.items() if needed <= held]
    for category, codes in CATEGORY_CODES.items():
        if category not in NEVER_GRANTED and {f"sensitive:{code}" for code in codes} <= held:
            found.append(f"sensitive:{category}")
    return found


def stored(scopes: Iterable[str]) -> set[str]:
    """The rows a grant is stored as: its scopes, and the families they complete, so that SQL asks for one row.

    Never stores what is never granted.
    """
    held = {scope for scope in scopes if scope.removeprefix("sensitive:") not in NEVER_GRANTED}
    whole = {name for name in families(held) if name == "clinical" or name.startswith("sensitive:")}
    return held | whole


# Scheduling is their work: they see and book visits of everybody (domain.md 13a).
SCHEDULERS = ("front_desk", "care_manager")
