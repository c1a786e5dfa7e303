"""Pages of results that wait for a clinician's eye."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import DataRequired

from portal.infra.i18n import reader_language
from portal.models import Report
from portal.results.explanations import plain_name
from portal.results.pages import Tag, outside_words
from portal.results.reviewing import AT_ONCE, PLANS, Review, is_usual
from portal.web import filters
from portal.web.forms import PortalForm


def plan_words(plan: str) -> str:
    """What follows, in words."""
    return {
        "none": _("Nothing more to do"),
        "message": _("I write to the patient"),
        "call": _("I call the patient"),
        "repeat": _("The test is repeated"),
        "treat": _("Treatment changes"),
        "refer": _("I refer the patient"),
    }.get(plan, plan)


class ReviewForm(PortalForm):
    """That a report was looked at, and what follows."""

    plan = RadioField(_l("What follows?"), validators=[DataRequired(_l("Choose what follows."))])
    read_back = BooleanField(_l("I read the value back to the laboratory"))

    def offer(self) -> ReviewForm:
        """Set the choices."""
        self.plan.choices = [SelectChoice(plan, plan_words(plan)) for plan in PLANS]
        return self


@dataclass(frozen=True, slots=True)
class Seen:
    """What is said on a report of whether somebody looked at it."""

    text: str
    form: Any = None
    is_critical: bool = False
    action: str = ""

    @classmethod
    def of(
        cls, report: Report, review: Review | None, orderer: str, *, form: Any, is_critical: bool, is_staff: bool
    ) -> Seen:
        if review is not None:
            said = _("%(name)s looked at this on %(day)s.", name=review.by, day=filters.day(review.at))
            return cls(f"{said} {plan_words(review.plan)}." if is_staff else said)
        said = (
            _("%(name)s has not looked at this yet.", name=orderer) if orderer else _("Nobody has looked at this yet.")
        )
        action = url_for("results.create_review", person_id=report.patient_id, report_id=report.id) if form else ""
        return cls(said, form, is_critical, action)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A report that waits."""

    id: UUID
    who: str
    born: str
    what: str
    text: str
    href: str
    tags: list[Tag]
    is_usual: bool

    @classmethod
    def of(cls, row: Any, now: datetime) -> Waiting:
        tags = [Tag(_("Critical"), "late")] if row.is_critical else []
        if row.outside_count:
            tags.append(Tag(outside_words(row.outside_count), "look"))
        if row.status in ("corrected", "amended", "appended"):
            tags.append(Tag(_("Corrected"), "info"))
        if row.held_until is not None and row.held_until > now:
            tags.append(Tag(_("Not shown to the patient yet"), "look"))
        parts = [_("Reported %(when)s", when=filters.moment(row.issued_at))]
        if row.orderer:
            parts.append(_("ordered by %(name)s", name=row.orderer))
        return cls(
            id=row.id,
            who=f"{row.given_name} {row.family_name}".strip(),
            born=_("born %(day)s", day=filters.born(row.birth_on)) if row.birth_on else "",
            what=plain_name(row.code, row.name, reader_language()),
            text=" · ".join(parts),
            href=url_for("results.show_report", person_id=row.patient_id, report_id=row.id),
            tags=tags,
            is_usual=is_usual(row),
        )


@dataclass(frozen=True)
class ListReviewsPage:
    """What waits for my eye, the critical ones first."""

    title: str
    lines: list[Waiting]
    has_more: bool
    has_usual: bool
    action: str
    holds_href: str
    room: str = "reviews"

    @classmethod
    def of(cls, rows: Sequence[Any], now: datetime) -> ListReviewsPage:
        lines = [Waiting.of(row, now) for row in rows[:AT_ONCE]]
        return cls(
            title=_("Results to review"),
            lines=lines,
            has_more=len(rows) > AT_ONCE,
            has_usual=any(line.is_usual for line in lines),
            action=url_for("results.review_usual"),
            holds_href=url_for("results.list_holds"),
        )
