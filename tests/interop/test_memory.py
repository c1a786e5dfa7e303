"""Memory is flat: ten times the input, one patient or many, needs no more of it."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import pytest

from portal.interop import limits
from tests.interop.conftest import Importer, observation, patient

pytestmark = pytest.mark.one_database


def _peak(importer: Importer, path: Path) -> int:
    tracemalloc.start()
    try:
        report = importer(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert report.exit_code == 0
    return peak


def _bundle(importer: Importer, name: str, *, people: int, results: int) -> Path:
    """A Bundle of many patients, or of one with a long record; every resource some 600 bytes."""
    path = importer.folder / name
    with path.open("w") as file:
        file.write('{"resourceType":"Bundle","type":"collection","entry":[')
        for person in range(people):
            who = f"{name[0]}{person}"
            file.write(("," if person else "") + json.dumps({"resource": patient(id=who)}))
            for number in range(results):
                found = observation(id=f"{who}-{number}", subject={"reference": f"Patient/{who}"})
                file.write("," + json.dumps({"resource": found}))
        file.write("]}")
    return path


@pytest.mark.parametrize(("people", "results"), [(1, 10), (10, 1)], ids=["a longer record", "more patients"])
def test_ten_times_the_input_takes_no_more_memory(
    importer: Importer, people: int, results: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ENTRIES_AT_A_TIME", 40)  # so that little input is already much
    monkeypatch.setattr(limits, "CHUNK", 1 << 14)
    importer(_bundle(importer, "warm.json", people=2, results=200))
    small = _peak(importer, _bundle(importer, "small.json", people=2, results=100))
    large = _peak(importer, _bundle(importer, "large.json", people=2 * people, results=100 * results))
    assert large < small * 1.3 + 200_000
