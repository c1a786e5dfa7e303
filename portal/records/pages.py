"""What the record pages may know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from portal.web import filters


@dataclass(frozen=True, slots=True)
class AllergyLine:
    name: str
    text: str
    is_dangerous: bool

    @classmethod
    def of(cls, row: Any) -> AllergyLine:
        parts = [_("Reaction: %(what)s", what=row.reaction)] if row.reaction else []
        parts += [severity_words(row.severity)] if row.severity else []
        return cls(row.name, " · ".join(part for part in parts if part), row.criticality == "high")


def severity_words(severity: str) -> str:
    return {"mild": _("mild"), "moderate": _("moderate"), "severe": _("severe")}.get(severity, severity)


@dataclass(frozen=True, slots=True)
class MedicineLine:
    name: str
    sig: str
    text: str
    status: str
    tone: str
    ask_href: str

    @classmethod
    def of(cls, row: Any, ask_href: str) -> MedicineLine:
        parts = [_("For: %(purpose)s", purpose=row.purpose)] if row.purpose else []
        if row.prescriber:
            parts.append(_("Prescribed by %(name)s", name=row.prescriber))
        if row.kind == "reported":
            parts.append(_("Reported, not prescribed here"))
        if row.happened_on:
            parts.append(_("Since %(day)s", day=_partial(row.happened, row.happened_on)))
        word, tone = status_words(row.status)
        href = f"{ask_href}?medication={row.id}" if ask_href else ""
        return cls(row.name, row.sig or "", " · ".join(parts), word, tone, href)


def _partial(text: str | None, day: Any) -> str:
    """A clinical date as precise as it was recorded."""
    if text and len(text) == 4:
        return text
    return filters.month(day) if text and len(text) == 7 else filters.day(day)


def status_words(status: str) -> tuple[str, str]:
    """Each status in plain words, and the tone of its tag."""
    return {
        "active": (_("Taking now"), "good"),
        "on-hold": (_("On hold: do not take it until your care team says so"), "look"),
        "intended": (_("Planned"), "info"),
        "unknown": (_("Not clear whether you take it: ask your care team"), "look"),
        "completed": (_("Finished"), "neutral"),
        "stopped": (_("Stopped"), "neutral"),
        "not-taken": (_("Not taken"), "neutral"),
        "ended": (_("Ended"), "neutral"),
    }.get(status, (_("Ended"), "neutral"))


@dataclass(frozen=True)
class ListMedicinesPage:
    """Allergies first, then what is taken now, then what was."""

    person_id: UUID
    title: str
    is_staff: bool
    back_href: str
    sees_allergies: bool
    allergies: list[AllergyLine]
    active: list[MedicineLine]
    earlier: list[MedicineLine]
    ask_href: str
    room: str = "medicines"

    @classmethod
    def of(
        cls,
        person_id: UUID,
        allergies: Sequence[Any] | None,
        active: Sequence[Any],
        earlier: Sequence[Any],
        *,
        is_staff: bool,
    ) -> ListMedicinesPage:
        ask_href = "" if is_staff else url_for("messaging.new_question", person_id=person_id)
        return cls(
            person_id=person_id,
            title=_("Medicines"),
            is_staff=is_staff,
            back_href=url_for("people.show_patient", person_id=person_id) if is_staff else "",
            sees_allergies=allergies is not None,
            allergies=[AllergyLine.of(row) for row in allergies or ()],
            active=[MedicineLine.of(row, ask_href) for row in active],
            earlier=[MedicineLine.of(row, "") for row in earlier],
            ask_href=ask_href,
        )
