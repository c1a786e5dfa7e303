"""From one queue to the other: whoever changes `PORTAL_QUEUE` loses no job, runs none twice, and forgets no key."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from portal.infra.ids import new_id
from portal.models.queue import QUEUE_FAILURE, QUEUE_KEY, QUEUE_WORKER, QUEUED
from portal.work import shared_queue
from portal.work.compiled import put
from portal.work.outbox import TABLE
from portal.work.services import Services

MOST = 1000
STATES = {"todo": "ready", "doing": "ready", "failed": "dead", "succeeded": "done", "cancelled": "done"}


def take_over(services: Services) -> int:
    """Move what waits, was given up or must be remembered from the queue that is not set up to the one that is.

    What a worker is running stays until it is done, or until the worker shows no sign of life. Returns how many moved.
    """
    if services.database.is_sqlite:
        return 0
    now = services.clock.now()
    with services.database.engine.begin() as connection:
        if services.database.queue == shared_queue.NAME:
            return _from_the_table(connection, now)
        return _from_the_engine(connection, now, services.settings.lease_seconds)


def _from_the_table(connection: Connection, now: datetime) -> int:
    c = TABLE.c
    left = or_(c.state != "running", c.leased_until < now)
    rows = connection.execute(select(TABLE).where(left).limit(MOST).with_for_update(skip_locked=True)).all()
    for row in rows:
        if row.state == "done":
            if row.key is not None:
                connection.execute(insert(QUEUE_KEY).values(key=row.key, created_at=now).on_conflict_do_nothing())
            continue
        at = row.run_at if row.state == "ready" and row.run_at > now else None
        number = shared_queue.add(connection, row.kind, row.subject, at, row.key)
        if number is not None and row.state == "dead":
            connection.execute(
                update(QUEUED).where(QUEUED.c.id == number).values(status="failed", attempts=row.attempts)
            )
            connection.execute(insert(QUEUE_FAILURE).values(job_id=number, error=row.error or "", at=row.finished_at))
    connection.execute(delete(TABLE).where(c.id.in_([row.id for row in rows])))
    return len(rows)


def _from_the_engine(connection: Connection, now: datetime, lease: int) -> int:
    job, alive = QUEUED.c, QUEUE_WORKER.c
    is_alive = select(alive.id).where(
        alive.id == job.worker_id, alive.last_heartbeat > func.now() - func.make_interval(0, 0, 0, 0, 0, 0, lease)
    )
    key = select(QUEUE_KEY.c.key).where(QUEUE_KEY.c.job_id == job.id).scalar_subquery()
    error = select(QUEUE_FAILURE.c.error).where(QUEUE_FAILURE.c.job_id == job.id).scalar_subquery()
    rows = connection.execute(
        select(
            job.id,
            job.task_name,
            job.args,
            job.status,
            job.scheduled_at,
            job.attempts,
            key.label("key"),
            error.label("error"),
        )
        .where(or_(job.status != "doing", and_(job.status == "doing", ~is_alive.exists())))
        .order_by(job.id)
        .limit(MOST)
        .with_for_update(of=QUEUED, skip_locked=True)
    ).all()
    moved = [_row(row, now) for row in rows if STATES[row.status] != "done" or row.key is not None]
    put(connection, TABLE, moved, unless_there=True)
    connection.execute(delete(QUEUED).where(job.id.in_([row.id for row in rows])))
    return len(rows)


def _row(row: Any, now: datetime) -> dict[str, Any]:
    state = STATES[row.status]
    return {
        "id": new_id(),
        "kind": row.task_name,
        "subject": row.args["subject"],
        "key": row.key,
        "run_at": row.scheduled_at or now,
        "state": state,
        "attempts": row.attempts,
        "error": row.error,
        "created_at": now,
        "finished_at": None if state == "ready" else now,
    }
