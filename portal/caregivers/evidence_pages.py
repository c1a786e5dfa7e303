"""What the pages about legal representatives may know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import url_for
from flask_babel import gettext as _

from portal.caregivers.evidence import ActsByLaw, Waiting, paper_words
from portal.caregivers.words import staff_kind_words, state_words
from portal.web import filters
from portal.web.forms import PortalForm


@dataclass(frozen=True)
class FilePage:
    """A paper to file."""

    title: str
    form: PortalForm
    action: str
    is_filed: bool
    room: str = "representatives"

    @property
    def has_errors(self) -> bool:
        return bool(self.form.errors)


@dataclass(frozen=True, slots=True)
class WaitingCard:
    """A paper that waits for the second look."""

    name: str
    kind: str
    facts: list[dict[str, str]]
    is_own: bool
    confirm_href: str
    refuse_href: str

    @classmethod
    def of(cls, one: Waiting) -> WaitingCard:
        until = filters.day(one.expires_on) if one.expires_on else _("No end date on it")
        facts = [
            (_("For"), one.patient),
            (_("Relation"), one.relation),
            (_("Document"), paper_words(one.what)),
            (_("Number, and where it was seen"), one.details),
            (_("Holds until"), until),
            (_("Filed by"), one.filed_by),
        ]
        return cls(
            name=one.name,
            kind=staff_kind_words(one.kind),
            facts=[{"key": key, "value": value} for key, value in facts],
            is_own=one.is_own,
            confirm_href=url_for("admin.confirm_representative", invitation_id=one.id),
            refuse_href=url_for("admin.refuse_representative", invitation_id=one.id),
        )


@dataclass(frozen=True, slots=True)
class ByLawLine:
    """A representative or a parent who has access, or is stopped."""

    name: str
    text: str
    state: str
    tone: str
    is_stopped: bool
    href: str

    @classmethod
    def of(cls, row: ActsByLaw) -> ByLawLine:
        until = _("until %(day)s", day=filters.day(row.ends_at - timedelta(seconds=1))) if row.ends_at else ""
        state, tone = state_words(row.state)
        stopped = row.state == "suspended"
        endpoint = "admin.resume_representative" if stopped else "admin.suspend_representative"
        text = " · ".join(part for part in (staff_kind_words(row.kind), row.patient, until) if part)
        return cls(row.name, text, state, tone, stopped, url_for(endpoint, held_id=row.id))


@dataclass(frozen=True)
class RepresentativesPage:
    """Papers that wait, and who acts by law."""

    title: str
    waiting: list[WaitingCard]
    lines: list[ByLawLine]
    file_href: str
    code: str
    code_href: str
    room: str = "representatives"

    @classmethod
    def of(
        cls, waiting: Sequence[Waiting], rows: Sequence[ActsByLaw], code: str = "", href: str = ""
    ) -> RepresentativesPage:
        return cls(
            title=_("Representatives"),
            waiting=[WaitingCard.of(one) for one in waiting],
            lines=[ByLawLine.of(row) for row in rows],
            file_href=url_for("admin.new_representative"),
            code=code,
            code_href=href,
        )
