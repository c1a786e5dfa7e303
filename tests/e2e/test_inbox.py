"""The inbox looks for news of itself, without taking the reader's place and without keeping a session alive."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from portal.messaging import service
from portal.messaging.deciding import Ask, plan
from portal.policy.actors import Actor
from portal.work.unit_of_work import UnitOfWork
from tests.support.demo import Clinic
from tests.support.live_server import LiveServer

pytestmark = [pytest.mark.demo, pytest.mark.one_database]


def test_a_new_question_appears_in_an_open_inbox(
    page: Page, live_server: LiveServer, signed_in: Callable[..., None], demo: Clinic, services
) -> None:
    page.clock.install()
    signed_in(demo.account("amy.tran"))
    page.goto(live_server.url("/desk/inbox"))
    page.get_by_role("main").get_by_role("link").filter(has_text=re.compile("sugar")).first.focus()
    asked: list[bool] = []
    page.on("request", lambda r: asked.append("x-portal-background" in r.headers) if "/desk/inbox" in r.url else None)
    patient = demo.account("margery.gibson")
    actor = Actor("patient", account_id=patient.id, person_id=patient.person_id, name=patient.display_name)
    with UnitOfWork.open(services, actor, write=True) as uow:
        ask = Ask(patient.person_id, "I have a new itchy rash on my left arm", uuid4())
        service.ask_question(uow, ask, seen=plan(uow, ask).mark)
    page.clock.fast_forward(61_000)
    expect(page.get_by_text("I have a new itchy rash")).to_be_visible()
    assert asked == [True]
    expect(page.locator(":focus")).to_contain_text("sugar")
