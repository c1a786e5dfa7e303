"""An importer on this test's database, at a moment after everything in the sample records happened."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from portal.infra.clock import FrozenClock
from portal.interop.importing import import_paths
from portal.interop.report import ImportReport
from portal.work.services import Services

BUNDLES = Path(__file__).parents[2] / "portal" / "demo" / "bundles"
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def bundle(start: str) -> Path:
    """The sample file whose name starts like this: `bundle("01")`."""
    (found,) = BUNDLES.glob(f"{start}-*.json.gz")
    return found


def resources(path: Path, *, as_written: bool = False) -> list[dict[str, Any]]:
    """The resources of a Bundle file; `as_written` leaves the numbers as text."""
    with gzip.open(path) as file:
        return [entry["resource"] for entry in json.load(file, parse_float=str if as_written else float)["entry"]]


class Importer:
    """Runs imports and looks at what is there."""

    def __init__(self, services: Services, folder: Path) -> None:
        self.services = services
        self.folder = folder

    def __call__(self, *paths: Path | str, **options: Any) -> ImportReport:
        return import_paths(self.services, paths, **options)

    def write(self, *found: Any, name: str = "some.json", kind: str = "collection") -> Path:
        """A Bundle file of these resources (or whole entries)."""
        entries = [each if "resource" in each or "request" in each else {"resource": each} for each in found]
        return self.text(json.dumps({"resourceType": "Bundle", "type": kind, "entry": entries}), name=name)

    def lines(self, *found: Any, name: str = "some.ndjson") -> Path:
        return self.text("".join(json.dumps(each) + "\n" for each in found), name=name)

    def text(self, content: str | bytes, *, name: str = "some.json") -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def rows(self, question: str, **values: Any) -> list[Any]:
        """What the database holds, asked in plain SQL."""
        with self.services.database.connect() as connection:
            return [tuple(row) for row in connection.execute(text(question), values)]

    def one(self, question: str, **values: Any) -> Any:
        (row,) = self.rows(question, **values)
        return row[0] if len(row) == 1 else row

    def spools(self) -> list[Path]:
        return list((self.services.settings.data_dir / "spool").glob("*"))


@pytest.fixture
def importer(services: Services, clock: FrozenClock, folder: Path) -> Iterator[Importer]:
    clock.set(NOW)
    importer = Importer(services, folder)
    yield importer
    assert not importer.spools(), "a spool was left behind"


def patient(**more: Any) -> dict[str, Any]:
    """A Patient whose words are canaries."""
    return {
        "resourceType": "Patient",
        "id": "p1",
        "name": [{"family": "Vorblinth", "given": ["Zyxxquar"]}],
        "gender": "female",
        "birthDate": "1980-05-17",
        **more,
    }


def observation(**more: Any) -> dict[str, Any]:
    """A potassium of p1."""
    return {
        "resourceType": "Observation",
        "id": "k1",
        "status": "final",
        "category": [{"coding": [{"code": "laboratory"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "2823-3", "display": "Potassium"}]},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-11-02T08:00:00Z",
        "valueQuantity": {"value": 4.1, "unit": "mmol/L"},
        **more,
    }


def reasons(report: ImportReport) -> dict[str, int]:
    return {code: reason.count for code, reason in report.refusals.items()}


def remarks(report: ImportReport) -> dict[str, int]:
    return {code: reason.count for code, reason in report.remarks.items()}


Make = Callable[..., dict[str, Any]]
