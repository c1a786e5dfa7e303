"""Notices: once, in the reader's language, without a word about health; and what happens when mail does not go."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.infra.errors import Unavailable
from portal.models import Account, Delivery, Job
from portal.notifications import channels, jobs
from portal.notifications.service import notify
from portal.policy.actors import Actor
from portal.work.running import Worker
from portal.work.unit_of_work import UnitOfWork
from tests.factories.people import made, make_account
from tests.support import canary


class Post:
    """A mail server that keeps what it is given, or is down."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str, str]] = []
        self.is_down = False

    def send(self, to: str, subject: str, body: str, *, message_id: str) -> None:
        if self.is_down:
            raise Unavailable("mail")
        self.sent.append((to, subject, body, message_id))


@pytest.fixture
def post(monkeypatch):
    made_post = Post()
    monkeypatch.setattr(jobs, "mailer", lambda _settings: made_post)
    return made_post


@pytest.fixture
def account(services):
    with made(services) as session:
        return make_account(session, "Somebody", email="reader@example.org")


def tell(services, account, key="one"):
    with UnitOfWork.open(services, Actor.system("messaging.tell_answered"), write=True) as uow:
        notify(uow, account.id, "new_message", key)


def states(services):
    with made(services) as session:
        return [row.state for row in session.scalars(select(Delivery))]


def test_the_same_notice_is_sent_once(services, account, post):
    tell(services, account)
    tell(services, account)
    assert Worker(services).run_due() == 1
    assert Worker(services).run_due() == 0
    assert len(post.sent) == 1 and states(services) == ["sent"]


def test_a_notice_says_where_to_look_and_nothing_of_what_it_is_about(services, account, post):
    tell(services, account)
    Worker(services).run_due()
    to, subject, body, _ = post.sent[0]
    assert to == "reader@example.org"
    assert subject == f"You have a new message at {services.settings.clinic_name}"
    assert services.settings.base_url in body and not canary.found_in(body)


def test_mail_that_does_not_go_is_tried_again_under_the_same_name(services, account, post, clock):
    tell(services, account)
    post.is_down = True
    Worker(services).run_due()
    assert states(services) == ["due"]
    post.is_down = False
    clock.move(minutes=10)
    Worker(services).run_due()
    assert states(services) == ["sent"]


def test_a_delivery_that_was_sent_is_not_sent_again_when_its_job_comes_back(services, account, post):
    tell(services, account)
    Worker(services).run_due()
    with made(services) as session:
        job = session.scalar(select(Job).where(Job.kind == "notifications.send"))
        job.state, job.run_at = "ready", services.clock.now() - timedelta(minutes=1)
    Worker(services).run_due()
    assert len(post.sent) == 1


def test_nobody_without_an_address_and_nobody_who_has_left_is_written_to(services, post):
    with made(services) as session:
        silent = make_account(session, "Silent")
        left = make_account(session, "Left", email="left@example.org")
    tell(services, silent, "silent")
    tell(services, left, "left")
    with made(services) as session:
        session.get(Account, left.id).is_active = False
    Worker(services).run_due()
    assert post.sent == [] and states(services) == ["dropped", "dropped"]


@pytest.mark.one_database
@pytest.mark.parametrize("kind", ["new_message", "new_question"])
@pytest.mark.parametrize("language", ["en", "es", "xx"])
def test_every_notice_has_words_in_every_language(settings, kind, language):
    subject, body = channels.words(settings, kind, language)
    assert settings.clinic_name in subject and "\n" not in subject
    assert settings.base_url in body
