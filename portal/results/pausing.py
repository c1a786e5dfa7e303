"""The screen before a result that may be hard to read (RES-4)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from portal.results.release import Pause


@dataclass(frozen=True)
class PausePage:
    """The screen before a result that may be hard to read: what kind it is, and three ways to go on (RES-4)."""

    person_id: UUID
    title: str
    kind_words: str
    view_href: str
    ask_href: str
    back_href: str
    room: str = "results"

    @classmethod
    def of(cls, person_id: UUID, pause: Pause, view_href: str, ask_href: str) -> PausePage:
        back = url_for("results.list_reports", person_id=person_id)
        return cls(person_id, _("Before you open this result"), pause_words(pause), view_href, ask_href, back)


def pause_words(pause: Pause) -> str:
    """What kind of result waits behind the pause."""
    return {
        Pause.TISSUE: _("It is the report on a tissue sample, such as a biopsy."),
        Pause.GENETIC: _("It is a genetic test."),
        Pause.HIV: _("It is an HIV test."),
        Pause.INFECTION: _("It is a test for an infection that is passed on through sex."),
        Pause.REPRODUCTIVE: _("It is a test about pregnancy or reproductive health."),
        Pause.MENTAL: _("It is a result about mental health or a medicine for it."),
        Pause.SUBSTANCE: _("It is a result about alcohol or drug use."),
        Pause.SAFETY: _("It is a result about a private matter."),
    }[pause]
