"""The rule classifier: spans, denials, times and persons first, words second. It learns nothing and forgets nothing."""

from __future__ import annotations

from dataclasses import dataclass

from portal.messaging.routing import confidences, names, urgency
from portal.messaging.routing.assertion import Assertion
from portal.messaging.routing.context import Context
from portal.messaging.routing.entities import resolve
from portal.messaging.routing.lexicon import index
from portal.messaging.routing.text import Text
from portal.messaging.routing.topics import Cues, rank, scores
from portal.messaging.routing.types import TOPICS, Incoming, Matches, Reading
from portal.messaging.routing.urgency import Findings


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the rules see in one message, before anybody weighs it."""

    text: Text
    plain: Text  # the same with figures of speech blotted out
    cues: Cues
    matches: Matches
    assertion: Assertion
    findings: Findings
    scores: dict[str, float]  # of each topic
    topic: str
    secondary: tuple[str, ...]
    confidence: float


def analyse(context: Context, message: Incoming) -> Analysis:
    """Read one message by rules alone. Never raises for any text."""
    text = Text.of(message.subject, message.text)
    plain = text.masked([(h.start, h.end) for h in index("idioms").find(text)])
    cues = Cues(text)
    matches = resolve(context, text, message.about, cues.has("past"))
    assertion = Assertion(plain, _kin(context, message), message.sender_role == "patient")
    findings = urgency.find(context, plain, assertion, matches)
    by_topic = scores(text, cues, findings, matches, message)
    topic, secondary, confidence = rank(by_topic, findings, cues, message)
    return Analysis(text, plain, cues, matches, assertion, findings, by_topic, topic, secondary, confidence)


def reading(context: Context, message: Incoming, seen: Analysis) -> Reading:
    """The reading that follows from an analysis: hides, worries, addressees and categories come from the rules."""
    text, matches, findings, cues = seen.text, seen.matches, seen.findings, seen.cues
    topic, secondary = seen.topic, seen.secondary
    hidden = confidences.wants_hidden(context, message, text)
    if hidden and topic == "new_symptom" and not findings.symptoms:
        topic = "family_update"
    if message.topic in TOPICS and message.topic != topic:
        secondary = tuple(dict.fromkeys((topic, *secondary))) if seen.confidence >= 0.5 else secondary
        topic = str(message.topic)
        secondary = tuple(t for t in secondary if t != topic)
    sensitive = confidences.sensitive_category(context, message, seen.plain, matches, topic)
    if findings.concern == "self_harm" and sensitive is None:
        sensitive = "mental_health"
    provider = message.sender_role == "provider"
    return Reading(
        topic=topic,
        urgency="routine" if provider else findings.level,
        secondary_topics=secondary,
        sensitive=sensitive,
        hide_from_liaison=hidden,
        concern_about_liaison=confidences.worries_about_liaison(context, message, seen.plain, seen.assertion),
        addressee=names.opening(context, text) if provider else names.addressee(context, text),
        matches=matches,
        past=cues.has("past"),
        new_referral=not matches.referral_is_named
        and cues.has("new_referral")
        and cues["existing_referral"] < cues["new_referral"],
        confidence=seen.confidence,
        concern=None if provider else findings.concern,
    )


class RuleClassifier:
    """Reads English and Spanish alike, whatever language the message claims. Deterministic; never raises for any text."""  # noqa: E501

    def read(self, context: Context, message: Incoming) -> Reading:
        """Topic, urgency, confidences and matched records of one message."""
        return reading(context, message, analyse(context, message))


def _kin(context: Context, message: Incoming) -> frozenset[str]:
    """How this sender speaks of the patient: a son writes about `mom`."""
    if message.sender_role == "liaison" and context.liaison:
        return names.kin(context.liaison.relationship)
    if message.sender_role == "family_other":
        relatives = [r for r in context.family if message.sender_key in (None, r.key)]
        return frozenset().union(*(names.kin(r.relationship) for r in relatives))
    return frozenset()


__all__ = ["Analysis", "RuleClassifier", "analyse", "reading"]
