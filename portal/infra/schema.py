"""The database's schema: migrations up and down, and whether it is current.

Alembic is loaded by those who migrate. A server that only asks whether the schema is current does without its weight.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect
from sqlalchemy.engine import Connection

from portal.infra.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).resolve().parent.parent.parent / "migrations"


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def head() -> str:
    """The newest revision in the source."""
    return (MIGRATIONS / "HEAD").read_text().strip()


def current(database: Database) -> str | None:
    """The revision the database is at; None when it is empty."""
    with database.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        return found


@contextmanager
def _changing(database: Database) -> Iterator[Connection]:
    """One transaction for all steps. SQLite changes a table by building it anew, which rows that point to it would
    forbid: there, what points where is checked once, at the end.
    """
    with database.engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        if database.is_sqlite:
            raw.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                yield connection
                if database.is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                    raise RuntimeError("a row points to nothing after the migration")
        finally:
            if database.is_sqlite:
                raw.execute("PRAGMA foreign_keys=ON")


def upgrade(database: Database, to: str = "head") -> None:
    """Migrate up, in one transaction. On PostgreSQL one process migrates and others wait for it."""
    from alembic import command

    config = _config()
    with _changing(database) as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(726011)")
            connection.exec_driver_sql("SET LOCAL lock_timeout = '10s'")
        config.attributes["connection"] = connection
        command.upgrade(config, to)


def downgrade(database: Database, to: str) -> None:
    """Migrate down. Data that the older schema can't hold is lost."""
    from alembic import command

    config = _config()
    with _changing(database) as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, to)
