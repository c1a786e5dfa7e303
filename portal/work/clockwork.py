"""What is done again and again without anybody asking: each slot of time by one worker, however many are up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from portal.infra.ids import new_id
from portal.work import outbox
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork

Tick = Callable[[Services], object]


@dataclass
class Every:
    """Something done again and again. With a `kind` it is a job a slot of time: one worker of many runs it.

    Without one, `what` runs in every process and only adds a job under a key of its own.
    """

    what: Tick
    each: timedelta
    kind: str | None = None
    due_at: datetime | None = None

    def slot(self, now: datetime) -> datetime:
        """When the slot of time began that `now` is in; the same for every worker."""
        return now - (now - EPOCH) % self.each


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def ticking(what: Tick) -> outbox.Handler:
    """A handler of jobs that does `what`, in transactions of its own."""

    def handler(uow: UnitOfWork, _slot: UUID) -> None:
        what(uow.services)  # the job's own transaction has not begun

    return handler


def wind(services: Services, clockwork: list[Every]) -> None:
    """Do what is due of the clockwork: a slot's job is added by whoever comes first, under the slot's key."""
    now = services.clock.now()
    due = [entry for entry in clockwork if entry.due_at is None or now >= entry.due_at]
    shared = [entry for entry in due if entry.kind is not None]
    if shared:
        with services.database.session(write=True) as session:
            for entry in shared:
                key = f"{entry.kind}:{entry.slot(now).isoformat()}"
                outbox.add(session, str(entry.kind), new_id(), at=now, now=now, key=key)
            session.commit()
    for entry in due:
        if entry.kind is None:
            entry.what(services)
            entry.due_at = now + entry.each
        else:
            entry.due_at = entry.slot(now) + entry.each
