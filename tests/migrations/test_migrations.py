"""Migrations: one chain, the same tables as the models, up and down with rows in them, on both databases."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DatabaseError

from portal.infra import schema
from portal.infra.database import Database
from portal.models import Base

NOW = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
# What a check constraint asks for.
CHOSEN = {"thread": {"owner_is_patient": True}}
FILLED = {
    "record_amendment": {"owner_pool_id"},
    "task": {"owner_pool_id"},
    "quick_text": {"owner_pool_id"},
    "result_hold": {"result_id"},
}


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[Database]:
    database = Database(empty_database_url, durable=False)
    yield database
    database.dispose()


def chain() -> list[str]:
    """All revisions, the first one first."""
    script = ScriptDirectory(str(schema.MIGRATIONS))
    return [revision.revision for revision in reversed(list(script.walk_revisions()))]


def test_there_is_one_chain_and_its_head_is_written_down() -> None:
    assert len(ScriptDirectory(str(schema.MIGRATIONS)).get_heads()) == 1
    newest = ScriptDirectory(str(schema.MIGRATIONS)).get_current_head()
    assert (schema.MIGRATIONS / "HEAD").read_text().strip() == chain()[-1] == schema.head() == newest


def test_revisions_are_numbered_and_named_after_what_they_do() -> None:
    names = sorted(path.stem for path in Path(schema.MIGRATIONS, "versions").glob("*.py"))
    assert [name.split("_")[0] for name in names] == [f"{n:04}" for n in range(1, len(names) + 1)] == chain()


def test_the_migrations_make_the_tables_of_the_models(empty: Database) -> None:
    """Tables, columns, indexes and constraints: a model that changed without a migration is told here."""
    schema.upgrade(empty)
    with empty.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, Base.metadata) == []


def test_columns_that_must_be_filled_are_the_same(empty: Database) -> None:
    schema.upgrade(empty)
    seen = sa.inspect(empty.engine)
    wrong = [
        f"{table.name}.{column['name']}"
        for table in Base.metadata.sorted_tables
        for column in seen.get_columns(table.name)
        if not column.get("primary_key") and column["nullable"] != table.c[column["name"]].nullable
    ]
    assert wrong == []


def test_every_step_goes_up_and_down_and_up_again(empty: Database) -> None:
    for revision in chain():
        schema.upgrade(empty, revision)
        assert schema.current(empty) == revision
    for revision in [*reversed(chain()[:-1]), "base"]:
        schema.downgrade(empty, revision)
    assert set(sa.inspect(empty.engine).get_table_names()) <= {"alembic_version"}
    schema.upgrade(empty)
    assert schema.current(empty) == schema.head()


def value_for(column: sa.Column[Any]) -> Any:
    """Something that fits the column."""
    length = getattr(column.type, "length", None) or 20
    stored = column.type.impl_instance if isinstance(column.type, sa.types.TypeDecorator) else column.type
    match stored.python_type:
        case kind if kind is str:
            return "x" * min(length, 8)
        case kind if kind is bytes:
            return b"\x01" * min(length, 32)
        case kind if kind is bool:
            return False
        case kind if kind is int:
            return 1
        case kind if kind is datetime:
            return NOW
        case kind if kind is date:
            return NOW.date()
        case kind if kind is uuid.UUID:
            return uuid.uuid4()
        case kind if kind is dict:
            return {"a": 1}
        case kind if kind is list:
            return [1]
        case _:
            return 1


def fill(database: Database) -> dict[str, int]:
    """One row in every table that the database has and the models know; returns how many there are of each."""
    present = set(sa.inspect(database.engine).get_table_names())
    made: dict[str, dict[str, Any]] = {}
    with database.connect(write=True) as connection:
        for table in Base.metadata.sorted_tables:
            if table.name not in present:
                continue
            row = dict(CHOSEN.get(table.name, {}))
            for column in table.columns:
                target = next(iter(column.foreign_keys), None)
                is_optional = column.nullable and column.name not in FILLED.get(table.name, ())
                if is_optional or column.name in row:
                    continue
                if target is not None and target.column.table.name in made:
                    row[column.name] = made[target.column.table.name][target.column.name]
                else:
                    row[column.name] = value_for(column)
            connection.execute(sa.insert(table).values(**row))
            made[table.name] = row
    return counts(database)


def counts(database: Database) -> dict[str, int]:
    names = [name for name in sa.inspect(database.engine).get_table_names() if name != "alembic_version"]
    with database.connect() as connection:
        return {
            name: connection.execute(sa.select(sa.func.count()).select_from(sa.table(name))).scalar_one()
            for name in names
        }


def test_rows_stay_when_the_last_step_is_taken_back_and_done_again(empty: Database) -> None:
    schema.upgrade(empty)
    before = fill(empty)
    assert all(before.values()), before
    previous = chain()[-2]
    schema.downgrade(empty, previous)
    kept = counts(empty)
    schema.upgrade(empty)
    after = counts(empty)
    assert after.keys() == before.keys()
    assert {name: after[name] for name in kept if name in after} == {
        name: before[name] for name in kept if name in before
    }


@pytest.mark.parametrize("table", ["audit_event", "audit_seal"])
def test_the_trail_can_be_added_to_and_never_changed(empty: Database, table: str) -> None:
    schema.upgrade(empty)
    fill(empty)
    trail = Base.metadata.tables[table]
    for statement in (sa.update(trail).values(at=NOW), sa.delete(trail)):
        with pytest.raises(DatabaseError, match="append-only"), empty.connect(write=True) as connection:
            connection.execute(statement)
    assert counts(empty)[table] == 1


def test_an_upgrade_that_fails_leaves_nothing_half_done(empty: Database) -> None:
    """The whole migration is one transaction: what fails in the middle never was."""
    with pytest.raises(RuntimeError, match="on purpose"), empty.engine.begin() as connection:
        config = schema._config()
        config.attributes["connection"] = connection
        from alembic import command

        command.upgrade(config, chain()[0])
        raise RuntimeError("on purpose")
    assert set(sa.inspect(empty.engine).get_table_names()) <= {"alembic_version"}
