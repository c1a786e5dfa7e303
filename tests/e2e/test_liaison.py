"""The liaison in a real browser: relative to liaison to provider, provider to liaison to patient, what stays hidden,
and what happens when access ends while somebody writes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import update

from portal.models import Relationship
from portal.work.running import Worker
from tests.support.browser import check_accessibility
from tests.support.demo import Clinic
from tests.support.live_server import LiveServer

pytestmark = [pytest.mark.demo, pytest.mark.one_database]

ASKED = "Is the new pill safe with grapefruit?"
FACTS = "She means lisinopril, since last week."
ANSWER = "A small glass is fine with lisinopril."


class House:
    """Browsers of several people at once, on one portal."""

    def __init__(self, browser: Browser, server: LiveServer, demo: Clinic, enter: Callable[..., None]) -> None:
        self.browser, self.server, self.demo, self.enter = browser, server, demo, enter
        self.person = f"/people/{demo.person('margery.gibson')}"
        self.open: list[BrowserContext] = []

    def as_(self, login: str) -> Page:
        context = self.browser.new_context(reduced_motion="reduce")
        context.set_default_timeout(15_000)
        self.open.append(context)
        self.enter(self.demo.account(login), context)
        return context.new_page()

    def go(self, page: Page, path: str) -> None:
        page.goto(self.server.url(path))


@pytest.fixture
def house(browser: Browser, live_server: LiveServer, demo: Clinic, signed_in: Callable[..., None]) -> Any:
    made = House(browser, live_server, demo, signed_in)
    yield made
    for context in made.open:
        context.close()


def ask(house: House, page: Page, text: str) -> None:
    house.go(page, f"{house.person}/messages/new")
    page.get_by_label("Your question").fill(text)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Who will answer")
    page.get_by_role("button", name=re.compile("^Send to")).first.click()
    expect(page.get_by_text("Your question was sent.")).to_be_visible()


def test_from_a_relative_over_the_liaison_to_the_provider_and_back(house: House, services: Any) -> None:
    relative, liaison = house.as_("carl.gibson"), house.as_("rosa.tate")
    ask(house, relative, ASKED)
    house.go(liaison, f"{house.person}/questions")
    check_accessibility(liaison)
    main = liaison.get_by_role("main")
    expect(main).to_contain_text("Carl Gibson")
    main.get_by_role("link", name=f"Add facts and pass on: {ASKED}").click()
    liaison.get_by_label(re.compile("What should the care team know")).fill(FACTS)
    check_accessibility(liaison)
    liaison.get_by_role("button", name="Show who will answer").click()
    expect(liaison.get_by_role("heading", level=1)).to_have_text("Who will answer")
    send = liaison.get_by_role("button", name=re.compile("^Send to")).first
    name = (send.text_content() or "").strip().removeprefix("Send to ")
    send.click()
    expect(liaison.get_by_text("The question was passed on.")).to_be_visible()
    expect(liaison.get_by_role("main")).to_contain_text(name)
    relative.reload()
    expect(relative.get_by_role("main")).to_contain_text("passed it on to the care team")

    provider = house.as_(login_of(name))
    house.go(provider, "/desk/inbox")
    provider.get_by_role("main").get_by_role("link").filter(has_text=ASKED).first.click()
    expect(provider.get_by_role("main")).to_contain_text("asked by Carl Gibson (brother)")
    provider.get_by_label("Your answer").fill(ANSWER)
    provider.get_by_role("button", name="Send answer", exact=True).click()
    expect(provider.get_by_text(ANSWER).first).to_be_visible()
    Worker(services).run_due()

    house.go(liaison, f"{house.person}/questions")
    expect(liaison.get_by_role("main")).to_contain_text("An answer came")
    liaison.get_by_role("link", name=re.compile(f"Answer: {re.escape(ASKED)}")).click()
    expect(liaison.get_by_label("Your answer")).to_have_value(ANSWER)
    check_accessibility(liaison)
    liaison.get_by_role("button", name="Send answer").click()
    expect(liaison.get_by_text("Your answer was sent.")).to_be_visible()
    relative.reload()
    expect(relative.get_by_role("main")).to_contain_text(ANSWER)


def login_of(name: str) -> str:
    """The login of somebody of the demo clinic by name."""
    given, family = name.replace("Dr. ", "").split(",")[0].split()[:2]
    return f"{given}.{family}".lower()


def test_from_a_provider_over_the_liaison_to_the_patient(house: House) -> None:
    provider, liaison, patient = house.as_("ines.okafor"), house.as_("rosa.tate"), house.as_("margery.gibson")
    person = house.demo.person("margery.gibson")
    house.go(provider, f"/desk/patients/{person}")
    provider.get_by_role("link", name="Write to the family").click()
    provider.get_by_label("Your message").fill("Could somebody come along to the visit on Friday?")
    check_accessibility(provider)
    provider.get_by_role("button", name="Show who gets it").click()
    expect(provider.get_by_role("main")).to_contain_text("Rosa Gibson-Tate (daughter)")
    provider.get_by_role("button", name=re.compile("^Send to Rosa")).click()
    expect(provider.get_by_text("Your message was sent.")).to_be_visible()
    house.go(liaison, f"{house.person}/questions")
    liaison.get_by_role("link", name=re.compile("Answer: Could somebody come along")).click()
    liaison.get_by_role("button", name=re.compile("^Leave it to")).click()
    expect(liaison.get_by_text("It is with the patient now.")).to_be_visible()
    house.go(patient, f"{house.person}/messages")
    patient.get_by_role("main").get_by_role("link").filter(has_text="Could somebody come along").first.click()
    patient.get_by_label("Your message").fill("My neighbor comes along.")
    patient.get_by_role("button", name="Send message").click()
    expect(patient.get_by_role("main")).to_contain_text("My neighbor comes along.")
    house.go(provider, "/desk/inbox")
    expect(provider.get_by_role("main")).to_contain_text("Could somebody come along")


def test_a_hidden_conversation_changes_nothing_for_the_liaison(house: House) -> None:
    patient, liaison = house.as_("margery.gibson"), house.as_("rosa.tate")
    seen = {}
    paths = ("home", "questions", "messages", "updates")
    for path in paths:
        house.go(liaison, f"{house.person}/{path}")
        seen[path] = liaison.locator("body").inner_text()
    house.go(patient, f"{house.person}/messages/new")
    patient.get_by_label("Your question").fill("Is my last A1c result better than the one before?")
    patient.get_by_role("button", name="Continue").click()
    patient.get_by_role("button", name=re.compile("Keep this one private")).click()
    expect(patient.get_by_role("main")).to_contain_text("will not see this one")
    patient.get_by_role("button", name=re.compile("^Send to")).first.click()
    expect(patient.get_by_text("Your question was sent.")).to_be_visible()
    for path in paths:
        house.go(liaison, f"{house.person}/{path}")
        assert liaison.locator("body").inner_text() == seen[path]


def test_access_that_ends_while_the_liaison_writes_sends_nothing_and_keeps_the_words(
    house: House, services: Any
) -> None:
    relative, liaison = house.as_("carl.gibson"), house.as_("rosa.tate")
    ask(house, relative, ASKED)
    house.go(liaison, f"{house.person}/questions")
    liaison.get_by_role("link", name=f"Answer: {ASKED}").click()
    liaison.get_by_label("Your answer").fill("I will ask the doctor on Friday.")
    expect(liaison.get_by_text(re.compile("Draft saved"))).to_be_visible()
    with services.database.connect(write=True) as connection:
        connection.execute(update(Relationship.__table__).where(Relationship.kind == "liaison").values(state="revoked"))
    liaison.get_by_role("button", name="Send answer").click()
    expect(liaison.get_by_text("What you wrote was not sent.")).to_be_visible()
    expect(liaison.get_by_text("I will ask the doctor on Friday.")).to_be_visible()
    liaison.get_by_role("link", name="What you wrote and could not send").click()
    expect(liaison.get_by_text("I will ask the doctor on Friday.")).to_be_visible()
    relative.reload()
    expect(relative.get_by_role("main")).not_to_contain_text("I will ask the doctor on Friday.")


def test_an_update_reaches_the_family_and_the_pages_of_the_liaison_can_be_used_by_all(house: House) -> None:
    liaison, relative, patient = house.as_("rosa.tate"), house.as_("carl.gibson"), house.as_("margery.gibson")
    house.go(liaison, f"{house.person}/updates/new")
    check_accessibility(liaison)
    liaison.get_by_label("Your update").fill("Mom is home and eats well.")
    liaison.get_by_role("button", name="Publish", exact=True).click()
    expect(liaison.get_by_text("Your update was published.")).to_be_visible()
    check_accessibility(liaison)
    house.go(liaison, f"{house.person}/liaison/duty")
    check_accessibility(liaison)
    house.go(relative, f"{house.person}/home")
    expect(relative.get_by_role("main")).to_contain_text("Mom is home and eats well.")
    check_accessibility(relative)
    house.go(patient, f"{house.person}/liaison")
    check_accessibility(patient)
