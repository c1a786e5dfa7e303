"""The patient beside the conversation, for staff: what the record says at a glance, as far as the reader may see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from portal.caregivers.handing_over import NewLiaison, lately
from portal.infra.dates import age_on, date_in
from portal.infra.i18n import known
from portal.messaging import unread
from portal.models import (
    Account,
    Allergy,
    Appointment,
    CareTeamMember,
    Medication,
    Person,
    Pool,
    PoolMember,
    Practitioner,
    Relationship,
    Thread,
)
from portal.people.teams import on_team_now
from portal.policy.actions import Action
from portal.results.service import last_values
from portal.results.values import Shown
from portal.work.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Beside:
    """The patient's context."""

    person_id: UUID
    name: str
    age: int | None
    pronouns: str | None
    language: str
    liaison: tuple[str, str, bool] | None
    new_liaison: NewLiaison | None
    allergies: list[tuple[str, bool]]
    medicines: list[tuple[str, str]]
    values: list[Shown]
    next_visit: tuple[datetime, str] | None


def beside(uow: UnitOfWork, thread: Thread) -> Beside:
    """Allergies, medicines, last values, the next visit, and the liaison with whether they can read this thread."""
    person_id = thread.patient_id
    person = uow.first(
        uow.select(
            Action.PEOPLE_PERSON_READ,
            Person,
            Person.given_name,
            Person.family_name,
            Person.birth_on,
            Person.pronouns,
            Person.language,
            within=person_id,
        )
    )
    today = date_in(uow.now, uow.settings.zone)
    return Beside(
        person_id=person_id,
        name=f"{person.given_name} {person.family_name}".strip() if person else "",
        age=age_on(person.birth_on, today) if person and person.birth_on else None,
        pronouns=person.pronouns if person else None,
        language=person.language if person else "",
        liaison=_liaison(uow, thread),
        new_liaison=lately(uow, person_id),
        allergies=_allergies(uow, person_id),
        medicines=_medicines(uow, person_id),
        values=last_values(uow, person_id, most=6),
        next_visit=_next_visit(uow, person_id, today),
    )


def _liaison(uow: UnitOfWork, thread: Thread) -> tuple[str, str, bool] | None:
    statement = (
        uow.select(
            Action.CAREGIVER_RELATIONSHIP_READ,
            Relationship,
            Relationship.account_id,
            Relationship.relation,
            Account.display_name,
            within=thread.patient_id,
        )
        .join(Account, Account.id == Relationship.account_id)
        .where(Relationship.kind == "liaison", Relationship.state == "active")
    )
    held = uow.first(statement)
    if held is None:
        return None
    return held.display_name, held.relation, unread.may_read(uow, thread, held.account_id)


def _allergies(uow: UnitOfWork, person_id: UUID) -> list[tuple[str, bool]]:
    statement = uow.select(Action.RECORD_ALLERGY_READ, Allergy, Allergy.name, Allergy.criticality, within=person_id)
    rows = uow.rows(statement.where(Allergy.status == "active").order_by(Allergy.name).limit(20))
    return [(row.name, row.criticality == "high") for row in rows]


def _medicines(uow: UnitOfWork, person_id: UUID) -> list[tuple[str, str]]:
    statement = uow.select(
        Action.RECORD_MEDICATION_READ, Medication, Medication.name, Medication.sig, within=person_id
    ).where(Medication.status == "active")
    return [(row.name, row.sig or "") for row in uow.rows(statement.order_by(Medication.name).limit(12))]


def _next_visit(uow: UnitOfWork, person_id: UUID, today: date) -> tuple[datetime, str] | None:
    statement = (
        uow.select(Action.APPOINTMENT_READ, Appointment, Appointment.starts_at, Practitioner.name, within=person_id)
        .outerjoin(Practitioner, Practitioner.id == Appointment.practitioner_id)
        .where(Appointment.starts_at > uow.now, Appointment.status.notin_(("cancelled", "entered-in-error", "noshow")))
        .order_by(Appointment.starts_at)
        .limit(1)
    )
    row = uow.first(statement)
    return (row.starts_at, row.name or "") if row else None


@dataclass(frozen=True, slots=True)
class Receiver:
    """Somebody it can be passed on to."""

    key: str
    name: str
    hint: str


def receivers(uow: UnitOfWork, thread: Thread) -> list[Receiver]:
    """The care team, one's own pools and the nurses on duty; not whoever holds it now."""
    statement = (
        uow.select(
            Action.PEOPLE_CARE_TEAM_READ,
            CareTeamMember,
            Practitioner.id,
            Practitioner.name,
            CareTeamMember.role,
            within=thread.patient_id,
        )
        .join(Practitioner, Practitioner.id == CareTeamMember.practitioner_id)
        .join(Account, Account.practitioner_id == Practitioner.id)
        .where(Practitioner.is_active, Account.is_active, *on_team_now(uow.now))
        .order_by(Practitioner.sort_name)
    )
    people = [
        Receiver(str(row.id), row.name, known(row.role))
        for row in uow.rows(statement)
        if row.id != thread.owner_practitioner_id
    ]
    mine = select(PoolMember.pool_id).where(PoolMember.practitioner_id == uow.actor.practitioner_id)
    pools = uow.rows(
        select(Pool.id, Pool.key, Pool.name).where(Pool.id.in_(mine) | (Pool.key == "nurse_triage")).order_by(Pool.name)
    )
    return [*people, *(Receiver(f"pool:{p.key}", known(p.name), "") for p in pools if p.id != thread.owner_pool_id)]
