"""What carriers say later of what they took: mail that came back (RFC 3464), and what became of a text."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from portal.infra.mail import refusal
from portal.models import Account, Delivery, NoticeAddress
from portal.notifications import addresses
from portal.work.unit_of_work import UnitOfWork

MOST = 1024 * 1024  # bytes of a report that are read
_OURS = re.compile(r"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@")
_TEXT_STATES = {  # Twilio's words for ours, and those a later report may still change
    "sent": ("sent", ("sending", "sent")),
    "delivered": ("delivered", ("sending", "sent", "failed")),
    "undelivered": ("failed", ("sending", "sent")),
    "failed": ("failed", ("sending", "sent")),
}
_STOP = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "alto", "parar", "basta"})
_START = frozenset({"start", "unstop", "yes"})


def came_back(uow: UnitOfWork, raw: bytes) -> str:
    """Read one report on a mail that could not be delivered, and note what it says.

    Returns `bounced` (the address ended), `failed` (this mail only), or `not_ours` for what is no such report or names
    no notice of ours; then nothing changes. An address that changed meanwhile is left alone.
    """
    report: Any = message_from_bytes(raw[:MOST], policy=policy.default)
    fields, delivery_id = _failed_recipient(report), _notice(report)
    if fields is None or delivery_id is None:
        return "not_ours"
    statement = (
        select(Delivery.account_id, Account.email, NoticeAddress.value, *_KEPT)
        .join(Account, Account.id == Delivery.account_id)
        .outerjoin(NoticeAddress, (NoticeAddress.account_id == Account.id) & (NoticeAddress.channel == "email"))
        .where(Delivery.id == delivery_id, Delivery.channel == "email")
    )
    row = uow.first(statement)
    if row is None:
        return "not_ours"
    why = refusal(None, fields["status"])
    uow.change(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state.in_(("due", "sent", "delivered")))
        .values(state=why, sent_at=uow.now)
    )
    now_used = addresses.mail_of(row.email, row)
    if why == "bounced" and now_used and now_used.casefold() == fields["recipient"].casefold():
        addresses.end(uow, row.account_id, "email", now_used, why)
    return why


_KEPT = (NoticeAddress.confirmed_at, NoticeAddress.ended_at)


def _failed_recipient(report: EmailMessage) -> dict[str, str] | None:
    """The first recipient of a delivery status that failed for good."""
    for part in report.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        blocks: Any = part.get_payload()
        for block in blocks if isinstance(blocks, list) else ():
            status, action = str(block.get("Status", "")).strip(), str(block.get("Action", "")).strip().lower()
            named = str(block.get("Original-Recipient") or block.get("Final-Recipient") or "")
            if action == "failed" and status.startswith("5."):
                return {"status": status, "recipient": named.rpartition(";")[2].strip()}
    return None


def _notice(report: EmailMessage) -> UUID | None:
    """The notice that a report is about, by the Message-ID of the mail it returns."""
    for part in report.walk():
        kind = part.get_content_type()
        if kind == "text/rfc822-headers":
            headers: Any = part.get_payload(decode=True)
            returned: Any = message_from_bytes(headers or b"", policy=policy.default)
        elif kind == "message/rfc822":
            inside: Any = part.get_payload()
            returned = inside[0] if isinstance(inside, list) and inside else None
        else:
            continue
        found = _OURS.search(str(returned.get("Message-ID", ""))) if returned is not None else None
        if found:
            return UUID(found[1])
    return None


def of_text(uow: UnitOfWork, carrier_id: str, status: str) -> None:
    """Note what became of a text. Reports come late, twice and in any order: what arrived stays arrived."""
    if status in _TEXT_STATES and carrier_id:
        state, before = _TEXT_STATES[status]
        mine = (Delivery.carrier_id == carrier_id, Delivery.channel == "sms", Delivery.state.in_(before))
        uow.change(update(Delivery).where(*mine).values(state=state))


def answered(uow: UnitOfWork, number: str, said: str) -> None:
    """Somebody answered a text: `STOP` ends the texts to that number, `START` lets them go on; all else is not read."""
    word = said.strip().casefold()
    here = (NoticeAddress.channel == "sms", NoticeAddress.value == number, NoticeAddress.confirmed_at.is_not(None))
    if word in _STOP:
        uow.change(
            update(NoticeAddress).where(*here, NoticeAddress.ended_at.is_(None)).values(ended_at=uow.now, why="stopped")
        )
    elif word in _START:
        uow.change(update(NoticeAddress).where(*here, NoticeAddress.why == "stopped").values(ended_at=None, why=None))
