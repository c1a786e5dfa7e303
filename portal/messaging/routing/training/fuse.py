"""The last step: chances that mean what they say, and the thresholds, from predictions for voices never heard."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from portal.messaging.routing.combined import private_signals, signals
from portal.messaging.routing.training.solver import Floats
from portal.messaging.routing.training.train import LEVELS, WHOLE, Read, secrets
from portal.messaging.routing.types import PRIVATE, TOPICS

SENSITIVITY = 0.975  # of emergencies, aimed at when the threshold is chosen
_URGENT = 0.95  # of messages that are same-day or graver
_STEPS = 400  # towards the best weights for topics
_BLOCKED = 0.04  # of the messages that are not private, the share taken for it


def _logistic_fit(x: Floats, wished: Floats, weight: Floats, pull: float = 1.0) -> Floats:
    """Newton's method; the pull keeps the weights small."""
    w = np.zeros(x.shape[1])
    for _ in range(60):
        p = 1.0 / (1.0 + np.exp(-np.clip((x * w).sum(1), -30, 30)))
        slope = (x * (weight * (p - wished))[:, None]).sum(0) + pull * w
        bend = (x[:, :, None] * x[:, None, :] * (weight * p * (1 - p))[:, None, None]).sum(0) + pull * np.eye(len(w))
        step = np.linalg.solve(bend, slope)
        w = w - step
        if float(np.abs(step).max()) < 1e-9:
            break
    return w


def levels(reads: Sequence[Read]) -> Floats:
    """0 routine, 1 same-day, 2 emergency."""
    return np.array([("routine", "same_day", "emergency").index(read.example.urgencies[0]) for read in reads], float)


def fuse(reads: Sequence[Read], raw: Floats) -> tuple[dict[str, list[float]], Floats]:
    """Weights of the signals for both levels, and the chances they give (rows × levels)."""
    given = _given(reads, raw)
    graded, found = levels(reads), {}
    ours = np.array([float(read.example.role != "provider") for read in reads])
    for k, level in enumerate(LEVELS):
        w = _logistic_fit(given, (graded > k).astype(float), ours)
        found[level] = [round(float(value), 6) for value in w]
    return found, fused_chances(reads, raw, found)


def _given(reads: Sequence[Read], raw: Floats) -> Floats:
    return np.array([signals(list(row), read.rule_level) for row, read in zip(raw, reads, strict=True)])


def fused_chances(reads: Sequence[Read], raw: Floats, weights: dict[str, list[float]]) -> Floats:
    """Chances of at least same-day and of an emergency, row by row."""
    given = _given(reads, raw)
    sums = np.array([(given * np.array(weights[level])).sum(1) for level in LEVELS]).T
    return 1.0 / (1.0 + np.exp(-np.clip(sums, -30, 30)))


def fuse_topics(reads: Sequence[Read], raw: Floats) -> tuple[dict[str, list[float]], Floats]:
    """How much the whole and how much the sentences say of the topic, and the chances that gives (rows × topics)."""
    n = len(TOPICS)
    wished = np.zeros((len(reads), n))
    for row, read in zip(wished, reads, strict=True):
        row[TOPICS.index(read.example.topics[0])] = 1.0
    parts = (raw[:, :n], raw[:, WHOLE : WHOLE + n])
    by, bias = np.array([1.0, 0.0]), np.zeros(n)
    for _ in range(_STEPS):
        error = (_topic_chances(parts, by, bias) - wished) / len(reads)
        by = by - 0.05 * np.array([(error * part).sum() for part in parts])
        bias = bias - 0.5 * (error.sum(0) + 1e-3 * bias)
    found = {"by": [round(float(x), 6) for x in by], "bias": [round(float(x), 6) for x in bias]}
    return found, topic_chances(raw, found)


def _topic_chances(parts: tuple[Floats, Floats], by: Floats, bias: Floats) -> Floats:
    z = by[0] * parts[0] + by[1] * parts[1] + bias
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def topic_chances(raw: Floats, weights: dict[str, list[float]]) -> Floats:
    """Chances of the topics, row by row."""
    n = len(TOPICS)
    return _topic_chances((raw[:, :n], raw[:, WHOLE : WHOLE + n]), np.array(weights["by"]), np.array(weights["bias"]))


def fuse_private(reads: Sequence[Read], raw: Floats) -> tuple[dict[str, list[float]], Floats]:
    """Weights of the signals for each private matter, and the chances they give (rows × PRIVATE)."""
    wished = np.array([secrets(read.example) for read in reads])
    for k, name in enumerate(PRIVATE):  # what only a record tells is not learned from words
        wished[[name in read.by_record for read in reads], k] = 0.5
    found = {}
    for k, name in enumerate(PRIVATE):
        counts = (wished[:, k] != 0.5).astype(float)
        w = _logistic_fit(_private_given(reads, raw, k), wished[:, k], counts)
        found[name] = [round(float(value), 6) for value in w]
    return found, private_chances(reads, raw, found)


def _private_given(reads: Sequence[Read], raw: Floats, k: int) -> Floats:
    at = WHOLE + len(TOPICS) + len(LEVELS) + k
    return np.array(
        [private_signals(PRIVATE[k], float(row[at]), read.said) for row, read in zip(raw, reads, strict=True)]
    )


def private_chances(reads: Sequence[Read], raw: Floats, weights: dict[str, list[float]]) -> Floats:
    """Chances of each of PRIVATE, row by row."""
    sums = [(_private_given(reads, raw, k) * np.array(weights[name])).sum(1) for k, name in enumerate(PRIVATE)]
    return 1.0 / (1.0 + np.exp(-np.clip(np.array(sums).T, -30, 30)))


def _private_edge(reads: Sequence[Read], private: Floats) -> float:
    """From which chance a message counts as private: so that few others are blocked without need."""
    open_ = np.array([not any(secrets(read.example)) and not read.by_record for read in reads])
    return round(max(_edge(private[open_].max(1), _BLOCKED), 0.05), 6)


def _edge(values: Floats, share: float) -> float:
    """The threshold that `share` of the values reach."""
    if not len(values):
        return 0.0
    ordered = np.sort(values)[::-1]
    return float(ordered[max(int(np.ceil(share * len(ordered))) - 1, 0)])


def edges(
    reads: Sequence[Read], chances: Floats, topics: Floats, private: Floats, sensitivity: float = SENSITIVITY
) -> dict[str, float]:
    """The thresholds of `combined.level_of`, and the chance below which a topic is not sure."""
    mine = [read.example.role != "provider" for read in reads]
    only = np.array([m and read.example.urgencies == ("emergency",) for m, read in zip(mine, reads, strict=True)])
    any_ = np.array([m and "routine" not in read.example.urgencies for m, read in zip(mine, reads, strict=True)])
    beside = np.array([read.rule_level == "same_day" for read in reads])
    least = _edge(chances[only, 1], sensitivity)
    return {
        "emergency": round(least, 6),
        "beside_same_day": round(max(_edge(chances[only & beside, 1], 0.95), least), 6),
        "rule_emergency": round(_edge(chances[only, 1], 0.985), 6),
        "urgent": round(_edge(chances[any_, 0], _URGENT), 6),
        "rule_urgent": round(_edge(chances[any_, 0], 0.97), 6),
        "private": _private_edge(reads, private),
        "sure": round(_edge(topics.max(1), 0.88), 4),
    }
