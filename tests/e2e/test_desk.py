"""The desk in a browser: two who reach for one question, a doctor who goes away, an answer that is late."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from portal.infra.dates import date_in
from portal.messaging import jobs, service
from portal.messaging.deciding import Ask, plan
from portal.models import Account, PoolMember, Practitioner, Thread
from portal.policy.actors import Actor
from portal.work.running import Worker
from portal.work.unit_of_work import UnitOfWork
from tests.factories.people import made
from tests.support.browser import check_accessibility
from tests.support.demo import Clinic
from tests.support.live_server import LiveServer

pytestmark = [pytest.mark.demo, pytest.mark.one_database]
assert jobs  # the worker knows them

SYMPTOM = "How often a week should I do the shoulder exercises?"


def ask(services: Any, demo: Clinic, text: str = SYMPTOM, login: str = "margery.gibson") -> UUID:
    patient = demo.account(login)
    actor = Actor("patient", account_id=patient.id, person_id=patient.person_id, name=patient.display_name)
    with UnitOfWork.open(services, actor, write=True) as uow:
        question = Ask(patient.person_id, text, uuid4())
        outcome = service.ask_question(uow, question, seen=plan(uow, question).mark)
        assert outcome.thread_id is not None
        return outcome.thread_id


def nurses(services: Any, demo: Clinic, thread_id: UUID) -> list[Any]:
    """Accounts of two members of the pool that holds it."""
    with made(services) as session:
        pool_id = session.get(Thread, thread_id).owner_pool_id
        members = select(PoolMember.practitioner_id).where(PoolMember.pool_id == pool_id)
        return list(session.scalars(select(Account).where(Account.practitioner_id.in_(members)).limit(2)))


def test_two_who_claim_one_question_at_once_and_one_gets_it(
    page: Page, browser: Browser, live_server: LiveServer, signed_in: Callable[..., None], demo: Clinic, services, watch
) -> None:
    watch.allow("status of 409")
    thread_id = ask(services, demo)
    first, second = nurses(services, demo, thread_id)
    signed_in(first)
    page.goto(live_server.url(f"/desk/inbox/{thread_id}"))
    other = browser.new_context()
    signed_in(second, other)
    late = other.new_page()
    late.goto(live_server.url(f"/desk/inbox/{thread_id}"))
    page.get_by_role("button", name="Take it").click()
    expect(page.get_by_text("This conversation is yours now.")).to_be_visible()
    late.get_by_role("button", name="Take it").click()
    expect(late.get_by_role("heading", level=1)).to_have_text("Somebody was first")
    expect(late.get_by_text(f"{first.display_name} has this conversation now")).to_be_visible()
    other.close()
    check_accessibility(page)
    page.get_by_text("Give it back to", exact=False).first.click()
    page.get_by_label("Why").fill("I am called away.")
    page.get_by_role("button", name="Give it back").click()
    expect(page.get_by_text("The conversation is with its team again.")).to_be_visible()
    check_accessibility(page)


def test_a_doctor_goes_away_and_the_patient_reads_who_covers(
    page: Page, live_server: LiveServer, signed_in: Callable[..., None], demo: Clinic, services
) -> None:
    waits = (Thread.state == "open", Thread.owner_practitioner_id.is_not(None), Thread.author_role == "patient")
    with made(services) as session:
        reads_english = select(Account.person_id).where(Account.person_id.is_not(None), Account.language == "en")
        asked = select(Thread).where(*waits, Thread.patient_id.in_(reads_english)).order_by(Thread.id)
        thread = session.scalars(asked).first()
        doctor = session.get(Practitioner, thread.owner_practitioner_id)
        account = session.scalars(select(Account).where(Account.practitioner_id == doctor.id)).one()
        patient = session.scalars(select(Account).where(Account.person_id == thread.patient_id)).one()
    signed_in(account)
    page.goto(live_server.url("/desk/away"))
    today = date_in(services.clock.now(), services.settings.zone)
    page.get_by_label("First day away").fill(today.isoformat())
    page.get_by_label("Last day away").fill((today + timedelta(days=3)).isoformat())
    cover = page.get_by_label("Who covers?")
    names = [name for name in cover.locator("option").all_inner_texts()[1:] if name != doctor.name]
    cover.select_option(label=names[0])
    page.get_by_role("button", name="Enter it").click()
    expect(page.get_by_text(f"{names[0]} covers")).to_be_visible()
    check_accessibility(page)
    Worker(services).run_due()
    with made(services) as session:
        assert session.get(Practitioner, session.get(Thread, thread.id).owner_practitioner_id).name == names[0]
    signed_in(patient)
    page.goto(live_server.url(f"/people/{thread.patient_id}/messages/{thread.id}"))
    told = re.compile(rf"{re.escape(doctor.name)} is away until .* Covered by {re.escape(names[0])}")
    expect(page.get_by_text(told).first).to_be_attached()


def test_an_answer_that_is_late_is_overdue_for_all_to_see_and_goes_up(
    page: Page, live_server: LiveServer, signed_in: Callable[..., None], demo: Clinic, services, clock
) -> None:
    thread_id = ask(services, demo)
    nurse = nurses(services, demo, thread_id)[0]
    with made(services) as session:
        due = session.get(Thread, thread_id).due_at
    clock.set(due + timedelta(minutes=1))
    signed_in(nurse)
    page.goto(live_server.url("/desk/inbox?view=overdue"))
    row = page.get_by_role("main").get_by_role("link").filter(has_text="shoulder exercises")
    expect(row).to_contain_text("Overdue")
    clock.set(due + timedelta(days=4))
    for _round in range(4):
        Worker(services).run_due()
    with made(services) as session:
        thread = session.get(Thread, thread_id)
        owner = thread.owner_practitioner_id
    assert owner is not None and thread.due_at == due
    with made(services) as session:
        holder = session.scalars(select(Account).where(Account.practitioner_id == owner)).one()
    signed_in(holder)
    page.goto(live_server.url(f"/desk/inbox/{thread_id}"))
    page.get_by_text("Where it went").first.click()
    expect(page.get_by_text("Not answered in time").first).to_be_visible()


def test_the_pages_beside_the_inbox_are_for_everybody(
    page: Page, live_server: LiveServer, signed_in: Callable[..., None], demo: Clinic, services
) -> None:
    thread_id = ask(services, demo)
    nurse = nurses(services, demo, thread_id)[0]
    signed_in(nurse)
    page.goto(live_server.url("/desk/quick-texts/new"))
    page.get_by_label("What do you call it?").fill("Photo, please")
    page.get_by_label("In English").fill("Hello {patient_given_name}, please send a picture.")
    page.get_by_label("In Spanish").fill("Hola {patient_given_name}, mande una foto.")
    check_accessibility(page)
    page.get_by_role("button", name="Save").click()
    check_accessibility(page)
    page.goto(live_server.url(f"/desk/inbox/{thread_id}"))
    page.get_by_role("combobox").filter(has_text="Photo, please").select_option(label="Photo, please")
    page.get_by_role("button", name="Put it in").click()
    expect(page.get_by_label("Your answer")).to_have_value(re.compile("please send a picture|mande una foto"))
    check_accessibility(page)
    page.get_by_text("Make a task of it").click()
    page.get_by_role("link", name="Book a visit").click()
    page.get_by_label("What is to be done?").fill("Skin check, any morning.")
    check_accessibility(page)
    page.get_by_label("Who does it?").select_option(index=0)
    page.get_by_role("button", name="Make the task").click()
    page.goto(live_server.url("/desk/tasks"))
    expect(page.get_by_text("Skin check, any morning.").first).to_be_visible()
    check_accessibility(page)
    page.keyboard.press("?")
    expect(page.locator("#keys-help")).to_be_visible()
