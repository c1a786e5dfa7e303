"""Every form that is offered, sent with one strange value at a time: words for whoever sent it, and never a fault."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from portal.messaging import offers, tasks, updates
from portal.models import Absence, AccessInvitation, Message, PoolMember, QuickText
from tests.factories.people import made
from tests.messaging.world import World
from tests.security.nasty import SOME, address, ask, encoded, failures, routes
from tests.support.page import Form, Page, PageClient

pytestmark = pytest.mark.timeout(300)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
VALUES = (
    "",
    "a\x00b\ud800",
    "\u0130" * 60,
    "x" * 20_000,
    "9" * 40,
    "0001-01-01",
    "9999-12-31",
    SOME,
    "{my_name.x}{0}%s",
)
LEAVES = ("/sign-out", "/off", "/end", "/resign", "/suspend", "/close", "/end-sessions", "/idp/", "lang")


def filled_in(world: World) -> dict[str, UUID | str]:
    """A row of everything, so that every page of the house has something to show."""
    today = world.services.clock.now().date()
    asked = world.ask("Can she have grapefruit?", who="family")
    alike = world.ask("May she eat grapefruit now?", who="family")
    mine = world.ask()
    version = world.thread(mine).version
    with world.open("doctor") as uow:
        task = tasks.make(uow, tasks.New(world.person_id, mine, "todo", "Call.", str(uow.actor.practitioner_id),
                                         today + timedelta(days=1), uuid4())).id  # fmt: skip
        offers.offer(uow, world.person_id, mine, "scheduling", "Book.", version, None)
    with world.open("liaison") as uow:
        update = updates.publish(uow, updates.Publish(world.person_id, "She is well.", (), True, uuid4()))
    with made(world.services) as session:
        member = session.query(PoolMember).filter_by(practitioner_id=world.staff["nurse"].id).one()
        member.is_lead = True
        text = QuickText(
            title="Hello", english="Hello {patient_given_name}", spanish="Hola", changed_at=world.services.clock.now(),
            owner_practitioner_id=world.staff["doctor"].id, changed_by_id=world.accounts["doctor"].id,
        )  # fmt: skip
        invitation = AccessInvitation(
            patient_id=world.person_id, state="draft", kind="proxy", relation="friend", name="Rosa",
            scopes=["results", "sensitive:PSY"], ends_on=today + timedelta(days=30),
            made_by_id=world.accounts["patient"].id, made_at=world.services.clock.now(),
        )  # fmt: skip
        absence = Absence(practitioner_id=world.staff["nurse"].id, starts_on=today, ends_on=today)
        session.add_all([text, invitation, absence])
        session.flush()
        message = session.query(Message.id).filter_by(thread_id=mine).scalar()
        kept = {"text_id": text.id, "invitation_id": invitation.id, "absence_id": absence.id, "message_id": message}
    return {
        "person_id": world.person_id, "held_id": world.held_id, "result_id": world.result_id, "task_id": task,
        "account_id": world.accounts["family"].id, "update_id": update, "asked": asked, "alike": alike, "mine": mine,
        "thread_id": mine, **kept,
    }  # fmt: skip


def forms(browser: PageClient, ids: dict[str, UUID | str]) -> Iterator[Form]:
    """Each form of each page once, by where it is sent and what it asks."""
    known: set[Any] = set()
    for rule in routes(browser, "GET"):
        for thread in ("mine", "asked"):
            url = address(rule, {**ids, "thread_id": ids[thread]})
            answer = ask(browser, "GET", url)
            if answer.status_code != 200 or answer.mimetype != "text/html" or url.startswith("/idp"):
                continue
            for form in Page(browser, url, answer, fragment=False).forms:
                key = (form.action, frozenset(form.names))
                if form.method == "post" and key not in known and not any(end in form.action for end in LEAVES):
                    known.add(key)
                    yield form


@pytest.mark.parametrize("who", ["patient", "liaison", "doctor", "nurse", "admin"])
def test_no_field_of_a_form_takes_a_value_that_breaks_it(world: World, client: PageClient, who: str) -> None:
    browser = client.as_(world.accounts[who])
    ids = filled_in(world)
    found = list(forms(browser, ids))
    assert len(found) > 4
    wrong: list[str] = []
    for form in found:
        plain = {name: values or [""] for name, values in form.values.items()}
        typed = [one["name"] for one in form.fields if one.tag == "textarea" or one.get("type", "text") == "text"]
        plain |= {name: plain.get(name) if plain.get(name, [""])[0] else ["Some words."] for name in typed}
        for name in [one for one in form.names if one != "csrf_token"] or [""]:
            for value in VALUES:
                new = {"once": [str(uuid4())]} if "once" in plain else {}
                sent = {**plain, **new, **({name: [value]} if name else {})}
                pairs = [(key, each) for key, values in sent.items() for each in values]
                path, _mark, query = form.action.partition("?")
                answer = ask(browser, "POST", path, query=query, data=encoded(pairs), **FORM)
                wrong += failures(browser, f"{name} {value[:12]!r} {path}", answer)
    assert sorted(set(wrong)) == []
