"""MLLP with real processes: killed between receipt and answer, nothing is lost and nothing is doubled."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.interop.hl7v2 import dropping
from portal.interop.hl7v2.framing import Framer, framed
from tests.interop.conftest import Importer
from tests.interop.hl7v2.conftest import potassium

# Listens as `portal hl7 listen` does; with a third argument it kills itself at that moment, once.
CHILD = """
import asyncio, os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from portal.infra.clock import FrozenClock
from portal.infra.settings import Settings
from portal.interop.hl7v2 import feed, taking
from portal.interop.hl7v2.listening import Listener
from portal.work.services import Services

def die(*_args, **_more):
    os.kill(os.getpid(), signal.SIGKILL)

if sys.argv[3] == "kept":
    feed.settle = die
elif sys.argv[3] == "taken":
    taking.known.note = die
elif sys.argv[3] == "answered":
    feed.answering.answers = die
settings = Settings(environment="test", data_dir=Path(sys.argv[1]), database_url=sys.argv[2], hl7_idle_seconds=1)
services = Services.build(settings, FrozenClock(datetime(2026, 11, 23, 15, tzinfo=UTC)))
asyncio.run(Listener(services).serve("127.0.0.1", 0, lambda port: print(port, flush=True)))
"""


@contextmanager
def listening(importer: Importer, dies: str = "") -> Iterator[socket.socket]:
    settings = importer.services.settings
    address = importer.services.database.engine.url.render_as_string(hide_password=False)
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(settings.data_dir), address, dies],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=Path(__file__).parents[3],
    )  # fmt: skip
    try:
        assert process.stdout is not None
        lines = (line.strip() for line in process.stdout)
        port = next(int(line) for line in lines if line.isdigit())
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            yield connection
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def answers(connection: socket.socket, count: int) -> list[bytes]:
    framer, found = Framer(), []
    while len(found) < count and (piece := connection.recv(4096)):
        found += framer.feed(piece)
    return found


def test_messages_in_pieces_and_several_in_a_frame_are_answered_in_order(importer: Importer) -> None:
    stream = framed(potassium(control="1") + potassium("4.4", control="2", reported="20261123090000"))
    with listening(importer) as connection:
        for at in range(0, len(stream), 100):
            connection.sendall(stream[at : at + 100])
        found = answers(connection, 2)
    assert [one.split(b"MSA|")[1].split(b"\r")[0] for one in found] == [b"AA|1", b"AA|2"]
    assert float(importer.one("SELECT value FROM result")) == 4.4


def test_a_silent_sender_is_closed(importer: Importer) -> None:
    with listening(importer) as connection:
        connection.sendall(b"\x0bMSH|")
        assert connection.recv(10) == b""


def _dies_then_goes_on(importer: Importer, moment: str) -> None:
    with listening(importer, moment) as connection:
        connection.sendall(framed(potassium()))
        assert answers(connection, 1) == []  # no answer was given
    assert importer.one("SELECT count(*) FROM feed_message") == 1
    with listening(importer) as connection:
        connection.sendall(framed(potassium()))
        (answer,) = answers(connection, 1)
    assert b"MSA|AA|c1" in answer
    assert importer.one("SELECT count(*) FROM feed_message") == 1
    assert importer.one("SELECT count(*) FROM result") == 1
    assert importer.one("SELECT count(*) FROM person") == 1


def test_killed_after_it_was_kept(importer: Importer) -> None:
    _dies_then_goes_on(importer, "kept")


def test_killed_after_it_was_taken(importer: Importer) -> None:
    _dies_then_goes_on(importer, "taken")


def test_killed_before_the_answer(importer: Importer) -> None:
    _dies_then_goes_on(importer, "answered")


def test_files_are_taken_once_and_half_written_ones_are_left(importer: Importer) -> None:
    folder = importer.folder / "in"
    folder.mkdir()
    (folder / "good.hl7").write_bytes(potassium())
    (folder / "half.hl7").write_bytes(potassium(control="c2")[:-20])
    (folder / "writing.hl7.tmp").write_bytes(potassium(control="c3"))
    (folder / "bad.hl7").write_bytes(b"this is no message\r")
    assert dropping.take_folder(importer.services, folder) == {"done": 1, "failed": 1, "waiting": 1}
    assert sorted(p.name for p in (folder / "done").iterdir()) == ["good.hl7", "good.hl7.ack"]
    assert (folder / "half.hl7").exists()
    assert (folder / "failed" / "bad.hl7.ack").read_bytes().count(b"MSA|AR") == 1


def test_a_file_that_an_ended_run_had_claimed_is_finished(importer: Importer) -> None:
    folder = importer.folder / "in"
    (folder / ".claimed").mkdir(parents=True)
    (folder / ".claimed" / "good.hl7").write_bytes(potassium())
    assert dropping.take_folder(importer.services, folder) == {"done": 1}
    (folder / "good.hl7").write_bytes(potassium())
    assert dropping.take_folder(importer.services, folder) == {"done": 1}
    assert sorted(p.name for p in (folder / "done").glob("*.hl7")) == ["good.2.hl7", "good.hl7"]
    assert importer.one("SELECT count(*) FROM result") == 1
