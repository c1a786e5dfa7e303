"""Writing to the care team in a real browser: nothing typed is lost, and an emergency is told while one writes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.test_journey import sign_in
from tests.support.browser import check_accessibility
from tests.support.demo import Clinic
from tests.support.live_server import LiveServer

pytestmark = [pytest.mark.demo, pytest.mark.one_database]

EMERGENCY = "I have crushing chest pain and my left arm is numb right now."


def begin(page: Page) -> None:
    page.goto(page.url.replace("/home", "/messages/new"))


def test_the_emergency_card_comes_up_while_one_writes_and_goes_when_the_words_go(
    page: Page, live_server: LiveServer, demo: Clinic
) -> None:
    sign_in(page, live_server, demo, "margery.gibson")
    begin(page)
    card = page.get_by_role("alert").filter(has_text="This sounds like an emergency. Call 911 now.")
    page.get_by_label("Your question").fill(EMERGENCY)
    expect(card).to_be_visible()
    expect(card.get_by_role("link", name="Call 911")).to_have_attribute("href", "tel:911")
    check_accessibility(page)
    page.get_by_label("Your question").fill("When is my next visit?")
    expect(card).to_have_count(0)


def test_the_card_speaks_the_writer_s_language(page: Page, live_server: LiveServer, demo: Clinic) -> None:
    sign_in_spanish(page, live_server, demo)
    page.goto(page.url.replace("/home", "/messages/new"))
    page.get_by_role("textbox").first.fill("Me duele mucho el pecho y no puedo respirar desde hace una hora")
    expect(page.get_by_role("alert").filter(has_text="911")).to_contain_text("emergencia")


def sign_in_spanish(page: Page, server: LiveServer, demo: Clinic) -> None:
    page.goto(server.url("/"))
    page.locator("input[name=email]").fill("mariana.acuna@demo.example")
    page.locator("input[name=password]").fill(demo.password)
    page.get_by_role("button", name=re.compile("Continue|Continuar")).click()
    if "/idp/offer" in page.url:
        page.get_by_role("button", name=re.compile("Not now|Ahora no")).click()


def test_without_javascript_the_card_comes_before_sending(
    no_javascript: BrowserContext, live_server: LiveServer, demo: Clinic
) -> None:
    page = no_javascript.new_page()
    sign_in(page, live_server, demo, "margery.gibson")
    begin(page)
    page.get_by_label("Your question").fill(EMERGENCY)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Before you send this")
    page.get_by_role("button", name="Send it to the nurse anyway").click()
    expect(page.get_by_text("Your question was sent.")).to_be_visible()


def test_a_refill_reaches_who_prescribes_the_medicine(
    page: Page, browser: Browser, live_server: LiveServer, demo: Clinic
) -> None:
    sign_in(page, live_server, demo, "margery.gibson")
    page.goto(page.url.replace("/home", "/medicines"))
    page.get_by_role("main").get_by_role("link", name=re.compile("^Ask about .*Metformin")).first.click()
    page.get_by_label("Your question").fill("Please renew this one, I have a week left.")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("main")).to_contain_text(re.compile("prescribes"))
    page.get_by_role("button", name=re.compile("^Send to")).click()
    expect(page.get_by_text("Your question was sent.")).to_be_visible()


def test_files_and_words_are_there_after_the_session_ended(
    page: Page, browser: Browser, live_server: LiveServer, demo: Clinic, tmp_path: Path
) -> None:
    paper = tmp_path / "home readings.pdf"
    paper.write_bytes(b"%PDF-1.7\n%%EOF\n")
    sign_in(page, live_server, demo, "margery.gibson")
    begin(page)
    page.get_by_label("Your question").fill("Here are my readings at home.")
    page.get_by_text("Add files").click()
    page.get_by_label("Choose files").set_input_files(paper)
    page.get_by_role("button", name="Add to the message").click()
    expect(page.get_by_text("home readings.pdf")).to_be_visible()
    check_accessibility(page)
    page.context.clear_cookies()
    page.get_by_role("button", name="Continue").click()
    again = browser.new_context().new_page()
    sign_in(again, live_server, demo, "margery.gibson")
    begin(again)
    expect(again.get_by_label("Your question")).to_have_value("Here are my readings at home.")
    expect(again.get_by_text("home readings.pdf")).to_be_visible()
    again.get_by_role("button", name="Continue").click()
    expect(again.get_by_role("main")).to_contain_text("home readings.pdf")
    again.get_by_role("button", name=re.compile("^Send to")).click()
    expect(again.get_by_role("link", name=re.compile("home readings.pdf"))).to_be_visible()
    again.context.close()


def test_conversations_are_found_kept_and_put_right(page: Page, live_server: LiveServer, demo: Clinic) -> None:
    sign_in(page, live_server, demo, "margery.gibson")
    begin(page)
    page.get_by_label("Your question").fill("May I swim with the marmalade patch on my arm?")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name=re.compile("^Send to")).click()
    page.get_by_role("link", name="Change or take back").click()
    check_accessibility(page)
    page.get_by_label("What it should say").fill("May I swim with the heart monitor patch on?")
    page.get_by_role("button", name="Send the correction").click()
    expect(page.get_by_text("Put right below")).to_be_visible()
    page.get_by_role("link", name="Back to messages").click()
    page.get_by_role("link", name="Search messages").click()
    page.get_by_label("Words in your messages").fill("marmalade")
    page.get_by_role("main").get_by_role("button", name="Search").click()
    expect(page.get_by_text("1 conversation found")).to_be_visible()
    check_accessibility(page)
