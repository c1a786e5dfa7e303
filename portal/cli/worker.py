"""`portal worker`: run jobs apart from the web."""

from __future__ import annotations

import signal
import threading

import click

from portal.infra import logging as logs
from portal.infra.settings import Settings
from portal.work.services import Services


@click.command()
@click.option("--once", is_flag=True, help="Run what is due now, then stop.")
def worker(once: bool) -> None:
    """Run jobs until stopped: notices, reminders, the seal of the trail."""
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
