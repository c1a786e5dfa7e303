"""The liaison's desk: relatives' questions reach the liaison first, and staff see only what was passed on."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from portal.infra.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.messaging import circle, circle_reading, reading, service
from portal.messaging.circle import Forward
from portal.models import LiaisonMode, Message, Thread
from portal.work.running import Worker
from portal.worker import JOBS
from tests.factories.people import actor_for, made, make_caregiver
from tests.messaging.world import EMERGENCY, World

ASKED = "Is the new pill safe with grapefruit?"
FACTS = "She means the amlodipine from last week."
ANSWER = "A small glass is fine."


assert JOBS  # importing the worker makes the jobs known


@pytest.fixture
def asked(world: World) -> UUID:
    return world.ask(ASKED, who="family")


def forward(world: World, thread_id: UUID, facts: str = FACTS, once: UUID | None = None) -> UUID:
    world.services.clock.move(minutes=1)
    command = Forward(world.person_id, thread_id, facts, once or uuid4())
    with world.open("liaison") as uow:
        outcome = circle.pass_on(uow, command, seen=circle.plan_forward(uow, command).mark)
        assert outcome.thread_id is not None
        return outcome.thread_id


def answer(world: World, thread_id: UUID, text: str, who: str = "liaison") -> None:
    world.services.clock.move(minutes=1)
    with world.open(who) as uow:
        service.reply(uow, service.Reply(world.person_id, thread_id, text, uuid4()), seen="emergency")


def said(world: World, thread_id: UUID, who: str) -> list[str]:
    world.services.clock.move(minutes=1)
    with world.open(who, write=False) as uow:
        return [one.text for one in reading.conversation(uow, world.person_id, thread_id).said]


def desk(world: World) -> list[circle_reading.Question]:
    with world.open("liaison", write=False) as uow:
        return circle_reading.waiting(uow, world.person_id)[0]


@pytest.mark.parametrize("who", ["pcp", "doctor", "manager", "nurse", "clerk", "stranger"])
def test_before_it_is_passed_on_only_the_liaison_reads_it(world: World, asked: UUID, who: str) -> None:
    assert said(world, asked, "liaison") == [ASKED]
    with pytest.raises(NotFound):
        said(world, asked, who)
    with world.open(who, write=False) as uow, pytest.raises((NotFound, NotAllowed)):
        service.answer_as_staff(uow, service.Reply(world.person_id, asked, "Hello", uuid4()))


def test_what_is_passed_on_about_a_medicine_is_with_its_prescriber_and_has_a_due_time(
    world: World, asked: UUID
) -> None:
    passed = world.thread(forward(world, asked))
    assert passed.topic == "medication_question"
    assert passed.owner_practitioner_id == world.staff["pcp"].id
    assert passed.due_at is not None
    assert passed.author_role == "liaison"


def test_the_team_sees_one_conversation_from_the_liaison_with_the_asker_kept(world: World, asked: UUID) -> None:
    passed = forward(world, asked)
    assert said(world, passed, "pcp") == [f"“{ASKED}”\n\n{FACTS}"]
    with world.open("pcp", write=False) as uow:
        talk = reading.conversation(uow, world.person_id, passed)
        assert list(talk.askers) == [("Carmen Delgado", "aunt")]
    with pytest.raises(NotFound):
        said(world, asked, "pcp")


def test_the_relative_reads_that_it_was_passed_on_and_not_where(world: World, asked: UUID) -> None:
    passed = forward(world, asked)
    with world.open("family", write=False) as uow:
        talk = reading.conversation(uow, world.person_id, asked)
        assert [step.kind for step in talk.steps][-1] == "sent_on"
        assert talk.steps[-1].to_practitioner_id is None
    with pytest.raises(NotFound):
        said(world, passed, "family")


def test_the_answer_of_the_team_comes_back_to_the_liaison_who_takes_it_to_the_relative(
    world: World, asked: UUID
) -> None:
    passed = forward(world, asked)
    assert [(one.step, one.with_name) for one in desk(world)] == [("team", "Dr. Pia Prime")]
    world.answer(passed, ANSWER, who="pcp")
    Worker(world.services).run_due()
    assert [one.step for one in desk(world)] == ["bring"]
    assert said(world, asked, "family") == [ASKED]
    answer(world, asked, "The doctor says: a small glass is fine.")
    assert said(world, asked, "family")[-1] == "The doctor says: a small glass is fine."
    assert (world.thread(asked).state, desk(world)) == ("answered", [])


def test_a_question_is_passed_on_once(world: World, asked: UUID) -> None:
    once = uuid4()
    forward(world, asked, once=once)
    with pytest.raises(Conflict, match="passed-on"):
        forward(world, asked)


def test_a_question_that_is_held_says_until_when(world: World, asked: UUID) -> None:
    until = date(2026, 3, 13)
    world.services.clock.move(minutes=1)
    with world.open("liaison") as uow:
        circle.hold(uow, world.person_id, asked, until, "I ask on Friday.", uuid4())
    assert [one.step for one in desk(world)] == ["hold"]
    assert said(world, asked, "family")[-1] == "I ask on Friday."
    world.services.clock.move(days=4)
    assert [one.step for one in desk(world)] == ["answer"]


@pytest.mark.parametrize("days", [0, -1, 31])
def test_nothing_is_held_until_today_or_for_ever(world: World, asked: UUID, days: int) -> None:
    with world.open("liaison") as uow, pytest.raises(Invalid):
        circle.hold(uow, world.person_id, asked, date(2026, 3, 10) + timedelta(days=days), "", uuid4())


def test_a_question_goes_back_with_a_reason(world: World, asked: UUID) -> None:
    world.services.clock.move(minutes=1)
    with world.open("liaison") as uow:
        circle.give_back(uow, world.person_id, asked, "Please ask her yourself.", uuid4())
    assert said(world, asked, "family")[-1] == "Please ask her yourself."
    assert world.thread(asked).state == "closed"


def test_two_questions_alike_are_answered_once_and_neither_asker_sees_the_other(world: World, asked: UUID) -> None:
    with made(world.services) as session:
        cousin, _held = make_caregiver(session, world.patient, kind="family", relation="cousin", name="Ana Ruiz")
        world.accounts["cousin"] = cousin
        world.actors["cousin"] = actor_for(session, cousin)
    second = world.ask("Can she drink grapefruit juice with the pills?", who="cousin")
    with world.open("liaison", write=False) as uow:
        assert [one.id for one in circle_reading.alike_waiting(uow, world.thread(second))] == [asked]
    with world.open("liaison") as uow:
        circle.put_together(uow, world.person_id, second, asked)
    answer(world, asked, ANSWER)
    assert said(world, second, "cousin")[-1] == ANSWER
    assert said(world, asked, "family")[-1] == ANSWER
    with pytest.raises(NotFound):
        said(world, asked, "cousin")


@pytest.mark.parametrize("who", ["family", "patient", "doctor", "manager"])
def test_nobody_but_the_liaison_works_at_the_desk(world: World, asked: UUID, who: str) -> None:
    with world.open(who) as uow, pytest.raises((NotFound, NotAllowed)):
        circle.give_back(uow, world.person_id, asked, "No.", uuid4())


def test_a_topic_the_patient_wants_the_liaison_to_have_first_goes_there_and_on_from_there(world: World) -> None:
    wish(world, "results", "first")
    thread = world.ask()
    assert world.thread(thread).owner_relationship_id == world.held_id
    passed = forward(world, thread, "She has stopped eating bananas.")
    assert passed == thread
    assert world.thread(thread).owner_practitioner_id == world.staff["doctor"].id
    assert said(world, thread, "doctor")[-1] == "She has stopped eating bananas."


def wish(world: World, scope: str, mode: str) -> None:
    with made(world.services) as session:
        row = LiaisonMode(patient_id=world.person_id, scope=scope, mode=mode, set_at=world.services.clock.now())
        session.add(row)


def test_an_urgent_question_goes_to_the_nurses_whatever_the_patient_wants_first(world: World) -> None:
    wish(world, "clinical", "first")
    thread = world.ask(EMERGENCY)
    assert world.thread(thread).owner_relationship_id is None


def test_a_wish_never_widens_a_grant(world: World) -> None:
    wish(world, "billing", "first")
    thread = world.ask("Why was I billed twice for my January visit? My insurance should have paid.")
    assert world.thread(thread).owner_relationship_id is None
    with pytest.raises(NotFound):
        said(world, thread, "liaison")


def test_what_the_patient_keeps_from_the_liaison_is_kept_before_and_after(world: World) -> None:
    before = world.ask()
    assert said(world, before, "liaison")
    wish(world, "results", "never")
    after = world.ask("And my potassium of March?")
    for thread in (before, after):
        with pytest.raises(NotFound):
            said(world, thread, "liaison")


def test_every_act_is_in_the_trail_without_words(world: World, asked: UUID) -> None:
    forward(world, asked)
    with made(world.services) as session:
        assert session.query(Thread).count() == 2
        assert session.query(Message).count() == 2
