"""The sections of a binder in their order (domain.md 12), and when what was confirmed is old (PHR-2). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

SECTIONS = (
    "identity",
    "contacts",
    "providers",
    "directives",
    "allergies",
    "medicines",
    "problems",
    "history",
    "immunizations",
    "results",
    "family",
    "social",
    "plan",
    "visits",
    "questions",
    "notes",
)
# Lists that grow by themselves, or are the owner's words: nobody is asked whether they are still right.
NOT_CONFIRMED = frozenset({"results", "visits", "questions", "notes"})
# What a stranger in an emergency needs; chosen unless the owner says otherwise.
EMERGENCY = ("identity", "contacts", "allergies", "medicines", "problems")
ICONS = {
    "identity": "user",
    "contacts": "phone",
    "providers": "stethoscope",
    "directives": "file-check",
    "allergies": "triangle-alert",
    "medicines": "pill",
    "problems": "activity",
    "history": "hospital",
    "immunizations": "syringe",
    "results": "flask-conical",
    "family": "users",
    "social": "home",
    "plan": "target",
    "visits": "calendar",
    "questions": "message-circle-question",
    "notes": "paperclip",
}


@dataclass(frozen=True, slots=True)
class Ages:
    """After how many days since its confirmation a section is to be looked at (amber), and can't be relied on (red)."""

    amber: int
    red: int | None


MEDICINES = Ages(30, 90)
OTHERS = Ages(365, None)


def freshness(section: str, confirmed_on: date | None, today: date) -> str:
    """fresh, amber, red, or never. Sections nobody confirms are always fresh."""
    if section in NOT_CONFIRMED:
        return "fresh"
    if confirmed_on is None:
        return "never"
    ages = MEDICINES if section == "medicines" else OTHERS
    days = (today - confirmed_on).days
    if ages.red is not None and days > ages.red:
        return "red"
    return "amber" if days > ages.amber else "fresh"


@dataclass(frozen=True, slots=True)
class Standing:
    """How ready one section is. `needs` is what to do: build, fill, look (conflict), confirm; "" for nothing."""

    section: str
    points: int  # of two
    needs: str
    tone: str


def standing(section: str, state: str, fresh: str, *, is_changed: bool, conflicts: int) -> Standing:
    """Two points for what is there and fresh, one for what is there but old, changed or in conflict, none for a gap.

    `state` is filled, none (there is none, as its owner said), empty or failed.
    """
    if state == "failed":
        return Standing(section, 0, "build", "late")
    if state == "empty":
        return Standing(section, 2, "", "good") if section in NOT_CONFIRMED else Standing(section, 0, "fill", "look")
    if conflicts:
        return Standing(section, 1, "look", "look")
    if fresh == "red":
        return Standing(section, 0, "confirm", "late")
    if fresh in ("amber", "never") or is_changed:
        return Standing(section, 1, "confirm", "look")
    return Standing(section, 2, "", "good")


def score(standings: list[Standing]) -> int:
    """From 0 to 100; an empty choice of sections is not ready at all."""
    return round(100 * sum(one.points for one in standings) / (2 * len(standings))) if standings else 0
