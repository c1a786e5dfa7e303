"""ORU^R01: results reach the record once, as exact as they came, and the newest word counts."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.interop.conftest import Importer
from tests.interop.hl7v2.conftest import Send, message, potassium, said


def test_a_result_reaches_the_record_with_value_unit_range_flag_and_comment(send: Send, kept: Importer) -> None:
    assert said(send(potassium("4.10", flag="N"))) == "AA"
    row = kept.one("SELECT name, value, decimals, unit, low, high, status, flag, note FROM result")
    assert (row[0], float(row[1]), row[2], row[3], float(row[4]), float(row[5]), row[6]) == (
        "Potassium", 4.1, 2, "mmol/L", 3.5, 5.1, "final",
    )  # fmt: skip
    assert row[8] == "Drawn while\nfasting"
    assert kept.one("SELECT name, status FROM report") == ("Panel", "final")


def test_the_same_control_id_gets_the_same_answer_and_doubles_nothing(send: Send, kept: Importer) -> None:
    assert [said(send(potassium())) for _ in range(3)] == ["AA", "AA", "AA"]
    assert kept.one("SELECT count(*) FROM result") == 1
    assert kept.one("SELECT count(*) FROM feed_message") == 1


def test_a_correction_changes_the_result_in_place_and_an_older_word_changes_nothing(send: Send, kept: Importer) -> None:
    send(potassium("4.1", state="P", reported="20261123080000"))
    send(potassium("6.9", state="C", control="c2", flag="HH", reported="20261123100000"))
    answer = send(potassium("4.2", state="F", control="c3", reported="20261123090000"))
    assert said(answer) == "AA"
    assert "older" in answer[0]
    assert kept.one("SELECT count(*) FROM result") == 1
    value, state, flag = kept.one("SELECT value, status, flag FROM result")
    assert (float(value), state, flag) == (6.9, "corrected", "HH")


def test_lines_of_text_with_one_code_are_one_result(send: Send, kept: Importer) -> None:
    raw = message(
        "ORU^R01",
        "OBR|1||F2|18748-4^Report^LN|||20261123070000|||||||||||||||20261123083000||RAD|F",
        "OBX|1|TX|18748-4^Report^LN|1|First line||||||F",
        "OBX|2|TX|18748-4^Report^LN|1|second \\T\\ last||||||F",
    )
    assert said(send(raw)) == "AA"
    assert kept.one("SELECT value_text FROM result") == "First line\nsecond & last"
    assert kept.one("SELECT category FROM report") == "imaging"


def test_times_without_a_zone_are_on_the_clock_of_the_clinic(send: Send, kept: Importer) -> None:
    send(potassium())
    at = kept.one("SELECT effective_at FROM result")  # PostgreSQL gives it in the zone of its session
    assert "12:00:00" in str(at.astimezone(UTC) if isinstance(at, datetime) else at)  # 7:00 in New York is noon in UTC
