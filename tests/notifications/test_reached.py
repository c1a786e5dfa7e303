"""The pages of addresses, the carrier's door, and what nobody opened."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from portal.infra.sms import signature
from portal.messaging import jobs as messaging_jobs
from portal.messaging import unopened
from portal.models import NoticeAddress, Task
from portal.notifications import addresses
from tests.factories.people import made
from tests.messaging.world import World
from tests.notifications.test_choices import address, run, setting, tell
from tests.notifications.test_notices import Post
from tests.notifications.texting import NUMBER, Carrier, code_in, has_number, job

assert messaging_jobs  # the worker knows them

# Pages and the carrier's door -----------------------------------------------------------------------------------------


def test_a_number_is_added_confirmed_and_taken_away_again(client: Any, texting: World, carrier: Carrier) -> None:
    patient = client.as_(texting.accounts["patient"])
    page = patient.get("/profile/notices").follow("Add")
    wrong = page.submit({"value": "12"}, form="/addresses/sms", status=422)
    assert "This is no number we can send texts to." in wrong.text and wrong.form("/addresses/sms").values["value"] == [
        "12"
    ]
    page = patient.follow(page.submit({"value": "(202) 555-0143"}, form="/addresses/sms"))
    assert NUMBER in page.text
    run(texting)
    code = code_in(carrier.asked[0]["Body"])
    refused = patient.follow(page.submit({"code": f"{(int(code) + 1) % 10**6:06d}"}, form="/confirm"))
    assert "This is not the code we sent." in refused.text
    page = patient.follow(refused.submit({"code": code}, form="/confirm"))
    assert NUMBER in page.text and "Text message" in page.text
    page = patient.follow(patient.get("/profile/notices/addresses/sms").submit({}, form="/remove"))
    assert NUMBER not in page.text


def test_wrong_codes_are_counted_on_the_page_too(client: Any, texting: World, carrier: Carrier) -> None:
    patient = client.as_(texting.accounts["patient"])
    page = patient.get("/profile/notices/addresses/sms")
    page = patient.follow(page.submit({"value": "(202) 555-0143"}, form="/addresses/sms"))
    run(texting)
    code = code_in(carrier.asked[0]["Body"])
    for _ in range(addresses.MOST_TRIES):
        page = patient.follow(page.submit({"code": f"{(int(code) + 1) % 10**6:06d}"}, form="/confirm"))
        assert "This is not the code we sent." in page.text
    assert "Too many tries." in patient.follow(page.submit({"code": code}, form="/confirm")).text
    with job(texting) as uow:
        assert addresses.rows(uow, texting.accounts["patient"].id)["sms"].confirmed_at is None


def test_codes_go_out_five_times_an_hour_at_most(client: Any, texting: World) -> None:
    patient = client.as_(texting.accounts["patient"])
    page = patient.get("/profile/notices/addresses/sms")
    for _ in range(5):
        page.submit({"value": "(202) 555-0143"}, form="/addresses/sms")
    page.submit({"value": "(202) 555-0143"}, form="/addresses/sms", status=429)


def test_another_address_for_notices_is_used_once_confirmed(client: Any, texting: World, post: Post) -> None:
    account_id = address(texting, "patient")
    setting(texting, account_id)
    patient = client.as_(texting.accounts["patient"])
    page = patient.follow(
        patient.get("/profile/notices/addresses/email").submit({"value": "new@example.org"}, form="/addresses/email")
    )
    run(texting)
    to, _subject, body, _id = post.sent[0]
    code = code_in(body)
    tell(texting, account_id, "visit_changed", "visit:1", about=texting.person_id)
    run(texting)
    page.submit({"code": code}, form="/confirm")
    tell(texting, account_id, "visit_changed", "visit:2", about=texting.person_id)
    run(texting)
    assert [to, *(one[0] for one in post.sent[1:])] == ["new@example.org", "reader@example.org", "new@example.org"]


def test_an_address_that_ended_is_said_where_one_mends_it(client: Any, texting: World) -> None:
    account_id = address(texting, "patient")
    with job(texting) as uow:
        addresses.end(uow, account_id, "email", "reader@example.org", "bounced")
    patient = client.as_(texting.accounts["patient"])
    assert "Your e-mail address no longer works" in patient.get("/profile/notices").text
    assert "This address no longer works" in patient.get("/profile/notices/addresses/email").text


def test_without_a_carrier_there_is_no_page_for_texts(client: Any, services: Any) -> None:
    texting = World(services)
    patient = client.as_(texting.accounts["patient"])
    patient.get("/profile/notices/addresses/sms", status=404)
    assert "Text message" not in patient.get("/profile/notices").text


def test_only_the_carrier_may_report(client: Any, texting: World) -> None:
    account_id = address(texting, "patient")
    has_number(texting, account_id)
    url = texting.services.settings.base_url + "/hooks/sms"
    fields = {"From": NUMBER, "Body": "STOP"}
    send = client.http.post
    assert send("/hooks/sms", data=fields).status_code == 403
    signed = {"X-Twilio-Signature": signature("token", url, fields.items())}
    assert send("/hooks/sms", data={**fields, "Body": "START"}, headers=signed).status_code == 403
    assert send("/hooks/sms", data=fields, headers=signed).status_code == 204
    with made(texting.services) as session:
        assert session.scalars(select(NoticeAddress.why)).one() == "stopped"


# What nobody opened ---------------------------------------------------------------------------------------------------


def test_what_nobody_opened_goes_by_the_next_way_and_then_to_staff(
    client: Any, texting: World, carrier: Carrier, post: Post, clock: Any
) -> None:
    account_id = address(texting, "patient")
    setting(texting, account_id)
    has_number(texting, account_id)
    thread_id = texting.ask()
    texting.answer(thread_id)
    client.as_(texting.accounts["liaison"]).get(texting.messages_url(thread_id))
    run(texting)
    assert len(post.sent) == 1 and carrier.asked == []
    clock.move(hours=25)
    for _ in range(2):
        unopened.watch(texting.services)
        run(texting)
    assert len(carrier.asked) == 1 and _calls(texting) == []
    clock.move(days=3)
    for _ in range(2):
        unopened.watch(texting.services)
        run(texting)
    assert len(carrier.asked) == 1 and _calls(texting) == [texting.thread(thread_id).owner_practitioner_id]


def test_what_was_opened_or_is_not_wanted_is_not_passed_on(
    client: Any, texting: World, carrier: Carrier, post: Post, clock: Any
) -> None:
    account_id = address(texting, "patient")
    setting(texting, account_id, is_passed_on=False)
    has_number(texting, account_id)
    thread_id = texting.ask()
    texting.answer(thread_id)
    client.as_(texting.accounts["liaison"]).get(texting.messages_url(thread_id))
    run(texting)
    clock.move(hours=25)
    unopened.watch(texting.services)
    run(texting)
    assert carrier.asked == [] and len(_calls(texting)) == 1
    other = texting.ask("Can I move my visit to Thursday afternoon?")
    texting.answer(other, who="clerk")
    for who in ("patient", "liaison"):
        client.as_(texting.accounts[who]).get(texting.messages_url(other))
    clock.move(days=4)
    unopened.watch(texting.services)
    assert len(_calls(texting)) == 1


def _calls(texting: World) -> list[Any]:
    with made(texting.services) as session:
        found = session.scalars(select(Task).where(Task.wording == "unopened_call"))
        return [one.owner_practitioner_id for one in found]
