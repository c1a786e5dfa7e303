"""What a grant opens follows the grant of this moment, whoever wrote, owns or answers the conversation (PRX-2)."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from portal.caregivers import changing
from portal.messaging import service
from portal.messaging.deciding import Ask, plan
from portal.models import LiaisonMode, Relationship, RelationshipScope, Thread
from portal.work.running import Worker
from portal.worker import JOBS
from tests.factories.people import actor_for, made, make_caregiver
from tests.messaging.world import World
from tests.support.page import PageClient

assert JOBS  # importing the worker makes the jobs known
POTASSIUM = "What does my potassium result of 5.6 mean?"
SPLIT = "Can I get a refill of lisinopril? And I need to reschedule my appointment next week."


def take_away(world: World, scope: str, held_id: UUID | None = None) -> None:
    with made(world.services) as session:
        session.query(RelationshipScope).filter_by(relationship_id=held_id or world.held_id, scope=scope).delete()


def status(world: World, client: PageClient, thread_id: UUID, who: str = "liaison", *rest: str) -> int:
    browser = client.as_(world.accounts[who])
    found: int = browser.http.get(world.messages_url(thread_id, *rest), base_url=browser.base_url).status_code
    listed = str(thread_id) in browser.get(world.messages_url()).html
    assert listed == (found == 200)
    return found


def liaison_first(world: World) -> UUID:
    with made(world.services) as session:
        session.add(
            LiaisonMode(
                patient_id=world.person_id, scope="results", mode="first", set_at=world.services.clock.now()
            )
        )  # fmt: skip
    thread_id = world.ask(POTASSIUM)
    assert world.thread(thread_id).owner_relationship_id == world.held_id
    return thread_id


@pytest.mark.parametrize("state", ["open", "answered", "closed"])
def test_a_question_that_came_to_the_liaison_first_is_shut_when_its_scope_is_taken_away(
    world: World, client: PageClient, state: str
) -> None:
    thread_id = liaison_first(world)
    assert status(world, client, thread_id) == 200
    world.change(Thread, thread_id, state=state)
    take_away(world, "results")
    assert status(world, client, thread_id) == 404
    liaison = client.as_(world.accounts["liaison"])
    liaison.get(f"/people/{world.person_id}/questions/{thread_id}", status=404)
    for url in ("/questions", f"/people/{world.person_id}/questions", f"/people/{world.person_id}/home"):
        assert "potassium" not in liaison.get(url).html
    sent = {"reply": "I answer anyway.", "once": str(uuid4())}
    liaison.post(f"/people/{world.person_id}/questions/{thread_id}/answers", sent, csrf="/profile", status=404)


def test_a_question_that_the_liaison_may_not_read_any_more_goes_to_somebody_who_answers(world: World) -> None:
    thread_id = liaison_first(world)
    with world.open("patient") as uow:
        changing.change(
            uow, world.person_id, world.held_id, scopes=["messages_read", "appointments_view"], categories=[],
            ends_on=None,
        )  # fmt: skip
    Worker(world.services).run_due()
    thread = world.thread(thread_id)
    assert thread.owner_relationship_id is None
    assert thread.owner_practitioner_id or thread.owner_pool_id


def test_what_the_care_team_answers_after_the_scope_is_gone_is_not_read_by_who_asked(
    world: World, client: PageClient
) -> None:
    thread_id = world.ask("What does her potassium result of 5.6 mean?", who="liaison")
    assert not world.thread(thread_id).is_restricted_reply
    take_away(world, "results")
    world.answer(thread_id, "It is a bit high; the next test is on Monday.")
    assert status(world, client, thread_id) == 404
    liaison = client.as_(world.accounts["liaison"])
    assert "next test" not in liaison.get(f"/people/{world.person_id}/home").html
    assert status(world, client, thread_id, "patient") == 200


def test_a_liaison_who_comes_back_as_a_relative_does_not_find_the_old_answers_again(
    world: World, client: PageClient
) -> None:
    thread_id = world.ask("What does her potassium result of 5.6 mean?", who="liaison")
    world.answer(thread_id)
    world.change(Relationship, world.held_id, state="revoked")
    with made(world.services) as session:
        make_caregiver(session, world.patient, kind="family", account=session.merge(world.accounts["liaison"]))
    assert status(world, client, thread_id) == 404


def test_what_was_asked_beyond_the_grant_stays_readable_with_its_guarded_answer(
    world: World, client: PageClient
) -> None:
    """Nothing of the chart is in that answer, so there is nothing to take away."""
    take_away(world, "results")
    thread_id = world.ask("What does her potassium result of 5.6 mean?", who="liaison")
    assert world.thread(thread_id).is_restricted_reply
    assert status(world, client, thread_id) == 200


def test_staff_are_warned_when_the_liaison_asks_beyond_the_grant_in_an_old_conversation(
    world: World, client: PageClient
) -> None:
    take_away(world, "results")
    thread_id = world.ask("Can you book her next appointment for Monday?", who="liaison")
    assert not world.thread(thread_id).is_restricted_reply
    with world.open("liaison") as uow:
        answer = service.Reply(
            world.person_id, thread_id, "And what was her potassium result, is it too high?", uuid4()
        )
        service.reply(uow, answer, seen=None)
    assert world.thread(thread_id).is_restricted_reply
    assert "Share nothing from the chart" in client.as_(world.accounts["clerk"]).get(f"/desk/inbox/{thread_id}").text


def split(world: World) -> tuple[UUID, UUID]:
    """A message of two asks, and the conversation of the second one; both hold all its words."""
    with world.open("patient") as uow:
        ask = Ask(world.person_id, SPLIT, uuid4(), also=("appointment_scheduling",))
        first = service.ask_question(uow, ask, seen=plan(uow, ask).mark).thread_id
    assert first is not None
    with made(world.services) as session:
        return first, session.query(Thread.id).filter_by(parent_id=first).scalar()


def test_the_second_ask_of_a_message_is_read_by_those_alone_who_may_read_the_message(
    world: World, client: PageClient
) -> None:
    first, second = split(world)
    assert status(world, client, second) == status(world, client, first) == 200
    take_away(world, "meds_view")
    assert status(world, client, first) == 404
    assert status(world, client, second) == 404
    liaison = client.as_(world.accounts["liaison"])
    assert (
        "isinopril" not in liaison.get(f"/people/{world.person_id}/home").html + liaison.get(world.messages_url()).html
    )
    page = liaison.get(world.messages_url("search")).submit({"words": "refill"}, form="/search", status=200)
    assert "isinopril" not in page.html


def test_a_helper_with_visits_alone_reads_no_medicine_in_the_second_ask(world: World, client: PageClient) -> None:
    with made(world.services) as session:
        helper, _ = make_caregiver(
            session, world.patient, kind="proxy", name="Hal Helper", scopes=["appointments_view", "messages_read"]
        )
        world.accounts["helper"], world.actors["helper"] = helper, actor_for(session, helper)
    first, second = split(world)
    found: list[Any] = [status(world, client, thread_id, "helper") for thread_id in (first, second)]
    assert found == [404, 404]


@pytest.mark.parametrize("hidden", [{"is_hidden_from_liaison": True}, {"sensitivity": "mental_health"}])
def test_what_makes_a_message_private_makes_its_second_ask_private(
    world: World, client: PageClient, hidden: dict[str, object]
) -> None:
    first, second = split(world)
    world.change(Thread, first, **hidden)
    assert status(world, client, second) == 404
