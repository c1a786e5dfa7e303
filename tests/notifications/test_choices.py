"""People choose by which way they are told, and when; nothing is sent twice, and nothing for what they have seen."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from portal.models import Account, Delivery, NoticeSetting, ThreadUnread
from portal.notifications import choices, jobs
from portal.notifications.rules import Timing
from portal.notifications.service import notify
from portal.policy.actors import Actor
from portal.work.running import Worker
from portal.work.unit_of_work import UnitOfWork
from tests.factories.people import made
from tests.messaging.world import World
from tests.notifications.test_notices import Post
from tests.support import canary


@pytest.fixture
def world(services: Any) -> World:
    return World(services)


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Post:
    found = Post()
    monkeypatch.setattr(jobs, "mailer", lambda _settings: found)
    return found


def address(world: World, who: str, email: str = "reader@example.org") -> Any:
    world.change(Account, world.accounts[who].id, email=email)
    return world.accounts[who].id


def setting(world: World, account_id: Any, **values: Any) -> None:
    given = {"digest": "now", "quiet_from": None, "quiet_until": None, **values}
    with made(world.services) as session:
        session.add(NoticeSetting(account_id=account_id, changed_at=world.services.clock.now(), **given))


def tell(world: World, account_id: Any, kind: str, key: str, **more: Any) -> None:
    with UnitOfWork.open(world.services, Actor.system("messaging.tell_answered"), write=True) as uow:
        notify(uow, account_id, kind, key, **more)


def run(world: World) -> None:
    while Worker(world.services).run_due():
        pass


def deliveries(world: World, account_id: Any) -> list[tuple[str, str, str | None]]:
    with made(world.services) as session:
        found = session.scalars(select(Delivery).where(Delivery.account_id == account_id).order_by(Delivery.key))
        return [(one.key, one.state, one.why) for one in found]


def test_three_things_of_a_day_are_one_mail_that_says_how_many(world: World, post: Post, clock: Any) -> None:
    account_id = address(world, "patient")
    setting(world, account_id, digest="daily")
    for number in range(3):
        tell(world, account_id, "visit_changed", f"visit:{number}")
    run(world)
    assert post.sent == []
    clock.move(days=1)
    run(world)
    run(world)
    ((to, subject, body, _),) = post.sent
    assert to == "reader@example.org" and "3 things wait" in body
    assert not canary.found_in(subject + body)
    assert {state for _, state, _ in deliveries(world, account_id)} == {"sent"}


def test_a_digest_sent_again_after_a_kill_has_the_same_name(world: World, post: Post, clock: Any) -> None:
    account_id = address(world, "patient")
    setting(world, account_id, digest="daily")
    tell(world, account_id, "visit_changed", "visit:1")
    tell(world, account_id, "visit_changed", "visit:2")
    clock.move(days=1)
    for keep in (False, True):
        uow = UnitOfWork(world.services, Actor.system("notifications.gather"), write=True)
        jobs.gather(uow, account_id)
        uow.finish(keep=keep)  # killed before it was noted, the first time
        uow.close()
    assert len(post.sent) == 2 and len({message_id for *_, message_id in post.sent}) == 1


def test_what_was_opened_before_the_morning_is_not_told(world: World, post: Post, clock: Any) -> None:
    account_id = address(world, "patient")
    setting(world, account_id, digest="daily")
    tell(world, account_id, "new_message", "answered:1")
    with made(world.services) as session:
        assert session.scalar(select(ThreadUnread.id).where(ThreadUnread.account_id == account_id)) is None
    clock.move(days=1)
    run(world)
    assert post.sent == [] and deliveries(world, account_id) == [("answered:1", "dropped", "read")]


def test_at_night_it_waits_for_the_morning_and_what_is_urgent_does_not(world: World, post: Post, clock: Any) -> None:
    account_id = address(world, "patient")
    clock.move(hours=9)  # past eight in the evening at the clinic
    tell(world, account_id, "visit_changed", "visit:1")
    tell(world, account_id, "visit_changed", "visit:2", is_urgent=True)
    run(world)
    assert [state for _, state, _ in deliveries(world, account_id)] == ["held", "sent"]
    clock.move(hours=12)
    run(world)
    assert len(post.sent) == 2


def test_what_is_switched_off_is_not_sent_and_changes_of_access_are(world: World, post: Post) -> None:
    account_id = address(world, "patient")
    with world.open("patient") as uow:
        choices.save(uow, Timing(quiet_from=None, quiet_until=None), [], ["email"])
    tell(world, account_id, "new_message", "answered:1", about=world.person_id)
    tell(world, account_id, "access_answered", "access-answered:1")
    run(world)
    assert len(post.sent) == 1
    assert deliveries(world, account_id) == [
        ("access-answered:1", "sent", None),
        ("answered:1", "dropped", "switched_off"),
    ]


def test_one_who_is_patient_and_caregiver_chooses_for_each(world: World, post: Post) -> None:
    account_id = address(world, "patient")
    with world.open("patient") as uow:
        choices.save(uow, Timing(quiet_from=None, quiet_until=None), [("self", "messages", "email")], ["email"])
    tell(world, account_id, "new_message", "answered:own", about=world.person_id)
    tell(world, account_id, "new_message", "answered:other", about=world.stranger.id)
    run(world)
    assert deliveries(world, account_id) == [
        ("answered:other", "dropped", "switched_off"),
        ("answered:own", "sent", None),
    ]


# The pages -----------------------------------------------------------------------------------------------------------


def test_the_form_keeps_what_was_chosen(client: Any, world: World) -> None:
    address(world, "patient")
    patient = client.as_(world.accounts["patient"])
    page = patient.get("/profile/notices")
    assert page.h1 == "How we tell you" and "reader@example.org" in page.text
    answers = {"digest": "weekly", "quiet": "y", "quiet_from": "1260", "quiet_until": "420", "self-messages": []}
    page.submit(answers, form="/profile/notices", status=303)
    values = patient.get("/profile/notices").form("/profile/notices").values
    assert values["digest"] == ["weekly"] and values["quiet_from"] == ["1260"]
    assert values.get("self-messages", []) == [] and values["self-visits"] == ["email"]


@pytest.mark.parametrize("wrong", [{"digest": "never"}, {"quiet": "y", "quiet_from": "77"}, {"self-messages": "fax"}])
def test_a_form_nobody_was_shown_is_refused_and_changes_nothing(client: Any, world: World, wrong: Any) -> None:
    address(world, "patient")
    patient = client.as_(world.accounts["patient"])
    token = patient.csrf_token("/profile/notices")
    sent = {"csrf_token": token, "digest": "daily", "quiet_from": "1200", "quiet_until": "480", **wrong}
    patient.post("/profile/notices", sent, status=422)
    with made(world.services) as session:
        assert session.scalar(select(NoticeSetting.id)) is None


def test_the_log_is_ones_own_and_says_what_became_of_each(client: Any, world: World, post: Post, clock: Any) -> None:
    mine = address(world, "patient")
    other = address(world, "liaison", "other@example.org")
    tell(world, mine, "new_message", "answered:1", about=world.person_id)
    tell(world, other, "visit_changed", "visit:2", about=world.person_id)
    run(world)
    page = client.as_(world.accounts["patient"]).get("/profile/notices/sent")
    assert "Messages and answers" in page.text and "Sent" in page.text
    assert "Visits booked" not in page.text


def test_the_log_is_read_page_by_page(client: Any, world: World, clock: Any) -> None:
    mine = address(world, "patient")
    for number in range(30):
        tell(world, mine, "visit_changed", f"visit:{number}", about=world.person_id)
        clock.move(minutes=1)
    patient = client.as_(world.accounts["patient"])
    first = patient.get("/profile/notices/sent")
    assert len(first.select("tbody tr")) == 25
    older = patient.get(first.one("a[rel=next], .nhsuk-pagination a").get("href"))
    assert len(older.select("tbody tr")) == 5


def test_a_test_comes_at_once_also_at_night(client: Any, world: World, post: Post, clock: Any) -> None:
    address(world, "patient")
    clock.move(hours=10, days=0)
    patient = client.as_(world.accounts["patient"])
    patient.get("/profile/notices").submit({}, form="/profile/notices/test", status=303)
    run(world)
    assert len(post.sent) == 1 and "test" in post.sent[0][1]


def test_a_digest_has_words_in_both_languages(settings: Any) -> None:
    from portal.notifications.channels import words

    for language in ("en", "es"):
        _, body = words(settings, "digest", language, count=4)
        assert "4" in body and settings.base_url in body


def test_the_link_of_a_notice_names_nothing_and_leads_its_reader_there(client: Any, world: World, post: Post) -> None:
    mine = address(world, "patient")
    path = f"/people/{world.person_id}/appointments"
    tell(world, mine, "visit_changed", "visit:1", about=world.person_id, path=path)
    run(world)
    (link,) = [word for word in post.sent[0][2].split() if "/n/" in word]
    assert str(world.person_id) not in post.sent[0][2]
    there = link.removeprefix(world.services.settings.base_url)
    assert client.as_(world.accounts["patient"]).get(there, status=303).location == path
    client.as_(world.accounts["liaison"]).get(there, status=404)
