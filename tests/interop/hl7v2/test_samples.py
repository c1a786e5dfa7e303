"""Every sample message: what it says is in the record, or the answer says why not."""

from __future__ import annotations

import pytest

from tests.interop.conftest import Importer
from tests.interop.hl7v2.conftest import SAMPLES, Send

CASES = {
    # name: (answer, error, results, reports, documents, visits, appointments, people)
    "ADT-A03-01": ("AA", "", 0, 0, 0, 1, 0, 1),
    "LAB-ORU-1": ("AA", "", 10, 2, 0, 0, 0, 1),
    "LAB-ORU-2": ("AA", "", 10, 2, 0, 0, 0, 1),
    "MDM-T02-01": ("AE", "no-document", 0, 0, 0, 0, 0, 0),
    "ORU-R01-01": ("CA", "", 2, 1, 0, 0, 0, 1),
    "REF-I12-01": ("AR", "type", 0, 0, 0, 0, 0, 0),
    "SIU-S12-01": ("AA", "", 0, 0, 0, 0, 1, 1),
}
TABLES = ("result", "report", "document", "encounter", "appointment", "person")


def test_there_is_a_case_for_every_sample() -> None:
    assert {path.stem for path in SAMPLES.glob("*.hl7")} == set(CASES)


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_sample_is_taken_or_answered(name: str, send: Send, kept: Importer) -> None:
    (answer,) = send((SAMPLES / f"{name}.hl7").read_bytes())
    code, error, *counts = CASES[name]
    assert f"\rMSA|{code}|" in answer
    assert error in answer
    assert [kept.one(f"SELECT count(*) FROM {table}") for table in TABLES] == counts
    assert kept.one("SELECT count(*) FROM feed_message") == (code != "AR")


def test_the_second_laboratory_message_makes_the_first_one_final(send: Send, kept: Importer) -> None:
    send((SAMPLES / "LAB-ORU-1.hl7").read_bytes())
    send((SAMPLES / "LAB-ORU-2.hl7").read_bytes())
    assert kept.one("SELECT count(*) FROM result") == 10
    assert kept.rows("SELECT DISTINCT status FROM result") == [("final",)]
