"""Forms that no page of ours sends: ids of other places, one-time ids used twice, words that are no ids."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.factories.people import made, make_caregiver
from tests.messaging.world import QUESTION, World
from tests.security.nasty import SOME
from tests.support.page import PageClient

NO_IDS = ("-" * 36, "0" * 36, "f" * 36)


@pytest.mark.parametrize("kind", ["result", "report", "medication", "appointment", "referral"])
@pytest.mark.parametrize("key", NO_IDS)
def test_a_record_whose_id_is_none_is_no_record(world: World, client: PageClient, kind: str, key: str) -> None:
    browser = client.as_(world.accounts["patient"])
    sent = {"question": QUESTION, "about": f"{kind}:{key}", "once": str(uuid4())}
    browser.post(world.messages_url("new"), sent, status=200)
    browser.post(world.messages_url(), sent, status=200)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_page_before_all_time_is_the_first_page(world: World, client: PageClient, at: str) -> None:
    thread_id = world.ask()
    patient, nurse = client.as_(world.accounts["patient"]), client.as_(world.accounts["nurse"])
    where = {"before": f"{at}_{SOME}", "after": f"{at}_{SOME}"}
    patient.get(world.messages_url(), query=where)
    patient.get(world.messages_url(thread_id), query=where)
    nurse.get("/desk/inbox", query=where)


def test_a_one_time_id_of_one_conversation_sends_nothing_in_another(world: World, client: PageClient) -> None:
    first, second, once = world.ask(), world.ask("When is my next visit?"), str(uuid4())
    browser = client.as_(world.accounts["patient"])
    answer = {"reply": "Thank you, I will do that.", "once": once}
    browser.post(world.messages_url(first, "replies"), answer)
    browser.post(world.messages_url(second, "replies"), answer, csrf=world.messages_url(second), status=409)
    assert world.thread(second).message_count == 1


def test_a_one_time_id_of_one_patient_sends_nothing_for_another(world: World, client: PageClient) -> None:
    """Somebody who helps two people, and staff with two patients, have one form each."""
    with made(world.services) as session:
        make_caregiver(session, world.stranger, account=world.accounts["liaison"], scopes=["messages_send"])
    browser, once = client.as_(world.accounts["liaison"]), str(uuid4())
    mine = world.ask("How can I help with the bill?", who="liaison")
    browser.post(world.messages_url(mine, "replies"), {"reply": "Thank you.", "once": once})
    theirs = f"/people/{world.stranger.id}/messages"
    sent = {"question": "Where do I park on Monday?", "once": once}
    page = browser.post(f"{theirs}/new", sent, status=200)
    mark = page.one("input[name=seen]")["value"]
    browser.post(theirs, {**sent, "seen": mark}, csrf=f"{theirs}/new", status=409)


def test_a_draft_stays_with_the_person_it_was_begun_for(world: World, client: PageClient) -> None:
    with made(world.services) as session:
        make_caregiver(session, world.stranger, account=world.accounts["liaison"])
    thread_id, browser = world.ask(), client.as_(world.accounts["liaison"])
    draft = {"reply": "I wanted to say", "thread": str(thread_id), "once": str(uuid4())}
    browser.post(world.messages_url("drafts"), draft, csrf=world.messages_url("new"))
    theirs = f"/people/{world.stranger.id}/messages"
    browser.post(f"{theirs}/drafts", draft, csrf=f"{theirs}/new", status=404)
    assert "I wanted to say" in browser.get(world.messages_url("drafts")).text
