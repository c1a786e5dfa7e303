"""The worker of the queue of several machines: procrastinate takes the jobs, our handlers run them.

The engine claims jobs, listens for new ones and shows by its heartbeat that a worker lives. How a job ends is written
by us with the engine's functions: success in the handler's own transaction, failure in one that still holds the job.
So a worker that was taken for dead and comes back changes nothing of a job that another has by now.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from procrastinate.worker import Worker as Engine
from psycopg.conninfo import make_conninfo
from sqlalchemy import delete, func, literal, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from portal.models.queue import QUEUE_FAILURE, QUEUE_KEY, QUEUE_WORKER, QUEUED, SCHEMA
from portal.policy.actors import Actor
from portal.work.outbox import HANDLERS
from portal.work.running import ATTEMPTS, KEEP_DONE, LeaseLost, code_of, pause
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork

log = structlog.get_logger("outbox")
for _name in ("procrastinate", "psycopg.pool"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)  # our own log says the same, in codes alone

POLL = 2.0  # a job of later, or one that failed, is announced by nobody: it is looked for

PATIENCE = 5.0  # seconds to wait for a connection
# What the engine runs beside the jobs, and waits for when it ends.
BESIDE = {"update_heartbeats", "deferrer", "poll_jobs_to_abort", "listener"}


class Tasks(dict[str, Any]):
    """The engine's register, which knows every kind: one without a handler fails as a job, and is tried again.

    Another worker of the same queue may be newer than this one.
    """

    def __init__(self, make: Callable[[str], Any]) -> None:
        super().__init__()
        self._make = make

    def get(self, kind: str, default: Any = None) -> Any:
        if kind not in self:
            self[kind] = self._make(kind)
        return self[kind]


class Settled(JobManager):
    """The engine is not asked to end a job: that was done when it ran."""

    async def finish_job(self, job: Job, status: Any, delete_job: bool) -> None:
        """Do nothing; see `SharedWorker._run`."""


class SharedWorker:
    """Takes due jobs one by one and runs their handlers, each in its own unit of work."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.lease = timedelta(seconds=services.settings.lease_seconds)
        self._lost = threading.Event()

    # Running -----------------------------------------------------------------------------------------------------

    def run_due(self, *, most: int = 100) -> int:
        """Run what is due now, `most` at the most. Returns how many ran."""
        self.recover()
        ran = 0

        async def count(process: Any, _context: JobContext, worker: Engine) -> Any:
            nonlocal ran
            ran += 1
            if ran >= most:
                worker.stop()  # type: ignore[no-untyped-call]
            return await process()

        async def run() -> None:
            app = self._app()
            async with app.open_async():
                once = app.run_worker_async(wait=False, listen_notify=False, worker_middleware=[count], **self._manner)
                await _ended(asyncio.create_task(once))

        in_own_loop(run)
        return ran

    def run_until(self, stop: threading.Event, tick: Callable[[], object], every: float) -> None:
        """Run jobs as they come until told to stop, and call `tick` every so many seconds.

        Raises what the engine or `tick` raises; nothing is lost by it, and the caller goes on with a new worker.
        """
        self._lost.clear()

        async def run() -> None:
            app = self._app()
            async with app.open_async():
                engine = asyncio.create_task(app.run_worker_async(fetch_job_polling_interval=POLL, **self._manner))
                try:
                    while not stop.is_set() and not self._lost.is_set():
                        await asyncio.to_thread(tick)
                        await asyncio.to_thread(self.recover)
                        await asyncio.wait({engine}, timeout=every)
                        if engine.done():
                            break
                finally:
                    engine.cancel()  # what runs is finished first
                    with contextlib.suppress(asyncio.CancelledError):
                        await _ended(engine)

        in_own_loop(run)

    @property
    def _manner(self) -> Any:
        seconds = self.lease.total_seconds()
        return {
            "concurrency": 1,
            "install_signal_handlers": False,
            "update_heartbeat_interval": seconds / 3,
            "stalled_worker_timeout": seconds,
        }

    def _app(self) -> App:
        url = self.services.database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        conninfo = make_conninfo(url, options=f"-c search_path={SCHEMA}")
        app = App(connector=PsycopgConnector(conninfo=conninfo, min_size=1, max_size=3, timeout=PATIENCE))
        app.job_manager = Settled(app.connector)

        def make(kind: str) -> Any:
            def run(context: JobContext, subject: str) -> None:
                self._run(context, kind, subject)

            return app.task(name=kind, pass_context=True)(run)

        app.tasks = Tasks(make)
        return app

    # One job -----------------------------------------------------------------------------------------------------

    def _run(self, context: JobContext, kind: str, subject: str) -> None:
        job = context.job
        try:
            handler = HANDLERS[kind]
            with UnitOfWork.open(self.services, Actor.system(kind), write=True) as uow:
                handler(uow, UUID(subject))
                if not _holds(uow.session, job):
                    raise LeaseLost
                uow.session.execute(select(func.queue.procrastinate_finish_job_v1(job.id, _status("succeeded"), False)))
        except Exception as error:  # noqa: BLE001  a job's failure is a state of the job, whatever it was
            try:
                self._failed(job, kind, error)
            except BaseException:
                self._lost.set()  # it can't be noted: the worker ends, and whoever follows finds its job
                raise

    def _failed(self, job: Job, kind: str, error: Exception) -> None:
        code, tried = code_of(error), job.attempts + 1
        with self.services.database.engine.begin() as connection:
            if _holds(connection, job):
                self._put_aside(connection, job.id, tried, code)
        log.warning("job failed", kind=kind, job=str(job.id), error=code, attempt=tried, dead=tried >= ATTEMPTS)

    def _put_aside(self, connection: Connection, job_id: int | None, tried: int, code: str) -> None:
        """Give a job back to be tried again later, or up. The caller holds its row."""
        now = self.services.clock.now()
        note = insert(QUEUE_FAILURE).values(job_id=job_id, error=code[:80], at=now)
        again = {"error": note.excluded.error, "at": note.excluded.at}
        connection.execute(note.on_conflict_do_update(index_elements=["job_id"], set_=again))
        if tried >= ATTEMPTS:
            connection.execute(select(func.queue.procrastinate_finish_job_v1(job_id, _status("failed"), False)))
        else:
            connection.execute(
                select(func.queue.procrastinate_retry_job_v2(job_id, now + pause(tried), None, None, None))
            )

    # Housekeeping ------------------------------------------------------------------------------------------------

    def recover(self) -> int:
        """Give back the jobs of workers that show no sign of life. Returns how many."""
        alive = QUEUE_WORKER.c
        stalled = (
            select(QUEUED.c.id, QUEUED.c.attempts, QUEUED.c.task_name)
            .outerjoin(QUEUE_WORKER, alive.id == QUEUED.c.worker_id)
            .where(QUEUED.c.status == "doing")
            .where(or_(alive.id.is_(None), alive.last_heartbeat < func.now() - self.lease))
            .with_for_update(of=QUEUED, skip_locked=True)
        )
        with self.services.database.engine.begin() as connection:
            rows = connection.execute(stalled).all()
            for row in rows:
                if row.attempts + 1 >= ATTEMPTS:  # its workers died with it, again and again: no other is risked
                    self._put_aside(connection, row.id, row.attempts + 1, LeaseLost.__name__)
                else:
                    again = func.queue.procrastinate_retry_job_v2(row.id, None, None, None, None)
                    connection.execute(select(again))
        for row in rows:
            log.warning("job failed", kind=row.task_name, job=str(row.id), error=LeaseLost.__name__)
        return len(rows)

    def tidy(self) -> None:
        """Drop jobs done a week ago, and their keys. Those given up stay until an operator looks."""
        hours = int(KEEP_DONE.total_seconds() // 3600)

        async def run() -> None:
            app = self._app()
            async with app.open_async():
                await app.job_manager.delete_old_jobs(nb_hours=hours, include_cancelled=True, include_aborted=True)

        in_own_loop(run)
        loose = delete(QUEUE_KEY).where(QUEUE_KEY.c.job_id.is_(None), QUEUE_KEY.c.created_at < func.now() - KEEP_DONE)
        with self.services.database.engine.begin() as connection:
            connection.execute(loose)


def in_own_loop(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run it to its end in a thread with an event loop of its own: whoever calls may have one already. Raises what it
    raised.
    """
    with ThreadPoolExecutor(1, "queue") as apart:
        apart.submit(lambda: asyncio.run(work())).result()


async def _ended(engine: asyncio.Task[None], *, again: float = 1.0) -> None:
    """Wait for the engine's end. Raises what it ended with.

    A task that is cancelled while its connection breaks may hear of the one and not of the other (the pool takes what
    the driver raises for a bad connection and asks for the next). It would go on for ever, and with it the heartbeat of
    a worker that takes no more jobs; so it is told again.
    """
    while not engine.done():
        await asyncio.wait({engine}, timeout=again)
        for task in asyncio.all_tasks():
            if task.get_name() in BESIDE and task.cancelling():
                task.cancel()
    await engine


def _status(name: str) -> Any:
    return literal(name, QUEUED.c.status.type)


def _holds(session: Session | Connection, job: Job) -> bool:
    """Whether this worker has the job still; its row is held to the end of the transaction."""
    mine = (QUEUED.c.id == job.id, QUEUED.c.status == "doing", QUEUED.c.worker_id == job.worker_id)
    return session.execute(select(QUEUED.c.id).where(*mine).with_for_update()).first() is not None
