"""The queue of several machines, seen from the outside: adding a job, and seeing to those that were given up.

It is procrastinate's, on PostgreSQL. A job is added by the engine's own function on the caller's connection, so it is
there when the transaction is, and a waiting worker is told at the commit. What runs the jobs is `shared_running`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, func, select, tuple_, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from portal.infra.columns import UTCDateTime
from portal.models.queue import QUEUE_EVENT, QUEUE_FAILURE, QUEUE_KEY, QUEUED

NAME = "procrastinate"

_ENQUEUE: Any = select(
    func.queue.enqueue(bindparam("kind"), bindparam("subject"), bindparam("at", type_=UTCDateTime()), bindparam("key"))
)


def add(connection: Connection, kind: str, subject: str, at: datetime | None, key: str | None) -> int | None:
    """Add a job in the connection's transaction, to be run at once or not before `at`.

    Returns its number; None when the key was used before.
    """
    values = {"kind": kind, "subject": subject, "at": at, "key": key}
    found: int | None = connection.execute(_ENQUEUE, values).scalar()
    return found


def given_up(
    session: Session | Connection, after: UUID | None, limit: int
) -> list[tuple[UUID, str, int, str, datetime, datetime]]:
    """Id, kind, attempts, code, when it was added and when given up; the newest first, those after the job `after`."""
    job, failure, event = QUEUED.c, QUEUE_FAILURE.c, QUEUE_EVENT.c
    added = select(func.min(event.at)).where(event.job_id == job.id).scalar_subquery()
    statement = (
        select(job.id, job.task_name, job.attempts, failure.error, added.label("added_at"), failure.at)
        .join(QUEUE_FAILURE, failure.job_id == job.id)
        .where(job.status == "failed")
    )
    if after is not None:
        then = select(failure.at).where(failure.job_id == after.int).scalar_subquery()
        statement = statement.where(tuple_(failure.at, job.id) < tuple_(then, after.int))
    rows = session.execute(statement.order_by(failure.at.desc(), job.id.desc()).limit(limit)).all()
    return [(UUID(int=row.id), row.task_name, row.attempts, row.error, row.added_at, row.at) for row in rows]


def retry(session: Session | Connection, job_id: UUID, now: datetime) -> bool:
    """Have a job that was given up tried again from `now`, with all its attempts. False when it is not given up."""
    if not _change(session, job_id, status="todo", attempts=0, scheduled_at=now):
        return False
    session.execute(delete(QUEUE_FAILURE).where(QUEUE_FAILURE.c.job_id == job_id.int))
    return True


def drop(session: Session | Connection, job_id: UUID) -> bool:
    """Never try it again; its key stays taken as long as the row is kept."""
    return _change(session, job_id, status="cancelled")


def _change(session: Session | Connection, job_id: UUID, **values: Any) -> bool:
    if job_id.int >= 2**63:
        return False  # an id of the table's, or of nobody's
    mine = (QUEUED.c.id == job_id.int, QUEUED.c.status == "failed")
    done: Any = session.execute(update(QUEUED).where(*mine).values(**values))
    return bool(done.rowcount == 1)


def keys_given_up(session: Session | Connection, keys: Iterable[str]) -> set[str]:
    """Those of the keys whose job was given up."""
    statement = (
        select(QUEUE_KEY.c.key)
        .join(QUEUED, QUEUED.c.id == QUEUE_KEY.c.job_id)
        .where(QUEUE_KEY.c.key.in_(list(keys)), QUEUED.c.status == "failed")
    )
    return {row.key for row in session.execute(statement)}
