"""`portal keys`: the master keys outside the database."""

from __future__ import annotations

import click

from portal.identity.provider.keys import rewrap_signing_keys, rotate_signing_key
from portal.infra.crypto import KeyRing, write_secret_file
from portal.infra.errors import Misconfigured
from portal.infra.settings import Settings
from portal.work.services import Services


@click.group()
def keys() -> None:
    """Create and rotate the master keys."""


@keys.command()
def create() -> None:
    """Make a key file where there is none. Back it up apart from the database: without it nothing sealed opens."""
    settings = Settings.load()
    if settings.keys_path.exists():
        raise Misconfigured(f"There is a key file at {settings.keys_path} already. It was left as it is.")
    write_secret_file(settings.keys_path, KeyRing.new().dump())
    click.echo(f"Keys created in {settings.keys_path}. Keep a copy apart from the database.")


@keys.command()
def rotate() -> None:
    """Add a new master key and wrap every patient's key with it. Old backups stay readable with the kept keys."""
    settings = Settings.load()
    ring = KeyRing.open(settings.keys_path, create=False)
    rotated = ring.rotated()
    # The file first: a crash between the two steps leaves keys that open everything.
    write_secret_file(settings.keys_path, rotated.dump())
    services = Services.build(settings)
    done = services.rewrap_keys()
    rewrap_signing_keys(services, rotated)
    click.echo(f"Master key {rotated.current} is in use; {done} patient keys rewrapped. Restart the portal.")


@keys.command("rotate-signing")
def rotate_signing() -> None:
    """Sign new sign-ins with a new key. The one before verifies for another day; nobody is signed out."""
    services = Services.build(Settings.load())
    key = rotate_signing_key(services)
    click.echo(f"Signing key {str(key.kid)[:12]} is in use.")
