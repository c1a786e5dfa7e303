"""`portal audit`: seal the trail and prove it whole."""

from __future__ import annotations

import click

from portal.infra.settings import Settings
from portal.work import audit as trail
from portal.work.services import Services


@click.group()
def audit() -> None:
    """Seal and verify the trail."""


@audit.command()
def seal() -> None:
    """Seal the events that are not sealed yet."""
    services = Services.build(Settings.load())
    count = trail.seal(services.database, services.ring.derive("audit", number=1), services.clock.now())
    click.echo(f"{count} events sealed")


@audit.command()
def verify() -> None:
    """Say whether events were changed, removed or cut off. Exit code 1 if so."""
    services = Services.build(Settings.load())
    with services.database.connect() as connection:
        wrong = trail.verify(connection, services.ring.derive("audit", number=1))
    for sentence in wrong:
        click.echo(sentence, err=True)
    if wrong:
        raise SystemExit(1)
    click.echo("the trail is whole")
