"""The pages of the liaison over HTTP, without JavaScript: relative to liaison to care team and back, and letters."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from portal.models import Draft, FamilyUpdate, Message, Relationship, Thread
from portal.work.running import Worker
from portal.worker import JOBS
from tests.factories.people import actor_for, made, make_caregiver
from tests.messaging.world import World

ASKED = "Is the new pill safe with grapefruit?"

assert JOBS  # importing the worker makes the jobs known


@pytest.fixture
def people(client: Any, world: World) -> Any:
    """Browsers of everybody, by name."""
    return lambda who: client.as_(world.accounts[who])


def ask(browser: Any, world: World, text: str = ASKED) -> Any:
    page = browser.get(world.messages_url("new")).submit({"question": text}, form="/messages/new", status=200)
    return page, browser.follow(page.submit({}, form="/messages"))


def question(world: World) -> str:
    with made(world.services) as session:
        return str(session.scalars(select(Thread.id).where(Thread.author_role == "family_other")).first())


def url(world: World, *rest: object) -> str:
    return "/".join([f"/people/{world.person_id}", *map(str, rest)])


def test_a_relative_is_told_that_the_liaison_reads_it_first_and_nobody_of_the_clinic(people: Any, world: World) -> None:
    page, _sent = ask(people("family"), world)
    assert "Tomás Delgado" in page.text
    assert "on the care team" not in page.text


def test_from_the_relative_over_the_liaison_to_the_provider_and_back(people: Any, world: World) -> None:
    relative, liaison, provider = people("family"), people("liaison"), people("pcp")
    ask(relative, world)
    desk = liaison.get(url(world, "questions"))
    assert ASKED in desk.text and "Carmen Delgado (aunt)" in desk.text
    assert ASKED in liaison.get("/questions").text
    thread = question(world)
    shown = liaison.get(url(world, "questions", thread, "pass-on"))
    assert ASKED in shown.text
    confirm = shown.submit({"question": "She means amlodipine."}, form="/pass-on", status=200)
    assert "Dr. Pia Prime" in confirm.text and "She means amlodipine." in confirm.text
    after = liaison.follow(confirm.submit({}, form="/passed-on"))
    assert "The question was passed on." in after.text and "With Dr. Pia Prime" in after.text
    assert "passed it on to the care team" in relative.get(world.messages_url(thread)).text
    with made(world.services) as session:
        passed = session.scalars(select(Thread).where(Thread.author_role == "liaison")).one()
    assert "asked by Carmen Delgado (aunt)" in provider.get(f"/desk/inbox/{passed.id}").text
    world.services.clock.move(minutes=5)
    world.answer(passed.id, "A small glass is fine.", who="pcp")
    Worker(world.services).run_due()
    back = liaison.get(url(world, "questions", thread))
    assert "The care team answered you" in back.text
    assert back.one("textarea[name=reply]").text.strip() == "A small glass is fine."
    liaison.follow(back.submit({}, form="/answers"))
    assert "A small glass is fine." in relative.get(world.messages_url(thread)).text


def test_hold_and_give_back_say_what_is_missing(people: Any, world: World) -> None:
    ask(people("family"), world)
    liaison, thread = people("liaison"), question(world)
    page = liaison.get(url(world, "questions", thread))
    wrong = page.submit({}, form="/hold", status=422)
    assert wrong.title.startswith("Error: ") and wrong.errors == ["Choose the day you come back to it."]
    late = page.submit({"until": "2026-12-01"}, form="/hold", status=422)
    assert late.errors == ["Choose a day from tomorrow on, at most 30 days away."]
    held = liaison.follow(page.submit({"until": "2026-03-12", "note": "On Thursday."}, form="/hold"))
    assert "On hold" in held.text
    assert "On Thursday." in people("family").get(world.messages_url(thread)).text
    back = liaison.get(url(world, "questions", thread)).submit({"why": "Please ask her."}, form="/give-back")
    liaison.follow(back)
    assert "Please ask her." in people("family").get(world.messages_url(thread)).text


@pytest.mark.parametrize("who", ["family", "doctor", "stranger", "patient"])
def test_the_desk_is_nobody_elses(people: Any, world: World, who: str) -> None:
    ask(people("family"), world)
    browser, thread = people(who), question(world)
    browser.get("/questions", status=404)
    status = 403 if who in ("family", "patient") else 404
    browser.get(url(world, "questions", thread), status=status)


def test_an_update_is_written_once_and_read_by_the_family(people: Any, world: World) -> None:
    liaison = people("liaison")
    page = liaison.get(url(world, "updates", "new"))
    assert page.submit({"question": ""}, form="/updates", status=422).errors == ["Write your update."]
    liaison.follow(page.submit({"question": "Mom is home and eats well."}, form="/updates"))
    family = people("family")
    assert "Mom is home and eats well." in family.get(url(world, "updates")).text
    assert "Mom is home and eats well." in people("patient").get(url(world, "updates")).text
    family.get(url(world, "results"), status=403)
    family.get(url(world, "updates", "new"), status=404)
    taken = liaison.get(url(world, "updates")).submit({}, form="/withdraw")
    liaison.follow(taken)
    assert "Mom is home" not in family.get(url(world, "updates")).text


def test_a_private_matter_is_warned_of_before_it_is_published(people: Any, world: World) -> None:
    liaison = people("liaison")
    text = "She starts therapy for her depression on Monday."
    page = liaison.get(url(world, "updates", "new")).submit({"question": text}, form="/updates", status=200)
    assert "This reads like a private matter" in page.text
    with made(world.services) as session:
        assert session.scalars(select(FamilyUpdate)).all() == []
    liaison.follow(page.submit({}, form="/updates"))
    with made(world.services) as session:
        assert len(session.scalars(select(FamilyUpdate)).all()) == 1


def test_staff_write_to_the_family_and_see_who_gets_it_before_sending(people: Any, world: World) -> None:
    doctor, liaison = people("doctor"), people("liaison")
    page = doctor.get(f"/desk/patients/{world.person_id}/family-messages/new")
    confirm = page.submit({"question": "Please let the family know she is resting well."}, form="/new", status=200)
    assert "Tomás Delgado (son)" in confirm.text
    doctor.follow(confirm.submit({}, form="/family-messages"))
    assert "Please let the family know she is resting well." in liaison.get(url(world, "questions")).text
    assert "Could somebody" not in people("family").get(world.messages_url()).text


def test_the_patient_says_what_reaches_the_liaison(people: Any, world: World) -> None:
    patient = people("patient")
    page = patient.get(url(world, "liaison"))
    assert "Tomás Delgado" in page.text
    patient.follow(page.submit({"results": "first"}, form="/modes"))
    confirm = patient.get(world.messages_url("new")).submit(
        {"question": "My potassium came back 5.6. Can I still eat bananas?"}, form="/messages/new", status=200
    )
    assert "Send to Tomás Delgado" in confirm.text
    assert "You chose that your liaison gets questions of this kind first." in confirm.text
    patient.follow(patient.get(url(world, "liaison")).submit({"results": "never"}, form="/modes"))
    confirm = patient.get(world.messages_url("new")).submit(
        {"question": "My potassium came back 5.6. Can I still eat bananas?"}, form="/messages/new", status=200
    )
    assert "Send to Dr. Otto Heart" in confirm.text and "will not see this one" in confirm.text


def test_the_liaison_is_away_and_the_backup_has_the_questions_and_the_rooms(
    client: Any, people: Any, world: World
) -> None:
    with made(world.services) as session:
        backup, _held = make_caregiver(session, world.patient, kind="backup", relation="daughter", name="Ana Ruiz")
        world.accounts["backup"], world.actors["backup"] = backup, actor_for(session, backup)
    ask(people("family"), world)
    liaison, thread = people("liaison"), question(world)
    page = liaison.get(url(world, "liaison", "duty"))
    away = liaison.follow(page.submit({"until": "2026-03-15", "note": "Ask her about the ride."}, form="/away"))
    assert "You are away until" in away.text
    Worker(world.services).run_due()
    standing_in = people("backup")
    assert ASKED in standing_in.get(url(world, "questions")).text
    assert "Ask her about the ride." in standing_in.get(url(world, "liaison", "duty")).text
    assert standing_in.get(url(world, "results")).status == 200
    liaison.follow(liaison.get(url(world, "liaison", "duty")).submit({}, form="/back"))
    Worker(world.services).run_due()
    assert ASKED in liaison.get(url(world, "questions")).text
    assert ASKED not in standing_in.get(url(world, "questions")).text
    standing_in.get(url(world, "results"), status=403)
    with made(world.services) as session:
        owners = session.scalars(select(Thread.owner_relationship_id).where(Thread.id == UUID(thread))).all()
        assert owners == [world.held_id]


def test_switched_off_the_liaison_sees_nothing_at_their_next_click_and_questions_move_on(
    people: Any, world: World
) -> None:
    ask(people("family"), world)
    liaison, patient = people("liaison"), people("patient")
    assert liaison.get(url(world, "questions")).status == 200
    patient.follow(patient.get(url(world, "liaison")).submit({}, form="/off"))
    for path in ("questions", "updates", "home", "liaison/duty"):
        liaison.get(url(world, path), status=404)
    Worker(world.services).run_due()
    with made(world.services) as session:
        thread = session.scalars(select(Thread)).one()
        assert thread.owner_practitioner_id == world.staff["manager"].id


def test_what_was_written_when_access_ended_is_kept_and_nothing_is_sent(people: Any, world: World) -> None:
    ask(people("family"), world)
    liaison, thread = people("liaison"), question(world)
    text = "She means the small white ones."
    page = liaison.get(url(world, "questions", thread, "pass-on"))
    confirm = page.submit({"question": text}, form="/pass-on", status=200)
    world.change(Relationship, world.held_id, state="revoked")
    refused = confirm.submit({}, form="/passed-on", status=404)
    assert text in refused.text
    assert text in liaison.get("/kept-drafts").text
    with made(world.services) as session:
        assert len(session.scalars(select(Message)).all()) == 1
        assert len(session.scalars(select(Draft)).all()) == 1
