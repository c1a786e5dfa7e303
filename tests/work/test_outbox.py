"""Jobs: in the transaction they belong to, at least once, one at a time, and never lost with a worker."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from portal.infra.errors import Unavailable
from portal.models import Job
from portal.policy.actors import Actor
from portal.work import outbox
from portal.work.outbox import HANDLERS
from portal.work.running import ATTEMPTS, Worker
from tests.factories.people import made


@pytest.fixture
def ran(monkeypatch):
    """The subjects a job of kind `test.kind` was run for; it fails while `ran.fails` holds an error."""

    class Ran(list[UUID]):
        fails: Exception | None = None

    seen = Ran()

    def handler(uow, subject):
        seen.append(subject)
        if seen.fails:
            raise seen.fails

    monkeypatch.setitem(HANDLERS, "test.kind", handler)
    return seen


def enqueue(open_unit, subject, **more):
    with open_unit(Actor.system("test.kind"), write=True) as uow:
        uow.later("test.kind", subject, **more)


def jobs(services):
    with made(services) as session:
        return list(session.scalars(select(Job).order_by(Job.created_at)))


def test_a_job_runs_after_the_commit_and_once(services, open_unit, ran):
    subject = uuid4()
    enqueue(open_unit, subject)
    assert ran == []
    assert Worker(services).run_due() == 1
    assert Worker(services).run_due() == 0
    assert ran == [subject]
    assert jobs(services)[0].state == "done"


def test_a_job_of_work_that_was_undone_never_was(services, open_unit, ran):
    with pytest.raises(RuntimeError), open_unit(Actor.system("test.kind"), write=True) as uow:
        uow.later("test.kind", uuid4())
        raise RuntimeError
    assert Worker(services).run_due() == 0


def test_a_key_makes_it_one_job(services, open_unit, ran):
    for _ in range(3):
        enqueue(open_unit, uuid4(), key="the same")
    assert len(jobs(services)) == 1


def test_a_job_for_later_waits(services, open_unit, ran, clock):
    enqueue(open_unit, uuid4(), at=services.clock.now() + timedelta(hours=1))
    assert Worker(services).run_due() == 0
    clock.move(hours=1)
    assert Worker(services).run_due() == 1


def test_what_fails_is_tried_again_later_and_at_last_put_aside(services, open_unit, ran, clock):
    ran.fails = Unavailable("mail")
    enqueue(open_unit, uuid4())
    for attempt in range(1, ATTEMPTS + 1):
        assert Worker(services).run_due() == 1
        assert Worker(services).run_due() == 0, "it waits before the next try"
        job = jobs(services)[0]
        assert (job.attempts, job.error) == (attempt, "mail")
        clock.move(hours=2)
    assert job.state == "dead"
    assert Worker(services).run_due() == 0


def test_an_unknown_kind_is_a_failure_of_the_job_and_not_of_the_worker(services, open_unit):
    with open_unit(Actor.system("test.kind"), write=True) as uow:
        uow.later("test.nobody_handles", uuid4())
    Worker(services).run_due()
    assert jobs(services)[0].error == "KeyError"


def test_what_a_failing_job_changed_is_undone(services, open_unit, monkeypatch):
    def handler(uow, subject):
        uow.later("test.child", subject)
        raise Unavailable("mail")

    monkeypatch.setitem(HANDLERS, "test.kind", handler)
    enqueue(open_unit, uuid4())
    Worker(services).run_due()
    assert [job.kind for job in jobs(services)] == ["test.kind"]


def test_the_job_of_a_killed_worker_goes_to_another_when_its_lease_has_run_out(services, open_unit, ran, clock):
    enqueue(open_unit, uuid4())
    killed = Worker(services)
    assert killed._claim() is not None  # and then it is gone
    assert Worker(services).run_due() == 0
    clock.move(seconds=services.settings.lease_seconds + 1)
    assert Worker(services).run_due() == 1
    assert len(ran) == 1 and jobs(services)[0].attempts == 2


def test_a_worker_that_comes_back_too_late_changes_nothing_of_the_others_job(services, open_unit, ran, clock):
    enqueue(open_unit, uuid4())
    slow, quick = Worker(services), Worker(services)
    slow.name, quick.name = "slow", "quick"
    taken = slow._claim()
    clock.move(seconds=services.settings.lease_seconds + 1)
    ran.fails = Unavailable("mail")
    quick.run_due()
    ran.fails = None
    slow._run(taken)
    job = jobs(services)[0]
    assert (job.state, job.error) == ("ready", "mail")


def test_what_a_worker_did_after_its_lease_ran_out_is_undone(services, open_unit, monkeypatch, clock):
    def handler(uow, subject):
        uow.later("test.child", subject)

    monkeypatch.setitem(HANDLERS, "test.kind", handler)
    enqueue(open_unit, uuid4())
    slow, quick = Worker(services), Worker(services)
    slow.name, quick.name = "slow", "quick"
    taken = slow._claim()
    clock.move(seconds=services.settings.lease_seconds + 1)
    assert quick._claim() is not None
    slow._run(taken)
    assert [job.kind for job in jobs(services)] == ["test.kind"]


def test_a_job_that_takes_its_workers_down_is_put_aside_at_last(services, open_unit, ran, clock):
    enqueue(open_unit, uuid4())
    for _ in range(ATTEMPTS):
        assert Worker(services)._claim() is not None  # and then it is gone
        clock.move(seconds=services.settings.lease_seconds + 1)
    Worker(services).run_due()
    job = jobs(services)[0]
    assert ran == [] and (job.state, job.error) == ("dead", "LeaseLost")


def test_done_jobs_are_dropped_after_a_week_and_dead_ones_stay(services, open_unit, ran, clock):
    enqueue(open_unit, uuid4())
    Worker(services).run_due()
    clock.move(days=8)
    Worker(services).tidy()
    assert jobs(services) == []


def test_a_row_of_the_outbox_holds_a_kind_and_an_id_and_nothing_else(services, open_unit):
    enqueue(open_unit, uuid4())
    job = jobs(services)[0]
    assert UUID(job.subject) and set(outbox.TABLE.c.keys()) == {
        "id", "kind", "subject", "key", "run_at", "state", "attempts", "leased_until", "worker", "error",
        "created_at", "finished_at",
    }  # fmt: skip
