"""What both queues promise, the table and the engine of several machines: one text for both, so they don't drift."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError
from sqlalchemy import text

from portal.infra.errors import Unavailable
from portal.infra.settings import Settings
from portal.notifications.service import notify
from portal.policy.actors import Actor
from portal.work import dead_letters
from portal.work.outbox import HANDLERS
from portal.work.running import ATTEMPTS
from portal.work.unit_of_work import UnitOfWork
from portal.worker import SHARED, run_once, timetable
from tests.factories.people import made, make_account
from tests.support.databases import leaks_in
from tests.work.queues import KIND, Queue

ROOT = Path(__file__).resolve().parents[2]

# Takes one job, says so, and would work on it for ever.
STUCK = """
import sys
from portal.infra.settings import Settings
from portal.work.outbox import handles
from portal.work.runners import runner
from portal.work.services import Services

@handles("test.kind")
def stuck(uow, subject):
    print("taken", flush=True)
    sys.stdin.read()

runner(Services.build(Settings.load())).run_due()
"""


@pytest.fixture(params=["table", "procrastinate"])
def queue_name(request, database_kind):
    if request.param == "procrastinate" and database_kind == "sqlite":
        pytest.skip("the engine needs PostgreSQL")
    return request.param


@pytest.fixture
def settings_values(settings_values, queue_name):
    return {**settings_values, "queue": queue_name}


@pytest.fixture
def queue(services, clock):
    if services.database.queue == "procrastinate":
        services.clock = clock = AtTheDatabase(services)
    return Queue(services, clock)


@pytest.fixture
def ran(monkeypatch):
    """The subjects a job was run for; it fails while `ran.fails` holds an error."""

    class Ran(list[UUID]):
        fails: Exception | None = None

    seen = Ran()

    def handler(_uow, subject):
        seen.append(subject)
        if seen.fails:
            raise seen.fails

    monkeypatch.setitem(HANDLERS, KIND, handler)
    return seen


@pytest.fixture
def kill_in_the_middle(services, queue_name):
    """Start a worker process, wait until it has taken the one job that is due, and kill it without warning."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PORTAL_ENVIRONMENT": "test",
        "PORTAL_DATABASE_URL": services.settings.database,
        "PORTAL_DATA_DIR": str(services.settings.data_dir),
        "PORTAL_QUEUE": queue_name,
    }

    def kill():
        with subprocess.Popen(
            [sys.executable, "-c", STUCK], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout.readline() == b"taken\n"
            process.kill()

    return kill


def test_a_job_runs_after_the_commit_and_once(queue, ran):
    subject = uuid4()
    queue.later(subject)
    assert ran == []
    assert queue.run() == 1
    assert queue.run() == 0
    assert ran == [subject]
    assert queue.jobs()[0].state == "done"


def test_a_job_of_work_that_was_undone_never_was(services, queue, ran):
    with pytest.raises(RuntimeError), UnitOfWork.open(services, Actor.system(KIND), write=True) as uow:
        uow.later(KIND, uuid4(), key="never")
        raise RuntimeError
    assert queue.run() == 0
    queue.later(uuid4(), key="never")
    assert queue.run() == 1, "and its key is free"


def test_the_same_key_is_one_job_also_after_it_is_done(queue, ran):
    for _ in range(3):
        queue.later(uuid4(), key="the same")
    assert queue.run() == 1
    queue.later(uuid4(), key="the same")
    assert queue.run() == 0 and len(queue.jobs()) == 1


def test_a_job_for_later_waits(services, queue, ran):
    queue.later(uuid4(), at=services.clock.now() + timedelta(hours=1))
    assert queue.run() == 0
    queue.pass_time(hours=1)
    assert queue.run() == 1


def test_no_more_run_at_once_than_were_asked_for(queue, ran):
    for _ in range(5):
        queue.later(uuid4())
    assert queue.run(most=2) == 2
    assert queue.run() == 3
    assert len(set(ran)) == 5


def test_what_fails_is_tried_again_later_and_at_last_put_aside(queue, ran):
    ran.fails = Unavailable("mail")
    queue.later(uuid4())
    for attempt in range(1, ATTEMPTS + 1):
        assert queue.run() == 1
        assert queue.run() == 0, "it waits before the next try"
        job = queue.jobs()[0]
        assert (job.attempts, job.error) == (attempt, "mail")
        queue.pass_time(hours=2)
    assert job.state == "dead"
    assert queue.run() == 0


def test_an_unknown_kind_is_a_failure_of_the_job_and_is_tried_again(queue):
    queue.later(uuid4(), kind="test.nobody_handles")
    queue.run()
    job = queue.jobs()[0]
    assert (job.error, job.state) == ("KeyError", "ready")


def test_what_a_failing_job_changed_is_undone(queue, monkeypatch):
    def handler(uow, subject):
        uow.later("test.child", subject)
        raise Unavailable("mail")

    monkeypatch.setitem(HANDLERS, KIND, handler)
    queue.later(uuid4())
    queue.run()
    assert [job.kind for job in queue.jobs()] == [KIND]


def test_the_job_of_a_killed_worker_goes_to_another_when_its_lease_has_run_out(queue, ran, kill_in_the_middle):
    subject = uuid4()
    queue.later(subject)
    kill_in_the_middle()
    assert queue.run() == 0, "it may be alive"
    expire_leases(queue)
    assert queue.run() == 1
    assert ran == [subject] and queue.jobs()[0].state == "done"


def test_what_a_worker_did_after_it_was_taken_for_dead_is_undone(services, queue, monkeypatch):
    runs = Counter()

    def handler(uow, subject):
        runs[subject] += 1
        if runs[subject] == 1:  # it takes so long that another does it meanwhile
            expire_leases(queue)
            assert queue.run() == 1
        uow.later("test.child", subject, key=f"child {runs[subject]}")

    monkeypatch.setitem(HANDLERS, KIND, handler)
    monkeypatch.setitem(HANDLERS, "test.child", lambda _uow, _subject: None)
    subject = uuid4()
    queue.later(subject)
    queue.run(most=1)
    queue.run()
    jobs = Counter((job.kind, job.state) for job in queue.jobs())
    assert runs[subject] == 2 and jobs == Counter({(KIND, "done"): 1, ("test.child", "done"): 1})


def test_a_worker_that_fails_too_late_changes_nothing_of_the_others_job(queue, monkeypatch):
    runs = Counter()

    def handler(_uow, subject):
        runs[subject] += 1
        if runs[subject] == 1:
            expire_leases(queue)
            assert queue.run() == 1
            raise Unavailable("mail")

    monkeypatch.setitem(HANDLERS, KIND, handler)
    queue.later(uuid4())
    queue.run(most=1)
    assert [(job.state, job.error) for job in queue.jobs()] == [("done", None)]


def test_a_job_that_takes_its_workers_down_is_put_aside_at_last(services, queue, ran, kill_in_the_middle):
    queue.later(uuid4())
    with services.database.connect(write=True) as connection:  # nearly all have died of it
        table = "queue.procrastinate_jobs" if queue.is_shared else "job"
        connection.execute(text(f"UPDATE {table} SET attempts = {ATTEMPTS - 1}"))
    kill_in_the_middle()
    expire_leases(queue)
    queue.run()
    job = queue.jobs()[0]
    assert ran == [] and (job.state, job.error) == ("dead", "LeaseLost")


def test_a_dead_letter_is_read_and_tried_again_with_all_its_attempts(services, queue, ran):
    give_up(services, queue, ran)
    (dead,) = queue.dead()
    assert (dead.kind, dead.attempts, dead.error) == (KIND, ATTEMPTS, "mail")
    assert dead.created_at <= dead.finished_at and dead.finished_at.utcoffset() == timedelta(0)
    ran.fails = None
    with services.database.connect(write=True) as connection:
        assert dead_letters.keys_given_up(connection, ["the one", "another"]) == {"the one"}
        assert dead_letters.retry(connection, dead.id, services.clock.now())
    assert queue.dead() == []
    assert queue.run() == 1
    assert queue.jobs()[0].state == "done"
    with services.database.connect(write=True) as connection:
        assert not dead_letters.retry(connection, dead.id, services.clock.now()), "what is done is not tried again"


def test_a_dead_letter_that_was_dropped_never_runs_and_its_key_stays_taken(services, queue, ran):
    give_up(services, queue, ran)
    (dead,) = queue.dead()
    ran.clear()
    with services.database.connect(write=True) as connection:
        assert dead_letters.drop(connection, dead.id, services.clock.now())
        assert not dead_letters.drop(connection, dead.id, services.clock.now())
        assert not dead_letters.drop(connection, uuid4(), services.clock.now())
    queue.later(uuid4(), key="the one")
    assert queue.run() == 0 and ran == [] and queue.dead() == []


def test_dead_letters_are_read_a_page_at_a_time(services, queue, ran):
    for number in range(5):
        give_up(services, queue, ran, key=f"number {number}")
    seen, after, has_more = [], None, True
    with services.database.connect() as connection:
        while has_more:
            rows, has_more = dead_letters.listed(connection, after=after, limit=2)
            seen += [row.id for row in rows]
            after = rows[-1].id
    assert len(seen) == len(set(seen)) == 5


def test_done_jobs_are_dropped_after_a_week_with_their_keys_and_dead_ones_stay(services, queue, ran):
    give_up(services, queue, ran, key="dead")
    ran.fails = None
    queue.later(uuid4(), key="done")
    queue.run()
    queue.pass_time(days=8)
    queue.tidy()
    assert [job.state for job in queue.jobs()] == ["dead"]
    queue.later(uuid4(), key="done")
    assert queue.run() == 1, "a key is kept as long as its job"


def test_however_many_workers_are_up_a_slot_of_time_is_run_once(services, queue):
    for _worker in range(3):
        run_once(services, timetable())
    counted = Counter(job.kind for job in queue.jobs() if job.kind.startswith("work."))
    assert counted == Counter({kind: 1 for kind, _, _ in SHARED})
    assert {job.state for job in queue.jobs()} == {"done"}


def give_up(services, queue, ran, key="the one"):
    """A job that was tried for the last time."""
    ran.fails = Unavailable("mail")
    queue.later(uuid4(), key=key)
    with services.database.connect(write=True) as connection:
        if queue.is_shared:
            connection.execute(
                text(f"UPDATE queue.procrastinate_jobs SET attempts = {ATTEMPTS - 1} WHERE status = 'todo'")
            )
        else:
            connection.execute(text(f"UPDATE job SET attempts = {ATTEMPTS - 1} WHERE state = 'ready'"))
    assert queue.run() == 1


def expire_leases(queue):
    """Nothing was heard of any worker for longer than a lease."""
    with queue.services.database.connect(write=True) as connection:
        if queue.is_shared:
            connection.execute(text("UPDATE queue.procrastinate_workers SET last_heartbeat = now() - interval '1 day'"))
        else:
            long_ago = queue.services.clock.now() - timedelta(days=1)
            connection.execute(text("UPDATE job SET leased_until = :at WHERE state = 'running'"), {"at": long_ago})


class AtTheDatabase:
    """The engine reads the database's clock, so the portal under test does, too."""

    def __init__(self, services):
        self._services = services

    def now(self):
        with self._services.database.connect() as connection:
            return connection.execute(text("SELECT now()")).scalar_one().astimezone(UTC)

    def move(self, **_how_long):
        """It moves by itself."""


def test_the_engines_schema_is_the_one_that_was_migrated_to():
    from procrastinate.sql import __file__ as package

    ours = ROOT / "migrations" / "procrastinate" / "3.9.0.sql"
    theirs = Path(package).with_name("schema.sql")
    assert ours.read_text() == theirs.read_text(), "a newer engine needs a migration of its own"


def test_a_queue_of_several_machines_needs_postgresql(folder):
    with pytest.raises(ValidationError, match="needs PostgreSQL"):
        Settings(data_dir=folder, queue="procrastinate")


def test_a_row_of_either_queue_holds_a_kind_and_an_id_and_nothing_of_anybody(services, queue, canary, database_url):
    with made(services) as session:
        account = make_account(session, f"{canary.given} {canary.family}", email=canary.email)
        account_id = account.id
    with UnitOfWork.open(services, Actor.system("messaging.tell_answered"), write=True) as uow:
        notify(uow, account_id, "new_message", "thread:1")
    (job,) = queue.jobs()
    assert job.kind.startswith("notifications.") and UUID(job.subject)
    queue.run()
    assert leaks_in(database_url) == []
    with services.database.connect() as connection:
        if queue.is_shared:
            args = connection.execute(text("SELECT args FROM queue.procrastinate_jobs")).scalar_one()
            assert args == {"subject": job.subject}


def test_a_part_of_the_engine_that_missed_its_end_is_told_again():
    """The heartbeat of a worker that takes no more jobs would keep its last job from everybody else."""
    from portal.work.shared_running import _ended, in_own_loop

    async def deaf():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.Event().wait()  # as if nobody had said anything

    async def engine():
        part = asyncio.create_task(deaf(), name="update_heartbeats")
        await asyncio.sleep(0)
        part.cancel()
        await asyncio.wait({part})

    async def run():
        await asyncio.wait_for(_ended(asyncio.create_task(engine()), again=0.01), 60)

    in_own_loop(run)
