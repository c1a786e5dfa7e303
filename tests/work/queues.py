"""Both queues behind one handle, for the promises that both keep."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from portal.policy.actors import Actor
from portal.work import dead_letters, outbox
from portal.work.runners import runner
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork

KIND = "test.kind"
# The engine asks the database for the time, so there time passes by moving everything that was into the past.
LONG_AGO = (
    "UPDATE queue.procrastinate_jobs SET scheduled_at = scheduled_at - :by WHERE scheduled_at IS NOT NULL",
    "UPDATE queue.procrastinate_workers SET last_heartbeat = last_heartbeat - :by",
    "UPDATE queue.procrastinate_events SET at = at - :by",
    "UPDATE queue.known_key SET created_at = created_at - :by",
)
STATES = {"todo": "ready", "doing": "running", "succeeded": "done", "cancelled": "done", "failed": "dead"}


@dataclass(frozen=True)
class Seen:
    """A job as either queue keeps it."""

    kind: str
    subject: str
    state: str
    attempts: int
    error: str | None


@dataclass
class Queue:
    """The queue of one test."""

    services: Services
    clock: Any

    @property
    def is_shared(self) -> bool:
        return self.services.database.queue == "procrastinate"

    def later(self, subject: UUID, kind: str = KIND, **more: Any) -> None:
        with UnitOfWork.open(self.services, Actor.system(KIND), write=True) as uow:
            uow.later(kind, subject, **more)

    def run(self, **more: Any) -> int:
        return runner(self.services).run_due(**more)

    def tidy(self) -> None:
        runner(self.services).tidy()

    def pass_time(self, **how_long: float) -> None:
        self.clock.move(**how_long)
        if self.is_shared:
            with self.services.database.connect(write=True) as connection:
                for statement in LONG_AGO:
                    connection.execute(text(statement), {"by": timedelta(**how_long)})

    def dead(self) -> list[dead_letters.DeadLetter]:
        with self.services.database.connect() as connection:
            return dead_letters.listed(connection)[0]

    def jobs(self) -> list[Seen]:
        """All of them, in the order in which they were added."""
        with self.services.database.connect() as connection:
            if not self.is_shared:
                c = outbox.TABLE.c
                rows = connection.execute(outbox.TABLE.select().order_by(c.created_at, c.run_at)).all()
                return [Seen(row.kind, row.subject, row.state, row.attempts, row.error) for row in rows]
            found = connection.execute(
                text(
                    "SELECT task_name, args->>'subject' AS subject, status::text AS status, attempts, error"
                    " FROM queue.procrastinate_jobs LEFT JOIN queue.failure ON job_id = id ORDER BY id"
                )
            )
            return [Seen(r.task_name, r.subject, STATES[r.status], r.attempts, r.error) for r in found]
