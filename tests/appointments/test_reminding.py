"""Who is reminded of a visit and told of its changes, when, and that it stops."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from portal import worker
from portal.appointments import booking, changing, confirming, reminding
from portal.infra.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.models import Account, Appointment, Delivery, Person, PoolMember
from tests.appointments.world import NINE
from tests.factories.people import made

FRIDAY = NINE + timedelta(days=15)  # 27 March, 9:00 on the clock of the place, after the clocks went forward
BEFORE = datetime(2026, 3, 1, 15, tzinfo=UTC)


@pytest.fixture
def run(services, clock):
    """Move the clock and let the worker do what is due."""

    def until(at=None):
        if at is not None:
            clock.set(at)
        clockwork = worker.timetable()
        for _ in range(3):
            worker.run_once(services, clockwork)

    return until


def told(services, who, kind="visit_reminder"):
    with made(services) as session:
        wanted = select(Delivery).where(Delivery.account_id == who.id, Delivery.kind == kind)
        return session.scalars(wanted.order_by(Delivery.created_at)).all()


def test_seven_and_two_days_and_two_hours_before_everybody_with_the_right_is_reminded_once(world, services, clock, run):
    visit_id = world.book(FRIDAY)
    run()
    for at in (timedelta(days=7), timedelta(days=2)):
        run(FRIDAY - at - timedelta(minutes=1))
        run(FRIDAY - at + timedelta(minutes=6))
        run(FRIDAY - at + timedelta(minutes=12))
    run(FRIDAY - timedelta(hours=13) + timedelta(minutes=6))  # two hours before is seven: eight the evening before
    run(FRIDAY - timedelta(minutes=5))
    for who in ("patient", "son", "looker"):
        assert len(told(services, world.accounts[who])) == 3
    assert not told(services, world.accounts["other"])
    assert {one.path for one in told(services, world.accounts["son"])} == {world.url(visit_id)}


def test_what_came_due_while_nobody_worked_is_told_once_and_the_last_one_only(world, services, run):
    world.book(FRIDAY)
    run(FRIDAY - timedelta(days=1))
    assert len(told(services, world.accounts["patient"])) == 1
    run(FRIDAY + timedelta(minutes=1))
    assert len(told(services, world.accounts["patient"])) == 1


def test_what_was_due_before_it_was_booked_is_not_told(world, services, run):
    world.book(NINE)  # two days and some hours away: seven days before is over
    run()
    assert not told(services, world.accounts["patient"])
    run(NINE - timedelta(hours=12))
    assert len(told(services, world.accounts["patient"])) == 1


def test_it_stops_when_the_visit_is_cancelled_or_moved(world, services, run):
    visit_id = world.book(FRIDAY)
    later = FRIDAY + timedelta(days=7)
    kept = world.hold(later, moves_id=visit_id)
    with world.open("patient") as uow:
        booking.confirm(uow, world.person_id, kept, booking.Needs(), "")
    run(FRIDAY - timedelta(days=6))
    assert not told(services, world.accounts["patient"])
    run(later - timedelta(days=7) + timedelta(minutes=6))
    assert len(told(services, world.accounts["patient"])) == 1
    with world.open("patient") as uow:
        changing.cancel(uow, world.person_id, visit_id, "work", uuid4())
    run(later - timedelta(days=1))
    assert len(told(services, world.accounts["patient"])) == 1


def test_cancelled_between_the_look_and_the_job_nobody_is_told(world, services, clock, run):
    visit_id = world.book(FRIDAY)
    clock.set(FRIDAY - timedelta(days=2))
    assert reminding.look(services) == 1
    with world.open("patient") as uow:
        changing.cancel(uow, world.person_id, visit_id, "work", uuid4())
    run()
    assert not told(services, world.accounts["patient"])


def test_the_hours_are_those_of_the_patient(world, services, run):
    with made(services) as session:
        session.get(Person, world.person_id).time_zone = "Pacific/Honolulu"  # six hours behind New York then
    world.book(FRIDAY)
    at = FRIDAY - timedelta(days=7)  # three in the morning there: eight the evening before
    run(datetime(2026, 3, 20, 5, 59, tzinfo=UTC))
    assert not told(services, world.accounts["patient"])
    run(datetime(2026, 3, 20, 6, 6, tzinfo=UTC))
    assert len(told(services, world.accounts["patient"])) == 1 and at > datetime(2026, 3, 20, 6, 6, tzinfo=UTC)


def test_a_reminder_does_not_sleep_through_the_visit(world, services, run):
    with made(services) as session:
        session.get(Account, world.accounts["patient"].id).email = "patient@example.org"
    world.book(FRIDAY)
    run(FRIDAY - timedelta(days=2) + timedelta(minutes=6))
    run(FRIDAY - timedelta(hours=13) + timedelta(minutes=6))  # 20:06, in the quiet hours of the reader
    assert [one.state for one in told(services, world.accounts["patient"])] == ["sent", "sent"]


def test_a_sensitive_visit_is_told_to_those_alone_who_hold_its_category(world, services, run):
    visit_id = world.book(FRIDAY)
    with made(services) as session:
        session.get(Appointment, visit_id).sensitivity = "PSY"
    run(FRIDAY - timedelta(days=2))
    assert len(told(services, world.accounts["patient"])) == 1
    for who in ("son", "looker"):
        assert not told(services, world.accounts[who])
        assert not told(services, world.accounts[who], "visit_changed")


def test_caregivers_are_told_of_changes_and_see_who_did_it(world, services, client, run):
    visit_id = world.book(FRIDAY, by="son")
    run()
    assert len(told(services, world.accounts["looker"], "visit_changed")) == 1
    kept = world.hold(FRIDAY + timedelta(days=3), by="clerk", moves_id=visit_id)
    with world.open("clerk") as uow:
        booking.confirm(uow, world.person_id, kept, booking.Needs(), "")
    run()
    page = client.as_(world.accounts["looker"]).get(world.url(visit_id))
    assert world.accounts["son"].display_name in page.text and world.accounts["clerk"].display_name in page.text
    with world.open("son") as uow:
        changing.cancel(uow, world.person_id, visit_id, "work", uuid4())
    run()
    for who in ("patient", "son", "looker"):
        assert len(told(services, world.accounts[who], "visit_changed")) == 3


def test_the_clinic_sets_the_steps_and_they_hold_from_then_on(world, services, clock, client, run):
    with made(services) as session:
        session.query(PoolMember).filter_by(practitioner_id=world.staff["clerk"].id).one().is_lead = True
    world.book(FRIDAY)
    page = client.as_(world.accounts["clerk"]).get("/desk/schedule/setup/reminders")
    page.submit({"steps": ["4320"]}, form="/reminders")
    assert "3 days before" in client.as_(world.accounts["clerk"]).get("/desk/schedule/setup").text
    run(FRIDAY - timedelta(days=6))
    assert not told(services, world.accounts["patient"])
    run(FRIDAY - timedelta(days=3) + timedelta(minutes=6))
    run(FRIDAY - timedelta(hours=1))
    assert len(told(services, world.accounts["patient"])) == 1
    for who, refused in (("doctor", NotAllowed), ("patient", NotFound)):
        with pytest.raises(refused), world.open(who) as uow:
            reminding.set_plan(uow, [60])
    for wrong in ([10], [60 * 24 * 31], [60, 120, 180, 240, 300, 360]):
        with pytest.raises(Invalid), world.open("clerk") as uow:
            reminding.set_plan(uow, wrong)


def test_a_clinic_may_send_none(world, services, client, run):
    with made(services) as session:
        session.query(PoolMember).filter_by(practitioner_id=world.staff["clerk"].id).one().is_lead = True
    with world.open("clerk") as uow:
        reminding.set_plan(uow, [])
    world.book(FRIDAY)
    run(FRIDAY - timedelta(days=1))
    assert not told(services, world.accounts["patient"])


def test_from_the_notice_one_confirms_and_staff_see_it(world, services, client, run):
    visit_id = world.book(NINE)
    run(NINE - timedelta(hours=12))
    (notice,) = told(services, world.accounts["patient"])
    patient = client.as_(world.accounts["patient"])
    page = patient.follow(patient.get(f"/n/{notice.id}", status=303))
    day = client.as_(world.accounts["clerk"]).get("/desk/schedule?day=2026-03-12")
    assert "Booked, not confirmed" in day.text and "Check-in not finished" in day.text
    page.submit({}, form="/confirm")
    assert world.visit(visit_id).status == "confirmed"
    again = patient.get(world.url(visit_id))
    assert "Yes, I will come" not in again.text and "Confirmed" in again.text and "Cancel this visit" in again.text
    day = client.as_(world.accounts["clerk"]).get("/desk/schedule?day=2026-03-12")
    assert "Booked, not confirmed" not in day.text and "Confirmed" in day.text
    client.as_(world.accounts["other"]).get(f"/n/{notice.id}", status=404)


def test_a_moved_visit_wants_to_be_confirmed_anew_and_a_cancelled_one_can_not(world):
    visit_id = world.book(NINE)
    for _twice in range(2):
        with world.open("son") as uow:
            confirming.confirm_visit(uow, world.person_id, visit_id)
    assert world.visit(visit_id).confirmed_by_id == world.accounts["son"].id
    kept = world.hold(NINE + timedelta(days=1), moves_id=visit_id)
    with world.open("patient") as uow:
        booking.confirm(uow, world.person_id, kept, booking.Needs(), "")
    moved = world.visit(visit_id)
    assert (moved.status, moved.confirmed_at, moved.confirmed_by_id) == ("booked", None, None)
    with world.open("patient") as uow:
        changing.cancel(uow, world.person_id, visit_id, "work", uuid4())
    with pytest.raises(Conflict), world.open("patient") as uow:
        confirming.confirm_visit(uow, world.person_id, visit_id)


def test_who_may_only_look_confirms_nothing(world, client):
    visit_id = world.book(NINE)
    page = client.as_(world.accounts["looker"]).get(world.url(visit_id))
    assert "Yes, I will come" not in page.text
    client.as_(world.accounts["looker"]).post(world.url(visit_id, "confirm"), {}, status=403)
    with pytest.raises(NotFound), world.open("other") as uow:
        confirming.confirm_visit(uow, world.person_id, visit_id)
    assert world.visit(visit_id).status == "booked"
