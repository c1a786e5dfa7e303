"""The notices there are: what each is about, whether it can wait, whether one can do without it. Pure.

A kind is the name of a folder of words (`templates/emails/<kind>`). People choose by topic, not by kind.
"""

from __future__ import annotations

from dataclasses import dataclass

ROLES = ("self", "caregiver", "staff")  # as what one account is told: a nurse may be a patient, too
TOPICS = ("messages", "visits", "reminders", "results", "sharing", "access", "work")
TOPICS_OF = {  # those one may do without
    "self": ("messages", "visits", "reminders", "results", "sharing"),
    "caregiver": ("messages", "visits", "reminders", "results"),
    "staff": ("work",),
}
CHANNELS = ("email", "sms", "push")  # in the order they are tried; what waits is always shown in the portal
ON_AT_FIRST = frozenset({"email"})


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of notice is about. `is_fixed`: it goes out by e-mail whatever was chosen, and in no digest."""

    topic: str
    is_fixed: bool = False


KINDS: dict[str, Kind] = {
    "new_message": Kind("messages"),
    "new_question": Kind("messages"),
    "visit_changed": Kind("visits"),
    "visit_reminder": Kind("reminders"),
    "result_new": Kind("results"),
    "binder_opened": Kind("sharing"),
    "paper_came": Kind("messages"),
    "paper_decided": Kind("results"),
    "access_adult": Kind("access", is_fixed=True),
    "access_age": Kind("access", is_fixed=True),
    "access_answered": Kind("access", is_fixed=True),
    "access_decided": Kind("access", is_fixed=True),
    "access_ended": Kind("access", is_fixed=True),
    "access_ending": Kind("access", is_fixed=True),
    "test": Kind("access", is_fixed=True),
}


def topic_of(kind: str, role: str) -> str:
    """What a notice is about for somebody in a role. Raises KeyError for a kind nobody has listed."""
    return "work" if role == "staff" and not KINDS[kind].is_fixed else KINDS[kind].topic
