"""What arrives at a real mail server: one mail for all that waited, which names nobody and nothing."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from portal.infra.mail import SmtpMailer
from portal.models import Delivery, Job, Person, ThreadUnread
from portal.notifications import jobs
from tests.factories.people import made
from tests.messaging.world import World
from tests.notifications.test_choices import address, run, setting, tell
from tests.support import canary
from tests.support.live_server import free_port


class Box:
    """Keeps what arrives."""

    def __init__(self) -> None:
        self.mails: list[Any] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 taken"


@pytest.fixture
def world(services: Any) -> World:
    return World(services)


@pytest.fixture
def box(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Box]:
    with free_port() as (_, port):
        pass
    kept = Box()
    server = Controller(kept, hostname="127.0.0.1", port=port, ready_timeout=30)
    server.start()
    there = {"mail": "smtp", "smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none"}
    settings = world.services.settings.model_copy(update=there)
    monkeypatch.setattr(jobs, "mailer", lambda _settings: SmtpMailer(settings))
    try:
        yield kept
    finally:
        server.stop()


def test_a_digest_is_exactly_one_mail_and_says_where_to_change_that(world: World, box: Box, clock: Any) -> None:
    account_id = address(world, "patient")
    setting(world, account_id, digest="daily")
    for number in range(4):
        tell(world, account_id, "visit_changed", f"visit:{number}", about=world.person_id)
        tell(world, account_id, "visit_changed", f"visit:{number}", about=world.person_id)
    clock.move(days=1)
    run(world)
    run(world)
    (mail,) = box.mails
    text = mail.get_content()
    assert "4 things wait" in text
    assert f"{world.services.settings.base_url}/profile/notices" in text


def test_mail_and_rows_name_nobody_and_nothing(world: World, box: Box) -> None:
    account_id = address(world, "patient")
    setting(world, account_id)
    path = f"/people/{world.person_id}/appointments"
    for kind in ("new_message", "visit_changed", "visit_reminder", "result_new", "binder_opened"):
        tell(world, account_id, kind, f"{kind}:1", about=world.person_id, path=path)
    run(world)
    with made(world.services) as session:
        people = session.execute(select(Person.given_name, Person.family_name))
        names = [name for row in people for name in row if name]
        rows = [str([str(value) for value in row]) for row in session.execute(select(Delivery.__table__))]
    assert len(box.mails) == 5 and len(rows) == 5
    for text in (*(mail.as_string() for mail in box.mails), *rows):
        assert not canary.found_in(text)
        assert not canary.found_in(text, names)
    assert str(world.person_id) not in "".join(mail.as_string() for mail in box.mails)


def test_two_notices_of_one_conversation_are_one_thing_that_waits(world: World, box: Box, clock: Any) -> None:
    account_id = address(world, "patient")
    thread_id = world.ask()
    setting(world, account_id, digest="daily")
    with made(world.services) as session:  # an answer they have not opened
        mark = {"patient_id": world.person_id, "account_id": account_id, "thread_id": thread_id}
        session.add(ThreadUnread(since=world.services.clock.now(), **mark))
    for number in range(2):
        tell(world, account_id, "new_message", f"answered:{number}", about=world.person_id)
    clock.move(days=1)
    run(world)
    (mail,) = [mail for mail in box.mails if mail["To"] == "reader@example.org"]
    assert mail["Subject"].startswith("You have a new message")


def test_what_the_mail_server_never_took_is_said_in_the_log(client: Any, world: World) -> None:
    account_id = address(world, "patient")
    setting(world, account_id)
    tell(world, account_id, "visit_changed", "visit:1", about=world.person_id)
    patient = client.as_(world.accounts["patient"])
    assert "Being sent" in patient.get("/profile/notices/sent").text
    with made(world.services) as session:
        session.scalars(select(Job).where(Job.kind == "notifications.send")).one().state = "dead"
    page = patient.get("/profile/notices/sent")
    assert "Could not be sent" in page.text and "Being sent" not in page.text
