"""The record in plain words: titles of parts, states, and what each line says about itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from portal.infra.i18n import known, reader_language
from portal.records.names import spoken
from portal.records.plain import plain_name
from portal.results.values import Shown
from portal.web import filters

OWN_SYSTEM = "clinic record system"
Detail = tuple[str, str]


def title_of(key: str) -> str:
    return {
        "conditions": _("Health problems"),
        "allergies": _("Allergies"),
        "medicines": _("Medicines"),
        "immunizations": _("Vaccines"),
        "procedures": _("Procedures and operations"),
        "results": _("Test results"),
        "vitals": _("Vital signs"),
        "visits": _("Visits and hospital stays"),
        "documents": _("Notes and documents"),
        "imaging-reports": _("Imaging and tissue reports"),
        "imaging": _("Pictures taken"),
        "care-plans": _("Care plans"),
        "goals": _("Goals"),
        "family-history": _("Family history"),
        "social-history": _("Daily life and habits"),
        "devices": _("Devices and implants"),
        "insurance": _("Insurance"),
        "advance-directives": _("Advance directives"),
        "contacts": _("Emergency contacts"),
    }[key]


def lead_of(key: str) -> str:
    """What the part holds, in a sentence."""
    return {
        "conditions": _("Illnesses and other problems your care team has written down."),
        "allergies": _("What your body does not tolerate, and what happens then."),
        "medicines": _("What you take, and what you took."),
        "immunizations": _("Vaccines you were given, and what they protect from."),
        "procedures": _("What was done to find out or to treat something."),
        "results": _("Values from the laboratory and questionnaires."),
        "vitals": _("Blood pressure, heart rate, weight and other measurements, and how they have changed."),
        "visits": _("When you were seen or stayed in hospital, by whom, and what was written about it."),
        "documents": _("Notes, summaries and letters. You can read each of them in full."),
        "imaging-reports": _("What somebody saw in pictures, or in a sample of tissue."),
        "imaging": _("Which pictures were taken. What they show stands in the reports."),
        "care-plans": _("What you and your care team agreed to do."),
        "goals": _("What you and your care team want to reach."),
        "family-history": _("Illnesses of your relatives that matter for your own health."),
        "social-history": _("Smoking, work, home and other things of daily life that matter for your health."),
        "devices": _("What was implanted, or what you use at home."),
        "insurance": _("Who pays for your care."),
        "advance-directives": _("What you decided ahead, in case you cannot speak for yourself."),
        "contacts": _("Whom we call if something happens."),
    }[key]


def source_words(source: str | None) -> str:
    """Where a line comes from."""
    if source is None:
        return _("Written here in the portal")
    return _("Your clinic's record system") if source == OWN_SYSTEM else source


def partial_day(text: str | None, day: date | None) -> str:
    """A clinical date as precise as it was recorded."""
    if day is None:
        return text or ""
    if text and len(text) == 4:
        return text
    return filters.month(day) if text and len(text) == 7 else filters.short_day(day)


def written_day(text: str | None) -> str:
    """A date kept as text, in the reader's way of writing; what is no date stays as it is."""
    head = (text or "")[:10]
    try:
        day = date.fromisoformat(head + {4: "-01-01", 7: "-01"}.get(len(head), ""))
    except ValueError:
        return text or ""
    return partial_day(head if len(head) < 10 else None, day)


STATES: dict[str, Callable[[], tuple[str, str]]] = {
    "active": lambda: (_("Active"), "info"),
    "recurrence": lambda: (_("Came back"), "look"),
    "relapse": lambda: (_("Came back"), "look"),
    "remission": lambda: (_("Quiet now"), "neutral"),
    "inactive": lambda: (_("No longer active"), "neutral"),
    "resolved": lambda: (_("Over"), "neutral"),
    "unconfirmed": lambda: (_("Not confirmed"), "look"),
    "provisional": lambda: (_("Suspected"), "look"),
    "differential": lambda: (_("One of several possibilities"), "look"),
    "on-hold": lambda: (_("On hold"), "look"),
    "completed": lambda: (_("Done"), "neutral"),
    "finished": lambda: (_("Over"), "neutral"),
    "in-progress": lambda: (_("Going on"), "info"),
    "preparation": lambda: (_("Planned"), "info"),
    "planned": lambda: (_("Planned"), "info"),
    "proposed": lambda: (_("Suggested"), "info"),
    "accepted": lambda: (_("Agreed"), "info"),
    "not-done": lambda: (_("Not done"), "neutral"),
    "stopped": lambda: (_("Stopped"), "neutral"),
    "revoked": lambda: (_("Ended"), "neutral"),
    "cancelled": lambda: (_("Ended"), "neutral"),
    "rejected": lambda: (_("Not agreed"), "neutral"),
    "superseded": lambda: (_("Replaced by a newer one"), "neutral"),
    "preliminary": lambda: (_("Preliminary"), "look"),
    "partial": lambda: (_("Preliminary"), "look"),
    "corrected": lambda: (_("Corrected"), "info"),
    "amended": lambda: (_("Corrected"), "info"),
    "appended": lambda: (_("Corrected"), "info"),
    "unknown": lambda: (_("State not known"), "neutral"),
}
# A state that says nothing a reader of that part would miss.
SILENT = {
    "immunizations": ("completed",),
    "procedures": ("completed",),
    "visits": ("finished",),
    "documents": ("current", "final"),
    "imaging": ("available",),
    "family-history": ("completed", "partial", "health-unknown"),
    "contacts": ("active",),
    "imaging-reports": ("final",),
    "vitals": ("final",),
    "results": ("final",),
    "social-history": ("final",),
}
VACCINE = {"not-done": lambda: (_("Not given"), "neutral")}


def state_of(key: str, status: str) -> tuple[str, str]:
    """The state of a line in words, and the tone of its tag; nothing where there is nothing to say."""
    if status in SILENT.get(key, ()):
        return "", "neutral"
    if key == "immunizations" and status in VACCINE:
        return VACCINE[status]()
    known_state = STATES.get(status)
    return known_state() if known_state else (status.replace("-", " ").capitalize(), "neutral")


def severity_words(severity: str) -> str:
    return {"mild": _("mild"), "moderate": _("moderate"), "severe": _("severe")}.get(severity, severity)


# What each line says, by part: (label, text) in the order people ask.


def _condition(row: Any) -> list[Detail]:
    return [(_("Over since"), written_day(row.abated))]


def _allergy(row: Any) -> list[Detail]:
    danger = _("Can be dangerous") if row.criticality == "high" else ""
    kind = {
        "medication": _("a medicine"),
        "food": _("a food"),
        "environment": _("something around you"),
        "biologic": _("a biological substance"),
    }.get(row.category or "", "")
    unsure = _("Not confirmed") if row.verification in ("unconfirmed", "presumed") else ""
    severity = severity_words(row.severity) if row.severity else ""
    return [
        (_("Reaction"), row.reaction or ""),
        (_("How bad"), severity),
        (_("Risk"), danger),
        (_("Kind"), kind),
        (_("How sure"), unsure),
    ]


def _medicine(row: Any) -> list[Detail]:
    reported = _("Reported, not prescribed here") if row.kind == "reported" else ""
    return [
        (_("How to take it"), row.sig or ""),
        (_("What for"), row.purpose or ""),
        (_("Until"), written_day(row.ended)),
        (_("Kind"), reported),
    ]


def _visit(row: Any) -> list[Detail]:
    return [
        (_("Reason"), row.reason or ""),
        (_("Kind"), visit_kind(row.kind)),
        (_("Until"), written_day(row.ended) if (row.ended or "")[:10] != (row.happened or "")[:10] else ""),
        (_("Where"), row.place or ""),
    ]


def visit_kind(code: str | None) -> str:
    """An HL7 v3 ActCode of encounters in words."""
    return {
        "AMB": _("Office visit"),
        "EMER": _("Emergency visit"),
        "IMP": _("Hospital stay"),
        "ACUTE": _("Hospital stay"),
        "NONAC": _("Hospital stay"),
        "OBSENC": _("Observation in hospital"),
        "SS": _("Short hospital stay"),
        "VR": _("Video or phone visit"),
        "HH": _("Visit at home"),
    }.get(code or "", "")


def _result(row: Any) -> list[Detail]:
    shown = Shown.of(row)
    said = shown.words if shown.is_outside else ""
    return [
        (_("Value"), f"{shown.number} {shown.unit}".strip()),
        (_("Compared with usual"), said),
        (_("Usual range"), shown.range_words),
    ]


def _report(row: Any) -> list[Detail]:
    return [(_("What it says"), row.conclusion or ""), (_("Where"), row.place or "")]


def _imaging(row: Any) -> list[Detail]:
    pictures = ngettext("%(num)s picture", "%(num)s pictures", row.pictures) if row.pictures else ""
    return [(_("How"), row.modality or ""), (_("Of what"), row.body_site or ""), (_("How many"), pictures)]


def _care_plan(row: Any) -> list[Detail]:
    activities = "; ".join(spoken(one.get("name", "")) for one in row.activities)
    return [(_("What to do"), activities), (_("Until"), written_day(row.ended))]


def _goal(row: Any) -> list[Detail]:
    return [(_("Target"), row.target or ""), (_("By when"), written_day(row.due))]


def _family(row: Any) -> list[Detail]:
    language = reader_language()
    said = []
    for one in row.conditions:
        name = spoken(one["name"])
        plain = plain_name(one.get("code"), one.get("system"), name, language)
        text = f"{plain} ({name})" if plain else name
        onset = one.get("onset")
        said.append(_("%(name)s, since %(when)s", name=text, when=onset) if onset else text)
    deceased = {"yes": _("Yes"), "no": _("No")}.get(row.deceased or "", row.deceased or "")
    return [(_("Illnesses"), "; ".join(said)), (_("Has died"), deceased)]


def _device(row: Any) -> list[Detail]:
    return [
        (_("Number"), row.identifier or ""),
        (_("Maker"), row.maker or ""),
        (_("Model"), row.model or ""),
        (_("Lot"), row.lot or ""),
        (_("Use by"), written_day(row.expires)),
    ]


def _coverage(row: Any) -> list[Detail]:
    return [
        (_("Insurer"), row.payer or ""),
        (_("Member number"), row.member_number or ""),
        (_("Group number"), row.group_number or ""),
        (_("Insured through"), _("yourself") if (row.holder or "").casefold() == "self" else row.holder or ""),
        (_("Until"), written_day(row.ended)),
    ]


def _directive(row: Any) -> list[Detail]:
    decision = {"permit": _("Allows it"), "deny": _("Refuses it")}.get(row.decision or "", "")
    return [(_("Decision"), decision), (_("Who speaks for you"), row.agent or ""), (_("Until"), written_day(row.ended))]


def _contact(row: Any) -> list[Detail]:
    return [
        (_("Who it is"), known(row.relation) if row.relation else ""),
        (_("Phone"), row.phone or ""),
        (_("Email"), row.email or ""),
        (_("Address"), row.address or ""),
        (_("To call first"), _("Yes") if row.is_emergency else ""),
    ]


DETAILS: dict[str, Callable[[Any], list[Detail]]] = {
    "conditions": _condition,
    "allergies": _allergy,
    "medicines": _medicine,
    "results": _result,
    "vitals": _result,
    "social-history": _result,
    "visits": _visit,
    "imaging-reports": _report,
    "imaging": _imaging,
    "care-plans": _care_plan,
    "goals": _goal,
    "family-history": _family,
    "devices": _device,
    "insurance": _coverage,
    "advance-directives": _directive,
    "contacts": _contact,
}


def details_of(key: str, row: Any) -> tuple[Detail, ...]:
    """What there is to say about a line: label and text, those without a text left out."""
    tell = DETAILS.get(key)
    return tuple((label, text) for label, text in tell(row) if text) if tell else ()
