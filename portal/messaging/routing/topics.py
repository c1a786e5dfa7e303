"""What a message asks for. Cues of each topic are added up; the records it names and the findings it reports count too."""  # noqa: E501

from __future__ import annotations

from collections import defaultdict

from portal.messaging.routing.lexicon import index
from portal.messaging.routing.phrases import Hit
from portal.messaging.routing.text import Text
from portal.messaging.routing.types import SYMPTOM_TOPICS, TOPICS, About, Incoming, Matches
from portal.messaging.routing.urgency import Findings

SUBJECT_WEIGHT = 0.4  # the subject line is a weak hint only
_ASK = 2.5  # least score of a topic that counts as an ask
_DOSE_FORMS = frozenset({"pill", "pills", "tablet", "tablets", "supplement", "pastilla", "pastillas", "dose", "dosis"})
_START = 3.0  # weight of the record whose page a question starts from
_EDGE = 0.9  # within this share of the best, the fixed order of topics decides
_MEDICATION_CONCERNS = frozenset({"overdose", "dose", "rash"})
_SYMPTOM_CONCERNS_NOT = frozenset({"run_out", "dose", "result"})
_MILD = frozenset({"recovery", "stable", "mood", "belly_pain", "headache", "edema", "weak", "symptom", "flank"})


class Cues:
    """The cues of one message, by name."""

    def __init__(self, text: Text) -> None:
        self.scores: dict[str, float] = defaultdict(float)
        counted: set[tuple[str, int]] = set()
        last: dict[str, int] = defaultdict(lambda: -1)
        times: dict[str, int] = defaultdict(int)
        for hit in index("topics").find(text):
            if (hit.name, hit.start) in counted or hit.start < last[hit.name]:
                continue  # one stretch of words is one cue
            counted.add((hit.name, hit.start))
            last[hit.name] = hit.end
            times[hit.name] += 1
            weight = hit.weight * (SUBJECT_WEIGHT if hit.end <= text.body_at else 1.0)
            self.scores[hit.name] += weight / times[hit.name]

    def __getitem__(self, name: str) -> float:
        return self.scores.get(name, 0.0)

    def has(self, name: str) -> bool:
        return self.scores.get(name, 0.0) > 0


def scores(text: Text, cues: Cues, findings: Findings, matches: Matches, message: Incoming) -> dict[str, float]:
    """A score for each topic."""
    score = {topic: cues[topic] for topic in TOPICS}
    symptoms = [h for h in findings.symptoms if h.name != "recovery"]
    asks = text.is_question or cues.has("question")
    if matches.medications or matches.unknown_medicine:
        score["medication_question"] += 2.0 if asks else 1.0
        if score["medication_refill"]:
            score["medication_refill"] += 2.0
        if asks and matches.medications:
            score["medication_question"] += 0.5
    if matches.results and score["test_result"]:
        score["test_result"] += 2.0
    elif matches.result_is_named and not matches.medications and (asks or cues.has("assess")) and cues["follow"] < 4:
        score["test_result"] += 4.0 if cues.has("assess") else 2.5
    elif matches.results and asks and "results" in text.words:
        score["test_result"] += 2.5
    elif matches.result_is_named and not matches.medications:
        score["medication_question" if text.words & _DOSE_FORMS else "test_result"] += 1.6
    if matches.result_is_named and score["test_result"] >= _ASK and message.sender_role == "patient":
        score["family_update"] *= 0.5  # "any news on my potassium" asks for the test
    if matches.referral and cues.has("referral"):
        score["referral"] += 1.5
    if matches.visit and matches.visit_is_tied:
        for topic in ("appointment_question", "appointment_scheduling"):
            score[topic] += 1.0 if score[topic] else 0.5
    _add_symptoms(score, symptoms, findings, cues, matches)
    if symptoms and (matches.medications or matches.unknown_medicine) and cues.has("attribution"):
        score["medication_question"] += 3.0
    if message.about:
        _add_start(score, message.about, cues, asks)
    if cues.has("loose_ends"):
        score["care_coordination"] += 6.0
    return score


def _add_start(score: dict[str, float], about: About, cues: Cues, asks: bool) -> None:
    """A question asked from the page of a record is about that record, unless its words clearly ask something else."""
    if not asks and not cues.has("assess") and score["acknowledgement"] > 0:
        return  # thanks, said where the answer stood
    kind = about.kind
    if kind in {"result", "report"}:
        topic = "test_result"
    elif kind == "medication":
        refill = score["medication_refill"] >= score["medication_question"] and score["medication_refill"] > 0
        topic = "medication_refill" if refill else "medication_question"
    elif kind in {"appointment", "visit"}:
        moves = score["appointment_scheduling"] > score["appointment_question"] or cues.has("another_time")
        topic = "appointment_scheduling" if moves else "appointment_question"
    elif kind == "referral":
        topic = "referral"
    else:
        return
    weight = _START + (1.0 if asks or cues.has("assess") else 0.0)
    if kind == "medication":
        weight -= 2.5 if asks else 1.0  # the medicine itself has counted already
    elif score["new_symptom"] + score["follow_up_symptom"] > 0 and not asks:
        weight -= 1.0
    score[topic] += weight


def _add_symptoms(
    score: dict[str, float], symptoms: list[Hit], findings: Findings, cues: Cues, matches: Matches
) -> None:
    if symptoms:
        grave = any(h.name not in _MILD for h in symptoms)
        weight = min(2.6 + 0.6 * (len({h.name for h in symptoms}) - 1) + (0.6 if grave else 0.0), 5.0)
    elif "recovery" in findings.live and cues.has("follow"):
        weight = 3.0
    elif cues["follow"] >= 4:
        weight = 2.6
    else:
        return
    recent = matches.visit is not None and matches.visit.status == "completed" and matches.visit_is_tied
    follows = cues["follow"] + (2.0 if recent else 0.0)
    score["follow_up_symptom" if follows >= 2.0 else "new_symptom"] += weight


def rank(
    score: dict[str, float], findings: Findings, cues: Cues, message: Incoming
) -> tuple[str, tuple[str, ...], float]:
    """(primary topic, secondary topics, confidence)."""
    if findings.level != "routine":
        return _urgent(score, findings, cues)
    score = dict(score)
    if any(score[t] >= _ASK for t in TOPICS if t != "acknowledgement"):
        score["acknowledgement"] = 0.0
    best = max(score.values())
    if best < 1.5:
        return _nothing(score, message), (), 0.2
    if cues.has("loose_ends"):
        primary = "care_coordination"
    else:
        primary = next(t for t in TOPICS if score[t] >= _EDGE * best)
    least = max(_ASK + 0.5, 0.6 * best)
    others = tuple(t for t in TOPICS if t != primary and score[t] >= least and not {t, primary} <= SYMPTOM_TOPICS)
    total = sum(sorted(score.values())[-3:]) or 1.0
    return primary, others[:3], round(min(0.99, best / total), 2)


def _urgent(score: dict[str, float], findings: Findings, cues: Cues) -> tuple[str, tuple[str, ...], float]:
    """The most urgent ask is the primary one."""
    symptom = "follow_up_symptom" if score["follow_up_symptom"] > score["new_symptom"] else "new_symptom"
    concern = findings.concern
    if concern == "run_out":
        primary = "medication_refill"
    elif concern == "result":
        primary = "test_result"
    elif concern in {"dose", "overdose"} or (
        score["medication_question"] > 5.0 and cues.has("attribution") and concern != "self_harm"
    ):
        primary = "medication_question"
    else:
        primary = symptom
    others = tuple(t for t in TOPICS if t != primary and score[t] >= 4.0 and not {t, primary} <= SYMPTOM_TOPICS)
    return primary, others[:3], 0.8


def _nothing(score: dict[str, float], message: Incoming) -> str:
    if message.sender_role == "family_other":
        return "family_update"
    if message.sender_role == "provider":
        return "follow_up_symptom"
    if score["acknowledgement"] > 0:
        return "acknowledgement"
    return "new_symptom"
