"""What the pages of visits may know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from portal.appointments import words as visit_words
from portal.appointments.changing import Asked
from portal.appointments.waitlist import Place
from portal.infra.i18n import known
from portal.web import filters
from portal.web.paging import key_text


def status_words(status: str) -> tuple[str, str]:
    """A visit's state as a word, and the tone of its tag. A request is never shown as a booking."""
    return {
        "proposed": (_("Proposed, not booked"), "look"),
        "pending": (_("Asked for, not confirmed yet"), "look"),
        "requested": (_("Asked for, not confirmed yet"), "look"),
        "booked": (_("Booked"), "good"),
        "confirmed": (_("Confirmed"), "good"),
        "arrived": (_("You have arrived"), "info"),
        "checked-in": (_("Checked in"), "info"),
        "fulfilled": (_("Took place"), "neutral"),
        "completed": (_("Took place"), "neutral"),
        "kept": (_("Took place"), "neutral"),
        "cancelled": (_("Cancelled"), "late"),
        "noshow": (_("Missed"), "late"),
        "no_show": (_("Missed"), "late"),
        "missed": (_("Missed"), "late"),
    }.get(status, (_("Booked"), "neutral"))


@dataclass(frozen=True, slots=True)
class VisitLine:
    """One visit: when by the clock of its place, with whom, where."""

    when: str
    what: str
    where: str
    minutes: str
    instructions: str
    status: str
    tone: str
    ask_href: str
    href: str = ""

    @classmethod
    def of(cls, row: Any, ask_href: str, *, is_past: bool, href: str = "") -> VisitLine:
        words, tone = status_words(row.status)
        if is_past and tone == "good":
            words, tone = "", "neutral"  # it was booked; nobody wrote down whether it took place
        if row.disrupted_at is not None and not is_past:
            words, tone = _("Needs a new time"), "look"
        who = row.with_name or ""
        if who and row.specialty:
            who = f"{who}, {known(row.specialty)}"
        return cls(
            when=visit_words.moment(row.starts_at, row.time_zone),
            what=" · ".join(part for part in (visit_words.what(row), who) if part),
            where=_("Video visit") if row.is_video else row.place or "",
            minutes=_("%(number)s minutes", number=row.minutes) if row.minutes else "",
            instructions=row.instructions or "",
            status=words,
            tone=tone,
            ask_href=f"{ask_href}?appointment={row.id}" if ask_href else "",
            href=href,
        )


@dataclass(frozen=True)
class ListAppointmentsPage:
    """Visits to come, and those that were."""

    person_id: UUID
    title: str
    is_staff: bool
    back_href: str
    upcoming: list[VisitLine]
    past: list[VisitLine]
    older_href: str | None
    first_href: str | None
    ask_href: str
    book_href: str
    calendar_href: str
    filters: list[dict[str, Any]]
    room: str = "appointments"

    @classmethod
    def of(
        cls,
        person_id: UUID,
        upcoming: Sequence[Any],
        past: Sequence[Any],
        *,
        has_older: bool,
        is_first: bool,
        back_href: str,
        is_staff: bool,
        may_book: bool,
        asked: int,
    ) -> ListAppointmentsPage:
        here = url_for("appointments.list_appointments", person_id=person_id)
        ask_href = "" if is_staff else url_for("messaging.new_question", person_id=person_id)

        def visit_href(visit_id: UUID) -> str:
            return url_for("appointments.show_visit", person_id=person_id, visit_id=visit_id)

        older = f"{here}?before={key_text(past[-1].starts_at, past[-1].id)}" if has_older else None
        return cls(
            person_id=person_id,
            title=_("Appointments"),
            is_staff=is_staff,
            back_href=back_href,
            upcoming=[VisitLine.of(row, ask_href, is_past=False, href=visit_href(row.id)) for row in upcoming],
            past=[VisitLine.of(row, ask_href, is_past=True, href=visit_href(row.id)) for row in past],
            older_href=older,
            first_href=None if is_first else here,
            ask_href=ask_href,
            book_href=url_for("appointments.new_visit", person_id=person_id) if may_book else "",
            calendar_href="" if is_staff else url_for("appointments.list_feeds", person_id=person_id),
            filters=[] if is_staff else views(person_id, "list", asked),
        )


def views(person_id: UUID, current: str, asked: int) -> list[dict[str, Any]]:
    """The ways to look at one's visits."""
    found = (
        ("list", _("Coming up and earlier"), "appointments.list_appointments", 0),
        ("requests", _("Asked for"), "appointments.list_requests", asked),
        ("cancelled", _("Cancelled"), "appointments.list_cancelled", 0),
    )
    return [
        {"label": label, "href": url_for(endpoint, person_id=person_id), "is_current": key == current, "count": count}
        for key, label, endpoint, count in found
    ]


@dataclass(frozen=True)
class ListCancelledPage:
    """Visits that were cancelled, and by whom."""

    person_id: UUID
    title: str
    filters: list[dict[str, Any]]
    lines: list[dict[str, str]]
    room: str = "appointments"

    @classmethod
    def of(cls, person_id: UUID, rows: Sequence[Any], reader_id: Any, asked: int) -> ListCancelledPage:
        lines = [
            {
                "when": visit_words.moment(row.starts_at, row.time_zone),
                "what": " · ".join(part for part in (visit_words.what(row), row.with_name) if part),
                "who": visit_words.who_cancelled(
                    row.cancelled_by,
                    row.display_name or "",
                    is_own=row.cancelled_by_id is not None and row.cancelled_by_id == reader_id,
                ),
                "href": url_for("appointments.show_visit", person_id=person_id, visit_id=row.id),
            }
            for row in rows
        ]
        return cls(person_id, _("Cancelled visits"), views(person_id, "cancelled", asked), lines)


@dataclass(frozen=True)
class ListRequestsPage:
    """What was asked for: never shown as a booking."""

    person_id: UUID
    title: str
    filters: list[dict[str, Any]]
    lines: list[dict[str, Any]]
    request_href: str
    waiting: list[dict[str, str]]
    room: str = "appointments"

    @classmethod
    def of(cls, person_id: UUID, rows: Sequence[Asked], places: Sequence[Place], *, may_book: bool) -> ListRequestsPage:
        waiting = sum(1 for row in rows if row.state == "open" and not row.is_over)
        href = url_for("appointments.new_request", person_id=person_id) if may_book else ""
        lines = [_request(person_id, row, may_book=may_book) for row in rows]
        return cls(
            person_id,
            _("Visits you asked for"),
            views(person_id, "requests", waiting),
            lines,
            href,
            [_place(person_id, one, may_book=may_book) for one in places],
        )


def _place(person_id: UUID, one: Place, *, may_book: bool) -> dict[str, str]:
    """A place in the line, with the time that is kept, if one is."""
    here: dict[str, Any] = {"person_id": person_id}
    kept = one.hold_id is not None and one.offered_at is not None and one.until is not None
    when = visit_words.moment(one.offered_at, one.zone) if kept and one.offered_at else ""
    until = filters.moment(one.until) if kept and one.until else ""
    return {
        "title": " · ".join(part for part in (visit_words.type_name(one.kind), one.practitioner) if part),
        "state": _("A time is kept for you") if kept else _("Waiting"),
        "text": _("%(when)s is kept for you until %(until)s.", when=when, until=until)
        if kept
        else _("We tell you when a sooner time becomes free."),
        "hold_href": url_for("appointments.edit_booking", hold_id=one.hold_id, **here) if kept and may_book else "",
        "leave_href": url_for("appointments.leave_waitlist", entry_id=one.id, **here) if may_book else "",
    }


def _request(person_id: UUID, row: Asked, *, may_book: bool) -> dict[str, Any]:
    when = visit_words.moment(row.visit_at, row.visit_zone) if row.visit_at else ""
    kind = visit_words.type_name(row.kind) if row.kind else _("A visit")
    title = {
        "move": _("Move the visit %(when)s", when=when),
        "cancel": _("Cancel the visit %(when)s", when=when),
    }.get(row.wants, kind)
    state = "expired" if row.is_over else row.state
    text, tone = {
        "open": (_("Asked for, not confirmed yet"), "look"),
        "booked": (_("Booked"), "good"),
        "done": (_("Done"), "good"),
        "declined": (_("Not possible"), "late"),
        "withdrawn": (_("Taken back"), "neutral"),
        "expired": (_("Not answered in time: please call"), "late"),
    }[state]
    here: dict[str, Any] = {"person_id": person_id, "request_id": row.id}
    return {
        "title": title,
        "who": row.practitioner,
        "words": row.words,
        "answer": row.answer,
        "made_at": row.made_at,
        "state": text,
        "tone": tone,
        "withdraw_href": url_for("appointments.withdraw_request", **here) if state == "open" and may_book else "",
    }
