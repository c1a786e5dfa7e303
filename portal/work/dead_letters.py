"""Jobs that were given up: an operator reads them, and has them tried again or drops them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from portal.work import shared_queue
from portal.work.outbox import TABLE

PAGE = 25


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A job no worker tries any more. `error` is a code; there is no content to show, a job has none."""

    id: UUID
    kind: str
    attempts: int
    error: str
    created_at: datetime
    finished_at: datetime


def listed(
    session: Session | Connection, *, after: UUID | None = None, limit: int = PAGE
) -> tuple[list[DeadLetter], bool]:
    """The newest first, those after the job `after`, and whether more follow."""
    if _is_shared(session):
        ready = [DeadLetter(*row) for row in shared_queue.given_up(session, after, limit + 1)]
        return ready[:limit], len(ready) > limit
    c = TABLE.c
    statement = select(c.id, c.kind, c.attempts, c.error, c.created_at, c.finished_at).where(c.state == "dead")
    if after is not None:
        last = select(c.finished_at, c.id).where(c.id == after).subquery()
        place = tuple_(select(last.c.finished_at).scalar_subquery(), select(last.c.id).scalar_subquery())
        statement = statement.where(tuple_(c.finished_at, c.id) < place)
    rows = session.execute(statement.order_by(c.finished_at.desc(), c.id.desc()).limit(limit + 1)).all()
    found = [
        DeadLetter(row.id, row.kind, row.attempts, row.error or "", row.created_at, row.finished_at) for row in rows
    ]
    return found[:limit], len(rows) > limit


def retry(session: Session | Connection, job_id: UUID, now: datetime) -> bool:
    """Have a dead job tried again from now, with all its attempts. False when it is not dead (any more)."""
    if _is_shared(session):
        return shared_queue.retry(session, job_id, now)
    return _change(session, job_id, state="ready", attempts=0, run_at=now, error=None, finished_at=None)


def drop(session: Session | Connection, job_id: UUID, now: datetime) -> bool:
    """Never try it again. The row goes with those that are done, and its key keeps the same from being added anew."""
    if _is_shared(session):
        return shared_queue.drop(session, job_id)
    return _change(session, job_id, state="done", finished_at=now, error="dropped")


def keys_given_up(session: Session | Connection, keys: Collection[str]) -> set[str]:
    """Those of the keys whose job was given up."""
    if not keys:
        return set()
    if _is_shared(session):
        return shared_queue.keys_given_up(session, keys)
    found = session.execute(select(TABLE.c.key).where(TABLE.c.key.in_(keys), TABLE.c.state == "dead"))
    return {row.key for row in found}


def _is_shared(session: Session | Connection) -> bool:
    connection = session.connection() if isinstance(session, Session) else session
    return bool(connection.get_execution_options().get("queue") == shared_queue.NAME)


def _change(session: Session | Connection, job_id: UUID, **values: Any) -> bool:
    done: Any = session.execute(update(TABLE).where(TABLE.c.id == job_id, TABLE.c.state == "dead").values(**values))
    return bool(done.rowcount == 1)
