"""Visits in a real browser: a sooner time offered, a clinician who is away, confirming, setting the clinic up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from portal import worker
from portal.appointments import changing, waitlist
from portal.messaging import absences
from portal.models import PoolMember, ScheduleException, WorkingHours
from tests.appointments.world import NINE, World
from tests.factories.people import account_of, actor_for, made, make_patient
from tests.support.browser import check_accessibility, check_reflow
from tests.support.live_server import LiveServer

pytestmark = [pytest.mark.one_database]
BOTH = ("light", "dark")


@pytest.fixture
def world(services: Any) -> World:
    return World(services)


def work(world: World) -> None:
    clockwork = worker.timetable()
    for _ in range(3):
        worker.run_once(world.services, clockwork)


def only_one_time(world: World, clock: Any) -> None:
    """The doctor has one time on one day; somebody has it, two wait for it, the patient first."""
    with made(world.services) as session:
        session.query(WorkingHours).delete()
        session.add(
            ScheduleException(
                practitioner_id=world.staff["doctor"].id, place_id=world.place.id, day=date(2026, 3, 12),
                opens=540, closes=570, is_open=True, made_at=world.services.clock.now(),
            )
        )  # fmt: skip
        third = make_patient(session, "Third", "Inline")
        world.accounts["third"] = account_of(session, third)
        world.actors["third"] = actor_for(session, world.accounts["third"])
    visit_id = world.book(by="other", person_id=world.other.id)
    for who, person_id in (("patient", world.person_id), ("third", third.id)):
        with world.open(who) as uow:
            waitlist.join(uow, waitlist.Wish(person_id, world.kind.id, uuid4()))
        clock.move(minutes=1)
    with world.open("other") as uow:
        changing.cancel(uow, world.other.id, visit_id, "work", uuid4())
    work(world)


def requests_of(server: LiveServer, account: Any) -> str:
    return server.url(f"/people/{account.person_id}/appointments/requests")


def test_an_offer_is_taken(
    page: Page, live_server: LiveServer, world: World, signed_in: Callable[..., None], clock: Any
) -> None:
    only_one_time(world, clock)
    signed_in(world.accounts["patient"])
    page.goto(requests_of(live_server, world.accounts["patient"]))
    expect(page.get_by_role("main")).to_contain_text("is kept for you until")
    check_accessibility(page, themes=BOTH)
    page.locator('main a[href*="/holds/"]').click()
    page.get_by_role("button", name="Book this visit").click()
    expect(page.get_by_text("Your visit is booked.")).to_be_visible()


def test_an_offer_nobody_takes_goes_to_the_next(
    page: Page,
    browser: Browser,
    live_server: LiveServer,
    world: World,
    signed_in: Callable[..., None],
    clock: Any,
) -> None:
    only_one_time(world, clock)
    clock.move(hours=2)
    work(world)
    signed_in(world.accounts["patient"])
    page.goto(requests_of(live_server, world.accounts["patient"]))
    expect(page.get_by_role("main")).not_to_contain_text("is kept for you until")
    with browser.new_context() as other:
        signed_in(world.accounts["third"], other)
        theirs = other.new_page()
        theirs.goto(requests_of(live_server, world.accounts["third"]))
        theirs.locator('main a[href*="/holds/"]').click()
        theirs.get_by_role("button", name="Book this visit").click()
        expect(theirs.get_by_text("Your visit is booked.")).to_be_visible()


def test_a_clinician_is_away_and_the_patient_chooses_anew(
    page: Page, browser: Browser, live_server: LiveServer, world: World, signed_in: Callable[..., None]
) -> None:
    visit_id = world.book()
    with world.open("admin") as uow:
        absences.enter(uow, world.staff["doctor"].id, date(2026, 3, 12), date(2026, 3, 13), None)
    work(world)
    signed_in(world.accounts["clerk"])
    page.goto(live_server.url("/desk/schedule/disrupted"))
    expect(page.get_by_role("main")).to_contain_text(world.patient.family_name)
    with browser.new_context(viewport={"width": 390, "height": 844}) as phone:
        signed_in(world.accounts["patient"], phone)
        own = phone.new_page()
        own.goto(live_server.url(world.url(visit_id)))
        expect(own.get_by_role("heading", name="This visit needs a new time")).to_be_visible()
        own.get_by_role("link", name="Choose a new time").click()
        own.locator("button[name=slot]").first.click()
        own.get_by_role("button", name="Move my visit here").click()
        expect(own.get_by_role("main")).not_to_contain_text("This visit needs a new time")
    page.reload()
    expect(page.get_by_role("main")).not_to_contain_text(world.patient.family_name)


def test_the_day_shows_who_said_that_they_come(
    page: Page, browser: Browser, live_server: LiveServer, world: World, signed_in: Callable[..., None], clock: Any
) -> None:
    visit_id = world.book()
    with browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False) as phone:
        signed_in(world.accounts["patient"], phone)
        own = phone.new_page()
        own.goto(live_server.url(world.url(visit_id)))
        own.get_by_role("button", name="Yes, I will come").click()
        expect(own.get_by_role("main")).to_contain_text("Confirmed")
    clock.set(NINE - timedelta(minutes=10))
    signed_in(world.accounts["clerk"])
    page.goto(live_server.url("/desk/schedule?day=2026-03-12"))
    ticket = page.locator(".ticket")
    expect(ticket).to_contain_text("Confirmed")
    expect(ticket).to_contain_text("Check-in not finished")
    page.get_by_role("button", name="Has arrived").click()
    expect(ticket).to_contain_text("Has arrived")
    page.get_by_role("button", name="Visit is over").click()
    expect(ticket).to_contain_text("Took place")


def test_places_rooms_reminders_and_the_waiting_list_are_accessible(
    page: Page, live_server: LiveServer, world: World, signed_in: Callable[..., None], clock: Any
) -> None:
    only_one_time(world, clock)
    with made(world.services) as session:
        session.query(PoolMember).filter_by(practitioner_id=world.staff["clerk"].id).one().is_lead = True
    signed_in(world.accounts["clerk"])
    page.goto(live_server.url("/desk/schedule/setup"))
    check_accessibility(page, themes=BOTH)
    check_reflow(page)
    page.get_by_role("link", name="Add a place").click()
    check_accessibility(page, themes=BOTH)
    page.get_by_label("Name of the place").fill("Hill Road clinic")
    page.get_by_role("button", name="Save").click()
    page.get_by_label("Name of the room").fill("Room 7")
    page.get_by_role("button", name="Add this room").click()
    expect(page.get_by_text("Room 7")).to_be_visible()
    check_accessibility(page, themes=BOTH)
    check_reflow(page)
    for path in ("/setup/reminders", "/waiting"):
        page.goto(live_server.url(f"/desk/schedule{path}"))
        check_accessibility(page, themes=BOTH)
        check_reflow(page)
    page.get_by_role("button", name="Mark as urgent").first.click()
    expect(page.get_by_role("main")).to_contain_text("Urgent")
