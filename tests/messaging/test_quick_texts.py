"""Quick texts: one's own and a team's, in the patient's language, filled in; nothing is sent by putting one in."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from portal.messaging import quick_texts
from portal.models import Message, Person
from tests.factories.people import made
from tests.messaging.test_desk import desk
from tests.messaging.world import EMERGENCY

ENGLISH = "Hello {patient_given_name}, call {nurse_line}. {my_name}"
SPANISH = "Hola {patient_given_name}, llame al {nurse_line}. {my_name}"


def write(browser, **fields):
    given = {"owner": "me", "name": "Call us", "english": ENGLISH, "spanish": SPANISH, **fields}
    return browser.get("/desk/quick-texts/new").submit(
        given, form="/desk/quick-texts", status=fields.pop("status", 303)
    )


@pytest.fixture
def doctor(client, world):
    return client.as_(world.accounts["doctor"])


@pytest.mark.parametrize(("language", "hello"), [("en", "Hello"), ("es-MX", "Hola")])
def test_it_comes_in_the_language_of_the_patient_with_its_names_filled_in(doctor, world, language, hello):
    world.change(Person, world.person_id, language=language)
    thread_id = world.ask()
    write(doctor)
    page = doctor.get(desk(thread_id))
    form = page.form("/replies").values
    (chosen,) = [one["value"] for one in page.select("#quick_text option")]
    shown = doctor.post(desk(thread_id, "fill"), {**form, "reply": "First.", "quick_text": chosen}, status=200)
    given = world.patient.given_name
    assert shown.one("#reply").text.strip() == (
        f"First. {hello} {given}, {'call' if language == 'en' else 'llame al'} 555-0111. Dr. Otto Heart"
    )
    with made(world.services) as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 1


def test_a_name_nothing_fills_in_is_an_error(doctor):
    page = doctor.get("/desk/quick-texts/new")
    fields = {"owner": "me", "name": "x", "english": "Hi {first_name}", "spanish": "Hola"}
    again = page.submit(fields, form="/desk/quick-texts", status=422)
    assert again.errors == ["Nothing fills in {first_name}. Use one of the names below."]


def test_ones_own_are_for_oneself_and_a_teams_for_the_team(client, world, doctor):
    nurse, second = (client.as_(world.accounts[who]) for who in ("nurse", "second"))
    write(nurse, name="Mine")
    write(nurse, name="Ours", owner="pool:nurse_triage")
    assert "Ours" in second.get("/desk/quick-texts").text and "Mine" not in second.get("/desk/quick-texts").text
    assert "No quick texts yet" in doctor.get("/desk/quick-texts").text
    page = doctor.get("/desk/quick-texts/new")
    fields = {"owner": "pool:nurse_triage", "name": "x", "english": "x", "spanish": "x"}
    sent = {**page.form("/desk/quick-texts").values, **fields}
    assert doctor.post("/desk/quick-texts", sent, status=422).errors
    with world.open("nurse", write=False) as uow:
        ids = [one.id for one in quick_texts.mine(uow)]
    for text_id in ids:
        doctor.get(f"/desk/quick-texts/{text_id}", status=404)
    client.as_(world.accounts["patient"]).get("/desk/quick-texts", status=404)


def test_a_colleague_who_changed_it_first_is_not_overwritten(client, world):
    nurse, second = (client.as_(world.accounts[who]) for who in ("nurse", "second"))
    write(nurse, owner="pool:nurse_triage")
    href = nurse.get("/desk/quick-texts").link("Change Call us").href
    pages = [browser.get(href) for browser in (nurse, second)]
    pages[0].submit({"english": "New words."}, form=href)
    assert "changed this text meanwhile" in pages[1].submit({"english": "Other."}, form=href, status=422).errors[0]
    assert "New words." in second.get("/desk/quick-texts").text
    nurse.follow(nurse.get(href).submit({}, form="/throw-away"))
    assert "No quick texts yet" in nurse.get("/desk/quick-texts").text


def test_another_teams_text_can_not_be_put_in(client, world, doctor):
    write(doctor)
    with world.open("doctor", write=False) as uow:
        (text,) = quick_texts.mine(uow)
    thread_id = world.ask(EMERGENCY)
    nurse = client.as_(world.accounts["nurse"])
    form = nurse.get(desk(thread_id)).form("/replies").values
    shown = nurse.post(desk(thread_id, "fill"), {**form, "quick_text": str(text.id)}, status=200)
    assert shown.one("#reply").text.strip() == ""
