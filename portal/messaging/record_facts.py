"""What the record says to the router: problems, medicines, results, visits and referrals of one patient."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from portal.messaging.routing import context as facts
from portal.models import Appointment, Condition, Encounter, Medication, Procedure, Referral, Report, Result
from portal.policy.actions import Action
from portal.policy.vocabulary import CODE_CATEGORY
from portal.work.unit_of_work import UnitOfWork

RECENT = timedelta(days=400)
MOST = 200


def _category(code: str | None) -> str | None:
    return CODE_CATEGORY.get(code, "mental_health") if code else None


def conditions(router: UnitOfWork, person_id: UUID) -> tuple[str, ...]:
    statement = router.select(Action.RECORD_CONDITION_READ, Condition, Condition.name, within=person_id).where(
        Condition.status == "active"
    )
    return tuple(router.scalars(statement.limit(MOST)))


def medications(router: UnitOfWork, person_id: UUID) -> tuple[facts.Medication, ...]:
    statement = router.select(
        Action.RECORD_MEDICATION_READ,
        Medication,
        Medication.id,
        Medication.name,
        Medication.prescriber_id,
        Medication.purpose,
        Medication.status,
        Medication.sensitivity,
        within=person_id,
    ).where(Medication.status != "entered-in-error")
    newest = statement.order_by((Medication.status != "active"), Medication.happened_on.desc()).limit(MOST)
    return tuple(
        facts.Medication(
            name=row.name,
            prescriber=str(row.prescriber_id) if row.prescriber_id else None,
            purpose=row.purpose or "",
            status=row.status,
            sensitive=_category(row.sensitivity),
            id=f"medication:{row.id}",
        )
        for row in router.rows(newest)
    )


def results(router: UnitOfWork, person_id: UUID, zone: Any) -> tuple[facts.Result, ...]:
    """The newest results and reports, whatever they are called; one line a name and day."""
    found: list[facts.Result] = []
    for model in (Report, Result):
        statement = router.select(
            Action.RESULT_READ,
            model,
            model.id,
            model.name,
            model.category,
            model.status,
            model.effective_at,
            model.orderer_id,
            model.sensitivity,
            within=person_id,
        ).where(model.category.in_(("laboratory", "imaging", "pathology")), model.status != "entered-in-error")
        rows = router.rows(statement.order_by(model.effective_at.desc(), model.id).limit(MOST))
        found.extend(
            facts.Result(
                name=row.name,
                kind="lab" if row.category == "laboratory" else row.category,
                ordering_provider=str(row.orderer_id) if row.orderer_id else None,
                date=row.effective_at.astimezone(zone).date(),
                status=row.status,
                sensitive=_category(row.sensitivity),
                id=f"{model.__tablename__}:{row.id}",
            )
            for row in rows
        )
    return tuple(found)


def visits(router: UnitOfWork, person_id: UUID, zone: Any, now: datetime) -> tuple[facts.Appointment, ...]:
    """Booked visits, and what was done in the last year: visits and procedures."""
    found: list[facts.Appointment] = []
    booked = router.select(
        Action.APPOINTMENT_READ,
        Appointment,
        Appointment.id,
        Appointment.kind,
        Appointment.starts_at,
        Appointment.practitioner_id,
        Appointment.status,
        Appointment.sensitivity,
        within=person_id,
    ).where(Appointment.starts_at > now - RECENT, Appointment.status.notin_(("cancelled", "entered-in-error")))
    found.extend(
        facts.Appointment(
            date=row.starts_at.astimezone(zone).date(),
            type=row.kind,
            provider=str(row.practitioner_id) if row.practitioner_id else None,
            status="upcoming" if row.starts_at > now else "completed",
            sensitive=_category(row.sensitivity),
            id=f"appointment:{row.id}",
        )
        for row in router.rows(booked.order_by(Appointment.starts_at).limit(MOST))
    )
    for model, action, provider in (
        (Encounter, Action.RECORD_ENCOUNTER_READ, Encounter.practitioner_id),
        (Procedure, Action.RECORD_PROCEDURE_READ, Procedure.performer_id),
    ):
        done = router.select(
            action, model, model.id, model.name, model.happened_on, provider.label("by"), model.sensitivity,
            within=person_id,
        ).where(model.happened_on > (now - RECENT).date(), model.happened_on <= now.date())  # fmt: skip
        found.extend(
            facts.Appointment(
                date=row.happened_on,
                type=row.name,
                provider=str(row.by) if row.by else None,
                status="completed",
                sensitive=_category(row.sensitivity),
                id=f"{model.__tablename__}:{row.id}",
            )
            for row in router.rows(done.order_by(model.happened_on.desc()).limit(50))
        )
    return tuple(found)


def referrals(router: UnitOfWork, person_id: UUID) -> tuple[facts.Referral, ...]:
    statement = router.select(
        Action.RECORD_REFERRAL_READ,
        Referral,
        Referral.id,
        Referral.name,
        Referral.specialty,
        Referral.requester_id,
        Referral.status,
        Referral.happened_on,
        within=person_id,
    ).order_by(Referral.happened_on.desc())
    return tuple(
        facts.Referral(
            to=row.specialty or row.name,
            referring_provider=str(row.requester_id) if row.requester_id else None,
            status=row.status,
            date=row.happened_on,
            id=f"referral:{row.id}",
        )
        for row in router.rows(statement.limit(50))
    )
