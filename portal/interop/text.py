"""Words out of a resource, made fit to be stored and shown: plain text, no control characters, a length."""

from __future__ import annotations

import re
from typing import Any

import nh3

# PostgreSQL stores no NUL; nobody needs to see the other control characters, or marks that turn a line's direction.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_GENERATED = re.compile(r"([^\W\d_]{2,})\d{1,4}\b")
_SCRIPT = re.compile(
    r"<\s*(?:script|iframe|object|embed|form|meta|link|svg|style)\b|[\s\"'/]on[a-z]{3,}\s*=|javascript\s*:|data\s*:\s*text/html",
    re.IGNORECASE,
)
_TAGS = {
    "a", "b", "br", "caption", "dd", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "i", "li", "ol", "p",
    "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
}  # fmt: skip


class Cut:
    """Remembers whether a text had to be cut."""

    def __init__(self) -> None:
        self.happened = False

    def plain(self, value: Any, most: int) -> str | None:
        """`value` as text of at most `most` characters, or None when it is none or blank."""
        if not isinstance(value, str):
            return None
        cleaned = clean(value)
        if not cleaned:
            return None
        if len(cleaned) > most:
            self.happened = True
            cleaned = cleaned[: most - 1].rstrip() + "…"
        return cleaned


def clean(value: str) -> str:
    """Without control characters and outer blanks. Entities stay as they are: this is text, not HTML."""
    if value.isascii() and value.isprintable():
        return value.strip()
    return _CONTROL.sub("", value).strip()


def without_digits(name: str) -> str:
    """A generated name ("Rosa478 Delgado12") as people write it."""
    return _GENERATED.sub(r"\1", name)


def is_scripted(html: str) -> bool:
    """Whether a narrative (XHTML by FHIR R4, 2.6.6) holds what FHIR forbids there: script, events, frames, forms."""
    return _SCRIPT.search(html) is not None


def safe_html(html: str) -> str:
    """A narrative with only the harmless part of its markup, for whoever shows one. No attributes, no links out."""
    return nh3.clean(html, tags=_TAGS, attributes={}, link_rel=None, url_schemes=set())
