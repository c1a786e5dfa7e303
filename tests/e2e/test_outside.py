"""A paper from elsewhere in a real browser: brought by the patient, decided line by line, found in the record."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from portal.models import Person
from tests.factories.people import made
from tests.outside.papers import about
from tests.support.browser import check_accessibility, check_reflow

pytestmark = [pytest.mark.demo, pytest.mark.one_database]
TITLE = "Community Health Consult Note"


@pytest.fixture
def note(services, demo) -> bytes:
    """A consultation note about the demo's patient."""
    with made(services) as session:
        person = session.get(Person, demo.person("margery.gibson"))
        street = person.address.partition(",")[0]
        return about(given=person.given_name, family=person.family_name, birth=person.birth_on.isoformat(),
                     phone=person.phone, street=street)  # fmt: skip


def bring(page: Page, content: bytes, name: str = "note.xml") -> None:
    page.get_by_label("Choose the document").set_input_files(
        {"name": name, "mimeType": "application/xml", "buffer": content}
    )
    page.get_by_role("button", name="Give it to my care team").click()


def decide(page: Page, what: str, how: str, **more: str) -> None:
    line = page.locator("li.reconcile__line").filter(has=page.get_by_role("group", name=f"What about {what}?"))
    line.get_by_label(how, exact=True).check()
    if "ours" in more:
        line.get_by_label(f"Our entry for {what}").select_option(label=more["ours"])
    if "why" in more:
        line.get_by_label(f"Why {what} is left out").select_option(more["why"])


def test_a_patient_brings_a_document_and_finds_what_was_taken_over(
    page: Page, live_server, signed_in, demo, note, watch
) -> None:
    watch.allow("status of 422")
    person = demo.person("margery.gibson")
    signed_in(demo.account("margery.gibson"))
    page.goto(live_server.url(f"/people/{person}/record"))
    page.get_by_role("link", name="Papers from elsewhere").click()
    check_accessibility(page, themes=("light", "dark"))
    check_reflow(page)
    bring(page, b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + note.partition(b"?>")[2])
    expect(page.get_by_role("alert")).to_contain_text("defines parts of its own that could do harm")
    check_accessibility(page)
    bring(page, note)
    expect(page.locator("main p.big")).to_have_text(TITLE)
    expect(page.get_by_text("Your care team will look at it.")).to_be_visible()
    check_accessibility(page, themes=("light", "dark"))
    check_reflow(page)
    page.goto(live_server.url(f"/people/{person}/record/conditions"))
    expect(page.get_by_text("Mixed asthma")).to_have_count(0)

    signed_in(demo.account("mariam.gleason"))
    page.goto(live_server.url("/desk/inbox"))
    page.get_by_role("link", name="Papers from outside").first.click()
    check_accessibility(page, themes=("light", "dark"))
    page.get_by_role("link", name=TITLE).click()
    check_accessibility(page, themes=("light", "dark"))
    check_reflow(page)
    decide(page, "Mixed asthma", "Add to the record")
    page.get_by_role("button", name="Save these decisions").click()
    expect(page.get_by_role("alert")).to_contain_text("Decide about codeine.")
    check_accessibility(page)
    page.get_by_role("link", name="Choose as suggested").click()
    decide(page, "Acute Asthma", "Leave it out", why="known")
    decide(page, "atenolol 25 MG Oral Tablet", "Leave it out", why="wrong")
    page.get_by_label("A word to who brought it").first.fill("Thank you. You are not to take atenolol.")
    page.get_by_role("button", name="Save these decisions").click()
    seen = page.get_by_label(re.compile("I have seen what the checks found"))
    if seen.count():
        check_accessibility(page)
        seen.check()
        page.get_by_role("button", name="Save these decisions").click()
    expect(page.get_by_text("Done. What you took over is in the record now")).to_be_visible()

    signed_in(demo.account("margery.gibson"))
    page.goto(live_server.url(f"/people/{person}/outside"))
    page.get_by_role("link", name=TITLE).click()
    expect(page.get_by_text("Thank you. You are not to take atenolol.")).to_be_visible()
    expect(page.get_by_text("Not taken over").first).to_be_visible()
    page.goto(live_server.url(f"/people/{person}/record/conditions"))
    expect(page.get_by_text("Mixed asthma").first).to_be_visible()
    page.goto(live_server.url(f"/people/{person}/outside/entries/results"))
    expect(page.get_by_text("Leukocytes").first).to_be_visible()
    check_accessibility(page, themes=("light", "dark"))
    check_reflow(page)


def test_without_scripts_a_document_is_brought_and_taken_back(
    no_javascript, live_server, signed_in, demo, note
) -> None:
    page = no_javascript.new_page()
    signed_in(demo.account("margery.gibson"), no_javascript)
    page.goto(live_server.url(f"/people/{demo.person('margery.gibson')}/outside"))
    bring(page, note)
    expect(page.locator("main p.big")).to_have_text(TITLE)
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("The document is taken back")).to_be_visible()
