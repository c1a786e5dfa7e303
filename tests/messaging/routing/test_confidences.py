"""Sensitive words are found where they are meant, and harmless words that look like them block nobody."""

from __future__ import annotations

import pytest

from portal.messaging.routing import Incoming, route
from portal.messaging.routing.types import Reading
from tests.messaging.routing.clinic import Fixed, context

HARMLESS = (
    "How long should I rest my knee?",
    "When does my cardiac rehab start?",
    "The genetic counselor asked for my old address.",
    "I just got hearing aids, they whistle.",
    "Should I come in the morning after my breakfast?",
    "Is coffee allowed during the prep for the colonoscopy?",
    "My heifer kicked me in the knee and it is sore.",
    "Mi sobrina me lleva a la cita del martes.",
    "Disculpe la molestia, ¿a qué hora es mi cita?",
    "¿La carne me roba el efecto de la pastilla?",
    "Me golpeó la tabla y la rodilla sigue hinchada.",
    "¿Qué se puede comer en la prep de la colonoscopia?",
)
SENSITIVE = (
    ("I have been drinking every night and I can't stop.", "substance_use"),
    ("Need an STD test before I see my girlfriend.", "sexual_health"),
    ("My husband hit me again on Sunday.", "abuse"),
    ("I had a panic attack at work, is there a therapist?", "mental_health"),
    ("Recaí con el alcohol el fin de semana.", "substance_use"),
    ("Mi marido me golpeó anoche y tengo miedo.", "abuse"),
)


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_words_are_not_taken_for_a_sensitive_matter(text: str) -> None:
    decision = route(context(), Incoming(text))
    assert decision.sensitive is None
    assert not decision.hide_from_liaison


@pytest.mark.parametrize(("text", "category"), SENSITIVE)
def test_a_sensitive_matter_is_named_and_never_shown(text: str, category: str) -> None:
    decision = route(context(), Incoming(text))
    assert decision.sensitive == category
    assert decision.liaison_may_see is False


@pytest.mark.parametrize("topic", ["appointment_question", "family_update", "acknowledgement"])
def test_a_message_that_may_be_about_something_not_shared_is_not_shown_to_the_liaison(topic: str) -> None:
    read = Fixed(Reading(topic, likely=("test_result",)))
    shut = route(context(scopes=["appointments"]), Incoming("About Tuesday."), classifier=read)
    assert shut.liaison_may_see is False
    assert shut.destination != "liaison"
    open_ = route(context(scopes=["appointments", "results"]), Incoming("About Tuesday."), classifier=read)
    assert open_.liaison_may_see is (None if topic == "acknowledgement" else True)


def test_a_providers_update_that_may_be_about_something_not_shared_goes_to_the_patient() -> None:
    read = Fixed(Reading("family_update", likely=("test_result",)))
    message = Incoming("It went well.", sender_role="provider", audience="family")
    assert route(context(scopes=["appointments"]), message, classifier=read).destination == "patient"
    assert route(context(scopes=["results"]), message, classifier=read).destination == "liaison"


def test_another_relative_by_kind_is_not_the_liaison() -> None:
    assert not route(context(), Incoming("Please don't tell my sister anything if she calls.")).hide_from_liaison
    assert route(context(), Incoming("Please don't tell my son about this.")).hide_from_liaison
    assert route(context(), Incoming("No le digan nada a mi hijo.")).hide_from_liaison
