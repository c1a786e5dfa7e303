"""Where somebody is reached: confirmed by a code, noticed when it no longer works, mended."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

import pytest

from portal.infra.errors import AddressRefused, Invalid
from portal.infra.mail import refusal
from portal.notifications import addresses, jobs, reports
from portal.policy.actors import Actor
from portal.work.unit_of_work import UnitOfWork
from tests.messaging.world import World
from tests.notifications.test_choices import address, run, setting, tell
from tests.notifications.test_notices import Post
from tests.notifications.texting import NUMBER, Carrier, code_in, job, states

# Addresses ----------------------------------------------------------------------------------------------------------


def test_a_number_counts_once_its_code_came_back(texting: World, carrier: Carrier) -> None:
    with texting.open("patient", write=True) as uow:
        addresses.ask(uow, "sms", "(202) 555-0143")
    run(texting)
    (asked,) = carrier.asked
    code = code_in(asked["Body"])
    with texting.open("patient", write=True) as uow, pytest.raises(Invalid):
        addresses.confirm(uow, "sms", "000000" if code != "000000" else "111111")
    with texting.open("patient", write=True) as uow:
        addresses.confirm(uow, "sms", f" {code[:3]} {code[3:]} ")
    with texting.open("patient", write=False) as uow:
        kept = addresses.rows(uow, texting.accounts["patient"].id)["sms"]
    assert kept.value == NUMBER and kept.confirmed_at is not None and kept.pending is None


def test_codes_can_be_guessed_five_times_and_not_after_a_quarter_of_an_hour(
    texting: World, carrier: Carrier, clock: Any
) -> None:
    with texting.open("patient", write=True) as uow:
        addresses.ask(uow, "sms", NUMBER)
    run(texting)
    code = code_in(carrier.asked[0]["Body"])
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for expected in ["code"] * 5 + ["tries"]:
        with texting.open("patient", write=True) as uow, pytest.raises(Invalid) as told:
            addresses.confirm(uow, "sms", wrong)
        assert told.value.field == expected
    with texting.open("patient", write=True) as uow, pytest.raises(Invalid):
        addresses.confirm(uow, "sms", code)
    with texting.open("patient", write=True) as uow:
        addresses.ask(uow, "sms", NUMBER)
    run(texting)
    clock.move(minutes=16)
    with texting.open("patient", write=True) as uow, pytest.raises(Invalid) as told:
        addresses.confirm(uow, "sms", code)
    assert told.value.field == "late"


@pytest.mark.parametrize(
    ("channel", "given"), [("sms", "12"), ("sms", "911"), ("sms", "x"), ("email", "nobody"), ("email", "a@b@c")]
)
def test_what_is_no_address_is_refused(texting: World, channel: str, given: str) -> None:
    with texting.open("patient") as uow, pytest.raises(Invalid):
        addresses.ask(uow, channel, given)


@pytest.mark.parametrize(
    ("code", "said", "why"),
    [
        (550, "5.1.1 user unknown", "bounced"),
        (550, "no such user", "bounced"),
        (550, "5.7.1 rejected by policy", "failed"),
        (552, "5.2.2 mailbox full", "failed"),
        (None, "5.1.10", "bounced"),
        (554, "", "failed"),
    ],
)
def test_only_a_missing_address_ends_it(code: int | None, said: str, why: str) -> None:
    assert refusal(code, said) == why


def test_an_address_refused_for_good_is_not_written_to_again(texting: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing:
        def send(self, *_: Any, **__: Any) -> None:
            raise AddressRefused("bounced")

    monkeypatch.setattr(jobs, "mailer", lambda _settings: Refusing())
    account_id = address(texting, "patient")
    setting(texting, account_id)
    tell(texting, account_id, "visit_changed", "visit:1", about=texting.person_id)
    run(texting)
    assert states(texting, account_id) == {"email": "bounced"}
    with UnitOfWork.open(texting.services, Actor.system("notifications.send"), write=False) as uow:
        assert addresses.mail_has_ended(uow, account_id)
    texting.change(type(texting.accounts["patient"]), account_id, email="another@example.org")
    with UnitOfWork.open(texting.services, Actor.system("notifications.send"), write=False) as uow:
        assert not addresses.mail_has_ended(uow, account_id)


def _report(message_id: str, recipient: str, status: str, action: str = "failed") -> bytes:
    text = (
        "Reporting-MTA: dns; mx.example.org\n\n"
        f"Final-Recipient: rfc822; {recipient}\nAction: {action}\nStatus: {status}\n"
    )
    return (
        "From: MAILER-DAEMON@example.org\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        f"--b\nContent-Type: text/plain\n\nIt came back.\n--b\nContent-Type: message/delivery-status\n\n{text}\n"
        f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <{message_id}@example.org>\n\n--b--\n"
    ).encode()


@pytest.mark.parametrize(
    ("recipient", "status", "action", "result", "ends"),
    [
        ("reader@example.org", "5.1.1", "failed", "bounced", True),
        ("READER@example.org", "5.1.1", "failed", "bounced", True),
        ("older@example.org", "5.1.1", "failed", "bounced", False),
        ("reader@example.org", "5.2.2", "failed", "failed", False),
        ("reader@example.org", "4.4.1", "delayed", "not_ours", False),
    ],
)
def test_mail_that_comes_back_ends_the_address_it_was_for(
    texting: World, post: Post, recipient: str, status: str, action: str, result: str, ends: bool
) -> None:
    account_id = address(texting, "patient")
    setting(texting, account_id)
    tell(texting, account_id, "visit_changed", "visit:1", about=texting.person_id)
    run(texting)
    message_id = post.sent[0][3]
    with job(texting, "notifications.came_back") as uow:
        assert reports.came_back(uow, _report(message_id, recipient, status, action)) == result
    with job(texting, "notifications.came_back") as uow:
        assert addresses.mail_has_ended(uow, account_id) is ends


@pytest.mark.parametrize("raw", [b"", b"\xff\x00", EmailMessage().as_bytes(), _report("nonsense", "a@b.org", "5.1.1")])
def test_what_is_no_report_changes_nothing(texting: World, raw: bytes) -> None:
    with job(texting, "notifications.came_back") as uow:
        assert reports.came_back(uow, raw) == "not_ours"
