"""What leaves the process or happens later: a row of kind and id, in the transaction it belongs to.

At least once: a handler may run twice and must look again first. A killed worker's lease runs out and another goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from portal.infra.ids import new_id
from portal.models import Job
from portal.work import shared_queue
from portal.work.compiled import put

if TYPE_CHECKING:
    from portal.work.unit_of_work import UnitOfWork


Handler = Callable[["UnitOfWork", UUID], None]
HANDLERS: dict[str, Handler] = {}


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Name the one handler of a kind of job."""

    def enter(handler: Handler) -> Handler:
        if kind in HANDLERS:
            raise RuntimeError(f"two handlers for {kind}")
        HANDLERS[kind] = handler
        return handler

    return enter


TABLE: Any = Job.__table__


def add(
    session: Session | Connection, kind: str, subject: object, *, at: datetime, now: datetime, key: str | None = None
) -> None:
    """Enqueue in the caller's transaction, in the queue set up. A second job with the same `key` is not added."""
    connection = session.connection() if isinstance(session, Session) else session
    if connection.get_execution_options().get("queue") == shared_queue.NAME:
        shared_queue.add(connection, kind, str(subject), at if at > now else None, key)
        return
    values = {
        "id": new_id(),
        "kind": kind,
        "subject": str(subject),
        "key": key,
        "run_at": at,
        "state": "ready",
        "attempts": 0,
        "created_at": now,
    }
    put(connection, TABLE, [values], unless_there=key is not None)
