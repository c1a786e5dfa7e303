"""Absence, stand-in, wishes and the end of the liaison's duty (LIA-8, LIA-9)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from portal.caregivers import liaison
from portal.infra.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.messaging import overdue
from portal.messaging.deciding import Ask, plan
from portal.models import Relationship, Thread
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.work.running import Worker
from portal.worker import JOBS
from tests.factories.people import actor_for, made, make_caregiver
from tests.messaging.world import QUESTION, World

assert JOBS  # importing the worker makes the jobs known
LAST_DAY = date(2026, 3, 15)


@pytest.fixture
def world(services: Any) -> World:
    found = World(services)
    with made(services) as session:
        backup, held = make_caregiver(session, found.patient, kind="backup", relation="daughter", name="Ana Ruiz")
        found.accounts["backup"], found.actors["backup"] = backup, actor_for(session, backup)
        found.backup_id = held.id  # type: ignore[attr-defined]
    return found


def relative_asks(world: World) -> Any:
    return world.thread(world.ask("Is the new pill safe with grapefruit?", who="family"))


def away(world: World, until: date = LAST_DAY) -> None:
    with world.open("liaison") as uow:
        liaison.mark_away(uow, world.person_id, until, "She likes calls at noon.")


def test_while_the_liaison_is_away_the_backup_gets_the_questions_and_only_then(world: World) -> None:
    assert relative_asks(world).owner_relationship_id == world.held_id
    away(world)
    assert relative_asks(world).owner_relationship_id == world.backup_id  # type: ignore[attr-defined]
    world.services.clock.move(days=6)
    assert relative_asks(world).owner_relationship_id == world.held_id


def test_the_backup_sees_what_the_liaison_sees_while_standing_in(world: World) -> None:
    shared = world.ask(QUESTION)
    with world.open("backup", write=False) as uow:
        assert not uow.may(Action.MESSAGE_THREAD_READ, model=Thread, row_id=shared)
    away(world)
    with world.open("backup", write=False) as uow:
        assert uow.may(Action.MESSAGE_THREAD_READ, model=Thread, row_id=shared)
    world.services.clock.move(days=6)
    with world.open("backup", write=False) as uow:
        assert not uow.may(Action.MESSAGE_THREAD_READ, model=Thread, row_id=shared)


def test_what_was_with_the_backup_comes_back_with_the_liaison(world: World) -> None:
    away(world)
    thread = relative_asks(world)
    with world.open("liaison") as uow:
        liaison.come_back(uow, world.person_id)
    Worker(world.services).run_due()
    assert world.thread(thread.id).owner_relationship_id == world.held_id


def test_a_stand_in_that_the_patient_wanted_is_ended_by_the_patient_alone(world: World) -> None:
    with world.open("patient") as uow:
        liaison.activate_backup(uow, world.person_id, LAST_DAY)
    with world.open("liaison") as uow, pytest.raises(Conflict, match="away-by-patient"):
        liaison.come_back(uow, world.person_id)
    with world.open("patient") as uow:
        liaison.end_backup(uow, world.person_id)
    assert relative_asks(world).owner_relationship_id == world.held_id


@pytest.mark.parametrize("until", [date(2026, 3, 10), date(2026, 3, 9), date(2028, 1, 1)])
def test_an_absence_ends_on_a_day_to_come(world: World, until: date) -> None:
    with pytest.raises(Invalid):
        away(world, until)


def test_who_stands_in_reads_the_note_and_nobody_before(world: World) -> None:
    away(world)
    with world.open("backup", write=False) as uow:
        assert liaison.duty(uow, world.person_id).handover == "She likes calls at noon."
    world.services.clock.move(days=6)
    with world.open("backup", write=False) as uow:
        assert liaison.duty(uow, world.person_id).handover == ""


def test_a_liaison_who_gives_it_up_is_none_any_more_and_questions_move_on(world: World) -> None:
    thread = relative_asks(world)
    with world.open("liaison") as uow:
        liaison.resign(uow, world.person_id)
    with world.open("liaison") as uow, pytest.raises(NotFound):
        liaison.duty(uow, world.person_id)
    Worker(world.services).run_due()
    assert world.thread(thread.id).owner_practitioner_id == world.staff["manager"].id


def test_questions_of_a_liaison_whose_access_was_ended_elsewhere_are_found(world: World) -> None:
    thread = relative_asks(world)
    world.change(Relationship, world.held_id, state="revoked")
    with world.open(Actor.system("messaging.watch_orphans")) as uow:
        assert thread.id in overdue.orphans(uow)


@pytest.mark.parametrize("who", ["family", "liaison", "backup", "doctor", "stranger"])
def test_only_the_patient_decides_what_reaches_the_liaison(world: World, who: str) -> None:
    for act in (
        lambda uow: liaison.set_modes(uow, world.person_id, {"results": "never"}),
        lambda uow: liaison.switch_off(uow, world.person_id),
        lambda uow: liaison.activate_backup(uow, world.person_id, LAST_DAY),
        lambda uow: liaison.arrangement(uow, world.person_id),
    ):
        with world.open(who) as uow, pytest.raises((NotAllowed, NotFound)):
            act(uow)


def test_a_wish_changes_who_answers_and_taking_it_back_changes_it_back(world: World) -> None:
    def destination() -> str:
        with world.open("patient", write=False) as uow:
            return plan(uow, Ask(world.person_id, QUESTION, uuid4())).decision.destination

    usual = destination()
    for mode, expected in (("first", "liaison"), ("never", usual), ("copy", usual)):
        with world.open("patient") as uow:
            liaison.set_modes(uow, world.person_id, {"results": mode})
        assert destination() == expected
    with world.open("patient") as uow, pytest.raises(Invalid):
        liaison.set_modes(uow, world.person_id, {"results": "always"})


def test_a_question_that_went_to_who_stands_in_can_be_read_by_whoever_asked(world: World, client: Any) -> None:
    away(world)
    thread = relative_asks(world)
    page = client.as_(world.accounts["family"]).get(world.messages_url(thread.id))
    assert "Is the new pill safe with grapefruit?" in page.text
    client.as_(world.accounts["backup"]).get(f"/people/{world.person_id}/questions/{thread.id}")


def test_what_the_team_writes_to_the_liaison_is_not_the_backups_before_they_act(world: World) -> None:
    letter = world.ask(QUESTION)
    world.change(Thread, letter, scope=None, is_liaison_readable=True)
    for is_away, may_read in ((False, False), (True, True)):
        if is_away:
            away(world)
        with world.open("backup", write=False) as uow:
            assert uow.may(Action.MESSAGE_THREAD_READ, model=Thread, row_id=letter) == may_read
        with world.open("liaison", write=False) as uow:
            assert uow.may(Action.MESSAGE_THREAD_READ, model=Thread, row_id=letter)
