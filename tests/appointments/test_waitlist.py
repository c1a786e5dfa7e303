"""The waiting list: one time is kept for one person until a moment, then for the next."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest

import portal.worker  # noqa: F401  its jobs
from portal.appointments import booking, changing, waitlist
from portal.infra.errors import Conflict
from portal.models import Delivery, ScheduleException, WaitlistEntry, WaitlistOffer, WorkingHours
from portal.work.running import Worker
from tests.appointments.world import NINE
from tests.factories.people import account_of, actor_for, made, make_patient


@pytest.fixture
def full(world, services):
    """One clinician with one time on one day, which somebody has."""
    with made(services) as session:
        session.query(WorkingHours).delete()
        session.add(
            ScheduleException(
                practitioner_id=world.staff["doctor"].id, place_id=world.place.id, day=date(2026, 3, 12),
                opens=540, closes=570, is_open=True, made_at=services.clock.now(),
            )
        )  # fmt: skip
        third = make_patient(session, "Third", "Inline")
        world.third = third
        world.actors["third"] = actor_for(session, account_of(session, third))
    visit_id = world.book(by="other", person_id=world.other.id)
    Worker(services).run_due()
    return visit_id


def wait(world, who="patient", person_id=None):
    with world.open(who) as uow:
        return waitlist.join(uow, waitlist.Wish(person_id or world.person_id, world.kind.id, uuid4())).id


def cancel(world, visit_id):
    with world.open("other") as uow:
        changing.cancel(uow, world.other.id, visit_id, "work", uuid4())
    Worker(world.services).run_due()


def offers(world):
    with made(world.services) as session:
        return session.query(WaitlistOffer).order_by(WaitlistOffer.made_at).all()


def test_a_freed_time_is_kept_for_who_waits_longest_and_they_are_told(world, client, services, full, clock):
    wait(world)
    clock.move(minutes=1)
    wait(world, "third", world.third.id)
    cancel(world, full)
    (offer,) = offers(world)
    assert (offer.patient_id, offer.starts_at, offer.until) == (
        world.person_id, NINE, services.clock.now() + timedelta(hours=2),
    )  # fmt: skip
    with made(services) as session:
        assert session.query(Delivery).filter_by(account_id=world.accounts["patient"].id).count() == 1
    with pytest.raises(Conflict, match="taken"):
        world.hold(by="other", person_id=world.other.id)
    page = client.as_(world.accounts["patient"]).get(world.url("requests"))
    assert "Thu, Mar 12 at 9:00 am is kept for you until" in page.text
    held = page.client.get(page.one(f'a[href$="/holds/{offer.hold_id}"]')["href"])
    shown = page.client.follow(held.submit({}, form="/book"))
    assert "Your visit is booked." in shown.text and offers(world)[0].state == "accepted"


def test_an_offer_nobody_answers_goes_to_the_next(world, services, full, clock):
    wait(world)
    clock.move(minutes=1)
    wait(world, "third", world.third.id)
    cancel(world, full)
    clock.move(hours=2)
    Worker(services).run_due()
    Worker(services).run_due()
    first, second = offers(world)
    assert (first.state, second.state, second.patient_id) == ("expired", "open", world.third.id)
    with world.open("patient") as uow, pytest.raises(Exception):  # noqa: B017, PT011  gone or taken, never booked
        booking.confirm(uow, world.person_id, first.hold_id, booking.Needs(), "")


def test_who_passes_goes_on_waiting_and_the_next_is_asked_at_once(world, services, full, clock):
    wait(world)
    clock.move(minutes=1)
    wait(world, "third", world.third.id)
    cancel(world, full)
    with world.open("patient") as uow:
        booking.release(uow, world.person_id, offers(world)[0].hold_id)
    Worker(services).run_due()
    first, second = offers(world)
    assert (first.state, second.patient_id) == ("passed", world.third.id)
    with made(services) as session:
        states = {one.patient_id: one.state for one in session.query(WaitlistEntry)}
    assert states == {world.person_id: "waiting", world.third.id: "offered"}


def test_who_leaves_gives_the_kept_time_back(world, services, full):
    entry_id = wait(world)
    cancel(world, full)
    with world.open("patient") as uow:
        waitlist.leave(uow, world.person_id, entry_id)
    assert offers(world)[0].state == "passed" and world.hold(by="other", person_id=world.other.id)


def test_waiting_twice_is_once_and_the_job_run_twice_offers_once(world, services, full):
    assert wait(world) == wait(world)
    cancel(world, full)
    for _ in range(2):
        with world.open("patient", write=False):
            pass
        with made(services) as session:
            session.commit()
        Worker(services).run_due()
    assert len(offers(world)) == 1


def test_the_page_of_times_puts_one_on_the_list_and_off_it(world, client, full):
    browser = client.as_(world.accounts["patient"])
    page = browser.get(world.url(f"times?kind={world.kind.id}"))
    listed = browser.follow(page.submit({}, form="/waitlist"))
    assert "Waiting" in listed.text and "Follow-up visit" in listed.text
    left = browser.follow(listed.submit({}, form="/leave"))
    assert "You are not on the waiting list any more." in left.text
