"""How each kind of rows of a binder is read: under the policy, for one reader, within their reach."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select

from portal.binder.more_rows import read_checks, read_medicines, read_small
from portal.binder.reach import Reach
from portal.caregivers import service as caregivers
from portal.models import (
    Account,
    Allergy,
    Appointment,
    BinderNote,
    BinderPaper,
    BinderSection,
    CarePlan,
    CareTeamMember,
    Condition,
    Encounter,
    Goal,
    Immunization,
    Organization,
    Person,
    Practitioner,
    Procedure,
    Result,
    VisitType,
)  # fmt: skip
from portal.people.teams import on_team_now
from portal.policy.actions import Action
from portal.results.release import NEVER
from portal.work.unit_of_work import UnitOfWork

WRONG = ("entered-in-error", "refuted")
GONE = ("entered-in-error", "waitlist", "proposed", "pending", "requested")
YEAR = timedelta(days=365)
MOST = 500
STAYS = ("IMP", "ACUTE", "NONAC", "EMER", "OBSENC", "SS")

# Fields of work that tell what somebody is treated for; their people are shown with that category only (PRX-6).
TELLING = {
    "PSY": ("psychiatr", "psycholog", "behavioral", "mental health", "psychotherap"),
    "ETH": ("addiction", "substance", "detox"),
    "SEX": ("reproductive", "family planning", "fertility"),
    "HIV": ("hiv",),
}


@dataclass(frozen=True, slots=True)
class Note:
    """Own words, or words from outside, opened."""

    id: UUID
    section: str
    text: str
    who: str
    origin: str
    is_private: bool
    is_accepted: bool
    is_done: bool
    made_at: Any

    @classmethod
    def of(cls, uow: UnitOfWork, row: BinderNote, writer: str) -> Note:
        text = uow.unseal(row.patient_id, "binder_note.text", row.id, row.text)
        who = uow.unseal(row.patient_id, "binder_note.who", row.id, row.who) if row.who else writer
        accepted, done = row.accepted_at is not None, row.done_at is not None
        return cls(row.id, row.section, text, who, row.origin, row.is_private, accepted, done, row.made_at)


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper with its name."""

    id: UUID
    name: str
    who: str
    media_type: str
    size: int
    state: str
    origin: str
    is_private: bool
    is_accepted: bool
    made_at: Any

    @classmethod
    def of(cls, uow: UnitOfWork, row: BinderPaper, writer: str) -> Paper:
        name = uow.unseal(row.patient_id, "binder_paper.name", row.id, row.name)
        who = uow.unseal(row.patient_id, "binder_paper.who", row.id, row.who) if row.who else writer
        accepted = row.accepted_at is not None
        return cls(
            row.id, name, who, row.media_type, row.size, row.state, row.origin, row.is_private, accepted, row.made_at
        )


def _entries(uow: UnitOfWork, action: Action, model: Any, person_id: UUID, reach: Reach) -> Any:
    statement = uow.select(action, model, within=person_id).where(model.status.notin_(WRONG))
    if not reach.with_sensitive:
        statement = statement.where(model.sensitivity.is_(None))
    return statement


def _sections(uow: UnitOfWork, person_id: UUID, reach: Reach) -> Sequence[Any]:
    statement = uow.select(
        Action.BINDER_READ,
        BinderSection,
        BinderSection.section,
        BinderSection.is_included,
        BinderSection.is_none,
        BinderSection.fingerprint,
        BinderSection.confirmed_at,
        BinderSection.confirmed_by_id,
        Account.display_name.label("confirmed_by"),
        within=person_id,
    )
    return uow.rows(statement.outerjoin(Account, Account.id == BinderSection.confirmed_by_id))


def _relations(uow: UnitOfWork, person_id: UUID, reach: Reach) -> Sequence[Any]:
    """The liaison and whoever stands in for them; a caregiver sees themselves alone (PRX-4)."""
    if reach.relations is not None:
        return [one for one in reach.relations if one.kind in ("liaison", "backup")]
    return caregivers.relationships(uow, person_id, kinds=("liaison", "backup"))


def _team(uow: UnitOfWork, person_id: UUID, reach: Reach) -> Sequence[Any]:
    statement = (
        uow.select(
            Action.PEOPLE_CARE_TEAM_READ,
            CareTeamMember,
            Practitioner.id,
            Practitioner.name,
            Practitioner.role,
            Practitioner.specialty,
            CareTeamMember.role.label("team_role"),
            Organization.name.label("place"),
            Organization.phone,
            Organization.address,
            Person.pcp_id,
            within=person_id,
            joining=(Person,),
        )
        .join(Practitioner, Practitioner.id == CareTeamMember.practitioner_id)
        .join(Person, Person.id == CareTeamMember.patient_id)
        .outerjoin(Organization, Organization.id == Practitioner.organization_id)
        .where(*on_team_now(uow.now), Practitioner.is_active)
        .order_by(Practitioner.sort_name, Practitioner.id)
        .limit(60)
    )
    rows = [row for row in uow.rows(statement) if not _tells(row, reach)]
    return sorted(rows, key=lambda row: row.id != row.pcp_id)


def _tells(row: Any, reach: Reach) -> bool:
    """Whether the field of work of somebody gives away what does not go along."""
    words = f"{row.specialty or ''} {row.team_role or ''}".lower()
    telling = {category for category, stems in TELLING.items() if any(stem in words for stem in stems)}
    if not telling:
        return False
    return not reach.with_sensitive or (reach.categories is not None and not telling <= reach.categories)


def _allergies(uow: UnitOfWork, person_id: UUID, reach: Reach) -> Sequence[Any]:
    statement = _entries(uow, Action.RECORD_ALLERGY_READ, Allergy, person_id, reach).where(
        Allergy.status.notin_(("resolved", "inactive")),
        or_(Allergy.verification.is_(None), Allergy.verification.notin_(WRONG)),
    )
    rows = uow.scalars(statement.order_by(Allergy.name, Allergy.id).limit(MOST))
    return sorted(rows, key=lambda row: row.criticality != "high")


def _problems(uow: UnitOfWork, person_id: UUID, reach: Reach) -> Sequence[Any]:
    statement = _entries(uow, Action.RECORD_CONDITION_READ, Condition, person_id, reach)
    rows = uow.scalars(statement.order_by(Condition.happened_on.desc(), Condition.name, Condition.id).limit(MOST))
    return [row for row in rows if row.status in ("active", "recurrence", "relapse")]


def _procedures(uow: UnitOfWork, person_id: UUID, reach: Reach) -> Sequence[Any]:
    statement = _entries(uow, Action.RECORD_PROCEDURE_READ, Procedure, person_id, reach)
    statement = statement.where(Procedure.status.notin_(("not-done", "preparation")))
    return _each_once(uow.scalars(statement.order_by(Procedure.happened_on.desc(), Procedure.id).limit(MOST)))


def _stays(uow: UnitOfWork, person_id: UUID, reach: Reach) -> Sequence[Any]:
    statement = _entries(uow, Action.RECORD_ENCOUNTER_READ, Encounter, person_id, reach)
    statement = statement.where(Encounter.kind.in_(STAYS), Encounter.status.notin_(("cancelled", "planned")))
    return uow.scalars(statement.order_by(Encounter.happened_on.desc(), Encounter.id).limit(100))


def _immunizations(uow: UnitOfWork, person_id: UUID, reach: Reach) -> Sequence[Any]:
    statement = _entries(uow, Action.RECORD_IMMUNIZATION_READ, Immunization, person_id, reach)
    statement = statement.where(Immunization.status != "not-done")
    return uow.scalars(statement.order_by(Immunization.happened_on.desc(), Immunization.name).limit(MOST))


def _results(uow: UnitOfWork, person_id: UUID, reach: Reach) -> Sequence[Any]:
    """The newest value of each test, and those of the last twelve months; newest first."""
    wanted = [Result.category.in_(("laboratory", "vital-signs")), Result.status.notin_(NEVER)]
    if not reach.with_sensitive:
        wanted.append(Result.sensitivity.is_(None))
    newest_first = (Result.effective_at.desc(), Result.id.desc())
    place = func.row_number().over(
        partition_by=(func.coalesce(Result.code, Result.name)), order_by=newest_first
    ).label("place")  # fmt: skip
    ranked = uow.select(Action.RESULT_READ, Result, Result.id, place, within=person_id).where(*wanted).subquery()
    newest = select(ranked.c.id).where(ranked.c.place == 1)
    statement = uow.select(Action.RESULT_READ, Result, within=person_id).where(*wanted)
    recent = Result.effective_at >= uow.now - YEAR
    rows: Sequence[Any] = uow.scalars(
        statement.where(or_(Result.id.in_(newest), recent)).order_by(*newest_first).limit(1000)
    )
    return rows


def _social(uow: UnitOfWork, person_id: UUID, reach: Reach) -> Sequence[Any]:
    statement = uow.select(Action.RESULT_READ, Result, within=person_id).where(
        Result.category == "social-history", Result.status.notin_(NEVER)
    )
    if not reach.with_sensitive:
        statement = statement.where(Result.sensitivity.is_(None))
    found: dict[str, Any] = {}
    for row in uow.scalars(statement.order_by(Result.effective_at.desc(), Result.id).limit(100)):
        found.setdefault(row.code or row.name, row)
    return list(found.values())


def _plans(uow: UnitOfWork, person_id: UUID, reach: Reach) -> Sequence[Any]:
    statement = _entries(uow, Action.RECORD_CARE_PLAN_READ, CarePlan, person_id, reach)
    statement = statement.where(CarePlan.status.in_(("active", "on-hold")))
    return _each_once(uow.scalars(statement.order_by(CarePlan.happened_on.desc(), CarePlan.id).limit(50)))


def _goals(uow: UnitOfWork, person_id: UUID, reach: Reach) -> Sequence[Any]:
    statement = _entries(uow, Action.RECORD_CARE_PLAN_READ, Goal, person_id, reach)
    ended = ("cancelled", "rejected", "completed")
    return _each_once(uow.scalars(statement.where(Goal.status.notin_(ended)).order_by(Goal.name, Goal.id).limit(100)))


def _visits(uow: UnitOfWork, person_id: UUID, reach: Reach) -> Sequence[Any]:
    """Visits to come, and those of the last twelve months."""
    statement = (
        uow.select(
            Action.APPOINTMENT_READ,
            Appointment,
            *(c for c in Appointment.__table__.columns if c.name not in ("needs", "agenda", "summary")),
            VisitType.name_en,
            VisitType.name_es,
            Practitioner.name.label("with_name"),
            Practitioner.specialty,
            within=person_id,
        )
        .outerjoin(Practitioner, Practitioner.id == Appointment.practitioner_id)
        .outerjoin(VisitType, VisitType.id == Appointment.visit_type_id)
        .where(
            Appointment.status.notin_((*GONE, "cancelled", "noshow", "no_show", "missed")),
            Appointment.starts_at > uow.now - YEAR,
        )
    )
    if not reach.with_sensitive:
        statement = statement.where(Appointment.sensitivity.is_(None))
    rows = uow.rows(statement.order_by(Appointment.starts_at, Appointment.id).limit(200))
    return [row for row in rows if not _tells_visit(row, reach)]


def _tells_visit(row: Any, reach: Reach) -> bool:
    return _tells(_Work(row.specialty, row.kind), reach)


@dataclass(frozen=True, slots=True)
class _Work:
    specialty: str | None
    team_role: str | None


def _notes(uow: UnitOfWork, person_id: UUID, reach: Reach) -> Sequence[Any]:
    """Own words and what came from outside, opened, oldest first."""
    statement = (
        uow.select(Action.BINDER_NOTE_READ, BinderNote, BinderNote, Account.display_name, within=person_id)
        .outerjoin(Account, Account.id == BinderNote.account_id)
        .where(BinderNote.removed_at.is_(None))
    )
    if not reach.with_private:
        statement = statement.where(BinderNote.is_private.is_(False))
    rows: Sequence[Any] = uow.rows(statement.order_by(BinderNote.made_at, BinderNote.id).limit(MOST))
    return [Note.of(uow, row[0], row[1] or "") for row in rows]


def _papers(uow: UnitOfWork, person_id: UUID, reach: Reach) -> Sequence[Any]:
    statement = (
        uow.select(Action.BINDER_NOTE_READ, BinderPaper, BinderPaper, Account.display_name, within=person_id)
        .outerjoin(Account, Account.id == BinderPaper.account_id)
        .where(BinderPaper.removed_at.is_(None))
    )
    if not reach.with_private:
        statement = statement.where(BinderPaper.is_private.is_(False))
    rows: Sequence[Any] = uow.rows(statement.order_by(BinderPaper.made_at, BinderPaper.id).limit(200))
    return [Paper.of(uow, row[0], row[1] or "") for row in rows]


def _each_once(rows: Sequence[Any]) -> list[Any]:
    """The newest of what was recorded several times under the same name and day."""
    found: dict[Any, Any] = {}
    for row in rows:
        found.setdefault((row.code or row.name, row.happened), row)
    return list(found.values())


Reader = Callable[[UnitOfWork, UUID, Reach], Sequence[Any]]
# Kind of rows, the section it is for ("*": all of them), and how it is read.
READERS: list[tuple[str, str, Reader]] = [
    ("sections", "*", _sections),
    ("relations", "contacts", _relations),
    ("team", "providers", _team),
    ("allergies", "allergies", _allergies),
    ("medicines", "medicines", read_medicines),
    ("small", "*", read_small),
    ("checks", "*", read_checks),
    ("problems", "problems", _problems),
    ("procedures", "history", _procedures),
    ("stays", "history", _stays),
    ("immunizations", "immunizations", _immunizations),
    ("results", "results", _results),
    ("social", "social", _social),
    ("plans", "plan", _plans),
    ("goals", "plan", _goals),
    ("visits", "visits", _visits),
    ("notes", "*", _notes),
    ("papers", "notes", _papers),
]
