"""What the pages of corrections may know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from portal.records.amendments import Asked
from portal.records.words import title_of
from portal.web import filters


def state_words(state: str) -> tuple[str, str]:
    return {
        "asked": (_("Waiting for an answer"), "look"),
        "extended": (_("Waiting, the clinic needs longer"), "look"),
        "accepted": (_("Accepted"), "good"),
        "denied": (_("Denied"), "neutral"),
        "disputed": (_("Denied, you disagreed"), "info"),
        "withdrawn": (_("Taken back"), "neutral"),
    }[state]


def reason_words(reason: str) -> str:
    return {
        "right": _("The clinic holds that the record is accurate and complete."),
        "not_ours": _("Another clinic wrote it. Ask there, they can change it."),
        "not_kept": _("It is not part of the records the clinic keeps to make decisions about you."),
        "not_open": _("The law does not open this part of the record to you."),
    }.get(reason, "")


@dataclass(frozen=True, slots=True)
class AskedRow:
    href: str
    title: str
    part: str
    state: str
    tone: str
    asked_at: datetime
    due: str

    @classmethod
    def of(cls, person_id: UUID, one: Asked) -> AskedRow:
        state, tone = state_words(one.state)
        title = one.line or _("Something is missing")
        href = url_for("records.show_amendment", person_id=person_id, amendment_id=one.id)
        due = filters.day(one.due_at) if one.is_open else ""
        return cls(href, title, title_of(one.part), state, "late" if one.is_late else tone, one.asked_at, due)


@dataclass(frozen=True)
class ListAmendmentsPage:
    person_id: UUID
    title: str
    is_staff: bool
    back_href: str
    rows: list[AskedRow]
    room: str = "record"

    @classmethod
    def of(cls, person_id: UUID, found: Sequence[Asked], *, is_staff: bool) -> ListAmendmentsPage:
        return cls(
            person_id=person_id,
            title=_("Corrections of the record"),
            is_staff=is_staff,
            back_href=url_for("records.show_record", person_id=person_id),
            rows=[AskedRow.of(person_id, one) for one in found],
        )


@dataclass(frozen=True)
class NewAmendmentPage:
    person_id: UUID
    title: str
    is_staff: bool
    back_href: str
    back_text: str
    line: str
    form: Any
    send_href: str
    days: int
    room: str = "record"

    @property
    def has_errors(self) -> bool:
        return bool(self.form.errors)

    @classmethod
    def of(cls, person_id: UUID, key: str, line_id: UUID | None, line: str, form: Any, days: int) -> NewAmendmentPage:
        here: dict[str, Any] = {"person_id": person_id, "key": key}
        back = (
            url_for("records.show_line", **here, line_id=line_id) if line_id else url_for("records.list_lines", **here)
        )
        return cls(
            person_id=person_id,
            title=_("Ask for a correction"),
            is_staff=False,
            back_href=back,
            back_text=line or title_of(key),
            line=line,
            form=form,
            send_href=url_for("records.create_amendment", **here, line=line_id),
            days=days,
        )


@dataclass(frozen=True)
class ShowAmendmentPage:
    person_id: UUID
    title: str
    is_staff: bool
    back_href: str
    line: str
    line_href: str
    state: str
    tone: str
    facts: list[dict[str, str]]
    wrong: str
    right: str
    answer: str
    reason: str
    answered: str
    statement: str
    answer_form: Any
    statement_form: Any
    longer_form: Any
    hrefs: dict[str, str]
    late: str  # said to both sides when the day has passed
    longer: str  # why the clinic needs longer
    room: str = "record"

    @property
    def has_errors(self) -> bool:
        return any(form is not None and form.errors for form in self.forms)

    @property
    def forms(self) -> tuple[Any, ...]:
        """What may be sent from here; of what failed, the errors stand first."""
        return self.answer_form, self.longer_form, self.statement_form

    @property
    def failed(self) -> Any:
        """The form that was sent and not taken, or None."""
        return next((form for form in self.forms if form is not None and form.errors), None)

    @classmethod
    def of(
        cls,
        person_id: UUID,
        one: Asked,
        answer_form: Any,
        statement_form: Any,
        longer_form: Any,
        *,
        is_staff: bool,
        may_withdraw: bool,
    ) -> ShowAmendmentPage:
        state, tone = state_words(one.state)
        here: dict[str, Any] = {"person_id": person_id, "amendment_id": one.id}
        facts = [
            {"key": _("Asked by"), "value": one.asked_by},
            {"key": _("Asked"), "value": filters.moment(one.asked_at)},
        ]
        if one.is_open:
            facts.append({"key": _("Who answers"), "value": one.owner})
            facts.append({"key": _("Answer by"), "value": filters.day(one.due_at)})
        hrefs = {
            "answer": url_for("records.answer_amendment", **here) if answer_form is not None else "",
            "extend": url_for("records.extend_amendment", **here) if longer_form is not None else "",
            "dispute": url_for("records.dispute_amendment", **here) if statement_form is not None else "",
            "withdraw": url_for("records.withdraw_amendment", **here) if may_withdraw and one.is_open else "",
        }
        answered = (
            _("%(name)s, %(when)s", name=one.answered_by, when=filters.moment(one.answered_at))
            if one.answered_at
            else ""
        )
        return cls(
            person_id=person_id,
            title=_("Correction of the record"),
            is_staff=is_staff,
            back_href=url_for("records.list_amendments", person_id=person_id),
            line=one.line or _("Something is missing from: %(part)s", part=title_of(one.part)),
            line_href=url_for("records.show_line", person_id=person_id, key=one.part, line_id=one.line_id)
            if one.line_id
            else url_for("records.list_lines", person_id=person_id, key=one.part),
            state=state,
            tone="late" if one.is_late else tone,
            facts=facts,
            wrong=one.wrong,
            right=one.right,
            answer=one.answer,
            reason=reason_words(one.reason),
            answered=answered,
            statement=one.statement,
            answer_form=answer_form,
            statement_form=statement_form,
            longer_form=longer_form,
            hrefs=hrefs,
            late=_late_words(one) if one.is_late else "",
            longer=one.longer,
        )


def _late_words(one: Asked) -> str:
    return _(
        "The answer was due on %(day)s and has not come. Those who lead the clinic’s records have been told.",
        day=filters.day(one.due_at),
    )
