"""The floor of routing rules: an inverted index from a rule's rarest word to the rule, and a look for its words."""

from __future__ import annotations

from collections.abc import Iterable


class WordIndex:
    """Rules are lists of words that must stand one after the other."""

    def __init__(self, rules: Iterable[tuple[str, str]]) -> None:
        self._rules = [(name, f" {phrase} ") for name, phrase in rules]
        self._by_word: dict[str, list[int]] = {}
        for number, (_, phrase) in enumerate(self._rules):
            self._by_word.setdefault(phrase.split()[0], []).append(number)

    def find(self, text: str) -> list[str]:
        words = text.lower().replace(",", " ").replace(".", " ").replace("?", " ").split()
        flat = f" {' '.join(words)} "
        tried = {number for word in words for number in self._by_word.get(word, ())}
        return sorted(self._rules[number][0] for number in tried if self._rules[number][1] in flat)
