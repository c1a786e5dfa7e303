"""A clinic's own routing table decides who answers, and never what is safe or private."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from portal.cli.routing import routing
from portal.messaging.routing import TOPICS, Incoming, Reading, route
from portal.messaging.routing.table import DEFAULT, EDITABLE, BadTable, RoutingTable, steps_for, sure_steps
from tests.messaging.routing.clinic import RAW, Fixed, context

pytestmark = pytest.mark.one_database
POOLS = {"nurse_triage": True, "scheduling": False, "billing": False, "records": False, "diabetes": True}


def table(**body: Any) -> RoutingTable:
    return RoutingTable.parse(body, 7, POOLS)


def decide(at: RoutingTable, reading: Reading, text: str = "…", role: str = "patient", **changes: Any) -> Any:
    return route(context(**changes), Incoming(text, role), Fixed(reading), at)


def rule(**parts: Any) -> dict[str, Any]:
    return {"key": "r1", "name": "Pumps", "to": "pool:diabetes", "topics": [], "phrases": ["insulin pump"], **parts}


def problems(**body: Any) -> list[tuple[str, str]]:
    with pytest.raises(BadTable) as caught:
        table(**body)
    return [(p.place, p.code) for p in caught.value.problems]


def test_a_topic_goes_where_the_clinic_says() -> None:
    changed = table(topics={"care_coordination": ["pcp"], "billing_insurance": ["pool:records"]})
    assert decide(changed, Reading("care_coordination")).owner == "dr_pine"
    bill = decide(changed, Reading("billing_insurance"))
    assert (bill.destination, bill.owner) == ("records", "pool:records")
    assert "at our clinic" in bill.reason
    assert decide(DEFAULT, Reading("care_coordination")).owner == "cm_birch"


def test_a_record_step_left_out_is_not_asked() -> None:
    changed = table(topics={"follow_up_symptom": ["pool:nurse_triage"]})
    reading = Reading("follow_up_symptom")
    assert decide(changed, reading).owner == "pool:nurse_triage"


def test_a_rule_of_the_clinic_comes_before_the_topic() -> None:
    changed = table(rules=[rule()])
    decision = decide(changed, Reading("medication_question"), "My Insulin  pump beeps, what dose now?")
    assert (decision.owner, decision.rule, decision.reason_code) == ("pool:diabetes", "r1", "clinic_rule")
    assert decide(changed, Reading("medication_question"), "My pump, the insulin one").rule is None


def test_the_first_rule_that_fits_decides() -> None:
    changed = table(
        rules=[rule(key="a", topics=["referral"]), rule(key="b"), rule(key="c", to="pcp", topics=["test_result"])]
    )
    assert decide(changed, Reading("medication_question"), "insulin pump").rule == "b"


@pytest.mark.parametrize(("age", "fits"), [(3, False), (4, True), (17, True), (18, False), (None, False)])
def test_a_rule_for_an_age_fits_only_that_age(age: int | None, fits: bool) -> None:
    changed = table(rules=[rule(phrases=[], topics=["forms_paperwork"], youngest=4, oldest=17)])
    patient = {key: value for key, value in {**RAW["patient"], "age": age}.items() if value is not None}
    decision = decide(changed, Reading("forms_paperwork"), patient=patient)
    assert (decision.rule == "r1") is fits


@pytest.mark.parametrize("urgency", ["emergency", "same_day"])
def test_no_table_takes_what_is_urgent_from_the_nurse(urgency: str) -> None:
    changed = table(topics={"medication_question": ["pcp"]}, rules=[rule()])
    decision = decide(changed, Reading("medication_question", urgency=urgency), "insulin pump")
    assert decision.owner == "pool:nurse_triage"


@given(
    st.sampled_from(TOPICS),
    st.sampled_from([None, "mental_health", "abuse"]),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["patient", "liaison", "family_other"]),
    st.dictionaries(st.sampled_from(EDITABLE), st.integers(0, 20), max_size=12),
)
def test_no_table_changes_what_the_liaison_may_see_or_answers_without_an_owner(
    topic: str, sensitive: str | None, hidden: bool, worried: bool, role: str, picks: dict[str, int]
) -> None:
    chains = {t: [sure_steps(t, POOLS)[n % len(sure_steps(t, POOLS))]] for t, n in picks.items()}
    changed = table(topics=chains, rules=[rule(phrases=["my pump"])])
    reading = Reading(topic, sensitive=sensitive, hide_from_liaison=hidden, concern_about_liaison=worried)
    usual, other = (decide(at, reading, "it is my pump", role) for at in (DEFAULT, changed))
    assert other.liaison_may_see == usual.liaison_may_see
    assert other.restricted_reply == usual.restricted_reply
    assert (other.destination == "liaison") == (usual.destination == "liaison")
    assert (other.owner is None) == (other.destination == "none") == (usual.destination == "none")


def test_a_table_written_out_and_read_again_is_the_same() -> None:
    changed = table(
        topics={"referral": ["referring_provider", "care_manager"]},
        rules=[rule(youngest=2, oldest=9, topics=["referral", "test_result"])],
        levels={"clinical_days": 1, "same_day_answer": 2, "emergency_look": 5},
    )
    assert table(**json.loads(json.dumps(changed.as_dict()))) == changed
    assert table() == RoutingTable(7)


@pytest.mark.parametrize(
    ("topics", "problem"),
    [
        ({"referral": []}, ("topics.referral", "no-sure-end")),
        ({"referral": ["referring_provider"]}, ("topics.referral", "no-sure-end")),
        ({"referral": ["pcp", "care_manager"]}, ("topics.referral", "no-sure-end")),
        ({"referral": ["prescriber", "pcp"]}, ("topics.referral", "no-sure-end")),
        ({"referral": ["pool:billing"]}, ("topics.referral", "may-not-answer")),
        ({"new_symptom": ["pcp"]}, ("topics.new_symptom", "may-not-answer")),
        ({"billing_insurance": ["pool:nobody"]}, ("topics.billing_insurance", "may-not-answer")),
        ({"family_update": ["pcp"]}, ("topics.family_update", "unknown")),
        ({"acknowledgement": ["pcp"]}, ("topics.acknowledgement", "unknown")),
        ({"referral": "pcp"}, ("topics.referral", "unknown")),
    ],
)
def test_a_chain_must_end_with_somebody_who_may_answer(topics: Any, problem: tuple[str, str]) -> None:
    assert problems(topics=topics) == [problem]


@pytest.mark.parametrize(
    ("change", "place", "code"),
    [
        ({"phrases": []}, "rules.0", "catches-all"),
        ({"phrases": ["?!"]}, "rules.0.phrases", "no-words"),
        ({"phrases": ["x" * 200]}, "rules.0.phrases", "no-words"),
        ({"to": "pool:billing"}, "rules.0.to", "may-not-answer"),
        ({"to": "prescriber", "topics": ["medication_refill"]}, "rules.0.to", "may-not-answer"),
        ({"name": " "}, "rules.0.name", "needed"),
        ({"youngest": 9, "oldest": 4}, "rules.0.oldest", "order"),
        ({"youngest": -1}, "rules.0.youngest", "out-of-range"),
        ({"topics": ["weather"]}, "rules.0.topics", "unknown"),
    ],
)
def test_a_bad_rule_is_refused_with_its_place(change: dict[str, Any], place: str, code: str) -> None:
    assert (place, code) in problems(rules=[rule(**change)])


def test_two_rules_can_not_share_a_key() -> None:
    assert problems(rules=[rule(), rule()]) == [("rules.1", "key-taken")]


@pytest.mark.parametrize(
    "levels",
    [{"clinical_days": 0}, {"clinical_days": 11}, {"emergency_look": True}, {"speed": 1}, {"same_day_look": 9}],
)
def test_service_levels_stay_within_what_is_safe(levels: dict[str, int]) -> None:
    assert problems(levels=levels)[0][0] == f"levels.{next(iter(levels))}"


def test_what_may_be_chosen_is_what_may_answer() -> None:
    for topic in EDITABLE:
        for step in sure_steps(topic, POOLS):
            assert table(topics={topic: [step]}).chains[topic] == (step,)
    assert steps_for("referral", POOLS)[0] == "referring_provider"
    assert "pool:billing" not in sure_steps("referral", POOLS)


def test_a_thousand_rules_are_tried_by_their_words_only() -> None:
    many = [rule(key=f"k{n}", phrases=[f"word{n} pump"]) for n in range(1000)]
    assert decide(table(rules=many), Reading("referral"), "my word613 pump").rule == "k613"
    assert problems(rules=[*many, rule()]) == [("rules", "too-many")]


def test_a_table_in_a_file_is_tried_before_it_goes_live(folder: Path) -> None:
    contexts, messages, tables = folder / "contexts.json", folder / "messages.jsonl", folder / "table.json"
    contexts.write_text(json.dumps([RAW]))
    line = {"id": "m1", "context_id": "T1", "sender_role": "patient", "text": "What does this bill mean?"}
    messages.write_text(json.dumps(line))
    tables.write_text(json.dumps({"topics": {"billing_insurance": ["pool:records"]}}))
    call = ["try", "--contexts", str(contexts), "--messages", str(messages)]
    assert json.loads(CliRunner().invoke(routing, call).output)["owner"] == "pool:billing"
    with_table = CliRunner().invoke(routing, [*call, "--table", str(tables)])
    assert json.loads(with_table.output)["owner"] == "pool:records"
    tables.write_text('{"topics": {"billing_insurance": []}}')
    refused = CliRunner().invoke(routing, [*call, "--table", str(tables)])
    assert refused.exit_code == 2
    assert "table.json: topics.billing_insurance: no-sure-end" in refused.output
