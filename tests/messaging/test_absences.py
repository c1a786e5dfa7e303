"""Somebody is away: who covers has everything at once, the sender reads it, and nothing comes back by itself."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from portal.infra.errors import Conflict, Invalid, NotFound
from portal.messaging import absences, jobs, orphans, service
from portal.models import Account, PoolMember, Thread
from portal.policy.actors import Actor
from portal.work.running import Worker
from tests.factories.people import made
from tests.messaging.world import EMERGENCY


def today(_world):
    return date(2026, 3, 10)


def enter(world, who, actor=None, *, cover=None, first=0, last=9):
    start = today(world)
    with world.open(actor or who) as uow:
        return absences.enter(
            uow,
            world.staff[who].id,
            start + timedelta(days=first),
            start + timedelta(days=last),
            world.staff[cover].id if cover else None,
        ).id


def work_off(world):
    Worker(world.services).run_due()


def make_lead(world, who, pool_id):
    with made(world.services) as session:
        member = session.scalar(
            select(PoolMember).where(PoolMember.pool_id == pool_id, PoolMember.practitioner_id == world.staff[who].id)
        )
        member.is_lead = True


def test_what_is_open_goes_to_the_cover_at_once_and_the_clock_runs_on(client, world):
    thread_id = world.ask()
    due = world.thread(thread_id).due_at
    enter(world, "doctor", cover="cover")
    work_off(world)
    thread = world.thread(thread_id)
    assert thread.owner_practitioner_id == world.staff["cover"].id and thread.due_at == due
    patient = client.as_(world.accounts["patient"]).get(world.messages_url(thread_id))
    assert "Dr. Otto Heart is away until Mar 19. Covered by Dr. Cora Cover." in patient.text


def test_what_waits_for_the_patient_goes_too(world):
    thread_id = world.ask()
    world.answer(thread_id, then="waiting_on_patient")
    enter(world, "doctor", cover="cover")
    work_off(world)
    assert world.thread(thread_id).owner_practitioner_id == world.staff["cover"].id


def test_a_cover_who_is_away_is_covered_too(world):
    thread_id = world.ask()
    enter(world, "cover", cover="pcp")
    enter(world, "doctor", cover="cover")
    work_off(world)
    assert world.thread(thread_id).owner_practitioner_id == world.staff["pcp"].id
    with world.open("doctor", write=False) as uow:
        (mine,) = absences.coming(uow)
        assert (mine.cover, mine.answers) == ("Dr. Cora Cover", "Dr. Pia Prime")


def test_covers_who_cover_each_other_leave_it_to_the_pool(world):
    thread_id = world.ask()
    enter(world, "cover", cover="doctor")
    enter(world, "doctor", cover="cover")
    work_off(world)
    assert world.thread(thread_id).owner_pool_id == world.heart_id


def test_an_absence_that_begins_later_moves_nothing_before_its_first_day(world):
    thread_id = world.ask()
    enter(world, "doctor", cover="cover", first=1, last=3)
    work_off(world)
    assert world.thread(thread_id).owner_practitioner_id == world.staff["doctor"].id
    world.services.clock.move(days=1)
    work_off(world)
    assert world.thread(thread_id).owner_practitioner_id == world.staff["cover"].id


def test_who_is_back_gets_nothing_back_by_itself(world):
    thread_id = world.ask()
    absence_id = enter(world, "doctor", cover="cover")
    work_off(world)
    with world.open("doctor") as uow:
        absences.end(uow, absence_id)
    work_off(world)
    assert world.thread(thread_id).owner_practitioner_id == world.staff["cover"].id


def test_both_days_count(world):
    enter(world, "doctor", cover="cover", first=0, last=0)
    with world.open("doctor", write=False) as uow:
        assert absences.stand_in_on(uow, world.staff["doctor"].id, today(world)) == world.staff["cover"].id
        assert absences.stand_in_on(uow, world.staff["doctor"].id, today(world) + timedelta(days=1)) is None


def test_one_enters_ones_own_and_who_leads_a_team_those_of_the_team(world):
    with pytest.raises(NotFound):
        enter(world, "doctor", actor="nurse")
    make_lead(world, "nurse", world.pool_id)
    enter(world, "second", actor="nurse", cover="nurse")
    with pytest.raises(NotFound):
        enter(world, "doctor", actor="nurse")
    enter(world, "doctor", actor="admin")


def test_nobody_covers_for_themselves_and_no_day_is_entered_twice(world):
    with pytest.raises(Invalid):
        enter(world, "doctor", cover="doctor")
    enter(world, "doctor", cover="cover")
    with pytest.raises(Conflict):
        enter(world, "doctor", first=9, last=12)


def test_the_page_enters_and_ends_it(client, world):
    doctor = client.as_(world.accounts["doctor"])
    fields = {"first_day": "2026-03-10", "last_day": "2026-03-12", "cover": str(world.staff["cover"].id)}
    who = {"who": str(world.staff["doctor"].id)}
    page = doctor.get("/desk/away")
    assert page.submit({**who, **fields, "last_day": "2026-03-09"}, form="/desk/away", status=422).errors
    doctor.follow(page.submit({**who, **fields}, form="/desk/away"))
    shown = doctor.get("/desk/away")
    assert "Dr. Cora Cover covers" in shown.text and "Away now" in shown.text
    doctor.follow(shown.submit({}, form="/end"))
    assert "Nobody is away" in doctor.get("/desk/away").text
    client.as_(world.accounts["patient"]).get("/desk/away", status=404)


def test_nothing_is_left_with_nobody_and_what_is_can_be_seen_and_moved(client, world):
    thread_id = world.ask()
    world.ask(EMERGENCY)
    make_lead(world, "nurse", world.pool_id)
    lead = client.as_(world.accounts["nurse"])
    assert "Everything has somebody" in lead.get("/desk/watch").text
    world.change(Account, world.accounts["doctor"].id, is_active=False)
    page = lead.get("/desk/watch")
    assert "Dr. Otto Heart" in page.text and "Can no longer sign in" in page.text
    assert "potassium" not in page.text.lower()
    page.submit({}, form="/desk/watch")
    work_off(world)
    assert "Everything has somebody" in lead.get("/desk/watch").text
    assert world.thread(thread_id).owner_practitioner_id != world.staff["doctor"].id
    client.as_(world.accounts["cover"]).get("/desk/watch", status=404)


def test_a_team_without_anybody_is_seen_and_its_questions_go_to_the_nurses(world):
    thread_id = world.ask("Can I move my visit to Thursday afternoon?")
    with made(world.services) as session:
        for member in session.scalars(select(PoolMember).where(PoolMember.pool_id == world.desk_id)):
            session.delete(member)
    with world.open("admin", write=False) as uow:
        assert [(one.id, one.why) for one in orphans.found(uow)] == [(thread_id, "empty")]
    with world.open(Actor.system("messaging.check_answered")) as uow:
        jobs.check_answered(uow, thread_id)
    assert world.thread(thread_id).owner_pool_id == world.pool_id


def test_who_is_away_when_the_patient_writes_again_is_covered_at_once(world):
    thread_id = world.ask()
    world.answer(thread_id)
    with made(world.services) as session:
        assert session.get(Thread, thread_id).state == "answered"
    world.away("doctor", "cover")
    with world.open("patient") as uow:
        service.reply(uow, service.Reply(world.person_id, thread_id, "And oranges?", uuid4()), seen=None)
    work_off(world)
    assert world.thread(thread_id).owner_practitioner_id == world.staff["cover"].id
