"""What the pages of visits may know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

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

    @classmethod
    def of(cls, row: Any, ask_href: str, *, is_past: bool) -> VisitLine:
        words, tone = status_words(row.status)
        if is_past and tone == "good":
            words, tone = "", "neutral"  # it was booked; nobody wrote down whether it took place
        who = row.with_name or ""
        if who and row.specialty:
            who = f"{who}, {known(row.specialty)}"
        return cls(
            when=filters.visit_moment(row.local_start, row.time_zone),
            what=" · ".join(part for part in (known(row.kind), who) if part),
            where=_("Video visit") if row.is_video else row.place or "",
            minutes=_("%(number)s minutes", number=row.minutes) if row.minutes else "",
            instructions=row.instructions or "",
            status=words,
            tone=tone,
            ask_href=f"{ask_href}?appointment={row.id}" if ask_href else "",
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
    ) -> ListAppointmentsPage:
        here = url_for("appointments.list_appointments", person_id=person_id)
        ask_href = "" if is_staff else url_for("messaging.new_question", person_id=person_id)
        older = f"{here}?before={key_text(past[-1].starts_at, past[-1].id)}" if has_older else None
        return cls(
            person_id=person_id,
            title=_("Appointments"),
            is_staff=is_staff,
            back_href=back_href,
            upcoming=[VisitLine.of(row, ask_href, is_past=False) for row in upcoming],
            past=[VisitLine.of(row, ask_href, is_past=True) for row in past],
            older_href=older,
            first_href=None if is_first else here,
            ask_href=ask_href,
        )
