"""What happens without anybody asking: notices, cover, escalation. Every job may run twice, and looks again first."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, func, select

from portal.models import Account, Delivery, Job, PoolMember, Practitioner, Relationship, RouteStep, ThreadUnread
from portal.policy.actors import Actor
from portal.work.outbox import HANDLERS
from portal.work.running import Worker
from tests.factories.people import made
from tests.messaging.world import EMERGENCY
from tests.support import canary


@pytest.fixture
def addressed(world):
    for account in world.accounts.values():
        world.change(Account, account.id, email=canary.email if account is None else f"{account.id}@example.org")
    return world


def run(world):
    import portal.worker  # noqa: F401  makes the handlers known

    return Worker(world.services).run_due()


def again(world, kind, subject):
    """Run one job's handler once more, as after a crash."""
    import portal.worker  # noqa: F401

    with world.open(Actor.system(kind)) as uow:
        HANDLERS[kind](uow, subject)


def notices(world):
    with made(world.services) as session:
        names = {account.id: name for name, account in world.accounts.items()}
        rows = session.execute(select(Delivery.account_id, Delivery.kind, Delivery.state).order_by(Delivery.created_at))
        return sorted((names[row.account_id], row.kind, row.state) for row in rows)


def steps(world, thread_id):
    with made(world.services) as session:
        found = session.scalars(select(RouteStep).where(RouteStep.thread_id == thread_id).order_by(RouteStep.at))
        return [step.kind for step in found]


def test_an_answer_is_told_once_however_often_the_job_runs(addressed):
    thread_id = addressed.ask(is_private=True)
    addressed.answer(thread_id)
    run(addressed)
    with made(addressed.services) as session:
        message_id = session.scalar(select(Job.subject).where(Job.kind == "messaging.tell_answered"))
    from uuid import UUID

    again(addressed, "messaging.tell_answered", UUID(message_id))
    assert notices(addressed) == [("patient", "new_message", "sent")]


def test_an_answer_that_was_read_is_not_told(addressed):
    thread_id = addressed.ask(is_private=True)
    addressed.answer(thread_id)
    with made(addressed.services) as session:
        session.execute(delete(ThreadUnread))
    run(addressed)
    assert notices(addressed) == []


def test_a_liaison_whose_grant_ended_before_the_notice_went_out_is_not_told(addressed):
    thread_id = addressed.ask()
    addressed.answer(thread_id)
    addressed.change(Relationship, addressed.held_id, state="revoked")
    run(addressed)
    assert notices(addressed) == [("patient", "new_message", "sent")]


def test_nurses_are_told_of_an_emergency_and_doctors_find_routine_questions_in_the_inbox(addressed):
    addressed.ask()
    addressed.ask(EMERGENCY)
    run(addressed)
    assert notices(addressed) == [("nurse", "new_question", "sent"), ("second", "new_question", "sent")]


def test_the_liaison_is_told_of_a_question_from_the_family(addressed):
    addressed.ask("Is the new pill safe with grapefruit?", who="family")
    run(addressed)
    assert notices(addressed) == [("liaison", "new_question", "sent")]


def test_a_question_moves_to_the_cover_when_its_owner_goes_away(world):
    thread_id = world.ask()
    world.away("doctor", "cover")
    again(world, "messaging.check_answered", thread_id)
    again(world, "messaging.check_answered", thread_id)
    thread = world.thread(thread_id)
    assert thread.owner_practitioner_id == world.staff["cover"].id
    assert steps(world, thread_id).count("covered") == 1


def test_cover_of_the_cover_gets_it_when_both_are_away(world):
    world.away("doctor", "cover")
    world.away("cover", "pcp")
    assert world.thread(world.ask()).owner_practitioner_id == world.staff["pcp"].id


def test_somebody_who_left_is_covered_by_their_team(world):
    thread_id = world.ask()
    world.change(Practitioner, world.staff["doctor"].id, is_active=False)
    again(world, "messaging.check_answered", thread_id)
    assert world.thread(thread_id).owner_pool_id == world.heart_id


def test_what_is_overdue_goes_to_the_lead_and_then_to_the_care_manager_once_each(world, clock):
    with made(world.services) as session:
        member = session.scalar(select(PoolMember).where(PoolMember.practitioner_id == world.staff["cover"].id))
        member.is_lead = True
    thread_id = world.ask()
    due_at = world.thread(thread_id).due_at
    clock.set(due_at)
    again(world, "messaging.check_answered", thread_id)
    again(world, "messaging.check_answered", thread_id)
    assert world.thread(thread_id).owner_practitioner_id == world.staff["cover"].id
    assert world.thread(thread_id).due_at == due_at
    clock.move(days=3)
    again(world, "messaging.check_answered", thread_id)
    again(world, "messaging.check_answered", thread_id)
    assert world.thread(thread_id).owner_practitioner_id == world.staff["manager"].id
    assert steps(world, thread_id).count("escalated") == 2


def test_an_answered_question_is_left_alone(world, clock):
    thread_id = world.ask()
    world.answer(thread_id)
    before = steps(world, thread_id)
    clock.move(days=9)
    again(world, "messaging.check_answered", thread_id)
    assert steps(world, thread_id) == before


def test_a_question_to_a_liaison_whose_time_has_ended_goes_to_the_care_manager(world):
    thread_id = world.ask("Is the new pill safe with grapefruit?", who="family")
    world.change(Relationship, world.held_id, state="ended")
    again(world, "messaging.check_answered", thread_id)
    assert world.thread(thread_id).owner_practitioner_id == world.staff["manager"].id


def test_the_watch_finds_a_pool_that_nobody_is_in(world):
    thread_id = world.ask(EMERGENCY)
    with made(world.services) as session:
        session.execute(delete(PoolMember).where(PoolMember.pool_id == world.pool_id))
        session.execute(delete(Job))
    again(world, "messaging.watch_orphans", thread_id)
    with made(world.services) as session:
        assert session.scalar(select(func.count()).select_from(Job).where(Job.kind == "messaging.check_answered")) == 1


def test_due_days_follow_the_calendar_of_the_clinic(world, clock):
    """domain.md G4 and MSG-1: after five on Friday counts as Monday."""
    clock.set(datetime(2026, 3, 13, 22, 0, tzinfo=UTC))  # Friday 18:00 in New York
    due_at = world.thread(world.ask()).due_at
    assert due_at == datetime(2026, 3, 18, 21, 0, tzinfo=UTC)  # Wednesday 17:00
