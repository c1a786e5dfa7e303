"""Processes of the portal that send notices, an inbox that counts what comes, and ways to kill them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
from sqlalchemy import func, select

from portal.infra.settings import Settings
from portal.models import Delivery, NoticeSetting
from portal.work.services import Services
from tests.factories.people import made, make_account
from tests.support.live_server import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
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


@contextmanager
def mail_server() -> Iterator[Any]:
    """A real one on this machine: `seen` counts Message-IDs, `port` is where it listens."""
    from aiosmtpd.controller import Controller

    memory = Inbox()
    controller = Controller(memory, hostname="127.0.0.1", port=a_port())
    controller.start()
    try:
        yield SimpleNamespace(seen=memory.seen, port=controller.port)
    finally:
        controller.stop()


def a_port() -> int:
    with free_port() as (_, port):
        return port


@contextmanager
def starter(settings: Settings, inbox: Any) -> Iterator[Any]:
    """`start(*arguments)` starts a process of the portal with this database and mail server; all end with the block."""
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
        "PORTAL_QUEUE": settings.queue,
    }
    started: list[subprocess.Popen[bytes]] = []

    def run(*arguments: str) -> subprocess.Popen[bytes]:
        started.append(
            subprocess.Popen(
                [sys.executable, *arguments], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        )
        return started[-1]

    try:
        yield run
    finally:
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
    return start("-c", WEB, f"127.0.0.1:{a_port()}")


def kill_all(process: subprocess.Popen[bytes]) -> None:
    """A server and its workers, without a word of warning."""
    workers = psutil.Process(process.pid).children(recursive=True)
    for one in (psutil.Process(process.pid), *workers):
        one.kill()
    process.wait()


def make_reader(services: Services) -> str:
    """Somebody who wants mail at any hour, for the processes look at a real clock. Returns the account's id."""
    with made(services) as session:
        reader = make_account(session, "Somebody", email="reader@example.org")
        at_any_hour = {"digest": "now", "quiet_from": None, "quiet_until": None}
        session.add(NoticeSetting(account_id=reader.id, changed_at=services.clock.now(), **at_any_hour))
        return str(reader.id)


def sent(services: Services) -> int:
    """How many notices the database says were sent."""
    with services.database.connect() as connection:
        return int(connection.scalar(select(func.count()).where(Delivery.state == "sent")) or 0)
