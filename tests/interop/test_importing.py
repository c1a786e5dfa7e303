"""The sample records: all of them are taken, kept whole, and taken once."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from portal.interop.importing import ACTOR, ReviewNotAvailable
from portal.models import DirectoryResource, SourceResource
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork
from tests.interop.conftest import BUNDLES, Importer, bundle, observation, patient, reasons, remarks, resources


def test_all_sample_records_are_taken_and_a_second_import_changes_nothing(importer: Importer) -> None:
    first = importer(BUNDLES)
    assert (first.exit_code, first.refusals) == (0, {})
    assert (first.files, first.patients) == (13, 12)
    assert (first.total("new"), first.total("changed"), first.total("skipped")) == (7128, 0, 0)
    events = importer.one("SELECT count(*) FROM audit_event")
    again = importer(BUNDLES)
    assert (again.total("new"), again.total("changed"), again.total("unchanged")) == (0, 0, 7128)
    assert importer.one("SELECT count(*) FROM audit_event") == events == 12, (
        "one trail entry a patient, none for nothing"
    )
    assert importer.one("SELECT count(*) FROM source_version") == 0
    assert {row[0] for row in importer.rows("SELECT trust FROM import_run")} == {"trusted"}


@pytest.mark.one_database
@pytest.mark.parametrize("path", sorted(BUNDLES.glob("*.json.gz")), ids=lambda p: p.name[:2])
def test_the_original_of_every_resource_comes_back_as_it_was_sent(importer: Importer, path: Path) -> None:
    importer(*([bundle("01")] if path.name.startswith("90") else []), path)
    kept = _originals(importer)
    for sent in resources(path, as_written=True):
        found = json.loads(kept[f"{sent['resourceType']}/{sent['id']}"], parse_float=str)
        assert found == sent
        assert json.dumps(found) == json.dumps(sent), "the order of the keys is kept, too"


def test_a_number_keeps_its_decimals_and_an_unknown_element_its_place(importer: Importer) -> None:
    sent = (
        '{"resourceType":"Observation","zzz":[1.50,{"deep":1E3}],"id":"k1","status":"final","code":{"text":"Iron"},'
        '"subject":{"reference":"Patient/p1"},"effectiveDateTime":"2026-01-05",'
        '"valueQuantity":{"value":1.50,"unit":"mg/L"}}'
    )
    importer(importer.text(json.dumps(patient()) + "\n" + sent.replace(":", " : ")))
    assert _originals(importer)["Observation/k1"] == sent
    assert importer.one("SELECT decimals FROM result") == 2


def test_a_changed_resource_changes_its_row_and_keeps_the_earlier_original(importer: Importer) -> None:
    importer(importer.write(patient(), observation()))
    row = importer.one("SELECT id FROM result")
    corrected = observation(status="corrected", valueQuantity={"value": 4.6, "unit": "mmol/L"})
    report = importer(importer.write(patient(), corrected))
    assert (report.total("new"), report.total("changed"), report.total("unchanged")) == (0, 1, 1)
    assert importer.one("SELECT id, status FROM result") == (row, "corrected")
    assert float(importer.one("SELECT value FROM result")) == 4.6
    assert importer.one("SELECT version FROM source_resource WHERE resource_type = 'Observation'") == 2
    assert importer.one("SELECT version FROM source_version") == 1
    assert importer(importer.write(patient(), corrected)).total("changed") == 0


def test_blanks_between_the_parts_of_a_resource_are_no_change(importer: Importer) -> None:
    found = {"resourceType": "Bundle", "type": "batch", "entry": [{"resource": patient()}, {"resource": observation()}]}
    importer(importer.text(json.dumps(found, indent=4)))
    report = importer(importer.text(json.dumps(found, separators=(",", ":"))))
    assert (report.total("new"), report.total("changed"), report.total("unchanged")) == (0, 0, 2)


def test_a_corrected_patient_changes_the_person_but_not_who_cares_for_them(importer: Importer) -> None:
    importer(bundle("01"), bundle("90"))
    pcp = importer.one("SELECT pcp_id FROM person")
    resource = next(r for r in resources(bundle("01")) if r["resourceType"] == "Patient")
    resource["telecom"] = [{"system": "phone", "value": "555-0199"}]
    importer(importer.write(resource))
    assert importer.one("SELECT phone, pcp_id, version FROM person") == ("555-0199", pcp, 2)


def test_two_names_of_one_system_are_one_patient(importer: Importer) -> None:
    """File 90 refers to the patient of file 01, whose own Bundle uses urn:uuid, by a relative reference."""
    importer(bundle("01"))
    report = importer(bundle("90"))
    assert report.exit_code == 0
    assert importer.one("SELECT count(*) FROM person") == 1
    assert report.counts["Appointment"]["new"] == 5


def test_a_rehearsal_says_the_same_and_keeps_nothing(importer: Importer) -> None:
    rehearsed = importer(bundle("01"), bundle("90"), dry_run=True)
    for table in ("person", "source_resource", "result", "practitioner", "directory_resource", "import_run"):
        assert importer.one(f"SELECT count(*) FROM {table}") == 0, table
    real = importer(bundle("01"), bundle("90"))
    assert rehearsed.as_dict()["totals"] == real.as_dict()["totals"]


def test_papers_of_others_wait_for_the_review(importer: Importer) -> None:
    with pytest.raises(ReviewNotAvailable):
        importer(bundle("01"), trust="review")


def test_entered_in_error_is_kept_and_never_released(importer: Importer) -> None:
    importer(bundle("01"), bundle("90"))
    assert importer.one("SELECT released_at FROM result WHERE status = 'entered-in-error'") is None
    assert importer.one("SELECT count(*) FROM result WHERE status = 'preliminary' AND released_at IS NOT NULL") == 1


def test_a_new_report_is_unread_for_a_patient_with_an_account(importer: Importer) -> None:
    importer(importer.write(patient()))
    _give_account(importer)
    listed = {
        "resourceType": "DiagnosticReport", "id": "r1", "status": "final", "code": {"text": "Panel"},
        "subject": {"reference": "Patient/p1"}, "issued": "2026-11-02T09:00:00Z",
        "effectiveDateTime": "2026-11-02", "result": [{"reference": "Observation/k1"}],
    }  # fmt: skip
    importer(importer.write(patient(), observation(), listed))
    assert importer.one("SELECT count(*) FROM report_unread") == 1
    importer(importer.write(patient(), observation(), listed))
    assert importer.one("SELECT count(*) FROM report_unread") == 1


def test_results_know_their_report_whichever_came_first(importer: Importer) -> None:
    def report_of(*names: str) -> dict[str, Any]:
        return {
            "resourceType": "DiagnosticReport", "id": "r1", "status": "final", "code": {"text": "Panel"},
            "subject": {"reference": "Patient/p1"}, "effectiveDateTime": "2026-11-02",
            "result": [{"reference": f"Observation/{name}"} for name in names],
        }  # fmt: skip

    high = observation(id="k2", valueQuantity={"value": 6.7, "unit": "mmol/L"}, referenceRange=[
        {"low": {"value": 3.5, "unit": "mmol/L"}, "high": {"value": 5.1, "unit": "mmol/L"}}])  # fmt: skip
    importer(importer.write(patient(), observation()))
    importer(importer.write(patient(), report_of("k1", "k2")))
    assert importer.one("SELECT count(*) FROM result WHERE report_id IS NOT NULL") == 1
    assert remarks(importer(importer.write(patient(), report_of("k1", "k2"), high))) == {}
    assert importer.one("SELECT count(*) FROM result WHERE report_id IS NOT NULL") == 2
    assert importer.one("SELECT outside_count FROM report") == 1
    importer(importer.write(patient(), report_of("k1")))
    assert importer.one("SELECT count(*) FROM result WHERE report_id IS NOT NULL") == 1
    assert importer.one("SELECT outside_count FROM report") == 0


def test_lines_of_several_files_come_together_by_patient(importer: Importer) -> None:
    """FHIR Bulk Data: one type a file, a patient's resources spread over all of them."""
    other = patient(id="p2", birthDate="1990-01-01")
    folder = importer.lines(patient(), other, name="bulk/Patient.ndjson").parent
    importer.lines(
        observation(), observation(id="k2", subject={"reference": "Patient/p2"}), name="bulk/Observation.ndjson"
    )
    importer.lines(
        {"resourceType": "Condition", "id": "c1", "code": {"text": "Gout"}, "subject": {"reference": "Patient/p2"}},
        name="bulk/Condition.jsonl",
    )
    report = importer(folder)
    assert (report.exit_code, report.patients, report.total("new")) == (0, 2, 5)


def test_a_practitioner_may_be_named_by_an_identifier(importer: Importer) -> None:
    doctor = {
        "resourceType": "Practitioner", "id": "d1",
        "name": [{"family": "Zanzibar12", "given": ["Rosa478"], "prefix": ["Dr."]}],
        "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "99"}],
    }  # fmt: skip
    reference = {"reference": "Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|99"}
    visit = {
        "resourceType": "Encounter", "id": "e1", "status": "finished", "class": {"code": "AMB"},
        "subject": {"reference": "Patient/p1"}, "participant": [{"individual": reference}],
        "period": {"start": "2026-10-01T10:00:00Z"},
    }  # fmt: skip
    importer(importer.write(visit, patient(), doctor))
    assert (
        importer.one("SELECT p.name FROM encounter e JOIN practitioner p ON p.id = e.practitioner_id")
        == "Dr. Rosa Zanzibar"
    )
    later = {**visit, "id": "e2"}
    importer(importer.write(patient(), later))
    assert importer.one("SELECT count(*) FROM encounter WHERE practitioner_id IS NOT NULL") == 2
    assert (
        importer.one("SELECT name FROM practitioner JOIN person ON person.pcp_id = practitioner.id")
        == "Dr. Rosa Zanzibar"
    )


def test_a_urn_that_is_not_the_id_leads_to_the_resource_all_the_same(importer: Importer) -> None:
    urn = "urn:uuid:11111111-2222-4333-8444-555555555555"
    entries = [{"fullUrl": urn, "resource": patient()}, {"resource": observation(subject={"reference": urn})}]
    report = importer(importer.write(*entries, kind="transaction"))
    assert (report.exit_code, report.total("new")) == (0, 2)


def test_an_active_care_team_opens_the_record_and_an_ended_one_closes_it(importer: Importer) -> None:
    importer(bundle("01"), bundle("90"))
    roles = importer.rows("SELECT role FROM care_team_member WHERE ends_at IS NULL ORDER BY role")
    assert [role for (role,) in roles] == ["Cardiologist", "Care coordinator", "Primary care provider"]
    team = next(r for r in resources(bundle("90")) if r["resourceType"] == "CareTeam")
    team["participant"] = team["participant"][:1]
    importer(importer.write(team))
    assert importer.one("SELECT role FROM care_team_member WHERE ends_at IS NULL") == "Primary care provider"
    importer(importer.write({**team, "status": "inactive"}))
    assert importer.one("SELECT count(*) FROM care_team_member WHERE ends_at IS NULL") == 0


def test_the_patients_words_are_sealed(importer: Importer, canary: Any) -> None:
    importer(importer.write(patient(), observation(note=[{"text": canary.text}])))
    for (body,) in importer.rows("SELECT body FROM source_resource"):
        assert canary.given.encode() not in bytes(body)
        with pytest.raises(zlib.error):
            zlib.decompress(bytes(body))


def test_a_report_that_was_taken_twice_in_the_same_input_is_taken_once(importer: Importer) -> None:
    path = importer.write(patient(), observation())
    other = importer.write(patient(), observation(), name="copy.json")
    report = importer(path, other)
    assert (report.exit_code, report.total("new"), reasons(report)) == (0, 2, {})
    assert remarks(report) == {"repeated": 2}


def _give_account(importer: Importer) -> None:
    from portal.infra.ids import new_id
    from portal.models import Account

    person = importer.one("SELECT id FROM person")
    with importer.services.database.session(write=True) as session:
        person_id = person if isinstance(person, UUID) else UUID(person)
        session.add(
            Account(id=new_id(), display_name="x", person_id=person_id, created_at=importer.services.clock.now())
        )
        session.commit()


def _originals(importer: Importer) -> dict[str, str]:
    """The text of every original that is kept, by `Type/id`."""
    with UnitOfWork.open(importer.services, ACTOR, write=False) as uow:
        table, directory = SourceResource, DirectoryResource.__table__
        columns = (table.source_key, table.patient_id, table.id, table.body)
        found = {
            key: zlib.decompress(uow.unseal_bytes(patient_id, "source_resource.body", row_id, body)).decode()
            for key, patient_id, row_id, body in uow.rows(uow.select(Action.INTEROP_IMPORT_CREATE, table, *columns))
        }
        rows = uow.session.execute(select(directory.c.source_key, directory.c.body))
        return found | {key: zlib.decompress(body).decode() for key, body in rows}
