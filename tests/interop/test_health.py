"""Family history, devices, insurance, directives, contacts and pictures: what each becomes in the record."""

from __future__ import annotations

from portal.interop import fhir
from tests.interop.conftest import Importer, bundle, patient

P1 = {"reference": "Patient/p1"}


def test_a_sample_record_has_its_family_insurance_contact_and_pictures(importer: Importer) -> None:
    assert importer(bundle("07")).exit_code == 0
    relatives = dict(importer.rows("SELECT name, deceased FROM family_history"))
    assert relatives["father"] == "yes"
    assert importer.one("SELECT count(*) FROM coverage WHERE member_number IS NOT NULL") == 3
    assert importer.one("SELECT name, relation, phone FROM emergency_contact") == (
        "Scott Brooks", "spouse", "(413) 494-3956",
    )  # fmt: skip
    assert importer.one("SELECT count(*) FROM imaging_study WHERE modality = 'Plain X-ray'") > 0
    assert importer.one("SELECT count(*) FROM document WHERE encounter_id IS NOT NULL") > 20


def test_only_consents_about_the_time_ahead_are_directives(importer: Importer) -> None:
    def consent(own: str, code: str) -> dict[str, object]:
        return {
            "resourceType": "Consent", "id": own, "status": "active", "patient": P1, "dateTime": "2024-02-03",
            "scope": {"coding": [{"code": "adr"}]} if own == "a" else {"coding": [{"code": "patient-privacy"}]},
            "category": [{"coding": [{"system": fhir.LOINC, "code": code, "display": "Some paper"}]}],
        }  # fmt: skip

    importer(importer.write(patient(), consent("a", "86533-7"), consent("b", "59284-0")))
    assert importer.rows("SELECT name, status, happened FROM advance_directive") == [
        ("Some paper", "active", "2024-02-03")
    ]


def test_what_a_relative_had_reveals_what_it_reveals(importer: Importer) -> None:
    history = {
        "resourceType": "FamilyMemberHistory", "id": "f1", "status": "completed", "patient": P1,
        "relationship": {"text": "sister"},
        "condition": [{"code": {"coding": [{"system": fhir.ICD10CM, "code": "F31.9", "display": "Bipolar disorder"}]}}],
    }  # fmt: skip
    importer(importer.write(patient(), history))
    assert importer.one("SELECT name, sensitivity FROM family_history") == ("sister", "PSY")


def test_a_contact_that_the_patient_names_no_more_goes(importer: Importer) -> None:
    def named(*names: str) -> dict[str, object]:
        return patient(contact=[{"name": {"text": name}} for name in names])

    importer(importer.write(named("First One", "Second One")))
    importer(importer.write(named("Second One"), name="later.json"))
    assert importer.rows("SELECT name FROM emergency_contact") == [("Second One",)]


def test_a_device_of_a_patient_is_theirs_and_one_of_the_house_is_nobodys(importer: Importer) -> None:
    device = {"resourceType": "Device", "type": {"text": "Cardiac pacemaker"}, "status": "active"}
    importer(
        importer.write(patient(), {**device, "id": "d1", "patient": P1, "lotNumber": "L7"}, {**device, "id": "d2"})
    )
    assert importer.rows("SELECT name, lot FROM device") == [("Cardiac pacemaker", "L7")]
