"""How soon teams and people answer, what is overdue and what was passed on: counts, of all patients, without words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from portal.infra.dates import date_in
from portal.infra.i18n import known
from portal.messaging import orphans
from portal.messaging.inbox import unfinished
from portal.models import Pool, PoolMember, Practitioner, RouteStep, Thread
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

SAMPLE = 5000  # of the newest first answers; beyond it the figures say that they rest on a sample
SPANS = (30, 90)
JOB = "messaging.route"


@dataclass(frozen=True, slots=True)
class Row:
    """One pool or person: how many first answers, their median and 90th percentile, what is overdue, re-routes."""

    name: str
    is_pool: bool
    answers: int
    median: timedelta | None
    ninetieth: timedelta | None
    overdue: int
    passed_on: int


@dataclass(frozen=True)
class Figures:
    """The figures of a span. `weeks`: the median time to a first answer by week (its Monday)."""

    days: int
    rows: list[Row]
    weeks: list[tuple[date, timedelta]]
    is_sample: bool


def percentile(spans: Sequence[timedelta], share: float) -> timedelta | None:
    """The nearest rank: the smallest span that `share` of all do not exceed. None of none. `spans` are sorted."""
    if not spans:
        return None
    rank = -(-len(spans) * int(share * 100) // 100)
    return spans[max(0, rank - 1)]


def of_span(uow: UnitOfWork, days: int) -> Figures:
    """Figures of the last `days` days. Who leads a team sees that team and its people; administrators see all.

    A first answer counts for whoever holds the conversation. Raises `NotFound` to all others.
    """
    watched = orphans.pools_watched(uow, Action.DESK_FIGURES_READ)
    pools, people = _whom(uow, [pool_id for pool_id, _name in watched])
    job, since = uow.as_job(JOB), uow.now - timedelta(days=days)
    answers = uow.rows(_answers(job, since, list(pools), list(people)))
    spans: dict[UUID, list[timedelta]] = defaultdict(list)
    weeks: dict[date, list[timedelta]] = defaultdict(list)
    for row in answers:
        spent = row.first_answer_at - row.created_at
        spans[row.owner_practitioner_id or row.owner_pool_id].append(spent)
        day = date_in(row.first_answer_at, uow.settings.zone)
        weeks[day - timedelta(days=day.weekday())].append(spent)
    overdue = _overdue(uow, job)
    passed = _passed_on(uow, job, since)
    named = [(key, name, True) for key, name in pools.items()] + [(key, name, False) for key, name in people.items()]
    rows = [_row(key, name, is_pool, sorted(spans[key]), overdue, passed) for key, name, is_pool in named]
    by_week = [(week, percentile(sorted(found), 0.5)) for week, found in sorted(weeks.items())]
    seen = [row for row in rows if row.is_pool or row.answers or row.overdue or row.passed_on]
    return Figures(days, seen, [(week, span) for week, span in by_week if span is not None], len(answers) >= SAMPLE)


def _whom(uow: UnitOfWork, pool_ids: list[UUID]) -> tuple[dict[UUID, str], dict[UUID, str]]:
    """The pools, and the people in them; for administrators everybody who works here."""
    names = select(Pool.id, Pool.name).where(Pool.id.in_(pool_ids)).order_by(Pool.name)
    pools = {row.id: known(row.name) for row in uow.rows(names)}
    staff = select(Practitioner.id, Practitioner.name).where(Practitioner.is_active)
    if not uow.actor.is_admin:
        members = select(PoolMember.practitioner_id).where(PoolMember.pool_id.in_(pool_ids))
        staff = staff.where(Practitioner.id.in_(members))
    people = {row.id: row.name for row in uow.rows(staff.order_by(Practitioner.sort_name).limit(500))}
    return pools, people


def _answers(job: UnitOfWork, since: datetime, pools: Iterable[UUID], people: Iterable[UUID]) -> Any:
    columns = (Thread.owner_practitioner_id, Thread.owner_pool_id, Thread.created_at, Thread.first_answer_at)
    held = Thread.owner_pool_id.in_(pools) | Thread.owner_practitioner_id.in_(people)
    return (
        job.select(Action.MESSAGE_THREAD_READ, Thread, *columns)
        .where(held, Thread.last_at >= since, Thread.first_answer_at >= since)
        .order_by(Thread.last_at.desc())
        .limit(SAMPLE)
    )


def _overdue(uow: UnitOfWork, job: UnitOfWork) -> dict[UUID, int]:
    columns = (Thread.owner_practitioner_id, Thread.owner_pool_id)
    statement = job.select(Action.MESSAGE_THREAD_READ, Thread, *columns, func.count().label("number"))
    late = statement.where(unfinished(), Thread.state == "open", Thread.due_at < uow.now).group_by(*columns)
    return {row.owner_practitioner_id or row.owner_pool_id: row.number for row in uow.rows(late)}


def _passed_on(uow: UnitOfWork, job: UnitOfWork, since: datetime) -> dict[UUID, int]:
    """How many conversations colleagues passed on to each: what had gone somewhere else first."""
    columns = (RouteStep.to_practitioner_id, RouteStep.to_pool_id)
    number = func.count(func.distinct(RouteStep.thread_id)).label("number")
    statement = job.select(Action.MESSAGE_THREAD_READ, RouteStep, *columns, number)
    moved = statement.where(RouteStep.kind.in_(("passed_on", "accepted")), RouteStep.at >= since).group_by(*columns)
    return {row.to_practitioner_id or row.to_pool_id: row.number for row in uow.rows(moved)}


def _row(
    key: UUID, name: str, is_pool: bool, spans: list[timedelta], overdue: dict[UUID, int], passed: dict[UUID, int]
) -> Row:
    return Row(
        name,
        is_pool,
        len(spans),
        percentile(spans, 0.5),
        percentile(spans, 0.9),
        overdue.get(key, 0),
        passed.get(key, 0),
    )
