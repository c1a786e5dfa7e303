"""Ids of others in the fields of forms: each is refused as if it were nothing's, and nothing is done with it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from portal.messaging import filing
from portal.models import Absence, FamilyUpdateReader, Filing, Message, QuickText, SideQuestion, Task, ThreadOffer
from tests.factories.people import made, make_caregiver
from tests.messaging.world import World
from tests.security.nasty import ask
from tests.support.page import PageClient


def post(client: PageClient, world: World, actor: str, url: str, /, **fields: object) -> int:
    browser = client.as_(world.accounts[actor])
    sent: Any = {"csrf_token": browser.csrf_token("/profile"), "once": str(uuid4()), **fields}
    return int(ask(browser, "POST", url, data=sent).status_code)


def count(world: World, model: Any) -> int:
    with made(world.services) as session:
        return int(session.query(model).count())


def test_staff_take_no_quick_text_task_or_absence_of_colleagues(world: World, client: PageClient) -> None:
    thread_id, today = world.ask(), world.services.clock.now().date()
    with made(world.services) as session:
        text = QuickText(
            title="Mine", english="Secret words", spanish="Secreto", changed_at=world.services.clock.now(),
            owner_practitioner_id=world.staff["nurse"].id, changed_by_id=world.accounts["nurse"].id,
        )  # fmt: skip
        absence = Absence(practitioner_id=world.staff["nurse"].id, starts_on=today, ends_on=today)
        session.add_all([text, absence])
        session.flush()
        text_id, absence_id = text.id, absence.id
    desk, doctor = f"/desk/inbox/{thread_id}", client.as_(world.accounts["doctor"])
    filled = ask(doctor, "POST", f"{desk}/fill", data={
        "csrf_token": doctor.csrf_token("/profile"), "once": str(uuid4()), "quick_text": str(text_id), "reply": "Hello",
    })  # fmt: skip
    assert "Secret words" not in filled.get_data(as_text=True)
    assert post(client, world, "doctor", f"/desk/quick-texts/{text_id}", name="x", english="x", spanish="x") == 404
    assert post(client, world, "doctor", f"/desk/quick-texts/{text_id}/throw-away") == 404
    assert post(client, world, "doctor", f"/desk/away/{absence_id}/end") == 404
    days = {"first_day": str(today + timedelta(days=3)), "last_day": str(today + timedelta(days=4)), "cover": ""}
    assert post(client, world, "doctor", "/desk/away", who=str(world.staff["nurse"].id), **days) == 422
    task = {"what": "Call.", "due_on": str(today + timedelta(days=1))}
    for who in (world.staff["outsider"].id, uuid4(), "pool:nowhere", "x"):
        assert post(client, world, "doctor", f"{desk}/tasks", who=str(who), **task) == 422
    asked = {"side_question": "What do you think?"}
    assert post(client, world, "doctor", f"{desk}/ask", colleague=str(world.staff["outsider"].id), **asked) == 422
    assert [count(world, model) for model in (Task, SideQuestion)] == [0, 0]
    assert count(world, Absence) == 1


@pytest.mark.parametrize("who", ["outsider", "clerk", "second", "liaison", "stranger", "admin"])
def test_who_has_no_part_in_a_conversation_does_nothing_with_it(world: World, client: PageClient, who: str) -> None:
    thread_id = world.ask()
    before = world.thread(thread_id).version
    desk = f"/desk/inbox/{thread_id}"
    acts = {
        "take": {}, "close": {"outcome": "answered"}, "reopen": {}, "notes": {"note": "x"}, "replies": {"reply": "x"},
        "pass-on": {"to": "pool:nurse_triage", "reason": "x", "kind": "workload"}, "release": {"why_back": "x"},
        "offer/accept": {"then": "take"}, "offer/decline": {"why_not": "x"}, "offer/withdraw": {}, "ask": {},
        "tasks": {"what": "x"}, "comment": {"comment": "x"}, "fill": {}, "tell-again": {},
    }  # fmt: skip
    for act, fields in acts.items():
        assert post(client, world, who, f"{desk}/{act}", version=before, **fields) == 404, act
    assert world.thread(thread_id).version == before
    assert [count(world, model) for model in (Message, Task, ThreadOffer)] == [1, 0, 0]


def test_caregivers_put_nothing_of_others_into_their_own_places(world: World, client: PageClient) -> None:
    with made(world.services) as session:
        _, far = make_caregiver(session, world.stranger, kind="family", name="Far Away")
        far_id = far.id
    hidden = world.ask("I feel depressed since I stopped taking my antidepressant.")
    readable = world.ask()
    with world.open("patient") as uow:
        folder = filing.make(uow, world.person_id, "Mine")
    assert post(client, world, "liaison", world.messages_url(readable, "keep"), to=str(folder)) == 404
    assert post(client, world, "liaison", world.messages_url(hidden, "keep"), to="archive") == 404
    assert post(client, world, "liaison", world.messages_url("folders", folder, "rename"), name="x") == 404
    assert post(client, world, "liaison", world.messages_url("folders", folder, "remove")) == 404
    home = f"/people/{world.person_id}"
    update = {"question": "She is well.", "audience": "named", "readers": str(far_id)}
    assert post(client, world, "liaison", f"{home}/updates", **update) == 422
    question = world.ask("Can she eat grapefruit?", who="family")
    for other in (hidden, readable, uuid4()):
        together = f"{home}/questions/{question}/put-together"
        assert post(client, world, "liaison", together, lead=str(other)) in (403, 404, 422)
    assert [count(world, model) for model in (Filing, FamilyUpdateReader)] == [0, 0]


def test_words_of_others_are_neither_put_right_nor_taken_back(world: World, client: PageClient) -> None:
    thread_id = world.ask()
    with made(world.services) as session:
        message_id: UUID = session.query(Message.id).filter_by(thread_id=thread_id).scalar()
    url = world.messages_url(thread_id, "written", message_id)
    for who in ("liaison", "family", "doctor", "nurse", "stranger"):
        assert post(client, world, who, url, reply="Something else.") == 404
        assert post(client, world, who, f"{url}/retract") == 404
    with made(world.services) as session:
        kept = session.get(Message, message_id)
        assert kept is not None
        assert kept.retracted_at is None
    assert count(world, Message) == 1
