"""The words of a binder: names of sections, where a line comes from, dates as precise as they were recorded."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _

from portal.web import filters

# CDC Race and HL7 administrative sex aside, the record keeps sex as FHIR does.
LANGUAGES = {"en": "English", "es": "Español", "vi": "Tiếng Việt", "zh": "中文", "ko": "한국어", "fr": "Français"}


def section_title(section: str) -> str:
    """What a section is called."""
    return {
        "identity": _("Who I am"),
        "contacts": _("Emergency contacts and liaison"),
        "providers": _("Everybody who treats me"),
        "directives": _("Advance directives"),
        "allergies": _("Allergies and reactions"),
        "medicines": _("Medicines"),
        "problems": _("Conditions"),
        "history": _("Surgeries, hospital stays, devices and implants"),
        "immunizations": _("Immunizations"),
        "results": _("Test results"),
        "family": _("Family history"),
        "social": _("Daily life, function, equipment and diet"),
        "plan": _("Care plan and goals"),
        "visits": _("Visits"),
        "questions": _("Questions for the next visit"),
        "notes": _("My notes and papers"),
    }[section]


def section_hint(section: str) -> str:
    """What belongs in a section, where its title does not say it all; for whoever adds to it."""
    return {
        "identity": _("For example: who should interpret, how you like to be called."),
        "contacts": _("Name, how they are related to you, and a phone number, for example."),
        "providers": _("Other doctors, your pharmacy, your insurance: name, phone, what for."),
        "directives": _("Health-care agent, living will, organ donor: what there is, and where the paper is."),
        "allergies": _("What it is to, and what happens."),
        "medicines": _("Also from the shop: vitamins, herbs, eye drops. Name, how much, how often, what for."),
        "problems": _("What another clinic found, with the year."),
        "history": _("Surgeries, hospital stays, pacemakers, joints, lenses: what, when and where."),
        "immunizations": _("Vaccines you had elsewhere, with the date."),
        "family": _("Who had what, and at what age."),
        "social": _("Smoking, alcohol, who lives with you, walking aids, what you can't eat."),
        "plan": _("What you want to reach, in your own words."),
        "questions": _("What do you want to ask?"),
    }.get(section, _("In your own words."))


def none_words(section: str) -> str:
    """The button that says that there is nothing."""
    return {
        "allergies": _("I have no allergies"),
        "medicines": _("I take no medicines"),
        "problems": _("I have no conditions"),
        "history": _("I never had any of these"),
        "directives": _("I have none"),
    }.get(section, _("There is nothing to say here"))


def state_words(state: str) -> str:
    """What stands in place of lines."""
    return {
        "none": _("None, confirmed by you"),
        "empty": _("Not yet filled"),
        "failed": _("This section could not be built. Ask the clinic for it, or try again."),
    }[state]


def mark_words(mark: str, *, is_own: bool = True) -> str:
    """Where a line comes from, when it is not the clinic's record (PHR-3)."""
    if mark == "own":
        return _("reported by you, not yet confirmed") if is_own else _("reported by the patient, not yet confirmed")
    return _("from outside, not checked") if mark == "outside" else ""


def partial(text: str | None, on: date | None) -> str:
    """A clinical date as precise as it was recorded, always with its year; "" for none."""
    if on is None:
        return text or ""
    if text and len(text) == 4:
        return text
    return filters.month(on) if text and len(text) == 7 else filters.born(on)


def partial_text(text: str | None) -> str:
    """The same, from the text alone: "2019", "2019-04" or a whole date."""
    found = (text or "")[:10]
    try:
        if len(found) == 10:
            return filters.born(date.fromisoformat(found))
        if len(found) == 7:
            return filters.month(date.fromisoformat(found + "-01"))
    except ValueError:
        return found
    return found


def sex_words(sex: str | None) -> str:
    return {"female": _("Female"), "male": _("Male"), "other": _("Other")}.get(sex or "", "")


def severity(value: str) -> str:
    return {"mild": _("mild"), "moderate": _("moderate"), "severe": _("severe")}.get(value, value)


def relation_kind(kind: str) -> str:
    return {"liaison": _("Liaison"), "backup": _("Backup liaison")}.get(kind, kind)


def medicine_status(row: Any) -> str:
    return {
        "on-hold": _("On hold"),
        "intended": _("Planned"),
        "unknown": _("Not clear whether it is taken"),
        "completed": _("Finished"),
        "stopped": _("Stopped"),
        "not-taken": _("Not taken"),
        "ended": _("Ended"),
    }.get(row.status, "")


def fresh_words(section: str, fresh: str, days: int | None) -> str:
    """Why a section is to be looked at again."""
    if fresh == "never":
        return _("You never said that this is right.")
    if fresh == "red":
        return _("You confirmed it %(days)s days ago. That is too long to be relied on.", days=days)
    return _("You confirmed it %(days)s days ago.", days=days) if fresh == "amber" else ""


def decision(value: str) -> str:
    """What an advance directive decides."""
    return {"permit": _("Allowed"), "deny": _("Not wanted")}.get(value, value)
