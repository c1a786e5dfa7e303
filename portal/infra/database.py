"""Connections: SQLite in WAL with `BEGIN` for readers and `BEGIN IMMEDIATE` for writers, or PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

# Acknowledged means durable (security.md F1): a commit returns when it is on the disk.
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=5000",
    "cache_size=-16000",
    "temp_store=MEMORY",
    "mmap_size=134217728",
)

STATEMENTS = 512  # kept ready on each connection; a page's are written once a process and asked again and again


class Database:
    """One database. `reader` and `writer` are for units of work and are guarded; `engine` is for the ground floor."""

    def __init__(self, url: str, *, durable: bool = True, queue: str = "table") -> None:
        """Open `url`. `durable=False` trades the last commits for speed and is for tests only.

        `queue` says to every connection where jobs go (`work.outbox`).
        """
        self.queue = queue
        options: dict[str, Any] = {"pool_pre_ping": True, "query_cache_size": 1200, "hide_parameters": True}
        options["execution_options"] = {"queue": queue}
        if url.startswith("sqlite"):
            options |= {"pool_pre_ping": False, "pool_size": 8, "max_overflow": 8}
            options["connect_args"] = {"cached_statements": STATEMENTS}
        self.engine: Engine = create_engine(url, **options)
        if self.is_sqlite:
            _speak_sqlite(self.engine, durable=durable)
        self.reader = self.engine.execution_options(read_only=True, guarded=True)
        self.writer = self.engine.execution_options(guarded=True)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    def session(self, *, write: bool) -> Session:
        """A session that opens its transaction at its first statement. The caller ends it."""
        return Session(self.writer if write else self.reader, autoflush=False, expire_on_commit=False)

    @contextmanager
    def connect(self, *, write: bool = False) -> Iterator[Connection]:
        """A plain connection for the ground floor, committed at the end when `write`."""
        if write:
            with self.engine.begin() as connection:
                yield connection
        else:
            with self.engine.connect().execution_options(read_only=True) as connection:
                yield connection

    def dispose(self) -> None:
        self.engine.dispose()


def _speak_sqlite(engine: Engine, *, durable: bool) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        if not durable:
            connection.execute("PRAGMA synchronous=OFF")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        read_only = connection.get_execution_options().get("read_only", False)
        statement = "BEGIN" if read_only else "BEGIN IMMEDIATE"
        try:
            connection.connection.driver_connection.execute(statement)  # type: ignore[union-attr]
        except sqlite3.OperationalError as error:  # said past SQLAlchemy, which so would not give it its own name
            raise OperationalError(statement, None, error) from error
