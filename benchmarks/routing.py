"""Routing: what a message costs with 20, 200 and 1,000 rules, against an inverted index that does nothing else."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median
from typing import Any

from benchmarks.dataset import SEED, WORDS
from benchmarks.limits.routing import WordIndex
from benchmarks.measure import differs
from benchmarks.scenarios import QUESTIONS
from portal.messaging.routing.context import Context
from portal.messaging.routing.phrases import PhraseIndex
from portal.messaging.routing.router import route
from portal.messaging.routing.text import Text
from portal.messaging.routing.types import Incoming

RULES = (20, 200, 1000)
NOBODY = Context("bench", datetime(2026, 1, 5, 12, tzinfo=UTC))
LEAST, FLAT = 0.30, 2.0


def rules(number: int) -> list[tuple[str, str]]:
    """(name, phrase): two words of the messages' own vocabulary and one of a long tail, as lexicons are."""
    chance = random.Random(f"rules {SEED}")
    tail = [f"{a}{b}" for a in ("cardi", "derm", "neur", "gastr", "hepat", "nephr") for b in range(200)]
    return [
        (f"rule{n}", f"{chance.choice(tail)} {chance.choice(WORDS)}" if n % 4 else " ".join(chance.choices(WORDS, k=2)))
        for n in range(number)
    ]


def compare(repeats: int, *, quick: bool) -> dict[str, Any]:
    """Rates of both for each number of rules. `flat` is the cost with 1,000 rules over that with 20."""
    rounds = 40 if quick else 200
    found: dict[str, Any] = {}
    costs: dict[int, float] = {}
    for number in RULES:
        known = rules(number)
        ours, floor = PhraseIndex((name, 1.0, phrase) for name, phrase in known), WordIndex(known)
        spent: dict[str, list[float]] = {"limit": [], "portal": []}
        for _ in range(repeats):
            spent["limit"].append(_cost(floor.find, rounds))
            spent["portal"].append(_cost(lambda text, index=ours: index.find(Text.of(None, text)), rounds))  # type: ignore[misc]
        ratio = median(limit / p for limit, p in zip(spent["limit"], spent["portal"], strict=True))
        costs[number] = median(spent["portal"])
        found[str(number)] = {
            "ratio": round(ratio, 3), "portal_us": round(costs[number] * 1e6, 1),
            "limit_us": round(median(spent["limit"]) * 1e6, 1), "noisy": differs(spent["limit"]),
        }  # fmt: skip
    flat = costs[RULES[-1]] / costs[RULES[0]]
    whole = median(_cost(_decide, rounds) for _ in range(repeats))
    return {
        **found, "target": LEAST, "flat": round(flat, 2), "target_flat": FLAT,
        "decision_ms": round(whole * 1000, 2), "decisions_per_s": round(1 / whole),
    }  # fmt: skip


def _decide(text: str) -> None:
    """A whole decision: read by rules and weights, owner found, reason said."""
    route(NOBODY, Incoming(text))


def _cost(work: Callable[[str], object], rounds: int) -> float:
    start = time.process_time()
    for _ in range(rounds):
        for question in QUESTIONS:
            work(question)
    return (time.process_time() - start) / (rounds * len(QUESTIONS))
