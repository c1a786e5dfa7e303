"""Visits in a real browser: book, move and cancel on a phone without scripts; the staff's day; check-in with help."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from portal.appointments import booking, schedule
from portal.policy.actors import Actor
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork
from tests.support.browser import check_accessibility, check_reflow
from tests.support.demo import Clinic
from tests.support.live_server import LiveServer

pytestmark = [pytest.mark.demo, pytest.mark.one_database]
BOTH = ("light", "dark")


def visits_of(demo: Clinic, login: str = "margery.gibson") -> str:
    return f"/people/{demo.person(login)}/appointments"


def choose(page: Page, kind: str, number: int = 0) -> str:
    """Choose a kind and one of its times; returns the time on the button."""
    page.get_by_role("link", name=f"See times: {kind}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Choose a time")
    buttons = page.locator("button[name=slot]")
    button = buttons.nth(number % buttons.count())  # from the end: not within the clinic's window
    text = (button.text_content() or "").strip()
    button.click()
    return text


def test_book_move_and_cancel_on_a_phone_without_scripts(
    no_javascript: BrowserContext, live_server: LiveServer, demo: Clinic, signed_in: Callable[..., None]
) -> None:
    signed_in(demo.account("margery.gibson"), no_javascript)
    page = no_javascript.new_page()
    page.goto(live_server.url(visits_of(demo)))
    page.get_by_role("link", name="Book a visit").click()
    time = choose(page, "Follow-up visit", -2)
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your visit")
    page.get_by_label(re.compile("What do you want to talk about")).fill("My knee")
    page.get_by_role("button", name="Book this visit").click()
    expect(page.get_by_text("Your visit is booked.")).to_be_visible()
    main = page.get_by_role("main")
    expect(main).to_contain_text(time)
    expect(main).to_contain_text("My knee")
    page.get_by_role("link", name="Choose another time").click()
    expect(main).to_contain_text("It stays yours until you confirm the new time")
    page.locator("button[name=slot]").last.click()
    page.get_by_role("button", name="Move my visit here").click()
    expect(main).to_contain_text("My knee")
    page.get_by_role("link", name="Cancel this visit").click()
    page.get_by_role("radio", name="I feel better").check()
    page.get_by_role("button", name="Cancel the visit").click()
    expect(main).to_contain_text("You cancelled it.")


def test_every_page_of_visits_is_accessible(
    page: Page, live_server: LiveServer, demo: Clinic, signed_in: Callable[..., None], services: Services
) -> None:
    signed_in(demo.account("margery.gibson"))
    page.goto(live_server.url(visits_of(demo) + "/new"))
    check_accessibility(page, themes=BOTH)
    choose(page, "Follow-up visit")
    check_accessibility(page, themes=BOTH)
    check_reflow(page)
    page.get_by_role("button", name="Book this visit").click()
    expect(page.get_by_text("Your visit is booked.")).to_be_visible()
    shown = page.url
    check_accessibility(page, themes=BOTH)
    check_reflow(page)
    for path in ("/words", "/cancel"):
        page.goto(shown + path)
        check_accessibility(page, themes=BOTH)
    for path in ("/requests", "/requests/new", "/cancelled", "/calendar"):
        page.goto(live_server.url(visits_of(demo) + path))
        check_accessibility(page, themes=BOTH)
        check_reflow(page)


def test_check_in_ends_with_help_when_it_is_needed(
    page: Page, live_server: LiveServer, demo: Clinic, signed_in: Callable[..., None], services: Services
) -> None:
    signed_in(demo.account("margery.gibson"))
    page.goto(live_server.url(f"{visits_of(demo)}/{_soon(services, demo)}"))
    page.get_by_role("link", name="Check in").click()
    check_accessibility(page)
    for name in ("medicines", "allergies", "contact"):
        page.locator(f"input[name={name}][value=yes]").check()
    page.get_by_label(re.compile("anything new")).fill("nothing")
    page.get_by_role("button", name="Send to the clinic").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("How you have been feeling")
    for number in (1, 2):
        page.locator(f"input[name=item{number}][value='2']").check()
    page.get_by_role("button", name="Send my answers").click()
    for number in range(1, 10):
        page.locator(f"input[name=item{number}][value='1']").check()
    check_accessibility(page)
    check_reflow(page)
    page.get_by_role("button", name="Send my answers").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("You are not alone")
    expect(page.locator('a[href="tel:988"]')).to_be_visible()
    check_accessibility(page, themes=BOTH)


def _soon(services: Services, demo: Clinic) -> Any:
    """A follow-up within the week, booked for this test."""
    account = demo.account("margery.gibson")
    actor = Actor("patient", account_id=account.id, person_id=account.person_id, name=account.display_name)
    with UnitOfWork.open(services, actor, write=False) as uow:
        kind = next(one for one in schedule.visit_types(uow, online_only=True) if one.key == "follow_up")
        today = uow.now.date()
        search = schedule.Search(kind, patient_id=account.person_id, not_before=uow.now + schedule.AHEAD)
        one = schedule.open_times(uow, search, today, today + schedule.DAY * 6)[0]
    choice = booking.Choice(account.person_id, kind.id, one.practitioner_id, one.place_id, one.starts_at)
    with UnitOfWork.open(services, actor, write=True) as uow:
        hold_id = booking.hold(uow, choice).id
    with UnitOfWork.open(services, actor, write=True) as uow:
        return booking.confirm(uow, account.person_id, hold_id, booking.Needs(), "").id


def test_the_staffs_day_is_accessible_and_books_for_a_caller(
    page: Page, live_server: LiveServer, demo: Clinic, signed_in: Callable[..., None]
) -> None:
    signed_in(demo.account("jordan.blake"))
    for path in ("?span=week", "/requests", "/disrupted", "/people?q=gib", "/setup"):
        page.goto(live_server.url(f"/desk/schedule{path}"))
        check_accessibility(page, themes=BOTH)
        check_reflow(page)
    page.goto(live_server.url("/desk/schedule/people?q=gib"))
    page.get_by_role("link", name="Book a visit for Margery Gibson").click()
    choose(page, "Short question visit")
    page.get_by_role("button", name="Book this visit").click()
    expect(page.get_by_text("The visit is booked. The patient is told.")).to_be_visible()
    check_accessibility(page)
