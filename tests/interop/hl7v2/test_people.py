"""Whose chart a message reaches, and ADT: never another patient's, and no merge without a person."""

from __future__ import annotations

import base64

import pytest

from portal.interop.hl7v2 import feed
from tests.interop.conftest import Importer, patient
from tests.interop.hl7v2.conftest import PID, Send, message, potassium, said, why

VISIT = "PV1|1|I|Ward^1^2||||77^Attend^Ann" + "|" * 12 + "V1^^^HOSP" + "|" * 25 + "20261120100000"


def test_a_known_number_with_another_name_and_birth_date_reaches_no_chart(send: Send, kept: Importer) -> None:
    send(potassium())
    other = PID.replace("Vorblinth^Zyxxquar", "Other^Person").replace("19800517", "19710101")
    answer = send(potassium("5.0", control="c2", pid=other))
    assert (said(answer), why(answer)) == ("AE", "identity-differs PID^1^5")
    assert kept.one("SELECT count(*) FROM result") == 1
    assert kept.one("SELECT count(*) FROM person") == 1
    assert kept.one("SELECT state FROM feed_message WHERE control_id='c2'") == "waiting"


def test_a_clinic_patient_is_found_by_record_number_when_all_agrees(send: Send, kept: Importer) -> None:
    number = {"type": {"coding": [{"code": "MR"}]}, "value": "778899"}
    kept(kept.write(patient(identifier=[number])))
    assert said(send(potassium())) == "AA"
    assert said(send(potassium("4.4", control="c2", reported="20261123093000"))) == "AA"
    assert kept.one("SELECT count(*) FROM person") == 1
    assert float(kept.one("SELECT value FROM result")) == 4.4


def test_the_same_human_under_another_number_waits_for_a_person(send: Send, kept: Importer) -> None:
    kept(kept.write(patient()))
    answer = send(potassium())
    assert why(answer).startswith("possible-duplicate")
    assert kept.one("SELECT count(*) FROM person") == 1


@pytest.mark.parametrize(
    ("pid", "expected"),
    [
        ("", "no-patient-segment PID^1"),
        (PID.replace("778899^^^HOSP^MR", ""), "no-identifier PID^1^3"),
        (PID.replace("778899^^^HOSP^MR", "123^^^SSA^SS"), "no-identifier PID^1^3"),
        (PID.replace("Vorblinth^Zyxxquar^^^^^L", ""), "no-name PID^1^5"),
        (PID.replace("19800517", ""), "no-name PID^1^7"),
        (PID.replace("19800517", "19800231"), "impossible-date PID^1^7"),
    ],
)
def test_a_message_whose_patient_is_not_clear_waits(send: Send, kept: Importer, pid: str, expected: str) -> None:
    assert why(send(potassium(pid=pid))) == expected
    assert kept.one("SELECT count(*) FROM person") == 0


def test_admission_change_and_discharge_are_one_visit(send: Send, kept: Importer) -> None:
    assert said(send(message("ADT^A01", VISIT))) == "AA"
    assert kept.one("SELECT status FROM encounter") == "in-progress"
    send(message("ADT^A03", "PV1|1|I" + "|" * 17 + "V1^^^HOSP", control="c2", sent="20261123100000"))
    assert kept.one("SELECT count(*) FROM encounter") == 1
    status, day = kept.one("SELECT status, happened_on FROM encounter")
    assert (status, str(day)[:10]) == ("finished", "2026-11-20")


def test_an_update_changes_what_it_says_and_leaves_what_it_does_not_say(send: Send, kept: Importer) -> None:
    send(message("ADT^A28"))
    changed = "PID|1||778899^^^HOSP^MR||Newname^Zyxxquar^^^^^L||19800517|F|||||^^PH^^^555^0202"
    assert said(send(message("ADT^A31", control="c2", sent="20261123100000", pid=changed))) == "AA"
    assert kept.one("SELECT family_name, phone, address FROM person") == (
        "Newname",
        "555-0202",
        "1 Street, Town, ST 12345",
    )
    assert said(send(message("ADT^A08", control="c3", sent="20261123093000"))) == "AA"  # older than the change
    assert kept.one("SELECT family_name FROM person") == "Newname"


def test_a_merge_is_never_done_by_a_message(send: Send, kept: Importer) -> None:
    answer = send(message("ADT^A40", "MRG|111^^^HOSP^MR"))
    assert (said(answer), why(answer)) == ("AE", "merge MRG^1^1")
    assert kept.one("SELECT state, code FROM feed_message") == ("waiting", "merge")


BOOKING = (
    "SCH|P9|F9|||||CHECK^Check-up||30|min|^^30^{start}^{end}",
    "AIP|1|A|88^Doctor^Dora||||{start}|||30|min",
)


def siu(event: str, start: str, end: str, *, control: str, sent: str) -> bytes:
    return message(f"SIU^{event}", *(s.format(start=start, end=end) for s in BOOKING), control=control, sent=sent)


def test_an_appointment_is_booked_moved_and_cancelled(send: Send, kept: Importer) -> None:
    assert said(send(siu("S12", "20261210090000", "20261210093000", control="1", sent="20261123090000"))) == "AA"
    assert kept.one("SELECT status, minutes, kind FROM appointment") == ("booked", 30, "Check-up")
    assert kept.one("SELECT count(*) FROM occupied") > 0
    send(siu("S13", "20261211100000", "20261211103000", control="2", sent="20261123100000"))
    assert "2026-12-11 10:00" in str(kept.one("SELECT local_start FROM appointment"))
    send(message("SIU^S15", "SCH|P9|F9", control="3", sent="20261123110000"))
    assert kept.one("SELECT status FROM appointment") == "cancelled"
    assert kept.one("SELECT count(*) FROM occupied") == 0


def test_a_visit_that_meets_another_is_taken_and_the_answer_says_so(send: Send, kept: Importer) -> None:
    send(siu("S12", "20261210090000", "20261210093000", control="1", sent="20261123090000"))
    other = siu("S12", "20261210091500", "20261210094500", control="2", sent="20261123090000").replace(b"F9", b"F10")
    answer = send(other)
    assert (said(answer), why(answer)) == ("AA", "overlaps SCH^1^11")
    assert kept.one("SELECT count(*) FROM appointment") == 2


def document(event: str, number: str, content: str, *, control: str, parent: str = "", sent: str) -> bytes:
    return message(
        f"MDM^{event}", f"TXA|1|DS|TX|20261122||20261122120000||||||{number}|{parent}||||AU",
        *([f"OBX|1|ED|D^Summary||^application^pdf^Base64^{content}||||||F"] if content else []),
        control=control, sent=sent,
    )  # fmt: skip


def test_a_document_comes_is_replaced_and_cancelled(send: Send, kept: Importer) -> None:
    pdf = base64.b64encode(b"%PDF-1.4 small").decode()
    assert said(send(document("T02", "D1", pdf, control="1", sent="20261123090000"))) == "AA"
    assert kept.one("SELECT name, status, content_type FROM document") == (
        "Discharge summary",
        "current",
        "application/pdf",
    )
    send(document("T10", "D2", pdf, control="2", parent="D1", sent="20261123100000"))
    assert sorted(s for (s,) in kept.rows("SELECT status FROM document")) == ["current", "superseded"]
    send(document("T11", "D2", "", control="3", sent="20261123110000"))
    assert sorted(s for (s,) in kept.rows("SELECT status FROM document")) == ["entered-in-error", "superseded"]
    assert why(send(document("T11", "D7", "", control="4", sent="20261123110000"))) == "unknown-document TXA^1^12"
    assert why(send(document("T02", "D8", "@@@@", control="5", sent="20261123110000"))) == "bad-base64 OBX^1^5"


def test_what_waits_is_listed_tried_again_and_left_be(send: Send, kept: Importer) -> None:
    send(message("ADT^A40", "MRG|111^^^HOSP^MR"))
    ((row_id, *about),) = feed.waiting(kept.services)
    assert about == ["ADT^A40", "waiting", "merge", "MRG-1"]
    assert feed.settle(kept.services, row_id)[0] == "waiting"
    assert feed.drop(kept.services, row_id)
    assert feed.waiting(kept.services) == []
    assert not feed.drop(kept.services, row_id)
