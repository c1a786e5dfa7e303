"""Turn what a person typed into one flat line of plain words, so that phrases can be found in it.

The flat line is lower case, without accents and apostrophes, has one blank between tokens and one at each end, and
keeps `. ? ! ;` and `,` as tokens of their own. What a person only quotes is taken out: it is never evidence.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

HEAD, TAIL = 10_000, 3_000  # of an absurdly long text the beginning and the end are read

_QUOTED_LINE = re.compile(r"(?m)^[ \t]*>.*$")
_FORWARDED = re.compile(r"(?is)^[ \t]*(?:-{2,} ?(?:original|forwarded) message|on [^\n]{5,80} wrote:).*", re.MULTILINE)
_STAFF = (
    r"(?:nurse|doctor|dr|surgeon|pharmacist|office|clinic|hospital|you|your note|note|sheet|papers?|instructions?|leaflet|label"  # noqa: E501
    r"|pamphlet|handout|letter|website|article|message|portal|flyer|enfermer[ao]|doctora?|medic[oa]|cirujan[oa]|farmaceutic[oa]|usted"
    r"|clinica|nota|hoja|papel|instrucciones|folleto|etiqueta|carta|articulo|mensaje)"
)
_SAID = (
    r"(?:says?|said|wrote|writes|told|tells|states?|reads?|warned|dice|dicen|dijo|dijeron|decia|escribio|puso|pone"
    r"|advierte|explico)"
)
_STAFF_QUOTE = re.compile(
    rf"\b{_STAFF}\b[^\".?!]{{0,30}}?(?:\b{_SAID}\b[^\".?!]{{0,25}}?|:\s*)(\"[^\"]{{2,600}}\")", re.IGNORECASE
)
_QUOTE_STAFF = re.compile(
    rf"(\"[^\"]{{2,600}}\")[,\s]{{0,3}}(?:{_SAID}\s+(?:the |la |el )?{_STAFF}|(?:the |la |el )?{_STAFF}\s+{_SAID})\b",
    re.IGNORECASE,
)
_SINGLE = re.compile(r"(?<![\w'])'(?=\w)([^'\n]{2,600}(?:'\w[^'\n]{0,300}){0,4})'(?!\w)")
_ADVICE_QUOTE = re.compile(  # what to do in case, whoever says it
    r"(\"\s*(?:if|in case|call|seek|go to|si|en caso|llam\w+|acud\w+|vaya\w*)\b[^\"]{2,600}\")", re.IGNORECASE
)
_ABBREVIATION = re.compile(r"\b(dra?|mrs?|ms|sra?|srta|vs|apt|approx|st|temp)\.", re.IGNORECASE)
_CLOCK = re.compile(r"\b([ap])\.\s?m\b\.?", re.IGNORECASE)
_CONTRACTION = re.compile(r"'(ll|d)\b")
_CANT = re.compile(r"\bcan ?not\b")
_TOKEN = re.compile(r"[$€]?\d+(?:[.,:/-]\d+)*[a-z%]*|[^\W_]+|[.?!;,]")
_QUOTES = str.maketrans(
    {
        "“": '"',
        "”": '"',
        "„": '"',
        "«": '"',
        "»": '"',
        "‘": "'",
        "’": "'",
        "´": "'",
        "`": "'",
        "—": ",",
        "–": "-",
        "…": ".",
        "&": " and ",
        "(": " , ",
        ")": " , ",
        ":": ":",
        "°": " ",
    }
)
_STOPS = ".?!;"


_ASCII_QUOTES = (("`", "'"), ("&", " and "), ("(", " , "), (")", " , "))
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def _plain(raw: str) -> str:
    if raw.isascii():  # nothing to normalise: the same result at a fraction of the cost
        for mark, plain in _ASCII_QUOTES:
            if mark in raw:
                raw = raw.replace(mark, plain)
        return _CONTROL.sub("", raw)
    text = unicodedata.normalize("NFKC", raw).translate(_QUOTES)
    text = unicodedata.normalize("NFKD", text)
    return "".join(c for c in text if not unicodedata.combining(c) and (c.isprintable() or c in "\n\t"))


def unquoted(raw: str) -> str:
    """The text without earlier messages it quotes, and without passages in quotation marks that are said by staff or a
    leaflet, or say what to do in a certain case.
    """
    text = _plain(raw)
    kept = _FORWARDED.sub("", text) if "--" in text or "rote:" in text or "ROTE:" in text else text
    kept = _QUOTED_LINE.sub("", kept) if ">" in kept else kept
    if "'" in kept:
        kept = _SINGLE.sub(r'"\1"', kept)
    for pattern in (_STAFF_QUOTE, _QUOTE_STAFF, _ADVICE_QUOTE):
        if '"' in kept:
            kept = pattern.sub(lambda m: m.group(0).replace(m.group(1), " "), kept)
    return kept


def flatten(raw: str) -> str:
    """One flat line of the words and stops of `raw`, see the head of this module."""
    if len(raw) > HEAD + TAIL:
        raw = raw[:HEAD] + "\n" + raw[-TAIL:]
    text = unquoted(raw).lower()
    if "." in text:
        text = _CLOCK.sub(r"\1m ", _ABBREVIATION.sub(r"\1 ", text))
    if "'" in text:
        text = _CONTRACTION.sub(lambda m: " will" if m.group(1) == "ll" else " would", text).replace("'", "")
    text = _CANT.sub(
        "cant", text.replace("w/o", "without").replace("w/ ", "with ").replace("\n", " ; ").replace("..", ".")
    )
    tokens = _TOKEN.findall(text)
    return f" {' '.join(tokens)} " if tokens else " "


@dataclass(frozen=True)
class Text:
    """The flat line of a message: its subject first, then its body from `body_at` on."""

    flat: str
    body_at: int

    @classmethod
    def of(cls, subject: str | None, body: str | None) -> Text:
        """Read a message; nothing at all is fine too."""
        head = flatten(subject[:500]).rstrip() + " ." if subject and subject.strip() else ""
        return cls(head + flatten(body or ""), len(head))

    @cached_property
    def words(self) -> frozenset[str]:
        """All distinct tokens."""
        return frozenset(self.flat.split())

    @cached_property
    def joined(self) -> frozenset[str]:
        """Each two neighbouring tokens as one word: "epi pen" is an epipen, too."""
        tokens = self.flat.split()
        return frozenset(a + b for a, b in pairwise(tokens))

    @cached_property
    def stops(self) -> list[int]:
        """Where sentences end."""
        return [i for i, c in enumerate(self.flat) if c in _STOPS and self.flat[i - 1] == " "]

    def sentence(self, at: int) -> tuple[int, int]:
        """Start and end of the sentence around an offset; the end is where its stop stands."""
        i = bisect_left(self.stops, at)
        start = self.stops[i - 1] + 1 if i else 0
        return start, self.stops[i] if i < len(self.stops) else len(self.flat)

    def masked(self, spans: list[tuple[int, int]]) -> Text:
        """The same line with the words in `spans` blotted out."""
        flat = self.flat
        for start, end in spans:
            flat = flat[:start] + re.sub(r"\w", "_", flat[start:end]) + flat[end:]
        return Text(flat, self.body_at)

    @property
    def is_question(self) -> bool:
        """Whether anything in the body is asked with a question mark."""
        return "?" in self.flat[self.body_at :]
