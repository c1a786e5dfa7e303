"""Memory is flat: ten times the input, one patient or many, needs no more of it."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import pytest

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
def test_ten_times_the_input_takes_no_more_memory(importer: Importer, people: int, results: int) -> None:
    _peak(importer, _bundle(importer, "warm.json", people=2, results=500))
    small = _peak(importer, _bundle(importer, "small.json", people=2, results=400))
    large = _peak(importer, _bundle(importer, "large.json", people=2 * people, results=400 * results))
    assert large < small * 1.5 + 1_000_000
