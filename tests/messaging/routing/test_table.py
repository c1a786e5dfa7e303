"""Every row of the decision table, with the reading given."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from portal.messaging.routing import TOPICS, Context, Incoming, Matches, Reading, route
from tests.messaging.routing.clinic import Fixed, away, context

pytestmark = pytest.mark.one_database
TRIAGE = "pool:nurse_triage"


def decide(reading: Reading, role: str = "patient", at: Context | None = None, **message: Any) -> Any:
    return route(at or context(), Incoming("…", role, **message), Fixed(reading))


def where(decision: Any) -> tuple[str, str | None, bool]:
    return decision.destination, decision.owner, decision.restricted_reply


# 6.1 A provider writes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("addressee", "destination", "owner"),
    [("dr_reed", "named_provider:dr_reed", "dr_reed"), ("dr_pine", "pcp", "dr_pine"), (None, "pcp", "dr_pine")],
)
def test_a_provider_to_the_team_reaches_the_one_addressed_or_the_pcp(
    addressee: str | None, destination: str, owner: str
) -> None:
    decision = decide(
        Reading("test_result", addressee=addressee), "provider", sender_key="dr_moss", audience="care_team"
    )
    assert where(decision) == (destination, owner, False)
    assert decision.liaison_may_see is False


@pytest.mark.parametrize(
    ("reading", "changes", "destination"),
    [
        (Reading("medication_question"), {}, "liaison"),
        (Reading("family_update"), {}, "liaison"),
        (Reading("test_result"), {}, "patient"),
        (Reading("medication_question", sensitive="mental_health"), {}, "patient"),
        (
            Reading("medication_question", sensitive="mental_health"),
            {"scopes": ["medications", "sensitive:mental_health"]},
            "liaison",
        ),
        (Reading("medication_question", hide_from_liaison=True), {}, "patient"),
        (Reading("medication_question"), {"liaison_active": False}, "patient"),
        (Reading("medication_question"), {"liaison": None}, "patient"),
    ],
)
def test_a_provider_to_the_family_reaches_the_liaison_only_within_the_grants(
    reading: Reading, changes: dict[str, Any], destination: str
) -> None:
    decision = decide(reading, "provider", context(**changes), audience="family")
    assert decision.destination == destination
    assert decision.owner == {"liaison": "li_max", "patient": "patient"}[destination]
    assert decision.liaison_may_see is (destination == "liaison")
    assert decision.urgency == "routine"


# 6.2 Everybody else ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("urgency", ["emergency", "same_day"])
@pytest.mark.parametrize("role", ["patient", "liaison", "family_other"])
@pytest.mark.parametrize("topic", TOPICS)
def test_1_what_is_urgent_goes_to_the_nurse_whoever_writes(urgency: str, role: str, topic: str) -> None:
    decision = decide(Reading(topic, urgency), role)
    assert (decision.destination, decision.owner) == ("nurse_triage", TRIAGE)


def test_1_the_usual_owner_is_copied() -> None:
    at = context()
    decision = decide(Reading("medication_refill", "same_day", matches=Matches(medications=at.medications[:1])), at=at)
    assert decision.copies == ("dr_reed",)


@pytest.mark.parametrize("role", ["patient", "liaison", "family_other"])
def test_2_and_3_support_and_thanks(role: str) -> None:
    assert where(decide(Reading("access_technical"), role)) == ("portal_support", "pool:portal_support", False)
    assert where(decide(Reading("acknowledgement"), role)) == ("none", None, False)


@pytest.mark.parametrize(
    ("reading", "changes"),
    [
        (Reading("family_update", hide_from_liaison=True), {}),
        (Reading("new_symptom", concern_about_liaison=True), {}),
        (Reading("new_symptom", sensitive="substance_use"), {}),
        (Reading("family_update"), {"liaison": None}),
        (Reading("family_update"), {"liaison_active": False}),
    ],
)
def test_4_a_relative_in_confidence_reaches_the_care_manager(reading: Reading, changes: dict[str, Any]) -> None:
    assert where(decide(reading, "family_other", context(**changes))) == ("care_manager", "cm_birch", True)


@pytest.mark.parametrize("topic", [t for t in TOPICS if t not in {"access_technical", "acknowledgement"}])
def test_5_any_other_word_of_a_relative_goes_to_the_liaison(topic: str) -> None:
    assert where(decide(Reading(topic), "family_other")) == ("liaison", "li_max", True)


@pytest.mark.parametrize(
    "reading",
    [Reading("test_result"), Reading("records_request"), Reading("medication_question", sensitive="mental_health")],
)
def test_6_the_liaison_out_of_scope_reaches_the_care_manager(reading: Reading) -> None:
    assert where(decide(reading, "liaison")) == ("care_manager", "cm_birch", True)


@pytest.mark.parametrize("topic", ["new_symptom", "follow_up_symptom"])
def test_6_a_symptom_from_a_liaison_without_scope_still_reaches_the_nurse(topic: str) -> None:
    assert where(decide(Reading(topic), "liaison", context(scopes=[]))) == ("nurse_triage", TRIAGE, True)


def test_6_within_scope_nothing_is_held_back() -> None:
    assert where(decide(Reading("appointment_scheduling"), "liaison")) == ("scheduling", "pool:scheduling", False)


def test_7_a_summary_for_the_liaison_comes_from_the_care_manager() -> None:
    assert where(decide(Reading("family_update"), "liaison")) == ("care_manager", "cm_birch", False)


@pytest.mark.parametrize(
    ("reading", "changes", "destination"),
    [
        (Reading("family_update"), {}, "liaison"),
        (Reading("family_update", hide_from_liaison=True), {}, "care_manager"),
        (Reading("family_update", sensitive="sexual_health"), {}, "care_manager"),
        (Reading("family_update"), {"liaison": None}, "care_manager"),
        (Reading("family_update"), {"liaison_active": False}, "care_manager"),
    ],
)
def test_8_and_9_family_news_from_the_patient(reading: Reading, changes: dict[str, Any], destination: str) -> None:
    assert decide(reading, at=context(**changes)).destination == destination


@pytest.mark.parametrize("topic", ["appointment_scheduling", "billing_insurance", "records_request"])
def test_10_an_addressee_does_not_move_administrative_work(topic: str) -> None:
    assert decide(Reading(topic, addressee="dr_moss")).destination != "named_provider:dr_moss"


@pytest.mark.parametrize(
    "topic",
    [
        "test_result",
        "medication_question",
        "follow_up_symptom",
        "new_symptom",
        "appointment_question",
        "forms_paperwork",
    ],
)
def test_11_an_explicit_addressee_overrides_the_record(topic: str) -> None:
    assert where(decide(Reading(topic, addressee="dr_moss"))) == ("named_provider:dr_moss", "dr_moss", False)


def test_11_only_a_new_referral_follows_the_addressee_and_a_refill_never_does() -> None:
    matches = Matches(referral=context().referrals[0])
    assert decide(Reading("referral", addressee="dr_moss", new_referral=True)).destination == "named_provider:dr_moss"
    assert decide(Reading("referral", addressee="dr_moss", matches=matches)).destination == "referring_provider"
    assert decide(Reading("medication_refill", addressee="dr_moss")).destination == "pcp"


@pytest.mark.parametrize(
    "reading", [Reading("new_symptom", sensitive="abuse"), Reading("family_update", concern_about_liaison=True)]
)
def test_violence_and_worries_about_the_liaison_reach_the_care_manager_and_never_the_liaison(reading: Reading) -> None:
    decision = decide(reading)
    assert decision.destination == "care_manager"
    assert decision.liaison_may_see is False


# 6.3 Usual owners ------------------------------------------------------------------------------------------------


def _rows() -> list[tuple[Reading, str, str]]:
    at = context()
    med, scan, old = at.medications[0], at.results[0], at.appointments[3]
    soon, done = at.appointments[0], at.appointments[2]
    infusion = replace(soon, type="infusion visit", provider="dr_moss")
    return [
        (Reading("test_result", matches=Matches(results=(scan,))), "ordering_provider", "dr_reed"),
        (Reading("test_result"), "pcp", "dr_pine"),
        (Reading("medication_refill", matches=Matches(medications=(med, at.medications[1]))), "prescriber", "dr_reed"),
        (Reading("medication_refill"), "pcp", "dr_pine"),
        (Reading("medication_question", matches=Matches(medications=(med,))), "prescriber", "dr_reed"),
        (Reading("medication_question", matches=Matches(visit=infusion)), "prescriber", "dr_moss"),
        (Reading("medication_question", matches=Matches(visit=soon)), "pcp", "dr_pine"),
        (Reading("medication_question"), "pcp", "dr_pine"),
        (Reading("appointment_question", matches=Matches(visit=done)), "appointment_provider", "dr_moss"),
        (Reading("appointment_question"), "appointment_provider", "dr_reed"),
        (Reading("appointment_question", past=True), "appointment_provider", "dr_moss"),
        (
            Reading("follow_up_symptom", matches=Matches(visit=done, visit_is_tied=True)),
            "appointment_provider",
            "dr_moss",
        ),
        (Reading("follow_up_symptom", matches=Matches(visit=done)), "nurse_triage", TRIAGE),
        (Reading("follow_up_symptom", matches=Matches(visit=old, visit_is_tied=True)), "nurse_triage", TRIAGE),
        (Reading("follow_up_symptom", matches=Matches(visit=soon, visit_is_tied=True)), "nurse_triage", TRIAGE),
        (Reading("new_symptom"), "nurse_triage", TRIAGE),
        (Reading("referral", matches=Matches(referral=at.referrals[0])), "referring_provider", "dr_pine"),
        (Reading("referral", new_referral=True), "pcp", "dr_pine"),
        (
            Reading("forms_paperwork", matches=Matches(visit=done, visit_is_tied=True)),
            "appointment_provider",
            "dr_moss",
        ),
        (Reading("forms_paperwork"), "pcp", "dr_pine"),
        (Reading("care_coordination"), "care_manager", "cm_birch"),
        (Reading("appointment_scheduling"), "scheduling", "pool:scheduling"),
        (Reading("billing_insurance"), "billing", "pool:billing"),
        (Reading("records_request"), "records", "pool:records"),
    ]


@pytest.mark.parametrize(("reading", "destination", "owner"), _rows())
def test_each_topic_has_its_usual_owner(reading: Reading, destination: str, owner: str) -> None:
    assert where(decide(reading)) == (destination, owner, False)


def test_without_a_care_manager_the_pcp_coordinates() -> None:
    assert where(decide(Reading("care_coordination"), at=context(care_manager=None))) == (
        "care_manager",
        "dr_pine",
        False,
    )


def test_with_no_visit_at_all_the_pcp_answers_questions_about_visits() -> None:
    assert where(decide(Reading("appointment_question"), at=context(appointments=[]))) == ("pcp", "dr_pine", False)


# 6.4 and 8 Coverage ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("absences", "owner"),
    [
        ([away("dr_reed", "dr_moss")], "dr_moss"),
        ([away("dr_reed", "dr_moss"), away("dr_moss", "dr_pine")], "dr_pine"),
        ([away("dr_reed", "dr_moss"), away("dr_moss", "dr_reed")], "pool:neurology"),
        ([away("dr_reed", "dr_moss"), away("dr_moss", None)], "pool:neurology"),
        ([away("dr_reed", "dr_reed")], "pool:neurology"),
        ([away("dr_reed", None)], "pool:neurology"),
        ([away("dr_reed", "nobody_known")], "pool:neurology"),
        ([away("dr_reed", "dr_moss", end="2026-05-12")], "dr_moss"),  # the last day still counts
        ([away("dr_reed", "dr_moss", start="2026-05-12")], "dr_moss"),
        ([away("dr_reed", "dr_moss", end="2026-05-11")], "dr_reed"),
        ([away("dr_reed", "dr_moss", start="2026-05-13")], "dr_reed"),
        ([away("dr_reed", None, end=None)], "pool:neurology"),
    ],
)
def test_the_chain_of_covers_ends_with_one_owner(absences: list[dict[str, Any]], owner: str) -> None:
    at = context(absences=absences)
    decision = decide(Reading("medication_refill", matches=Matches(medications=at.medications[:1])), at=at)
    assert (decision.destination, decision.owner) == ("prescriber", owner)
    assert (decision.coverage is None) == (owner == "dr_reed")


def test_who_has_left_resolves_as_absent_without_cover() -> None:
    raw = [{"name": "levetiracetam", "prescriber": "dr_gone", "status": "active"}]
    at = context(medications=raw)
    decision = decide(Reading("medication_refill", matches=Matches(medications=at.medications)), at=at)
    assert (decision.destination, decision.owner) == ("prescriber", TRIAGE)
    assert "nurse on duty" in decision.reason


def test_with_nobody_named_at_all_the_nurse_has_it() -> None:
    decision = decide(Reading("care_coordination"), at=context(pcp=None, care_manager=None))
    assert decision.owner == TRIAGE


@pytest.mark.parametrize(
    ("absences", "owner"),
    [
        ([], "li_max"),
        ([away("li_max")], "li_ivy"),
        ([away("li_max"), away("li_ivy")], "cm_birch"),
        ([away("li_ivy")], "li_max"),
    ],
)
def test_the_backup_serves_only_while_the_liaison_is_away(absences: list[dict[str, Any]], owner: str) -> None:
    decision = decide(Reading("family_update"), at=context(absences=absences))
    assert (decision.destination, decision.owner, decision.liaison_may_see) == ("liaison", owner, True)


# 5 Privacy, in its order -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reading", "changes", "sees"),
    [
        (Reading("acknowledgement"), {"liaison": None}, False),
        (Reading("acknowledgement", hide_from_liaison=True), {}, None),
        (Reading("access_technical"), {}, None),
        (Reading("new_symptom", hide_from_liaison=True), {}, False),
        (Reading("new_symptom", sensitive="mental_health"), {}, False),
        (Reading("new_symptom", sensitive="mental_health"), {"scopes": ["clinical", "sensitive:mental_health"]}, True),
        (Reading("new_symptom", sensitive="mental_health"), {"scopes": ["sensitive:mental_health"]}, False),
        (Reading("new_symptom", sensitive="abuse"), {"scopes": ["clinical", "sensitive:mental_health"]}, False),
        (Reading("family_update"), {"scopes": []}, True),
        (Reading("family_update", sensitive="mental_health"), {}, False),
        (Reading("new_symptom"), {}, True),
        (Reading("test_result"), {}, False),
        (Reading("new_symptom", "emergency"), {"scopes": []}, False),
    ],
)
def test_what_the_liaison_may_see(reading: Reading, changes: dict[str, Any], sees: bool | None) -> None:
    assert decide(reading, at=context(**changes)).liaison_may_see is sees


# 10 Reasons ------------------------------------------------------------------------------------------------------


def test_the_reason_names_match_person_and_cover() -> None:
    at = context(absences=[away("dr_reed", "dr_moss")])
    reading = Reading("medication_refill", matches=Matches(medications=at.medications[:1]))
    english, spanish = decide(reading, at=at), decide(reading, at=at, lang="es")
    for part in ("Dr. Eva Moss", "levetiracetam", "Dr. Tom Reed", "May 20"):
        assert part in english.reason
    assert "20 de mayo" in spanish.reason
    assert english.reason_params["absent"] == "dr_reed"


@pytest.mark.parametrize("role", ["liaison", "family_other"])
@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_reason_never_confirms_what_the_reader_may_not_see(role: str, lang: str) -> None:
    at = context()
    matches = Matches(
        medications=(at.medications[2],), results=(at.results[3],), visit=at.appointments[1], visit_is_tied=True
    )
    for topic in TOPICS:
        decision = decide(Reading(topic, sensitive="mental_health", matches=matches), role, at, lang=lang)
        told = decision.reason.lower() + " ".join(decision.reason_params.values()).lower()
        for secret in ("escitalopram", "lexapro", "hiv", "fern", "medication management", "mental", "np_"):
            assert secret not in told, (topic, decision.reason)
