"""What people may see and do, in plain words: kinds, scopes, sensitive categories, states."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.caregivers.handing_over import NewLiaison
from portal.web import filters


def kind_words(kind: str) -> str:
    return {
        "liaison": _("Liaison"),
        "backup": _("Backup liaison"),
        "proxy": _("Has your permission"),
        "representative": _("Representative"),
        "parent": _("Parent"),
    }.get(kind, _("Family"))


def staff_kind_words(kind: str) -> str:
    """The same, as the desk says it."""
    return {
        "liaison": _("Liaison"),
        "backup": _("Backup liaison"),
        "proxy": _("Has the patient’s permission"),
        "representative": _("Legal representative"),
        "parent": _("Parent"),
    }.get(kind, _("Family"))


def why_words(kind: str) -> str:
    """What somebody of this kind is there for."""
    return {
        "liaison": _("Speaks for your family with the care team. There is one liaison at a time."),
        "backup": _("Takes over when your liaison is away."),
        "proxy": _("May look at, or do, what is listed here, because you allowed it."),
        "representative": _("May decide for you within the limits of a legal document."),
        "parent": _("Sees less as you grow up, and nothing once you are an adult."),
    }.get(kind, _("Follows the updates that your liaison shares."))


def new_liaison_words(new: NewLiaison | None) -> str:
    """Who the liaison is since lately, and who was it before; nothing when that is an old story."""
    if new is None:
        return ""
    name, day = new.name, filters.day(new.since)
    if new.before:
        return _(
            "%(name)s has been the liaison since %(day)s. Before: %(before)s.", name=name, day=day, before=new.before
        )
    return _("%(name)s has been the liaison since %(day)s.", name=name, day=day)


def duty_words(kind: str) -> list[str]:
    """What somebody says yes to."""
    return {
        "liaison": [
            _("Questions from relatives come to you first. You answer them, or pass them on to the care team."),
            _("You tell the family how things are, in updates that you write yourself."),
            _("You see only what the patient opened to you, and keep it to yourself."),
            _("The patient can end this at any time, without a reason."),
        ],
        "backup": [
            _("You do the liaison’s work while the liaison is away."),
            _("You see only what the patient opened to you, and keep it to yourself."),
            _("The patient can end this at any time, without a reason."),
        ],
        "family": [_("You read the updates that are written for you, and can ask questions. You see no record.")],
    }.get(
        kind,
        [
            _("You use your own sign-in. Everything you do here shows your name."),
            _("You see only what was opened to you, and keep it to yourself."),
            _("It can be ended at any time."),
        ],
    )


def group_words(group: str) -> str:
    return {
        "messages": _("Messages"),
        "results": _("Test results"),
        "visits": _("Visits"),
        "medicines": _("Medicines"),
        "record": _("Health record"),
        "care_plan": _("Care plan"),
        "forms": _("Forms"),
        "billing": _("Bills"),
        "sharing": _("Sharing with others"),
    }[group]


def scope_words(scope: str) -> tuple[str, str]:
    """A scope in a few words, and what it means."""
    return {
        "messages_read": (_("Messages"), _("Conversations with your care team about what they may see.")),
        "results": (_("Test results"), _("As soon as you can see them yourself.")),
        "appointments_view": (_("Visits"), _("When, where and with whom.")),
        "meds_view": (_("Medicines"), _("What you take and how.")),
        "record_basic": (_("Health record"), _("Health problems, allergies, vaccines, past visits.")),
        "notes": (_("Visit notes"), _("What doctors and nurses wrote about a visit.")),
        "documents": (_("Documents"), _("Letters and reports.")),
        "care_plan_view": (_("Care plan"), _("Goals, next steps and referrals.")),
        "billing": (_("Bills"), _("What was charged and what is paid.")),
        "messages_send": (_("Write messages"), _("Their name stands beside yours on each.")),
        "appointments_manage": (_("Ask for visits and change them"), ""),
        "meds_edit": (_("Propose changes to the list of medicines"), _("A clinician decides about each.")),
        "refills": (_("Ask for refills"), ""),
        "care_plan_edit": (_("Work on the care plan"), ""),
        "forms": (_("Fill in forms"), _("Answers are marked as theirs.")),
        "binder_export": (_("Print or download what they see"), ""),
        "share_link": (_("Share what they see with another doctor"), ""),
    }[scope]


def category_words(code: str) -> str:
    """A sensitive category in plain words (HL7 ActCode)."""
    return {
        "HIV": _("HIV"),
        "STD": _("Infections passed on through sex"),
        "SEX": _("Pregnancy and reproductive health"),
        "PSY": _("Mental health"),
        "ETH": _("Alcohol and drug use"),
        "GDIS": _("Genetic tests"),
    }.get(code, _("Another private matter"))


def consequence_words(code: str, name: str) -> str:
    """What a signature under a sensitive category brings about."""
    common = _(
        "%(name)s will see tests, medicines, visits and messages about this, among what you opened to them. "
        "What they have read you can’t take back.",
        name=name,
    )
    more = {
        "ETH": _(
            "Federal law (42 CFR Part 2) protects these records. Whoever gets them with your consent "
            "may not pass them on without it."
        ),
        "GDIS": _("It can tell something about your relatives, too."),
    }.get(code, "")
    return f"{common} {more}".strip()


def limit_words(why: str) -> str:
    """Why somebody who acts by law was stopped; for clinicians."""
    return {
        "abuse": _("Abuse, or a suspicion of it"),
        "neglect": _("Neglect"),
        "danger": _("Danger for the patient if they go on"),
        "no_contact": _("Court order: no contact"),
        "custody": _("Court order: custody"),
    }[why]


def state_words(state: str) -> tuple[str, str]:
    """The state of a relationship or an invitation as a word, and the tone of its tag."""
    return {
        "draft": (_("Not sent yet"), "neutral"),
        "filed": (_("Waits for a second check"), "look"),
        "invited": (_("Waits for an answer"), "info"),
        "active": (_("Active"), "good"),
        "suspended": (_("Paused"), "look"),
    }.get(state, (_("Ended"), "neutral"))
