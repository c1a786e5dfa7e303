"""The floors' own database: the same rows as the portal shows, as plain text, with the indexes the pages need."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.dataset import Dataset

SCHEMA = (
    "CREATE TABLE session (token_hash {bytes} PRIMARY KEY, account_id TEXT NOT NULL, person_id TEXT, name TEXT)",
    "CREATE TABLE thread (id TEXT PRIMARY KEY, patient_id TEXT NOT NULL, owner_id TEXT NOT NULL, last_at TEXT NOT NULL,"
    " local_at TEXT NOT NULL, subject TEXT NOT NULL, preview TEXT NOT NULL, state TEXT NOT NULL, owner TEXT NOT NULL,"
    " patient TEXT NOT NULL, is_unread INTEGER NOT NULL)",
    "CREATE INDEX thread_of_patient ON thread (patient_id, last_at, id)",
    "CREATE INDEX thread_unread ON thread (patient_id) WHERE is_unread = 1",
    "CREATE INDEX thread_open ON thread (owner_id, last_at, id) WHERE state = 'open'",
    "CREATE TABLE message (id TEXT PRIMARY KEY, thread_id TEXT NOT NULL, sent_at TEXT NOT NULL, local_at TEXT NOT NULL,"
    " author TEXT NOT NULL, role TEXT NOT NULL, body TEXT NOT NULL)",
    "CREATE INDEX message_of_thread ON message (thread_id, sent_at, id)",
    "CREATE TABLE report (id TEXT PRIMARY KEY, patient_id TEXT NOT NULL, effective_at TEXT NOT NULL,"
    " local_at TEXT NOT NULL, name TEXT NOT NULL, orderer TEXT NOT NULL, outside INTEGER NOT NULL,"
    " is_new INTEGER NOT NULL)",
    "CREATE INDEX report_of_patient ON report (patient_id, effective_at, id)",
    "CREATE TABLE login (email TEXT PRIMARY KEY, password_hash TEXT NOT NULL, account_id TEXT NOT NULL)",
)
# The same promises about durability as the portal's.
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "busy_timeout=5000",
    "cache_size=-16000",
    "temp_store=MEMORY",
    "mmap_size=134217728",
)


def connect(address: str) -> Any:
    """A raw connection: psycopg for `postgresql:…`, else sqlite3 on that file. Nothing begins by itself."""
    if address.startswith("postgresql:"):
        import psycopg

        return psycopg.connect(address.removeprefix("postgresql:"), autocommit=True)
    connection = sqlite3.connect(address, isolation_level=None)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    return connection


def local(instant: Any, zone: ZoneInfo) -> str:
    """A wall clock's time as text: floors do not convert zones at each view."""
    return str(instant.astimezone(zone).replace(tzinfo=None).isoformat())


class Store:
    """Makes and fills it."""

    def __init__(self, address: str, zone: ZoneInfo) -> None:
        self.address, self.zone = address, zone
        self.is_sqlite = not address.startswith("postgresql:")
        self.connection = connect(address)

    def fill(self, data: Dataset, password_hash: str) -> None:
        """Everything of the dataset, and one login."""
        self.connection.execute("BEGIN")
        for statement in SCHEMA:
            self.connection.execute(statement.format(bytes="BLOB" if self.is_sqlite else "BYTEA"))
        self.connection.execute("COMMIT")
        for threads in _batched(data.threads(), 2000):
            self._many("thread", (self._thread(t) for t in threads))
            self._many("message", (row for t in threads for row in self._messages(t)))
        self._many("report", (self._report(r) for r in data.reports()))
        self._many("login", [("signs-in@example.org", password_hash, str(data.main.account_id))])
        if self.is_sqlite:
            self.connection.execute("ANALYZE")
        else:
            self.connection.execute("VACUUM ANALYZE")

    def sessions(self, rows: Iterable[tuple[bytes, str, str, str]]) -> None:
        self._many("session", rows)

    def close(self) -> None:
        self.connection.close()

    def _thread(self, t: Any) -> tuple[Any, ...]:
        at = t.last_at.isoformat()
        return (str(t.id), str(t.person.id), str(t.doctor.id), at, local(t.last_at, self.zone), t.subject, t.preview,
                t.state, t.doctor.name, t.person.name, int(t.is_unread))  # fmt: skip

    def _messages(self, t: Any) -> Iterator[tuple[Any, ...]]:
        for m in t.messages:
            author, role = (t.doctor.name, "provider") if m.is_answer else (t.person.name, "patient")
            yield (str(m.id), str(t.id), m.sent_at.isoformat(), local(m.sent_at, self.zone), author, role, m.text)

    def _report(self, r: Any) -> tuple[Any, ...]:
        outside = sum(x.flag is not None for x in r.results)
        return (str(r.id), str(r.person.id), r.effective_at.isoformat(), local(r.effective_at, self.zone), r.name,
                r.doctor.name, outside, int(r.is_unread))  # fmt: skip

    def _many(self, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
        mark = "?" if self.is_sqlite else "%s"
        for some in _batched(rows, 5000):
            marks = ", ".join([mark] * len(some[0]))
            cursor = self.connection.cursor()
            cursor.execute("BEGIN")
            cursor.executemany(f"INSERT INTO {table} VALUES ({marks})", some)
            cursor.execute("COMMIT")


def _batched(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    iterator = iter(rows)
    while some := list(islice(iterator, size)):
        yield some
