"""What the result pages may know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.infra.i18n import reader_language
from portal.models import Report, Result
from portal.results.explanations import Explanation, explain, plain_name
from portal.results.ranges import Standing, component_standing
from portal.results.release import State, pause_before
from portal.results.service import Slice
from portal.results.trend import Trend, trend_of
from portal.results.values import (
    LOOKS,
    Shown,
    component_number,
    in_order,
    range_words,
    standing_words,
    state_words,
)
from portal.web import filters
from portal.web.paging import key_text

KINDS: dict[str, tuple[str, ...] | None] = {
    "": None,
    "laboratory": ("laboratory",),
    "vital-signs": (),
    "other": ("imaging", "pathology", "other"),
}
SINGLES: dict[str, tuple[str, ...]] = {
    "laboratory": ("laboratory",),
    "vital-signs": ("vital-signs",),
    "other": ("survey", "social-history", "other"),
}


def kind_label(kind: str) -> str:
    return {
        "": _("All reports"),
        "laboratory": _("Laboratory"),
        "vital-signs": _("Vital signs"),
        "other": _("Imaging and other"),
    }[kind]


@dataclass(frozen=True, slots=True)
class Tag:
    text: str
    tone: str
    icon: str = ""


def state_tags(state: State) -> list[Tag]:
    if state is State.FINAL:
        return []
    return [Tag(state_words(state), "look" if state is State.PRELIMINARY else "info")]


def standing_tag(shown: Shown) -> Tag | None:
    """The flag of a value, when there is something to say."""
    if not shown.words or shown.standing is Standing.NO_RANGE:
        return None
    return Tag(shown.words, shown.tone, shown.icon)


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A line of the list of reports."""

    href: str
    name: str
    at: datetime
    orderer: str
    tags: list[Tag]

    @classmethod
    def of(cls, person_id: UUID, row: Any, outside: int) -> ReportRow:
        tags = [Tag(_("New"), "info")] if row.is_new else []
        tags += state_tags(State.of(row.status))
        pauses = pause_before(row.category, row.sensitivity) is not None
        if outside and not pauses:  # what a pause stands before is not told on the way to it
            tags.append(Tag(outside_words(outside), "look"))
        href = url_for("results.show_report", person_id=person_id, report_id=row.id)
        return cls(href, plain_name(row.code, row.name, reader_language()), row.effective_at, row.orderer or "", tags)


def outside_words(count: int) -> str:
    return ngettext("%(num)s value outside its range", "%(num)s values outside their range", count)


@dataclass(frozen=True, slots=True)
class ValueRow:
    """A line of a table of values."""

    href: str
    name: str
    said: str
    is_text: bool
    range_words: str
    tag: Tag | None
    state_tags: list[Tag]
    at: datetime

    @classmethod
    def of(cls, person_id: UUID, row: Any) -> ValueRow:
        shown = Shown.of(row)
        return cls(
            href=url_for("results.show_result", person_id=person_id, result_id=row.id),
            name=shown.name,
            said=f"{shown.number} {shown.unit}".strip(),
            is_text=shown.is_text,
            range_words=shown.range_words,
            tag=standing_tag(shown),
            state_tags=state_tags(shown.state),
            at=shown.at,
        )


@dataclass(frozen=True)
class ListReportsPage:
    """Reports by year, and the newest single values where there are any of the chosen kind."""

    person_id: UUID
    title: str
    is_staff: bool
    back_href: str
    kinds: list[dict[str, Any]]
    years: list[tuple[str, list[ReportRow]]]
    singles: list[ValueRow]
    singles_title: str
    newer_href: str | None
    older_href: str | None
    waiting: Any = None  # `waiting_pages.WaitingPart`, on the first page of whoever acts for the patient
    room: str = "results"

    @property
    def is_empty(self) -> bool:
        return not self.years and not self.singles and not (self.waiting and (self.waiting.held or self.waiting.orders))

    @classmethod
    def of(
        cls,
        person_id: UUID,
        kind: str,
        found: Slice,
        outside: Mapping[UUID, int],
        singles: Sequence[Any],
        *,
        is_staff: bool,
    ) -> ListReportsPage:
        here: dict[str, Any] = {"person_id": person_id, **({"kind": kind} if kind else {})}
        rows = [(row, ReportRow.of(person_id, row, outside.get(row.id, 0))) for row in found.rows]
        years = groupby(rows, key=lambda pair: filters.local(pair[0].effective_at).year)
        newer = older = None
        if found.rows:
            first, last = found.rows[0], found.rows[-1]
            newer = url_for("results.list_reports", **here, after=key_text(first.effective_at, first.id))
            older = url_for("results.list_reports", **here, before=key_text(last.effective_at, last.id))
        return cls(
            person_id=person_id,
            title=_("Test results"),
            is_staff=is_staff,
            back_href=_desk(person_id) if is_staff else "",
            kinds=[
                {
                    "label": kind_label(each),
                    "href": url_for("results.list_reports", person_id=person_id, kind=each or None),
                    "is_current": each == kind,
                }
                for each in KINDS
            ],
            years=[(str(year), [shown for _row, shown in pairs]) for year, pairs in years],
            singles=[ValueRow.of(person_id, row) for row in singles if pause_before("", row.sensitivity) is None],
            singles_title=_("Newest value of each test") if kind != "other" else _("Questionnaires and other findings"),
            newer_href=newer if found.has_newer else None,
            older_href=older if found.has_older else None,
        )


def _desk(person_id: UUID) -> str:
    return url_for("people.show_patient", person_id=person_id)


@dataclass(frozen=True)
class ShowReportPage:
    """One report: what was found, by whom it was asked for, and when."""

    person_id: UUID
    title: str
    is_staff: bool
    back_href: str
    facts: list[dict[str, str]]
    state: State
    state_words: str
    conclusion: str
    values: list[ValueRow]
    texts: list[ValueRow]
    outside: str
    ask_href: str
    seen: Any = None  # whether a clinician looked at it; for clinicians, the form to say so
    holds: Any = ()  # for clinicians: `waiting_pages.HoldLine`
    hold_href: str = ""
    room: str = "results"

    @property
    def is_preliminary(self) -> bool:
        return self.state is State.PRELIMINARY

    @property
    def is_corrected(self) -> bool:
        return self.state is State.CORRECTED

    @classmethod
    def of(
        cls, report: Report, results: Sequence[Any], names: Mapping[UUID, str], *, is_staff: bool, seen: Any = None
    ) -> ShowReportPage:
        person_id = report.patient_id
        rows = [ValueRow.of(person_id, row) for row in results]
        outside = sum(Shown.of(row).is_outside for row in results)
        state = State.of(report.status)
        return cls(
            person_id=person_id,
            title=plain_name(report.code, report.name, reader_language()),
            is_staff=is_staff,
            back_href=url_for("results.list_reports", person_id=person_id),
            facts=_facts(report, names.get(report.orderer_id) if report.orderer_id else None),
            state=state,
            state_words=state_words(state),
            conclusion=report.conclusion or "",
            values=[row for row in rows if not row.is_text],
            texts=[row for row in rows if row.is_text],
            outside=outside_words(outside) if outside else "",
            ask_href="" if is_staff else url_for("messaging.new_question", person_id=person_id),
            seen=seen,
        )


def _facts(row: Report | Result, orderer: str | None) -> list[dict[str, str]]:
    facts = [{"key": _("Ordered by"), "value": orderer}] if orderer else []
    facts.append({"key": _("Taken"), "value": filters.moment(row.effective_at)})
    if row.issued_at and row.issued_at != row.effective_at:
        facts.append({"key": _("Reported"), "value": filters.moment(row.issued_at)})
    return facts


@dataclass(frozen=True, slots=True)
class Part:
    """One component of a result, such as the top number of a blood pressure."""

    name: str
    said: str
    range_words: str
    tag: Tag | None


@dataclass(frozen=True, slots=True)
class Said:
    """A clinician's comment."""

    name: str
    at: datetime
    text: str


@dataclass(frozen=True)
class ShowResultPage:
    """One value: what it is, where it stands, what it means, and how it has changed."""

    person_id: UUID
    title: str
    is_staff: bool
    back_href: str
    back_text: str
    shown: Shown
    tag: Tag | None
    state_tags: list[Tag]
    range_words: str
    parts: list[Part]
    measures: str
    meaning: str
    facts: list[dict[str, str]]
    official_name: str
    note: str
    corrected_at: datetime | None
    comments: list[Said]
    trend: Trend | None
    ask_href: str
    comment_form: Any = None
    comment_href: str = ""
    room: str = "results"

    @property
    def has_errors(self) -> bool:
        return bool(self.comment_form and self.comment_form.has_errors)

    @classmethod
    def of(
        cls,
        result: Result,
        report: Report | None,
        history: Sequence[Any],
        comments: Sequence[tuple[str, datetime, str]],
        names: Mapping[UUID, str],
        *,
        is_staff: bool,
        comment_form: Any = None,
    ) -> ShowResultPage:
        person_id, shown = result.patient_id, Shown.of(result)
        known = explain(result.code, reader_language())
        orderer = names.get(result.orderer_id or (report.orderer_id if report else None) or person_id)
        back_href, back_text = _way_back(person_id, report)
        return cls(
            person_id=person_id,
            title=shown.name,
            is_staff=is_staff,
            back_href=back_href,
            back_text=back_text,
            shown=shown,
            tag=standing_tag(shown),
            state_tags=state_tags(shown.state),
            range_words=_range_sentence(shown, result),
            parts=[_part(each) for each in in_order(result.components)] if result.value is None else [],
            measures=known.measures if known else "",
            meaning=_meaning(known, shown.standing),
            facts=_facts(result, orderer),
            official_name=result.name if result.name != shown.name else "",
            note=result.note or "",
            corrected_at=result.corrected_at,
            comments=[Said(*each) for each in comments],
            trend=trend_of(result, history, shown.name),
            ask_href="" if is_staff else url_for("messaging.new_question", person_id=person_id, result=result.id),
            comment_form=comment_form,
            comment_href=url_for("results.create_comment", person_id=person_id, result_id=result.id)
            if comment_form
            else "",
        )


def _way_back(person_id: UUID, report: Report | None) -> tuple[str, str]:
    if report is None:
        return url_for("results.list_reports", person_id=person_id), _("Test results")
    name, day = plain_name(report.code, report.name, reader_language()), filters.short_day(report.effective_at)
    return (
        url_for("results.show_report", person_id=person_id, report_id=report.id, view="now"),
        _("%(name)s, %(day)s", name=name, day=day),
    )


def _range_sentence(shown: Shown, result: Result) -> str:
    if shown.range_words:
        return _("Usual range %(range)s", range=shown.range_words)
    return _("No usual range given") if result.value is not None else ""


def _meaning(known: Explanation | None, stands: Standing) -> str:
    if known is None:
        return ""
    if stands in (Standing.BELOW, Standing.FAR_BELOW):
        return known.low_meaning
    return known.high_meaning if stands in (Standing.ABOVE, Standing.FAR_ABOVE) else ""


def _part(component: Mapping[str, Any]) -> Part:
    stands = component_standing(component)
    tone, icon = LOOKS.get(stands, ("neutral", ""))
    words = standing_words(stands)
    number = component_number(component)
    unit = component.get("unit") or ""
    low, high = (Decimal(str(end)) if (end := component.get(key)) is not None else None for key in ("low", "high"))
    return Part(
        name=plain_name(component.get("code"), component.get("name") or "", reader_language()),
        said=f"{number} {unit}".strip() or _("no value given"),
        range_words=range_words(low, high, None),
        tag=Tag(words, tone, icon) if words else None,
    )
