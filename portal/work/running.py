"""The worker: takes due rows of the outbox and runs their handlers.

At least once: a handler may run twice and must look again first. A killed worker's lease runs out and another goes on.
"""

from __future__ import annotations

import os
import random
import socket
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import and_, delete, or_, select, update

from portal.infra.errors import PortalError
from portal.policy.actors import Actor
from portal.work.outbox import HANDLERS, TABLE
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork

log = structlog.get_logger("outbox")

ATTEMPTS = 10
KEEP_DONE = timedelta(days=7)


class LeaseLost(Exception):
    """Another worker has the job by now: what this one did is rolled back."""


def code_of(error: Exception) -> str:
    """What may be said of a failure: a code of ours, or the name of its kind. Never its words."""
    return error.code if isinstance(error, PortalError) else type(error).__name__


def pause(tried: int) -> timedelta:
    """How long a job that failed `tried` times waits: twice as long each time, an hour and a bit at the most."""
    return timedelta(seconds=min(3600, 2**tried) * (1 + random.random() / 4))  # noqa: S311  jitter


class Worker:
    """Takes due jobs one by one under a lease and runs their handlers, each in its own unit of work."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.name = f"{socket.gethostname()[:30]}:{os.getpid()}:{threading.get_ident() % 100000}"
        self.lease = timedelta(seconds=services.settings.lease_seconds)

    def run_due(self, *, most: int = 100) -> int:
        """Run what is due now, `most` at the most. Returns how many ran."""
        ran = 0
        while ran < most and (job := self._claim()):
            self._run(job)
            ran += 1
        return ran

    def run_until(self, stop: threading.Event, tick: Callable[[], object], every: float) -> None:
        """Run jobs as they come until told to stop, and call `tick` every so many seconds. Raises what they raise."""
        while not stop.is_set():
            tick()
            if not self.run_due():
                stop.wait(every)

    def _claim(self) -> Any:
        now = self.services.clock.now()
        due = or_(
            and_(TABLE.c.state == "ready", TABLE.c.run_at <= now),
            and_(TABLE.c.state == "running", TABLE.c.leased_until < now),
        )
        engine = self.services.database.engine
        if self.services.database.is_sqlite:  # look before taking the write lock: an idle worker stays out of the way
            with self.services.database.connect() as connection:
                if connection.execute(select(TABLE.c.id).where(due).limit(1)).first() is None:
                    return None
        with engine.begin() as connection:
            first = (
                select(TABLE.c.id).where(due).order_by(TABLE.c.run_at).limit(1).with_for_update(skip_locked=True)
            ).scalar_subquery()
            return connection.execute(
                update(TABLE)
                .where(TABLE.c.id == first)
                .values(state="running", leased_until=now + self.lease, worker=self.name, attempts=TABLE.c.attempts + 1)
                .returning(TABLE.c.id, TABLE.c.kind, TABLE.c.subject, TABLE.c.attempts)
            ).first()

    def _run(self, job: Any) -> None:
        mine = and_(TABLE.c.id == job.id, TABLE.c.worker == self.name, TABLE.c.state == "running")
        if job.attempts > ATTEMPTS:  # its workers died with it, again and again: no other is risked
            self._failed(job, mine, LeaseLost())
            return
        try:
            handler = HANDLERS[job.kind]
            with UnitOfWork.open(self.services, Actor.system(job.kind), write=True) as uow:
                handler(uow, UUID(job.subject))
                now = self.services.clock.now()
                done: Any = uow.session.execute(
                    update(TABLE).where(mine).values(state="done", leased_until=None, error=None, finished_at=now)
                )
                if done.rowcount != 1:
                    raise LeaseLost
        except Exception as error:  # noqa: BLE001  a job's failure is a state of the job, whatever it was
            self._failed(job, mine, error)

    def _failed(self, job: Any, mine: Any, error: Exception) -> None:
        now, code = self.services.clock.now(), code_of(error)
        is_last = job.attempts >= ATTEMPTS
        again = {"state": "ready", "run_at": now + pause(job.attempts)}
        state = {"state": "dead", "finished_at": now} if is_last else again
        with self.services.database.engine.begin() as connection:
            connection.execute(update(TABLE).where(mine).values(leased_until=None, error=code[:80], **state))
        log.warning("job failed", kind=job.kind, job=str(job.id), error=code, attempt=job.attempts, dead=is_last)

    def tidy(self) -> None:
        """Drop jobs done a week ago. Dead ones stay until an operator looks."""
        before = self.services.clock.now() - KEEP_DONE
        with self.services.database.engine.begin() as connection:
            connection.execute(delete(TABLE).where(TABLE.c.state == "done", TABLE.c.finished_at < before))
