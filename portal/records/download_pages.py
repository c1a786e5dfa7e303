"""Choosing what of the record to take along, and as what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectMultipleField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import Optional

from portal.records.lines import Wish
from portal.records.parts import Part
from portal.records.words import title_of
from portal.web import filters
from portal.web.forms import DayField, PortalForm

KINDS = ("pdf", "txt", "csv", "fhir")


class DownloadForm(PortalForm):
    """Which parts, from when to when, as what kind of file."""

    kind = RadioField(
        _l("As what kind of file?"),
        choices=[
            SelectChoice("pdf", _l("PDF, to print or send")),
            SelectChoice("txt", _l("Plain text, opens anywhere")),
            SelectChoice("csv", _l("Table (CSV), for a spreadsheet")),
            SelectChoice("fhir", _l("FHIR, for other health systems and apps")),
        ],
        default="pdf",
    )
    parts = SelectMultipleField(_l("Which parts?"), description=_l("Choose none to take all of them."))
    since = DayField(_l("From"), validators=[Optional()])
    until = DayField(_l("Until"), validators=[Optional()])

    @property
    def chosen(self) -> list[str]:
        """The parts that were chosen; nothing where all are meant."""
        found = list(self.parts.data or ())
        return [] if len(found) == len(list(self.parts.choices or ())) else found

    @classmethod
    def of(cls, visible: Sequence[Part], data: Any) -> DownloadForm:
        """The form with the parts this reader may see."""
        form = cls(data, meta={"csrf": False})
        form.parts.choices = [SelectChoice(part.key, title_of(part.key)) for part in visible]
        return form


@dataclass(frozen=True)
class ShowDownloadsPage:
    """The form, and what is said beside it."""

    person_id: UUID
    title: str
    is_staff: bool
    back_href: str
    file_href: str
    form: DownloadForm
    room: str = "record"

    @property
    def has_errors(self) -> bool:
        return self.form.has_errors

    @classmethod
    def of(cls, person_id: UUID, form: DownloadForm, *, is_staff: bool) -> ShowDownloadsPage:
        return cls(
            person_id=person_id,
            title=_("Print or download the record"),
            is_staff=is_staff,
            back_href=url_for("records.show_record", person_id=person_id),
            file_href=url_for("records.download_record", person_id=person_id),
            form=form,
        )


def dates_words(wish: Wish) -> str:
    """The dates of a file in words; nothing where all of the time is meant."""
    if wish.since and wish.until:
        return _("%(since)s to %(until)s", since=filters.day(wish.since), until=filters.day(wish.until))
    if wish.since:
        return _("from %(since)s", since=filters.day(wish.since))
    return _("until %(until)s", until=filters.day(wish.until)) if wish.until else ""


def without_original(titles: Sequence[str]) -> list[str]:
    """What a FHIR file can't hold: entries written in the portal, which no other system sent."""
    return [
        _("%(part)s: entries written in the portal have no FHIR original and are not in here.", part=one)
        for one in titles
    ]
