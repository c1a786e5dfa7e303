"""Backups: the database and the files beside it as one encrypted file, read again from end to end, and put back.

The key of the backups and the master keys are never in one: whoever holds a backup alone holds nothing.
"""

from __future__ import annotations

import base64
import binascii
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy import delete, inspect, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from portal.infra import archive, dumps, schema
from portal.infra.crypto import KeyRing, new_key, write_secret_file
from portal.infra.database import Database
from portal.infra.errors import Misconfigured
from portal.infra.ids import new_id
from portal.infra.settings import Settings
from portal.models import BackupRun, Base
from portal.policy.actors import Actor
from portal.work import audit
from portal.work.services import Services

SUFFIX = ".backup"
FILES = "files/"
RESTORE = "admin:backup:restore"
TABLES = Base.metadata.tables

# What opens something for whoever holds it. A backup may bring back what was taken away since, so all of it ends.
GONE = ("web_session", "provider_session", "authorization_code", "oauth_token", "password_reset")
ENDED = {"invitation": "cancelled_at", "calendar_feed": "revoked_at", "binder_share": "revoked_at"}
EMPTIED = {"access_invitation": ("code_hash", "mail_hash")}


@dataclass(frozen=True, slots=True)
class Told:
    """What a backup says of itself."""

    made_at: datetime
    database: str
    revision: str
    bytes: int
    files: int


def create_key(path: Path) -> str:
    """Write a new key to `path` and say its name. Raises `Misconfigured` when there is a file already."""
    if path.exists():
        raise Misconfigured(f"There is a file at {path} already. It was left as it is.")
    key = new_key()
    write_secret_file(path, base64.b64encode(key) + b"\n")
    return archive.fingerprint(key)


def read_key(path: Path | None) -> bytes:
    """The key of the backups. Raises `Misconfigured`."""
    if path is None:
        raise Misconfigured("Name the key of the backups: --key-file, or PORTAL_BACKUP_KEY_FILE.")
    try:
        if path.stat().st_mode & 0o077:
            raise Misconfigured(f"The key file {path} can be read by others. Run: chmod 600 {path}")
        key = base64.b64decode(path.read_bytes().strip(), validate=True)
    except (OSError, binascii.Error) as error:
        raise Misconfigured(f"The key file {path} can't be read. Make one with: portal backup key {path}") from error
    if len(key) != 32:
        raise Misconfigured(f"The key file {path} is damaged.")
    return key


# Making ----------------------------------------------------------------------------------------------------------


def make(services: Services, folder: Path, key: bytes) -> Path:
    """Write a backup of this moment into `folder`, whole or not at all, and say where. Raises `CopyFailed`."""
    settings, started_at = services.settings, services.clock.now()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    kind = dumps.kind_of(settings.database)
    target = folder / f"portal-{started_at:%Y%m%dT%H%M%SZ}{SUFFIX}"
    temporary = target.with_name(f".{target.name}.{new_id().hex[:8]}")
    facts = {"made_at": started_at.isoformat(), "database": kind}
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            writer = archive.Writer(file, key, facts)
            with _workplace(settings) as place, dumps.copied(settings.database, place, settings.postgres_bin) as copy:
                writer.part(dumps.NAMES[kind], copy)
            for path in _files(settings, folder):
                with path.open("rb") as content:
                    writer.part(FILES + path.relative_to(settings.data_dir.resolve()).as_posix(), content)
            writer.close(masters=_masters(services.ring), revision=schema.current(services.database))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    _note(services, started_at, target.stat().st_size, archive.fingerprint(key))
    return target


def prune(folder: Path, keep: int) -> list[Path]:
    """Delete all but the newest `keep` backups of the folder. Returns those deleted."""
    old = sorted(folder.glob(f"portal-*{SUFFIX}"))[: -keep or None]
    for path in old:
        path.unlink()
    return old


def last(connection: Connection | Session) -> Any:
    """The newest backup that this database knows of, or None."""
    table: Any = BackupRun.__table__
    return connection.execute(select(table).order_by(table.c.finished_at.desc()).limit(1)).first()


def _note(services: Services, started_at: datetime, size: int, key_name: str) -> None:
    row = {"id": new_id(), "started_at": started_at, "finished_at": services.clock.now()}
    with services.database.connect(write=True) as connection:
        connection.execute(BackupRun.__table__.insert().values(**row, bytes=size, key_name=key_name))


def _files(settings: Settings, folder: Path) -> list[Path]:
    """What lies beside the database and is to be kept: no keys, no scratch, no backups."""
    root = settings.data_dir.resolve()
    without = {settings.keys_path.resolve(), root / "keys.json"}
    if settings.backup_key_file is not None:
        without.add(settings.backup_key_file.resolve())
    if dumps.kind_of(settings.database) == "sqlite":
        database = dumps.sqlite_file(settings.database).resolve()
        without |= {database.with_name(database.name + end) for end in ("", "-wal", "-shm", "-journal")}
    closed = (root / "spool", folder.resolve())
    return sorted(
        path
        for path in root.rglob("*")
        if path.is_file()
        and not path.is_symlink()
        and path not in without
        and not any(part.startswith(".") for part in path.relative_to(root).parts)
        and not any(path.is_relative_to(one) for one in closed)
    )


def _masters(ring: KeyRing) -> dict[str, str]:
    """The master keys by number, each by a name that does not tell it."""
    return {str(number): archive.fingerprint(key) for number, key in ring.masters.items()}


@contextmanager
def _workplace(settings: Settings) -> Iterator[Path]:
    """A folder beside the database, for a copy that is as open as the database itself and is gone afterwards."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix=".copy-", dir=settings.data_dir) as name:
        yield Path(name)


# Reading again ---------------------------------------------------------------------------------------------------


def verify(settings: Settings, path: Path, key: bytes) -> Told:
    """Read a backup from end to end, its database too, and put nothing anywhere. Raises `Damaged`, `CopyFailed`."""
    with _unpacked(settings, path, key) as (_place, told, _facts):
        return told


@contextmanager
def _unpacked(settings: Settings, path: Path, key: bytes) -> Iterator[tuple[Path, Told, dict[str, Any]]]:
    """The parts as files of a folder that is gone afterwards, after all of the backup was found whole."""
    files = 0
    with _workplace(settings) as place, path.open("rb") as source:
        reader = archive.Reader(source, key)
        for name, content in reader.parts():
            target = place / _safe(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                for piece in content:
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            files += name.startswith(FILES)
        facts = reader.facts
        copy = place / dumps.NAMES[facts["database"]]
        if not copy.exists():
            raise archive.Damaged("There is no database in the backup.")
        revision = dumps.check(facts["database"], copy, settings.postgres_bin)
        made_at = datetime.fromisoformat(facts["made_at"])
        yield place, Told(made_at, facts["database"], revision, path.stat().st_size, files), facts


def _safe(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or name not in (*dumps.NAMES.values(), FILES + name[len(FILES) :]):
        raise archive.Damaged("A part of the backup has a name it can't have.")
    return path


# Putting back ----------------------------------------------------------------------------------------------------


def restore(settings: Settings, path: Path, key: bytes, now: datetime, *, replace: bool = False) -> Told:
    """Make database and files what the backup says, migrate, and end every session, token and link.

    Nothing is changed unless the whole backup was read and found whole. What is there already is refused, or with
    `replace` given up. Raises `Damaged`, `CopyFailed`, `Misconfigured`.
    """
    with _unpacked(settings, path, key) as (place, told, facts):
        kind = dumps.kind_of(settings.database)
        if kind != told.database:
            raise Misconfigured(f"The backup is of {told.database}, PORTAL_DATABASE_URL names {kind}.")
        if int(told.revision) > int(schema.head()):
            raise Misconfigured(f"The backup is of a newer portal (revision {told.revision}). Install that one first.")
        _same_keys(settings, facts)
        _make_room(settings, now, replace=replace)
        dumps.put_back(settings.database, place / dumps.NAMES[kind], settings.postgres_bin)
        database = Database(settings.database)
        schema.upgrade(database)
        with database.connect(write=True) as connection:
            end_what_opens(connection, now)
            audit.write(connection, Actor.system("restore"), [audit.Entry(RESTORE, None)], now)
        database.dispose()
        if (place / FILES).exists():
            shutil.copytree(place / FILES, settings.data_dir, dirs_exist_ok=True)
    return told


def end_what_opens(connection: Connection, now: datetime) -> None:
    """End every session and token, and every link that somebody holds."""
    for name in GONE:
        connection.execute(delete(TABLES[name]))
    for name, column in ENDED.items():
        table = TABLES[name]
        connection.execute(update(table).where(table.c[column].is_(None)).values({column: now}))
    for name, columns in EMPTIED.items():
        connection.execute(update(TABLES[name]).values(dict.fromkeys(columns)))


def _same_keys(settings: Settings, facts: dict[str, Any]) -> None:
    mine = _masters(KeyRing.open(settings.keys_path, create=False))
    if any(mine.get(number) != name for number, name in facts["masters"].items()):
        raise Misconfigured(
            f"The key file {settings.keys_path} is not of the portal this backup was made of: what is sealed in it"
            " could not be read. Put that portal's key file there first."
        )


def _make_room(settings: Settings, now: datetime, *, replace: bool) -> None:
    """Have nothing where the database comes. On SQLite what was there stays beside it, under another name."""
    is_sqlite = dumps.kind_of(settings.database) == "sqlite"
    there = dumps.sqlite_file(settings.database)
    if is_sqlite and not there.exists():
        return
    database = Database(settings.database)
    try:
        with database.connect(write=True) as connection:
            found = inspect(connection)
            if not found.get_table_names():
                return
            if not replace:
                raise Misconfigured("There are tables in that database. Name an empty one, or say --replace.")
            if not is_sqlite:
                names = [name for name in found.get_schema_names() if name != "information_schema"]
                for name in names:
                    connection.exec_driver_sql(f'DROP SCHEMA "{name}" CASCADE')
                connection.exec_driver_sql("CREATE SCHEMA public")
    finally:
        database.dispose()
    if is_sqlite:
        os.replace(there, there.with_name(f"{there.name}.before-{now:%Y%m%dT%H%M%SZ}"))
