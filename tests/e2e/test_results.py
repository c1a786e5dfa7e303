"""Results in a real browser: read, looked at, commented; heard of first, and shown at once after all."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from portal.models import Person, Report
from portal.policy.actors import Actor
from portal.results import waiting
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork
from tests.factories.people import made
from tests.factories.record import make_report, make_result, mark_unread
from tests.support.browser import Watch, check_accessibility, check_reflow
from tests.support.demo import Clinic
from tests.support.live_server import LiveServer

pytestmark = [pytest.mark.demo, pytest.mark.one_database]
BOTH = ("light", "dark")
NAME = "Potassium check"


def look(page: Page) -> None:
    check_accessibility(page, themes=BOTH)
    check_reflow(page)


@pytest.fixture
def fresh(services: Services, demo: Clinic) -> str:
    """A panel that Margery's doctor ordered, final this moment. Its address."""
    with made(services) as session:
        patient = session.get(Person, demo.person("margery.gibson"))
        assert patient is not None
        doctor = demo.account("mariam.gleason").practitioner_id
        now = services.clock.now()
        report = make_report(session, patient, NAME, at=now, orderer_id=doctor, outside_count=1)
        make_result(session, patient, report=report)
        mark_unread(session, report, demo.account("margery.gibson"))
        return f"/people/{patient.id}/reports/{report.id}"


def test_a_result_is_read_looked_at_and_commented(
    page: Page, live_server: LiveServer, demo: Clinic, signed_in: Callable[..., None], fresh: str
) -> None:
    signed_in(demo.account("margery.gibson"))
    page.goto(live_server.url(f"/people/{demo.person('margery.gibson')}/results"))
    look(page)
    row = page.get_by_role("listitem").filter(has_text=NAME)
    expect(row).to_contain_text("New")
    page.get_by_role("link", name=NAME).click()
    expect(page.get_by_role("main")).to_contain_text("has not looked at this yet")
    look(page)
    page.get_by_role("main").get_by_role("link", name="Potassium").click()
    look(page)
    value = page.url
    signed_in(demo.account("mariam.gleason"))
    page.goto(live_server.url("/desk/results"))
    look(page)
    page.get_by_role("link", name=NAME).click()
    look(page)
    page.get_by_label("I write to the patient").check()
    page.get_by_role("button", name="Looked at").click()
    page.goto(value)
    page.get_by_label("What should the patient know about this result?").fill("A little high. Please eat less banana.")
    page.get_by_role("button", name="Save comment").click()
    look(page)
    signed_in(demo.account("margery.gibson"))
    page.goto(value)
    expect(page.get_by_role("main")).to_contain_text("A little high. Please eat less banana.")
    page.goto(live_server.url(fresh))
    expect(page.get_by_role("main")).to_contain_text(re.compile("looked at this on"))


def choose(page: Page, live_server: LiveServer, demo: Clinic) -> None:
    page.goto(live_server.url(f"/people/{demo.person('margery.gibson')}/results"))
    page.get_by_role("link", name="Choose when you hear of results").click()
    page.get_by_label("Blood, urine and other laboratory tests").select_option("3")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved. It counts for results that come from now on.")).to_be_visible()


def arrive(services: Services) -> None:
    with made(services) as session:
        found = session.scalars(select(Report).where(Report.name == NAME)).one()
    with UnitOfWork.open(services, Actor.system("interop.import"), write=True) as uow:
        waiting.hold_new(uow, found.patient_id, [found.id])


def test_a_result_is_heard_of_first_and_shown_at_once_after_all(
    page: Page,
    watch: Watch,
    live_server: LiveServer,
    demo: Clinic,
    signed_in: Callable[..., None],
    services: Services,
    fresh: str,
) -> None:
    watch.allow("status of 422")
    signed_in(demo.account("margery.gibson"))
    choose(page, live_server, demo)
    page.get_by_role("link", name="Choose when you hear of results").click()
    look(page)
    arrive(services)
    page.goto(live_server.url(f"/people/{demo.person('margery.gibson')}/results"))
    expect(page.get_by_role("heading", name="A laboratory result is here")).to_be_visible()
    expect(page.get_by_role("main")).not_to_contain_text(NAME)
    look(page)
    signed_in(demo.account("mariam.gleason"))
    page.goto(live_server.url("/desk/results/held"))
    expect(page.get_by_role("main")).to_contain_text(NAME)
    look(page)
    page.goto(live_server.url(f"{fresh}/hold"))
    look(page)
    page.get_by_role("button", name="Hold it back").click()
    expect(page.get_by_role("alert")).to_contain_text("Write why you think so.")
    look(page)
    signed_in(demo.account("margery.gibson"))
    page.goto(live_server.url(f"/people/{demo.person('margery.gibson')}/results"))
    page.get_by_role("button", name="Show me now").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(NAME)


def test_without_scripts_on_a_phone_it_is_chosen_and_shown(
    no_javascript: BrowserContext,
    live_server: LiveServer,
    demo: Clinic,
    signed_in: Callable[..., None],
    services: Services,
    fresh: str,
) -> None:
    signed_in(demo.account("margery.gibson"), no_javascript)
    page = no_javascript.new_page()
    choose(page, live_server, demo)
    arrive(services)
    page.reload()
    page.get_by_role("button", name="Show me now").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(NAME)
    assert page.url.endswith(fresh)
