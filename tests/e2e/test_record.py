"""The record in a real browser: found, narrowed, taken along; a correction asked for and answered; said to be right."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support.browser import check_accessibility, check_reflow
from tests.support.demo import Clinic
from tests.support.live_server import LiveServer

pytestmark = [pytest.mark.demo, pytest.mark.one_database]
BOTH = ("light", "dark")


def look(page: Page) -> None:
    check_accessibility(page, themes=BOTH)
    check_reflow(page)


def test_a_line_is_found_narrowed_read_and_taken_along(
    page: Page, live_server: LiveServer, demo: Clinic, signed_in: Callable[..., None]
) -> None:
    signed_in(demo.account("margery.gibson"))
    page.goto(live_server.url(f"/people/{demo.person('margery.gibson')}/home"))
    page.get_by_role("link", name="Health record").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Health record")
    look(page)
    page.get_by_role("searchbox").fill("blood pressure")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", name="Found")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Clinical name: ")
    look(page)
    page.get_by_role("link", name="Health record").first.click()
    page.get_by_role("main").get_by_role("link", name="Health problems").click()
    expect(page.get_by_role("main")).to_contain_text("Clinical name: ")
    look(page)
    everything = page.locator("li.entry").count()
    page.get_by_text("Choose dates and order").click()
    page.get_by_label("Until", exact=False).first.fill("2015-12-31")
    page.get_by_role("button", name="Show", exact=True).click()
    assert 0 < page.locator("li.entry").count() < everything
    look(page)
    page.get_by_role("link", name="Show everything again").click()
    with page.expect_download() as coming:
        page.get_by_role("link", name="Download as a table (CSV)").click()
    table = coming.value.path().read_text()
    first = page.locator("li.entry a.entry__name").first.inner_text()
    assert first in table


def test_a_correction_is_asked_for_and_answered(
    page: Page, live_server: LiveServer, demo: Clinic, signed_in: Callable[..., None]
) -> None:
    person = demo.person("margery.gibson")
    signed_in(demo.account("margery.gibson"))
    page.goto(live_server.url(f"/people/{person}/record/allergies"))
    page.locator("li.entry a.entry__name").first.click()
    look(page)
    page.get_by_role("link", name="This is not right").click()
    look(page)
    page.get_by_label("What is wrong").fill("I never had a reaction to it.")
    page.get_by_label("What should it say").fill("Please take it out.")
    page.get_by_role("button").filter(has_text=re.compile("Send|Ask")).last.click()
    expect(page.get_by_text("We passed it on.")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Waiting for an answer")
    look(page)
    where = page.url
    signed_in(demo.account("mariam.gleason"))
    page.goto(live_server.url("/desk/tasks"))
    look(page)
    page.get_by_role("link", name=re.compile("^Open what it is about ?: Answer the request to correct")).click()
    expect(page).to_have_url(where)
    look(page)
    page.get_by_label("Accept: the record is put right").check()
    page.get_by_label("Your answer to the patient").fill("You are right, it is out.")
    page.get_by_role("button", name="Send the answer").click()
    signed_in(demo.account("margery.gibson"))
    page.goto(where)
    expect(page.get_by_role("main")).to_contain_text("You are right, it is out.")
    expect(page.get_by_role("main")).to_contain_text("Accepted")
    look(page)


def test_without_scripts_a_list_is_searched_narrowed_and_said_to_be_right(
    no_javascript: BrowserContext, live_server: LiveServer, demo: Clinic, signed_in: Callable[..., None]
) -> None:
    signed_in(demo.account("margery.gibson"), no_javascript)
    page = no_javascript.new_page()
    page.goto(live_server.url(f"/people/{demo.person('margery.gibson')}/record"))
    page.get_by_role("searchbox").fill("penicil")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("main")).to_contain_text(re.compile("penicillin", re.IGNORECASE))
    page.get_by_role("link", name="Health record").first.click()
    page.get_by_role("main").get_by_role("link", name="Allergies").click()
    page.get_by_text("Choose dates and order").click()
    page.get_by_label("Order", exact=False).first.select_option("name")
    page.get_by_role("button", name="Show", exact=True).click()
    names = [one.lower() for one in page.locator("li.entry a.entry__name").all_inner_texts()]
    assert len(names) > 1
    page.get_by_role("button", name="Yes, this is right").click()
    expect(page.get_by_role("main")).to_contain_text("today")
    with page.expect_download() as coming:
        page.get_by_role("link", name="Download as plain text").click()
    assert names[0] in coming.value.path().read_text().lower()
