"""`portal prepare`: what must be there before the server starts."""

from __future__ import annotations

import click

from portal.infra import schema
from portal.infra.settings import Settings
from portal.work.services import Services


@click.command()
def prepare() -> None:
    """Bring keys, schema and (in demo mode) the clinic to where they must be. Says what it does."""
    settings = Settings.load()
    services = Services.build(settings)
    before = schema.current(services.database)
    if before != schema.head():
        click.echo("==> creating the database" if before is None else "==> migrating the database")
        schema.upgrade(services.database)
    if settings.demo:
        from portal.demo.clinic import build_if_empty

        build_if_empty(services, say=click.echo)
    services.database.dispose()
