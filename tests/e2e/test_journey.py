"""The journey the portal exists for: a result is read, a question asked, its owner shown, answered, and read.

Real parts only: sample records imported by the importer, sign-in through OpenID Connect, a real Chromium.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.browser import Keyboard, check_accessibility
from tests.support.demo import Clinic
from tests.support.live_server import LiveServer

pytestmark = [pytest.mark.demo, pytest.mark.one_database]

QUESTION = "What does this value mean for me?"
ANSWER = "It is a little high, and not dangerous. Please repeat the test on Wednesday."


def sign_in(page: Page, server: LiveServer, demo: Clinic, login: str) -> None:
    """As a person does: open the portal, type, press Continue."""
    page.goto(server.url("/"))
    page.get_by_label("E-mail").fill(f"{login}@demo.example")
    page.get_by_label("Password", exact=True).fill(demo.password)
    page.get_by_role("button", name="Continue").click()
    if "/idp/offer" in page.url:
        page.get_by_role("button", name=re.compile("Not now")).click()


def ask_about_potassium(page: Page) -> None:
    """From home to the confirmation of what was sent."""
    page.goto(page.url.replace("/home", "/results"))
    page.get_by_role("listitem").filter(has_text="2 values outside their range").get_by_role("link").click()
    page.get_by_role("link", name=re.compile("Potassium")).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Potassium")
    expect(page.get_by_text("Above usual range").first).to_be_visible()
    page.get_by_role("link", name="Ask about this result").click()
    page.get_by_label("Your question").fill(QUESTION)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Who will answer")
    expect(page.get_by_role("main")).to_contain_text("Dr. Ines Okafor")
    page.get_by_role("button", name=re.compile("Send to Dr. Ines Okafor")).click()
    expect(page.get_by_text("Your question was sent.")).to_be_visible()
    expect(page.get_by_text("With Dr. Ines Okafor")).to_be_visible()


def answer_it(page: Page) -> None:
    """From the inbox to the answer."""
    page.get_by_role("main").get_by_role("link").filter(has_text=QUESTION).first.click()
    expect(page.get_by_role("main")).to_contain_text(QUESTION)
    page.get_by_label("Your answer").fill(ANSWER)
    page.get_by_role("button", name="Send answer", exact=True).click()
    expect(page.get_by_text(ANSWER).first).to_be_visible()


def read_the_answer(page: Page) -> None:
    page.goto(page.url.replace("/home", "/messages"))
    page.get_by_role("main").get_by_role("link").filter(has_text=QUESTION).first.click()
    expect(page.get_by_role("main")).to_contain_text(ANSWER)


def test_a_question_about_a_result_comes_back_answered(
    page: Page, browser: Browser, live_server: LiveServer, demo: Clinic
) -> None:
    sign_in(page, live_server, demo, "margery.gibson")
    ask_about_potassium(page)
    check_accessibility(page)
    provider = browser.new_context().new_page()
    sign_in(provider, live_server, demo, "ines.okafor")
    answer_it(provider)
    check_accessibility(provider)
    provider.context.close()
    page.goto(live_server.url("/"))
    expect(page.get_by_text(re.compile("Dr. Ines Okafor")).first).to_be_visible()
    read_the_answer(page)


def test_the_journey_needs_no_javascript(
    no_javascript: BrowserContext, browser: Browser, live_server: LiveServer, demo: Clinic
) -> None:
    patient = no_javascript.new_page()
    sign_in(patient, live_server, demo, "margery.gibson")
    ask_about_potassium(patient)
    desk = browser.new_context(java_script_enabled=False)
    provider = desk.new_page()
    sign_in(provider, live_server, demo, "ines.okafor")
    answer_it(provider)
    desk.close()
    patient.goto(live_server.url("/"))
    read_the_answer(patient)


def test_the_question_can_be_asked_with_the_keyboard_alone(
    page: Page, keyboard: Keyboard, live_server: LiveServer, demo: Clinic
) -> None:
    page.goto(live_server.url("/"))
    keyboard.tab_to("E-mail")
    keyboard.type("margery.gibson@demo.example")
    keyboard.press("Tab")
    keyboard.type(demo.password)
    keyboard.press("Enter")
    page.wait_for_url(re.compile("/(home|offer)"))
    if "/idp/offer" in page.url:
        keyboard.tab_to("Not now")
        keyboard.press("Enter")
        page.wait_for_url(re.compile("/home"))
    keyboard.tab_to("Your question")
    keyboard.type("When is my next visit, and at what time?")
    keyboard.tab_to("Continue")
    keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Who will answer")
    keyboard.tab_to("Send to")
    keyboard.press("Enter")
    expect(page.get_by_text("Your question was sent.")).to_be_visible()


def test_an_emergency_is_said_before_anything_is_sent_and_can_still_be_sent(
    page: Page, live_server: LiveServer, demo: Clinic
) -> None:
    sign_in(page, live_server, demo, "margery.gibson")
    page.get_by_label("Your question").fill("I have crushing chest pain and I am sweating")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text(re.compile("911")).first).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Nurse triage")
    check_accessibility(page)
    page.get_by_role("button", name=re.compile("Send")).first.click()
    expect(page.get_by_role("main")).to_contain_text("Nurse triage")


def test_what_was_being_written_is_there_again_after_the_session_ended(
    page: Page, context: BrowserContext, live_server: LiveServer, demo: Clinic
) -> None:
    sign_in(page, live_server, demo, "margery.gibson")
    page.goto(page.url.replace("/home", "/messages/new"))
    page.get_by_label("Your question").fill("Half a thought about my knees")
    expect(page.get_by_text(re.compile("Draft saved"))).to_be_visible()
    context.clear_cookies()
    sign_in(page, live_server, demo, "margery.gibson")
    page.goto(page.url.replace("/home", "/messages/new"))
    expect(page.get_by_label("Your question")).to_have_value("Half a thought about my knees")
