"""From the corpus to `data/model.bin`: read, learn, choose thresholds on voices never heard, write.

The thresholds rest on predictions for voices left out of learning (`corpus.fold_of`); the file itself is then made from
all voices. Needs NumPy; reading a message does not.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from portal.messaging.routing import features
from portal.messaging.routing.classifier import analyse
from portal.messaging.routing.combined import gather
from portal.messaging.routing.confidences import of_records, said_of
from portal.messaging.routing.model import SCHEMA
from portal.messaging.routing.training.charts import chart
from portal.messaging.routing.training.corpus import FOLDS, Example, fold_of
from portal.messaging.routing.training.encode import BALLAST, BLOCK_SCALES, Blocks, Encoder
from portal.messaging.routing.training.solver import Floats, Plan, fit, scores
from portal.messaging.routing.types import PRIVATE, SENSITIVE, TOPICS

LEVELS = ("urgent", "emergency")  # at least same-day; emergency
OUTPUTS = (*TOPICS, *LEVELS, *(f"sentence_{name}" for name in (*TOPICS, *LEVELS, *PRIVATE)))
EVEN = 0.5  # how far rare topics are brought up to common ones: 0 not at all, 1 wholly
WHOLE = len(TOPICS) + len(LEVELS)


@dataclass(frozen=True)
class Read:
    """One example with its features, the rules' topic and the rules' level."""

    example: Example
    whole: Blocks
    sentences: tuple[Blocks, ...]
    rule_topic: str
    rule_level: str
    said: frozenset[str] = frozenset()  # private matters the rules see in the words
    by_record: frozenset[str] = frozenset()  # sensitive categories of the records it is about


@dataclass
class Learned:
    """Weights in the columns of an encoder."""

    encoder: Encoder
    weights: Floats
    offsets: Floats
    notes: dict[str, object] = field(default_factory=dict)


def look(examples: Sequence[Example]) -> list[Read]:
    """The features of every example."""
    found = []
    for one in examples:
        context = chart(one)
        seen = analyse(context, one.message)
        f = features.of(context, one.message, seen)
        level = "routine" if one.role == "provider" else seen.findings.level
        said = said_of(context, one.message, seen.plain, seen.assertion)
        records = frozenset(of_records(context, one.message, seen.text, seen.matches, one.topics[0]))
        found.append(Read(one, f.whole, f.sentences, seen.topic, level, said, records))
    return found


def _level(example: Example) -> int:
    return ("routine", "same_day", "emergency").index(example.urgencies[0])


def secrets(example: Example) -> list[float]:
    """Which of PRIVATE are so."""
    return [
        *(float(example.sensitive == category) for category in SENSITIVE),
        float(example.hide),
        float(example.concern),
    ]


def _balanced(wished: Floats) -> Floats:
    share = min(max(float((wished > 0.5).mean()), 1e-6), 1 - 1e-6)
    return np.where(wished > 0.5, 0.5 / share, 0.5 / (1 - share))


def _wishes(reads: Sequence[Read]) -> tuple[Floats, Floats]:
    wished = np.zeros((len(reads), WHOLE))
    for i, read in enumerate(reads):
        first, *others = read.example.topics
        wished[i, TOPICS.index(first)] = 0.75 if others else 1.0
        for topic in others:
            wished[i, TOPICS.index(topic)] = 0.25 / len(others)
        for k in range(len(LEVELS)):
            wished[i, len(TOPICS) + k] = float(_level(read.example) > k)
    weights = np.ones_like(wished)
    total = wished[:, : len(TOPICS)].sum(0)
    rare = (total.mean() / np.maximum(total, 1.0)) ** EVEN
    weights[:, : len(TOPICS)] = (wished[:, : len(TOPICS)] * rare).sum(1, keepdims=True)
    for column in range(len(TOPICS), WHOLE):
        weights[:, column] = _balanced(wished[:, column])
    return wished, weights


def learn(reads: Sequence[Read], whole: Plan | None = None, sentence: Plan | None = None) -> Learned:
    """Weights for whole messages, and for sentences: of a grave message the gravest sentence counts most."""
    encoder = Encoder([read.whole for read in reads])
    wished, counts = _wishes(reads)
    rows = [encoder.row(read.whole) for read in reads]
    w, offset = fit(rows, encoder.width, wished, counts, len(TOPICS), whole or Plan())
    owner = np.array([i for i, read in enumerate(reads) for _ in read.sentences])
    parts = [encoder.row(s) for read in reads for s in read.sentences]
    hidden = np.array([secrets(read.example) for read in reads])
    wished = np.concatenate([wished, hidden], axis=1)[owner]
    base = np.ones_like(wished)
    base[:, : len(TOPICS)] = counts[:, : len(TOPICS)][owner] / np.bincount(owner)[owner][:, None]
    shared, plan = base, sentence or Plan(passes=5)
    for _ in range(2):
        sentence_w, sentence_offset = fit(parts, encoder.width, wished, shared, len(TOPICS), plan)
        shared = _share(scores(parts, sentence_w, sentence_offset), owner, wished, base)
    return Learned(encoder, np.concatenate([w, sentence_w], axis=1), np.concatenate([offset, sentence_offset]))


def _share(raw: Floats, owner: np.ndarray, wished: Floats, base: Floats) -> Floats:
    """How much each sentence counts: those of a message share its topic, and what is grave or private in it; the one
    that says it most counts most.
    """
    counts, n = np.ones_like(wished), len(TOPICS)
    e = np.exp(raw[:, :n] - raw[:, :n].max(1, keepdims=True))
    telling = (e / e.sum(1, keepdims=True) * wished[:, :n]).sum(1) + 1e-3
    edges = [0, *(np.flatnonzero(np.diff(owner)) + 1).tolist(), len(owner)]
    for a, b in pairwise(edges):
        e = np.exp(raw[a:b] - raw[a:b].max(0))
        share = e / e.sum(0)
        counts[a:b] = np.where(wished[a:b] > 0.5, share, 1.0)
        counts[a:b, :n] = base[a:b, :n] * (b - a) * (telling[a:b] / telling[a:b].sum())[:, None]
    for k in range(n, n + len(LEVELS)):  # what is private is rare, and is found best when it may stay so
        yes = wished[:, k] > 0.5
        counts[:, k] *= np.where(yes, 0.5 * len(yes) / max(counts[yes, k].sum(), 1e-9),
                                 0.5 * len(yes) / max((~yes).sum(), 1))  # fmt: skip
    return counts


def apply(learned: Learned, reads: Sequence[Read]) -> Floats:
    """Raw outputs, one row a message: topics and levels of the whole; topics, levels and secrets by sentence."""
    raw = np.zeros((len(reads), len(OUTPUTS)))
    for i, read in enumerate(reads):
        rows = [learned.encoder.row(read.whole), *(learned.encoder.row(s) for s in read.sentences)]
        found = scores(rows, learned.weights, learned.offsets)
        raw[i, :WHOLE] = found[0, :WHOLE]
        raw[i, WHOLE:] = gather(found[1:, WHOLE:].tolist())
    return raw


def unheard(reads: Sequence[Read], whole: Plan | None = None, sentence: Plan | None = None) -> Floats:
    """Raw outputs of every message by weights learned without its voice."""
    voices = {read.example.voice for read in reads}
    fold = np.array([fold_of(read.example.voice, voices) for read in reads])
    raw = np.zeros((len(reads), len(OUTPUTS)))
    for number in range(min(FOLDS, len(voices))):
        out = np.flatnonzero(fold == number)
        learned = learn([reads[i] for i in np.flatnonzero(fold != number).tolist()], whole, sentence)
        raw[out] = apply(learned, [reads[i] for i in out.tolist()])
    return raw


def write(learned: Learned, notes: dict[str, object]) -> bytes:
    """The bytes of a model file; `notes` go into its header."""
    encoder = learned.encoder
    folded = learned.weights * encoder.all_rarities[:, None]
    units = np.maximum(np.abs(folded).max(0), 1e-9) / 32767.0
    names = zlib.compress("\n\n".join("\n".join(block) for block in encoder.names).encode("utf-8"), 9)
    header = {
        "schema": SCHEMA,
        **notes,
        "outputs": list(OUTPUTS),
        "offsets": [round(float(x), 6) for x in learned.offsets],
        "scales": [float(f"{x:.8g}") for x in units],
        "block_scales": list(BLOCK_SCALES),
        "ballast": BALLAST,
        "names_bytes": len(names),
    }
    line = json.dumps(header, sort_keys=True, separators=(",", ":")).encode() + b"\n"
    rarity = encoder.all_rarities.astype("<f4").tobytes()
    return line + names + rarity + np.rint(folded / units).astype("<i2").tobytes()
