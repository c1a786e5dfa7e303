"""A binder on paper: tagged PDF by typst, in ordinary or large print, on letter or A4 (PHR-4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from portal.binder.sections import Binder, Section
from portal.infra.i18n import reader_language
from portal.web import filters, pdf

SIZES = (12, 18)
PAPERS = {"letter": "us-letter", "a4": "a4"}
ALONE = "medicines"  # starts on a page of its own, to be handed over


@dataclass(frozen=True, slots=True)
class Sheet:
    """How it is printed: points of the text, and the paper."""

    size: int = 12
    paper: str = "letter"

    @classmethod
    def asked(cls, size: str | None, paper: str | None) -> Sheet:
        """What an address asks for; anything else is the ordinary sheet."""
        return cls(18 if size == "18" else 12, paper if paper in PAPERS else "letter")


def printed_words(now: datetime) -> str:
    """When it was printed, with the year."""
    at = filters.local(now)
    return _("Printed %(day)s, %(time)s", day=filters.born(at.date()), time=filters.clock(now))


def built_words(clinic: str) -> str:
    """Whose record it is made of."""
    return _("From the record of %(clinic)s, and from what is marked as reported.", clinic=clinic)


def born_words(binder: Binder) -> str:
    return _("born %(day)s", day=binder.born) if binder.born else _("day of birth not known")


def failed_words() -> str:
    """What stands before the names of sections that are missing."""
    return _("Missing, because it could not be built:")


def section_data(one: Section) -> dict[str, Any]:
    """A section as paper and packets print it: words alone."""
    groups = [
        {
            "title": title,
            "lines": [{"title": line.title, "facts": line.text, "mark": line.mark_words} for line in lines],
        }
        for title, lines in one.groups
    ]
    confirmed = one.confirmed_words if one.state != "failed" else ""
    return {
        "number": str(one.number),
        "title": one.title,
        "words": one.words,
        "confirmed": confirmed,
        "groups": groups,
        "alone": one.key == ALONE,
    }


def data_of(binder: Binder, clinic: str, now: datetime, sheet: Sheet) -> dict[str, Any]:
    """What the template prints."""
    return {
        "title": _("My binder"),
        "name": binder.name,
        "born": born_words(binder),
        "printed": printed_words(now),
        "built": built_words(clinic),
        "clinic": clinic,
        "language": reader_language(),
        "size": sheet.size,
        "paper": PAPERS[sheet.paper],
        "failed": binder.failed,
        "sections": [section_data(one) for one in binder.sections],
        "words": {
            "contents": _("Contents"),
            "missing": failed_words(),
            "page": _("Page"),
            "of": _("of"),
        },
    }


def render(binder: Binder, clinic: str, now: datetime, sheet: Sheet) -> bytes:
    """The PDF. Its sections are those of the binder it is given: choosing is done before."""
    return pdf.render("binder", data_of(binder, clinic, now, sheet))
