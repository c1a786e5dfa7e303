"""When a result may be seen, how long it may be held, and when the portal pauses first. Pure (RES-1 to RES-4)."""

from __future__ import annotations

from datetime import datetime, timedelta
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


# What a patient may want to hear from a clinician first (RES-2). Vital signs and questionnaires are theirs already.
CATEGORIES = ("laboratory", "imaging", "tissue", "genetic", "private", "other")
MOST_DAYS = 7  # of a wish, and of a clinician's hold before somebody looks at it again
# What a hold may rest on (45 CFR 171.201). That a result distresses is none of them.
GROUNDS = ("life", "safety", "other_person")
GROUND_OF_OTHERS = "by_others"  # that somebody who acts for the patient would do them substantial harm by it


def category_of(category: str, sensitivity: str | None) -> str:
    """Of `CATEGORIES`: which one a report is in, by its own category and its HL7 ActCode of sensitivity, or None."""
    if sensitivity == "GDIS":
        return "genetic"
    if category == "pathology":
        return "tissue"
    if sensitivity:
        return "private"
    return category if category in ("laboratory", "imaging") else "other"


def wished_until(released_at: datetime, days: int) -> datetime:
    """The latest instant at which a result is shown whose patient wants to hear of it first (RES-2).

    `days` is 1 to 7. Raises ValueError for any other number: no wish holds a result for longer.
    """
    if not 1 <= days <= MOST_DAYS:
        raise ValueError("days")
    return released_at + timedelta(days=days)
