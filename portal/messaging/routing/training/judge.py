"""Figures for voices never heard: each message is judged by weights and thresholds learned without its voice.

What is counted is what TAXONOMY section 12 defines, as far as a message without a real chart can show it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from portal.messaging.routing.combined import level_of
from portal.messaging.routing.training import corpus
from portal.messaging.routing.training.build import SENTENCE, WHOLE, settle
from portal.messaging.routing.training.corpus import FOLDS, fold_of
from portal.messaging.routing.training.fuse import fused_chances, topic_chances
from portal.messaging.routing.training.solver import Floats
from portal.messaging.routing.training.train import Read, look, unheard
from portal.messaging.routing.types import TOPICS, URGENCIES


@dataclass(frozen=True)
class Verdict:
    """What the reader says of one example."""

    read: Read
    topic: str
    level: str
    sure: bool


def verdicts(reads: Sequence[Read], raw: Floats) -> list[Verdict]:
    """Topic and level of every example; the last step and its thresholds come from the other parts, too."""
    voices = {read.example.voice for read in reads}
    fold = np.array([fold_of(read.example.voice, voices) for read in reads])
    found: list[Verdict | None] = [None] * len(reads)
    for number in range(FOLDS):
        inside, outside = np.flatnonzero(fold == number), np.flatnonzero(fold != number)
        if not len(inside):
            continue
        header = settle([reads[i] for i in outside.tolist()], raw[outside])
        mine = [reads[i] for i in inside.tolist()]
        topics = topic_chances(raw[inside], header.topics)
        levels = fused_chances(mine, raw[inside], header.fuse)
        edges = header.edges
        for i, read, chance, graded in zip(inside.tolist(), mine, topics, levels, strict=True):
            level = level_of(float(graded[0]), float(graded[1]), read.rule_level, edges)
            level = "routine" if read.example.role == "provider" else level
            found[i] = Verdict(read, TOPICS[int(chance.argmax())], level, float(chance.max()) >= edges["sure"])
    return [verdict for verdict in found if verdict is not None]


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / whole:.1f} %)" if whole else "none"


def figures(found: Sequence[Verdict]) -> list[tuple[str, str]]:
    """The measures, by name."""
    graded = [v for v in found if v.read.example.role != "provider"]
    grave = [v for v in graded if v.read.example.urgencies == ("emergency",)]
    others = [v for v in graded if "emergency" not in v.read.example.urgencies]
    hard = [v for v in others if "hard_negative" in v.read.example.tags]
    right = [v for v in found if v.topic in v.read.example.topics]
    sure = [v for v in found if v.sure]
    urgent = [v for v in graded if "routine" not in v.read.example.urgencies]
    return [
        ("emergency sensitivity", _share(sum(v.level == "emergency" for v in grave), len(grave))),
        ("emergency specificity", _share(sum(v.level != "emergency" for v in others), len(others))),
        ("false alarms among hard negatives", _share(sum(v.level == "emergency" for v in hard), len(hard))),
        ("emergencies read as routine", _share(sum(v.level == "routine" for v in grave), len(grave))),
        ("urgent read as urgent", _share(sum(v.level != "routine" for v in urgent), len(urgent))),
        ("urgency right", _share(sum(v.level in v.read.example.urgencies for v in graded), len(graded))),
        ("topic right", _share(len(right), len(found))),
        ("topic right where the reader is sure", _share(sum(v.topic in v.read.example.topics for v in sure), len(sure))),  # noqa: E501
        ("not sure", _share(len(found) - len(sure), len(found))),
        ("topic right by rules alone", _share(sum(v.read.rule_topic in v.read.example.topics for v in found), len(found))),  # noqa: E501
        ("emergency sensitivity by rules alone", _share(sum(v.read.rule_level == "emergency" for v in grave), len(grave))),  # noqa: E501
        ("emergency specificity by rules alone", _share(sum(v.read.rule_level != "emergency" for v in others), len(others))),  # noqa: E501
    ]  # fmt: skip


def confusion(pairs: Sequence[tuple[str, str]], names: Sequence[str]) -> str:
    """A table of true (rows) against read (columns), in Markdown; columns are numbered in the order of the rows."""
    counts = Counter(pairs)
    lines = [
        "| true \\ read | " + " | ".join(str(i + 1) for i in range(len(names))) + " |",
        "|---" * (len(names) + 1) + "|",
    ]
    for i, true in enumerate(names):
        cells = [str(counts[true, read] or "·") for read in names]
        lines.append(f"| {i + 1} {true} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def report() -> str:
    """The figures and tables in Markdown, for all voices and for each language."""
    reads = look(corpus.load())
    found = verdicts(reads, unheard(reads, WHOLE, SENTENCE))
    parts = [("all", found), *((lang, [v for v in found if v.read.example.lang == lang]) for lang in ("en", "es"))]
    tables = {name: dict(figures(part)) for name, part in parts}
    lines = ["| measure | all | English | Spanish |", "|---|---|---|---|"]
    lines += [f"| {m} | " + " | ".join(tables[name][m] for name, _ in parts) + " |" for m in tables["all"]]
    topics = confusion([(_true(v.read.example.topics, v.topic), v.topic) for v in found], TOPICS)
    graded = [v for v in found if v.read.example.role != "provider"]
    levels = confusion([(_true(v.read.example.urgencies, v.level), v.level) for v in graded], URGENCIES)
    return "\n".join([*lines, "", topics, "", levels])


def _true(acceptable: Sequence[str], read: str) -> str:
    """An acceptable reading counts as right; otherwise the preferred label is the true one."""
    return read if read in acceptable else acceptable[0]
