"""Processes are killed while notices are under way: none is lost, and each is one mail by its Message-ID."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from sqlalchemy import func, select, text

from portal.models import Delivery, NoticeSetting
from tests.factories.people import made, make_account

ROOT = Path(__file__).resolve().parent.parent.parent
NOTICES = 1000
LONGEST = 120.0

# Writes notices as a request does: one transaction each, again and again from the start when it was killed.
WRITER = """
import sys
from uuid import UUID
from portal.infra.settings import Settings
from portal.notifications.service import notify
from portal.policy.actors import Actor
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork
services = Services.build(Settings.load())
for number in range(int(sys.argv[2])):
    with UnitOfWork.open(services, Actor.system("messaging.tell_answered"), write=True) as uow:
        notify(uow, UUID(sys.argv[1]), "new_message", f"fault:{number}")
"""


WEB = """
import sys
from portal.cli.serve import Server
from portal.infra.settings import Settings
Server(Settings.load(), sys.argv[1], 2, 2).run()
"""


class Inbox:
    """A mail server's memory: how often each Message-ID came."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        head = envelope.content.decode().splitlines()
        self.seen[next(line for line in head if line.lower().startswith("message-id:"))] += 1
        return "250 taken"


@pytest.fixture
def inbox(free_tcp_port):
    from aiosmtpd.controller import Controller

    memory = Inbox()
    controller = Controller(memory, hostname="127.0.0.1", port=free_tcp_port)
    controller.start()
    yield SimpleNamespace(seen=memory.seen, port=free_tcp_port)
    controller.stop()


@pytest.fixture
def free_tcp_port():
    from tests.support.live_server import free_port

    with free_port() as (_, port):
        pass
    return port


@pytest.fixture
def start(settings, inbox):
    """Start a process of the portal with this test's database and mail server; all are ended at the end."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PORTAL_ENVIRONMENT": "test",
        "PORTAL_DATABASE_URL": settings.database,
        "PORTAL_DATA_DIR": str(settings.data_dir),
        "PORTAL_MAIL": "smtp",
        "PORTAL_SMTP_PORT": str(inbox.port),
        "PORTAL_LEASE_SECONDS": "2",
        "PORTAL_LOG_LEVEL": "error",
    }
    started: list[subprocess.Popen[bytes]] = []

    def run(*arguments: str) -> subprocess.Popen[bytes]:
        started.append(
            subprocess.Popen(
                [sys.executable, *arguments], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        )
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.wait()


def until(holds: Any, what: str) -> None:
    ends = time.monotonic() + LONGEST
    while not holds():
        assert time.monotonic() < ends, what
        time.sleep(0.05)  # asks the outside world again; no promise hangs on it


def kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def start_web(start: Any) -> subprocess.Popen[bytes]:
    """The server of the portal with its workers, each of which runs jobs beside its pages."""
    from tests.support.live_server import free_port

    with free_port() as (_, port):
        pass
    return start("-c", WEB, f"127.0.0.1:{port}")


def kill_all(process: subprocess.Popen[bytes]) -> None:
    """A server and its workers, without a word of warning."""
    workers = psutil.Process(process.pid).children(recursive=True)
    for one in (psutil.Process(process.pid), *workers):
        one.kill()
    process.wait()


def test_killed_workers_writers_and_database_lose_no_notice_and_send_none_twice(services, database_kind, inbox, start):
    with made(services) as session:
        reader = make_account(session, "Somebody", email="reader@example.org")
        at_any_hour = {"digest": "now", "quiet_from": None, "quiet_until": None}  # the processes look at a real clock
        session.add(NoticeSetting(account_id=reader.id, changed_at=services.clock.now(), **at_any_hour))
        account = str(reader.id)

    def worker() -> subprocess.Popen[bytes]:
        return start("-m", "portal.cli", "worker")

    def sent() -> int:
        with services.database.connect() as connection:
            return int(connection.scalar(select(func.count()).where(Delivery.state == "sent")) or 0)

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
    until(lambda: sent() == NOTICES, "every notice is sent")
    assert len(inbox.seen) == NOTICES
    assert sum(inbox.seen.values()) - NOTICES <= again, "only what a kill caught between sending and noting it"
    assert all(process.poll() is None for process in workers), "workers outlive their connections"
