"""What holds for every message: an owner, the same answer twice, no leak, whatever is typed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.messaging.routing import TOPICS, URGENCIES, Context, Incoming, Matches, Reading, route
from tests.messaging.routing.clinic import Fixed, away, context

pytestmark = pytest.mark.one_database
KEYS = ["dr_pine", "dr_reed", "dr_moss", "np_fern", "cm_birch", "li_max", "li_ivy", "nobody"]
SCOPES = [
    "results",
    "medications",
    "clinical",
    "appointments",
    "care_coordination",
    "billing",
    "records",
    "sensitive:mental_health",
]
ROLES = st.sampled_from(["patient", "liaison", "family_other", "provider"])
WORDS = st.sampled_from(
    "chest pain no me duele el pecho > \" ' refill don't tell Max about the HIV test Lexapro Keppra if I ever my uncle thanks ? . "  # noqa: E501
    "can't breathe ya no quiero vivir results cita mañana 184/95 39.5 fever Dr. Reed please the 19th sugar 42 not \n ; ,".split(  # noqa: E501
        " "
    )
)
TEXTS = st.one_of(st.text(max_size=300), st.lists(WORDS, max_size=40).map(" ".join))


@st.composite
def contexts(draw: st.DrawFn) -> Context:
    who = st.sampled_from(KEYS)
    absences = [away(draw(who), draw(st.none() | who)) for _ in range(draw(st.integers(0, 6)))]
    changes = {"absences": absences, "pcp": draw(st.none() | who), "care_manager": draw(st.none() | who)}
    if draw(st.booleans()):
        changes["liaison"] = None
    else:
        changes |= {"scopes": draw(st.lists(st.sampled_from(SCOPES))), "liaison_active": draw(st.booleans())}
    return context(**changes)


@st.composite
def readings(draw: st.DrawFn) -> Reading:
    at = context()
    return Reading(
        topic=draw(st.sampled_from(TOPICS)),
        urgency=draw(st.sampled_from(URGENCIES)),
        sensitive=draw(st.sampled_from([None, "mental_health", "abuse", "sexual_health", "substance_use"])),
        hide_from_liaison=draw(st.booleans()),
        concern_about_liaison=draw(st.booleans()),
        addressee=draw(st.none() | st.sampled_from(KEYS[:5])),
        matches=Matches(
            medications=tuple(draw(st.lists(st.sampled_from(at.medications), max_size=2, unique=True))),
            results=tuple(draw(st.lists(st.sampled_from(at.results), max_size=2, unique=True))),
            visit=draw(st.none() | st.sampled_from(at.appointments)),
            referral=draw(st.none() | st.sampled_from(at.referrals)),
            visit_is_tied=draw(st.booleans()),
        ),
        past=draw(st.booleans()),
        new_referral=draw(st.booleans()),
    )


@settings(max_examples=300, deadline=None)
@given(
    contexts(), readings(), ROLES, st.sampled_from(["care_team", "family", None]), st.sampled_from(["en", "es", "xx"])
)
def test_every_decision_has_one_owner_and_keeps_every_confidence(
    at: Context, reading: Reading, role: str, audience: str | None, lang: str
) -> None:
    decision = route(at, Incoming("…", role, audience=audience, lang=lang), Fixed(reading))
    assert (decision.owner is None) == (decision.destination == "none")
    liaison_people = {at.liaison.key, at.liaison.backup} if at.liaison else set()
    if role == "patient" and decision.liaison_may_see is False:
        assert decision.owner not in liaison_people
        assert decision.destination != "liaison"
    if (
        role != "provider"
        and reading.hide_from_liaison
        and reading.topic not in {"acknowledgement", "access_technical"}
    ):
        assert decision.liaison_may_see is False
        assert decision.destination != "liaison"
    if reading.concern_about_liaison:
        assert decision.destination != "liaison"
        assert decision.liaison_may_see is False
    if not (at.liaison and at.liaison.active):
        assert decision.liaison_may_see is False
        assert decision.destination != "liaison"
    assert not liaison_people & set(decision.copies)
    assert decision.reason.strip()
    assert "{" not in decision.reason


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.none() | TEXTS, ROLES, st.sampled_from(["en", "es"]))
def test_any_text_is_read_twice_the_same_and_never_fails(text: str, subject: str | None, role: str, lang: str) -> None:
    message = Incoming(text, role, subject=subject, lang=lang, audience="family")
    first, second = route(context(), message), route(context(), message)
    assert first.as_contract() == second.as_contract()
    assert (first.owner is None) == (first.destination == "none")


@pytest.mark.parametrize(
    "text",
    ["", " ", "\x00\u200b\ufeff", "🙏🙏🙏", "?" * 5000, "a" * 100_000, "chest " * 20_000, "> " * 30_000, '"' * 9_999],
)
def test_odd_and_huge_texts_still_get_an_owner(text: str) -> None:
    decision = route(context(), Incoming(text))
    assert decision.owner or decision.destination == "none"


def test_an_emergency_at_either_end_of_a_huge_text_is_seen() -> None:
    filler = "All is quiet here and the garden grows. " * 2500
    for text in ("My chest feels crushed and I am sweating. " + filler, filler + " I have crushing chest pain now."):
        assert route(context(), Incoming(text)).urgency == "emergency"
