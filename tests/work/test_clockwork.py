"""The clockwork: each slot of time is run by one worker, however many are up; and what was given up can be seen to."""

from __future__ import annotations

from collections import Counter
from uuid import uuid4

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from portal.cli import portal as command
from portal.models import Job
from portal.policy.actors import Actor
from portal.work import dead_letters
from portal.work.outbox import HANDLERS
from portal.work.running import Worker
from portal.worker import SHARED, run_once, timetable
from tests.factories.people import made


def clock_jobs(services):
    with made(services) as session:
        return Counter(session.scalars(select(Job.kind).where(Job.kind.startswith("work."))))


@pytest.fixture
def dead_job(services, open_unit, monkeypatch):
    """A job that was given up, and how often its handler ran since."""
    ran = []
    monkeypatch.setitem(HANDLERS, "test.kind", lambda _uow, subject: ran.append(subject))
    with open_unit(Actor.system("test.kind"), write=True) as uow:
        uow.later("test.kind", uuid4(), key="the one")
    with made(services) as session:
        job = session.scalars(select(Job)).one()
        job.state, job.attempts, job.error, job.finished_at = "dead", 10, "mail", services.clock.now()
    return job.id, ran


def test_however_many_workers_are_up_a_slot_of_time_is_run_once(services):
    for _worker in range(3):
        run_once(services, timetable())
    assert clock_jobs(services) == Counter({kind: 1 for kind, _, _ in SHARED})


def test_all_of_the_clockwork_succeeds(services):
    run_once(services, timetable())
    with made(services) as session:
        assert {job.state for job in session.scalars(select(Job))} == {"done"}


def test_the_next_slot_is_run_again_and_one_that_was_missed_is_not_run_twice(services, clock):
    first, second = timetable(), timetable()
    run_once(services, first)
    clock.move(minutes=5)
    run_once(services, first)
    run_once(services, second)
    assert clock_jobs(services)["work.seal_trail"] == 2
    clock.move(hours=3)  # nobody was up
    run_once(services, first)
    run_once(services, second)
    assert clock_jobs(services)["work.seal_trail"] == 3


def test_a_dead_letter_tried_again_runs_with_all_its_attempts(services, dead_job):
    job_id, ran = dead_job
    with made(services) as session:
        assert dead_letters.retry(session, job_id, services.clock.now())
    Worker(services).run_due()
    assert len(ran) == 1
    with made(services) as session:
        assert session.get(Job, job_id).state == "done"
        assert not dead_letters.retry(session, job_id, services.clock.now()), "what is done is not tried again"


def test_a_dead_letter_that_was_dropped_never_runs_and_its_key_stays_taken(services, open_unit, dead_job):
    job_id, ran = dead_job
    with made(services) as session:
        assert dead_letters.drop(session, job_id, services.clock.now())
        assert not dead_letters.drop(session, job_id, services.clock.now())
    with open_unit(Actor.system("test.kind"), write=True) as uow:
        uow.later("test.kind", uuid4(), key="the one")
    assert Worker(services).run_due() == 0 and ran == []


def test_dead_letters_are_read_a_page_at_a_time(services, clock):
    with made(services) as session:
        for number in range(5):
            when = services.clock.now()
            session.add(
                Job(
                    kind=f"test.{number}",
                    subject=str(uuid4()),
                    run_at=when,
                    state="dead",
                    attempts=10,
                    created_at=when,
                    finished_at=when,
                )
            )
            session.flush()
            clock.move(seconds=number % 2)  # some were given up at the same moment
    seen, after, has_more = [], None, True
    with made(services) as session:
        while has_more:
            rows, has_more = dead_letters.listed(session, after=after, limit=2)
            seen += [row.kind for row in rows]
            after = rows[-1].id
    assert sorted(seen) == [f"test.{number}" for number in range(5)]


@pytest.mark.one_database
def test_an_operator_reads_retries_and_drops_on_the_command_line(services, dead_job, monkeypatch):
    job_id, _ = dead_job
    monkeypatch.setattr("portal.cli.worker.Settings.load", lambda: services.settings)
    listed = CliRunner().invoke(command, ["worker", "dead"])
    assert str(job_id) in listed.output and "mail" in listed.output and "1 given up" in listed.output
    assert "tried again" in CliRunner().invoke(command, ["worker", "retry", str(job_id)]).output
    refused = CliRunner().invoke(command, ["worker", "drop", str(job_id)])
    assert refused.exit_code == 1 and "no job of that id" in refused.output
    assert "0 given up" in CliRunner().invoke(command, ["worker", "dead"]).output
