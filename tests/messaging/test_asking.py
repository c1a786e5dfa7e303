"""Sending a question: the plan, the owner, the trail, privacy, and that it happens once."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import func, select

from portal.infra.errors import NotFound
from portal.messaging import confirming, reading, service
from portal.messaging.deciding import Ask, plan
from portal.models import Job, Message, Relationship, RouteStep, Thread, ThreadUnread
from tests.factories.people import made
from tests.messaging.world import EMERGENCY, QUESTION


def unread_by(world, thread_id):
    with made(world.services) as session:
        marked = set(session.scalars(select(ThreadUnread.account_id).where(ThreadUnread.thread_id == thread_id)))
    return {name for name, account in world.accounts.items() if account.id in marked}


def trail_of(world, thread_id):
    with made(world.services) as session:
        steps = session.scalars(select(RouteStep).where(RouteStep.thread_id == thread_id).order_by(RouteStep.at))
        return [(step.kind, step.to_practitioner_id or step.to_pool_id or step.to_relationship_id) for step in steps]


def count(world, model):
    with made(world.services) as session:
        return session.scalar(select(func.count()).select_from(model))


def test_a_thread_has_its_owner_trail_dates_and_marks_from_the_first_second(world):
    thread = world.thread(world.ask())
    assert thread.owner_practitioner_id == world.staff["doctor"].id
    assert (thread.topic, thread.destination, thread.state) == ("test_result", "ordering_provider", "open")
    assert trail_of(world, thread.id) == [("received", None), ("routed", world.staff["doctor"].id)] or trail_of(
        world, thread.id
    ) == [("routed", world.staff["doctor"].id), ("received", None)]
    assert thread.due_at is not None and thread.look_by is not None and thread.look_by < thread.due_at
    assert unread_by(world, thread.id) == {"doctor", "liaison"}


def test_words_are_sealed_in_the_database(world):
    thread = world.thread(world.ask(text=f"My potassium is 5.6. {world.patient.given_name} asks."))
    with made(world.services) as session:
        body = session.scalar(select(Message.body))
    for blob in (thread.subject, thread.preview, body):
        assert b"potassium" not in blob and world.patient.given_name.encode() not in blob


def test_the_same_form_sent_twice_makes_one_thread(world):
    once = uuid4()
    assert world.ask(once=once) == world.ask(once=once)
    assert (count(world, Thread), count(world, Message)) == (1, 1)


def test_a_second_window_with_other_words_is_a_question_of_its_own(world):
    once = uuid4()
    first, second = world.ask(once=once), world.ask(once=once, text="Please refill my lisinopril before Friday.")
    assert first != second
    assert count(world, Thread) == 2


def test_nothing_is_sent_when_the_plan_has_changed_since_it_was_shown(world):
    ask = Ask(world.person_id, QUESTION, uuid4())
    with world.open("patient", write=False) as uow:
        seen = plan(uow, ask).mark
    world.away("doctor", "cover")
    with world.open("patient") as uow:
        outcome = service.ask_question(uow, ask, seen=seen)
    assert outcome.thread_id is None and outcome.plan is not None
    assert outcome.plan.owner.practitioner_id == world.staff["cover"].id
    assert count(world, Thread) == 0


def test_somebody_away_is_covered_and_the_page_says_so(world):
    world.away("doctor", "cover")
    with world.open("patient", write=False) as uow:
        shown = confirming.confirmation(uow, plan(uow, Ask(world.person_id, QUESTION, uuid4())))
    assert (shown.owner, shown.absent) == ("Dr. Cora Cover", "Dr. Otto Heart")


def test_an_emergency_goes_to_the_nurses_first_and_the_usual_owner_gets_a_copy(world):
    thread = world.thread(world.ask(EMERGENCY))
    assert (thread.urgency, thread.destination, thread.owner_pool_id) == ("emergency", "nurse_triage", world.pool_id)
    assert {"nurse", "second"} <= unread_by(world, thread.id)


def test_a_chosen_person_becomes_the_owner_but_never_in_an_emergency(world):
    chosen = str(world.staff["pcp"].id)
    assert world.thread(world.ask(to=chosen)).owner_practitioner_id == world.staff["pcp"].id
    assert world.thread(world.ask(EMERGENCY, to=chosen)).owner_pool_id == world.pool_id


def test_kept_private_the_liaison_has_no_mark_no_row_and_no_page(world):
    thread_id = world.ask(is_private=True)
    assert "liaison" not in unread_by(world, thread_id)
    with world.open("liaison", write=False) as uow:
        assert reading.lines(uow, world.person_id)[0] == []
    with pytest.raises(NotFound), world.open("liaison", write=False) as uow:
        reading.conversation(uow, world.person_id, thread_id)


def test_a_sensitive_question_is_not_for_a_liaison_without_that_grant(world):
    thread = world.thread(world.ask("I think I have chlamydia. Can I get an STD test?"))
    assert thread.sensitivity == "sexual_health"
    assert "liaison" not in unread_by(world, thread.id)


def test_a_relative_reaches_the_liaison_and_sees_only_what_they_wrote(world):
    mine = world.ask("Is the new pill safe with grapefruit?", who="family")
    world.ask()
    thread = world.thread(mine)
    assert thread.owner_relationship_id == world.held_id and thread.is_restricted_reply
    with world.open("family", write=False) as uow:
        assert [line.id for line in reading.lines(uow, world.person_id)[0]] == [mine]
    assert unread_by(world, mine) == {"patient", "liaison"}


def test_a_stranger_can_neither_ask_nor_read(world):
    thread_id = world.ask()
    for work in (
        lambda uow: service.ask_question(uow, Ask(world.person_id, QUESTION, uuid4()), seen=None),
        lambda uow: reading.conversation(uow, world.person_id, thread_id),
    ):
        with pytest.raises(NotFound), world.open("stranger") as uow:
            work(uow)


def test_a_grant_that_has_ended_shows_nothing_at_the_next_look(world):
    thread_id = world.ask()
    with world.open("liaison", write=False) as uow:
        assert len(reading.lines(uow, world.person_id)[0]) == 1
    world.change(Relationship, world.held_id, state="revoked")
    with pytest.raises(NotFound), world.open("liaison", write=False) as uow:
        reading.conversation(uow, world.person_id, thread_id)
    with world.open("liaison", write=False) as uow:
        assert reading.lines(uow, world.person_id)[0] == []


def test_thanks_are_filed_without_an_owner_or_a_job(world):
    thread = world.thread(world.ask("Thank you so much, no reply needed."))
    assert (thread.destination, thread.state, thread.due_at) == ("none", "closed", None)
    assert count(world, Job) == 0
