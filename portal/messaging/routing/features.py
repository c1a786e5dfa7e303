"""What the trained model looks at: words and pieces of words as they stand, and what the rules found, as short names.

A name is a text such as `w:chest pain` or `f:breathless`. The same names are made when the model is trained and when a
message is read, so the two can't drift apart. A name tells nothing about who wrote the message beyond the role.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

from portal.messaging.routing.classifier import Analysis
from portal.messaging.routing.confidences import words_said
from portal.messaging.routing.context import Context
from portal.messaging.routing.facts import facts
from portal.messaging.routing.lexicon import groups, index
from portal.messaging.routing.phrases import Hit
from portal.messaging.routing.text import Text
from portal.messaging.routing.types import TOPICS, Incoming

SENTENCES_AT_MOST = 60
WORDS_AT_MOST = 600  # of one message; the rest repeats what was said
_DIGITS = re.compile(r"\d")
_STOPS = frozenset(".?!;,")
_DULL = frozenset({"ask", "me", "patient3", "thank"})
_IDEAS = 24  # meanings of one sentence that are paired
_REACH = 6  # words a denial colours


Blocks = tuple[tuple[str, ...], ...]
BLOCKS = ("words", "pieces of words", "ideas", "found by rules")


@dataclass(frozen=True, slots=True)
class Features:
    """The names of one message and of each of its sentences, block by block (see BLOCKS)."""

    whole: Blocks
    sentences: tuple[Blocks, ...]


@lru_cache(maxsize=8192)
def shape(token: str) -> str:
    """A word as it stands; a number by its shape, a medicine as one."""
    if _DIGITS.search(token):
        return _DIGITS.sub("0", token)
    return token


@lru_cache(maxsize=8192)
def pieces(token: str) -> tuple[str, ...]:
    """The runs of three to five letters of a word, its ends marked."""
    word = f" {shape(token)} "
    return tuple(f"c:{word[i : i + n]}" for n in (3, 4, 5) for i in range(max(1, len(word) - n + 1)) if len(word) >= n)


@cache
def _meanings() -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    """Whole words and stems with what they mean (data/meanings.txt)."""
    whole: dict[str, set[str]] = {}
    stems: dict[str, set[str]] = {}
    for meaning, words in groups("meanings.txt").items():
        for word in words:
            (stems if word.endswith("*") else whole).setdefault(word.rstrip("*"), set()).add(meaning)
    return {w: frozenset(m) for w, m in whole.items()}, {w: frozenset(m) for w, m in stems.items()}


@lru_cache(maxsize=8192)
def meanings_of(token: str) -> tuple[str, ...]:
    """What a word may mean, in order."""
    whole, stems = _meanings()
    found = set(whole.get(token, ()))
    for length in range(2, len(token) + 1):
        found |= stems.get(token[:length], frozenset())
    return tuple(sorted(found))


def ideas(tokens: list[str]) -> Iterator[str]:
    """The meanings of a sentence, and each two of them together."""
    found = sorted({meaning for token in tokens for meaning in meanings_of(token)})
    yield from (f"k:{meaning}" for meaning in found)
    few = [meaning for meaning in found if meaning not in _DULL][:_IDEAS]
    yield from (f"k:{a}+{b}" for i, a in enumerate(few) for b in few[i + 1 :])


def grams(tokens: list[str], prefix: str = "w:") -> Iterator[str]:
    """Words, pairs and triples."""
    shaped = [shape(token) for token in tokens]
    for n in (1, 2, 3):
        for i in range(len(shaped) - n + 1):
            yield prefix + " ".join(shaped[i : i + n])


def _sentences(text: Text) -> list[tuple[int, int]]:
    edges = [0, *(stop + 1 for stop in text.stops), len(text.flat)]
    return [(a, b) for a, b in pairwise(edges) if any(c.isalnum() for c in text.flat[a:b])]


def of(context: Context, message: Incoming, seen: Analysis) -> Features:
    """The features of one analysed message."""
    plain = seen.plain
    tokens = plain.flat.split()[:WORDS_AT_MOST]
    words = list(dict.fromkeys(_all_words(plain, tokens, seen)))
    if message.sender_role == "provider":  # what staff write means something else than the same words of a patient
        words += dict.fromkeys(f"v:{shape(token)}" for token in tokens)
    bits = tuple(dict.fromkeys(p for token in tokens for p in pieces(token)))
    sentences = tuple(_by_sentence(context, message, seen))
    thought = tuple(dict.fromkeys(idea for sentence in sentences for idea in sentence[2]))
    found = tuple(dict.fromkeys(_found(context, message, seen)))
    return Features((tuple(words), bits, thought, found), sentences)


def _all_words(text: Text, tokens: list[str], seen: Analysis) -> Iterator[str]:
    yield from grams(tokens)
    head = text.flat[: text.body_at].split()
    yield from (f"s:{shape(token)}" for token in head)
    body = [(a, b) for a, b in _sentences(text) if a >= text.body_at - 1]
    if body:
        yield from (f"z:{shape(token)}" for token in text.flat[body[-1][0] : body[-1][1]].split())
        yield from (f"a:{shape(token)}" for token in text.flat[body[0][0] : body[0][1]].split()[:8])
    yield from _denied(text, seen)


def _denied(text: Text, seen: Analysis) -> Iterator[str]:
    for mark in seen.assertion.marks():
        if mark.name == "negation":
            for word in text.flat[mark.end :].split(None, _REACH)[:_REACH]:
                if word in _STOPS:
                    break
                yield f"n:{word}"


def _found(context: Context, message: Incoming, seen: Analysis) -> Iterator[str]:
    findings, matches = seen.findings, seen.matches
    yield f"role:{message.sender_role}"
    yield f"level:{findings.level}"
    yield f"concern:{findings.concern}"
    yield f"rule:{seen.topic if seen.confidence > 0.2 else None}"
    yield f"rule:{seen.topic if seen.confidence > 0.2 else None}+{message.sender_role}"
    if findings.settled:
        yield "settled"
    yield from (f"f:{hit.name}" for hit in findings.hits)
    yield from (f"d:{hit.name}" for hit in findings.dropped)
    yield from (f"m:{mark.name}" for mark in seen.assertion.marks() if mark.name)
    yield from (f"is:{fact}" for fact in facts(context))
    yield from (f"cue:{name}" for name, score in seen.cues.scores.items() if score > 0)
    for topic in TOPICS:
        score = seen.scores.get(topic, 0.0)
        yield from (f"t{edge}:{topic}" for edge in (1, 2, 4, 6) if score >= edge)
    if matches.medications or matches.unknown_medicine:
        yield "names:medicine"
    if matches.result_is_named:
        yield "names:result"
    if matches.visit_is_tied:
        yield "names:visit"
    if matches.referral and seen.cues.has("referral"):
        yield "names:referral"
    if seen.text.is_question:
        yield "asks"
    if seen.text.body_at:
        yield "subject"
    length = len(seen.text.flat)
    yield from (f"longer:{edge}" for edge in (60, 150, 300, 600) if length > edge)


def private_words(seen: Analysis) -> list[Hit]:
    """What the word lists know of sensitive matters, of hiding and of worries, whoever is meant."""
    return [*words_said(seen.plain), *index("confidence").find(seen.plain)]


def _by_sentence(context: Context, message: Incoming, seen: Analysis) -> Iterator[Blocks]:
    findings, plain = seen.findings, seen.plain
    everywhere = [f"is:{fact}" for fact in facts(context)] + [f"role:{message.sender_role}"]
    marks = seen.assertion.marks()
    private = private_words(seen)
    for start, end in _sentences(plain)[:SENTENCES_AT_MOST]:
        tokens = plain.flat[start:end].split()[:120]
        names = [*everywhere]
        names += [f"f:{h.name}" for h in findings.hits if start - 1 <= h.start < end]
        names += [f"d:{h.name}" for h in findings.dropped if start - 1 <= h.start < end]
        names += [f"m:{m.name}" for m in marks if start - 1 <= m.start < end and m.name]
        names += [f"p:{p.name}" for p in private if start - 1 <= p.start < end]
        bits = tuple(dict.fromkeys(p for token in tokens for p in pieces(token)))
        yield tuple(dict.fromkeys(grams(tokens))), bits, tuple(ideas(tokens)), tuple(dict.fromkeys(names))
