"""Family updates and letters to the family: one writes, chosen people read, nobody gains access to the record."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from portal.infra.errors import Invalid, NotAllowed, NotFound
from portal.messaging import circle, letters, reading, service, updates
from portal.messaging.deciding import Ask
from portal.messaging.updates import Publish
from portal.models import Account, Delivery, Relationship
from portal.work.running import Worker
from portal.worker import JOBS
from tests.factories.people import actor_for, made, make_caregiver
from tests.messaging.world import World

NEWS = "Mom is home and eats well."


assert JOBS  # importing the worker makes the jobs known


@pytest.fixture
def family(world: World) -> World:
    """The practice with a second relative, and addresses to write to."""
    with made(world.services) as session:
        cousin, held = make_caregiver(session, world.patient, kind="family", relation="cousin", name="Ana Ruiz")
        world.accounts["cousin"] = cousin
        world.actors["cousin"] = actor_for(session, cousin)
        world.cousin_held = held.id  # type: ignore[attr-defined]
        for name in ("family", "cousin", "liaison"):
            account = session.get(Account, world.accounts[name].id)
            assert account is not None
            account.email = f"{name}@example.test"
    return world


def publish(world: World, *readers: UUID, text: str = NEWS, who: str = "liaison") -> UUID:
    with world.open(who) as uow:
        return updates.publish(uow, Publish(world.person_id, text, readers, not readers, uuid4()))


def read(world: World, who: str) -> list[str]:
    with world.open(who, write=False) as uow:
        return [one.text for one in updates.listed(uow, world.person_id)[0]]


def test_the_whole_circle_the_patient_and_the_liaison_read_an_update(family: World) -> None:
    publish(family)
    for who in ("family", "cousin", "patient", "liaison"):
        assert read(family, who) == [NEWS]


@pytest.mark.parametrize("who", ["doctor", "manager", "stranger", "clerk"])
def test_nobody_else_reads_it(family: World, who: str) -> None:
    publish(family)
    assert read(family, who) == []


def test_only_the_named_relative_reads_what_is_written_to_them(family: World) -> None:
    publish(family, family.cousin_held)  # type: ignore[attr-defined]
    assert (read(family, "cousin"), read(family, "family")) == ([NEWS], [])


def test_a_relative_sees_no_names_of_other_readers(family: World) -> None:
    publish(family)
    with family.open("family", write=False) as uow:
        assert [one.readers for one in updates.listed(uow, family.person_id)[0]] == [()]
    with family.open("patient", write=False) as uow:
        assert [one.readers for one in updates.listed(uow, family.person_id)[0]] == [("Ana Ruiz", "Carmen Delgado")]


@pytest.mark.parametrize("who", ["liaison", "patient"])
def test_an_update_that_is_taken_back_is_gone_for_relatives_and_kept_for_the_patient(family: World, who: str) -> None:
    update = publish(family)
    with family.open(who) as uow:
        updates.withdraw(uow, family.person_id, update)
    assert (read(family, "family"), read(family, "patient")) == ([], [NEWS])


@pytest.mark.parametrize("who", ["family", "cousin", "doctor", "patient"])
def test_nobody_but_the_liaison_publishes(family: World, who: str) -> None:
    with pytest.raises((NotAllowed, NotFound)):
        publish(family, who=who)


def test_who_joins_later_reads_what_comes_later(family: World) -> None:
    publish(family)
    with made(family.services) as session:
        late, _held = make_caregiver(session, family.patient, kind="family", relation="niece", name="Eva Ruiz")
        family.actors["late"] = actor_for(session, late)
    assert read(family, "late") == []


def test_somebody_whose_relationship_has_ended_reads_nothing_more(family: World) -> None:
    publish(family)
    family.change(Relationship, family.cousin_held, state="revoked")  # type: ignore[attr-defined]
    assert read(family, "cousin") == []


def test_an_update_needs_a_reader_of_this_family(family: World) -> None:
    with pytest.raises(Invalid):
        publish(family, uuid4())


def test_relatives_are_told_that_there_is_something_new_and_nothing_else(family: World) -> None:
    publish(family, family.cousin_held)  # type: ignore[attr-defined]
    Worker(family.services).run_due()
    with made(family.services) as session:
        told = session.query(Delivery).all()
        assert [(one.account_id, one.kind) for one in told] == [(family.accounts["cousin"].id, "new_message")]


def test_an_update_taken_back_before_anybody_was_told_tells_nobody(family: World) -> None:
    update = publish(family)
    with family.open("liaison") as uow:
        updates.withdraw(uow, family.person_id, update)
    Worker(family.services).run_due()
    with made(family.services) as session:
        assert session.query(Delivery).count() == 0


def test_private_words_are_noticed_and_the_record_is_not_told(family: World) -> None:
    with family.open("liaison", write=False) as uow:
        assert updates.private_matter(uow, family.person_id, "She starts therapy for her depression on Monday.")
        assert updates.private_matter(uow, family.person_id, NEWS) is None


# Letters to the family ----------------------------------------------------------------------------------------------


def letter(world: World, text: str = "Could somebody drive her to the visit on Friday?") -> UUID:
    ask = Ask(world.person_id, text, uuid4())
    with world.open("doctor") as uow:
        outcome = letters.send_letter(uow, ask, seen=letters.plan_letter(uow, ask).mark)
        assert outcome.thread_id is not None
        return outcome.thread_id


def reply(world: World, thread_id: UUID, who: str, text: str = "I can drive her.") -> None:
    world.services.clock.move(minutes=1)
    with world.open(who) as uow:
        service.reply(uow, service.Reply(world.person_id, thread_id, text, uuid4()), seen="emergency")


def test_a_letter_goes_to_the_liaison_alone_and_the_answer_to_whoever_wrote(world: World) -> None:
    thread = letter(world)
    assert world.thread(thread).owner_relationship_id == world.held_id
    with world.open("family", write=False) as uow, pytest.raises(NotFound):
        reading.conversation(uow, world.person_id, thread)
    reply(world, thread, "liaison")
    after = world.thread(thread)
    assert (after.owner_practitioner_id, after.state) == (world.staff["doctor"].id, "open")


def test_without_a_liaison_it_goes_to_the_patient_and_the_answer_comes_back(world: World) -> None:
    world.change(Relationship, world.held_id, state="revoked")
    thread = letter(world)
    assert world.thread(thread).owner_is_patient
    reply(world, thread, "patient")
    assert world.thread(thread).owner_practitioner_id == world.staff["doctor"].id


def test_a_private_letter_goes_to_the_patient_and_leaves_no_trace_for_the_liaison(world: World) -> None:
    thread = letter(world, "Her depression screening was positive. Please call about the antidepressant.")
    assert world.thread(thread).owner_is_patient
    with world.open("liaison", write=False) as uow, pytest.raises(NotFound):
        reading.conversation(uow, world.person_id, thread)


def test_the_liaison_leaves_it_to_the_patient_who_answers_whoever_wrote(world: World) -> None:
    thread = letter(world)
    with world.open("liaison") as uow:
        circle.give_to_patient(uow, world.person_id, thread)
    assert world.thread(thread).owner_is_patient
    reply(world, thread, "patient", "My neighbor drives me.")
    assert world.thread(thread).owner_practitioner_id == world.staff["doctor"].id


@pytest.mark.parametrize("who", ["clerk", "outsider", "stranger"])
def test_only_who_treats_the_patient_writes_to_the_family(world: World, who: str) -> None:
    with world.open(who) as uow, pytest.raises((NotAllowed, NotFound)):
        letters.plan_letter(uow, Ask(world.person_id, "Hello", uuid4()))
