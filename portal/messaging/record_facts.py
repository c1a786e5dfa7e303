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
    return tuple(router.prepared(_conditions, within=person_id).scalars())


def _conditions(router: UnitOfWork, *, within: Any) -> Any:
    statement = router.select(Action.RECORD_CONDITION_READ, Condition, Condition.name, within=within)
    return statement.where(Condition.status == "active").limit(MOST)


def medications(router: UnitOfWork, person_id: UUID) -> tuple[facts.Medication, ...]:
    return tuple(
        facts.Medication(
            name=row.name,
            prescriber=str(row.prescriber_id) if row.prescriber_id else None,
            purpose=row.purpose or "",
            status=row.status,
            sensitive=_category(row.sensitivity),
            id=f"medication:{row.id}",
        )
        for row in router.prepared(_medications, within=person_id)
    )


def _medications(router: UnitOfWork, *, within: Any) -> Any:
    statement = router.select(
        Action.RECORD_MEDICATION_READ,
        Medication,
        Medication.id,
        Medication.name,
        Medication.prescriber_id,
        Medication.purpose,
        Medication.status,
        Medication.sensitivity,
        within=within,
    ).where(Medication.status != "entered-in-error")
    return statement.order_by((Medication.status != "active"), Medication.happened_on.desc()).limit(MOST)


def results(router: UnitOfWork, person_id: UUID, zone: Any) -> tuple[facts.Result, ...]:
    """The newest results and reports, whatever they are called; one line a name and day."""
    return tuple(
        facts.Result(
            name=row.name,
            kind="lab" if row.category == "laboratory" else row.category,
            ordering_provider=str(row.orderer_id) if row.orderer_id else None,
            date=row.effective_at.astimezone(zone).date(),
            status=row.status,
            sensitive=_category(row.sensitivity),
            id=f"{model.__tablename__}:{row.id}",
        )
        for model in (Report, Result)
        for row in router.prepared(_results, model, within=person_id)
    )


def _results(router: UnitOfWork, model: Any, *, within: Any) -> Any:
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
        within=within,
    ).where(model.category.in_(("laboratory", "imaging", "pathology")), model.status != "entered-in-error")
    return statement.order_by(model.effective_at.desc(), model.id).limit(MOST)


def visits(router: UnitOfWork, person_id: UUID, zone: Any, now: datetime) -> tuple[facts.Appointment, ...]:
    """Booked visits, and what was done in the last year: visits and procedures."""
    since = now - RECENT
    found = [
        facts.Appointment(
            date=row.starts_at.astimezone(zone).date(),
            type=row.kind,
            provider=str(row.practitioner_id) if row.practitioner_id else None,
            status="upcoming" if row.starts_at > now else "completed",
            sensitive=_category(row.sensitivity),
            id=f"appointment:{row.id}",
        )
        for row in router.prepared(_booked, within=person_id, since=since)
    ]
    for model in (Encounter, Procedure):
        found.extend(
            facts.Appointment(
                date=row.happened_on,
                type=row.name,
                provider=str(row.by) if row.by else None,
                status="completed",
                sensitive=_category(row.sensitivity),
                id=f"{model.__tablename__}:{row.id}",
            )
            for row in router.prepared(_done, model, within=person_id, since=since.date(), until=now.date())
        )
    return tuple(found)


def _booked(router: UnitOfWork, *, within: Any, since: Any) -> Any:
    statement = router.select(
        Action.APPOINTMENT_READ,
        Appointment,
        Appointment.id,
        Appointment.kind,
        Appointment.starts_at,
        Appointment.practitioner_id,
        Appointment.status,
        Appointment.sensitivity,
        within=within,
    ).where(Appointment.starts_at > since, Appointment.status.notin_(("cancelled", "entered-in-error")))
    return statement.order_by(Appointment.starts_at).limit(MOST)


def _done(router: UnitOfWork, model: Any, *, within: Any, since: Any, until: Any) -> Any:
    is_visit = model is Encounter
    action = Action.RECORD_ENCOUNTER_READ if is_visit else Action.RECORD_PROCEDURE_READ
    by = Encounter.practitioner_id if is_visit else Procedure.performer_id
    statement = router.select(
        action, model, model.id, model.name, model.happened_on, by.label("by"), model.sensitivity, within=within
    ).where(model.happened_on > since, model.happened_on <= until)
    return statement.order_by(model.happened_on.desc()).limit(50)


def referrals(router: UnitOfWork, person_id: UUID) -> tuple[facts.Referral, ...]:
    return tuple(
        facts.Referral(
            to=row.specialty or row.name,
            referring_provider=str(row.requester_id) if row.requester_id else None,
            status=row.status,
            date=row.happened_on,
            id=f"referral:{row.id}",
        )
        for row in router.prepared(_referrals, within=person_id)
    )


def _referrals(router: UnitOfWork, *, within: Any) -> Any:
    return (
        router.select(
            Action.RECORD_REFERRAL_READ,
            Referral,
            Referral.id,
            Referral.name,
            Referral.specialty,
            Referral.requester_id,
            Referral.status,
            Referral.happened_on,
            within=within,
        )
        .order_by(Referral.happened_on.desc())
        .limit(50)
    )
