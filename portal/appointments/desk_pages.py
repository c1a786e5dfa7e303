"""Pages of the schedule for staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from portal.appointments import words
from portal.appointments.booking import LIVE, Needs
from portal.appointments.checkin import OPENS
from portal.appointments.desk_forms import AnswerForm
from portal.appointments.pages import status_words
from portal.appointments.staff import TODAY, Waiting
from portal.web import filters

DAY = timedelta(days=1)


def tabs(current: str, *, may_set_up: bool) -> list[dict[str, Any]]:
    """The parts of the schedule."""
    found = [
        ("schedule", _("Day and week"), "appointments.show_schedule"),
        ("requests", _("Asked for"), "appointments.list_desk_requests"),
        ("waitlist", _("Waiting list"), "appointments.list_waiting"),
        ("disrupted", _("Needs a new time"), "appointments.list_disrupted"),
        ("people", _("Book for a patient"), "appointments.list_people"),
    ]
    if may_set_up:
        found.append(("setup", _("Hours and kinds"), "appointments.show_setup"))
    return [
        {"label": label, "href": url_for(endpoint), "is_current": key == current, "count": 0}
        for key, label, endpoint in found
    ]


@dataclass(frozen=True, slots=True)
class Ticket:
    """One visit in the day."""

    clock: str
    who: str
    born: str
    text: str
    status: str
    tone: str
    notes: list[str]
    href: str
    steps: list[dict[str, str]]


@dataclass(frozen=True)
class ShowSchedulePage:
    """A day or a week of one clinician, one place, or everybody."""

    title: str
    tabs: list[dict[str, Any]]
    columns: list[dict[str, Any]]
    selects: list[dict[str, Any]]
    span: str
    start: str
    here_href: str
    prev_href: str
    next_href: str
    today_href: str
    count: int
    room: str = "schedule"

    @classmethod
    def of(
        cls, rows: Sequence[Any], first: date, span: str, who: str, place: str, *, people: Sequence[Any],
        places: Sequence[Any], needs: dict[UUID, Needs], may_set_up: bool, now: Any,
    ) -> ShowSchedulePage:  # fmt: skip
        days = 7 if span == "week" else 1

        def link(start: date) -> str:
            held = {"day": start.isoformat(), "span": span, "who": who, "place": place}
            chosen: dict[str, Any] = {k: v for k, v in held.items() if v}
            return url_for("appointments.show_schedule", **chosen)

        def column(row: Any) -> Any:
            return (
                row.starts_at.astimezone(filters.reader_zone()).date() if days == 7 else (row.with_name or _("Nobody"))
            )

        ordered = sorted(rows, key=lambda row: (str(column(row)), row.starts_at))
        columns = []
        for key, listed in groupby(ordered, key=column):
            tickets = [_ticket(row, needs.get(row.id, Needs()), now) for row in listed]
            title = filters.long_day(key) if isinstance(key, date) else str(key)
            columns.append({"title": title, "tickets": tickets})
        title = _("Week of %(day)s", day=filters.day(first)) if days == 7 else filters.long_day(first)
        return cls(
            title=_("Schedule: %(when)s", when=title),
            tabs=tabs("schedule", may_set_up=may_set_up),
            columns=columns,
            selects=[
                _select("span", _("Show"), [("day", _("One day")), ("week", _("One week"))], span),
                _select("who", _("Whose?"), [("", _("Everybody")), *((str(p.id), p.name) for p in people)], who),
                _select("place", _("Where?"), [("", _("Any place")), *((str(p.id), p.name) for p in places)], place),
            ],
            span=span,
            start=first.isoformat(),
            here_href=url_for("appointments.show_schedule"),
            prev_href=link(first - DAY * days),
            next_href=link(first + DAY * days),
            today_href=url_for("appointments.show_schedule"),
            count=len(rows),
        )


def _select(name: str, label: str, options: list[tuple[str, str]], chosen: str) -> dict[str, Any]:
    listed = [{"value": value, "label": text, "is_chosen": value == chosen} for value, text in options]
    return {"name": name, "label": label, "options": listed}


def _ticket(row: Any, needs: Needs, now: Any) -> Ticket:
    status, tone = status_words(row.status)
    if row.status == "arrived":
        status = _("Has arrived")
    elif row.status == "booked":
        status = _("Booked, not confirmed")
    notes = []
    if row.disrupted_at is not None:
        notes.append(_("Needs a new time"))
    if row.is_overbooked:
        notes.append(_("Beside another visit"))
    if row.checked_in_at is not None:
        notes.append(_("Checked in"))
    elif row.status in (*LIVE, "arrived") and row.starts_at - OPENS <= now:
        notes.append(_("Check-in not finished"))
    if needs.interpreter:
        notes.append(_("Interpreter: %(language)s", language=words.INTERPRETERS.get(needs.interpreter, "")))
    if needs.mobility:
        notes.append(str(words.MOBILITY.get(needs.mobility, "")))
    where = _("Video visit") if row.is_video else (row.place_name or "")
    came = [("arrived", _("Has arrived"))] if row.starts_at - TODAY <= now else []
    came += [("noshow", _("Did not come"))] if row.starts_at <= now else []
    follow = {
        "booked": came,
        "confirmed": came,
        "arrived": [("fulfilled", _("Visit is over")), ("booked", _("Not here yet"))],
        "noshow": [("booked", _("That was a mistake"))],
        "fulfilled": [("booked", _("That was a mistake"))],
    }.get(row.status, [])
    who = f"{row.given_name} {row.family_name}".strip()
    return Ticket(
        clock=f"{words.clock(row.starts_at, row.time_zone)} {words.zone_note(row.starts_at, row.time_zone)}".strip(),
        who=who,
        born=_("born %(day)s", day=filters.born(row.birth_on)) if row.birth_on else "",
        text=" · ".join(part for part in (words.what(row), row.with_name, where) if part),
        status=status,
        tone=tone,
        notes=notes,
        href=url_for("appointments.show_visit", person_id=row.patient_id, visit_id=row.id),
        steps=[
            {
                "text": text,
                "href": url_for("appointments.set_visit_state", visit_id=row.id, state=state),
                "label": f"{text}: {who}",
            }
            for state, text in follow
        ],
    )


@dataclass(frozen=True)
class ListPeoplePage:
    """Whom to book for."""

    title: str
    tabs: list[dict[str, Any]]
    text: str
    lines: list[dict[str, str]]
    here_href: str
    is_searched: bool
    room: str = "schedule"

    @classmethod
    def of(cls, text: str, rows: Sequence[Any], *, may_set_up: bool) -> ListPeoplePage:
        lines = [
            {
                "name": f"{row.given_name} {row.family_name}".strip(),
                "born": _("born %(day)s", day=filters.born(row.birth_on)) if row.birth_on else "",
                "book_href": url_for("appointments.new_visit", person_id=row.id),
                "visits_href": url_for("appointments.list_appointments", person_id=row.id),
            }
            for row in rows
        ]
        here = url_for("appointments.list_people")
        return cls(_("Book for a patient"), tabs("people", may_set_up=may_set_up), text, lines, here, bool(text))


@dataclass(frozen=True)
class ListDeskRequestsPage:
    """What patients asked for."""

    title: str
    tabs: list[dict[str, Any]]
    lines: list[dict[str, Any]]
    form: AnswerForm
    room: str = "schedule"

    @property
    def has_errors(self) -> bool:
        return self.form.has_errors

    @classmethod
    def of(cls, rows: Sequence[Waiting], form: AnswerForm, *, may_set_up: bool) -> ListDeskRequestsPage:
        return cls(_("Asked for"), tabs("requests", may_set_up=may_set_up), [_waiting(row) for row in rows], form)


def _waiting(one: Waiting) -> dict[str, Any]:
    row = one.row
    when = words.moment(one.visit_at, one.visit_zone) if one.visit_at else ""
    title = {
        "move": _("Move the visit %(when)s", when=when),
        "cancel": _("Cancel the visit %(when)s", when=when),
    }.get(row.wants, words.type_name(one.kind) if one.kind else _("A visit"))
    reason = str(words.REASONS.get(row.reason or "", "")) if row.reason else ""
    times = str(words.TIMES.get(row.times, "")) if row.wants != "cancel" else ""
    link: dict[str, Any] = {"person_id": row.patient_id}
    if row.wants == "book":
        href = url_for("appointments.new_visit", **link)
    elif row.appointment_id:
        href = url_for("appointments.show_visit", visit_id=row.appointment_id, **link)
    else:
        href = url_for("appointments.list_appointments", **link)
    return {
        "id": str(row.id),
        "patient": one.patient,
        "title": title,
        "text": " · ".join(part for part in (one.practitioner, times, reason) if part),
        "words": one.words,
        "made_at": row.made_at,
        "href": href,
        "link_text": _("Find a time") if row.wants == "book" else _("Open the visit"),
        "answer_href": url_for("appointments.answer_request", request_id=row.id),
    }


@dataclass(frozen=True)
class ListDisruptedPage:
    """Visits whose clinician is away."""

    title: str
    tabs: list[dict[str, Any]]
    lines: list[dict[str, Any]]
    room: str = "schedule"

    @classmethod
    def of(cls, rows: Sequence[tuple[Any, str]], *, may_set_up: bool) -> ListDisruptedPage:
        lines = []
        for row, cover in rows:
            how = "video" if row.is_video else "in_person"
            here: dict[str, Any] = {"person_id": row.patient_id}
            who = f"{row.given_name} {row.family_name}".strip()
            lines.append(
                {
                    "title": f"{words.moment(row.starts_at, row.time_zone)}: {who}",
                    "text": " · ".join(part for part in (words.what(row), row.with_name) if part),
                    "cover": cover,
                    "cover_href": url_for("appointments.give_to_cover", visit_id=row.id) if cover else "",
                    "move_href": url_for(
                        "appointments.list_times", kind=row.visit_type_id, moves=row.id, how=how, **here
                    )
                    if row.visit_type_id
                    else "",
                    "visit_href": url_for("appointments.show_visit", visit_id=row.id, **here),
                }
            )
        return cls(_("Needs a new time"), tabs("disrupted", may_set_up=may_set_up), lines)


@dataclass(frozen=True)
class NewOverbookingPage:
    """A visit beside another one."""

    person_id: UUID
    title: str
    lead: str
    form: Any
    create_href: str
    back_href: str
    room: str = "schedule"

    @property
    def has_errors(self) -> bool:
        return bool(self.form.has_errors)

    @classmethod
    def of(cls, person_id: UUID, name: str, form: Any) -> NewOverbookingPage:
        return cls(
            person_id,
            _("Book beside another visit"),
            name,
            form,
            url_for("appointments.create_overbooking", person_id=person_id),
            url_for("appointments.new_visit", person_id=person_id),
        )


@dataclass(frozen=True)
class ListWaitingPage:
    """Who would come sooner, in the order in which freed times are offered."""

    title: str
    tabs: list[dict[str, Any]]
    lines: list[dict[str, Any]]
    older_href: str
    is_first: bool
    room: str = "schedule"

    @classmethod
    def of(cls, rows: Sequence[Any], *, may_set_up: bool, has_more: bool, is_first: bool, key: str) -> ListWaitingPage:
        lines = []
        for row in rows:
            who = f"{row.given_name} {row.family_name}".strip()
            offered = _("A time is kept until %(until)s.", until=filters.moment(row.until)) if row.until else ""
            lines.append(
                {
                    "title": who,
                    "text": " · ".join(part for part in (words.type_name(row), row.with_name or _("Anybody")) if part),
                    "since": _("Waits since %(when)s.", when=filters.moment(row.made_at)),
                    "offered": offered,
                    "is_urgent": row.is_urgent,
                    "urgent_href": url_for(
                        "appointments.set_urgent", entry_id=row.id, state="no" if row.is_urgent else "yes"
                    ),
                    "urgent_text": _("Not urgent any more") if row.is_urgent else _("Mark as urgent"),
                    "leave_href": url_for("appointments.drop_waiting", entry_id=row.id),
                    "book_href": url_for("appointments.list_times", person_id=row.patient_id, kind=row.visit_type_id),
                }
            )
        older = url_for("appointments.list_waiting", after=key) if has_more else ""
        return cls(_("Waiting list"), tabs("waitlist", may_set_up=may_set_up), lines, older, is_first)
