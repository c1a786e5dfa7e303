"""Processes are killed while notices are under way: none is lost, and each is one mail by its Message-ID."""

from __future__ import annotations

import subprocess

import pytest
from sqlalchemy import text

from portal.infra.settings import Settings
from portal.work.services import Services
from tests.notifications.faults import (
    LONGEST,
    WRITER,
    kill,
    kill_all,
    mail_server,
    make_reader,
    sent,
    start_web,
    starter,
    until,
)
from tests.support.databases import migrate
from tests.support.postgres import LASTING, PostgresServer

NOTICES = 1000
FEWER = 400


@pytest.fixture
def inbox():
    with mail_server() as running:
        yield running


@pytest.fixture
def start(settings, inbox):
    """Start a process of the portal with this test's database and mail server; all are ended at the end."""
    with starter(settings, inbox) as run:
        yield run


def test_killed_workers_writers_and_database_lose_no_notice_and_send_none_twice(services, database_kind, inbox, start):
    account = make_reader(services)

    def worker() -> subprocess.Popen[bytes]:
        return start("-m", "portal.cli", "worker")

    writer, workers, again = start("-c", WRITER, account, str(NOTICES)), [worker(), worker()], 0
    until(lambda: len(inbox.seen) > NOTICES // 20, "the first notices come")
    kill(writer)  # in the middle of writing
    kill(workers[0])  # in the middle of sending
    again += 1
    workers[0] = worker()
    writer = start("-c", WRITER, account, str(NOTICES))
    if database_kind == "postgresql":
        until(lambda: len(inbox.seen) > NOTICES // 4, "they go on")
        with services.database.connect(write=True) as connection:
            own = text(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            again += int(connection.scalar(own) or 0)  # the connections of everybody are gone
        writer.wait()
        writer = start("-c", WRITER, account, str(NOTICES))
    until(lambda: len(inbox.seen) > NOTICES // 2, "they go on")
    kill(workers[1])
    again += 1
    workers[1] = start_web(start)  # a web process runs jobs, too
    until(lambda: len(inbox.seen) > NOTICES * 3 // 4, "they go on")
    kill_all(workers[1])
    again += 2  # each of its two workers may be between sending and noting it
    workers[1] = worker()
    assert writer.wait(LONGEST) == 0
    until(lambda: sent(services) == NOTICES, "every notice is sent")
    assert len(inbox.seen) == NOTICES
    assert sum(inbox.seen.values()) - NOTICES <= again, "only what a kill caught between sending and noting it"
    assert all(process.poll() is None for process in workers), "workers outlive their connections"


@pytest.fixture
def own_server(folder, database_kind):
    """A PostgreSQL server of this test alone, which keeps what it has acknowledged."""
    if database_kind != "postgresql":
        pytest.skip("SQLite has no process to kill")
    folder.chmod(0o755)  # PostgreSQL runs as another user when we are root
    server = PostgresServer(folder / "postgresql", configuration=LASTING)
    server.start()
    yield server
    server.stop()


@pytest.mark.parametrize("queue", ["table", "procrastinate"])
def test_a_database_server_that_is_killed_and_comes_back_loses_no_notice(own_server, settings_values, inbox, queue):
    own_server.run("CREATE DATABASE portal")
    url = own_server.url("portal")
    migrate(url)
    services = Services.build(Settings(database_url=url, **settings_values, queue=queue))
    account = make_reader(services)
    with starter(services.settings, inbox) as start:
        writer = start("-c", WRITER, account, str(FEWER))
        workers = [start("-m", "portal.cli", "worker") for _ in range(2)]
        again = 0
        for share in (1 / 8, 1 / 2):
            until(lambda share=share: len(inbox.seen) > FEWER * share, "notices come")
            own_server.kill()
            again += len(workers)  # each may be between sending and noting it
            own_server.start_again()
            writer.wait(LONGEST)
            writer = start("-c", WRITER, account, str(FEWER))
        assert writer.wait(LONGEST) == 0
        until(lambda: sent(services) == FEWER, "every notice is sent")
        assert len(inbox.seen) == FEWER
        assert sum(inbox.seen.values()) - FEWER <= again
        assert all(process.poll() is None for process in workers), "workers outlive their database"
    services.database.dispose()
