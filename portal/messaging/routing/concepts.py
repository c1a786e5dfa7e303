"""Findings told in words nobody listed as a phrase: concepts that stand close together in one sentence.

A concept gathers the words of one meaning (data/concepts.txt); a rule (data/concept_rules.txt) names the concepts that
make a finding and how near each other they must stand, in whatever order. Long words may be misspelt by one letter.
Whether a finding is denied, past or somebody else's is judged afterwards, as for every other finding.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache, lru_cache

from portal.messaging.routing.lexicon import groups, lines
from portal.messaging.routing.medicines import within
from portal.messaging.routing.phrases import Hit
from portal.messaging.routing.text import Text

_FUZZY = 6  # letters from which a word may be misspelt
_STOPS = frozenset(".?!;")


@dataclass(frozen=True, slots=True)
class Rule:
    """Concepts that make a finding when they stand within `span` words."""

    finding: str
    span: int
    needs: tuple[frozenset[str], ...]
    bars: frozenset[str]


@cache
def rules() -> tuple[Rule, ...]:
    """All rules. Raises ValueError for one that names a concept nobody defined."""
    read, known = [], groups("concepts.txt")
    for line in lines("concept_rules.txt"):
        head, body = line.split(":", 1)
        finding, span = head.split()
        parts = [part.strip() for part in body.split("+")]
        needs = tuple(frozenset(p.split("|")) for p in parts if not p.startswith("!"))
        bars = frozenset(name for p in parts if p.startswith("!") for name in p[1:].split("|"))
        unknown = bars.union(*needs) - set(known)
        if unknown:
            raise ValueError(f"concept_rules.txt names unknown concepts: {sorted(unknown)}")
        read.append(Rule(finding, int(span), needs, bars))
    return tuple(read)


@cache
def _vocabulary() -> tuple[dict[str, set[str]], dict[str, set[str]], dict[str, list[tuple[str, str]]]]:
    """Whole words, stems, and long words by their first two letters."""
    whole: dict[str, set[str]] = defaultdict(set)
    stems: dict[str, set[str]] = defaultdict(set)
    long: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for concept, words in groups("concepts.txt").items():
        for word in words:
            if word.endswith("*"):
                stems[word[:-1]].add(concept)
            else:
                whole[word].add(concept)
                if len(word) >= _FUZZY:
                    long[word[:2]].append((word, concept))
    return whole, stems, long


@lru_cache(maxsize=16384)
def concepts_of(word: str) -> frozenset[str]:
    """The concepts a word stands for."""
    whole, stems, long = _vocabulary()
    found = set(whole.get(word, ()))
    for length in range(3, len(word) + 1):
        found |= stems.get(word[:length], set())
    if not found and len(word) >= _FUZZY and word.isalpha():
        found = {concept for listed, concept in long.get(word[:2], ()) if within(word, listed, 1)}
    return frozenset(found)


def find(text: Text) -> list[Hit]:
    """Every finding the rules make of a text. The cost grows with its length only."""
    hits: list[Hit] = []
    places: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    at = count = 0
    for word in text.flat.split():
        start = text.flat.find(f" {word} ", at)
        at = start + len(word)
        if word in _STOPS:
            hits += _sentence(places)
            places.clear()
            continue
        count += 1
        for concept in concepts_of(word):
            places[concept].append((count, start, at + 1))
    return hits + _sentence(places)


def _sentence(places: dict[str, list[tuple[int, int, int]]]) -> list[Hit]:
    hits = []
    for rule in rules():
        if not all(any(concept in places for concept in need) for need in rule.needs):
            continue
        hit = _closest(places, rule)
        if hit is not None:
            hits.append(hit)
    return hits


def _closest(places: dict[str, list[tuple[int, int, int]]], rule: Rule) -> Hit | None:
    """The first stretch that holds one word for each need, no word serving twice; linear in the words."""
    lists = [sorted(p for concept in need for p in places.get(concept, ())) for need in rule.needs]
    for anchor in lists[0][:40]:
        taken = [anchor]
        for others in lists[1:]:
            near = [p for p in others[:200] if abs(p[0] - anchor[0]) <= rule.span and p not in taken]
            if not near:
                break
            taken.append(min(near, key=lambda p: abs(p[0] - anchor[0])))
        else:
            low, high = min(p[0] for p in taken), max(p[0] for p in taken)
            if any(low - 2 <= p[0] <= high + 2 for bar in rule.bars for p in places.get(bar, ())):
                continue
            return Hit(rule.finding, 1.0, min(p[1] for p in taken), max(p[2] for p in taken) - 1)
    return None
