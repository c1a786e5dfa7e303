"""The binder in a real browser: make a link, open it as a stranger, end it, be refused; every page accessible."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.browser import check_accessibility, check_reflow
from tests.support.demo import Clinic
from tests.support.live_server import LiveServer

pytestmark = [pytest.mark.demo, pytest.mark.one_database]
BOTH = ("light", "dark")


def home(demo: Clinic, login: str = "margery.gibson") -> str:
    return f"/people/{demo.person(login)}/binder"


def test_make_a_share_open_it_elsewhere_end_it_and_be_refused(
    page: Page, browser: Browser, live_server: LiveServer, demo: Clinic, signed_in: Callable[..., None]
) -> None:
    signed_in(demo.account("margery.gibson"))
    page.goto(live_server.url(home(demo)))
    page.get_by_role("link", name="Share it by link").click()
    page.get_by_role("link", name="Make a link").click()
    check_accessibility(page, themes=BOTH)
    check_reflow(page)
    page.get_by_label("Who is it for?").fill("Dr. Mendez")
    page.get_by_label(re.compile("Passcode")).fill("maple-7")
    page.get_by_label("They may send a note or a paper back").check()
    page.get_by_role("button", name="Make the link").click()
    expect(page.get_by_text("It is shown this once")).to_be_visible()
    check_accessibility(page, themes=BOTH)
    check_reflow(page)
    link = page.locator("code", has_text="/shl/view#").inner_text()
    stranger = browser.new_context()
    there = stranger.new_page()
    there.goto(link)
    check_accessibility(there, themes=BOTH)
    there.get_by_label("Who are you?").fill("Dr. Mendez, heart clinic")
    there.get_by_label("Passcode").fill("wrong")
    there.get_by_role("button", name="Open the record").click()
    expect(there.get_by_role("alert").filter(has_text="9")).to_be_visible()
    there.get_by_label("Passcode").fill("maple-7")
    there.get_by_role("button", name="Open the record").click()
    expect(there.get_by_role("heading", name="Margery Gibson")).to_be_visible()
    expect(there.get_by_role("heading", name="Allergies and reactions")).to_be_visible()
    expect(there.get_by_text(re.compile("penicillin G"))).to_be_visible()
    check_accessibility(there, themes=BOTH)
    there.get_by_label("Your note").fill("Please repeat the potassium in two weeks.")
    there.get_by_role("button", name="Send it").click()
    expect(there.get_by_role("heading", level=1)).to_have_text("Thank you, it has arrived")
    page.get_by_role("link", name="Back to your links").click()
    page.get_by_role("link", name="Dr. Mendez").click()
    main = page.get_by_role("main")
    expect(main).to_contain_text("Sent something back")
    expect(main).to_contain_text("Dr. Mendez, heart clinic")
    page.get_by_role("button", name="End this link now").click()
    expect(page.get_by_text("It shows nothing to anybody any more.")).to_be_visible()
    again = stranger.new_page()
    again.goto(link)
    again.get_by_label("Who are you?").fill("Dr. Mendez")
    again.get_by_label("Passcode").fill("maple-7")
    again.get_by_role("button", name="Open the record").click()
    expect(again.get_by_text("This link shows nothing any more.")).to_be_visible()
    stranger.close()
    page.goto(live_server.url(home(demo)))
    expect(page.get_by_text("Something came back from outside")).to_be_visible()


def test_confirm_card_and_visit_on_a_phone_without_scripts(
    no_javascript: BrowserContext, live_server: LiveServer, demo: Clinic, signed_in: Callable[..., None]
) -> None:
    signed_in(demo.account("margery.gibson"), no_javascript)
    page = no_javascript.new_page()
    page.goto(live_server.url(home(demo)))
    page.get_by_role("button", name="Still right: Allergies and reactions").click()
    expect(page.get_by_text("Confirmed: Allergies and reactions")).to_be_visible()
    page.get_by_role("link", name="Emergency card").click()
    page.get_by_role("button", name="Make my card").click()
    expect(page.get_by_text("Your card has an emergency page now.")).to_be_visible()
    address = page.locator(".link-text code").inner_text()
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text("Emergency information")
    expect(page.get_by_role("main")).to_contain_text("penicillin G")
    page.goto(live_server.url(home(demo) + "/visits"))
    page.get_by_role("link", name=re.compile("^Check and send")).first.click()
    page.get_by_role("button", name="Send it ahead").click()
    expect(page.get_by_text("not opened yet")).to_be_visible()


def test_every_page_of_the_binder_is_accessible(
    page: Page, live_server: LiveServer, demo: Clinic, signed_in: Callable[..., None]
) -> None:
    signed_in(demo.account("margery.gibson"))
    for path in ("", "/sections/medicines", "/sections/notes", "/carry", "/card", "/links", "/visits"):
        page.goto(live_server.url(home(demo) + path))
        check_accessibility(page, themes=BOTH)
        check_reflow(page)
    page.get_by_role("link", name=re.compile("^Check and send")).first.click()
    check_accessibility(page, themes=BOTH)
    check_reflow(page)
