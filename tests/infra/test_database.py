"""Instants are aware, an answered write is durable, and the schema goes up, down and up again with what is in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, insert, inspect, select, text
from sqlalchemy.exc import StatementError

from portal.infra import schema
from portal.infra.database import Database
from portal.models import AuditEvent, Base, Organization, Person, Relationship
from portal.models.accounts import Account


def test_an_instant_comes_back_as_the_same_instant_in_utc(database):
    there = datetime(2026, 3, 8, 1, 30, tzinfo=timezone(timedelta(hours=-5)))
    with database.engine.begin() as connection:
        connection.execute(insert(AuditEvent).values(at=there, actor="nobody", action="x", outcome="done"))
        found = connection.execute(select(AuditEvent.at)).scalar_one()
    assert found == there
    assert found.tzinfo is UTC


def test_a_naive_instant_is_refused(database):
    with pytest.raises(StatementError, match="naive"), database.engine.begin() as connection:
        connection.execute(
            insert(AuditEvent).values(at=datetime(2026, 1, 1), actor="nobody", action="x", outcome="done")
        )


def test_sqlite_answers_a_write_only_when_it_is_on_the_disk(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'x.sqlite3'}")
    with database.engine.connect() as connection:
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
    database.dispose()


def test_the_schema_goes_up_down_and_up_again(empty_database_url):
    database = Database(empty_database_url)
    try:
        assert schema.current(database) is None
        schema.upgrade(database)
        assert schema.current(database) == schema.head()
        with database.engine.begin() as connection:
            connection.execute(insert(Organization).values(id=__import__("uuid").uuid4(), name="Riverside"))
        schema.downgrade(database, "0001")
        with database.engine.begin() as connection:
            assert connection.execute(select(func.count()).select_from(Organization)).scalar() == 1
        schema.upgrade(database)
        with database.engine.begin() as connection:
            assert connection.execute(select(Organization.name)).scalar() == "Riverside"
        schema.downgrade(database, "base")
        assert set(inspect(database.engine).get_table_names()) <= {"alembic_version"}
    finally:
        database.dispose()


def test_the_migrations_make_the_tables_of_the_models(empty_database_url):
    database = Database(empty_database_url)
    try:
        schema.upgrade(database)
        with database.engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    finally:
        database.dispose()


def test_the_database_holds_at_most_one_active_liaison_a_patient(database):
    from sqlalchemy.exc import IntegrityError

    now = datetime(2026, 3, 10, tzinfo=UTC)
    with database.session(write=True) as session:
        person = Person(given_name="A")
        accounts = [Account(display_name=str(n), created_at=now) for n in range(3)]
        session.add_all([person, *accounts])
        session.commit()

        def named(account, state, kind="liaison"):
            return Relationship(
                patient_id=person.id, account_id=account.id, kind=kind, relation="x", state=state, starts_at=now
            )

        session.add_all(
            [named(accounts[0], "active"), named(accounts[1], "ended"), named(accounts[2], "active", "proxy")]
        )
        session.commit()
        session.add(named(accounts[1], "active"))
        with pytest.raises(IntegrityError):
            session.commit()
