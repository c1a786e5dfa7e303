"""`portal import` as it is typed: exit codes, the report as text and as JSON, and nothing of the record in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from portal.cli import portal
from portal.cli.importing import import_
from portal.work.services import Services
from tests.interop.conftest import Importer, bundle, observation, patient

Run = Callable[..., Result]


@pytest.fixture
def run(importer: Importer, services: Services, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr("portal.cli.importing.Settings.load", lambda: services.settings)
    monkeypatch.setattr("portal.cli.importing.Services.build", lambda _settings: services)

    def invoke(*arguments: object) -> Result:
        return CliRunner().invoke(portal, ["import", *map(str, arguments)], catch_exceptions=False)

    return invoke


def test_all_taken_is_exit_code_0_with_a_table(run: Run) -> None:
    done = run(bundle("90"), bundle("01"))
    assert done.exit_code == 0
    assert "836 new, 0 changed, 0 unchanged, 0 skipped." in done.output
    assert "Patients: 100 %" in done.output
    assert "Not taken" not in done.output


def test_something_skipped_is_exit_code_1_with_file_and_place(run: Run, importer: Importer) -> None:
    path = importer.write(patient(), observation(effectiveDateTime="2026-02-30"))
    done = run(path)
    assert done.exit_code == 1
    assert "1 × A date can't be (such as February 30, or the year 0000)." in done.output
    assert f"{path} entry[1] Observation" in done.output


def test_nothing_done_is_exit_code_2(run: Run, folder: Path) -> None:
    assert run(folder / "missing.json").exit_code == 2
    assert run(bundle("01"), "--trust", "review").exit_code == 2
    assert run().exit_code == 2


def test_the_whole_report_is_written_as_json(run: Run, importer: Importer, folder: Path) -> None:
    path = importer.write(patient(), observation(effectiveDateTime="2026-02-30"))
    run(path, "--report", folder / "report.json", "--source", "County EHR")
    found = json.loads((folder / "report.json").read_text())
    assert found["source"] == "County EHR"
    assert found["totals"] == {"new": 1, "changed": 0, "unchanged": 0, "kept": 0, "skipped": 1}
    assert found["refused"][0]["places"] == [{"file": str(path), "place": "entry[1]", "type": "Observation"}]
    assert importer.one("SELECT source FROM import_run") == "County EHR"
    assert importer.one("SELECT count(*) FROM import_run WHERE finished_at IS NOT NULL") == 1


def test_a_rehearsal_says_that_it_is_one(run: Run, importer: Importer) -> None:
    done = run(importer.write(patient()), "--dry-run")
    assert "nothing was kept" in done.output
    assert importer.one("SELECT count(*) FROM person") == 0


def test_nothing_of_the_record_is_printed_or_written(run: Run, importer: Importer, canary: Any, folder: Path) -> None:
    """Everything is made to go wrong; the words of the record are in none of it."""
    odd = [
        patient(),
        observation(id="a", effectiveDateTime=canary.text),
        observation(id="b", code={"text": canary.text}, valueQuantity={"value": 1}),
        observation(id="c", **{canary.family: canary.text}),
        observation(id="d", subject={"reference": f"Patient/{canary.family}"}),
        observation(id="e", encounter={"reference": f"Encounter/{canary.family}"}),
        observation(id="f", status=canary.text),
        observation(id=canary.text),
    ]
    done = run(importer.write(*odd), "--report", folder / "report.json")
    assert done.exit_code == 1
    assert not canary.found_in(done.output + done.stderr)
    assert not canary.found_in((folder / "report.json").read_text())
    assert not canary.found_in(json.dumps(importer.rows("SELECT counts FROM import_run"), default=str))


def test_help_says_what_the_exit_codes_mean() -> None:
    done = CliRunner().invoke(import_, ["--help"])
    assert "Exit code 0" in done.output
