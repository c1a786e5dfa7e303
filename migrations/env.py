"""Alembic's entry: called by `portal database upgrade` with an open connection."""

from __future__ import annotations

from typing import Any

from alembic import context

from portal.infra.columns import UTCDateTime
from portal.models import Base


def render_item(kind: str, item: Any, autogen_context: Any) -> str | bool:
    """Our column types as what they are in the database, so that old migrations never depend on our code."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run() -> None:
    connection = context.config.attributes.get("connection")
    if connection is None:
        raise SystemExit("run migrations with: portal database upgrade")
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        render_item=render_item,
        compare_type=False,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
