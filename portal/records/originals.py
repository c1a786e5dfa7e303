"""The original behind a line: sealed as it came, read for one reader, its text as plain text."""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

from portal.work.unit_of_work import UnitOfWork

MOST_TEXT = 200_000
_BLOCKS = frozenset(
    {"p", "div", "br", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "dt", "dd", "caption"}
)
_SILENT = frozenset({"script", "style", "head", "title", "template", "iframe", "object", "svg"})
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_BLANKS = re.compile(r"[^\S\n]+")
_GAPS = re.compile(r"\n\s*\n\s*(\n\s*)*")


def opened(uow: UnitOfWork, person_id: UUID, source_id: UUID, body: bytes) -> dict[str, Any]:
    """The original FHIR resource out of its sealed body. Numbers keep their digits. Raises ValueError."""
    packed = uow.unseal_bytes(person_id, "source_resource.body", source_id, body)
    found: dict[str, Any] = json.loads(zlib.decompress(packed))
    return found


def opened_text(uow: UnitOfWork, person_id: UUID, source_id: UUID, body: bytes) -> str:
    """The original as the text that came."""
    return zlib.decompress(uow.unseal_bytes(person_id, "source_resource.body", source_id, body)).decode()


def text_of(resource: dict[str, Any]) -> list[tuple[str, str]]:
    """The words of a document or report, as (heading, text) pairs of plain text; a heading may be empty.

    From DocumentReference and DiagnosticReport their text and HTML attachments, from a Composition its sections.
    Markup goes, scripts with it; what is in no form that is text (a PDF, an image) is left out.
    """
    kind = resource.get("resourceType")
    found: list[tuple[str, str]] = []
    if kind == "Composition":
        found = list(_sections(resource.get("section")))
    forms = resource.get("presentedForm") if kind == "DiagnosticReport" else None
    contents = resource.get("content") if kind == "DocumentReference" else None
    attachments = [*_objects(forms), *(one.get("attachment") for one in _objects(contents))]
    for attachment in attachments:
        if isinstance(attachment, dict) and (said := _attached(attachment)):
            found.append(("", said))
    if not found and isinstance(resource.get("text"), dict) and kind in ("Composition", "DocumentReference"):
        said = plain_text(str(resource["text"].get("div") or ""))
        found = [("", said)] if said else []
    return found


def other_forms(resource: dict[str, Any]) -> list[str]:
    """The media types of attachments whose content can't be shown as text here."""
    contents = [*_objects(resource.get("presentedForm"))]
    contents += [a for one in _objects(resource.get("content")) if isinstance(a := one.get("attachment"), dict)]
    return [str(a.get("contentType") or "") for a in contents if not _attached(a) and (a.get("data") or a.get("url"))]


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _sections(sections: Any, depth: int = 0) -> Iterator[tuple[str, str]]:
    for section in _objects(sections):
        narrative = section.get("text")
        said = plain_text(str(narrative.get("div") or "")) if isinstance(narrative, dict) else ""
        title = section.get("title")
        if said:
            yield (title if isinstance(title, str) else ""), said
        if depth < 5:
            yield from _sections(section.get("section"), depth + 1)


def _attached(attachment: dict[str, Any]) -> str:
    kind, data = str(attachment.get("contentType") or "").lower(), attachment.get("data")
    if not isinstance(data, str) or not kind.startswith(("text/", "application/xhtml")):
        return ""
    try:
        raw = base64.b64decode(data, validate=False)
    except (binascii.Error, ValueError):
        return ""
    latin = "charset=iso-8859-1" in kind.replace(" ", "")
    said = raw.decode("latin-1" if latin else "utf-8", errors="replace")
    return plain_text(said) if "html" in kind or "xml" in kind else clean(said)


def clean(text: str) -> str:
    """Without control characters, no more blank lines than one, and cut at a length nobody reads past."""
    text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    text = _GAPS.sub("\n\n", text)
    return text if len(text) <= MOST_TEXT else text[:MOST_TEXT].rstrip() + "…"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self.silent += 1
        elif tag == "td" or tag == "th":
            self.parts.append(" ")
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self.silent = max(0, self.silent - 1)
        elif tag in _BLOCKS and tag != "br":
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(data)


def plain_text(html: str) -> str:
    """The words of HTML or XHTML, a line a block; nothing of its markup."""
    reader = _Reader()
    reader.feed(html[: MOST_TEXT * 4])
    reader.close()
    said = _BLANKS.sub(" ", "".join(reader.parts).replace("\xa0", " "))
    return clean("\n".join(line.strip() for line in said.split("\n")))


def pretty(resource: dict[str, Any]) -> str:
    """The original as it is read by people who know FHIR; attachments are named, not printed."""
    return json.dumps(_shortened(resource), ensure_ascii=False, indent=2)


def _shortened(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _shortened(one, name) for name, one in value.items()}
    if isinstance(value, list):
        return [_shortened(one) for one in value]
    return "…" if key == "data" and isinstance(value, str) and len(value) > 200 else value
