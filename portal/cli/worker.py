"""`portal worker`: run jobs apart from the web, and see to those that were given up."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import click
from sqlalchemy.engine import Connection

from portal.infra import logging as logs
from portal.infra.settings import Settings
from portal.work import dead_letters
from portal.work.services import Services

SHOWN = 200


@click.group(invoke_without_command=True)
@click.option("--once", is_flag=True, help="Run what is due now, then stop.")
@click.pass_context
def worker(context: click.Context, once: bool) -> None:
    """Run jobs until stopped: notices, reminders, the seal of the trail."""
    if context.invoked_subcommand is not None:
        return
    from portal.worker import run_forever, run_once, timetable

    settings = Settings.load()
    logs.configure(settings.log_level)
    services = Services.build(settings)
    if once:
        click.echo(f"{run_once(services, timetable())} jobs ran")
        return
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    click.echo("==> running jobs (stop with Ctrl-C)")
    run_forever(services, stop)


@worker.command()
def dead() -> None:
    """List the jobs that were given up, the newest first."""
    services = Services.build(Settings.load())
    with services.database.connect() as connection:
        found, has_more = dead_letters.listed(connection, limit=SHOWN)
    for one in found:
        when = one.finished_at.isoformat(timespec="minutes")
        click.echo(f"{one.id}  {one.kind:32}  {when}  {one.attempts} attempts  {one.error}")
    click.echo("There are more." if has_more else f"{len(found)} given up")


@worker.command()
@click.argument("job", type=click.UUID)
def retry(job: UUID) -> None:
    """Have the job JOB tried again."""
    _change(job, dead_letters.retry)
    click.echo("It is tried again.")


@worker.command()
@click.argument("job", type=click.UUID)
def drop(job: UUID) -> None:
    """Never try the job JOB again."""
    _change(job, dead_letters.drop)
    click.echo("It is dropped.")


def _change(job: UUID, change: Callable[[Connection, UUID, datetime], bool]) -> None:
    services = Services.build(Settings.load())
    with services.database.connect(write=True) as connection:
        if not change(connection, job, services.clock.now()):
            raise click.ClickException("There is no job of that id that was given up.")
