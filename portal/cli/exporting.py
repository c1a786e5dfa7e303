"""`portal export …`: what the clinic keeps here, for its other systems."""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import TextIO

import click

from portal.infra.dates import date_in
from portal.infra.settings import Settings
from portal.interop.schedule_out import Wanted, resources
from portal.work.services import Services

LONGEST = timedelta(days=400)
DAY = click.DateTime(["%Y-%m-%d"])


@click.group("export")
def export() -> None:
    """Write FHIR R4 for other systems."""


@export.command("schedule")
@click.option("--from", "first", type=DAY, default=None, help="The first day (default: today).")
@click.option("--until", "last", type=DAY, default=None, help="The last day (default: 30 days later).")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=None, help="A file, else the screen.")
def schedule(first: datetime | None, last: datetime | None, out: Path | None) -> None:
    """Write times and visits as NDJSON: Location, Schedule, Slot and Appointment.

    The file holds who has a visit when: it is written for its owner alone, and never over another one. Each patient
    whose visit is in it has that in the trail.
    """
    services = Services.build(Settings.load())
    begin = first.date() if first else date_in(services.clock.now(), services.settings.zone)
    end = last.date() if last else begin + timedelta(days=30)
    if not begin <= end <= begin + LONGEST:
        raise click.UsageError("Choose a last day after the first one, within 400 days.")
    wanted = Wanted(begin, end)
    if out is None:
        _write(services, wanted, sys.stdout)
        return
    try:
        handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise click.UsageError("There is a file of that name already.") from error
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        count = _write(services, wanted, file)
    click.echo(f"{count} resources written.", err=True)


def _write(services: Services, wanted: Wanted, file: TextIO) -> int:
    count = 0
    for resource in resources(services, wanted):
        file.write(json.dumps(resource, ensure_ascii=False, separators=(",", ":")) + "\n")
        count += 1
    return count
