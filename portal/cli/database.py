"""`portal database`: create, migrate, inspect."""

from __future__ import annotations

import click

from portal.infra import schema
from portal.infra.database import Database
from portal.infra.settings import Settings


def open_database() -> Database:
    settings = Settings.load()
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Database(settings.database)


@click.group()
def database() -> None:
    """Create, migrate and inspect the database."""


@database.command()
@click.argument("to", default="head")
def upgrade(to: str) -> None:
    """Migrate up to TO (the newest, if not said). Creates the database when there is none."""
    found = open_database()
    before = schema.current(found)
    schema.upgrade(found, to)
    after = schema.current(found)
    click.echo(f"database at {after}" if before == after else f"database migrated from {before or 'empty'} to {after}")


@database.command()
@click.argument("to")
@click.confirmation_option(prompt="Going back can lose data. Go on?")
def downgrade(to: str) -> None:
    """Migrate down to TO."""
    found = open_database()
    schema.downgrade(found, to)
    click.echo(f"database at {schema.current(found) or 'empty'}")


@database.command()
def status() -> None:
    """Say where the database is and where the source is."""
    found = open_database()
    here, head = schema.current(found), schema.head()
    click.echo(f"database {here or 'empty'}, source {head}")
    if here != head:
        raise SystemExit(1)
