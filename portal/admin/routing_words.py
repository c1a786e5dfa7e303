"""The routing table in words."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.infra.i18n import known
from portal.messaging.routing.table import RoutingTable, Rule
from portal.models import Pool

LEVEL_LABELS = {
    "emergency_look": _l("Emergency: somebody looks within (minutes)"),
    "same_day_look": _l("Today: somebody looks within (working hours)"),
    "same_day_answer": _l("Today: the lead is told without an answer after (working hours)"),
    "liaison_unread": _l("Liaison: passed on when not opened after (hours)"),
    "routine_look_days": _l("Routine: somebody looks within (business days)"),
    "clinical_days": _l("Routine, clinical: answered within (business days)"),
    "administrative_days": _l("Routine, office: answered within (business days)"),
    "reply_days": _l("Longest promise shown before sending (business days)"),
    "symptom_reply_days": _l("Symptoms: answered within (business days)"),
}


def topic_words(topic: str) -> str:
    """A topic as the clinic says it."""
    return {
        "new_symptom": _("New symptom"),
        "follow_up_symptom": _("How a known problem goes on"),
        "medication_question": _("Question about a medicine"),
        "test_result": _("Test result"),
        "medication_refill": _("Refill"),
        "appointment_question": _("Before or after a visit"),
        "referral": _("Referral"),
        "care_coordination": _("Help at home, several providers"),
        "forms_paperwork": _("Forms and letters"),
        "appointment_scheduling": _("Booking a visit"),
        "records_request": _("Copies of the record"),
        "billing_insurance": _("Bills and insurance"),
        "family_update": _("News for the family"),
        "access_technical": _("Using the portal"),
        "acknowledgement": _("Thanks"),
    }.get(topic, topic)


def step_words(step: str, pools: Mapping[str, Pool]) -> str:
    """Whom a step of a chain names."""
    if step.startswith("pool:"):
        pool = pools.get(step.removeprefix("pool:"))
        return known(pool.name) if pool else _("A team that no longer exists")
    return {
        "ordering_provider": _("who ordered the test"),
        "prescriber": _("who prescribed the medicine"),
        "infusion_visit": _("who gives the infusion"),
        "visit": _("whose visit it is"),
        "next_visit": _("whose visit is next, or was last"),
        "recent_visit": _("whose visit or procedure it follows (30 days)"),
        "referring_provider": _("who made the referral"),
        "form_visit": _("whose care the form is about"),
        "pcp": _("Primary care provider"),
        "care_manager": _("Care manager"),
    }[step]


def chain_words(table: RoutingTable, topic: str, pools: Mapping[str, Pool]) -> str:
    """A topic's chain in one line."""
    *records, last = [step_words(step, pools) for step in table.chains[topic]]
    if not records:
        return last
    return _("%(first)s; otherwise %(last)s", first=f"{_(', else')} ".join(records), last=last)


def rule_words(rule: Rule, pools: Mapping[str, Pool]) -> str:
    """What a rule does, in one line."""
    parts = []
    if rule.topics:
        parts.append(", ".join(topic_words(topic) for topic in sorted(rule.topics)))
    if rule.phrases:
        parts.append(_("with the words %(words)s", words=", ".join(f"“{phrase}”" for phrase in rule.phrases[:4])))
    if rule.youngest is not None:
        parts.append(_("from %(age)s years on", age=rule.youngest))
    if rule.oldest is not None:
        parts.append(_("up to %(age)s years", age=rule.oldest))
    return _("%(what)s: %(who)s", what="; ".join(parts), who=step_words(rule.to, pools))


def problem_words(code: str) -> str:
    """What is wrong with a table, and what to do."""
    return {
        "catches-all": _("Give the rule words, or a topic. Without them it would catch every message."),
        "no-words": _("Each line needs at least one word, and at most 120 characters."),
        "too-many": _("These are too many. Keep 50 lines in a rule, and 1,000 rules, at the most."),
        "may-not-answer": _("They can’t answer this topic. Clinical questions need a clinical team."),
        "order": _("The second age must not be lower than the first."),
        "no-sure-end": _("Choose somebody who answers when nothing else fits."),
        "out-of-range": _("Enter a number within the range."),
    }.get(code, _("Check this and try again."))


def reason_words(code: str) -> str:
    """Why a message went where it went, as the figures name it."""
    return {
        "urgent_emergency": _("Emergency, to the nurses"),
        "urgent_same_day": _("Today, to the nurses"),
        "ordered_result": _("Who ordered the test"),
        "prescribed": _("Who prescribed the medicine"),
        "infusion_visit": _("Who gives the infusion"),
        "visit_provider": _("Whose visit it is"),
        "recent_visit": _("Whose visit it follows"),
        "form_of_visit": _("Whose care the form is about"),
        "placed_referral": _("Who made the referral"),
        "named_provider": _("Asked for by name"),
        "unsure": _("Not sure, to the nurses"),
        "chosen": _("Chosen by the sender"),
        "new_referral": _("New referral, to primary care"),
        "form": _("Form, to primary care"),
        "symptom": _("Symptom, to the nurses"),
        "coordination": _("Coordination, to the care manager"),
        "scheduling": _("Booking"),
        "billing": _("Bills"),
        "records": _("Copies of the record"),
        "portal_support": _("Using the portal"),
        "result_unmatched": _("Result we could not find, to primary care"),
        "medicine_unmatched": _("Medicine we could not find, to primary care"),
        "orderer_unknown": _("Result without an ordering provider, to primary care"),
        "prescriber_unknown": _("Medicine without a prescriber, to primary care"),
        "visit_unmatched": _("Visit we could not find, to primary care"),
        "clinic_rule": _("A rule of the clinic"),
        "clinic_table": _("The clinic’s table"),
    }.get(code, _("Family and liaison"))


def destination_words(destination: str, pools: Mapping[str, Pool]) -> str:
    """An abstract destination of a decision."""
    if destination in pools:
        return known(pools[destination].name)
    return {
        "ordering_provider": _("Who ordered the test"),
        "prescriber": _("Who prescribed the medicine"),
        "appointment_provider": _("Whose visit it is"),
        "referring_provider": _("Who made the referral"),
        "named_provider": _("Somebody asked for by name"),
        "pcp": _("Primary care provider"),
        "care_manager": _("Care manager"),
        "liaison": _("The liaison"),
        "patient": _("The patient"),
        "none": _("Nobody: no answer was asked for"),
    }.get(destination, destination)
