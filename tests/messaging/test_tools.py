"""Beside an answer: offers to other teams, questions to colleagues, tasks, another notice, a comment on the result."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from portal.infra.errors import Conflict, Invalid, NotFound
from portal.messaging import colleagues, holding, jobs, offers, tasks, unopened
from portal.messaging.service import Reply
from portal.models import Account, Delivery, ResultComment, Task, ThreadOffer, ThreadUnread
from portal.work.running import Worker
from tests.factories.people import made
from tests.messaging.test_desk import desk, kinds
from tests.messaging.world import QUESTION

assert jobs  # the worker knows them

WHY = "They ask for another day."


@pytest.fixture
def doctor(client, world):
    return client.as_(world.accounts["doctor"])


def offered(world, thread_id, who="doctor", pool="scheduling"):
    with world.open(who) as uow:
        version = world.thread(thread_id).version
        offers.offer(uow, world.person_id, thread_id, pool, WHY, version, "needs_office")


# Offers ---------------------------------------------------------------------------------------------------------------


def test_an_offer_leaves_the_owner_and_the_clock_until_the_team_accepts(client, world, doctor):
    thread_id = world.ask()
    before = world.thread(thread_id)
    page = doctor.get(desk(thread_id, "pass-on"))
    page.submit({"to": "offer:scheduling", "reason": WHY}, form="/pass-on")
    thread = world.thread(thread_id)
    assert (thread.owner_practitioner_id, thread.due_at) == (before.owner_practitioner_id, before.due_at)
    assert "Until they accept, it stays where it is." in doctor.get(desk(thread_id)).text
    clerk = client.as_(world.accounts["clerk"])
    listed = clerk.get("/desk/inbox")
    assert "Dr. Otto Heart offers it to Scheduling" in listed.text
    shown = listed.follow("Look at the offer: " + listed.one(".item__title").text)
    assert QUESTION in shown.text and WHY in shown.text and "Lisinopril" not in shown.text
    clerk.get(desk(thread_id), status=404)
    shown.submit({}, form="/accept")
    thread = world.thread(thread_id)
    assert (thread.owner_pool_id, thread.owner_practitioner_id, thread.due_at) == (world.desk_id, None, before.due_at)
    assert kinds(world, thread_id)[-2:] == ["offered", "accepted"]
    patient = client.as_(world.accounts["patient"]).get(world.messages_url(thread_id))
    assert "offered" not in patient.text and WHY not in patient.text and "for Scheduling" in patient.text


def test_a_team_that_declines_says_why_and_nothing_moves(client, world, doctor):
    thread_id = world.ask()
    offered(world, thread_id)
    clerk = client.as_(world.accounts["clerk"])
    page = clerk.get(desk(thread_id, "offer"))
    assert page.submit({"why_not": ""}, form="/decline", status=422).errors == ["Say why your team can’t take it."]
    page.submit({"why_not": "Cardiology books its own visits."}, form="/decline")
    assert world.thread(thread_id).owner_practitioner_id == world.staff["doctor"].id
    assert "Cardiology books its own visits." in doctor.get(desk(thread_id)).text
    clerk.get(desk(thread_id, "offer"), status=404)


def test_only_the_team_it_is_offered_to_can_look_and_answer(client, world):
    thread_id = world.ask()
    offered(world, thread_id)
    for who in ("nurse", "outsider", "liaison", "stranger"):
        client.as_(world.accounts[who]).get(desk(thread_id, "offer"), status=404)
        with pytest.raises(NotFound), world.open(who) as uow:
            offers.accept(uow, thread_id)


def test_an_offer_that_was_taken_back_can_not_be_accepted(client, world, doctor):
    thread_id = world.ask()
    offered(world, thread_id)
    clerk = client.as_(world.accounts["clerk"])
    page = clerk.get(desk(thread_id, "offer"))
    doctor.get(desk(thread_id)).submit({}, form="/withdraw")
    late = page.submit({}, form="/accept", status=409)
    assert late.h1 == "Somebody was first"
    assert world.thread(thread_id).owner_practitioner_id == world.staff["doctor"].id


@pytest.mark.parametrize("act", ["pass_on", "close"])
def test_what_is_passed_on_or_closed_is_offered_to_nobody(world, act):
    thread_id = world.ask()
    offered(world, thread_id)
    with world.open("doctor") as uow:
        if act == "close":
            holding.close(uow, world.person_id, thread_id, "duplicate")
        else:
            to = str(world.staff["pcp"].id)
            holding.pass_on(uow, world.person_id, thread_id, to, "Yours.", world.thread(thread_id).version)
    with made(world.services) as session:
        assert [one.state for one in session.scalars(select(ThreadOffer))] == ["withdrawn"]


def test_one_offer_at_a_time_and_none_to_the_nurses_or_ones_own_team(world):
    thread_id = world.ask()
    for pool in ("nurse_triage", "cardiology", "nowhere"):
        with pytest.raises(Invalid):
            offered(world, thread_id, pool=pool)
    offered(world, thread_id)
    with pytest.raises(Conflict):
        offered(world, thread_id)


# Colleagues -----------------------------------------------------------------------------------------------------------


def test_a_colleague_is_asked_inside_the_conversation_and_the_owner_stays(client, world, doctor):
    thread_id = world.ask()
    fields = {"colleague": str(world.staff["pcp"].id), "side_question": "Is she on spironolactone?"}
    doctor.get(desk(thread_id)).submit(fields, form="/ask")
    assert world.thread(thread_id).owner_practitioner_id == world.staff["doctor"].id
    pcp = client.as_(world.accounts["pcp"])
    assert "Dr. Otto Heart asks you something." in pcp.get("/desk/inbox").text
    page = pcp.get(desk(thread_id))
    assert "Is she on spironolactone?" in page.text
    form = page.one("form[action*='/ask/']")["action"]
    page.submit({"side_answer": "No, stopped in May."}, form=form)
    assert "asks you something" not in pcp.get("/desk/inbox").text
    shown = doctor.get(desk(thread_id))
    assert "No, stopped in May." in shown.text and "Answered above" in shown.text
    for who in ("patient", "liaison"):
        seen = client.as_(world.accounts[who]).get(world.messages_url(thread_id))
        assert "spironolactone" not in seen.html and "stopped in May" not in seen.html
    assert world.thread(thread_id).state == "open"


def test_the_colleague_gets_a_mark_of_their_own(world):
    thread_id = world.ask()
    with world.open("doctor") as uow:
        colleagues.ask(uow, Reply(world.person_id, thread_id, "Known?", uuid4()), world.staff["pcp"].id)
    with made(world.services) as session:
        marks = session.scalars(select(ThreadUnread.account_id).where(ThreadUnread.thread_id == thread_id)).all()
    assert world.accounts["pcp"].id in marks and world.accounts["patient"].id not in marks


def test_only_who_may_read_it_can_be_asked_and_only_who_was_asked_answers(world):
    thread_id = world.ask()
    with pytest.raises(Invalid), world.open("doctor") as uow:
        colleagues.ask(uow, Reply(world.person_id, thread_id, "You?", uuid4()), world.staff["outsider"].id)
    with world.open("doctor") as uow:
        colleagues.ask(uow, Reply(world.person_id, thread_id, "You?", uuid4()), world.staff["pcp"].id)
    with world.open("doctor", write=False) as uow:
        (one,) = colleagues.of_thread(uow, world.thread(thread_id))
    with pytest.raises((NotFound, Exception)) as refused, world.open("manager") as uow:
        colleagues.answer(uow, Reply(world.person_id, thread_id, "Me.", uuid4()), one.id)
    assert type(refused.value).__name__ in ("NotFound", "NotAllowed")
    with world.open("pcp") as uow:
        colleagues.answer(uow, Reply(world.person_id, thread_id, "Yes.", uuid4()), one.id)
    with pytest.raises(Conflict), world.open("pcp") as uow:
        colleagues.answer(uow, Reply(world.person_id, thread_id, "Again.", uuid4()), one.id)


# Tasks ----------------------------------------------------------------------------------------------------------------


def test_a_visit_that_is_wished_for_becomes_a_task_of_scheduling(client, world, doctor):
    thread_id = world.ask()
    page = doctor.get(desk(thread_id)).follow("Book a visit")
    assert page.form("/tasks").values["who"] == ["pool:scheduling"]
    page.submit({"what": "Thursday after 2 pm, with Dr. Heart."}, form="/tasks")
    clerk = client.as_(world.accounts["clerk"])
    listed = clerk.get("/desk/tasks")
    assert "Thursday after 2 pm, with Dr. Heart." in listed.text
    assert not [link for link in listed.links if str(thread_id) in link.href]  # may not read the conversation
    clerk.follow(listed.submit({}, form="/done"))
    assert "Nothing to do" in clerk.get("/desk/tasks").text
    assert "Thursday after 2 pm" in clerk.get("/desk/tasks?view=done").text
    assert "Done" in doctor.get(desk(thread_id)).text
    patient = client.as_(world.accounts["patient"]).get(world.messages_url(thread_id))
    assert "task" not in patient.text.lower()


def test_a_task_says_what_is_missing_and_keeps_what_was_written(doctor, world):
    page = doctor.get(desk(world.ask(), "tasks", "new"))
    again = page.submit({"what": "", "due_on": "2020-01-01"}, form="/tasks", status=422)
    assert again.errors == ["Say what is to be done."]
    again = page.submit({"what": "Call.", "due_on": "2020-01-01"}, form="/tasks", status=422)
    assert again.errors == ["Choose a day that is not over."]


def make_task(world, thread_id, words="Call the lab.", owner=None, day=0, once=None, who="doctor"):
    with world.open(who) as uow:
        due = date(2026, 3, 10) + timedelta(days=day)
        owner = owner or str(world.staff[who].id)
        return tasks.make(uow, tasks.New(world.person_id, thread_id, "todo", words, owner, due, once or uuid4())).id


def test_a_task_sent_twice_is_one(world):
    thread_id, once = world.ask(), uuid4()
    assert make_task(world, thread_id, once=once) == make_task(world, thread_id, once=once)
    with made(world.services) as session:
        assert len(session.scalars(select(Task)).all()) == 1


def test_tasks_go_to_those_who_are_there_and_come_by_day(world):
    thread_id = world.ask()
    with pytest.raises(Invalid):
        make_task(world, thread_id, owner=str(world.staff["outsider"].id))
    for day in (5, 1, 3):
        make_task(world, thread_id, f"Day {day}", day=day)
    with world.open("doctor", write=False) as uow:
        assert [line.words for line in tasks.mine(uow, "open")[0]] == ["Day 1", "Day 3", "Day 5"]
    for who in ("outsider", "clerk"):
        with world.open(who, write=False) as uow:
            assert tasks.mine(uow, "open")[0] == []


def test_a_long_list_of_tasks_goes_on_where_it_stopped(world, monkeypatch):
    monkeypatch.setattr(tasks, "PAGE", 2)
    thread_id = world.ask()
    for day in range(5):
        make_task(world, thread_id, f"Day {day}", day=day)
    seen, after = [], None
    for _page in range(3):
        with world.open("doctor", write=False) as uow:
            lines, more = tasks.mine(uow, "open", tasks.cursor(after))
        seen += [line.words for line in lines]
        after = more
    assert seen == [f"Day {day}" for day in range(5)] and after is None


def test_a_stranger_to_a_task_can_not_tick_it_off(client, world):
    task_id = make_task(world, world.ask())
    for who in ("outsider", "clerk", "patient", "liaison"):
        client.as_(world.accounts[who]).post(f"/desk/tasks/{task_id}/done", {}, csrf="/profile", status=404)
    client.as_(world.accounts["patient"]).get("/desk/tasks", status=404)


# What was not opened --------------------------------------------------------------------------------------------------


def test_an_answer_nobody_opened_is_told_again_without_a_word_of_it(client, world):
    world.change(Account, world.accounts["patient"].id, email="someone@example.org")
    thread_id = world.ask()
    world.answer(thread_id)
    Worker(world.services).run_due()
    doctor = client.as_(world.accounts["doctor"])
    assert "has not opened" not in doctor.get(desk(thread_id)).text
    world.services.clock.move(days=3, hours=1)
    doctor = client.as_(world.accounts["doctor"])
    page = doctor.get(desk(thread_id))
    assert "has not opened this since" in page.text
    with made(world.services) as session:
        before = len(session.scalars(select(Delivery)).all())
    for _twice in range(2):
        page.submit({}, form="/tell-again")
    Worker(world.services).run_due()
    with made(world.services) as session:
        told = [one for one in session.scalars(select(Delivery)) if one.key.startswith("again:")]
        assert len(session.scalars(select(Delivery)).all()) == before + len(told)
    assert [one.account_id for one in told].count(world.accounts["patient"].id) == 1
    client.as_(world.accounts["patient"]).get(world.messages_url(thread_id))
    with world.open("doctor", write=False) as uow:
        names = [one.account_id for one in unopened.of_thread(uow, world.thread(thread_id))]
    assert world.accounts["patient"].id not in names


def test_who_can_not_be_told_can_be_called(client, world):
    thread_id = world.ask()
    world.answer(thread_id)
    world.services.clock.move(days=4)
    doctor = client.as_(world.accounts["doctor"])
    page = doctor.get(desk(thread_id))
    assert "There is no e-mail address to tell them at." in page.text and not page.select("form[action$='tell-again']")
    called = page.follow("Make a task to call them").form("/tasks").values["what"]
    assert called == ["Call about the answer; it was not opened."]


def test_a_message_about_a_result_becomes_a_comment_on_it(client, world):
    thread_id = world.ask(about_kind="result", about_id=world.result_id)
    doctor = client.as_(world.accounts["doctor"])
    doctor.get(desk(thread_id)).submit({"comment": "A bit high; we repeat it."}, form="/comment")
    with made(world.services) as session:
        assert [one.result_id for one in session.scalars(select(ResultComment))] == [world.result_id]
    other = world.ask("Can I move my visit to Thursday afternoon?")
    assert not client.as_(world.accounts["pcp"]).get(desk(other)).select("form[action$='/comment']")
