"""The inbox: whose work it is, answering, notes, taking, passing on, closing; and what a page of it costs."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import select

from portal.infra.errors import Conflict, NotAllowed
from portal.messaging import holding, inbox, service
from portal.models import RouteStep
from tests.factories.people import made
from tests.messaging.world import EMERGENCY, QUESTION


@pytest.fixture
def doctor(client, world):
    return client.as_(world.accounts["doctor"])


def desk(thread_id, *rest):
    return "/".join(["/desk/inbox", str(thread_id), *rest])


def kinds(world, thread_id):
    with made(world.services) as session:
        return [s.kind for s in session.scalars(select(RouteStep).where(RouteStep.thread_id == thread_id))]


def test_the_inbox_holds_what_is_mine_and_my_pools_and_nothing_else(client, world):
    mine, triage = world.ask(), world.ask(EMERGENCY)
    for who, expected in (("doctor", [mine]), ("nurse", [triage]), ("pcp", []), ("clerk", [])):
        with world.open(who, write=False) as uow:
            assert [item.id for item in inbox.items(uow, "all-open")[0]] == expected, who
    assert "Emergency" in client.as_(world.accounts["nurse"]).get("/desk/inbox").text


def test_an_answer_stops_the_clock_and_marks_it_unread_for_the_patient(client, world, doctor):
    thread_id = world.ask()
    page = doctor.get(desk(thread_id))
    page.submit({"reply": "A bit high, not dangerous."}, form="/replies")
    thread = world.thread(thread_id)
    assert thread.state == "answered" and thread.first_answer_at is not None
    assert len(client.as_(world.accounts["patient"]).get(world.messages_url()).select(".row--unread")) == 1


def test_send_and_close_closes_and_waiting_waits(doctor, world):
    first, second = world.ask(), world.ask(text="Was my last potassium test normal?")
    page = doctor.get(desk(first))
    doctor.post(desk(first, "replies"), {**page.form("/replies").values, "reply": "Done.", "then": "close"}, status=303)
    page = doctor.get(desk(second))
    page.submit({"reply": "How do you feel today?", "waits": "y"}, form="/replies")
    assert (world.thread(first).state, world.thread(second).state) == ("closed", "waiting_on_patient")
    assert len(doctor.get("/desk/inbox?view=waiting").select(".row")) == 1
    assert len(doctor.get("/desk/inbox?view=done").select(".row")) == 1


def test_an_empty_answer_is_an_error_and_keeps_the_page(doctor, world):
    page = doctor.get(desk(world.ask())).submit({"reply": ""}, form="/replies", status=422)
    assert page.title.startswith("Error: ") and page.errors == ["Write your message."]
    assert QUESTION in page.text


def test_a_team_note_is_never_the_patients_to_see(client, doctor, world):
    thread_id = world.ask()
    page = doctor.get(desk(thread_id))
    page.submit({"note": "Repeat the test on Wednesday."}, form="/notes")
    assert "Repeat the test on Wednesday." in doctor.get(desk(thread_id)).text
    for who in ("patient", "liaison"):
        shown = client.as_(world.accounts[who]).get(world.messages_url(thread_id))
        assert "Repeat the test on Wednesday." not in shown.html and not shown.select(".bubble--note")


def test_of_two_who_take_it_one_gets_it_and_the_other_a_clear_page(client, world):
    thread_id = world.ask(EMERGENCY)
    first, second = (client.as_(world.accounts[who]) for who in ("nurse", "second"))
    pages = [browser.get(desk(thread_id)) for browser in (first, second)]
    pages[0].submit({}, form="/take")
    late = pages[1].submit({}, form="/take", status=409)
    assert late.h1 == "Somebody was first" and "Nils Nurse, RN has this conversation now" in late.text
    assert world.thread(thread_id).owner_practitioner_id == world.staff["nurse"].id
    assert kinds(world, thread_id).count("taken") == 1


def test_taking_ones_own_again_changes_nothing(world):
    thread_id = world.ask(EMERGENCY)
    for version in (1, 1):
        with world.open("nurse") as uow:
            holding.take(uow, world.person_id, thread_id, version)
    assert kinds(world, thread_id).count("taken") == 1


def test_passing_on_names_one_new_owner_keeps_the_clock_and_the_history(client, doctor, world):
    thread_id = world.ask()
    due = world.thread(thread_id).due_at
    page = doctor.get(desk(thread_id)).follow("Pass on")
    page.submit({"to": str(world.staff["pcp"].id), "reason": "You know the diet plan."}, form="/pass-on")
    thread = world.thread(thread_id)
    assert thread.owner_practitioner_id == world.staff["pcp"].id and thread.due_at == due
    assert kinds(world, thread_id).count("passed_on") == 1
    pcp = client.as_(world.accounts["pcp"]).get(desk(thread_id))
    assert "You know the diet plan." in pcp.text
    patient = client.as_(world.accounts["patient"]).get(world.messages_url(thread_id))
    assert "passed it to Dr. Pia Prime" in patient.text and "diet plan" not in patient.text


def test_passing_on_needs_a_person_and_a_reason(doctor, world):
    page = doctor.get(desk(world.ask(), "pass-on"))
    again = page.submit({"reason": ""}, form="/pass-on", status=422)
    assert again.errors == ["Choose who should answer.", "Say why you pass it on."]


def test_a_pool_one_does_not_belong_to_must_accept_except_the_nurses(world):
    thread_id = world.ask()
    with pytest.raises(NotAllowed), world.open("doctor") as uow:
        holding.pass_on(uow, world.person_id, thread_id, "pool:scheduling", "A date.", 1)
    with world.open("doctor") as uow:
        holding.pass_on(uow, world.person_id, thread_id, "pool:nurse_triage", "Please call.", 1)
    assert world.thread(thread_id).owner_pool_id == world.pool_id


def test_passing_on_a_thread_that_changed_meanwhile_is_refused(world):
    thread_id = world.ask()
    world.answer(thread_id)
    with pytest.raises(Conflict), world.open("doctor") as uow:
        holding.pass_on(uow, world.person_id, thread_id, str(world.staff["pcp"].id), "Late.", 1)


def test_a_closed_conversation_can_be_opened_again_with_a_new_clock(doctor, world):
    thread_id = world.ask()
    doctor.get(desk(thread_id)).submit({}, form="/close")
    assert world.thread(thread_id).state == "closed"
    doctor.get(desk(thread_id)).submit({}, form="/reopen")
    thread = world.thread(thread_id)
    assert thread.state == "open" and thread.due_at is not None


def test_the_patient_is_beside_the_conversation(doctor, world):
    page = doctor.get(desk(world.ask()))
    beside = page.one(".inbox__context").text
    assert "Lisinopril" in beside and "Potassium 5.6" in beside and "Can read this" in beside


def test_front_desk_sees_the_conversation_it_holds_and_nothing_of_the_record(client, world):
    thread_id = world.ask("Can I move my visit to Thursday afternoon?")
    page = client.as_(world.accounts["clerk"]).get(desk(thread_id))
    assert "Thursday afternoon" in page.text
    assert "Lisinopril" not in page.text and "5.6" not in page.text


def test_an_answer_that_must_hold_nothing_of_the_chart_says_so(client, world):
    thread_id = world.ask(
        "What did the potassium test of my sister show? I do not want Tomás to know I ask.", who="family"
    )
    who = "manager" if world.thread(thread_id).owner_practitioner_id == world.staff["manager"].id else "nurse"
    assert "Share nothing from the chart" in client.as_(world.accounts[who]).get(desk(thread_id)).text


def test_a_page_of_the_inbox_costs_the_same_with_one_row_or_twenty_five(client, doctor, world, count_statements):
    world.ask()
    doctor.get("/desk/inbox")
    with count_statements() as short:
        doctor.get("/desk/inbox")
    for _ in range(30):
        world.services.clock.move(minutes=1)
        world.ask()
    doctor = client.as_(world.accounts["doctor"])
    doctor.get("/desk/inbox")
    with count_statements() as long:
        page = doctor.get("/desk/inbox")
    assert long.count == short.count
    long.at_most(8)
    assert len(page.select(".row")) == 25
    assert len(page.follow("More conversations").select(".row")) == 6


def test_sending_the_same_answer_twice_says_it_once(world):
    thread_id, once = world.ask(), uuid4()
    for _ in range(2):
        with world.open("doctor") as uow:
            service.answer_as_staff(uow, service.Reply(world.person_id, thread_id, "Once.", once))
    assert world.thread(thread_id).message_count == 2
    assert kinds(world, thread_id).count("answered") == 1


def test_each_view_says_how_much_waits_in_it(client, world):
    world.ask(EMERGENCY)
    taken = world.ask("My blood pressure was 186/97 this morning and again at noon, but I feel fine.")
    nurse = client.as_(world.accounts["nurse"])
    nurse.get(desk(taken)).submit({}, form="/take")
    world.services.clock.move(hours=1)
    with world.open("nurse", write=False) as uow:
        counted = inbox.counts(uow)
        for view, number in counted.views.items():
            assert len(inbox.items(uow, view)[0]) == number, view
    assert counted.views == {"all-open": 2, "mine": 1, "pools": 1, "unassigned": 1, "overdue": 1, "waiting": 0}
    nurse = client.as_(world.accounts["nurse"])
    labels = [link.text for link in nurse.get("/desk/inbox").links if "view=unassigned" in link.href]
    assert labels == ["Unassigned 1"]


def test_what_was_taken_goes_back_to_its_team_with_a_reason(client, world):
    thread_id = world.ask(EMERGENCY)
    nurse = client.as_(world.accounts["nurse"])
    nurse.get(desk(thread_id)).submit({}, form="/take")
    due = world.thread(thread_id).due_at
    page = nurse.get(desk(thread_id))
    assert page.submit({"why_back": ""}, form="/release", status=422).errors == ["Say why you give it back."]
    nurse.get(desk(thread_id)).submit({"why_back": "I am called to room 3."}, form="/release")
    thread = world.thread(thread_id)
    assert (thread.owner_pool_id, thread.owner_practitioner_id, thread.due_at) == (world.pool_id, None, due)
    second = client.as_(world.accounts["second"]).get(desk(thread_id))
    assert "I am called to room 3." in second.text and "gave it back to" in second.text


def test_only_who_has_it_gives_it_back(world):
    thread_id = world.ask(EMERGENCY)
    with pytest.raises(Conflict), world.open("nurse") as uow:
        holding.release(uow, world.person_id, thread_id, "Not mine.", 1)


def test_closing_says_what_came_of_it_to_all_who_read_it(client, doctor, world):
    thread_id = world.ask()
    doctor.get(desk(thread_id)).submit({"outcome": "visit_booked"}, form="/close")
    assert "Closed by Dr. Otto Heart: A visit is booked" in doctor.get(desk(thread_id)).text


def test_who_wrote_is_named_as_what_they_are(client, world):
    world.ask("Was the potassium test of my mother normal?", who="liaison")
    rows = client.as_(world.accounts["doctor"]).get("/desk/inbox").select(".row__who")
    assert [row.text for row in rows if "Tomás Delgado, liaison, for" in row.text]
