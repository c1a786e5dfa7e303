"""What the page of figures, and the pages of quick texts, show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from portal.messaging.desk_forms import QuickTextForm
from portal.messaging.figures import SAMPLE, SPANS, Figures, Row
from portal.messaging.quick_texts import VARIABLES, Line
from portal.models import QuickText
from portal.web import filters
from portal.web.charts import LineChart, Reading, line_chart


def span_words(span: timedelta | None) -> str:
    """A time to an answer: minutes below an hour, hours below two days, then days."""
    if span is None:
        return "–"
    minutes = int(span.total_seconds()) // 60
    if minutes < 60:
        return _("%(number)s min", number=minutes)
    hours, rest = divmod(minutes, 60)
    if hours < 12 and rest == 0:
        return _("%(n)s h", n=hours)
    if hours < 48:
        return _("%(hours)s h %(minutes)s min", hours=hours, minutes=rest) if hours < 12 else _("%(n)s h", n=hours)
    return ngettext("%(num)d day", "%(num)d days", hours // 24)


@dataclass(frozen=True)
class ShowTeamFiguresPage:
    """Answers of teams and people."""

    title: str
    spans: list[dict[str, Any]]
    pools: list[list[str]]
    people: list[list[str]]
    chart: LineChart | None
    note: str
    room: str = "figures"

    @classmethod
    def of(cls, figures: Figures) -> ShowTeamFiguresPage:
        spans = [
            {
                "label": ngettext("%(num)d day", "%(num)d days", days),
                "href": url_for("messaging.show_team_figures", days=days),
                "is_current": days == figures.days,
            }
            for days in SPANS
        ]
        readings = [
            Reading(week, round(span.total_seconds() / 3600, 1), span_words(span)) for week, span in figures.weeks
        ]
        return cls(
            title=_("Team figures"),
            spans=spans,
            pools=[_cells(row) for row in figures.rows if row.is_pool],
            people=[_cells(row) for row in figures.rows if not row.is_pool],
            chart=line_chart(
                readings,
                title=_("Median time to the first answer, by week"),
                id="first-answers",
                day=filters.short_day,
                long_day=filters.day,
            ),
            note=_("These rest on the newest %(number)s answers.", number=f"{SAMPLE:,}") if figures.is_sample else "",
        )


def _cells(row: Row) -> list[str]:
    return [
        row.name,
        str(row.answers),
        span_words(row.median),
        span_words(row.ninetieth),
        str(row.overdue),
        str(row.passed_on),
    ]


@dataclass(frozen=True)
class ListQuickTextsPage:
    """One's own quick texts and those of one's pools."""

    title: str
    lines: list[dict[str, str]]
    new_href: str
    room: str = "quick-texts"

    @classmethod
    def of(cls, lines: Sequence[Line]) -> ListQuickTextsPage:
        shown = [
            {
                "title": one.title,
                "whose": one.pool or _("Yours"),
                "english": one.english,
                "spanish": one.spanish,
                "href": url_for("messaging.edit_quick_text", text_id=one.id),
            }
            for one in lines
        ]
        return cls(_("Quick texts"), shown, url_for("messaging.new_quick_text"))


@dataclass(frozen=True)
class QuickTextPage:
    """Writing a quick text."""

    title: str
    form: QuickTextForm
    save_href: str
    delete_href: str
    back_href: str
    variables: list[tuple[str, str]]
    room: str = "quick-texts"

    @property
    def has_errors(self) -> bool:
        return self.form.has_errors

    @classmethod
    def of(cls, form: QuickTextForm, owners: Sequence[tuple[str, str]], text: QuickText | None) -> QuickTextPage:
        form.owner.choices = [SelectChoice("me", _("Mine alone")), *(SelectChoice(key, name) for key, name in owners)]
        said = {
            "patient_given_name": _("the patient’s given name"),
            "my_name": _("your name"),
            "clinic_name": _("the clinic’s name"),
            "clinic_phone": _("the clinic’s number"),
            "nurse_line": _("the nurse line"),
            "due_day": _("the day an answer is due"),
        }
        known = [("{" + name + "}", said[name]) for name in VARIABLES]
        back = url_for("messaging.list_quick_texts")
        if text is None:
            href = url_for("messaging.create_quick_text")
            return cls(_("New quick text"), form, href, "", back, known)
        save = url_for("messaging.update_quick_text", text_id=text.id)
        delete = url_for("messaging.throw_away_quick_text", text_id=text.id)
        return cls(_("Change a quick text"), form, save, delete, back, known)
