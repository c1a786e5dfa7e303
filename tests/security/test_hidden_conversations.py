"""What a liaison may not read is not there for them: no line, no count, no mark, no notice, whatever was sent when."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from portal.messaging import service
from portal.models import Relationship, RelationshipScope, Thread, ThreadUnread
from tests.factories.people import made
from tests.messaging.world import World
from tests.support.page import PageClient

PRIVATE = "I feel depressed since I stopped taking my antidepressant. What should I do?"
SECRET = "Please do not tell my son about this. Is the potassium dangerous?"
ABUSE = "My husband hit me again last night and I am afraid at home."
UPDATE = "Could you tell my family how I am doing this week?"


def say(world: World, thread_id: UUID, text: str, who: str = "patient") -> UUID:
    with world.open(who) as uow:
        outcome = service.reply(uow, service.Reply(world.person_id, thread_id, text, uuid4()), seen="emergency")
        assert outcome.thread_id is not None
        return outcome.thread_id


def sees(world: World, client: PageClient, thread_id: UUID, who: str = "liaison") -> bool:
    """Whether the conversation shows anywhere in their house; all places must agree."""
    browser = client.as_(world.accounts[who])
    lists = [browser.get(url).html for url in (world.messages_url(), f"/people/{world.person_id}/home")]
    lists.append(browser.get(f"/people/{world.person_id}/questions").html)
    in_a_list = any(str(thread_id) in html for html in lists)
    status = browser.http.get(world.messages_url(thread_id), base_url=browser.base_url).status_code
    quoted = browser.http.get(world.messages_url("new"), query_string={"thread": str(thread_id)}).status_code
    assert (status, quoted) in ((200, 200), (404, 404))
    assert (status == 200) or not in_a_list
    return status == 200


def unread(world: World, client: PageClient) -> str:
    page = client.as_(world.accounts["liaison"]).get(world.messages_url())
    return " ".join(e.text for e in page.select("nav"))


def test_a_family_update_that_became_sensitive_is_not_read_without_that_category(
    world: World, client: PageClient
) -> None:
    thread_id = world.ask(UPDATE)
    assert sees(world, client, thread_id) or world.thread(thread_id).owner_relationship_id is None
    world.change(Thread, thread_id, scope=None, sensitivity="mental_health", is_liaison_readable=True,
                 owner_relationship_id=None, owner_is_patient=True)  # fmt: skip
    assert not sees(world, client, thread_id)
    with made(world.services) as session:
        session.add(
            RelationshipScope(
                patient_id=world.person_id, relationship_id=world.held_id, scope="sensitive:mental_health"
            )
        )
    assert sees(world, client, thread_id)


@pytest.mark.parametrize("text", [PRIVATE, SECRET])
def test_private_words_in_a_conversation_the_liaison_began_stand_apart(
    world: World, client: PageClient, text: str
) -> None:
    thread_id = world.ask("My mother asks whether she may eat bananas.", who="liaison")
    new = say(world, thread_id, text)
    assert new != thread_id
    assert sees(world, client, thread_id)
    assert not sees(world, client, new)
    assert text[:20] not in client.as_(world.accounts["liaison"]).get(world.messages_url(thread_id)).html
    assert world.thread(thread_id).message_count == 1


@pytest.mark.parametrize("text", [PRIVATE, SECRET])
def test_private_words_take_the_whole_conversation_away_from_the_liaison(
    world: World, client: PageClient, text: str
) -> None:
    thread_id = world.ask()
    before = unread(world, client)
    assert sees(world, client, thread_id)
    assert say(world, thread_id, text) == thread_id
    assert not sees(world, client, thread_id)
    assert unread(world, client) != before or "1" not in before
    with made(world.services) as session:
        marks = session.scalars(
            select(ThreadUnread.id).where(ThreadUnread.account_id == world.accounts["liaison"].id)
        ).all()
    assert len(marks) <= 1  # an old mark may wait; it counts nothing


def test_a_second_private_matter_is_not_opened_by_the_grant_of_the_first(world: World, client: PageClient) -> None:
    with made(world.services) as session:
        for scope in ("sensitive:PSY", "sensitive:mental_health"):
            session.add(RelationshipScope(patient_id=world.person_id, relationship_id=world.held_id, scope=scope))
    thread_id = world.ask(PRIVATE)
    world.change(Thread, thread_id, is_liaison_readable=True, scope="results", sensitivity="mental_health")
    assert sees(world, client, thread_id)
    say(world, thread_id, ABUSE)
    assert not sees(world, client, thread_id)


@pytest.mark.parametrize("state", ["revoked", "suspended", "ended", "expired"])
def test_a_grant_that_ends_ends_everything_at_the_next_request(world: World, client: PageClient, state: str) -> None:
    thread_id = world.ask("My mother asks whether she may eat bananas.", who="liaison")
    browser = client.as_(world.accounts["liaison"])
    page = browser.get(world.messages_url(thread_id))
    world.change(Relationship, world.held_id, state=state)
    page.submit({"reply": "Thank you."}, form="/replies", status=404)
    home = f"/people/{world.person_id}"
    for url in (
        world.messages_url(), world.messages_url("new"), world.messages_url("drafts"), f"{home}/home",
        f"{home}/results", f"{home}/results/{world.result_id}", f"{home}/medicines", f"{home}/appointments",
        f"{home}/care-team", f"{home}/family-access", f"{home}/questions",
    ):  # fmt: skip
        browser.get(url, status=404)
    draft = {"reply": "x", "thread": str(thread_id), "once": str(uuid4())}
    browser.post(world.messages_url("drafts"), draft, csrf="/profile", status=404)
    browser.post(world.messages_url(), {"question": "x", "once": str(uuid4())}, csrf="/profile", status=404)
    assert str(world.person_id) not in browser.get("/people").html


def test_a_scope_taken_away_between_the_form_and_its_sending_sends_no_such_record(
    world: World, client: PageClient
) -> None:
    browser = client.as_(world.accounts["liaison"])
    page = browser.get(world.messages_url("new"), query={"result": world.result_id})
    with made(world.services) as session:
        held = session.query(RelationshipScope).filter_by(relationship_id=world.held_id, scope="results").one()
        session.delete(held)
    page.submit({"question": "Can she eat bananas?"}, form="/messages/new", status=404)
    assert "otassium" not in browser.get(world.messages_url("new")).html
