"""Text messages: said once, and nothing of it about health."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from portal.infra.errors import AddressRefused, Unavailable
from portal.infra.sms import CarrierTexter, is_signed, signature
from portal.models import Delivery, NoticeAddress
from portal.notifications import addresses, jobs, reports
from tests.factories.people import made
from tests.messaging.world import World
from tests.notifications.test_choices import address, run, setting, tell
from tests.notifications.test_notices import Post
from tests.notifications.texting import NUMBER, Carrier, has_number, job, states
from tests.support import canary

# Text messages ------------------------------------------------------------------------------------------------------


def test_a_text_says_that_something_waits_and_nothing_else(texting: World, carrier: Carrier, post: Post) -> None:
    account_id = address(texting, "patient")
    setting(texting, account_id)
    has_number(texting, account_id, "visits")
    tell(texting, account_id, "visit_changed", "visit:1", about=texting.person_id, path=f"/people/{texting.person_id}")
    run(texting)
    (asked,) = carrier.asked
    assert asked["path"] == "/2010-04-01/Accounts/AC1/Messages.json" and asked["To"] == NUMBER
    assert asked["login"].startswith("Basic ") and asked["StatusCallback"].endswith("/hooks/sms")
    assert "/n/" in asked["Body"] and str(texting.person_id) not in asked["Body"] and "STOP" in asked["Body"]
    assert not canary.found_in(asked["Body"])
    assert states(texting, account_id) == {"email": "sent", "sms": "sent"}
    assert len(post.sent) == 1


def test_a_text_is_never_tried_twice_when_nobody_knows_whether_it_went(texting: World, carrier: Carrier) -> None:
    account_id = address(texting, "patient")
    has_number(texting, account_id)
    with made(texting.services) as session:
        row = Delivery(
            account_id=account_id, kind="new_message", channel="sms", key="killed", state="sending",
            created_at=texting.services.clock.now(),
        )  # fmt: skip
        session.add(row)
        session.flush()
        delivery_id = row.id
    with job(texting) as uow:
        jobs.send(uow, delivery_id)
    assert carrier.asked == [] and states(texting, account_id) == {"sms": "failed"}


def test_a_carrier_that_is_down_is_tried_again(texting: World, carrier: Carrier, post: Post) -> None:
    account_id = address(texting, "patient")
    setting(texting, account_id)
    has_number(texting, account_id, "visits")
    carrier.answers = [(503, {})]
    tell(texting, account_id, "visit_changed", "visit:1", about=texting.person_id)
    run(texting)
    assert states(texting, account_id)["sms"] == "due"
    with made(texting.services) as session:
        delivery_id = session.scalar(select(Delivery.id).where(Delivery.channel == "sms"))
    with job(texting) as uow:
        jobs.send(uow, delivery_id)
    assert states(texting, account_id)["sms"] == "sent" and len(carrier.asked) == 2


@pytest.mark.parametrize(("code", "why"), [(21610, "stopped"), (21211, "bounced")])
def test_a_number_the_carrier_refuses_is_used_no_longer(
    texting: World, carrier: Carrier, post: Post, code: int, why: str
) -> None:
    account_id = address(texting, "patient")
    setting(texting, account_id)
    has_number(texting, account_id, "visits")
    carrier.answers = [(400, {"code": code})]
    tell(texting, account_id, "visit_changed", "visit:1", about=texting.person_id)
    run(texting)
    tell(texting, account_id, "visit_changed", "visit:2", about=texting.person_id)
    run(texting)
    with made(texting.services) as session:
        row = session.scalars(select(NoticeAddress)).one()
        last = session.scalars(select(Delivery).where(Delivery.key == "visit:2:sms")).one()
    assert row.why == why and (last.state, last.why) == ("dropped", "no_address")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((302, {"sid": "SM1"}), Unavailable),
        ((400, {"code": 1}), Unavailable),
        ((429, {}), Unavailable),
        ((503, {}), Unavailable),
        ((201, {"sid": ""}), AddressRefused),
        ((201, []), AddressRefused),
        ((500, {}), AddressRefused),
        ((504, {}), AddressRefused),
    ],
)
def test_only_a_text_that_was_surely_not_taken_may_be_tried_again(
    texting: World, carrier: Carrier, answer: Any, said: type[Exception]
) -> None:
    carrier.answers = [answer]
    with pytest.raises(said):
        CarrierTexter(texting.services.settings).send(NUMBER, "words")


def test_a_text_whose_answer_is_lost_is_not_sent_again(texting: World, carrier: Carrier, post: Post) -> None:
    account_id = address(texting, "patient")
    setting(texting, account_id)
    has_number(texting, account_id, "visits")
    carrier.hangs_up = True
    tell(texting, account_id, "visit_changed", "visit:1", about=texting.person_id)
    run(texting)
    run(texting)
    assert len(carrier.asked) == 1 and states(texting, account_id)["sms"] == "failed"
    with job(texting) as uow:
        assert addresses.rows(uow, account_id)["sms"].ended_at is None


def test_a_carrier_nobody_answers_at_is_tried_again(texting: World, carrier: Carrier) -> None:
    carrier.stop()
    with pytest.raises(Unavailable):
        CarrierTexter(texting.services.settings).send(NUMBER, "words")


@given(st.lists(st.sampled_from(["queued", "sent", "delivered", "undelivered", "failed", "nonsense"]), max_size=8))
@pytest.mark.one_database
def test_what_arrived_stays_arrived_in_whatever_order_reports_come(said: list[str]) -> None:
    state = "sent"
    for status in said:
        if status in reports._TEXT_STATES:
            after, before = reports._TEXT_STATES[status]
            state = after if state in before else state
    assert state == "delivered" if "delivered" in said else state in ("sent", "failed")


def test_reports_of_a_text_are_noted(texting: World) -> None:
    account_id = address(texting, "patient")
    with made(texting.services) as session:
        session.add(
            Delivery(
                account_id=account_id,
                kind="new_message",
                channel="sms",
                key="one",
                state="sent",
                carrier_id="SM9",
                created_at=texting.services.clock.now(),
            )
        )
    for status, expected in (("undelivered", "failed"), ("delivered", "delivered"), ("failed", "delivered")):
        with job(texting) as uow:
            reports.of_text(uow, "SM9", status)
        assert states(texting, account_id) == {"sms": expected}


def test_stop_ends_texts_and_start_lets_them_go_on(texting: World) -> None:
    account_id = address(texting, "patient")
    has_number(texting, account_id)
    for said, works in ((" Stop ", False), ("how are you", False), ("START", True)):
        with job(texting) as uow:
            reports.answered(uow, NUMBER, said)
            kept = addresses.rows(uow, account_id)["sms"]
        assert (kept.ended_at is None) is works


def test_the_signature_is_the_carriers_own() -> None:
    """The example of Twilio's documentation on validating requests."""
    fields = [
        ("CallSid", "CA1234567890ABCDE"), ("Caller", "+14158675310"), ("Digits", "1234"),
        ("From", "+14158675310"), ("To", "+18005551212"),
    ]  # fmt: skip
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert signature("12345", url, fields) == "GvWf1cFY/Q7PnoempGyD5oXAezc="
    assert is_signed("12345", url, reversed(fields), "GvWf1cFY/Q7PnoempGyD5oXAezc=")
    assert not is_signed("12345", url, fields, "") and not is_signed("", url, fields, signature("", url, fields))
    assert not is_signed("12345", url, fields, "ñ")
