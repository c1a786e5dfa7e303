"""A message that was taken back is gone for everybody it is gone for, by every way to it (MSG-7)."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from portal.messaging import attachments, circle, correcting, offers, service, updates
from portal.messaging.files import Upload
from portal.models import Attachment, Message
from tests.factories.people import made
from tests.messaging.world import QUESTION, World
from tests.support.page import PageClient

SECRET = "Can she have the purple bananas?"
PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\n%%EOF\n"


def later(world: World) -> None:
    clock: Any = world.services.clock
    clock.move(minutes=1)


def message_of(world: World, thread_id: UUID, author: str) -> UUID:
    with made(world.services) as session:
        found = session.query(Message).filter_by(thread_id=thread_id, author_id=world.accounts[author].id)
        newest: Message = found.order_by(Message.sent_at.desc()).first()
        return newest.id


def take_back(world: World, thread_id: UUID, who: str) -> bool:
    message_id = message_of(world, thread_id, who)
    with world.open(who) as uow:
        return correcting.retract(uow, world.person_id, thread_id, message_id)


def test_a_relatives_question_taken_back_is_not_passed_on(world: World, client: PageClient) -> None:
    thread_id = world.ask(SECRET, who="family")
    assert take_back(world, thread_id, "family") is False
    liaison = client.as_(world.accounts["liaison"])
    url = f"/people/{world.person_id}/questions/{thread_id}"
    for page in (liaison.get(url), liaison.get(f"{url}/pass-on", status=409)):
        assert "purple" not in page.html
    sent = {"question": "", "once": str(uuid4())}
    assert "purple" not in liaison.post(f"{url}/pass-on", sent, csrf=url, status=409).html
    liaison.post(f"{url}/passed-on", {**sent, "seen": "x"}, csrf=url, status=409)


def test_what_is_left_of_a_question_is_passed_on_without_what_was_taken_back(world: World) -> None:
    thread_id = world.ask("Can she eat bananas?", who="family")
    later(world)
    with world.open("family") as uow:
        service.reply(uow, service.Reply(world.person_id, thread_id, SECRET, uuid4()), seen=None)
    take_back(world, thread_id, "family")
    with world.open("liaison") as uow:
        words = circle.asked_words(uow, circle.waiting(uow, world.person_id, thread_id))
    assert words == "Can she eat bananas?"


def test_what_the_care_team_took_back_does_not_reach_the_family(world: World, client: PageClient) -> None:
    thread_id = world.ask("Can my mother eat bananas?", who="liaison")
    world.answer(thread_id, "First answer.", who="manager")
    later(world)
    world.answer(thread_id, "Wrong patient: her HIV test is positive.", who="manager")
    take_back(world, thread_id, "manager")
    with world.open("liaison") as uow:
        assert updates.words_of_team(uow, world.person_id, thread_id) == "First answer."
    page = client.as_(world.accounts["liaison"]).get(
        f"/people/{world.person_id}/updates/new", query={"from": thread_id}
    )
    assert "HIV" not in page.html


def test_an_answer_taken_back_is_not_offered_to_be_brought_to_whoever_asked(world: World, client: PageClient) -> None:
    question = world.ask("Can she eat bananas?", who="family")
    with world.open("liaison") as uow:
        forward = circle.Forward(world.person_id, question, "", uuid4())
        passed = circle.pass_on(uow, forward, seen=circle.plan_forward(uow, forward).mark).thread_id
    assert passed is not None
    world.answer(passed, "Wrong patient: her HIV test is positive.", who="manager")
    take_back(world, passed, "manager")
    page = client.as_(world.accounts["liaison"]).get(f"/people/{world.person_id}/questions/{question}")
    assert "HIV" not in page.html


def test_a_team_that_is_offered_a_conversation_does_not_read_what_was_taken_back(world: World) -> None:
    thread_id = world.ask()
    later(world)
    with world.open("patient") as uow:
        service.reply(uow, service.Reply(world.person_id, thread_id, "My neighbour's secret.", uuid4()), seen=None)
    take_back(world, thread_id, "patient")
    with world.open("doctor") as uow:
        version = world.thread(thread_id).version
        offers.offer(uow, world.person_id, thread_id, "scheduling", "Please book.", version, None)
    with world.open("clerk") as uow:
        said = [words for *_who, words in offers.opened(uow, thread_id).said]
    assert QUESTION in said
    assert "secret" not in "".join(said)


def test_the_file_of_a_message_taken_back_is_opened_by_no_kept_address(world: World, client: PageClient) -> None:
    """Also when the care team had opened it: they may look again, the family may not."""
    once = uuid4()
    with world.open("patient") as uow:
        attachments.add(uow, world.person_id, once, [Upload("letter.pdf", PDF)])
    thread_id = world.ask(once=once)
    with made(world.services) as session:
        file_id = session.query(Attachment.id).filter_by(thread_id=thread_id).scalar()
    address = world.messages_url(thread_id, "files", file_id)
    liaison, doctor = (client.as_(world.accounts[who]) for who in ("liaison", "doctor"))
    assert f"files/{file_id}" in liaison.get(world.messages_url(thread_id)).html
    desk = f"/desk/inbox/{thread_id}"
    doctor.get(desk)
    world.change(Message, message_of(world, thread_id, "patient"), was_opened=True,
                 retracted_at=world.services.clock.now())  # fmt: skip
    assert liaison.http.get(address, base_url=liaison.base_url).status_code == 404
    assert doctor.http.get(f"{desk}/files/{file_id}", base_url=doctor.base_url).status_code == 200
    patient = client.as_(world.accounts["patient"])
    assert patient.http.get(address, base_url=patient.base_url).status_code == 200
