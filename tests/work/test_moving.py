"""Whoever changes from one queue to the other loses no job, runs none twice, and forgets no key."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from portal.work.moving import take_over
from portal.work.outbox import HANDLERS
from portal.work.running import ATTEMPTS
from portal.work.services import Services
from tests.work.queues import KIND, Queue


@pytest.fixture
def both(settings, database_kind):
    """The same database with either queue."""
    if database_kind == "sqlite":
        pytest.skip("SQLite has one queue")
    made = {
        name: Queue(Services.build(settings.model_copy(update={"queue": name})), None)
        for name in ("table", "procrastinate")
    }
    yield made
    for queue in made.values():
        queue.services.database.dispose()


@pytest.mark.parametrize(("old", "new"), [("table", "procrastinate"), ("procrastinate", "table")])
def test_jobs_dead_letters_and_keys_come_along(both, old, new, monkeypatch):
    ran = Counter()

    def handler(_uow, subject):
        ran[subject] += 1
        if subject == broken:
            raise OSError

    monkeypatch.setitem(HANDLERS, KIND, handler)
    broken, waiting, later, done = (uuid4() for _ in range(4))
    before, after = both[old], both[new]
    before.later(done, key="done")
    before.later(broken, key="broken")
    with before.services.database.connect(write=True) as connection:
        where = "queue.procrastinate_jobs WHERE args->>'subject'" if before.is_shared else "job WHERE subject"
        table, condition = where.split(" WHERE ")
        connection.execute(
            text(f"UPDATE {table} SET attempts = {ATTEMPTS - 1} WHERE {condition} = :s"), {"s": str(broken)}
        )
    assert before.run() == 2
    before.later(waiting, key="waiting")
    before.later(later, at=before.services.clock.now() + timedelta(hours=1))

    assert take_over(after.services) == 4
    assert take_over(after.services) == 0 and before.jobs() == []
    for key in ("done", "broken", "waiting"):
        after.later(uuid4(), key=key)
    assert after.run() == 1
    assert ran == Counter({done: 1, broken: 1, waiting: 1})
    assert [(dead.kind, dead.error) for dead in after.dead()] == [(KIND, "OSError")]
    assert Counter(job.state for job in after.jobs())["ready"] == 1, "what is for later waits there"


def test_what_a_worker_is_at_stays_with_it(both, monkeypatch):
    before, after = both["table"], both["procrastinate"]
    monkeypatch.setitem(HANDLERS, KIND, lambda _uow, _subject: moved.append(take_over(after.services)))
    moved = []
    before.later(uuid4())
    assert before.run() == 1 and moved == [0]
