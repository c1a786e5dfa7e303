"""Somebody is asked, says yes in a browser of their own, sees just what was opened, and nothing once it ends."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.factories.people import account_of, made, make_account, make_patient
from tests.factories.record import make_medicine, make_report, make_result
from tests.support.browser import check_accessibility
from tests.support.live_server import LiveServer


def test_invited_accepted_seen_and_ended_in_the_open_session(
    page: Page, browser: Browser, live_server: LiveServer, signed_in: Callable[..., None], services: Any
) -> None:
    with made(services) as session:
        patient = make_patient(session)
        own = account_of(session, patient)
        friend = make_account(session, "Rosa Friend")
        make_report(session, patient)
        make_result(session, patient)
        make_medicine(session, patient)
    signed_in(own)
    home = f"/people/{patient.id}"

    page.goto(live_server.url(f"{home}/family-access"))
    page.get_by_role("link", name="Invite somebody").click()
    check_accessibility(page)
    page.get_by_label("What is their name?").fill("Rosa Friend")
    page.get_by_label("How are they related to you?").fill("friend")
    page.get_by_label("Help me with my care").check()
    page.get_by_label("See, but not do anything").check()
    page.get_by_role("button", name="Continue").click()
    check_accessibility(page)
    page.get_by_role("checkbox", name="Medicines", exact=True).uncheck()
    page.get_by_role("checkbox", name="Mental health").check()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Exactly what Rosa Friend will see")
    check_accessibility(page)
    page.get_by_role("checkbox", name=re.compile("I sign")).check()
    page.get_by_role("button", name="Make the invitation").click()
    check_accessibility(page)
    code = page.locator("p.big").inner_text()

    theirs = browser.new_context()
    signed_in(friend, theirs)
    tab = theirs.new_page()
    tab.goto(live_server.url("/access"))
    tab.get_by_label("Code").fill(code.lower())
    tab.get_by_role("button", name="Continue").click()
    check_accessibility(tab)
    tab.get_by_label("I am 18 or older").check()
    tab.get_by_label("I know what I am asked to do").check()
    tab.get_by_role("button", name="Yes, I will help").click()
    expect(tab.get_by_text(f" for {patient.name}")).to_be_visible()
    rooms = tab.get_by_role("navigation", name="Main", exact=True)
    expect(rooms.get_by_role("link", name="Test results")).to_be_visible()
    expect(rooms.get_by_role("link", name="Medicines")).to_have_count(0)
    tab.goto(live_server.url(f"{home}/results"))
    expect(tab.get_by_text(f" for {patient.name}")).to_be_visible()

    page.goto(live_server.url(f"{home}/family-access"))
    page.get_by_role("link", name=re.compile("Look, change or end")).click()
    check_accessibility(page)
    page.get_by_role("link", name="See exactly what they see").click()
    check_accessibility(page)
    expect(page.get_by_text("You are looking with other eyes")).to_be_visible()
    page.go_back()
    page.get_by_role("link", name="What they did").click()
    expect(page.get_by_text("Looked at test results").first).to_be_visible()
    check_accessibility(page)
    page.go_back()
    page.get_by_role("button", name="End access now").click()
    expect(page.get_by_text("They see nothing of your record any more")).to_be_visible()

    answer = tab.reload()
    assert answer is not None and answer.status == 404
    expect(tab.get_by_text(patient.family_name)).to_have_count(0)
    tab.goto(live_server.url("/access-ended"))
    expect(tab.get_by_text("Your access as friend ended")).to_be_visible()
    theirs.close()
