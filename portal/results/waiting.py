"""When a patient wants to hear of results (RES-2), and results that a clinician holds back to prevent harm (RES-3).

A hold keeps a result from everybody but clinicians through `held_until` of its rows, which the policy looks at; the
row of the hold says why, and until when. Its end needs no job: it is over when its time is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import aliased

from portal.infra.errors import Conflict, Invalid
from portal.models import Account, Person, Practitioner, Report, ReportUnread, Result, ResultHold, ResultWish
from portal.policy.actions import Action
from portal.results.release import (
    CATEGORIES,
    GROUND_OF_OTHERS,
    GROUNDS,
    MOST_DAYS,
    NEVER,
    category_of,
    wished_until,
)
from portal.work.unit_of_work import UnitOfWork

ASKED, HARM = "asked", "harm"
ALL, OTHERS = "all", "others"
AT_A_TIME = 500
MOST = 50


# The patient's choice ---------------------------------------------------------------------------------------------


def wishes(uow: UnitOfWork, person_id: UUID) -> dict[str, int]:
    """In which categories the patient wants to hear from a clinician first, and for how many days at most."""
    statement = uow.select(Action.RESULT_WISH_READ, ResultWish, ResultWish.category, ResultWish.days, within=person_id)
    return {row.category: row.days for row in uow.rows(statement)}


def wish(uow: UnitOfWork, person_id: UUID, chosen: Mapping[str, int]) -> None:
    """Keep what the patient wants of each category: days of 1 to 7, or 0 for at once.

    It counts for results that come from now on; what is held already stays until it is shown or its time is over.
    Raises `Invalid` for another category or number.
    """
    uow.require(Action.RESULT_WISH_UPDATE, patient=person_id)
    if any(key not in CATEGORIES or not 0 <= days <= MOST_DAYS for key, days in chosen.items()):
        raise Invalid("days")
    statement = uow.select(Action.RESULT_WISH_UPDATE, ResultWish, within=person_id)
    known = {row.category: row for row in uow.scalars(statement)}
    for category, days in chosen.items():
        row = known.get(category)
        if row is not None and days == 0:
            uow.session.delete(row)
        elif row is not None and row.days != days:
            row.days, row.set_by_id, row.set_at = days, uow.actor.account_id, uow.now
        elif row is None and days:
            uow.add(
                ResultWish(
                    patient_id=person_id, category=category, days=days, set_by_id=uow.actor.account_id, set_at=uow.now
                )
            )
    uow.audit(Action.RESULT_WISH_UPDATE, patient=person_id)
    uow.flush()


# When results come ------------------------------------------------------------------------------------------------


def hold_new(uow: UnitOfWork, person_id: UUID, fresh: Collection[UUID], changed: Collection[UUID] = (),
             alone: Collection[UUID] = ()) -> None:  # fmt: skip
    """Hold what just came, where the patient wants to hear of it first; for whoever takes results in, at the end.

    `fresh` are reports that were not here before, `changed` those that were, `alone` results that came now and may
    belong to no report. One that was held while preliminary is held from its final release; one that was seen before
    stays seen. Results that joined a held report are held with it.
    """
    job = uow.as_job("results.hold_new")
    wanted = wishes(job, person_id)
    held = {hold.report_id or hold.result_id: hold for hold in _open(job, person_id)}
    if not wanted and not held:
        return
    for model, ids in ((Report, (*fresh, *changed)), (Result, tuple(alone))):
        for row in _arrived(job, person_id, model, ids):
            days = wanted.get(category_of(row.category, row.sensitivity))
            if row.released_at is None or days is None:
                continue
            until = wished_until(row.released_at, days)
            known = held.get(row.id)
            if known is not None and known.kind == ASKED:
                known.until = max(known.until, until)
            elif until > uow.now and row.id not in changed and not row.was_held:
                held[row.id] = _new(uow, person_id, model, row, until)
    uow.flush()
    for hold in held.values():
        _mark(uow, person_id, hold)
    if held:
        uow.audit(Action.RESULT_HOLD_CREATE, patient=person_id, reason=ASKED)


def _open(uow: UnitOfWork, person_id: UUID) -> Sequence[ResultHold]:
    statement = uow.select(Action.RESULT_HOLD_READ, ResultHold, within=person_id)
    found: Sequence[ResultHold] = uow.scalars(
        statement.where(ResultHold.state == "open", ResultHold.until > uow.now).order_by(ResultHold.kind.desc())
    )
    return found


def _arrived(uow: UnitOfWork, person_id: UUID, model: Any, ids: Sequence[UUID]) -> list[Any]:
    found: list[Any] = []
    key = ResultHold.report_id if model is Report else ResultHold.result_id
    was_held = select(ResultHold.id).where(key == model.id, ResultHold.patient_id == model.patient_id).exists()
    columns = (model.id, model.category, model.sensitivity, model.released_at, was_held.label("was_held"))
    for start in range(0, len(ids), AT_A_TIME):
        statement = uow.select(Action.RESULT_READ, model, *columns, within=person_id, joining=(ResultHold,))
        statement = statement.where(model.id.in_(ids[start : start + AT_A_TIME]), model.status.notin_(NEVER))
        if model is Result:
            statement = statement.where(model.report_id.is_(None), model.category == "laboratory")
        found += uow.rows(statement)
    return found


def _new(uow: UnitOfWork, person_id: UUID, model: Any, row: Any, until: datetime) -> ResultHold:
    hold = ResultHold(
        patient_id=person_id,
        kind=ASKED,
        audience=ALL,
        category=category_of(row.category, row.sensitivity),
        sensitivity=row.sensitivity,
        until=until,
        made_at=uow.now,
        state="open",
    )
    hold.report_id, hold.result_id = (row.id, None) if model is Report else (None, row.id)
    uow.add(hold)
    return hold


def _mark(uow: UnitOfWork, person_id: UUID, hold: ResultHold) -> None:
    """Write into the report and its results until when they are held, by all holds on them that are open."""
    uow.flush()
    job = uow.as_job("results.hold_new")
    same = (
        ResultHold.report_id == hold.report_id if hold.report_id is not None else ResultHold.result_id == hold.result_id
    )
    statement = job.select(
        Action.RESULT_HOLD_READ, ResultHold, ResultHold.audience, ResultHold.until, within=person_id
    ).where(same, ResultHold.state == "open")
    ends: dict[str, datetime] = {}
    row: Any
    for row in job.rows(statement):
        ends[row.audience] = max(row.until, ends.get(row.audience, row.until))
    values = {"held_until": ends.get(ALL), "kept_until": ends.get(OTHERS)}
    if hold.report_id is None:
        uow.change(_of_patient(Result, person_id, Result.id == hold.result_id, values))
        return
    uow.change(_of_patient(Report, person_id, Report.id == hold.report_id, values))
    uow.change(_of_patient(Result, person_id, Result.report_id == hold.report_id, values))


def _of_patient(model: Any, person_id: UUID, which: Any, values: dict[str, Any]) -> Any:
    statement = update(model).where(model.patient_id == person_id, which).values(**values)
    return statement.execution_options(synchronize_session=False)


# What is held -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Held:
    """A hold that is open, as pages show it; `reason` is opened for clinicians alone."""

    id: UUID
    patient_id: UUID
    patient: str
    report_id: UUID | None
    result_id: UUID | None
    name: str
    code: str | None
    kind: str
    audience: str
    category: str
    until: datetime
    taken_at: datetime
    made_at: datetime
    ground: str
    reason: str
    by: str
    orderer: str


def held(uow: UnitOfWork, person_id: UUID) -> list[Held]:
    """What is held of one patient, the soonest to end first: to whoever acts for them without a word of what it is.

    `name`, `code` and `reason` are empty for everybody but clinicians. The patient does not read of what is kept from
    others alone: they see the result.
    """
    is_own = uow.actor.person_id == person_id and not uow.actor.is_staff
    return [_shown(uow, row) for row in uow.prepared(_holds, is_own, within=person_id)]


def of_report(uow: UnitOfWork, person_id: UUID, report_id: UUID) -> list[Held]:
    """The open holds on one report, for clinicians."""
    return [_shown(uow, row) for row in uow.prepared(_holds_of_report, within=person_id, report=report_id)]


def desk(uow: UnitOfWork) -> list[Held]:
    """What is held of all patients this clinician treats, the soonest to end first; at most fifty."""
    rows = uow.rows(_holds(uow, False, within=None))
    uow.services.patient_keys.warm(uow.session, dict.fromkeys(row.patient_id for row in rows))
    return [_shown(uow, row) for row in rows]


def _holds_of_report(uow: UnitOfWork, *, within: Any, report: Any) -> Any:
    return _holds(uow, False, within=within).where(ResultHold.report_id == report)


def _holds(uow: UnitOfWork, is_own: bool, *, within: Any) -> Any:
    orderer = aliased(Practitioner)
    statement = (
        uow.select(
            Action.RESULT_HOLD_READ,
            ResultHold,
            ResultHold.id,
            ResultHold.patient_id,
            ResultHold.report_id,
            ResultHold.result_id,
            ResultHold.kind,
            ResultHold.audience,
            ResultHold.category,
            ResultHold.until,
            ResultHold.made_at,
            ResultHold.ground,
            ResultHold.reason,
            Person.given_name,
            Person.family_name,
            func.coalesce(Report.name, Result.name).label("name"),
            func.coalesce(Report.code, Result.code).label("code"),
            Report.effective_at.label("report_at"),
            Result.effective_at.label("result_at"),
            Practitioner.name.label("by"),
            orderer.name.label("orderer"),
            within=within,
            joining=(Person, Report, Result),
        )
        .join(Person, Person.id == ResultHold.patient_id)
        .outerjoin(Report, and_(Report.id == ResultHold.report_id, Report.patient_id == ResultHold.patient_id))
        .outerjoin(Result, and_(Result.id == ResultHold.result_id, Result.patient_id == ResultHold.patient_id))
        .outerjoin(Practitioner, Practitioner.id == ResultHold.by_id)
        .outerjoin(orderer, orderer.id == func.coalesce(Report.orderer_id, Result.orderer_id))
        .where(
            ResultHold.state == "open",
            ResultHold.until > uow.now,
            func.coalesce(Report.status, Result.status).notin_(NEVER),
        )
        .order_by(ResultHold.until, ResultHold.id)
        .limit(MOST)
    )
    return statement.where(ResultHold.audience == ALL) if is_own else statement


def _shown(uow: UnitOfWork, row: Any) -> Held:
    is_staff = uow.actor.is_staff
    sealed = row.reason if is_staff else None
    return Held(
        id=row.id,
        patient_id=row.patient_id,
        patient=f"{row.given_name} {row.family_name}".strip(),
        report_id=row.report_id,
        result_id=row.result_id,
        name=row.name if is_staff else "",
        code=row.code if is_staff else None,
        kind=row.kind,
        audience=row.audience,
        category=row.category,
        until=row.until,
        taken_at=row.report_at or row.result_at,
        made_at=row.made_at,
        ground=row.ground or "",
        reason=uow.unseal(row.patient_id, "result_hold.reason", row.id, sealed) if sealed else "",
        by=row.by or "",
        orderer=row.orderer or "",
    )


def is_unread(uow: UnitOfWork, person_id: UUID, report_id: UUID) -> bool:
    """Whether the patient has not opened the report yet."""
    statement = uow.select(Action.RESULT_READ, ReportUnread, ReportUnread.id, within=person_id, joining=(Report,))
    statement = statement.join(Account, Account.id == ReportUnread.account_id)
    return uow.first(statement.where(ReportUnread.report_id == report_id, Account.person_id == person_id)) is not None


# Ending it --------------------------------------------------------------------------------------------------------


def show_now(uow: UnitOfWork, person_id: UUID, hold_id: UUID) -> ResultHold:
    """The patient does not want to wait any longer; twice is once. Raises `NotFound` for what is not theirs to end."""
    hold = uow.load(Action.RESULT_HOLD_SHOW, ResultHold, hold_id, within=person_id)
    if _end(uow, hold, "shown", Action.RESULT_HOLD_SHOW) and hold.report_id is not None:
        uow.later("results.tell_caregivers", hold.report_id)
    return hold


def release(uow: UnitOfWork, person_id: UUID, hold_id: UUID) -> ResultHold:
    """A clinician talked with the patient, or there is no danger any more; twice is once. Raises `NotFound`."""
    hold = uow.load(Action.RESULT_HOLD_RELEASE, ResultHold, hold_id, within=person_id)
    if _end(uow, hold, "released", Action.RESULT_HOLD_RELEASE) and hold.report_id is not None:
        uow.later("results.tell_readers", hold.report_id)
    return hold


def _end(uow: UnitOfWork, hold: ResultHold, state: str, action: Action) -> bool:
    if hold.state != "open":
        return False
    hold.state, hold.ended_at, hold.ended_by_id = state, uow.now, uow.actor.account_id
    uow.audit(action, hold, reason=hold.kind)
    _mark(uow, hold.patient_id, hold)
    return True


# Preventing harm --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Harm:
    """One report of one patient that a clinician holds back: on which ground, why, and for how long at most."""

    person_id: UUID
    report_id: UUID
    ground: str
    reason: str
    days: int  # until somebody has to look at it again
    once: UUID


def hold(uow: UnitOfWork, command: Harm) -> ResultHold:
    """Hold a report back to prevent harm; one that is held so already is held anew from now, which is its review.

    On the ground `by_others` it is kept from those who act for the patient alone, else from all but clinicians.
    `once` becomes its id, so that a form sent twice makes one. Raises `NotFound`, `NotAllowed`; `Invalid("ground")`,
    `Invalid("reason")`, `Invalid("days")` for more than seven; `Conflict("already-there")` the second time.
    """
    person_id = command.person_id
    uow.require(Action.RESULT_HOLD_CREATE, patient=person_id)
    report = uow.load(Action.RESULT_HOLD_CREATE, Report, command.report_id, within=person_id)
    if command.ground not in (*GROUNDS, GROUND_OF_OTHERS):
        raise Invalid("ground")
    if not command.reason.strip():
        raise Invalid("reason")
    if not 1 <= command.days <= MOST_DAYS:
        raise Invalid("days")
    made = uow.select(Action.RESULT_HOLD_READ, ResultHold, ResultHold.id, within=person_id)
    if uow.first(made.where(ResultHold.id == command.once)) is not None:
        raise Conflict("already-there")
    for before in _open(uow, person_id):
        if before.report_id == report.id and before.kind == HARM:
            before.state, before.ended_at, before.ended_by_id = "renewed", uow.now, uow.actor.account_id
    uow.flush()
    row = ResultHold(
        id=command.once,
        patient_id=person_id,
        report_id=report.id,
        kind=HARM,
        audience=OTHERS if command.ground == GROUND_OF_OTHERS else ALL,
        category=category_of(report.category, report.sensitivity),
        sensitivity=report.sensitivity,
        until=uow.now + timedelta(days=command.days),
        ground=command.ground,
        reason=uow.seal(person_id, "result_hold.reason", command.once, command.reason.strip()),
        by_id=uow.actor.practitioner_id,
        made_at=uow.now,
        state="open",
    )
    uow.add(row)
    uow.audit(Action.RESULT_HOLD_CREATE, row, reason=command.ground)
    _mark(uow, person_id, row)
    uow.later("results.tell_readers", report.id, at=row.until, key=f"held:{row.id}")
    return row
