"""Reads the labelled voices beside this module and counts how the router reads them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from portal.messaging.routing import Incoming, route
from tests.messaging.routing.clinic import context

_LEVELS = {"E": "emergency", "S": "same_day", "R": "routine"}
_TOPICS = {
    "NS": "new_symptom", "FS": "follow_up_symptom", "TR": "test_result", "MR": "medication_refill",
    "MQ": "medication_question", "AS": "appointment_scheduling", "AQ": "appointment_question", "RF": "referral",
    "FP": "forms_paperwork", "BI": "billing_insurance", "RR": "records_request", "CC": "care_coordination",
    "FU": "family_update", "AT": "access_technical", "AK": "acknowledgement",
}  # fmt: skip


@dataclass
class Score:
    """Counts of one half."""

    cases: int = 0
    emergencies: int = 0
    found: int = 0
    called_routine: int = 0
    false_alarms: int = 0
    urgency_right: int = 0
    topic_right: int = 0
    misses: list[str] = field(default_factory=list)

    @property
    def others(self) -> int:
        """Messages that are no emergency."""
        return self.cases - self.emergencies


def score(half: str) -> Score:
    """The figures of one half: `developed` or `kept`. Either symptom topic counts for the other."""
    result, at = Score(), context()
    lines = (Path(__file__).parent / "voices" / f"{half}.txt").read_text(encoding="utf-8").splitlines()
    for line in lines:
        if line.startswith("#"):
            continue
        level, codes, text = line.split(" ", 2)
        topics = {_TOPICS[c] for c in codes.split("/")}
        if topics & {"new_symptom", "follow_up_symptom"}:
            topics |= {"new_symptom", "follow_up_symptom"}
        decision = route(at, Incoming(text))
        urgency = _LEVELS[level]
        result.cases += 1
        result.emergencies += level == "E"
        result.found += level == "E" and decision.urgency == "emergency"
        result.called_routine += level == "E" and decision.urgency == "routine"
        result.false_alarms += level != "E" and decision.urgency == "emergency"
        result.urgency_right += decision.urgency == urgency
        result.topic_right += decision.topic in topics
        if decision.urgency != urgency or decision.topic not in topics:
            result.misses.append(f"{level} {codes} -> {decision.urgency} {decision.topic}: {text}")
    return result
