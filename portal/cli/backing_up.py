"""`portal backup` and `portal restore`."""

from __future__ import annotations

import time
from pathlib import Path

import click

from portal.infra.archive import Damaged
from portal.infra.clock import SystemClock
from portal.infra.dumps import CopyFailed
from portal.infra.errors import Misconfigured
from portal.infra.settings import Settings
from portal.work import backups
from portal.work.services import Services

KEY = click.option(
    "--key-file", type=click.Path(path_type=Path), help="Key of the backups. Else PORTAL_BACKUP_KEY_FILE."
)


@click.group(invoke_without_command=True)
@click.option("--to", type=click.Path(path_type=Path), help="Folder for the backup. Else PORTAL_BACKUP_DIR.")
@click.option("--keep", type=click.IntRange(1), help="Delete all but so many of the newest backups there.")
@KEY
@click.pass_context
def backup(context: click.Context, to: Path | None, keep: int | None, key_file: Path | None) -> None:
    """Write the database and the files beside it into one encrypted file, while the portal runs."""
    if context.invoked_subcommand is not None:
        return
    settings = Settings.load()
    folder = to or settings.backup_dir
    if folder is None:
        raise Misconfigured("Name a folder for the backup: --to, or PORTAL_BACKUP_DIR.")
    key = backups.read_key(key_file or settings.backup_key_file)
    services, began = Services.build(settings), time.perf_counter()
    try:
        path = backups.make(services, folder, key)
    except CopyFailed as error:
        raise click.ClickException(f"There is no backup: {error}") from error
    finally:
        services.database.dispose()
    click.echo(f"{path}: {path.stat().st_size:,} bytes in {time.perf_counter() - began:.1f} s")
    for old in backups.prune(folder, keep) if keep else ():
        click.echo(f"{old}: deleted")


@backup.command("key")
@click.argument("path", type=click.Path(path_type=Path))
def create_key(path: Path) -> None:
    """Make a key for backups in PATH. Keep it apart from them: with it they open, without it they are lost."""
    click.echo(f"Key {backups.create_key(path)} is in {path}.")


@click.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--verify", is_flag=True, help="Read all of it, and put nothing anywhere.")
@click.option("--replace", is_flag=True, help="Give up the database that is there.")
@KEY
def restore(path: Path, verify: bool, replace: bool, key_file: Path | None) -> None:
    """Put the backup PATH back into an empty place. Stop the portal first; everybody has to sign in again."""
    settings = Settings.load()
    key = backups.read_key(key_file or settings.backup_key_file)
    began = time.perf_counter()
    try:
        if verify:
            told = backups.verify(settings, path, key)
        else:
            told = backups.restore(settings, path, key, SystemClock().now(), replace=replace)
    except (Damaged, CopyFailed) as error:
        raise click.ClickException(f"{error} Nothing was changed.") from error
    done = "is whole" if verify else "is back; every session, token and link was ended"
    click.echo(
        f"The backup of {told.made_at:%Y-%m-%d %H:%M} UTC (revision {told.revision}, {told.files} files) {done}."
        f" It took {time.perf_counter() - began:.1f} s."
    )
