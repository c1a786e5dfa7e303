"""Killed at any moment, an import leaves whole patients, no file, and nothing that a second run would not mend."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from portal.interop import patients, spool
from portal.interop.importing import import_paths
from portal.interop.patients import PatientImport
from portal.interop.spool import Spool
from portal.work.services import Services
from tests.interop.conftest import Importer, observation, patient, reasons

# Kills itself with no chance to clean up, after so many rows were written somewhere in the middle of a patient.
CHILD = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from portal.infra.clock import FrozenClock
from portal.infra.settings import Settings
from portal.interop import patients
from portal.interop.importing import import_paths
from portal.work.services import Services

store = patients.PatientImport._write
left = [int(sys.argv[3])]

def write_and_die(self, model, pairs):
    store(self, model, pairs)
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)

patients.PatientImport._write = write_and_die
settings = Settings(environment="test", data_dir=Path(sys.argv[1]), database_url=sys.argv[4])
services = Services.build(settings, FrozenClock(datetime(2026, 11, 23, 15, tzinfo=UTC)))
import_paths(services, [sys.argv[2]])
"""


def _many(importer: Importer) -> Path:
    found = []
    for number in range(4):
        found.append(patient(id=f"p{number}", birthDate=f"1980-01-0{number + 1}"))
        for kind in range(30):
            subject = {"reference": f"Patient/p{number}"}
            found.append(observation(id=f"k{number}-{kind}", subject=subject))
            condition = {"resourceType": "Condition", "id": f"c{number}-{kind}", "code": {"text": "Gout"}}
            found.append({**condition, "subject": subject})
    return importer.write(*found)


@pytest.mark.parametrize("moment", [1, 3, 4])
def test_kill_9_leaves_whole_patients_and_a_second_run_goes_on(importer: Importer, moment: int) -> None:
    path = _many(importer)
    data_dir = importer.services.settings.data_dir
    data_dir.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(data_dir), str(path), str(moment), importer.services.settings.database],
        check=False, capture_output=True, timeout=60, env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    whole = (moment - 1) // 2  # each patient is two writes: results and conditions
    assert importer.one("SELECT count(*) FROM person") == whole
    assert importer.one("SELECT count(*) FROM result") == whole * 30
    assert importer.one("SELECT count(*) FROM condition") == whole * 30
    assert importer.one("SELECT count(*) FROM source_resource") == whole * 61
    assert importer.one("SELECT count(*) FROM audit_event") == whole
    (left,) = importer.spools()
    assert b"Vorblinth" not in left.read_bytes()
    assert b"Observation/k0" not in left.read_bytes()
    report = importer(path)
    assert (report.exit_code, report.total("new"), report.total("unchanged")) == (0, (4 - whole) * 61, whole * 61)


def test_whatever_goes_wrong_with_a_patient_undoes_that_patient_only(
    importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = PatientImport._after

    def stumble(self: PatientImport, person: object, *rest: object) -> None:
        if person.source_key == "Patient/p1":  # type: ignore[attr-defined]
            raise RuntimeError("anything")
        real(self, person, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(patients.PatientImport, "_after", stumble)
    report = importer(_many(importer))
    assert reasons(report) == {"not-stored": 61}
    assert (report.patients, report.patients_refused, report.exit_code) == (3, 1, 1)
    assert importer.one("SELECT count(*) FROM result") == 90


@pytest.mark.one_database
def test_an_import_that_is_interrupted_removes_its_spool(importer: Importer, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(patients.PatientImport, "_after", interrupt)
    with pytest.raises(KeyboardInterrupt):
        importer(_many(importer))
    assert importer.one("SELECT count(*) FROM person") == 0


@pytest.mark.one_database
def test_a_spool_in_use_is_not_swept_away(folder: Path) -> None:
    with Spool(folder / "spool") as one, Spool(folder / "spool") as two:
        assert one._path.exists()
        assert two._path.exists()
        assert one._path.stat().st_mode & 0o777 == 0o600
    (folder / "spool" / "import-left.spool").write_bytes(b"noise")
    assert spool.sweep(folder / "spool") == 1


@pytest.mark.one_database
def test_nothing_readable_is_written_to_the_spool(
    services: Services, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bytes] = []
    real = Spool.sort

    def look(self: Spool) -> None:
        real(self)
        self.db.execute("COMMIT")  # all of it, not only what outgrew the cache
        self.db.execute("BEGIN")
        seen.append(self._path.read_bytes())

    monkeypatch.setattr(Spool, "sort", look)
    path = folder / "a.ndjson"
    path.write_text("".join(json.dumps(patient(id=f"p{n}")) + "\n" for n in range(300)))
    import_paths(services, [path], dry_run=True)
    assert len(seen[0]) > 50_000
    assert b"Vorblinth" not in seen[0]
    assert b"p299" not in seen[0]
