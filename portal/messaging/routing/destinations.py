"""The decision table: which rule applies, and whom it names. TAXONOMY 6.1, 6.2 and 6.3."""

from __future__ import annotations

from dataclasses import dataclass, replace

from portal.messaging.routing.context import Appointment, Context
from portal.messaging.routing.coverage import (
    Owner,
    absence_of,
    care_manager_or_pcp,
    liaison_or_backup,
    person_or_cover,
)
from portal.messaging.routing.privacy import (
    UNSCOPED,
    liaison_may_see,
    likely_in_scope,
    sensitive_blocked,
    topic_in_scope,
)
from portal.messaging.routing.records import is_recent
from portal.messaging.routing.table import DEFAULT, RoutingTable
from portal.messaging.routing.types import (
    ADDRESSABLE_TOPICS,
    SYMPTOM_TOPICS,
    TRIAGE,
    Incoming,
    Reading,
)


@dataclass(frozen=True, slots=True)
class Target:
    """A destination, its owner, and the code of the reason."""

    destination: str
    owner: Owner | None
    code: str
    restricted: bool = False
    rule: str | None = None  # the key of the clinic's own rule that decided


def to_pool(name: str, code: str) -> Target:
    return Target(name, Owner(f"pool:{name}"), code)


def to_person(context: Context, destination: str, key: str | None, code: str) -> Target:
    return Target(destination, person_or_cover(context, key), code)


def to_pcp(context: Context, code: str) -> Target:
    return to_person(context, "pcp", context.pcp, code)


def to_care_manager(context: Context, code: str, restricted: bool = False) -> Target:
    return Target("care_manager", care_manager_or_pcp(context), code, restricted)


def to_liaison(context: Context, code: str, restricted: bool = False) -> Target:
    return Target("liaison", liaison_or_backup(context), code, restricted)


def decide(context: Context, message: Incoming, reading: Reading, table: RoutingTable = DEFAULT) -> Target:
    """The one target of a message."""
    if message.sender_role == "provider":
        return _from_provider(context, message, reading)
    return _from_others(context, message, reading, table)


# 6.1 ----------------------------------------------------------------------------------------------------------------


def _from_provider(context: Context, message: Incoming, reading: Reading) -> Target:
    if message.audience == "care_team":
        if reading.addressee and reading.addressee != context.pcp:
            return to_person(context, f"named_provider:{reading.addressee}", reading.addressee, "addressed_colleague")
        return to_pcp(context, "addressed_colleague" if reading.addressee else "team_message")
    liaison = context.active_liaison
    unseen = (
        reading.hide_from_liaison
        or reading.concern_about_liaison
        or sensitive_blocked(liaison, reading.sensitive)
        or not (topic_in_scope(liaison, reading.topic) or reading.topic in UNSCOPED)
        or not likely_in_scope(liaison, reading)
    )
    if liaison is None or unseen:
        return Target("patient", Owner("patient"), "provider_to_patient")
    target = to_liaison(context, "provider_to_liaison")
    reached = target.owner is not None and target.owner.key in {liaison.key, liaison.backup}
    return target if reached else Target("patient", Owner("patient"), "provider_to_patient")


# 6.2 ----------------------------------------------------------------------------------------------------------------


def _from_others(context: Context, message: Incoming, reading: Reading, table: RoutingTable) -> Target:
    role, topic, liaison = message.sender_role, reading.topic, context.active_liaison
    blocked = sensitive_blocked(liaison, reading.sensitive)
    concern = reading.concern_about_liaison or reading.sensitive == "abuse"
    if reading.urgency != "routine":
        return Target(
            "nurse_triage", Owner(TRIAGE), f"urgent_{reading.urgency}", _restricted(context, message, reading)
        )
    if topic == "access_technical":
        return to_pool("portal_support", "portal_support")
    if topic == "acknowledgement":
        return Target("none", None, "filed")
    if role == "family_other":
        if liaison is None:
            return to_care_manager(context, "relative_no_liaison", restricted=True)
        if reading.hide_from_liaison or concern or blocked:
            return to_care_manager(context, "relative_confidential", restricted=True)
        return to_liaison(context, "relative_to_liaison", restricted=True)
    if concern:  # never to the one it is about, nor past the person who can act on it
        return to_care_manager(context, "safety_concern", restricted=role == "liaison")
    if role == "liaison":
        if topic not in SYMPTOM_TOPICS and (blocked or not topic_in_scope(liaison, topic)):
            return to_care_manager(context, "liaison_out_of_scope", restricted=True)
        if topic == "family_update":
            return to_care_manager(context, "liaison_summary")
    elif topic == "family_update" and liaison_may_see(context, reading):
        return to_liaison(context, "family_to_liaison")
    if topic == "family_update":
        return to_care_manager(context, "family_to_care_manager")
    target = by_topic(context, message, reading, table)
    if topic in ADDRESSABLE_TOPICS and reading.addressee and not (topic == "referral" and not reading.new_referral):
        target = to_person(context, f"named_provider:{reading.addressee}", reading.addressee, "named_provider")
    if role == "liaison" and (blocked or not topic_in_scope(liaison, topic)):
        target = replace(target, restricted=True)
    return target


def _restricted(context: Context, message: Incoming, reading: Reading) -> bool:
    """A relative never gets chart content back; the liaison gets it within the grants."""
    if message.sender_role == "family_other":
        return reading.topic not in {"access_technical", "acknowledgement"}
    if message.sender_role != "liaison":
        return False
    liaison = context.active_liaison
    return sensitive_blocked(liaison, reading.sensitive) or not topic_in_scope(liaison, reading.topic)


# 6.3 ----------------------------------------------------------------------------------------------------------------


def by_topic(context: Context, message: Incoming, reading: Reading, table: RoutingTable = DEFAULT) -> Target:
    """The usual owner of a topic: the clinic's own rules first, then the topic's chain of the table."""
    topic = reading.topic
    if topic not in table.chains:
        return (
            to_care_manager(context, "family_to_care_manager")
            if topic == "family_update"
            else _support_or_triage(topic)
        )
    rule = table.rule_for(topic, context.patient_age, message) if table.rules else None
    if rule is not None:
        return replace(_sure(context, topic, rule.to), code="clinic_rule", rule=rule.key)
    for step in table.chains[topic][:-1]:
        target = _of_record(context, reading, step)
        if target is not None:
            return target
    target = _sure(context, topic, table.chains[topic][-1])
    return replace(target, code=_UNSAID.get(target.code, target.code)) if _is_known(reading) else target


def _is_known(reading: Reading) -> bool:
    """Whether the record a message is about was found, though it does not say who answers for it."""
    if reading.topic == "test_result":
        return reading.matches.result is not None
    return reading.topic in {"medication_refill", "medication_question"} and reading.matches.medication is not None


_UNSAID = {"result_unmatched": "orderer_unknown", "medicine_unmatched": "prescriber_unknown"}


def _support_or_triage(topic: str) -> Target:
    return (
        to_pool("portal_support", "portal_support")
        if topic == "access_technical"
        else to_pool("nurse_triage", "symptom")
    )


def _of_record(context: Context, reading: Reading, step: str) -> Target | None:
    """The target of a step that needs a matched record; None where there is none."""
    matches = reading.matches
    visit = matches.visit
    if step == "ordering_provider" and matches.result and matches.result.ordering_provider:
        return to_person(context, step, matches.result.ordering_provider, "ordered_result")
    if step == "prescriber" and matches.medication and matches.medication.prescriber:
        return to_person(context, step, matches.medication.prescriber, "prescribed")
    if step == "infusion_visit" and visit and _gives_medicine(visit):
        return to_person(context, "prescriber", visit.provider, "infusion_visit")
    if step == "visit" and visit:
        return to_person(context, "appointment_provider", visit.provider, "visit_provider")
    if step == "next_visit" and (usual := _default_visit(context, reading.past)):
        return to_person(context, "appointment_provider", usual.provider, "visit_provider")
    if step == "recent_visit":
        recent = visit if visit and matches.visit_is_tied and is_recent(context, visit) else matches.recent
        return to_person(context, "appointment_provider", recent.provider, "recent_visit") if recent else None
    if step == "referring_provider" and matches.referral and not reading.new_referral:
        return to_person(context, step, matches.referral.referring_provider, "placed_referral")
    if step == "form_visit" and visit and matches.visit_is_tied:
        return to_person(context, "appointment_provider", visit.provider, "form_of_visit")
    return None


# Why the last step of a chain was reached, where the product's own chain ends with it.
_SURE_CODES = {
    ("test_result", "pcp"): "result_unmatched",
    ("medication_refill", "pcp"): "medicine_unmatched",
    ("medication_question", "pcp"): "medicine_unmatched",
    ("appointment_question", "pcp"): "visit_unmatched",
    ("referral", "pcp"): "new_referral",
    ("forms_paperwork", "pcp"): "form",
    ("care_coordination", "care_manager"): "coordination",
    ("new_symptom", TRIAGE): "symptom",
    ("follow_up_symptom", TRIAGE): "symptom",
    ("appointment_scheduling", "pool:scheduling"): "scheduling",
    ("billing_insurance", "pool:billing"): "billing",
    ("records_request", "pool:records"): "records",
}


def _sure(context: Context, topic: str, step: str) -> Target:
    """The target of a step that always names somebody."""
    code = _SURE_CODES.get((topic, step), "clinic_table")
    if step == "pcp":
        return to_pcp(context, code)
    if step == "care_manager":
        return to_care_manager(context, code)
    return to_pool(step.removeprefix("pool:"), code)


def _gives_medicine(visit: Appointment) -> bool:
    return any(
        word in visit.type.lower() for word in ("infusion", "chemo", "injection", "immunotherapy", "transfusion")
    )


def _default_visit(context: Context, past: bool) -> Appointment | None:
    done = [a for a in context.appointments if a.status == "completed"]
    coming = [a for a in context.appointments if a.status == "upcoming" and a.date >= context.today]
    if past and done:
        return max(done, key=lambda a: a.date)
    return min(coming, key=lambda a: a.date, default=None)


def copies(context: Context, message: Incoming, reading: Reading, table: RoutingTable = DEFAULT) -> tuple[str, ...]:
    """Who also learns of an urgent message: the usual owner of its topic, never someone it must stay hidden from."""
    if message.sender_role == "provider" or reading.urgency == "routine" or reading.topic == "acknowledgement":
        return ()
    owner = by_topic(context, message, reading, table).owner
    return (owner.key,) if owner and owner.key != TRIAGE else ()


__all__ = ["Target", "absence_of", "by_topic", "copies", "decide", "is_recent"]
