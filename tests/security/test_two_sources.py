"""Two record systems that count alike: what one says of its patient never reaches the patient of the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from portal.work.services import Services
from tests.interop.conftest import Importer, observation, patient, reasons
from tests.interop.conftest import importer as importer

OTHER = "Lab of the other side"
BOB: dict[str, Any] = {
    "name": [{"family": "Elsewhere", "given": ["Stranger"]}], "birthDate": "1971-02-03", "gender": "male"
}  # fmt: skip
NUMBER = {"type": {"coding": [{"code": "MR"}]}, "value": "M-77"}


def doctor(name: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Practitioner", "id": "d1", "name": [{"family": name, "prefix": ["Dr."]}], **more}


def values(importer: Importer) -> list[Any]:
    """(family name, value) of every result."""
    question = "SELECT p.family_name, r.value FROM result r JOIN person p ON p.id = r.patient_id ORDER BY r.value"
    return [(name, float(value)) for name, value in importer.rows(question)]


def test_the_same_ids_of_two_sources_are_two_patients(importer: Importer) -> None:
    importer(importer.write(patient(), observation()))
    theirs = observation(valueQuantity={"value": 5.9, "unit": "mmol/L"})
    report = importer(importer.write(patient(**BOB), theirs), source=OTHER)
    assert report.exit_code == 0
    assert values(importer) == [("Vorblinth", 4.1), ("Elsewhere", 5.9)]
    again = importer(importer.write(patient(**BOB), theirs), source=OTHER.upper())
    assert (again.total("new"), again.total("changed")) == (0, 0)


def test_a_result_of_another_source_needs_a_patient_of_that_source(importer: Importer) -> None:
    importer(importer.write(patient(), observation()))
    report = importer(importer.lines(observation(valueQuantity={"value": 5.9, "unit": "mmol/L"})), source=OTHER)
    assert reasons(report) == {"unknown-patient": 1}
    assert values(importer) == [("Vorblinth", 4.1)]


def test_a_record_number_of_another_source_is_no_proof(importer: Importer) -> None:
    importer(importer.write(patient(identifier=[NUMBER])))
    subject = {"reference": "Patient/x", "identifier": {"value": "M-77"}}
    report = importer(importer.lines(observation(subject=subject)), source=OTHER)
    assert reasons(report) == {"unknown-patient": 1}
    assert importer(importer.write(patient(id="x", identifier=[NUMBER], **BOB)), source=OTHER).exit_code == 0
    assert importer.rows("SELECT family_name, mrn FROM person ORDER BY family_name") == [
        ("Elsewhere", None),
        ("Vorblinth", "M-77"),
    ]


def test_the_clinics_own_patient_has_the_record_number_whoever_came_first(importer: Importer) -> None:
    importer(importer.write(patient(identifier=[NUMBER], **BOB)), source=OTHER)
    assert importer(importer.write(patient(identifier=[NUMBER]))).exit_code == 0
    assert importer.rows("SELECT family_name, mrn FROM person ORDER BY family_name") == [
        ("Elsewhere", None),
        ("Vorblinth", "M-77"),
    ]


def test_the_same_human_in_two_sources_is_one_person_whose_name_the_clinic_decides(importer: Importer) -> None:
    importer(importer.write(patient(identifier=[NUMBER]), observation()))
    theirs = patient(id="77", identifier=[NUMBER])
    more = observation(subject={"reference": "Patient/77"}, valueQuantity={"value": 5.9, "unit": "mmol/L"})
    assert importer(importer.write(theirs, more), source=OTHER).exit_code == 0
    assert values(importer) == [("Vorblinth", 4.1), ("Vorblinth", 5.9)]
    changed = {**theirs, "telecom": [{"system": "phone", "value": "555-0199"}]}
    importer(importer.write(changed), source=OTHER)
    assert importer.one("SELECT phone, source_key FROM person") == (None, "Patient/p1")
    alone = observation(id="k2", subject={"reference": "Patient/77"}, valueQuantity={"value": 6.5, "unit": "mmol/L"})
    assert importer(importer.lines(alone), source=OTHER).exit_code == 0
    assert len(values(importer)) == 3


def test_a_doctor_of_another_source_is_not_ours_and_opens_no_record_to_ours(importer: Importer) -> None:
    importer(importer.write(patient(), doctor("Prime")))
    team = {
        "resourceType": "CareTeam", "id": "t1", "status": "active", "subject": {"reference": "Patient/p1"},
        "participant": [{"member": {"reference": "Practitioner/d1"}}],
    }  # fmt: skip
    importer(importer.write(patient(**BOB), doctor("Foreign"), team), source=OTHER)
    question = """SELECT p.family_name, d.name FROM care_team_member m
        JOIN person p ON p.id = m.patient_id JOIN practitioner d ON d.id = m.practitioner_id"""
    assert importer.rows(question) == [("Elsewhere", "Dr. Foreign")]
    assert importer.rows("SELECT name FROM practitioner ORDER BY name") == [("Dr. Foreign",), ("Dr. Prime",)]


def test_two_people_under_one_id_in_one_input_are_both_refused(importer: Importer) -> None:
    one = importer.write(patient(), observation(), name="a/one.json")
    two = importer.write(patient(**BOB), observation(id="k2"), name="b/two.json")
    report = importer(one, two)
    assert reasons(report) == {"identity-differs": 1, "patient-refused": 3}
    assert importer.one("SELECT count(*) FROM person") == 0
    assert importer.one("SELECT count(*) FROM result") == 0


@pytest.mark.parametrize("birth", ["1980-05-17", None])
def test_a_common_birthday_makes_nobody_the_same(importer: Importer, birth: str | None) -> None:
    first = patient() if birth else {k: v for k, v in patient().items() if k != "birthDate"}
    importer(importer.write(first, observation()))
    stranger = patient(**{**BOB, "birthDate": "1980-05-17"})
    report = importer(importer.write(stranger, observation(valueQuantity={"value": 5.9, "unit": "mmol/L"})))
    assert "identity-differs" in reasons(report)
    assert values(importer) == [("Vorblinth", 4.1)]


def test_a_married_name_is_still_the_same_human(importer: Importer) -> None:
    importer(importer.write(patient()))
    assert importer(importer.write(patient(name=[{"family": "Elsewhere", "given": ["Zyxxquar"]}]))).exit_code == 0
    assert importer.one("SELECT family_name FROM person") == "Elsewhere"


def test_a_source_stored_before_sources_had_marks_goes_on_without_one(importer: Importer, services: Services) -> None:
    importer(importer.write(patient(), observation()))
    with services.database.connect(write=True) as connection:
        connection.exec_driver_sql("UPDATE import_run SET source = 'Hospital North'")
    report = importer(importer.write(patient(), observation()), source="Hospital North")
    assert (report.total("new"), report.total("unchanged")) == (0, 2)
    assert isinstance(importer.folder, Path)
