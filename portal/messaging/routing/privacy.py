"""What the liaison may see. TAXONOMY 5, in its order; an emergency widens nothing."""

from __future__ import annotations

from portal.messaging.routing.context import Context, Liaison
from portal.messaging.routing.types import Reading

SCOPE_OF_TOPIC = {
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

UNSCOPED = frozenset({"acknowledgement", "access_technical"})  # no question of who may see arises


def sensitive_blocked(liaison: Liaison | None, sensitive: str | None) -> bool:
    """Whether the content falls in a sensitive category that this liaison was not granted."""
    return sensitive is not None and (liaison is None or f"sensitive:{sensitive}" not in liaison.scopes)


def topic_in_scope(liaison: Liaison | None, topic: str) -> bool:
    """Whether the patient granted the scope of a topic; a family update needs none."""
    if liaison is None:
        return False
    return topic == "family_update" or SCOPE_OF_TOPIC.get(topic) in liaison.scopes


def all_in_scope(liaison: Liaison | None, reading: Reading) -> bool:
    """Whether the scopes cover the topic and each other topic it may well be about: what is unclear stays shut."""
    return topic_in_scope(liaison, reading.topic) and likely_in_scope(liaison, reading)


def likely_in_scope(liaison: Liaison | None, reading: Reading) -> bool:
    """Whether the scopes cover each other topic the message may well be about."""
    return all(topic_in_scope(liaison, topic) for topic in reading.likely if topic not in UNSCOPED)


def liaison_may_see(context: Context, reading: Reading) -> bool | None:
    """True, false, or None where it does not apply (a thank-you, a log-in problem)."""
    liaison = context.active_liaison
    if liaison is None:
        return False
    if reading.concern_about_liaison:  # never shown to the one it is about
        return False
    if reading.topic in UNSCOPED and likely_in_scope(liaison, reading):
        return None
    if reading.hide_from_liaison or sensitive_blocked(liaison, reading.sensitive):
        return False
    return all_in_scope(liaison, reading)
