"""How soon a person or a pool has usually answered: their own last 30 days, and nothing when that is too little."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.messaging.deciding import Owner
from portal.models import Thread
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

SPAN = timedelta(days=30)
ENOUGH = 3


def answer_time(uow: UnitOfWork, owner: Owner) -> timedelta | None:
    """Within how long three of four questions got their first answer; None with fewer than three to go by.

    Counts threads of all patients, and nothing but their two instants leaves.
    """
    if owner.practitioner_id:
        held = Thread.owner_practitioner_id == owner.practitioner_id
    elif owner.pool_id:
        held = Thread.owner_pool_id == owner.pool_id
    else:
        return None
    statement = (
        uow.as_job("messaging.route")
        .select(Action.MESSAGE_THREAD_READ, Thread, Thread.created_at, Thread.first_answer_at)
        .where(held, Thread.last_at >= uow.now - SPAN, Thread.first_answer_at >= uow.now - SPAN)
        .order_by(Thread.last_at.desc())
        .limit(200)
    )
    return usual([(row.created_at, row.first_answer_at) for row in uow.rows(statement)])


def usual(pairs: list[tuple[datetime, datetime]]) -> timedelta | None:
    """The 75th percentile of the time between two instants (nearest rank)."""
    if len(pairs) < ENOUGH:
        return None
    spans = sorted(end - start for start, end in pairs)
    return spans[-(-3 * len(spans) // 4) - 1]
