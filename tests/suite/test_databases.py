"""The databases that tests get: migrated, clean each time, and of both kinds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, insert, inspect, select

from portal.infra.ids import new_id
from portal.models import Base, Job
from portal.work.services import Services

NOW = datetime(2026, 3, 10, tzinfo=UTC)


@pytest.mark.parametrize("time", ["first", "second", "third"])
def test_what_one_test_writes_the_next_does_not_see(services: Services, time: str) -> None:
    with services.database.connect(write=True) as connection:
        assert connection.execute(select(func.count()).select_from(Job.__table__)).scalar_one() == 0
        row = {"id": new_id(), "kind": "test", "subject": time, "run_at": NOW, "created_at": NOW}
        connection.execute(insert(Job.__table__).values(**row, state="ready", attempts=0))


def test_the_database_has_every_table_of_the_models(services: Services) -> None:
    present = set(inspect(services.database.engine).get_table_names())
    assert set(Base.metadata.tables) <= present


def test_the_kind_of_database_is_the_one_asked_for(services: Services, database_kind: str) -> None:
    assert services.database.engine.dialect.name == database_kind
