"""What the pages for holders of a link or a card may know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _

from portal.binder import paper
from portal.binder.public_forms import PinForm, ReplyForm
from portal.binder.sections import Binder, Section
from portal.messaging.files import ACCEPT


@dataclass(frozen=True)
class ShowViewerPage:
    """The page that opens a link in the browser. The server sees neither the key nor what it opens."""

    title: str
    form: ReplyForm
    is_empty: bool
    accept: str
    has_errors: bool

    @classmethod
    def of(cls, form: ReplyForm, *, is_empty: bool = False) -> ShowViewerPage:
        return cls(_("A health record was shared with you"), form, is_empty, ACCEPT, is_empty)


@dataclass(frozen=True)
class ShowThanksPage:
    """What was sent back has arrived."""

    title: str
    without: int

    @classmethod
    def of(cls, without: int) -> ShowThanksPage:
        return cls(_("Thank you, it has arrived"), without)


@dataclass(frozen=True)
class ShowEmergencyPage:
    """What the owner of a card chose for an emergency; or the question for its PIN."""

    title: str
    state: str  # shown, pin, locked
    name: str = ""
    born: str = ""
    shown_at: str = ""
    sections: tuple[Section, ...] = ()
    failed: tuple[str, ...] = ()
    form: PinForm | None = None
    has_errors: bool = False
    home_href: str = ""

    @classmethod
    def of(cls, binder: Binder, now: datetime) -> ShowEmergencyPage:
        return cls(
            _("Emergency information"),
            "shown",
            binder.name,
            paper.born_words(binder),
            paper.printed_words(now),
            binder.sections,
            tuple(binder.failed),
        )

    @classmethod
    def asking(cls, form: PinForm) -> ShowEmergencyPage:
        return cls(_("Emergency information"), "pin", form=form, has_errors=form.has_errors)

    @classmethod
    def locked(cls) -> ShowEmergencyPage:
        return cls(_("Emergency information"), "locked", home_href=url_for("home.show_about"))
