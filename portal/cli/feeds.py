"""`portal hl7 …`: messages of systems that still send HL7 v2."""

from __future__ import annotations

import asyncio
import contextlib
import time
from pathlib import Path
from uuid import UUID

import click

from portal.infra.settings import Settings
from portal.interop.hl7v2 import dropping, feed
from portal.interop.hl7v2.listening import Listener
from portal.interop.hl7v2.refusals import WHY
from portal.work.services import Services


@click.group()
def hl7() -> None:
    """Take HL7 v2 messages: results, patients and visits, appointments, documents (docs/hl7v2.md)."""


@hl7.command()
@click.option("--bind", default="127.0.0.1:2575", show_default=True, metavar="HOST:PORT", help="Where to listen.")
def listen(bind: str) -> None:
    """Listen for messages over MLLP until ended."""
    host, _, port = bind.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise click.BadParameter("must be HOST:PORT, such as 127.0.0.1:2575", param_hint="--bind")
    services = Services.build(Settings.load())
    listener = Listener(services)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(
            listener.serve(host.strip("[]"), int(port), lambda chosen: click.echo(f"Listening on {host}:{chosen}"))
        )


@hl7.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--watch", type=click.IntRange(1, 3600), default=None, metavar="SECONDS", help="Look again and again.")
def drop(folder: Path, watch: int | None) -> None:
    """Take the files of FOLDER; they go to its `done` or `failed`. Exit code 1: a file failed."""
    services = Services.build(Settings.load())
    while True:
        counts = dropping.take_folder(services, folder)
        if watch is None or counts:
            click.echo(f"{counts['done']} done, {counts['failed']} failed, {counts['waiting']} not whole yet")
        if watch is None:
            raise SystemExit(1 if counts["failed"] else 0)
        time.sleep(watch)


@hl7.command()
def waiting() -> None:
    """List the messages that a person has to look at, without their content."""
    for row_id, kind, state, code, place in feed.waiting(Services.build(Settings.load())):
        click.echo(f"{row_id}  {kind}  {state}  {WHY[code][1]} {place}".rstrip())


@hl7.command()
@click.argument("message_id", type=click.UUID)
def retry(message_id: UUID) -> None:
    """Look at a kept message again, after its cause was mended."""
    services = Services.build(Settings.load())
    if message_id not in {row[0] for row in feed.waiting(services, 100_000)}:
        raise click.ClickException("No message with this id is waiting.")
    state, code, _ = feed.settle(services, message_id)
    click.echo(f"{state}. {WHY[code][1] if code else ''}".strip())


@hl7.command("dismiss")
@click.argument("message_id", type=click.UUID)
def dismiss(message_id: UUID) -> None:
    """Leave a message be; it stays kept."""
    if not feed.drop(Services.build(Settings.load()), message_id):
        raise click.ClickException("No message with this id is waiting.")
