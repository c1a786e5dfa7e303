"""What the page of downloads may know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.binder.sections import Binder


@dataclass(frozen=True, slots=True)
class Download:
    """One way to carry it."""

    title: str
    text: str
    icon: str
    links: tuple[tuple[str, str], ...]  # words, address


@dataclass(frozen=True)
class ShowCarryPage:
    """Everything that can be printed or saved."""

    person_id: UUID
    title: str
    back_href: str
    sections: str
    failed: list[str]
    people: list[Download]
    machines: list[Download]
    room: str = "binder"

    @classmethod
    def of(cls, binder: Binder) -> ShowCarryPage:
        person = binder.person_id

        def href(endpoint: str, **more: Any) -> str:
            return url_for(f"binder.{endpoint}", person_id=person, **more)

        def pdf(size: int, sheet: str) -> str:
            return href("show_pdf", size=size, paper=sheet)

        count = len(binder.sections)
        return cls(
            person_id=person,
            title=_("Print or save the binder"),
            back_href=href("show_binder"),
            sections=ngettext("%(num)s section goes along.", "%(num)s sections go along.", count),
            failed=binder.failed,
            people=[
                Download(
                    _("On paper"),
                    _("A PDF with a list of contents. The medicines begin on a page of their own."),
                    "printer",
                    (
                        (_("Letter"), pdf(12, "letter")),
                        (_("Letter, large print"), pdf(18, "letter")),
                        ("A4", pdf(12, "a4")),
                        (_("A4, large print"), pdf(18, "a4")),
                    ),
                ),
                Download(
                    _("One file for your phone or a stick"),
                    _("It opens in any browser without the internet, and loads nothing from anywhere."),
                    "smartphone",
                    ((_("Save the file"), href("show_offline")),),
                ),
                Download(
                    _("Plain text"),
                    _("Only letters, for any device and any reader."),
                    "file-text",
                    ((_("Save the text"), href("show_text")),),
                ),
            ],
            machines=[
                Download(
                    _("International Patient Summary"),
                    _("For clinics in other countries and for health apps (FHIR R4 document)."),
                    "globe",
                    ((_("Save the summary"), href("show_summary")),),
                ),
                Download(
                    _("Continuity of Care Document"),
                    _("For the record systems of clinics in this country (C-CDA)."),
                    "hospital",
                    ((_("Save the document"), href("show_ccd")),),
                ),
            ],
        )
