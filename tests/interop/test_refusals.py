"""Whatever is wrong gets one clear line with file and place; the rest goes on; nothing is half-written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from portal.interop.reasons import REFUSALS, REMARKS
from tests.interop.conftest import Importer, observation, patient, reasons, remarks

SUBJECT = {"subject": {"reference": "Patient/p1"}}


def _observation(**more: Any) -> dict[str, Any]:
    return observation(id="x", **more)


def without(resource: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in resource.items() if name not in names}


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        (_observation(effectiveDateTime="2026-02-30"), "impossible-date"),
        (_observation(effectiveDateTime="2026-02-30T10:00:00Z"), "impossible-date"),
        (_observation(effectiveDateTime="0000-01-01"), "impossible-date"),
        (_observation(effectiveDateTime="2026-13-01"), "impossible-date"),
        (_observation(effectiveDateTime="2026-11-02T10:00:00"), "impossible-date"),
        (_observation(effectiveDateTime="2026-11-25"), "in-the-future"),
        (_observation(issued="2027-01-01T00:00:00Z"), "in-the-future"),
        (_observation(effectiveDateTime="1979-12-01"), "before-birth"),
        (without(_observation(), "effectiveDateTime"), "no-date"),
        (_observation(valueString="high"), "two-values"),
        (_observation(effectiveInstant="2026-11-02T10:00:00Z"), "two-values"),
        (
            _observation(component=[{"code": {"text": "a"}, "valueString": "b", "valueInteger": 3}]),
            "two-values",
        ),
        (_observation(valueQuantity={"value": 4.1}), "no-unit"),
        (_observation(valueQuantity={"value": 4.1, "unit": "  "}), "no-unit"),
        (_observation(code={}), "no-code"),
        (_observation(status="nope"), "structure"),
        (_observation(note=[{"text": "half a character: \ud800"}]), "half-character"),
        (_observation(valueQuantity={"value": 10**400, "unit": "mmol/L"}), "structure"),
        (_observation(valueQuantity="4.1 mmol/L"), "structure"),
        (_observation(code=["Potassium"]), "structure"),
        ({"resourceType": "Immunization", "id": "x", "status": "completed", "vaccineCode": {"text": "MMR"},
          "patient": {"reference": "Patient/p1"}, "occurrenceDateTime": "2026-12-24"}, "in-the-future"),
        ({"resourceType": "Condition", "id": "x", "code": {"text": "Gout"}, **SUBJECT, "onsetDateTime": "1960"},
         "before-birth"),
        ({"resourceType": "Procedure", "id": "x", "status": "completed", "code": {"text": "Suture"}, **SUBJECT,
          "performedDateTime": "2026-06-31"}, "impossible-date"),
        ({"resourceType": "Condition", "id": "x", **SUBJECT}, "no-code"),
        ({"resourceType": "MedicationRequest", "id": "x", "status": "active", "intent": "order", **SUBJECT}, "no-code"),
        ({"resourceType": "Appointment", "id": "x", "status": "booked", "start": "2026-12-01T10:00:00Z",
          "end": "2026-12-01T09:00:00Z", "participant": [{"actor": {"reference": "Patient/p1"}, "status": "accepted"}]},
         "impossible-date"),
        (without(_observation(), "id"), "no-id"),
        (_observation() | {"id": "a b"}, "bad-id"),
        (_observation() | {"id": "x" * 65}, "bad-id"),
        ({"resourceType": "observation", "id": "x"}, "bad-type"),
        ({"resourceType": "<script>", "id": "x"}, "bad-type"),
        (without(_observation(), "subject"), "no-patient"),
        (_observation(subject={"reference": "Group/1"}), "no-patient"),
        (_observation(subject={"reference": "Patient/nobody"}), "unknown-patient"),
        (_observation(subject={"reference": "http://elsewhere.example/fhir/Patient/p9"}), "unknown-patient"),
    ],
)  # fmt: skip
def test_one_bad_resource_is_said_and_the_others_are_taken(
    importer: Importer, resource: dict[str, Any], reason: str
) -> None:
    path = importer.write(patient(), observation(), resource)
    report = importer(path)
    assert reasons(report) == {reason: 1}
    (place,) = report.refusals[reason].places
    assert (place.file, place.inside) == (str(path), "entry[2]")
    assert report.exit_code == 1
    assert (report.total("new"), report.total("skipped")) == (2, 1)
    assert importer.one("SELECT count(*) FROM source_resource") == 2
    assert importer.one("SELECT count(*) FROM result") == 1


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"birthDate": "1980-02-30"}, "impossible-date"),
        ({"birthDate": "0000"}, "impossible-date"),
        ({"birthDate": "2030-01-01"}, "in-the-future"),
        ({"deceasedDateTime": "1979-01-01"}, "birth-after-death"),
        ({"deceasedDateTime": "2031-01-01"}, "in-the-future"),
        ({"deceasedDateTime": "2020-01-01", "deceasedBoolean": True}, "two-values"),
        ({"gender": "no such code"}, "structure"),
    ],
)
def test_a_patient_who_can_not_be_is_refused_whole_and_the_next_one_is_taken(
    importer: Importer, changes: dict[str, Any], reason: str
) -> None:
    other = patient(id="p2")
    report = importer(importer.write(patient(**changes), observation(), other))
    assert reasons(report) == {reason: 1, "patient-refused": 1}
    assert (report.patients, report.patients_refused, report.exit_code) == (1, 1, 1)
    assert importer.one("SELECT source_key FROM person") == "Patient/p2"


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("resource", "remark"),
    [
        (_observation(text={"status": "generated", "div": "<div><script>x()</script></div>"}), "script"),
        (_observation(text={"status": "generated", "div": "<div><p onclick='x()'>a</p></div>"}), "script"),
        (_observation(text={"status": "generated", "div": "<div><a href='JavaScript:x'>a</a></div>"}), "script"),
        (_observation(unheard={"of": 1}), "loose-structure"),
        (_observation(code={"text": "Iron", "coding": [{"code": "", "display": ""}]}), "loose-structure"),
        (_observation(encounter={"reference": "Encounter/nowhere"}), "loose-reference"),
        (
            _observation(code={"coding": [{"system": "http://unheard.of", "code": "1", "display": "X"}]}),
            "unknown-system",
        ),
        (_observation(note=[{"text": "a" * 5000}]), "long-text"),
    ],
)
def test_what_is_odd_but_harmless_is_taken_with_a_remark(
    importer: Importer, resource: dict[str, Any], remark: str
) -> None:
    report = importer(importer.write(patient(), resource))
    assert remarks(report) == {remark: 1}
    assert (report.exit_code, report.total("new")) == (0, 2)
    assert str(report.remarks[remark].places[0]).endswith("some.json entry[1] Observation")


def test_another_patients_data_goes_to_that_patient_and_the_link_between_them_is_cut(importer: Importer) -> None:
    visit = {
        "resourceType": "Encounter", "id": "e1", "status": "finished", "class": {"code": "AMB"},
        "subject": {"reference": "Patient/p2"}, "period": {"start": "2026-10-01T10:00:00Z"},
    }  # fmt: skip
    other = patient(id="p2", birthDate="1990-01-01")
    report = importer(importer.write(patient(), other, visit, observation(encounter={"reference": "Encounter/e1"})))
    assert remarks(report) == {"other-patient": 1}
    question = "SELECT p.source_key FROM {} JOIN person p ON p.id = patient_id"
    assert importer.one(question.format("encounter")) == "Patient/p2"
    assert importer.one(question.format("result")) == "Patient/p1"


def test_data_of_a_patient_who_is_known_needs_no_patient_in_the_file(importer: Importer) -> None:
    importer(importer.write(patient()))
    report = importer(importer.write(observation()))
    assert (report.exit_code, report.total("new")) == (0, 1)


def test_a_record_number_finds_the_patient_where_the_reference_does_not(importer: Importer) -> None:
    number = {"type": {"coding": [{"code": "MR"}]}, "system": "urn:mrn", "value": "M-77"}
    importer(importer.write(patient(identifier=[number])))
    subject = {"reference": "Patient/their-own-id", "identifier": {"system": "urn:mrn", "value": "M-77"}}
    assert importer(importer.write(observation(subject=subject))).exit_code == 0
    assert importer.one("SELECT count(*) FROM result") == 1


@pytest.mark.parametrize(
    "somebody_else",
    [
        patient(birthDate="1955-01-01", name=[{"family": "Other", "given": ["Body"]}]),
        patient(id="p9", birthDate="1955-01-01", identifier=[{"type": {"coding": [{"code": "MR"}]}, "value": "M-77"}]),
    ],
    ids=["the same id", "the same record number"],
)
def test_two_charts_are_never_merged(importer: Importer, somebody_else: dict[str, Any]) -> None:
    importer(importer.write(patient(identifier=[{"type": {"coding": [{"code": "MR"}]}, "value": "M-77"}])))
    report = importer(
        importer.write(somebody_else, observation(subject={"reference": f"Patient/{somebody_else['id']}"}))
    )
    assert reasons(report) == {"identity-differs": 1, "patient-refused": 1}
    assert importer.one("SELECT count(*) FROM person") == 1
    assert importer.one("SELECT count(*) FROM result") == 0


def test_the_same_id_twice_in_a_file_is_said_and_the_later_one_stands(importer: Importer) -> None:
    path = importer.write(patient(), observation(), observation(valueQuantity={"value": 5, "unit": "mmol/L"}))
    report = importer(path)
    assert reasons(report) == {"twice": 1}
    assert report.refusals["twice"].places[0].inside == "entry[1]"
    assert float(importer.one("SELECT value FROM result")) == 5
    assert importer(path).total("changed") == 0


def test_a_reference_that_can_mean_two_patients_data_is_not_followed(importer: Importer) -> None:
    """Both systems call an observation k1: each patient keeps their own."""
    importer(importer.write(patient(), observation(), name="a.json"))
    other = patient(id="p2", birthDate="1990-01-01")
    report = importer(importer.write(other, observation(subject={"reference": "Patient/p2"}), name="b.json"))
    assert report.exit_code == 0
    assert importer.one("SELECT count(DISTINCT patient_id) FROM result") == 2


def test_a_number_without_a_unit_is_taken_where_none_exists(importer: Importer) -> None:
    ph = {"coding": [{"system": "http://loinc.org", "code": "2744-1"}], "text": "pH"}
    score = {"category": [{"coding": [{"code": "survey"}]}], "code": {"text": "Score"}, "valueQuantity": {"value": 3}}
    found = [observation(id="a", code=ph, valueQuantity={"value": 7.4}), observation(id="b", **score)]
    found.append(observation(id="c", valueQuantity={"value": 1.01, "code": "1", "system": "http://unitsofmeasure.org"}))
    assert importer(importer.write(patient(), *found)).exit_code == 0
    assert importer.rows("SELECT unit FROM result") == [(None,), (None,), (None,)]


def test_what_belongs_to_no_page_is_kept_all_the_same(importer: Importer) -> None:
    flag = {"resourceType": "Flag", "id": "f1", "status": "active", "code": {"text": "Fall risk"}, **SUBJECT}
    report = importer(importer.write(patient(), flag))
    assert dict(report.counts["Flag"]) == {"new": 1, "kept": 1}
    assert importer.one("SELECT count(*) FROM source_resource WHERE resource_type = 'Flag'") == 1


def test_text_that_no_database_can_hold_is_cleaned_for_show_and_kept_as_sent(importer: Importer) -> None:
    odd = observation(valueString="a\x00b\x1b[31mc\u202ed", note=[{"text": "\u0000"}])
    report = importer(importer.write(patient(), without(odd, "valueQuantity")))
    assert report.exit_code == 0
    assert importer.one("SELECT value_text FROM result") == "ab[31mcd"


def test_absurd_depth_stops_one_line_only(importer: Importer) -> None:
    deep = '{"resourceType":"Flag","id":"f","subject":{"reference":"Patient/p1"},"x":' + "[" * 5000 + "]" * 5000 + "}"
    report = importer(importer.text(json.dumps(patient()) + "\n" + deep + "\n", name="a.ndjson"))
    assert reasons(report) == {"too-deep": 1}
    assert report.total("new") == 1


def test_every_reason_is_a_sentence_that_ends() -> None:
    for sentence in (*REFUSALS.values(), *REMARKS.values()):
        assert sentence[0].isupper()
        assert sentence.endswith((".", ")."))
        assert len(sentence) < 120
