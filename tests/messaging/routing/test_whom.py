"""Whom a message means: the person asked for, the visit it looks back to, and whether a referral is new."""

from __future__ import annotations

from typing import Any

import pytest

from portal.messaging.routing import Incoming, route
from portal.messaging.routing.classifier import RuleClassifier, analyse
from portal.messaging.routing.entities import resolve
from portal.messaging.routing.names import places, speaks_to_liaison
from portal.messaging.routing.text import Text
from portal.messaging.routing.types import Reading
from tests.messaging.routing.clinic import RAW, Fixed, context

LATER = {"date": "2026-05-26", "type": "surgery check", "provider": "dr_moss", "status": "upcoming"}


def _with(*more: dict[str, Any]) -> list[dict[str, Any]]:
    return [*RAW["appointments"], *more]


@pytest.mark.parametrize(
    "text",
    [
        "Two weeks on and the stitches still pull a little, is that usual?",
        "Since I came home from the hospital I sleep badly.",
        "It is two weeks since Dr. Moss did my belly, it itches in the evening.",
        "La herida está seca, pero todavía me jala al caminar.",
    ],
)
def test_what_is_left_of_a_procedure_belongs_to_who_did_it_even_when_a_check_is_booked(text: str) -> None:
    at = context(appointments=_with(LATER))
    matches = resolve(at, Text.of(None, text))
    assert matches.recent is not None and matches.recent.type == "hernia repair"
    decision = route(at, Incoming(text), classifier=Fixed(Reading("follow_up_symptom", matches=matches)))
    assert (decision.destination, decision.owner) == ("appointment_provider", "dr_moss")
    assert "April 28" in decision.reason


@pytest.mark.parametrize(
    "text",
    [
        "My blood pressure was 128/80 this week.",
        "My knee is a bit stiff again, as in March.",
        "My usual back pain flared up.",
    ],
)
def test_an_update_tied_to_no_recent_visit_goes_to_the_nurse(text: str) -> None:
    matches = resolve(context(), Text.of(None, text))
    decision = route(context(), Incoming(text), classifier=Fixed(Reading("follow_up_symptom", matches=matches)))
    assert decision.destination == "nurse_triage"


@pytest.mark.parametrize(
    "text",
    [
        "Consulta para el Dr. Reed, por favor: ¿bajo la dosis?",
        "La carta tiene que firmarla el Dr. Reed mismo.",
        "Dígale a la doctora Reed que quiero que ella me diga lo de la biopsia.",
        "Quisiera la opinión del Dr. Reed sobre el análisis.",
        "el dr Reed nomas porfa: puedo tomarla despues de comer?",
        "I'd like Dr. Reed's opinion on this.",
    ],
)
def test_who_is_asked_for_is_heard_in_both_languages(text: str) -> None:
    assert RuleClassifier().read(context(), Incoming(text)).addressee == "dr_reed"


@pytest.mark.parametrize("text", ["Tengo consulta con el Dr. Reed el martes.", "Hola Dr. Reed, ¿ya salió mi análisis?"])
def test_a_visit_or_a_greeting_asks_for_nobody(text: str) -> None:
    assert RuleClassifier().read(context(), Incoming(text)).addressee is None


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("May I have a referral to a pelvic floor therapist?", True),
        ("Could I be sent to somebody for these ears?", True),
        ("¿Me puede derivar a un podólogo?", True),
        ("My referral still has not been approved.", False),
        ("La derivación a nutrición nunca llegó.", False),
        ("Me derivaron al médico equivocado.", False),
    ],
)
def test_a_new_referral_is_told_from_one_that_exists(text: str, new: bool) -> None:
    cues = analyse(context(), Incoming(text)).cues
    assert (cues.has("new_referral") and cues["existing_referral"] < cues["new_referral"]) is new


@pytest.mark.parametrize(
    ("text", "is_spoken_to"),
    [
        ("Max, please feed the cat, I am late", True),
        ("hi max can you pick up the kids at five", True),
        ("Maxx, acuérdate de los niños", True),
        ("Max is my son and he worries", False),
        ("Mark, please feed the cat", False),
        ("", False),
    ],
)
def test_words_spoken_to_the_liaison_by_name_are_heard_as_such(text: str, is_spoken_to: bool) -> None:
    assert speaks_to_liaison(context(), Text.of(None, text)) is is_spoken_to
    assert not speaks_to_liaison(context(liaison_active=False), Text.of(None, text))


def test_errands_told_to_the_liaison_by_name_reach_the_liaison() -> None:
    decision = route(
        context(), Incoming("Max, please pay the phone and buy cat food, I sleep now after the night shift")
    )
    assert (decision.topic, decision.owner) == ("family_update", "li_max")


def test_a_bill_is_nobody_called_bill() -> None:
    team = [*RAW["care_team"], {"key": "bill", "name": "Bill Sloan, LCSW", "role": "counselor", "pool": None}]
    at = context(care_team=team)
    member = next(m for m in at.care_team if m.key == "bill")
    assert not places(" please explain the bill for april ", member)
    assert places(" a question for sloan ", member)
