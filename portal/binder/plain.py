"""A binder as plain text, in the manner of the Blue Button download: any machine and any reader can open it."""

from __future__ import annotations

import textwrap
from datetime import datetime

from flask_babel import gettext as _

from portal.binder import paper
from portal.binder.sections import Binder, Section

WIDTH = 78


def render(binder: Binder, clinic: str, now: datetime) -> bytes:
    """Text in UTF-8 with lines of at most 78 letters, and the ends of lines that every system knows."""
    rule = "=" * WIDTH
    lines = [rule, _("My binder").upper(), rule, "", binder.name, paper.born_words(binder), paper.printed_words(now)]
    lines += textwrap.wrap(paper.built_words(clinic), WIDTH)
    if binder.failed:
        lines += ["", *textwrap.wrap(f"{paper.failed_words()} {', '.join(binder.failed)}", WIDTH)]
    for one in binder.sections:
        lines += _section(one)
    lines += ["", rule, _("End of the binder"), rule]
    return ("\r\n".join(lines) + "\r\n").encode()


def _section(one: Section) -> list[str]:
    lines = ["", "-" * WIDTH, f"{one.number}. {one.title}".upper(), "-" * WIDTH]
    if one.confirmed_words and one.state != "failed":
        lines.append(one.confirmed_words)
    if one.words:
        lines += textwrap.wrap(one.words, WIDTH)
    for title, entries in one.groups:
        lines += ["", f"[{title}]"] if title else [""]
        for line in entries:
            mark = f" ({line.mark_words})" if line.mark_words else ""
            lines += textwrap.wrap(f"* {line.title}{mark}", WIDTH, subsequent_indent="  ")
            if line.facts:
                lines += textwrap.wrap(line.text, WIDTH, initial_indent="    ", subsequent_indent="    ")
    return lines
