"""Charts as laboratories and pharmacies write them: long names, many of them, some not final yet."""

from __future__ import annotations

import pytest

from portal.messaging.routing import Context, Incoming, route
from portal.messaging.routing.plain import medicine_name, result_name
from portal.messaging.routing.types import About
from tests.messaging.routing.clinic import context

POTASSIUM = "Potassium [Moles/volume] in Serum or Plasma"
METFORMIN = "24 HR Metformin hydrochloride 500 MG Extended Release Oral Tablet"


def _chart() -> Context:
    def result(number: int, name: str, day: str, by: str, status: str = "final") -> dict[str, str]:
        return {"id": f"result:{number}", "name": name, "kind": "lab", "date": day, "ordering_provider": by,
                "status": status}  # fmt: skip

    results = [
        result(1, "Basic metabolic panel - Blood", "2026-05-11", "dr_pine", "preliminary"),
        result(2, POTASSIUM, "2026-05-11", "dr_pine", "preliminary"),
        result(3, POTASSIUM, "2026-05-04", "dr_reed"),
        result(4, "Potassium", "2026-02-01", "dr_moss"),
        result(5, "Hemoglobin A1c/Hemoglobin.total in Blood", "2026-04-02", "dr_moss"),
        result(6, "Leukocytes [#/volume] in Blood by Automated count", "2026-04-01", "dr_reed"),
        result(7, "Platelet mean volume [Entitic volume] in Blood by Automated count", "2026-05-08", "dr_moss"),
        result(8, "Comprehensive metabolic 2000 panel - Serum or Plasma", "2026-04-20", "dr_moss"),
    ] + [result(100 + n, f"Chloride {n}", "2020-01-01", "dr_moss") for n in range(240)]
    medications = [
        {"id": "medication:1", "name": METFORMIN, "prescriber": "dr_pine", "status": "active"},
        {"id": "medication:2", "name": "losartan potassium 25 MG Oral Tablet", "prescriber": "dr_reed",
         "status": "active"},
    ]  # fmt: skip
    visits = [{"id": "appointment:1", "date": "2026-05-19", "type": "neurology follow-up", "provider": "dr_reed",
               "status": "upcoming"}]  # fmt: skip
    return context(results=results, medications=medications, appointments=visits)


@pytest.mark.parametrize(
    ("text", "owner", "record"),
    [
        ("What does my potassium of 5.6 mean?", "dr_reed", "result:3"),
        ("My potassium came back 5.6. Is that dangerous, and can I still eat bananas?", "dr_reed", "result:3"),
        ("any news on the potassium from yesterday, is it back yet?", "dr_pine", "result:2"),
        ("is my A1c ok", "dr_moss", "result:5"),
        ("my white count, should I worry", "dr_reed", "result:6"),
        ("mi potasio salió alto, ¿es peligroso?", "dr_reed", "result:3"),
    ],
)
def test_a_test_is_found_by_its_everyday_name_and_the_newest_final_one_wins(text: str, owner: str, record: str) -> None:
    decision = route(_chart(), Incoming(text))
    assert (decision.topic, decision.destination, decision.owner) == ("test_result", "ordering_provider", owner)
    assert decision.reason_params["record"] == record


@pytest.mark.parametrize("text", ["what does this mean", "should i worry", "and now?", "is it ok to eat bananas"])
@pytest.mark.parametrize(
    ("about", "topic", "owner"),
    [
        (About("result", "result:7"), "test_result", "dr_moss"),
        (About("medication", "medication:1"), "medication_question", "dr_pine"),
        (About("appointment", "appointment:1"), "appointment_question", "dr_reed"),
    ],
)
def test_an_ambiguous_question_is_about_the_record_it_starts_from(
    text: str, about: About, topic: str, owner: str
) -> None:
    decision = route(_chart(), Incoming(text, about=about))
    assert (decision.topic, decision.owner) == (topic, owner)


@pytest.mark.parametrize(
    "about", [About("result", "result:3"), About("medication", "medication:1"), About("appointment", "appointment:1")]
)
def test_where_a_question_starts_never_hides_what_it_says(about: About) -> None:
    chart = _chart()
    assert route(chart, Incoming("I have chest pain", about=about)).urgency == "emergency"
    assert route(chart, Incoming("I want to book a visit", about=about)).topic == "appointment_scheduling"
    assert route(chart, Incoming("Thank you!", about=about)).topic == "acknowledgement"


def test_from_its_page_a_medicine_is_renewed_and_a_visit_moved() -> None:
    chart = _chart()
    refill = route(chart, Incoming("I need a refill", about=About("medication", "medication:2")))
    assert (refill.topic, refill.owner) == ("medication_refill", "dr_reed")
    moved = route(chart, Incoming("can we do thursday instead", about=About("appointment", "appointment:1")))
    assert (moved.topic, moved.owner) == ("appointment_scheduling", "pool:scheduling")


def test_a_reason_names_the_record_in_short_plain_words() -> None:
    chart = _chart()
    result = route(chart, Incoming("What does my potassium of 5.6 mean?"))
    assert "the potassium test of May 4" in result.reason and "Moles" not in result.reason
    medicine = route(chart, Incoming("Should I take the metformin with food?"))
    assert "about metformin, which" in medicine.reason


@pytest.mark.parametrize(
    ("recorded", "said"),
    [
        (POTASSIUM, "the potassium test"),
        ("Hemoglobin A1c/Hemoglobin.total in Blood", "the A1c test"),
        ("Comprehensive metabolic 2000 panel - Serum or Plasma", "the metabolic test"),
        ("Leukocytes [#/\u200bvolume] in Blood by Automated count", "the white blood cell test"),
        ("Protein [Presence] in Urine by Test strip", "the urine test (protein)"),
        ("Brain MRI", "the brain MRI"),
    ],
)
def test_tests_have_plain_names(recorded: str, said: str) -> None:
    assert result_name(recorded) == said


@pytest.mark.parametrize(
    ("recorded", "said"),
    [
        (METFORMIN, "metformin"),
        ("losartan potassium 25 MG Oral Tablet", "losartan"),
        ("24 HR metoprolol succinate 100 MG Extended Release Oral Tablet [Toprol]", "metoprolol"),
        ("120 ACTUAT Fluticasone propionate 0.044 MG/ACTUAT Metered Dose Inhaler", "fluticasone"),
        ("Vitamin D3 1000 IU (supplement)", "vitamin D3"),
        ("Potassium chloride", "potassium chloride"),
    ],
)
def test_medicines_have_plain_names(recorded: str, said: str) -> None:
    assert medicine_name(recorded) == said
