"""The classifier in use: the rules' findings and the trained weights together, each where it measures best.

The weights see what the rules found (with denials, times and persons) beside the words themselves, and decide the topic
and how grave a message is; the rules keep what must be exact: records, names, hidden and sensitive content. A grave
finding of the rules raises the urgency whatever the weights think, unless they are sure of the contrary.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from portal.messaging.routing import confidences, features, names
from portal.messaging.routing.classifier import Analysis, analyse, reading
from portal.messaging.routing.context import Context
from portal.messaging.routing.model import Model, shipped
from portal.messaging.routing.types import PRIVATE, SENSITIVE, SYMPTOM_TOPICS, TOPICS, Incoming, Reading

_CLEAR = 0.9  # chance from which words outweigh the record whose page the question starts from
_DOUBTED = 0.15  # chance below which an emergency of denied, past or settled findings only is none
_GRAVE = frozenset({"new_symptom", "follow_up_symptom", "medication_question"})
_LIKELY = 0.2  # chance from which the liaison's scopes must cover a topic, too
_ALIKE = 0.7  # share of the likeliest topic's chance from which another ask the rules see counts as likely
_TERSE = 0.4  # chance an emergency of a few words without a finding must reach
_EMPTY = frozenset({"again", "ask", "count", "day", "if", "kin", "me", "past", "recent", "side", "thank", "usual"})
_TOPICS = len(TOPICS)
WHOLE = _TOPICS + 2  # outputs for the whole message: topics and levels; then come those for its sentences
_SPOKEN = 20.0  # by how much words spoken to the liaison by name are likelier news or errands of the family
_FAINT = 1e-4  # keeps a topic no sentence speaks of from being ruled out
_STARTS = {
    "result": ("test_result",), "report": ("test_result",), "medication": ("medication_question", "medication_refill"),
    "appointment": ("appointment_question", "appointment_scheduling"),
    "visit": ("appointment_question", "appointment_scheduling"), "referral": ("referral",),
}  # fmt: skip


def signals(raw: Sequence[float], rule_level: str) -> list[float]:
    """What the last step weighs: the levels by whole and by sentence, the rules' level, whether the topic is a clinical
    one and how clearly; the first is constant. The length of a message is left out on purpose: in the corpus grave
    messages are long, elsewhere they need not be.
    """
    grave = max(raw[TOPICS.index(topic)] for topic in _GRAVE)
    other = max(raw[i] for i, topic in enumerate(TOPICS) if topic not in _GRAVE)
    margin = max(-6.0, min(6.0, grave - other))
    return [
        1.0, *raw[_TOPICS:WHOLE], *raw[WHOLE + _TOPICS : WHOLE + _TOPICS + 2],
        float(rule_level == "emergency"), float(rule_level == "same_day"),
        margin, abs(margin),
    ]  # fmt: skip


def private_signals(name: str, sentence: float, said: frozenset[str]) -> list[float]:
    """What the last step weighs of one private matter: the rules' words for it, and the sentence that says it most."""
    return [1.0, float(name in said), float(f"{name}_word" in said), sentence]


def logistic(z: float) -> float:
    """A chance from a log-odds."""
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, z))))


def _weigh(weights: Sequence[float], given: Sequence[float]) -> float:
    return logistic(sum(w * s for w, s in zip(weights, given, strict=True)))


def _softmax(values: Sequence[float]) -> list[float]:
    top = max(values)
    e = [math.exp(value - top) for value in values]
    total = sum(e)
    return [value / total for value in e]


def gather(sentences: Sequence[Sequence[float]]) -> list[float]:
    """The outputs of all sentences as one: how much of the message speaks of each topic (logarithm of the mean chance),
    and of the levels and secrets the sentence that says it most.
    """
    if not sentences:
        return [0.0] * _TOPICS + [-6.0] * (2 + len(PRIVATE))
    by_topic = zip(*(_softmax(sentence[:_TOPICS]) for sentence in sentences), strict=True)
    most = [max(column) for column in zip(*sentences, strict=True)]
    return [math.log(sum(column) / len(sentences) + _FAINT) for column in by_topic] + most[_TOPICS:]


def chances(raw: Sequence[float], weights: dict[str, list[float]]) -> list[float]:
    """Chances of the topics from what the whole and the sentences say of them."""
    whole, sentences = weights["by"]
    return _softmax([whole * raw[i] + sentences * raw[WHOLE + i] + bias for i, bias in enumerate(weights["bias"])])


@dataclass(frozen=True, slots=True)
class Weighed:
    """Chances of each topic, of at least same-day, and of an emergency."""

    topics: dict[str, float]
    urgent: float
    emergency: float
    private: dict[str, float]  # of each of PRIVATE


def level_of(urgent: float, emergency: float, rule_level: str, edges: dict[str, float]) -> str:
    """The urgency from the two chances and the rules' level, by the thresholds of the model file."""
    least = edges["beside_same_day" if rule_level == "same_day" else "emergency"]
    if emergency >= least or (rule_level == "emergency" and emergency >= edges["rule_emergency"]):
        return "emergency"
    if urgent >= edges["urgent"] or (rule_level != "routine" and urgent >= edges["rule_urgent"]):
        return "same_day"
    return "routine"


class CombinedClassifier:
    """Rules and weights together. Deterministic; never raises for any text. Safe to share between threads."""

    def __init__(self, model: Model | None = None) -> None:
        self._model = model or shipped()

    def weigh(self, context: Context, message: Incoming, seen: Analysis) -> Weighed:
        """The chances of one analysed message."""
        model = self._model
        found = features.of(context, message, seen)
        raw = model.score(found.whole, 0, WHOLE)
        raw += gather([model.score(sentence, WHOLE, len(model.outputs)) for sentence in found.sentences])
        said = confidences.said_of(context, message, seen.plain, seen.assertion)
        private = {
            name: 1.0
            if name in said
            else _weigh(model.header["private"][name], private_signals(name, raw[WHOLE + _TOPICS + 2 + i], said))
            for i, name in enumerate(PRIVATE)
        }
        given = signals(raw, seen.findings.level)
        urgent, emergency = (_weigh(model.header["fuse"][level], given) for level in ("urgent", "emergency"))
        topics = dict(zip(TOPICS, chances(raw, model.header["topics"]), strict=True))
        if message.sender_role == "patient" and names.speaks_to_liaison(context, seen.text):
            topics["family_update"] *= _SPOKEN
            total = sum(topics.values())
            topics = {topic: chance / total for topic, chance in topics.items()}
        return Weighed(topics, urgent, emergency, private)

    def read(self, context: Context, message: Incoming) -> Reading:
        """Topic, urgency, confidences and matched records of one message."""
        seen = analyse(context, message)
        if not any(c.isalpha() for c in seen.text.flat):
            return reading(context, message, seen)
        weighed = self.weigh(context, message, seen)
        edges = self._model.header["edges"]
        rule_level = seen.findings.level
        if rule_level == "routine" and weighed.emergency < _least(seen):
            weighed = replace(weighed, urgent=min(weighed.urgent, 0.01), emergency=min(weighed.emergency, 0.01))
        level = level_of(weighed.urgent, weighed.emergency, rule_level, edges)
        topic, others = self._topics(message, seen, weighed, level)
        by_rules = reading(
            context, message, replace(seen, topic=topic, secondary=others, confidence=weighed.topics[topic])
        )
        unsure = self._unsure(message, weighed, by_rules, edges)
        theirs = message.sender_role in {"liaison", "provider"}

        def said(name: str) -> bool:
            return weighed.private[name] >= edges["private"]

        by_record = confidences.of_records(context, message, seen.text, seen.matches, by_rules.topic)
        concern = None if message.sender_role == "provider" else _concern(seen, level)
        return replace(
            by_rules,
            sensitive=_category(weighed, edges, by_record) or ("mental_health" if concern == "self_harm" else None),
            hide_from_liaison=by_rules.hide_from_liaison
            or (not theirs and said("hide") and not confidences.kept_from_others_only(context, seen.text)),
            concern_about_liaison=by_rules.concern_about_liaison
            or (not theirs and context.active_liaison is not None and said("concern")),
            urgency="routine" if message.sender_role == "provider" else level,
            concern=concern,
            confidence=round(weighed.topics[topic], 3),
            urgency_confidence=round(_certainty(weighed, level), 3),
            unsure=unsure,
            likely=() if message.topic or message.sender_role == "provider" else _likely(weighed, by_rules.topic),
        )

    @staticmethod
    def _topics(message: Incoming, seen: Analysis, weighed: Weighed, level: str) -> tuple[str, tuple[str, ...]]:
        ranked = sorted(TOPICS, key=lambda topic: -weighed.topics[topic])
        topic = ranked[0]
        if message.about and seen.topic in _STARTS.get(message.about.kind, ()) and level != "emergency":
            unclear = weighed.topics[topic] < _CLEAR or topic == "acknowledgement"
            names_no_other = topic == "test_result" and not seen.matches.result_is_named
            topic = seen.topic if unclear or names_no_other else topic
        asked = {seen.topic, *seen.secondary}
        if topic in asked and level == "routine" and not message.about:
            near = [t for t in asked if weighed.topics[t] >= _ALIKE * weighed.topics[topic]]
            topic = min(near, key=TOPICS.index)  # of asks alike likely, the order of the contract decides
        others = [t for t in ranked[:4] if t != topic and weighed.topics[t] >= 0.2]
        others += [t for t in seen.secondary if weighed.topics[t] >= 0.04 and t not in others]
        if level != "routine" and topic == "acknowledgement":
            topic = ranked[1]
        kept = tuple(t for t in others if t != topic and not {t, topic} <= SYMPTOM_TOPICS and t != "acknowledgement")
        return topic, kept[:3]

    @staticmethod
    def _unsure(message: Incoming, weighed: Weighed, read: Reading, edges: dict[str, float]) -> tuple[str, ...]:
        if message.topic or message.sender_role == "provider" or weighed.topics[read.topic] >= edges["sure"]:
            return ()
        rest = [t for t in sorted(TOPICS, key=lambda t: -weighed.topics[t]) if t != read.topic]
        return (read.topic, rest[0])


def _likely(weighed: Weighed, topic: str) -> tuple[str, ...]:
    """The other topics the message may well be about."""
    return tuple(t for t in TOPICS if t != topic and weighed.topics[t] >= _LIKELY)


def _explained(seen: Analysis) -> bool:
    """Whether everything grave the rules found is denied, past, imagined, somebody else's or already looked after."""
    findings = seen.findings
    return (findings.settled or bool(findings.dropped)) and not (findings.symptoms and not findings.settled)


def _terse(seen: Analysis) -> bool:
    """Whether there is next to nothing to go by: no finding, and three words at most, or six about a named result."""
    words = len([w for w in seen.text.flat.split() if w.isalpha()])
    return (
        words <= (6 if seen.matches.result_is_named and seen.topic == "test_result" else 3) and not seen.findings.hits
    )


def _begun(seen: Analysis) -> bool:
    """Whether a few words speak of nothing that has a meaning yet: somebody has just begun to type."""
    return not any(set(features.meanings_of(word)) - _EMPTY for word in seen.plain.words)


def _least(seen: Analysis) -> float:
    """The chance an emergency must reach where the rules see none and the message gives a reason to doubt."""
    if _terse(seen):
        return 1.0 if _begun(seen) else _TERSE
    return _DOUBTED if _explained(seen) else 0.0


def _category(weighed: Weighed, edges: dict[str, float], by_record: set[str]) -> str | None:
    """The sensitive category of the records, or of the words as far as rules and weights together believe them; of
    several the gravest.
    """
    return next((n for n in SENSITIVE if n in by_record or weighed.private[n] >= edges["private"]), None)


def _concern(seen: Analysis, level: str) -> str | None:
    """What the urgency is about, where anything says it: the rules' red flag, or talk of ending and farewell."""
    if level == "routine":
        return None
    thought = {meaning for word in seen.plain.words for meaning in features.meanings_of(word)}
    if level == "emergency" and seen.findings.level != "emergency":
        if "selfend" in thought or ("farewell" in thought and thought & {"peace", "nomore"}):
            return "self_harm"
        return None
    return seen.findings.concern


def _certainty(weighed: Weighed, level: str) -> float:
    if level == "emergency":
        return weighed.emergency
    if level == "same_day":
        return max(weighed.urgent - weighed.emergency, 0.0)
    return 1.0 - weighed.urgent


@cache
def default() -> CombinedClassifier:
    """The classifier of the product, with the model it ships. Call it before the server forks."""
    return CombinedClassifier()


__all__ = ["CombinedClassifier", "Weighed", "default", "level_of", "signals"]
