"""One patient as the desk sees them. Gathered here, above records, results, visits and messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from portal.appointments.service import ASKED
from portal.caregivers.evidence import Paper
from portal.caregivers.service import Held
from portal.home.speakers import Speaker, speakers
from portal.infra.dates import age_on
from portal.infra.i18n import known
from portal.people.teams import Team
from portal.records.names import spoken
from portal.results.values import Shown
from portal.web import filters


@dataclass(frozen=True, slots=True)
class ValueLine:
    """A last value."""

    name: str
    said: str
    words: str
    tone: str
    icon: str
    when: str
    href: str

    @classmethod
    def of(cls, person_id: UUID, shown: Shown) -> ValueLine:
        outside = shown.is_outside
        return cls(
            name=shown.name,
            said=f"{shown.number} {shown.unit}".strip(),
            words=shown.words if outside else "",
            tone=shown.tone,
            icon=shown.icon,
            when=filters.day(shown.at),
            href=url_for("results.show_result", person_id=person_id, result_id=shown.id),
        )


@dataclass(frozen=True, slots=True)
class QuestionLine:
    """An open question."""

    subject: str
    due: str
    is_late: bool
    href: str


@dataclass(frozen=True)
class ShowPatientPage:
    """What somebody who is about to answer, or to see, this patient needs first."""

    title: str
    born: str
    facts: list[dict[str, str]]
    sees_record: bool
    problems: list[tuple[str, str]]
    allergies: list[tuple[str, bool]]
    medicines: list[tuple[str, str]]
    values: list[ValueLine]
    visits: list[tuple[str, str]]
    questions: list[QuestionLine]
    speakers: list[Speaker]
    results_href: str
    medicines_href: str
    record_href: str
    binder_href: str
    visits_href: str
    letter_href: str | None
    limits_href: str | None
    person_id: UUID
    room: str = "patients"

    @classmethod
    def of(
        cls,
        person: Any,
        *,
        now: Any,
        team: Team,
        held: Sequence[Held],
        papers: dict[object, Paper],
        sees_record: bool,
        problems: Sequence[Any],
        allergies: Sequence[Any],
        medicines: Sequence[Any],
        values: Sequence[Shown],
        visits: Sequence[Any],
        questions: Sequence[tuple[Any, str]],
    ) -> ShowPatientPage:
        person_id = person.id
        return cls(
            title=f"{person.given_name} {person.family_name}".strip() or _("Patient"),
            born=_born(person),
            facts=_facts(person, team, held),
            sees_record=sees_record,
            problems=[(spoken(row.name), row.happened or "") for row in problems],
            allergies=[(row.name, row.criticality == "high") for row in allergies],
            medicines=[(row.name, row.sig or "") for row in medicines],
            values=[ValueLine.of(person_id, shown) for shown in values],
            visits=[_visit(row) for row in visits],
            questions=[
                QuestionLine(
                    subject=subject,
                    due=filters.moment(row.due_at) if row.due_at else "",
                    is_late=bool(row.due_at and row.due_at < now),
                    href=url_for("messaging.show_desk_thread", thread_id=row.id),
                )
                for row, subject in questions
            ],
            speakers=speakers(held, papers, now),
            results_href=url_for("results.list_reports", person_id=person_id),
            medicines_href=url_for("medicines.list_medicines", person_id=person_id),
            record_href=url_for("records.show_record", person_id=person_id),
            binder_href=url_for("binder.show_binder", person_id=person_id),
            visits_href=url_for("appointments.list_appointments", person_id=person_id),
            letter_href=url_for("messaging.new_letter", person_id=person_id) if sees_record else None,
            limits_href=url_for("caregivers.list_limits", person_id=person_id) if sees_record else None,
            person_id=person_id,
        )


def _visit(row: Any) -> tuple[str, str]:
    parts = [known(row.kind), row.with_name, _("asked for, not confirmed yet") if row.status in ASKED else ""]
    return filters.visit_moment(row.local_start, row.time_zone), " · ".join(part for part in parts if part)


def _language(code: str) -> str:
    return {"en": _("English"), "es": _("Spanish")}.get(code.split("-")[0], code)


def _born(person: Any) -> str:
    if person.birth_on is None:
        return _("Birth date not known")
    day, today = filters.born(person.birth_on), filters.today()
    if person.is_deceased or person.birth_on > today:
        return day
    return _("%(day)s · %(age)s years", day=day, age=age_on(person.birth_on, today))


def _facts(person: Any, team: Team, held: Sequence[Held]) -> list[dict[str, str]]:
    liaison = next((each for each in held if each.kind == "liaison"), None)
    facts = [
        (_("Record number"), person.mrn or ""),
        (_("Telephone"), person.phone or ""),
        (_("Language"), _language(person.language or "")),
        (_("Primary care"), team.pcp.name if team.pcp else _("Nobody named")),
        (_("Care manager"), team.care_manager.name if team.care_manager else ""),
        (_("Liaison"), f"{liaison.name} ({known(liaison.relation)})" if liaison else _("None named")),
    ]
    return [{"key": key, "value": value} for key, value in facts if value]
