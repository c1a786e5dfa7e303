"""A small language for phrases, compiled once into an inverted index.

A phrase is a line of elements separated by blanks, found in a flat line (see `text`) in this order:

    chest|ribs ~3 pain*|tight     one of several words; `*` ends a word stem; `~3` skips up to three words or commas
    short_of_breath               `_` joins words of one alternative
    the?                          `?` makes an element optional (never the first)
    #                             a number, with or without a currency sign

Only phrases whose first word occurs in a message are tried, so the cost of a message does not grow with the lexicon.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from portal.messaging.routing.text import Text


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase found: the name it stands for, its weight, and where it is."""

    name: str
    weight: float
    start: int
    end: int


def _alternative(text: str) -> str:
    if text == "#":
        return r"[$€]?\d[\d.,:/]*[a-z%]*"
    return "".join(r"\w*" if c == "*" else " " if c == "_" else re.escape(c) for c in text)


def compile_phrase(phrase: str) -> re.Pattern[str]:
    """The pattern of one phrase. Raises ValueError for an empty one, and for one that begins with a gap or an option."""  # noqa: E501
    elements = phrase.split()
    if not elements or elements[0].startswith("~") or elements[0].endswith("?"):
        raise ValueError(f"A phrase must begin with a word: {phrase!r}")
    parts = []
    for element in elements:
        if element.startswith("~"):
            parts.append(rf"(?: [\w,$][^ ]*){{0,{int(element[1:])}}}?")
            continue
        optional = element.endswith("?")
        words = "|".join(_alternative(a) for a in element.removesuffix("?").split("|"))
        parts.append(f"(?: (?:{words}))" + ("?" if optional else ""))
    return re.compile("".join(parts) + "(?= )")


class PhraseIndex:
    """All phrases of some lexicon, found in one pass. Build it once; it never changes."""

    def __init__(self, entries: Iterable[tuple[str, float, str]]) -> None:
        """`entries` are (name, weight, phrase)."""
        self._phrases: list[tuple[str, float, re.Pattern[str]]] = []
        self._by_word: dict[str, list[int]] = defaultdict(list)
        self._by_stem: dict[str, list[int]] = defaultdict(list)
        for number, (name, weight, phrase) in enumerate(entries):
            self._phrases.append((name, weight, compile_phrase(phrase)))
            for alternative in phrase.split()[0].split("|"):
                first = alternative.split("_")[0]
                if first == "#":
                    self._by_stem[""].append(number)
                elif "*" in first:
                    self._by_stem[first.split("*")[0]].append(number)
                else:
                    self._by_word[first].append(number)
        self._lengths = sorted({len(stem) for stem in self._by_stem})

    def __len__(self) -> int:
        return len(self._phrases)

    def _candidates(self, words: Iterable[str]) -> Iterator[int]:
        for word in words:
            yield from self._by_word.get(word, ())
            for length in self._lengths:
                if length <= len(word):
                    yield from self._by_stem.get(word[:length], ())

    def find(self, text: Text) -> list[Hit]:
        """Every phrase that occurs, in the order of the text; the same place may count for several names."""
        hits = []
        for number in set(self._candidates(text.words)):
            name, weight, pattern = self._phrases[number]
            hits += [Hit(name, weight, m.start(), m.end()) for m in pattern.finditer(text.flat)]
        hits.sort(key=lambda hit: (hit.start, hit.end, hit.name, hit.weight))
        return hits
