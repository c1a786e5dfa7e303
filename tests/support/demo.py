"""The demo clinic for tests: built once a run for each database, then copied for every test that is marked `demo`."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

from sqlalchemy import select

from tests.support.databases import PostgresDatabases, SQLiteDatabases, leave_wal, once

TEMPLATE = "template_demo"


class Clinic:
    """The accounts of the demo clinic in this test's database, by the first part of their address."""

    def __init__(self, services: Any) -> None:
        self._services = services

    def account(self, login: str) -> Any:
        """The account of `margery.gibson`, `amy.tran`, …: a row with id, person_id, practitioner_id."""
        from portal.demo.roster import DOMAIN
        from portal.models import Account

        table = Account.__table__
        with self._services.database.connect() as connection:
            row = connection.execute(select(table).where(table.c.email == f"{login}@{DOMAIN}")).first()
        assert row is not None, f"the demo clinic has no {login}"
        return row

    def person(self, login: str) -> Any:
        """The id of the person whose account it is; their record is at `/people/<id>`."""
        return self.account(login).person_id

    def written(self) -> list[str]:
        """The sentences that people of the clinic wrote to each other, the longest first."""
        from portal.models import Message
        from portal.policy.actors import Actor
        from portal.work.unit_of_work import UnitOfWork

        table = Message.__table__
        with self._services.database.connect() as connection:
            rows = connection.execute(select(table.c.id, table.c.patient_id, table.c.body)).all()
        with UnitOfWork.open(self._services, Actor.system("messaging.tell_answered"), write=False) as uow:
            texts = [uow.unseal(row.patient_id, "message.body", row.id, row.body) for row in rows]
        return sorted({one for text in texts for one in re.split(r"(?<=[.?!])\s+", text) if one}, key=len, reverse=True)

    @property
    def password(self) -> str:
        """What all of them sign in with."""
        from portal.demo.roster import PASSWORD

        return PASSWORD


def build(url: str, data_dir: Path, settings_values: dict[str, Any], clock: Any) -> None:
    """Build the clinic in a migrated database, as `make run` does."""
    from portal.demo.clinic import build_if_empty
    from portal.infra.settings import Settings
    from portal.work.services import Services

    settings = Settings(**{**settings_values, "database_url": url, "data_dir": data_dir, "demo": True})
    services = Services.build(settings, clock)
    assert build_if_empty(services, say=lambda _line: None)
    services.database.dispose()


def copy_sqlite(databases: SQLiteDatabases, shared: Path, folder: Path, values: dict[str, Any], clock: Any) -> str:
    """A copy of the clinic in `folder`, with the keys that open it; returns its address."""
    home = shared / "demo-sqlite"
    with once(shared, "demo-sqlite") as first:
        if first:
            home.mkdir()
            build(databases.new(home), home / "var", values, clock)
            leave_wal(home / "portal.sqlite3")
    shutil.copyfile(home / "portal.sqlite3", folder / "portal.sqlite3")
    _keys(home, values)
    return f"sqlite:///{folder / 'portal.sqlite3'}"


def copy_postgres(databases: PostgresDatabases, shared: Path, values: dict[str, Any], clock: Any) -> tuple[str, str]:
    """The same on PostgreSQL; returns name and address, and whoever asked drops it."""
    home = shared / "demo-postgresql"
    with once(shared, "demo-postgresql") as first:
        if first:
            home.mkdir()
            databases.prepare()
            databases.server.run(f"CREATE DATABASE {TEMPLATE} TEMPLATE template_portal")
            build(databases.server.url(TEMPLATE), home / "var", values, clock)
    name, url = databases.copy(TEMPLATE)
    _keys(home, values)
    return name, url


def _keys(home: Path, values: dict[str, Any]) -> None:
    target = Path(values["data_dir"])
    target.mkdir(parents=True, exist_ok=True)
    shutil.copy2(home / "var" / "keys.json", target / "keys.json")
