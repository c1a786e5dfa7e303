"""`portal import PATH…`: the clinic's own record system fills the record."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import TracebackType
from typing import cast

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from portal.infra.settings import Settings
from portal.interop.importing import ReviewNotAvailable, Trust, import_paths
from portal.interop.namespaces import OWN
from portal.interop.reasons import REFUSALS, REMARKS
from portal.interop.report import ImportReport, Reason
from portal.work.services import Services

STAGES = {"reading": "Reading", "directory": "Practitioners and places", "patients": "Patients"}
SHOWN = 5  # places shown of each reason; --report has more


class Bars:
    """A bar a stage on a terminal; elsewhere a line at every ten percent."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._tasks: dict[str, TaskID] = {}
        self._tenth: dict[str, int] = {}
        self._bars = Progress(
            TextColumn("{task.description:<26}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
        )

    def __enter__(self) -> Bars:
        if self._console.is_terminal:
            self._bars.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        if self._console.is_terminal:
            self._bars.stop()

    def __call__(self, stage: str, done: int, of: int) -> None:
        name, unit = STAGES[stage], 1024 if stage == "reading" else 1
        if not of:
            return
        if self._console.is_terminal:
            if stage not in self._tasks:
                self._tasks[stage] = self._bars.add_task(f"{name} (KB)" if unit > 1 else name, total=-(-of // unit))
            self._bars.update(self._tasks[stage], completed=-(-done // unit), total=-(-of // unit))
            return
        tenth = done * 10 // of
        if tenth > self._tenth.get(stage, -1 if done == of else 0):
            self._tenth[stage] = tenth
            self._console.print(f"{name}: {tenth * 10} %", highlight=False)


@click.command("import")
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@click.option("--source", default=OWN, show_default=True, help="The system the records come from; ids are its own.")
@click.option("--dry-run", is_flag=True, help="Try everything and keep nothing.")
@click.option(
    "--report",
    "report_file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the whole report as JSON.",
)
@click.option(
    "--trust",
    type=click.Choice(["trusted", "review"]),
    default="trusted",
    show_default=True,
    help="`trusted` is the clinic's own system. `review` is for papers of others.",
)
def import_(paths: tuple[str, ...], source: str, dry_run: bool, report_file: Path | None, trust: str) -> None:
    """Import FHIR R4 records: files, folders, .gz, NDJSON, or - for standard input.

    Exit code 0: all was taken. 1: something was not, and the report says what. 2: nothing could be done.
    """
    console = Console(stderr=True)
    services = Services.build(Settings.load())
    try:
        with Bars(console) as bars:
            report = import_paths(
                services,
                paths,
                source=source,
                dry_run=dry_run,
                trust=cast("Trust", trust),
                progress=bars,
            )
    except ReviewNotAvailable:
        console.print(
            "Papers of patients and other organisations need a clinician's review before they enter a record.\n"
            "Bring it to the portal, where a clinician decides. Nothing was imported.",
            highlight=False,
        )
        sys.exit(2)
    if report_file is not None:
        report_file.write_text(json.dumps(report.as_dict(), indent=1) + "\n", encoding="utf-8")
    show(report, Console())
    sys.exit(report.exit_code)


def show(report: ImportReport, console: Console) -> None:
    """Print the report: what was taken by type, and why anything was not, with the first places."""
    if report.counts:
        table = Table(box=None, pad_edge=False)
        table.add_column("Type")
        for name in ("new", "changed", "unchanged", "kept only", "skipped"):
            table.add_column(name, justify="right")
        for kind, counts in sorted(report.counts.items()):
            numbers = (counts[outcome] for outcome in ("new", "changed", "unchanged", "kept", "skipped"))
            table.add_row(kind, *(f"{n:,}" for n in numbers))
        totals = (report.total(outcome) for outcome in ("new", "changed", "unchanged", "kept", "skipped"))
        table.add_section()
        table.add_row("All", *(f"{n:,}" for n in totals))
        console.print(table)
        console.print("“Kept only”: kept as the original; no page shows this type.", highlight=False)
    _reasons("Not taken", report.refusals, REFUSALS, console)
    _reasons("Taken, with a remark", report.remarks, REMARKS, console)
    files = f"{_counted(report.files, 'file')} read" + (
        f", {report.files_refused:,} refused" if report.files_refused else ""
    )
    people = f"{_counted(report.patients, 'patient')} done" + (
        f", {report.patients_refused:,} refused" if report.patients_refused else ""
    )
    console.print(f"\n{files}. {people}.", highlight=False)
    console.print(
        f"{report.total('new'):,} new, {report.total('changed'):,} changed, {report.total('unchanged'):,} unchanged, "
        f"{report.total('skipped'):,} skipped.",
        highlight=False,
    )
    if report.is_dry_run:
        console.print("This was a rehearsal: nothing was kept.", highlight=False)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _reasons(title: str, reasons: dict[str, Reason], sentences: dict[str, str], console: Console) -> None:
    if not reasons:
        return
    console.print(f"\n{title}", highlight=False, style="bold")
    for code, reason in sorted(reasons.items(), key=lambda item: -item[1].count):
        console.print(f"{reason.count:,} × {sentences[code]}", highlight=False, markup=False, soft_wrap=True)
        for place in reason.places[:SHOWN]:
            console.print(f"    {place}", highlight=False, markup=False, soft_wrap=True)
        if reason.count > SHOWN:
            console.print(f"    … and {reason.count - SHOWN:,} more", highlight=False)
