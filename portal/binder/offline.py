"""A binder as one HTML file that opens from a disk, anywhere: no script, nothing from outside, its own policy."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from flask_babel import gettext as _
from lxml import html
from lxml.html import builder as e

from portal.binder import paper
from portal.binder.lines import Line
from portal.binder.sections import Binder, Section
from portal.infra.i18n import reader_language


@cache
def _style() -> str:
    return (files("portal.binder") / "data" / "offline.css").read_text(encoding="utf-8").strip()


@cache
def policy() -> str:
    """The file's own Content-Security-Policy (CSP Level 3): its one style by its hash, and nothing else at all."""
    found = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{found}'; base-uri 'none'; form-action 'none'"


def render(binder: Binder, clinic: str, now: datetime) -> bytes:
    """The whole file in UTF-8. All text of the record is put in as text: it can't become markup."""
    title = _("My binder")
    head = e.HEAD(
        html.Element("meta", charset="utf-8"),
        html.Element("meta", {"http-equiv": "Content-Security-Policy", "content": policy()}),
        html.Element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        html.Element("meta", name="referrer", content="no-referrer"),
        html.Element("meta", name="robots", content="noindex"),
        e.TITLE(f"{title} – {binder.name}"),
        e.STYLE(_style()),
    )
    top = e.HEADER(
        e.H1(title),
        e.P(e.CLASS("title"), binder.name),
        e.P(paper.born_words(binder)),
        e.P(e.CLASS("soft"), paper.printed_words(now)),
        e.P(e.CLASS("soft"), paper.built_words(clinic)),
    )
    if binder.failed:
        top.append(e.P(e.CLASS("missing"), f"{paper.failed_words()} {', '.join(binder.failed)}"))
    entries = [e.LI(e.A(one.title, href=f"#{one.key}")) for one in binder.sections]
    contents = e.NAV(e.H2(_("Contents"), id="contents"), e.OL(*entries), {"aria-labelledby": "contents"})
    body = e.BODY(top, contents, e.MAIN(*[piece for one in binder.sections for piece in _section(one)]))
    document = e.HTML(head, body, lang=reader_language())
    written: bytes = html.tostring(document, doctype="<!doctype html>", encoding="utf-8")
    return written


def _section(one: Section) -> list[Any]:
    pieces = [e.H2(f"{one.number}. {one.title}", id=one.key)]
    if one.confirmed_words and one.state != "failed":
        pieces.append(e.P(e.CLASS("soft"), one.confirmed_words))
    if one.words:
        pieces.append(e.P(e.CLASS("words"), one.words))
    for title, lines in one.groups:
        if title:
            pieces.append(e.H3(title))
        pieces.append(e.UL(*[_line(line) for line in lines]))
    return pieces


def _line(line: Line) -> Any:
    head = e.P(e.CLASS("title"), line.title)
    if line.mark_words:
        head.append(e.SPAN(e.CLASS("mark"), line.mark_words))
        head[-1].tail = ""
        head.text = f"{line.title} "
    item = e.LI(head)
    if line.facts:
        item.append(e.P(e.CLASS("soft"), line.text))
    return item
