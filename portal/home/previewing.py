"""What a caregiver sees, looked at by the patient: the same queries under the same rules, with the caregiver's eyes."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from portal.appointments import service as appointments
from portal.appointments.service import NOT_COMING
from portal.caregivers.listing import Grant
from portal.home import service
from portal.infra.i18n import known, reader_language
from portal.medicines import service as medicines
from portal.messaging import reading
from portal.messaging.reading import Cursor
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.results import service as results
from portal.results.explanations import plain_name
from portal.web import filters
from portal.web.paging import PAGE, key_of, key_text
from portal.work.unit_of_work import UnitOfWork

PARTS: dict[str, Action] = {
    "home": Action.PEOPLE_PERSON_READ,
    "messages": Action.MESSAGE_THREAD_READ,
    "results": Action.RESULT_READ,
    "visits": Action.APPOINTMENT_READ,
    "medicines": Action.RECORD_MEDICATION_READ,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list as the caregiver would see it; nothing in it can be opened or pressed."""

    title: str
    text: str
    icon: str
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One of their pages: its lines, and where the next ones begin."""

    is_open: bool
    lines: list[Line]
    before: str


def eyes_of(held: Grant) -> Actor:
    """The caregiver as the policy knows them in this patient's house, and in no other way they may know the patient."""
    return Actor("caregiver", account_id=held.account_id, name=held.name)


def _with_eyes_of(uow: UnitOfWork, held: Grant) -> UnitOfWork:
    """The same reading under the caregiver's rules; the trail keeps the name of whoever looks.

    Raises `RuntimeError` in a unit that writes: nothing may be done in somebody else's place.
    """
    if uow.is_write:
        raise RuntimeError("a look with other eyes changes nothing")
    viewer = copy.copy(uow)
    viewer.actor = eyes_of(held)
    return viewer


def part(uow: UnitOfWork, person_id: UUID, held: Grant, name: str, before: str | None) -> Part:
    """What the caregiver would find on one of their pages at this moment."""
    viewer = _with_eyes_of(uow, held)
    if name not in ("home", "messages") and not viewer.may(PARTS[name], patient=person_id):
        return Part(False, [], "")
    return _BUILD[name](viewer, person_id, before)


def _home(viewer: UnitOfWork, person_id: UUID, _before: str | None) -> Part:
    lines = [
        Line(one.subject, " · ".join(part for part in (one.last_by, filters.moment(one.last_at)) if part),
             "message-circle-question" if one.is_question else "message-circle", True)
        for one in service.waiting_threads(viewer, person_id)
    ]  # fmt: skip
    lines += [_report(row, is_new=True) for row in service.new_reports(viewer, person_id)]
    lines += [_visit(row) for row in service.coming_visits(viewer, person_id)]
    return Part(True, lines, "")


def _messages(viewer: UnitOfWork, person_id: UUID, before: str | None) -> Part:
    found, more = reading.lines(viewer, person_id, Cursor.parse(before))
    lines = [
        Line(one.subject, " · ".join(part for part in (one.author, filters.moment(one.last_at)) if part),
             "message-circle", one.is_unread)
        for one in found
    ]  # fmt: skip
    return Part(True, lines, str(more) if more else "")


def _results(viewer: UnitOfWork, person_id: UUID, before: str | None) -> Part:
    found = results.list_reports(viewer, person_id, None, before=key_of(before), after=None, size=PAGE)
    last = found.rows[-1] if found.rows and found.has_older else None
    return Part(True, [_report(row) for row in found.rows], key_text(last.effective_at, last.id) if last else "")


def _report(row: Any, *, is_new: bool = False) -> Line:
    at = getattr(row, "effective_at", None) or row.released_at
    text = " · ".join(part for part in (filters.day(at), row.orderer or "") if part)
    return Line(plain_name(row.code, row.name, reader_language()), text, "flask-conical", is_new)


def _visits(viewer: UnitOfWork, person_id: UUID, before: str | None) -> Part:
    key = key_of(before)
    coming: Sequence[Any] = () if key else appointments.upcoming(viewer, person_id)
    past, has_older = appointments.past(viewer, person_id, before=key, size=PAGE)
    lines = [_visit(row) for row in (*coming, *past)]
    return Part(True, lines, key_text(past[-1].starts_at, past[-1].id) if has_older else "")


def _visit(row: Any) -> Line:
    state = _("cancelled or missed") if row.status in NOT_COMING[:4] else ""
    text = " · ".join(part for part in (known(row.kind), row.with_name or "", state) if part)
    return Line(filters.visit_moment(row.local_start, row.time_zone), text, "calendar")


def _medicines(viewer: UnitOfWork, person_id: UUID, _before: str | None) -> Part:
    rows = medicines.taken_now(viewer, person_id)
    return Part(True, [Line(row.name, row.sig or "", "pill") for row in rows], "")


_BUILD = {"home": _home, "messages": _messages, "results": _results, "visits": _visits, "medicines": _medicines}


def part_words(name: str) -> str:
    return {
        "home": _("Home"),
        "messages": _("Messages"),
        "results": _("Test results"),
        "visits": _("Visits"),
        "medicines": _("Medicines"),
    }[name]


@dataclass(frozen=True)
class PreviewPage:
    """The look with the caregiver's eyes, framed so that nobody takes it for their own page."""

    person_id: UUID
    title: str
    name: str
    parts: list[dict[str, Any]]
    part: Part
    part_title: str
    older_href: str
    back_href: str
    room: str = "family"

    @classmethod
    def of(cls, person_id: UUID, held: Grant, name: str, shown: Part) -> PreviewPage:
        here: dict[str, Any] = {"person_id": person_id, "held_id": held.id}

        def href(which: str, **more: Any) -> str:
            if which == "home":
                return url_for("home.preview_home", **here)
            return url_for("home.preview_part", part=which, **here, **more)

        return cls(
            person_id=person_id,
            title=_("What %(name)s sees", name=held.name),
            name=held.name,
            parts=[
                {"label": part_words(each), "href": href(each), "is_current": each == name, "count": None}
                for each in PARTS
            ],
            part=shown,
            part_title=part_words(name),
            older_href=href(name, before=shown.before) if shown.before else "",
            back_href=url_for("caregivers.show_grant", **here),
        )
