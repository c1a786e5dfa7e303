"""From FHIR to the record: what each type becomes, on real records and on the odd cases between them."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from portal.interop import fhir, persons, terms
from portal.interop.mapping import values
from portal.interop.text import Cut, is_scripted, safe_html, without_digits
from tests.interop.conftest import NOW, Importer, bundle, observation, patient

SUBJECT = {"subject": {"reference": "Patient/p1"}}


@pytest.fixture
def gibson(importer: Importer) -> Importer:
    """Margery Gibson with her supplement."""
    assert importer(bundle("01"), bundle("90")).exit_code == 0
    return importer


@pytest.fixture
def brooks(importer: Importer) -> Importer:
    """A record with ranges, flags, care teams and notes."""
    assert importer(bundle("07")).exit_code == 0
    return importer


def test_a_patient_becomes_a_person(gibson: Importer) -> None:
    found = gibson.one(
        "SELECT given_name, family_name, sort_name, sex, language, is_deceased, phone, address FROM person"
    )
    assert found[:5] == ("Margery", "Gibson", "gibson, margery", "female", "en")
    assert not found[5]
    assert found[6:] == ("555-414-9624", "572 Wilkinson Bay Unit 63, Cambridge, Massachusetts 02138")


def test_the_dead_the_newborn_and_the_spanish_speaker_are_who_they_are(importer: Importer) -> None:
    importer(bundle("06"), bundle("10"), bundle("04"))
    dead, newborn, spanish = (
        importer.one(f"SELECT given_name, family_name, is_deceased, language FROM person WHERE family_name = '{name}'")
        for name in ("Keeling", "Bowen", "Acuña")
    )
    assert bool(dead[2])
    assert importer.one("SELECT count(*) FROM person WHERE died_at IS NOT NULL") == 1
    assert (newborn[0], newborn[1]) == ("", "Bowen")
    assert spanish[3] == "es"


def test_practitioners_have_a_name_a_role_and_a_place(brooks: Importer) -> None:
    question = (
        "SELECT p.role, p.specialty, o.name FROM practitioner p LEFT JOIN organization o ON o.id = p.organization_id"
    )
    assert brooks.one(f"{question} WHERE p.source_key = 'Practitioner/DR-CA-001'") == (
        "specialist",
        "Cardiology",
        "Cardiology",
    )
    assert brooks.one("SELECT count(*) FROM practitioner WHERE role = 'nurse'") > 5
    assert brooks.one("SELECT count(*) FROM practitioner WHERE name = 'Dr. Ivan Patrick'") == 1


def test_the_care_team_names_the_primary_care_provider_and_the_care_manager(gibson: Importer) -> None:
    question = "SELECT p.name FROM person JOIN practitioner p ON p.id = person.{}"
    assert gibson.one(question.format("pcp_id")) == "Dr. Mariam Gleason"
    assert gibson.one(question.format("care_manager_id")) == "Noah Lindqvist, RN"


def test_a_condition(gibson: Importer) -> None:
    found = gibson.one(
        "SELECT code, code_system, name, status, happened, happened_on FROM condition WHERE code = '38341003'"
    )
    assert found[:5] == ("38341003", fhir.SNOMED, "Hypertension", "active", "1967-06-19T16:34:40+00:00")
    assert str(found[5]) == "1967-06-19"


def test_allergies_say_how_bad_and_how_sure(gibson: Importer) -> None:
    columns = "name, category, criticality, reaction, severity, verification, status, happened"
    assert gibson.rows(f"SELECT {columns} FROM allergy ORDER BY lower(name)") == [
        ("Latex", None, None, None, None, "refuted", "refuted", None),
        ("lisinopril", "medication", "low", "Cough", "mild", "unconfirmed", "active", None),
        ("penicillin G", "medication", "high", "Anaphylaxis", "severe", "confirmed", "active", "1985"),
    ]


def test_medicines_ordered_and_taken_anyway(gibson: Importer) -> None:
    losartan = gibson.one(
        "SELECT m.sig, m.purpose, m.status, m.kind, m.setting, p.name FROM medication m"
        " JOIN practitioner p ON p.id = m.prescriber_id WHERE m.name LIKE 'losartan%'"
    )
    assert losartan == (
        "Take 1 tablet by mouth every morning", "High blood pressure", "active", "prescribed", "outpatient",
        "Dr. Mariam Gleason",
    )  # fmt: skip
    assert gibson.one("SELECT count(*) FROM medication WHERE kind = 'reported'") == 4


def test_results_carry_the_laboratorys_own_range_and_flag(brooks: Importer) -> None:
    low, high, unit, count = brooks.one(
        "SELECT min(low), max(high), min(unit), count(*) FROM result WHERE code = '2823-3' AND category = 'laboratory'"
    )
    assert (float(low), float(high), unit, count) == (3.5, 5.0, "mmol/L", 26)
    assert {f for (f,) in brooks.rows("SELECT DISTINCT flag FROM result WHERE code = '2160-0'")} <= {"N", "H", "L"}


def test_every_result_of_a_panel_belongs_to_its_report_and_has_who_ordered_it(gibson: Importer) -> None:
    assert gibson.one("SELECT count(*) FROM report") == 50
    listed = sum(len(r.get("result", [])) for name in ("01", "90") for r in _reports(name))
    assert gibson.one("SELECT count(*) FROM result WHERE report_id IS NOT NULL") == listed
    orderer = "SELECT DISTINCT p.name FROM report r JOIN practitioner p ON p.id = r.orderer_id"
    assert gibson.one(orderer) == "Dr. Mariam Gleason"
    assert gibson.one("SELECT max(outside_count) FROM report") == 2, "potassium and creatinine of the supplement"


def test_a_report_is_ordered_by_whoever_asked_for_it(importer: Importer) -> None:
    doctors = [{"resourceType": "Practitioner", "id": f"d{n}", "name": [{"family": f"Name{n}x"}]} for n in (1, 2, 3)]
    visit = {"resourceType": "Encounter", "id": "e1", "status": "finished", "class": {"code": "AMB"}, **SUBJECT,
             "participant": [{"individual": {"reference": "Practitioner/d2"}}]}  # fmt: skip
    order = {"resourceType": "ServiceRequest", "id": "s1", "status": "active", "intent": "order", **SUBJECT,
             "requester": {"reference": "Practitioner/d1"}, "code": {"text": "Panel"}}  # fmt: skip

    def report(name: str, **more: Any) -> dict[str, Any]:
        return {"resourceType": "DiagnosticReport", "id": name, "status": "final", "code": {"text": name}, **SUBJECT,
                "issued": "2026-11-02T09:00:00Z", "performer": [{"reference": "Practitioner/d3"}], **more}  # fmt: skip

    seen, asked = {"encounter": {"reference": "Encounter/e1"}}, {"basedOn": [{"reference": "ServiceRequest/s1"}]}
    found = [report("a", **seen, **asked), report("b", **seen), report("c")]
    assert importer(importer.write(*found, patient(), order, visit, *doctors)).exit_code == 0
    question = "SELECT r.name, p.source_key FROM report r JOIN practitioner p ON p.id = r.orderer_id ORDER BY r.name"
    assert importer.rows(question) == [("a", "Practitioner/d1"), ("b", "Practitioner/d2"), ("c", "Practitioner/d3")]


def test_a_blood_pressure_keeps_its_parts(gibson: Importer) -> None:
    parts = gibson.rows("SELECT components FROM result WHERE code = '55284-4' OR code = '85354-9'")
    first = parts[0][0] if isinstance(parts[0][0], list) else json.loads(parts[0][0])
    assert [p["name"] for p in first] == ["Diastolic Blood Pressure", "Systolic Blood Pressure"]
    assert {p["unit"] for p in first} == {"mmHg"}
    assert all(isinstance(p["value"], int | float) for p in first)


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"valueQuantity": {"value": 4.10, "unit": "mmol/L"}}, (Decimal("4.1"), "mmol/L", None, None)),
        ({"valueQuantity": {"value": 0.1, "comparator": "<", "code": "mm[Hg]"}}, (Decimal("0.1"), "mmHg", None, "<")),
        ({"valueCodeableConcept": {"text": "Blood group O"}}, (None, None, "Blood group O", None)),
        ({"valueString": "Not seen"}, (None, None, "Not seen", None)),
        ({"valueBoolean": True}, (None, None, "yes", None)),
        ({"valueInteger": 63}, (Decimal(63), None, None, None)),
        ({"valueRange": {"low": {"value": 1}, "high": {"value": 3, "unit": "g"}}}, (None, None, "1–3 g", None)),
        ({"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 128}}}, (None, None, "1:128", None)),
        ({"dataAbsentReason": {"text": "Hemolyzed"}}, (None, None, "Hemolyzed", None)),
    ],
)  # fmt: skip
def test_every_kind_of_value(importer: Importer, value: dict[str, Any], shown: Any) -> None:
    bare = {k: v for k, v in observation().items() if k != "valueQuantity"}
    assert importer(importer.write(patient(), bare | value)).exit_code == 0
    number, unit, text, comparator = importer.one("SELECT value, unit, value_text, comparator FROM result")
    number = None if number is None else Decimal(str(number)).normalize()
    assert (number, unit, text, comparator) == (shown[0] and shown[0].normalize(), *shown[1:])


def test_visits_notes_plans_goals_referrals_and_appointments(gibson: Importer) -> None:
    assert gibson.one("SELECT name, specialty FROM referral")[0] == "Referral to cardiology service"
    assert gibson.one("SELECT count(*) FROM document") == 1
    assert gibson.one("SELECT due FROM goal WHERE name LIKE 'Walk%'") == "2027-01-31"
    asthma = gibson.one("SELECT activities FROM care_plan WHERE name = 'Asthma self management'")
    activities = asthma if isinstance(asthma, list) else json.loads(asthma)
    assert activities[0] == {"name": "Inhaled steroid therapy", "status": "in-progress"}
    consult = gibson.one(
        "SELECT kind, minutes, time_zone, local_start, instructions FROM appointment WHERE status = 'booked'"
    )
    assert consult[:3] == ("Cardiology consult", 30, "America/New_York")
    assert str(consult[3]).startswith("2026-12-07 10:00")
    assert consult[4].startswith("Bring your medication list")


def test_a_clinical_note_sent_as_a_report_is_a_document(importer: Importer) -> None:
    note = {
        "resourceType": "DiagnosticReport", "id": "n", "status": "final", **SUBJECT, "issued": "2026-11-02T09:00:00Z",
        "category": [{"coding": [{"system": "http://loinc.org", "code": "34117-2"}]}],
        "code": {"text": "History and physical note"},
        "presentedForm": [{"contentType": "text/plain", "data": "SGVsbG8="}],
    }  # fmt: skip
    importer(importer.write(patient(), note))
    assert importer.one("SELECT name, content_type FROM document") == ("History and physical note", "text/plain")
    assert importer.one("SELECT count(*) FROM report") == 0


@pytest.mark.parametrize("where", ["contained", "directory"])
def test_a_medicine_may_be_a_resource_of_its_own(importer: Importer, where: str) -> None:
    medicine = {"resourceType": "Medication", "id": "m1", "code": {"text": "Warfarin 5 mg"}}
    order = {"resourceType": "MedicationRequest", "id": "r1", "status": "active", "intent": "order", **SUBJECT,
             "medicationReference": {"reference": "#m1" if where == "contained" else "Medication/m1"},
             "dosageInstruction": [{"doseAndRate": [{"doseQuantity": {"value": 5.0, "unit": "mg"}}],
              "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}}]}  # fmt: skip
    found = [order | {"contained": [medicine]}] if where == "contained" else [order, medicine]
    assert importer(importer.write(patient(), *found)).exit_code == 0
    assert importer.one("SELECT name, sig FROM medication") == ("Warfarin 5 mg", "5 mg once a day"), "no trailing zero"


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        ([{"low": {"value": 1, "unit": "g"}, "high": {"value": 3, "unit": "g"}, "text": "usual"}], (1, 3, "usual")),
        ([{"low": {"value": 1, "unit": "mg"}}], (None, None, None)),
        ([{"type": {"coding": [{"code": "critical"}]}, "low": {"value": 1}}], (None, None, None)),
        ([{"low": {"value": 1}, "appliesTo": [{}]}, {"low": {"value": 2}, "appliesTo": [{}]}], (None, None, None)),
        ([], (None, None, None)),
    ],
)
def test_only_a_range_that_can_be_compared_is_one(ranges: list[dict[str, Any]], expected: Any) -> None:
    found = values.usual_range(ranges, "g", Cut())
    assert (found.low, found.high, found.text) == expected


@pytest.mark.parametrize(
    ("flag", "value", "outside"),
    [
        ("H", 2, True),
        ("N", 9, False),
        (None, 9, True),
        (None, 3, False),
        (None, 0, True),
        (None, None, False),
        ("S", 2, False),
    ],
)
def test_the_laboratorys_word_comes_before_the_comparison(flag: str | None, value: Any, outside: bool) -> None:
    number = None if value is None else Decimal(value)
    assert values.is_outside(flag, number, Decimal(1), Decimal(3)) is outside


@pytest.mark.parametrize(
    ("codes", "words", "medicine", "category"),
    [
        ([(fhir.ICD10CM, "F32.A")], "", False, "PSY"),
        ([(fhir.ICD10CM, "F11.20")], "", False, "ETH"),
        ([(fhir.ICD10CM, "F17.210")], "Nicotine dependence, cigarettes", False, None),
        ([(fhir.ICD10CM, "B20")], "", False, "HIV"),
        ([(fhir.ICD10CM, "O24.410")], "", False, "SEX"),
        ([(fhir.ICD10CM, "T74.11XA")], "", False, "SDV"),
        ([(fhir.ICD10CM, "I10")], "Essential hypertension", False, None),
        ([(fhir.LOINC, "14334-7")], "Lithium", False, "PSY"),
        ([(fhir.LOINC, "2106-3")], "", False, "SEX"),
        ([(fhir.SNOMED, "55680006")], "", False, "ETH"),
        ([], "Buprenorphine 8 MG Sublingual Tablet", True, "ETH"),
        ([], "Buprenorphine 8 MG Sublingual Tablet", False, None),
        ([], "Normal pregnancy", False, "SEX"),
        ([], "Carbon dioxide", False, None),
        ([], "Cardiology referral", False, None),
        ([], "Dementia without psychotic disturbance or anxiety", False, None),
        ([(fhir.ICD10CM, "F10.20")], "Alcohol dependence in pregnancy after domestic violence", False, "SDV"),
    ],
)
def test_what_reveals_a_category_carries_it(
    codes: list[tuple[str, str]], words: str, medicine: bool, category: str | None
) -> None:
    assert terms.sensitivity(tuple(codes), words, is_medicine=medicine) == category


def test_a_report_reveals_what_its_results_reveal(importer: Importer) -> None:
    test = observation(code={"coding": [{"system": "http://loinc.org", "code": "56888-1"}], "text": "Screen"},
                       valueString="Negative")  # fmt: skip
    del test["valueQuantity"]
    report = {"resourceType": "DiagnosticReport", "id": "r", "status": "final", "code": {"text": "Blood tests"},
              **SUBJECT,
              "issued": "2026-11-02T09:00:00Z", "result": [{"reference": "Observation/k1"}]}  # fmt: skip
    importer(importer.write(patient(), test, report))
    assert importer.one("SELECT sensitivity FROM report") == "HIV"


def test_the_sources_own_label_is_believed(importer: Importer) -> None:
    labelled = observation(
        meta={"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "GDIS"}]}
    )
    importer(importer.write(patient(), labelled))
    assert importer.one("SELECT sensitivity FROM result") == "GDIS"


@pytest.mark.parametrize(
    ("generated", "shown"),
    [("Rosa478", "Rosa"), ("Mary Ann12", "Mary Ann"), ("O'Neil99", "O'Neil"), ("Gibson", "Gibson"), ("3rd", "3rd")],
)
def test_generated_names_lose_their_digits(generated: str, shown: str) -> None:
    assert without_digits(generated) == shown


@pytest.mark.parametrize(
    "html",
    ["<script>", "< SCRIPT src=x>", "<img src=x onerror=alert(1)>", "<a href='javascript:x'>", "<iframe>",
     "<svg/onload=x>", "<form action=x>", "<p onmouseover = 'x'>", "<a href='java\nscript:x'>x</a><object>"],
)  # fmt: skip
def test_script_in_a_narrative_is_seen_and_never_survives(html: str) -> None:
    assert is_scripted(html)
    safe = safe_html(html).lower()
    assert not any(
        word in safe
        for word in ("<script", "javascript", "onerror", "onload", "onmouseover", "<iframe", "<form", "<object", "href")
    )


def test_an_honest_narrative_is_left_in_peace() -> None:
    html = "<div><table><tr><td>Once = one</td></tr></table><p>Conscript on duty</p></div>"
    assert not is_scripted(html)
    assert "<td>Once = one</td>" in safe_html(html)


def test_the_name_in_use_comes_before_an_old_one() -> None:
    names = [{"use": "old", "family": "Before"}, {"use": "official", "family": "Now", "given": ["A", "B"]}]
    assert fhir.human_name(names)[1:3] == ("A B", "Now")
    assert fhir.human_name([{"text": "Ana Maria Lopez"}])[1:3] == ("Ana Maria", "Lopez")


def test_a_phone_is_the_mobile_one_and_never_an_old_one() -> None:
    telecom = [{"system": "phone", "value": "1", "use": "old"}, {"system": "phone", "value": "2", "use": "work"},
               {"system": "phone", "value": "3", "use": "mobile"}]  # fmt: skip
    assert fhir.contact({"telecom": telecom}, "phone") == "3"


@pytest.mark.parametrize(
    ("spoken", "language"),
    [([{"language": {"coding": [{"code": "en"}]}}, {"language": {"coding": [{"code": "es-MX"}]}, "preferred": True}],
      "es"),
     ([{"language": {"coding": [{"code": "spa"}]}}], "es"), ([], "en")],
)  # fmt: skip
def test_the_language_is_the_preferred_one(spoken: list[dict[str, Any]], language: str) -> None:
    assert persons.language({"communication": spoken}) == language


def _reports(start: str) -> list[dict[str, Any]]:
    from tests.interop.conftest import resources

    return [r for r in resources(bundle(start)) if r["resourceType"] == "DiagnosticReport"]


def test_nothing_was_recorded_after_now(brooks: Importer) -> None:
    assert str(brooks.one("SELECT max(effective_at) FROM result"))[:10] <= NOW.date().isoformat()
