"""Copies of a database as it is at one moment, taken while others write, and put back.

SQLite: the online backup interface, into a file. PostgreSQL: `pg_dump` in its custom format, which reads one snapshot;
`pg_restore` puts it back in one transaction. The programs are looked for in `PORTAL_POSTGRES_BIN`, then on the path.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sqlalchemy import URL, make_url

from portal.infra.errors import Misconfigured

NAMES = {"sqlite": "portal.sqlite3", "postgresql": "portal.pgdump"}


class CopyFailed(Exception):
    """The database could not be copied or put back. The message is the database's own, for the operator."""


def kind_of(url: str) -> str:
    """`sqlite` or `postgresql`."""
    return make_url(url).get_backend_name()


def sqlite_file(url: str) -> Path:
    return Path(make_url(url).database or "")


@contextmanager
def copied(url: str, folder: Path, programs: Path | None) -> Iterator[IO[bytes]]:
    """The database as it is now, to be read to its end. `folder` is for a copy that is gone afterwards.

    Raises `CopyFailed` when the copy is not whole; `Misconfigured` when `pg_dump` is missing.
    """
    if kind_of(url) == "sqlite":
        target = folder / NAMES["sqlite"]
        _copy_sqlite(sqlite_file(url), target)
        with target.open("rb") as file:
            yield file
        target.unlink()
        return
    command = [_program("pg_dump", programs), "--format=custom", "--no-owner", "--no-privileges", *_where(url)]
    with (
        (folder / "said").open("w+b") as said,
        subprocess.Popen(  # noqa: S603  our own words
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said, env=_environment(url)
        ) as dump,
    ):
        assert dump.stdout is not None
        try:
            yield dump.stdout
        except BaseException:
            dump.kill()
            raise
        if dump.wait():
            said.seek(0)
            raise CopyFailed(said.read().decode(errors="replace").strip()[-400:])


def _copy_sqlite(source: Path, target: Path) -> None:
    if not source.exists():
        raise CopyFailed(f"There is no database at {source}.")
    here = sqlite3.connect(source, timeout=30)
    there = sqlite3.connect(target)
    os.chmod(target, 0o600)
    try:
        here.execute("PRAGMA busy_timeout=30000")
        here.backup(there)
        there.execute("PRAGMA journal_mode=DELETE")
    finally:
        there.close()
        here.close()


def check(kind: str, copy: Path, programs: Path | None) -> str:
    """Read a copy from end to end without putting it anywhere, and say which revision it is at.

    Raises `CopyFailed` when it can't be used.
    """
    if kind == "sqlite":
        try:
            with sqlite3.connect(f"file:{copy}?mode=ro", uri=True) as connection:
                said = connection.execute("PRAGMA integrity_check").fetchone()[0]
                loose = connection.execute("PRAGMA foreign_key_check").fetchone()
                revision = str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])
            connection.close()
        except sqlite3.DatabaseError as error:
            raise CopyFailed(str(error)) from error
        if said != "ok" or loose is not None:
            raise CopyFailed("The copy of the database is not in order.")
        return revision
    command = [_program("pg_restore", programs), "--file=-", str(copy)]
    with subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as read:
        assert read.stdout is not None
        revision, is_next = "", False
        for line in read.stdout:
            if is_next:
                revision, is_next = line.decode().strip(), False
            elif line.startswith(b"COPY public.alembic_version "):
                is_next = True
        said = read.stderr.read().decode(errors="replace") if read.stderr else ""
    if read.returncode:
        raise CopyFailed(said.strip()[-400:])
    return revision


def put_back(url: str, copy: Path, programs: Path | None) -> None:
    """Make the database what the copy is; there must be nothing in it. Raises `CopyFailed`."""
    if kind_of(url) == "sqlite":
        target = sqlite_file(url)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for beside in ("-wal", "-shm"):
            target.with_name(target.name + beside).unlink(missing_ok=True)
        with copy.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(copy, target)
        return
    command = [
        _program("pg_restore", programs), "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error",
        *_where(url), str(copy),
    ]  # fmt: skip
    done = subprocess.run(  # noqa: S603
        command, stdin=subprocess.DEVNULL, capture_output=True, env=_environment(url), check=False
    )
    if done.returncode:
        raise CopyFailed(done.stderr.decode(errors="replace").strip()[-400:])


def _program(name: str, programs: Path | None) -> str:
    found = shutil.which(name, path=str(programs) if programs else None)
    if found is None:
        raise Misconfigured(f"{name} was not found. Install PostgreSQL's client programs, or set PORTAL_POSTGRES_BIN.")
    return found


def _where(url: str) -> list[str]:
    """The address without the password: what stands on a command line can be read by others."""
    given = make_url(url)
    bare = URL.create(
        "postgresql", given.username, host=given.host, port=given.port, database=given.database, query=given.query
    )
    return [f"--dbname={bare.render_as_string(hide_password=False)}"]


def _environment(url: str) -> dict[str, str]:
    password = make_url(url).password
    return {**os.environ, "PGPASSWORD": str(password)} if password else dict(os.environ)
