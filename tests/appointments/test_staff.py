"""The schedule as staff work with it: the day, the pool of requests, absences, overbooking, hours."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest

import portal.worker  # noqa: F401  its jobs
from portal.appointments import booking, changing, setup, staff
from portal.infra.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.messaging import absences
from portal.models import Appointment, Delivery, PoolMember
from portal.work.running import Worker
from tests.appointments.test_booking_pages import press
from tests.appointments.world import NINE
from tests.factories.people import made

HALF = timedelta(minutes=30)


def desk(world, client, who="clerk", path=""):
    return client.as_(world.accounts[who]).get(f"/desk/schedule{path}")


def lead(world):
    with made(world.services) as session:
        row = session.query(PoolMember).filter_by(practitioner_id=world.staff["clerk"].id).one()
        row.is_lead = True


def beside(world, by="clerk", wall=datetime(2026, 3, 12, 9), **more):
    who = more.pop("who", "doctor")
    values = {"person_id": world.other.id, "reason": "Chest pain since yesterday", "once": uuid4(), **more}
    new = staff.Beside(
        visit_type_id=world.kind.id, practitioner_id=world.staff[who].id, place_id=world.place.id, wall=wall, **values
    )
    with world.open(by) as uow:
        return staff.overbook(uow, new).id


def test_the_day_shows_who_comes_when_and_what_they_need(world, client):
    with world.open("patient") as uow:
        kept = booking.hold(uow, world.choice())
    with world.open("patient") as uow:
        booking.confirm(uow, world.person_id, kept.id, booking.Needs(interpreter="vi"), "")
    page = desk(world, client, path="?day=2026-03-12")
    (ticket,) = page.select(".ticket")
    assert "9:00 am" in ticket.text and world.patient.name in ticket.text and "Interpreter: Vietnamese" in ticket.text
    week = desk(world, client, path="?day=2026-03-10&span=week")
    assert "Thursday, March 12, 2026" in week.text and len(week.select(".ticket")) == 1


def test_a_clinician_sees_the_own_day_and_those_of_patients_they_treat(world, client):
    world.book()
    world.book(NINE + HALF, by="other", person_id=world.other.id, who="second")
    assert len(desk(world, client, path="?day=2026-03-12").select(".ticket")) == 2
    assert len(desk(world, client, "doctor", "?day=2026-03-12").select(".ticket")) == 1
    assert len(desk(world, client, "second", "?day=2026-03-12").select(".ticket")) == 1


def test_patients_have_no_desk(world, client):
    for path in ("", "/requests", "/disrupted", "/people?q=zy", "/setup"):
        client.as_(world.accounts["patient"]).get(f"/desk/schedule{path}", status=404)


def test_arrivals_and_no_shows_are_written_down_and_can_be_put_right(world, client, clock):
    visit_id = world.book()
    with world.open("clerk") as uow, pytest.raises(Conflict):
        staff.set_state(uow, visit_id, "noshow")
    clock.set(NINE + timedelta(minutes=20))
    page = desk(world, client, path="?day=2026-03-12")
    page.submit({}, form="/noshow")
    assert world.visit(visit_id).status == "noshow"
    with world.open("clerk") as uow:
        staff.set_state(uow, visit_id, "booked")
    for state in ("arrived", "arrived", "fulfilled"):
        with world.open("nurse") as uow:
            staff.set_state(uow, visit_id, state)
    visit = world.visit(visit_id)
    assert visit.status == "fulfilled" and visit.arrived_at and visit.ended_at


def test_the_front_desk_books_for_somebody_who_calls(world, client):
    found = desk(world, client, path=f"/people?q={world.other.family_name[:3]}")
    kinds = found.follow("Book a visit")
    assert "For Other Person" in kinds.text
    page = client.as_(world.accounts["clerk"]).get(
        f"/people/{world.other.id}/appointments/times?kind={world.kind.id}&start=2026-03-12"
    )
    held = page.client.follow(press(page, "9:00 am"))
    shown = page.client.follow(held.submit({}, form="/book"))
    assert "The visit is booked. The patient is told." in shown.text and "For Other Person" in shown.text


def test_a_clinician_finds_nobody_by_name(world, client):
    assert "Nobody found" in desk(world, client, "doctor", "/people?q=other").text


def ask(world, **more):
    with world.open("patient") as uow:
        return changing.ask(
            uow, changing.Ask(world.person_id, more.pop("wants", "book"), "Mornings", uuid4(), **more)
        ).id


def test_a_request_is_answered_once_and_who_asked_reads_it(world, client, services):
    request_id = ask(world)
    page = desk(world, client, path="/requests")
    assert "Mornings" in page.text
    page.submit({"outcome": "declined", "answer": ""}, form="/answer", status=422)
    page.submit({"outcome": "declined", "answer": "Please call us."}, form="/answer")
    with world.open("clerk") as uow, pytest.raises(Conflict):
        staff.answer(uow, request_id, "done", "")
    Worker(services).run_due()
    with made(services) as session:
        assert session.query(Delivery).filter_by(account_id=world.accounts["patient"].id).count() == 1
    listed = client.as_(world.accounts["patient"]).get(world.url("requests"))
    assert "Not possible" in listed.text and "Please call us." in listed.text


def test_a_late_cancellation_is_done_by_the_clinic(world, clock):
    visit_id = world.book()
    clock.set(NINE - timedelta(hours=2))
    with world.open("patient") as uow:
        assert not changing.cancel(uow, world.person_id, visit_id, "illness", uuid4())
    with world.open("clerk", write=False) as uow:
        (waiting,) = staff.requests(uow)
    with world.open("clerk") as uow:
        staff.answer(uow, waiting.row.id, "done", "")
    visit = world.visit(visit_id)
    assert (visit.status, visit.cancelled_by, visit.cancel_reason) == ("cancelled", "clinic", "illness")


def away(world, cover=None):
    with world.open("admin") as uow:
        absences.enter(
            uow,
            world.staff["doctor"].id,
            date(2026, 3, 12),
            date(2026, 3, 13),
            world.staff[cover].id if cover else None,
        )
    Worker(world.services).run_due()


def test_an_absence_makes_a_work_list_and_each_patient_is_told(world, client, services):
    visit_id = world.book()
    Worker(services).run_due()
    away(world)
    page = desk(world, client, path="/disrupted")
    assert world.patient.name in page.text and page.select('a[href*="moves="]')
    with made(services) as session:
        assert session.query(Delivery).filter_by(account_id=world.accounts["patient"].id).count() == 2
    own = client.as_(world.accounts["patient"]).get(world.url(visit_id))
    assert "This visit needs a new time" in own.text and own.link("Choose a new time")


def test_who_is_back_has_their_visits_again(world, services):
    visit_id = world.book()
    away(world)
    assert world.visit(visit_id).disrupted_at
    with world.open("admin") as uow:
        absences.end(uow, absences.coming(uow)[0].id)
    Worker(services).run_due()
    assert world.visit(visit_id).disrupted_at is None


def test_who_covers_takes_the_visit_at_the_same_time_if_free(world):
    visit_id = world.book()
    away(world, cover="second")
    before = world.taken()
    with world.open("clerk") as uow:
        staff.give_to_cover(uow, visit_id)
    visit = world.visit(visit_id)
    assert visit.practitioner_id == world.staff["second"].id and visit.disrupted_at is None
    assert world.taken() == before


def test_who_covers_and_is_not_free_does_not(world):
    visit_id = world.book()
    world.book(by="other", person_id=world.other.id, who="second")
    away(world, cover="second")
    with world.open("clerk") as uow, pytest.raises(Conflict, match="taken"):
        staff.give_to_cover(uow, visit_id)


def test_overbooking_needs_the_right_and_a_reason(world):
    world.book()
    with pytest.raises(NotAllowed):
        beside(world)
    lead(world)
    with pytest.raises(Invalid):
        beside(world, reason="")
    visit = world.visit(beside(world))
    assert visit.is_overbooked and visit.starts_at == NINE and visit.overbook_reason
    with pytest.raises(Conflict, match="taken"):
        beside(world)


def test_a_clinician_overbooks_the_own_day_only(world):
    world.book(by="other", person_id=world.other.id)
    assert beside(world, by="doctor", person_id=world.person_id)
    with pytest.raises(NotAllowed):
        beside(world, by="doctor", person_id=world.person_id, who="second")


def test_a_time_that_does_not_exist_is_refused_and_a_doubled_one_is_chosen(world, clock):
    lead(world)
    clock.set(NINE.replace(month=3, day=1, year=2026))
    with pytest.raises(Invalid) as refused:
        beside(world, wall=datetime(2026, 3, 8, 2, 30))
    assert refused.value.code == "no-such-time"
    clock.set(NINE.replace(month=10, day=20))
    first = world.visit(beside(world, wall=datetime(2026, 11, 1, 1, 30), person_id=world.person_id))
    second = world.visit(beside(world, wall=datetime(2026, 11, 1, 1, 30), second=True))
    assert second.starts_at - first.starts_at == timedelta(hours=1)


def test_hours_and_days_are_set_up_by_who_may(world, client):
    client.as_(world.accounts["clerk"]).get("/desk/schedule/setup", status=404)
    lead(world)
    page = desk(world, client, path="/setup")
    assert "Monday 09:00–12:00" in page.text
    new = {"opens": "13:00", "closes": "12:00", "weekday": "5", "starts_on": "2026-03-11"}
    assert page.submit(new, form="/hours", status=422).errors
    page.submit({**new, "closes": "15:00"}, form="/hours")
    page.submit({"day": "2026-03-12", "what": "closed", "start": "09:00", "end": "10:00"}, form="/exceptions")
    again = desk(world, client, path="/setup")
    assert "Saturday 13:00–15:00" in again.text and "Thursday, March 12, 2026, 09:00–10:00" in again.text
    with pytest.raises(Conflict, match="taken"):
        world.hold()
    again.submit({}, form="/drop")
    assert world.hold()


def test_a_clinician_sets_the_own_hours_only(world):
    mine = {"place_id": world.place.id, "weekday": 5, "opens": 540, "closes": 600, "starts_on": date(2026, 3, 11)}
    with world.open("doctor") as uow:
        setup.add_hours(uow, setup.NewHours(world.staff["doctor"].id, **mine))
    with world.open("doctor") as uow, pytest.raises((NotAllowed, NotFound)):
        setup.add_hours(uow, setup.NewHours(world.staff["second"].id, **mine))
    with world.open("doctor") as uow, pytest.raises(Conflict):
        setup.add_hours(uow, setup.NewHours(world.staff["doctor"].id, **mine))


def test_a_kind_of_visit_is_changed_from_now_on(world, client):
    lead(world)
    visit_id = world.book()
    page = client.as_(world.accounts["clerk"]).get(f"/desk/schedule/setup/kinds/{world.kind.id}")
    page.submit({"minutes": "45"})
    page.submit({"minutes": "50"}, status=409)
    assert world.visit(visit_id).minutes == 30


def test_the_day_asks_the_same_number_of_questions_however_full_it_is(world, client, count_statements):
    world.book()
    browser = client.as_(world.accounts["clerk"])
    browser.get("/desk/schedule?day=2026-03-12")
    with count_statements() as one:
        browser.get("/desk/schedule?day=2026-03-12")
    world.book(NINE + HALF, by="other", person_id=world.other.id)
    with count_statements() as two:
        browser.get("/desk/schedule?day=2026-03-12")
    assert two.count <= one.count + 1 and two.count <= 20


def test_staff_cancel_at_any_time_and_it_says_the_clinic_did(world, client, clock):
    visit_id = world.book()
    clock.set(NINE - timedelta(hours=1))
    with world.open("clerk") as uow:
        assert changing.cancel(uow, world.person_id, visit_id, "other", uuid4())
    assert "The clinic cancelled it." in client.as_(world.accounts["patient"]).get(world.url(visit_id)).text
    with made(world.services) as session:
        assert session.query(Appointment).count() == 1
