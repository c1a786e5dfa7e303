"""Tests that were ordered and have no result yet: what is usual, and what is later than that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_

from portal.infra.dates import date_in
from portal.models import OrderedTest, Practitioner, Report
from portal.policy.actions import Action
from portal.results.release import NEVER, PRELIMINARY
from portal.results.turnaround import MEASURED_OVER, Usual, is_overdue, usual
from portal.work.unit_of_work import UnitOfWork

WAITED_FOR = timedelta(days=180)  # what is older was never done, or done elsewhere
OPEN = ("active", "on-hold", "unknown")
MOST, MOST_MEASURED = 20, 2000


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order without a result."""

    id: UUID
    code: str | None
    name: str
    orderer: str
    ordered_at: datetime
    planned_on: date | None  # the day it is to be done, where that is another
    expected: Usual
    is_overdue: bool


def waited_for(uow: UnitOfWork, person_id: UUID) -> list[Ordered]:
    """What was ordered and has no final result, the oldest first; at most twenty.

    Whoever acts for the patient is told of a result that is held (`waiting`), and does not wait for it here. To other
    caregivers a result they may not see is one that has not come.
    """
    knows_all = uow.actor.is_staff or uow.actor.person_id == person_id
    rows = uow.prepared(_open, knows_all, within=person_id, since=uow.now - WAITED_FOR).all()
    if not rows:
        return []
    measured = _measured(uow, {row.code for row in rows if row.code})
    today = date_in(uow.now, uow.settings.zone)
    return [_shown(row, measured.get(row.code, []), uow, today) for row in rows]


def _shown(row: Any, measured: list[timedelta], uow: UnitOfWork, today: date) -> Ordered:
    expected = usual(row.category, measured)
    ordered_on = date_in(row.ordered_at, uow.settings.zone)
    planned = row.happened_on if row.happened_on and row.happened_on != ordered_on else None
    return Ordered(
        id=row.id,
        code=row.code,
        name=row.name,
        orderer=row.orderer or "",
        ordered_at=row.ordered_at,
        planned_on=planned,
        expected=expected,
        is_overdue=is_overdue(planned or ordered_on, today, expected),
    )


def _open(uow: UnitOfWork, knows_all: bool, *, within: Any, since: Any) -> Any:
    # A result that is here ends the waiting, whether it may be shown or not; what it says is not looked at.
    judge = uow.as_job("results.measure") if knows_all else uow
    came = judge.select(Action.RESULT_READ, Report, Report.id).where(
        Report.patient_id == OrderedTest.patient_id,
        Report.status.notin_((*NEVER, *PRELIMINARY)),
        or_(
            Report.order_id == OrderedTest.source_id,
            and_(Report.code == OrderedTest.code, Report.effective_at >= OrderedTest.ordered_at),
        ),
    )
    return (
        uow.select(
            Action.RESULT_ORDER_READ,
            OrderedTest,
            OrderedTest.id,
            OrderedTest.code,
            OrderedTest.name,
            OrderedTest.category,
            OrderedTest.ordered_at,
            OrderedTest.happened_on,
            Practitioner.name.label("orderer"),
            within=within,
            joining=(Report,),
        )
        .outerjoin(Practitioner, Practitioner.id == OrderedTest.orderer_id)
        .where(
            OrderedTest.status.in_(OPEN),
            OrderedTest.ordered_at >= since,
            OrderedTest.ordered_at <= uow.now,
            ~came.correlate_except(Report).exists(),
        )
        .order_by(OrderedTest.ordered_at, OrderedTest.id)
        .limit(MOST)
    )


def _measured(uow: UnitOfWork, codes: set[str]) -> dict[str, list[timedelta]]:
    """How long reports with these codes took of late, from sample to report, of all patients: times alone."""
    if not codes:
        return {}
    job = uow.as_job("results.measure")
    statement = job.select(Action.RESULT_READ, Report, Report.code, Report.effective_at, Report.issued_at).where(
        Report.issued_at >= uow.now - MEASURED_OVER,
        Report.issued_at <= uow.now,
        Report.code.in_(sorted(codes)),
        Report.status.notin_((*NEVER, *PRELIMINARY)),
    )
    found: dict[str, list[timedelta]] = {}
    for row in job.rows(statement.order_by(Report.issued_at.desc()).limit(MOST_MEASURED)):
        if row.issued_at > row.effective_at:  # equal: the source knows no more than one of them
            found.setdefault(row.code, []).append(row.issued_at - row.effective_at)
    return found
