"""Before the visit: medicines, allergies and contact confirmed, screenings answered. After it: the summary."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.appointments import screening
from portal.appointments.booking import LIVE
from portal.infra.dates import date_in
from portal.infra.errors import Conflict, Invalid
from portal.infra.ids import new_id
from portal.models import (
    Account,
    Allergy,
    Appointment,
    CheckIn,
    Medication,
    Person,
    Pool,
    Screening,
    Task,
    VisitType,
)
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

OPENS = timedelta(days=7)
PARTS = ("medicines", "allergies", "contact")
SHORT = {"phq": "phq2", "gad": "gad2"}
SAFETY_POOL = "nurse_triage"
MOST = 60


@dataclass(frozen=True, slots=True)
class Told:
    """What was confirmed (`yes` or `no` for each part), what is different, and what is new."""

    medicines: str = ""
    allergies: str = ""
    contact: str = ""
    changes: str = ""
    anything_new: str = ""


def is_open(visit: Any, now: Any) -> bool:
    """From seven days before until the visit begins (APT-10)."""
    return visit.status in LIVE and visit.starts_at - OPENS <= now < visit.starts_at


def record(uow: UnitOfWork, person_id: UUID) -> tuple[Sequence[Any], Sequence[Any], Any]:
    """What is on file to be confirmed: medicines, allergies, contact; each under its own rule."""
    medicines = uow.rows(
        uow.select(Action.RECORD_MEDICATION_READ, Medication, Medication.name, Medication.sig, within=person_id)
        .where(Medication.status == "active")
        .order_by(Medication.name, Medication.id)
        .limit(MOST)
    )
    allergies = uow.rows(
        uow.select(Action.RECORD_ALLERGY_READ, Allergy, Allergy.name, Allergy.reaction, within=person_id)
        .where(Allergy.status == "active")
        .order_by(Allergy.name, Allergy.id)
        .limit(MOST)
    )
    contact = uow.first(
        uow.select(Action.PEOPLE_PERSON_READ, Person, Person.phone, Person.email, Person.address, within=person_id)
    )
    uow.seen(Action.RECORD_MEDICATION_READ, person_id)
    uow.seen(Action.RECORD_ALLERGY_READ, person_id)
    return medicines, allergies, contact


def of_visit(uow: UnitOfWork, person_id: UUID, visit_id: UUID) -> tuple[CheckIn, Told] | None:
    """What was said so far about this visit, if the actor may read it."""
    statement = uow.select(Action.APPOINTMENT_CHECK_IN_READ, CheckIn, within=person_id)
    found = uow.scalars(statement.where(CheckIn.appointment_id == visit_id))
    if not found:
        return None
    row: CheckIn = found[0]
    return row, Told(**json.loads(uow.unseal(person_id, "check_in.answers", row.id, row.answers)))


def save(uow: UnitOfWork, person_id: UUID, visit_id: UUID, told: Told) -> CheckIn:
    """Keep what was said; said again, the last word counts. Raises `Conflict("not-open")` outside its days,
    `Invalid` for a part that was not answered.
    """
    uow.require(Action.APPOINTMENT_CHECK_IN_UPDATE, patient=person_id)
    visit = uow.load(Action.APPOINTMENT_READ, Appointment, visit_id, within=person_id)
    if not is_open(visit, uow.now):
        raise Conflict("not-open")
    for part in PARTS:
        if getattr(told, part) not in ("yes", "no"):
            raise Invalid(part)
    before = of_visit(uow, person_id, visit_id)
    row = before[0] if before else CheckIn(
        patient_id=person_id, appointment_id=visit_id, account_id=uow.actor.account_id, answers=b"", made_at=uow.now
    )  # fmt: skip
    words = json.dumps({name: getattr(told, name) for name in Told.__dataclass_fields__})
    row.answers = uow.seal(person_id, "check_in.answers", row.id, words)
    row.done_at = uow.now
    if before is None:
        uow.add(row)
    uow.audit(Action.APPOINTMENT_CHECK_IN_UPDATE, row, reason="done")
    uow.flush()
    return row


# Screenings ----------------------------------------------------------------------------------------------------------


def answered(uow: UnitOfWork, person_id: UUID, visit_id: UUID) -> list[tuple[Screening, dict[str, Any]]]:
    """The screenings of a visit, if the actor may see them, in the order they were answered."""
    statement = uow.select(Action.APPOINTMENT_SCREENING_READ, Screening, within=person_id)
    rows = uow.scalars(statement.where(Screening.appointment_id == visit_id).order_by(Screening.made_at, Screening.id))
    if rows:
        uow.seen(Action.APPOINTMENT_SCREENING_READ, person_id)
    return [(row, json.loads(uow.unseal(person_id, "screening.answers", row.id, row.answers))) for row in rows]


def next_screening(uow: UnitOfWork, person_id: UUID, visit: Any) -> str | None:
    """The screening that is still to be answered before this visit, by the patient alone; None when there is none."""
    if not is_open(visit, uow.now) or visit.visit_type_id is None:
        return None
    if not uow.may(Action.APPOINTMENT_SCREENING_CREATE, patient=person_id):
        return None
    kinds = uow.scalars(select(VisitType.forms).where(VisitType.id == visit.visit_type_id))
    done = {row.instrument: told for row, told in answered(uow, person_id, visit.id)}
    for form in kinds[0] if kinds else ():
        short = SHORT.get(form)
        if short is None:
            continue
        if short not in done:
            return short
        long = screening.LONG[short]
        if done[short]["is_positive"] and long not in done:
            return long
    return None


def screen(
    uow: UnitOfWork, person_id: UUID, visit_id: UUID, instrument: str, answers: Sequence[int | None], once: UUID
) -> screening.Score:
    """Keep complete answers with their score. An answer above 0 to the ninth item of PHQ-9 raises a task for today,
    in the same transaction. Sent twice, it is kept once.

    Raises `Invalid("answers")` when one is missing: nothing is scored or kept then.
    """
    uow.require(Action.APPOINTMENT_SCREENING_CREATE, patient=person_id)
    visit = uow.load(Action.APPOINTMENT_READ, Appointment, visit_id, within=person_id)
    if not is_open(visit, uow.now):
        raise Conflict("not-open")
    found = screening.score(instrument, answers)
    if found is None:
        raise Invalid("answers")
    statement = uow.select(Action.APPOINTMENT_SCREENING_READ, Screening, Screening.id, within=person_id)
    if uow.first(statement.where(Screening.account_id == uow.actor.account_id, Screening.once == once)) is not None:
        return found
    row = Screening(
        patient_id=person_id,
        appointment_id=visit_id,
        account_id=uow.actor.account_id,
        instrument=instrument,
        made_at=uow.now,
        once=once,
    )
    kept = {"items": list(answers), "total": found.total, "band": found.band, "is_positive": found.is_positive}
    row.answers = uow.seal(person_id, "screening.answers", row.id, json.dumps(kept))
    uow.add(row)
    uow.audit(Action.APPOINTMENT_SCREENING_CREATE, row, reason=instrument)
    if found.is_crisis:
        _raise_alarm(uow, person_id)
    uow.flush()
    return found


def _raise_alarm(uow: UnitOfWork, person_id: UUID) -> None:
    """A task of the nurses for today: somebody calls. It names no answer; who opens it sees the screening."""
    clinical = select(Pool.id).where(Pool.is_clinical).order_by((Pool.key == SAFETY_POOL).desc(), Pool.key).limit(1)
    pool = uow.first(clinical)
    if pool is None:
        raise Conflict("no-pool")
    task = Task(
        patient_id=person_id,
        kind="call",
        owner_pool_id=pool.id,
        due_on=today(uow),
        made_by_id=uow.actor.account_id,
        made_at=uow.now,
        once=new_id(),
    )
    task.wording = "safety_call"
    task.words = uow.seal(person_id, "task.words", task.id, "{}")
    uow.add(task)
    uow.audit(Action.DESK_TASK_CREATE, task, reason="safety")
    uow.later("appointments.tell_safety", task.id, key=f"safety:{task.id}")


def today(uow: UnitOfWork) -> date:
    return date_in(uow.now, uow.settings.zone)


# After the visit -----------------------------------------------------------------------------------------------------


def summary_of(uow: UnitOfWork, visit: Any) -> tuple[str, str]:
    """What was said and decided, and who wrote it; ("", "") where there is none, or it is not the reader's to see."""
    if visit.summary is None:
        return "", ""
    allowed = uow.may(Action.APPOINTMENT_SUMMARY_READ, patient=visit.patient_id, model=Appointment, row_id=visit.id)
    if not allowed:
        return "", ""
    names = uow.scalars(select(Account.display_name).where(Account.id == visit.summary_by_id))
    text = uow.unseal(visit.patient_id, "appointment.summary", visit.id, visit.summary)
    return text, names[0] if names else ""


def write_summary(uow: UnitOfWork, person_id: UUID, visit_id: UUID, text: str) -> Appointment:
    """Write what was said and decided, for the patient to read. Raises `Conflict("not-over")` before the visit began,
    `Invalid("summary")` for nothing.
    """
    uow.require(Action.APPOINTMENT_SUMMARY_UPDATE, patient=person_id)
    visit = uow.load(Action.APPOINTMENT_SUMMARY_UPDATE, Appointment, visit_id, within=person_id)
    if visit.starts_at > uow.now or visit.status == "cancelled":
        raise Conflict("not-over")
    if not text:
        raise Invalid("summary")
    visit.summary = uow.seal(person_id, "appointment.summary", visit.id, text)
    visit.summary_at, visit.summary_by_id = uow.now, uow.actor.account_id
    visit.version += 1
    uow.audit(Action.APPOINTMENT_SUMMARY_UPDATE, visit, reason="summary")
    uow.flush()
    uow.later("appointments.tell_visit", visit.id, key=f"visit:{visit.id}:summary:{visit.version}")
    return visit
