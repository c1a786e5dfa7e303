"""Databases for tests: migrated once a run, then handed out clean to each test, on SQLite and on PostgreSQL.

SQLite: the migrated file is copied. PostgreSQL: each worker has one database, made from the migrated template; after a
test its rows are taken out again with triggers and foreign keys asleep (milliseconds; a new one takes seventy).
"""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import create_engine, inspect, text

from portal.infra.database import Database
from tests.support.canary import found_in
from tests.support.postgres import PostgresServer

ROOT = Path(__file__).resolve().parents[2]


def migrate(url: str) -> None:
    """Bring the database at `url` to the newest migration, as an operator would."""
    database = Database(url)
    try:
        if any((ROOT / "migrations" / "versions").glob("0*.py")):
            from portal.infra import schema

            schema.upgrade(database, "head")
        else:
            from portal.models import Base

            Base.metadata.create_all(database.engine)
    finally:
        database.dispose()


@contextmanager
def once(folder: Path, name: str) -> Iterator[bool]:
    """True for the first worker that gets here in this run, which does the work while the others wait."""
    done = folder / f"{name}.done"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        first = not done.exists()
        yield first
        if first:
            done.touch()


class SQLiteDatabases:
    """Clean SQLite databases, copied from one migrated file."""

    def __init__(self, shared: Path) -> None:
        self._template = shared / "template.sqlite3"
        self._shared = shared

    def prepare(self) -> None:
        with once(self._shared, "sqlite") as first:
            if first:
                migrate(f"sqlite:///{self._template}")
                leave_wal(self._template)

    def new(self, folder: Path) -> str:
        """The address of a fresh migrated database in `folder`."""
        self.prepare()
        path = folder / "portal.sqlite3"
        shutil.copyfile(self._template, path)
        return f"sqlite:///{path}"


def leave_wal(path: Path) -> None:
    """One file holds everything afterwards, so that copying the file copies the database."""
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    for extra in ("-wal", "-shm"):
        assert not (left := path.with_name(path.name + extra)).exists() or left.stat().st_size == 0 or extra == "-shm"


class PostgresDatabases:
    """Clean PostgreSQL databases, one for each worker, wiped between tests."""

    def __init__(self, shared: Path, server_folder: Path, worker: str) -> None:
        self._shared = shared
        self.server = PostgresServer(server_folder)
        self._name = f"test_{worker}"
        self._wipe: bytes | None = None
        self._made = 0

    def prepare(self) -> None:
        with once(self._shared, "postgres") as first:
            if first:
                self.server.run("CREATE DATABASE template_portal")
                migrate(self.server.url("template_portal"))

    def new(self) -> str:
        """The address of this worker's database, clean."""
        if self._wipe is None:
            self.prepare()
            self.server.run(f"CREATE DATABASE {self._name} TEMPLATE template_portal")
            self._remember()
        return self.server.url(self._name)

    def copy(self, template: str = "template0") -> tuple[str, str]:
        """Name and address of a new database made from `template`: an empty one, if not said."""
        self._made += 1
        name = f"{self._name}_{self._made}"
        self.server.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name, self.server.url(name)

    def drop(self, name: str) -> None:
        self.server.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _remember(self) -> None:
        """Work out how to get back to the state right after the migrations, rows that they put in included."""
        engine = create_engine(self.server.url(self._name))
        tables = inspect(engine).get_table_names()
        sequences = inspect(engine).get_sequence_names()
        engine.dispose()
        steps = ["SET session_replication_role = replica", "SET lock_timeout = '5s'"]
        with psycopg.connect(host=str(self.server.sockets), user="postgres", dbname=self._name, autocommit=True) as c:
            c.execute("CREATE SCHEMA IF NOT EXISTS kept")
            for table in tables:
                count = c.execute(f'SELECT count(*) FROM "{table}"'.encode()).fetchone()
                steps.append(f'DELETE FROM "{table}"')
                if count and count[0]:
                    c.execute(f'CREATE TABLE kept."{table}" AS TABLE "{table}"'.encode())
                    steps.append(f'INSERT INTO "{table}" OVERRIDING SYSTEM VALUE SELECT * FROM kept."{table}"')
            queue = inspect_queue(c)
            steps += [f'DELETE FROM queue."{table}"' for table in queue]
            steps += [f'ALTER SEQUENCE "{sequence}" RESTART' for sequence in sequences]
        self._wipe = ";".join(steps).encode()

    def wipe(self) -> None:
        """Take out what a test left behind."""
        assert self._wipe is not None
        try:
            with psycopg.connect(host=str(self.server.sockets), user="postgres", dbname=self._name) as connection:
                connection.execute(self._wipe)
        except psycopg.Error:
            # A test that kept a transaction open, or changed tables, gets its database thrown away.
            self.server.run(
                f"DROP DATABASE {self._name} WITH (FORCE)", f"CREATE DATABASE {self._name} TEMPLATE template_portal"
            )
            self._remember()


def inspect_queue(connection: psycopg.Connection[Any]) -> list[str]:
    """The tables of the queue of several machines, in a schema of their own."""
    rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'queue' ORDER BY 1").fetchall()
    return [str(name) for (name,) in rows]


# Rows that people outside the record see, or that live longer than it: ids and kinds only.
WATCHED = (
    "job", "procrastinate_jobs", "procrastinate_events", "known_key", "failure", "delivery", "audit_event",
    "audit_seal", "throttle", "import_run",
)  # fmt: skip


def leaks_in(url: str) -> list[str]:
    """One line for each row of a watched table that holds a planted word."""
    engine = create_engine(url)
    found = []
    with engine.connect() as connection:
        places = {name: f'"{name}"' for name in inspect(connection).get_table_names()}
        if "queue" in inspect(connection).get_schema_names():
            places |= {name: f'queue."{name}"' for name in inspect(connection).get_table_names(schema="queue")}
        for table in (name for name in WATCHED if name in places):
            for row in connection.execute(text(f"SELECT * FROM {places[table]}")):
                words = found_in(" ".join(str(value) for value in row))
                if words:
                    found.append(f"{words} in a row of {table}: {str(row)[:300]}")
    engine.dispose()
    return found
