"""Telling of results: their readers when one may be seen, clinicians at once when one is critical (RES-1, RES-7)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select

from portal.caregivers import readers
from portal.infra.dates import date_in
from portal.models import (
    Absence,
    Account,
    Person,
    Pool,
    PoolMember,
    Report,
    ReportReview,
    Result,
    Task,
)
from portal.notifications.service import notify
from portal.people import tasks
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.results.release import NEVER
from portal.results.reviewing import CRITICAL, task_values
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork

RECENT = timedelta(days=30)  # what is older was known before it came here
WATCHED = timedelta(hours=24)
TO_COVER, TO_LEAD = timedelta(minutes=30), timedelta(minutes=60)
TRIAGE = "nurse_triage"


def tell_readers(uow: UnitOfWork, report_id: UUID, *, but_patient: bool = False) -> None:
    """Tell the patient, and caregivers who may see it, that a result is there or was corrected; once each state.

    One that is not shown yet, to all or to some, is told when its time comes. `but_patient`: caregivers alone, of what
    the patient just had shown to themselves.
    """
    found = uow.scalars(uow.select(Action.RESULT_READ, Report).where(Report.id == report_id))
    report = found[0] if found else None
    if report is None or report.status in NEVER or report.released_at is None:
        return
    later = [at for at in (report.released_at, report.held_until, report.kept_until) if at is not None and at > uow.now]
    if later:
        at = min(later) if report.kept_until in later else max(later)
        uow.later("results.tell_readers", report.id, at=at, key=f"tell:{report.id}:{at.isoformat()}")
    if any(at is not None and at > uow.now for at in (report.released_at, report.held_until)):
        return
    if (report.issued_at or report.effective_at) < uow.now - RECENT:
        return
    known = readers.accounts(uow, Action.RESULT_READ, Report, report.patient_id, report.id)
    own = set(uow.scalars(select(Account.id).where(Account.person_id == report.patient_id))) if but_patient else set()
    for account_id in known:
        if account_id in own:
            continue
        notify(
            uow,
            account_id,
            "result_new",
            f"result:{report.id}:{report.status}:{account_id}",
            about=report.patient_id,
            path=f"/people/{report.patient_id}/reports/{report.id}",
        )


# Critical results -----------------------------------------------------------------------------------------------------


def watch_critical(services: Services) -> None:
    """See to critical results nobody has looked at: a task and a notice to whoever answers, after 30 minutes to who
    covers, after 60 to those who lead. Run twice, each is told once.
    """
    with UnitOfWork.open(services, Actor.system("results.watch_critical"), write=True) as uow:
        reviewed = select(ReportReview.id).where(
            ReportReview.report_id == Report.id,
            ReportReview.patient_id == Report.patient_id,
            ReportReview.report_status == Report.status,
        )
        critical = select(Result.id).where(
            Result.report_id == Report.id, Result.patient_id == Report.patient_id, Result.flag.in_(CRITICAL)
        )
        statement = uow.select(Action.RESULT_READ, Report, joining=(Person, Result, ReportReview)).join(
            Person, Person.id == Report.patient_id
        )
        open_ones = statement.where(
            Report.issued_at >= uow.now - WATCHED,
            Report.issued_at <= uow.now,
            Report.status.notin_(tuple(NEVER)),
            critical.exists(),
            ~reviewed.exists(),
        )
        row: Any
        for row in uow.rows(open_ones.add_columns(Person.pcp_id)):
            _escalate(uow, row.Report, row.pcp_id)


def _escalate(uow: UnitOfWork, report: Report, pcp_id: UUID | None) -> None:
    owner_id = _first_here(uow, report.orderer_id, pcp_id)
    _task(uow, report, owner_id)
    waited = uow.now - (report.issued_at or uow.now)
    told = [owner_id] if owner_id else _members(uow, lead=False)
    if waited >= TO_COVER:
        told += [one for one in (_cover(uow, owner_id), pcp_id) if one]
    if waited >= TO_LEAD:
        told += _members(uow, lead=True)
    rung = "lead" if waited >= TO_LEAD else "cover" if waited >= TO_COVER else "owner"
    ids = [one for one in dict.fromkeys(told) if one is not None]
    for account_id in uow.scalars(select(Account.id).where(Account.practitioner_id.in_(ids), Account.is_active)):
        key = f"critical:{report.id}:{report.status}:{rung}:{account_id}"
        notify(uow, account_id, "new_question", key, about=report.patient_id, is_urgent=True)


def _first_here(uow: UnitOfWork, *ids: UUID | None) -> UUID | None:
    """The first of these whose account is in use; who is away is told, too, and their cover half an hour on."""
    for one in ids:
        if one and uow.first(select(Account.id).where(Account.practitioner_id == one, Account.is_active)) is not None:
            return one
    return None


def _cover(uow: UnitOfWork, practitioner_id: UUID | None) -> UUID | None:
    today: date = date_in(uow.now, uow.settings.zone)
    statement = select(Absence.covering_id).where(
        Absence.practitioner_id == practitioner_id, Absence.starts_on <= today, Absence.ends_on >= today
    )
    found = uow.scalars(statement)
    return found[0] if found else None


def _members(uow: UnitOfWork, *, lead: bool) -> list[UUID | None]:
    statement = select(PoolMember.practitioner_id).join(Pool, Pool.id == PoolMember.pool_id).where(Pool.key == TRIAGE)
    return list(uow.scalars(statement.where(PoolMember.is_lead) if lead else statement))


def _task(uow: UnitOfWork, report: Report, owner_id: UUID | None) -> None:
    """One task of the owner's for each state of a critical report, due today."""
    if owner_id is None:
        return  # then everybody of the nurses' pool is told
    once = uuid5(report.id, f"critical:{report.status}")
    known = uow.select(Action.DESK_TASK_READ, Task, Task.id, within=report.patient_id).where(Task.once == once)
    owner = uow.first(select(Account.id).where(Account.practitioner_id == owner_id))
    if uow.rows(known) or owner is None:
        return
    asked = tasks.Ask(
        patient_id=report.patient_id,
        wording="result_critical",
        values=task_values(report),
        owner={"owner_practitioner_id": owner_id},
        due_on=date_in(uow.now, uow.settings.zone),
        made_by_id=owner.id,
        once=once,
        kind="call",
    )
    uow.audit(Action.DESK_TASK_CREATE, tasks.ask(uow, asked), reason="critical")
    uow.flush()
