"""`portal check`: whether this installation is safe to run."""

from __future__ import annotations

import click

from portal.infra import schema
from portal.infra.crypto import KeyRing
from portal.infra.database import Database
from portal.infra.errors import Misconfigured
from portal.infra.settings import Settings


def problems(settings: Settings) -> list[str]:
    """What keeps these settings from being safe in production; empty when nothing does (security.md E8)."""
    if not settings.is_production:
        return []
    found = []
    if not settings.is_https:
        found.append("PORTAL_BASE_URL must be an https address.")
    if settings.demo:
        found.append("PORTAL_DEMO must be off: demo accounts have known passwords.")
    if settings.mail != "smtp":
        found.append("PORTAL_MAIL must be smtp, or nobody is told anything.")
    if settings.argon2_memory_kib < 19456 or (settings.argon2_memory_kib < 47104 and settings.argon2_time < 2):
        found.append("PORTAL_ARGON2_MEMORY_KIB is under OWASP's floor (19456 with two passes, or 47104 with one).")
    if settings.oidc_issuer and not settings.oidc_issuer.startswith("https://"):
        found.append("PORTAL_OIDC_ISSUER must be an https address.")
    if settings.oidc_issuer and not settings.oidc_client_secret.get_secret_value():
        found.append("PORTAL_OIDC_CLIENT_SECRET is missing.")
    try:
        KeyRing.open(settings.keys_path, create=False)
    except Misconfigured as error:
        found.append(str(error))
    return found


def guard(settings: Settings) -> None:
    """Refuse to go on with settings that are not safe. Raises `Misconfigured`."""
    found = problems(settings)
    if found:
        raise Misconfigured("\n".join(found))


@click.command()
def check() -> None:
    """Check settings, keys and the database. Exit code 1 when something is wrong."""
    settings = Settings.load()
    found = problems(settings)
    database = Database(settings.database)
    here, head = schema.current(database), schema.head()
    if here != head:
        found.append(f"The database is at {here or 'nothing'}, the source at {head}. Run: portal database upgrade")
    for sentence in found:
        click.echo(sentence, err=True)
    if found:
        raise SystemExit(1)
    click.echo("settings, keys and database are in order")
