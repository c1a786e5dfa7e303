"""What the rule classifier understands, in English and Spanish alike. Patients and sentences are made up for these tests."""  # noqa: E501

from __future__ import annotations

from datetime import date

import pytest

from portal.messaging.routing import About, Decision, Incoming, route
from portal.messaging.routing.lexicon import LANGUAGES, index, sections
from portal.messaging.routing.medicines import sound, within
from portal.messaging.routing.text import flatten, unquoted
from portal.messaging.routing.urgency import flags
from portal.messaging.routing.when import mentions
from tests.messaging.routing.clinic import context

pytestmark = pytest.mark.one_database


def read(text: str, role: str = "patient", **more: object) -> Decision:
    return route(context(), Incoming(text, role, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "urgency"),
    [
        ("My chest feels crushed and I'm sweating", "emergency"),
        ("no fever but I can't breathe", "emergency"),
        ("The left side of my face is drooping", "emergency"),
        ("For ten minutes today I couldn't get my words out, now it's gone", "emergency"),
        ("I want to end my life. Thank you for everything.", "emergency"),
        ("Me aprieta el pecho y me falta el aire", "emergency"),
        ("Se le torció la boca hace una hora", "emergency"),
        ("Ya no quiero vivir", "emergency"),
        ("Resps are 32 just sitting there and his nails look dusky", "emergency"),
        ("The oximeter keeps saying 82-84 tonight", "emergency"),
        ("What came up at breakfast looked like coffee, twice", "emergency"),
        (
            "She quit her heart pills Friday and says she has had enough and will be with Harold by Christmas",
            "emergency",
        ),
        ("BP is 186/97 but I feel fine", "same_day"),
        ("I ran out of Keppra this morning", "same_day"),
        ("Se me acabó el Keppra hoy", "same_day"),
        ("My right calf is swollen and tender", "same_day"),
        ("No chest pain, I just need a refill", "routine"),
        ("No tengo dolor de pecho ni falta de aire", "routine"),
        ("I passed out in January and have been fine since", "routine"),
        ("My uncle died of a stroke", "routine"),
        ("If I ever hit my head, what should I do?", "routine"),
        ("The leaflet says it can cause chest pain", "routine"),
        ("This bill gave me a heart attack", "routine"),
        ("He can't go on the field trip without the signed form", "routine"),
        ("Casi me da un infarto cuando vi la factura", "routine"),
        ("> Call 911 if you have chest pain.\nThanks, will do", "routine"),
        ("The ER checked my chest pain yesterday and sent me home, all clear", "routine"),
    ],
)
def test_urgency_is_what_the_patient_has_now(text: str, urgency: str) -> None:
    assert read(text).urgency == urgency


def test_a_high_fever_is_looked_at_today_at_the_latest() -> None:
    assert read("Temperature 103.2 since this morning").urgency in {"same_day", "emergency"}


@pytest.mark.parametrize(
    ("text", "topic", "owner"),
    [
        ("Please renew my levetiracitam", "medication_refill", "dr_reed"),
        ("¿Me surten la gabapentina?", "medication_refill", "dr_pine"),
        ("What does my brain scan show?", "test_result", "dr_reed"),
        ("¿Qué salió en la resonancia?", "test_result", "dr_reed"),
        ("My A1c result, is it high?", "test_result", "dr_pine"),
        ("Can I move next Tuesday's visit to Friday?", "appointment_scheduling", "pool:scheduling"),
        ("Has my kidney doctor referral been sent?", "referral", "dr_pine"),
        ("Necesito copia de mi expediente", "records_request", "pool:records"),
        ("Olvidé mi contraseña del portal", "access_technical", "pool:portal_support"),
        ("Muchas gracias, entendido", "acknowledgement", None),
        ("I need help at home with bathing", "care_coordination", "cm_birch"),
    ],
)
def test_an_ask_finds_its_owner(text: str, topic: str, owner: str | None) -> None:
    decision = read(text)
    assert (decision.topic, decision.owner) == (topic, owner)


@pytest.mark.parametrize(
    ("text", "addressee"),
    [
        ("For Dr. Moss please: is this rash worth a look?", "dr_moss"),
        ("I'd like Dr. Moss's opinion on this small lump", "dr_moss"),
        ("Hi Dr. Moss, I have a small lump", None),
        ("Dr. Moss told me to mention this small lump", None),
    ],
)
def test_only_a_request_is_an_addressee(text: str, addressee: str | None) -> None:
    assert (read(text).destination == f"named_provider:{addressee}") == (addressee is not None)


@pytest.mark.parametrize(
    "text",
    [
        "Please don't tell Max about this lump",
        "Keep this between us, I have a lump",
        "My son must not see this. There is a lump on my arm",
        "No le diga a mi hijo, tengo un bulto",
        "Que Max no se entere, por favor",
    ],
)
def test_a_request_to_hide_is_honoured(text: str) -> None:
    decision = read(text)
    assert decision.hide_from_liaison
    assert decision.liaison_may_see is False


def test_a_marked_record_makes_neutral_words_sensitive() -> None:
    for text in ("Two weeks of Lexapro left", "What time is my visit on the 26th?", "Did the HIV test come back?"):
        decision = read(text)
        assert decision.sensitive is not None, text
        assert decision.liaison_may_see is False


def test_the_record_a_question_starts_from_wins_over_its_words() -> None:
    decision = read("Is this number bad?", about=About("result", "Brain MRI"), topic="test_result")
    assert (decision.destination, decision.owner) == ("ordering_provider", "dr_reed")


def test_the_topic_a_sender_chose_never_lowers_the_urgency() -> None:
    decision = read("My chest hurts badly", topic="billing_insurance")
    assert (decision.urgency, decision.destination) == ("emergency", "nurse_triage")


def test_a_colleague_is_addressed_by_the_first_words() -> None:
    decision = read("Dr. Reed, could you look at the MRI?", "provider", audience="care_team", sender_key="dr_moss")
    assert decision.owner == "dr_reed"


def test_a_medicine_is_known_by_its_sound() -> None:
    assert sound("metformina") == sound("metformin")
    assert sound("mycophenolate") == sound("micofenolato")
    assert within("carvedalol", "carvedilol", 1)
    assert not within("metformin", "methotrexate", 2)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("April 21", date(2026, 4, 21)),
        ("el 21 de abril", date(2026, 4, 21)),
        ("4/21", date(2026, 4, 21)),
        ("the 21st", date(2026, 4, 21)),
        ("tomorrow", date(2026, 4, 15)),
        ("mañana", date(2026, 4, 15)),
        ("last Thursday", date(2026, 4, 9)),
        ("next Tuesday", date(2026, 4, 21)),
        ("el viernes", date(2026, 4, 17)),
    ],
)
def test_days_are_understood_from_the_day_of_the_message(text: str, day: date) -> None:
    found = mentions(flatten(f"On {text} please"), date(2026, 4, 14))
    assert any(day in mention.days for mention in found)


def test_what_staff_wrote_is_not_what_the_patient_says() -> None:
    assert "chest" not in unquoted('The nurse said "call if you have chest pain" and I am fine')
    assert "die" in unquoted('My brother said "I want to die"')


def test_every_finding_a_red_flag_needs_can_be_found_in_both_languages() -> None:
    for lang in LANGUAGES:
        known = {name for name, _, _ in sections(f"findings_{lang}.txt")}
        needed = {
            name for flag in flags() for need in flag.needs for name in need if not name.startswith(("is_", "m_"))
        }
        assert needed <= known, (lang, sorted(needed - known))


@pytest.mark.parametrize("name", ["findings", "markers", "idioms", "topics", "sensitive", "confidence"])
def test_every_phrase_compiles(name: str) -> None:
    assert len(index(name)) > 0
