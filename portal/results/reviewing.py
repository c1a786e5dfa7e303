"""Results that wait for a clinician's eye: whose, that they were looked at, and what follows (RES-6, RES-11)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import and_, case, or_, select
from sqlalchemy.orm import aliased

from portal.infra.dates import add_business_days, date_in
from portal.infra.errors import Conflict, Invalid
from portal.models import Absence, Account, Person, Practitioner, Report, ReportReview, Result
from portal.people import tasks
from portal.policy.actions import Action
from portal.results.release import NEVER, PRELIMINARY
from portal.work.unit_of_work import UnitOfWork

PLANS = ("none", "message", "call", "repeat", "treat", "refer")
TASKS = frozenset({"call", "repeat", "refer"})  # plans that somebody has to remember
CRITICAL = ("HH", "LL", "AA", "HU", "LU")  # the laboratory telephones about these (HL7 v3 ObservationInterpretation)
SINCE = timedelta(days=30)
AT_ONCE = 50
TASK_WITHIN = 7  # business days


def waiting(uow: UnitOfWork) -> Sequence[Any]:
    """Reports the actor answers for and nobody has looked at: critical ones first, then those outside their range, then
    the oldest. At most `AT_ONCE` and one more.

    They answer for what they ordered, for what a colleague ordered whom they cover today, and as primary care provider
    for what was ordered by nobody who is still here.
    """
    mine = _answered_for(uow)
    here = select(Account.practitioner_id).where(Account.practitioner_id.is_not(None), Account.is_active)
    gone = or_(Report.orderer_id.is_(None), Report.orderer_id.notin_(here))
    critical = _is_critical()
    statement = (
        uow.select(
            Action.RESULT_READ,
            Report,
            Report.id,
            Report.patient_id,
            Report.code,
            Report.name,
            Report.category,
            Report.status,
            Report.issued_at,
            Report.effective_at,
            Report.outside_count,
            Report.held_until,
            Practitioner.name.label("orderer"),
            Person.given_name,
            Person.family_name,
            Person.birth_on,
            critical.label("is_critical"),
            joining=(Person, Result, ReportReview),
        )
        .join(Person, Person.id == Report.patient_id)
        .outerjoin(Practitioner, Practitioner.id == Report.orderer_id)
        .where(
            Report.issued_at >= uow.now - SINCE,
            Report.issued_at <= uow.now,
            Report.status.notin_((*NEVER, *PRELIMINARY)),
            ~_is_reviewed(),
            or_(Report.orderer_id.in_(mine), and_(gone, Person.pcp_id.in_(mine))),
        )
        .order_by(
            case((critical, 0), else_=1), case((Report.outside_count > 0, 0), else_=1), Report.issued_at, Report.id
        )
        .limit(AT_ONCE + 1)
    )
    return uow.rows(statement)


def _answered_for(uow: UnitOfWork) -> list[UUID]:
    """The actor, and those who are away today and covered by them."""
    today = date_in(uow.now, uow.settings.zone)
    away = select(Absence.practitioner_id).where(
        Absence.covering_id == uow.actor.practitioner_id, Absence.starts_on <= today, Absence.ends_on >= today
    )
    own = [uow.actor.practitioner_id] if uow.actor.practitioner_id else []
    return [*own, *uow.scalars(away)]


def _is_reviewed() -> Any:
    """Somebody looked at it as it stands now: a corrected report is looked at again."""
    return (
        select(ReportReview.id)
        .where(
            ReportReview.report_id == Report.id,
            ReportReview.patient_id == Report.patient_id,
            ReportReview.report_status == Report.status,
        )
        .exists()
    )


def _is_critical() -> Any:
    held = select(Result.id).where(
        Result.report_id == Report.id, Result.patient_id == Report.patient_id, Result.flag.in_(CRITICAL)
    )
    return held.exists()


def is_critical(uow: UnitOfWork, report: Report) -> bool:
    """Whether the laboratory would telephone about one of its values."""
    statement = uow.select(Action.RESULT_READ, Result, Result.id, within=report.patient_id)
    return bool(uow.rows(statement.where(Result.report_id == report.id, Result.flag.in_(CRITICAL)).limit(1)))


@dataclass(frozen=True, slots=True)
class Review:
    """Who looked at a report, when, and what they decided."""

    by: str
    at: Any
    plan: str


def looked_at(uow: UnitOfWork, report: Report) -> tuple[str, Review | None]:
    """Who ordered a report, and whether somebody looked at it as it stands now."""
    row: Any = uow.prepared(_looked_at, within=report.patient_id, report=report.id).first()
    if row is None:
        return "", None
    return row.orderer or "", Review(row.reviewer, row.at, row.plan) if row.at is not None else None


def _looked_at(uow: UnitOfWork, *, within: Any, report: Any) -> Any:
    reviewer = aliased(Practitioner)
    return (
        uow.select(
            Action.RESULT_READ,
            Report,
            Practitioner.name.label("orderer"),
            ReportReview.at,
            ReportReview.plan,
            reviewer.name.label("reviewer"),
            within=within,
            joining=(ReportReview,),
        )
        .outerjoin(Practitioner, Practitioner.id == Report.orderer_id)
        .outerjoin(ReportReview, and_(ReportReview.report_id == Report.id, ReportReview.report_status == Report.status))
        .outerjoin(reviewer, reviewer.id == ReportReview.by_id)
        .where(Report.id == report)
    )


def review(uow: UnitOfWork, person_id: UUID, report_id: UUID, plan: str, *, was_read_back: bool) -> None:
    """Say that the report was looked at and what follows; what has to be remembered becomes a task of the actor.

    Said twice it is once. Raises `NotFound`, `NotAllowed`; `Conflict("preliminary")` for a report that is not finished;
    `Invalid("read-back")` for a critical one that was not read back to the laboratory (RES-7).
    """
    uow.require(Action.RESULT_REVIEW_UPDATE, patient=person_id)
    report = uow.load(Action.RESULT_REVIEW_UPDATE, Report, report_id, within=person_id)
    if plan not in PLANS:
        raise Invalid("plan")
    if report.status in NEVER or report.status in PRELIMINARY:
        raise Conflict("preliminary")
    if looked_at(uow, report)[1] is not None:
        return
    if is_critical(uow, report) and not was_read_back:
        raise Invalid("read-back")
    _keep(uow, report, plan, was_read_back)
    if plan in TASKS:
        _remember(uow, report, plan)


def _keep(uow: UnitOfWork, report: Report, plan: str, was_read_back: bool) -> None:
    kept = ReportReview(
        patient_id=report.patient_id,
        report_id=report.id,
        report_status=report.status,
        plan=plan,
        was_read_back=was_read_back,
        by_id=uow.actor.practitioner_id,
        at=uow.now,
    )
    uow.audit(Action.RESULT_REVIEW_UPDATE, kept, reason=plan)
    with uow.absorbing_duplicates():
        uow.add(kept)


def _remember(uow: UnitOfWork, report: Report, plan: str) -> None:
    actor: Any = uow.actor
    asked = tasks.Ask(
        patient_id=report.patient_id,
        wording=f"result_{plan}",
        values=task_values(report),
        owner={"owner_practitioner_id": actor.practitioner_id},
        due_on=add_business_days(date_in(uow.now, uow.settings.zone), TASK_WITHIN),
        made_by_id=actor.account_id,
        once=uuid5(report.id, report.status),
        kind="call" if plan == "call" else "todo",
    )
    uow.audit(Action.RESULT_REVIEW_UPDATE, tasks.ask(uow, asked), reason="task")


def task_values(report: Report) -> dict[str, str]:
    """What a task about a report speaks of."""
    return {"report": str(report.id), "name": report.name, "code": report.code or ""}


def review_usual(uow: UnitOfWork, report_ids: Iterable[UUID]) -> tuple[int, int]:
    """Say of several laboratory reports at once that nothing more is to do. Returns how many were, and how many were
    left because a value is outside its range, critical or in words: those want a look each.
    """
    wanted = set(report_ids)
    chosen = [row for row in waiting(uow)[:AT_ONCE] if row.id in wanted]
    usual = [row.id for row in chosen if is_usual(row)]
    reports = uow.scalars(uow.select(Action.RESULT_REVIEW_UPDATE, Report).where(Report.id.in_(usual))) if usual else ()
    for report in reports:
        _keep(uow, report, "none", False)
    return len(reports), len(chosen) - len(usual)


def is_usual(row: Any) -> bool:
    """Whether a report that waits may be looked at with others: from a laboratory, and every value in its range."""
    return row.category == "laboratory" and not row.outside_count and not row.is_critical
