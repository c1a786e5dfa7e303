"""Whom a message means: the person asked for, the visit it looks back to, and whether a referral is new."""

from __future__ import annotations

from typing import Any

import pytest

from portal.messaging.routing import Incoming, route
from portal.messaging.routing.classifier import RuleClassifier, analyse
from portal.messaging.routing.entities import resolve
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
