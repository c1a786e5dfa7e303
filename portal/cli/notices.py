"""`portal notices`: what became of notices, told by other systems."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import IO, Any

import click

from portal.infra import logging as logs
from portal.infra.settings import Settings
from portal.policy.actors import Actor
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork

MOST = 1024 * 1024


@click.group()
def notices() -> None:
    """Notices and what became of them."""


@notices.command()
@click.argument("reports", nargs=-1, type=click.Path(exists=True, allow_dash=True, path_type=Path))
def bounced(reports: tuple[Path, ...]) -> None:
    """Read reports on mail that could not be delivered (RFC 3464), from files, folders or standard input (-).

    Give a mail server this command for what comes back to the sender address: `| portal notices bounced -`.
    """
    from portal.notifications.reports import came_back

    settings = Settings.load()
    logs.configure(settings.log_level)
    services, counts = Services.build(settings), Counter[str]()
    for stream in _streams(reports or (Path("-"),)):
        with stream, UnitOfWork.open(services, Actor.system("notifications.came_back"), write=True) as uow:
            counts[came_back(uow, stream.read(MOST))] += 1
    click.echo(
        f"{counts['bounced']} addresses no longer work, {counts['failed']} mails failed, {counts['not_ours']} not ours"
    )


def _streams(paths: tuple[Path, ...]) -> list[IO[Any]]:
    """What to read, one report each; a folder stands for its files, in order."""
    files = [one for path in paths for one in (sorted(path.iterdir()) if path.is_dir() else [path])]
    return [click.open_file(str(one), "rb") for one in files if str(one) == "-" or one.is_file()]
