"""Hidden and sensitive conversations leave the liaison no trace: not on a page, in a count, in mail or in a mark."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from portal.messaging import letters
from portal.messaging.deciding import Ask
from portal.models import Account, Delivery, LiaisonMode, ThreadUnread
from portal.work.running import Worker
from portal.worker import JOBS
from tests.factories.people import made
from tests.messaging.world import QUESTION, World

assert JOBS  # importing the worker makes the jobs known

PRIVATE = "I feel so depressed since March that I can hardly get up. Could my antidepressant be changed?"
# What differs from one answer to the next whatever the record holds: tokens, nonces and one-time ids.
CHANGING = re.compile(
    r'data-token="[^"]*"|nonce="[^"]*"|nonce-[^"\' ;]+|name="csrf_token" value="[^"]*"'
    r'|name="once" value="[^"]*"|X-CSRFToken[^}]*'
)
PAGES = ("home", "messages", "questions", "updates", "messages/drafts", "messages/new", "liaison/duty", "family-access")


@pytest.fixture
def world(services: Any) -> World:
    found = World(services)
    with made(services) as session:
        account = session.get(Account, found.accounts["liaison"].id)
        assert account is not None
        account.email = "liaison@example.test"
    return found


def pages(client: Any, world: World) -> dict[str, str]:
    """Every page of the liaison, without what changes each time."""
    browser = client.as_(world.accounts["liaison"])
    urls = [*(f"/people/{world.person_id}/{path}" for path in PAGES), "/questions", "/people"]
    return {url: CHANGING.sub("", browser.get(url).html) for url in urls}


def rows(world: World) -> tuple[int, int]:
    """Notices to the liaison, and their unread marks."""
    me = world.accounts["liaison"].id
    with made(world.services) as session:
        notices = session.scalars(select(Delivery).where(Delivery.account_id == me)).all()
        marks = session.scalars(select(ThreadUnread).where(ThreadUnread.account_id == me)).all()
    return len(notices), len(marks)


def hidden(world: World) -> None:
    world.answer(world.ask(is_private=True))


def sensitive(world: World) -> None:
    world.answer(world.ask(PRIVATE), who="pcp")


def kept(world: World) -> None:
    with made(world.services) as session:
        wish = LiaisonMode(patient_id=world.person_id, scope="results", mode="never", set_at=world.services.clock.now())
        session.add(wish)
    world.answer(world.ask(QUESTION))


def letter(world: World) -> None:
    text = "Her depression screening was positive. Please call about the antidepressant."
    ask = Ask(world.person_id, text, uuid4())
    with world.open("doctor") as uow:
        letters.send_letter(uow, ask, seen=letters.plan_letter(uow, ask).mark)


@pytest.mark.parametrize("happens", [hidden, sensitive, kept, letter])
def test_every_page_mark_and_notice_of_the_liaison_is_as_if_it_had_not_happened(
    client: Any, world: World, happens: Any
) -> None:
    world.ask("When is my next visit?")  # something they do see
    Worker(world.services).run_due()
    before, counted = pages(client, world), rows(world)
    happens(world)
    Worker(world.services).run_due()
    after = pages(client, world)
    assert {url for url in before if before[url] != after[url]} == set()
    assert rows(world) == counted


def test_what_is_shared_does_change_the_pages(client: Any, world: World) -> None:
    """The comparison above can fail: a conversation that the liaison may read is seen."""
    before, counted = pages(client, world), rows(world)
    world.answer(world.ask(QUESTION))
    Worker(world.services).run_due()
    assert pages(client, world) != before
    assert rows(world) > counted
