"""Files as they come: compressed, cut off, unreadable, linked in circles, not what their name says."""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from portal.interop import limits
from portal.interop.sources import Source, find
from tests.interop.conftest import Importer, observation, patient, reasons

pytestmark = pytest.mark.one_database

WHOLE = json.dumps({"resourceType": "Bundle", "type": "batch", "entry": [{"resource": patient()}] * 1}).encode()


def test_a_folder_is_walked_in_order_and_other_files_are_left_alone(folder: Path) -> None:
    for name in ("b/2.json", "b/1.ndjson", "a.json.gz", "README.md", ".hidden.json", "b/notes.txt", "c.jsonl"):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    names = [str(Path(s.name).relative_to(folder)) for s in find([str(folder)]) if isinstance(s, Source)]
    assert names == ["a.json.gz", "b/1.ndjson", "b/2.json", "c.jsonl"]


def test_links_in_a_circle_end(folder: Path) -> None:
    (folder / "a").mkdir()
    (folder / "a" / "1.json").touch()
    (folder / "a" / "back").symlink_to(folder)
    (folder / "self").symlink_to(folder / "self")
    (folder / "gone.json").symlink_to(folder / "nowhere")
    found = [s if isinstance(s, tuple) else Path(s.name).name for s in find([str(folder)])]
    assert found == ["1.json", (str(folder / "gone.json"), "unreadable")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (gzip.compress(WHOLE)[:-12], "cut-off"),
        (WHOLE, "not-gzip"),
        (gzip.compress(WHOLE)[:15] + b"xxxx" + gzip.compress(WHOLE)[19:], "not-gzip"),
        (b"", "empty-file"),
    ],
    ids=["cut off", "not compressed", "damaged", "empty"],
)
def test_a_compressed_file_that_is_broken_is_refused_whole(importer: Importer, content: bytes, reason: str) -> None:
    good = importer.write(patient(id="p2"), name="good.json")
    report = importer(importer.text(content, name="bad.json.gz"), good)
    assert reasons(report) == {reason: 1} or (reason == "not-gzip" and reasons(report) == {"cut-off": 1})
    assert (report.exit_code, report.files_refused, report.total("new")) == (1, 1, 1)


def test_a_broken_bundle_leaves_nothing_of_itself(importer: Importer) -> None:
    whole = {"resourceType": "Bundle", "type": "batch", "entry": [{"resource": patient()}, {"resource": observation()}]}
    path = importer.text(json.dumps(whole)[:-20], name="cut.json")
    report = importer(path)
    assert reasons(report) == {"cut-off": 1}
    assert str(report.refusals["cut-off"].places[0]) == f"{path} line 1"
    assert report.exit_code == 2
    assert importer.one("SELECT count(*) FROM person") == 0


def test_a_file_that_swells_beyond_reason_is_refused(importer: Importer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "RATIO_FROM", 1 << 20)
    bomb = gzip.compress(b'{"resourceType":"Bundle","type":"batch","x":"' + b"a" * (8 << 20))
    report = importer(importer.text(bomb, name="bomb.json.gz"))
    assert reasons(report) == {"too-dense": 1}


@pytest.mark.parametrize(
    ("given", "reason"), [("empty", "nothing-here"), ("missing.json", "unreadable"), ("pipe", "unreadable")]
)
def test_a_place_without_files_is_said(importer: Importer, given: str, reason: str) -> None:
    (importer.folder / "empty").mkdir()
    os.mkfifo(importer.folder / "pipe")
    report = importer(importer.folder / given)
    assert (reasons(report), report.exit_code) == ({reason: 1}, 2)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_that_may_not_be_read_is_said(importer: Importer) -> None:
    path = importer.write(patient())
    path.chmod(0)
    assert reasons(importer(path)) == {"unreadable": 1}


def test_standard_input_is_a_file_like_others(importer: Importer, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = json.dumps(patient()) + "\n" + json.dumps(observation()) + "\n"
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(lines.encode())))
    report = importer("-")
    assert (report.exit_code, report.total("new")) == (0, 2)


@pytest.mark.parametrize("kind", ["transaction", "batch", "collection", "searchset", "document"])
def test_every_kind_of_bundle_that_carries_a_record_is_taken(importer: Importer, kind: str) -> None:
    entries = [
        {"resource": patient(), "request": {"method": "PUT", "url": "Patient/p1"}},
        {"resource": observation(), "request": {"method": "POST", "url": "Observation"}},
    ]
    if kind == "searchset":
        entries.append({"resource": {"resourceType": "OperationOutcome", "id": "o", "issue": []}})  # type: ignore[dict-item]
    report = importer(importer.write(*entries, kind=kind))
    assert (report.exit_code, report.total("new")) == (0, 2)


def test_a_single_resource_and_a_compressed_one_are_taken(importer: Importer) -> None:
    one = importer.text(json.dumps(patient(), indent=2), name="patient.json")
    packed = importer.text(gzip.compress(json.dumps(observation()).encode()), name="k1.json.gz")
    report = importer(one, packed)
    assert (report.exit_code, report.total("new")) == (0, 2)
