"""When a result may be seen, and when the portal asks first whether it should be shown now. Pure (RES-1, RES-4)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

NEVER = frozenset({"entered-in-error", "cancelled", "registered", "unknown"})
PRELIMINARY = frozenset({"preliminary", "partial"})
CORRECTED = frozenset({"corrected", "amended", "appended"})


def is_released(status: str, released_at: datetime | None, now: datetime) -> bool:
    """Whether patient and caregivers may see it: released, and something somebody stands by."""
    return status not in NEVER and released_at is not None and released_at <= now


class State(StrEnum):
    """What is said beside a value that is not simply final."""

    FINAL = "final"
    PRELIMINARY = "preliminary"
    CORRECTED = "corrected"

    @classmethod
    def of(cls, status: str) -> State:
        if status in PRELIMINARY:
            return cls.PRELIMINARY
        return cls.CORRECTED if status in CORRECTED else cls.FINAL


class Pause(StrEnum):
    """The kinds of results that are opened only after a choice, made each time."""

    TISSUE = "tissue"
    GENETIC = "genetic"
    HIV = "hiv"
    INFECTION = "infection"
    REPRODUCTIVE = "reproductive"
    MENTAL = "mental"
    SUBSTANCE = "substance"
    SAFETY = "safety"


_BY_SENSITIVITY = {
    "GDIS": Pause.GENETIC,
    "HIV": Pause.HIV,
    "STD": Pause.INFECTION,
    "SEX": Pause.REPRODUCTIVE,
    "PSY": Pause.MENTAL,
    "ETH": Pause.SUBSTANCE,
    "SDV": Pause.SAFETY,
}


def pause_before(category: str, sensitivity: str | None) -> Pause | None:
    """Whether to stop before showing it, and as what kind of result; None: show it at once.

    `category` is the report's, `sensitivity` an HL7 ActCode or None. A sensitivity not known here pauses too.
    """
    if sensitivity:
        return _BY_SENSITIVITY.get(sensitivity, Pause.SAFETY)
    return Pause.TISSUE if category == "pathology" else None
