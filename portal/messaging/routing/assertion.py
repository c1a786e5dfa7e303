"""Whether a finding is meant: not denied, long past, imagined, somebody else's, or already looked after.

Every check looks at the sentence around the finding only. When two readings are possible the graver one is kept.
"""

from __future__ import annotations

import re
from collections import defaultdict

from portal.messaging.routing.lexicon import index
from portal.messaging.routing.phrases import Hit
from portal.messaging.routing.text import Text

_SCOPE = 8  # words a denial reaches
_SUBJECT = re.compile(
    r" , (?:i|im|ive|my|he|hes|she|shes|her|his|it|its|the|they|we|me|mi|le|se|yo|el|la|esta|estoy|tengo|tiene|just|only|solo) "  # noqa: E501
)
_NEVER_PAST = frozenset({"suicide"})


class Assertion:
    """Judges the findings of one text. `kin` are the words this sender would use for the patient, such as `mom`."""

    def __init__(self, text: Text, kin: frozenset[str] = frozenset(), from_patient: bool = True) -> None:
        self._text, self._kin, self._from_patient = text, kin, from_patient
        self._marks: dict[str, list[Hit]] = defaultdict(list)
        for hit in index("markers").find(text):
            self._marks[hit.name].append(hit)

    def has(self, kind: str) -> bool:
        """Whether a kind of marker occurs anywhere."""
        return bool(self._marks[kind])

    def marks(self) -> list[Hit]:
        """Every marker of the text, such as a denial or a word for the past."""
        return [hit for hits in self._marks.values() for hit in hits]

    def _within(self, kind: str, start: int, end: int) -> list[Hit]:
        return [m for m in self._marks[kind] if m.start >= start - 1 and m.end <= end + 1]

    def holds(self, hit: Hit) -> bool:
        """Whether the finding is true of the patient, now."""
        start, end = self._text.sentence(hit.start)
        if self._negated(hit, start, end):
            return False
        if self._within("usual", start, end) and not self._within("worse", start, end):
            return False
        if self._supposed(hit, start):
            return False
        if (
            hit.name not in _NEVER_PAST
            and self._within("long_past", start, end)
            and not self._within("worse_again", start, end)
        ):
            return False
        if hit.name not in _NEVER_PAST and self._within("past", start, end) and not self._within("current", start, end):
            return False
        return not self._others(hit, start, end)

    def _negated(self, hit: Hit, start: int, end: int) -> bool:
        flat = self._text.flat
        pseudo = self._within("not_negation", start, end)
        for mark in self._within("negation", start, hit.start):
            if mark.end > hit.start or any(p.start <= mark.start < p.end for p in pseudo):
                continue
            between = flat[mark.end : hit.start + 1]
            if (
                between.count(" ") > _SCOPE + 1
                or self._within("breaker", mark.end, hit.start)
                or _SUBJECT.search(between)
            ):
                continue
            if " , " in between and not self._within("list", mark.end, end):
                continue
            return True
        after = flat[hit.end : end]
        for mark in self._within("negation_after", hit.end, end):
            if flat[hit.end : mark.start].count(" ") <= 1 and "," not in flat[hit.end : mark.start]:
                rest = flat[mark.end : end].strip()
                if not rest or rest.startswith(",") or (mark.name and after.strip().startswith(("no_", "is", "has"))):
                    return True
        return False

    def _supposed(self, hit: Hit, start: int) -> bool:
        return any(
            not self._within("breaker", mark.end, hit.start) or mark.end > hit.start
            for mark in self._within("hypothetical", start, hit.end)
            if mark.start <= hit.start
        )

    def _others(self, hit: Hit, start: int, end: int) -> bool:
        words = self._text.flat
        for mark in self._within("other", start, hit.start):
            said = words[mark.start : mark.end].split()
            if any(word in self._kin for word in said):
                continue
            between = words[mark.end : hit.start + 1].split()
            if any(word in {"i", "im", "ive", "my", "me", "mi", "yo", "estoy", "tengo"} for word in between):
                continue
            if self._within("current", start, end) and not self._from_patient:
                continue
            return True
        return False

    @property
    def settled(self) -> bool:
        """Already seen and cleared, or in the hands of an emergency service, and nothing since."""
        if self._marks["under_care"]:
            return True
        return bool(self._marks["cleared"]) and not self._marks["worse"]
