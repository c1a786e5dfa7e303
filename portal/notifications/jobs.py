"""Handlers of notices."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select, update

from portal.infra.errors import AddressRefused, Unavailable
from portal.infra.ids import new_id
from portal.infra.mail import mailer
from portal.infra.sms import texter
from portal.models import Account, Delivery, NoticeAddress, ReportUnread, ThreadUnread
from portal.notifications import addresses
from portal.notifications.channels import DIGEST, code_words, text, words
from portal.policy.actions import Action
from portal.work.outbox import handles
from portal.work.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Parcel:
    """One notice, and where it goes; `to` is None where nobody can be reached by it."""

    id: UUID
    account_id: UUID
    kind: str
    channel: str
    state: str
    path: str | None
    language: str
    is_active: bool
    to: str | None


def _parcels(uow: UnitOfWork, *where: Any) -> list[Parcel]:
    """The notices asked for, as they stand: read apart, so that nothing slow holds the database."""
    statement = (
        select(Delivery, Account.email, Account.language, Account.is_active, *_KEPT)
        .join(Account, Account.id == Delivery.account_id)
        .outerjoin(
            NoticeAddress, and_(NoticeAddress.account_id == Account.id, NoticeAddress.channel == Delivery.channel)
        )
        .where(*where)
        .order_by(Delivery.created_at, Delivery.id)
    )
    with UnitOfWork.open(uow.services, uow.actor, write=False) as look:
        return [_parcel(row) for row in look.rows(statement)]


_KEPT = (NoticeAddress.value, NoticeAddress.confirmed_at, NoticeAddress.ended_at)


def _parcel(row: Any) -> Parcel:
    one = row.Delivery
    to = addresses.mail_of(row.email, row)
    if one.channel == "sms":
        to = row.value if row.confirmed_at is not None and row.ended_at is None else None
    return Parcel(one.id, one.account_id, one.kind, one.channel, one.state, one.path, row.language, row.is_active, to)


@handles("notifications.send")
def send(uow: UnitOfWork, delivery_id: UUID) -> None:
    """Send one notice, unless it was sent or nobody is there any more.

    It goes out before this transaction opens: nothing slow holds the database. A mail whose job is killed in between is
    sent again under the same Message-ID, which mail readers show once. A text has no such name: it is never tried
    twice, and one of which nobody knows whether it went is noted as failed.
    """
    found = _parcels(uow, Delivery.id == delivery_id)
    if not found or found[0].state not in ("due", "sending"):
        return
    _hand_over(uow, found, href=link(uow, delivery_id, found[0].path))


@handles("notifications.gather")
def gather(uow: UnitOfWork, account_id: UUID) -> None:
    """Send what was held for somebody as one notice a channel, which says how many things wait; nothing for what they
    have seen.

    The Message-ID is that of the first of them, so that a mail sent twice after a kill is shown once.
    """
    mine = (Delivery.account_id == account_id, Delivery.state == "held", Delivery.held_until <= uow.now)
    found = _parcels(uow, *mine)
    if not found:
        return
    with UnitOfWork.open(uow.services, uow.actor, write=False) as look:
        most = Counter((one.channel, one.kind) for one in found)
        waits = {which: _waiting(look, account_id, which[1], held) for which, held in most.items()}
    for channel in dict.fromkeys(one.channel for one in found):
        rows = [one for one in found if one.channel == channel]
        left = [one for one in rows if waits[channel, one.kind]]
        things = sum(many for (by, _kind), many in waits.items() if by == channel)
        if left:
            kind = left[0].kind if things == 1 else DIGEST
            href = link(uow, left[0].id, left[0].path) if len(left) == 1 else None
            _hand_over(uow, left, href=href, kind=kind, count=things)
        _note(uow, [one.id for one in rows if not waits[channel, one.kind]], state="dropped", why="read")


def _hand_over(
    uow: UnitOfWork, parcels: list[Parcel], *, href: str | None, kind: str | None = None, count: int = 1
) -> None:
    """Give what stands for these notices to the carrier of their channel, and note what became of it."""
    first, ids = parcels[0], [one.id for one in parcels]
    if not first.to or not first.is_active:
        _note(uow, ids, state="dropped", why="no_address" if first.is_active else "left")
        return
    try:
        carrier_id = None
        if first.channel == "sms":
            carrier_id = _text(uow, parcels, href)
        else:
            subject, body = words(uow.settings, kind or first.kind, first.language, href, count=count)
            mailer(uow.settings).send(first.to, subject, body, message_id=str(first.id))
    except AddressRefused as refused:
        _note(uow, ids, state="bounced" if refused.is_for_good else "failed", sent_at=uow.now)
        if refused.is_for_good:
            addresses.end(uow, first.account_id, first.channel, first.to, refused.why)
        return
    _note(uow, ids, state="sent", sent_at=uow.now, carrier_id=carrier_id)


def _text(uow: UnitOfWork, parcels: list[Parcel], href: str | None) -> str:
    """Hand one text over, having noted before that it is being sent. Raises `AddressRefused` when it is not known
    whether an earlier try went out, and for what the carrier never takes; `Unavailable` when it did not go.
    """
    first, ids = parcels[0], [one.id for one in parcels]
    carrier = texter(uow.settings)
    if first.state == "sending" or carrier is None or first.to is None:
        raise AddressRefused("failed")
    _apart(uow, ids, "sending")
    try:
        return carrier.send(first.to, text(uow.settings, "waits", first.language, href))
    except Unavailable:
        _apart(uow, ids, first.state)  # it did not go: it is tried again
        raise


def _apart(uow: UnitOfWork, ids: list[UUID], state: str) -> None:
    """Note a state in a transaction of its own, so that it stands whatever happens next."""
    with UnitOfWork.open(uow.services, uow.actor, write=True) as own:
        own.change(update(Delivery).where(Delivery.id.in_(ids)).values(state=state))


@handles("notifications.send_code")
def send_code(uow: UnitOfWork, address_id: UUID) -> None:
    """Send a fresh code to an address somebody says is theirs; nothing once that took too long. Only the last one sent
    works.
    """
    statement = (
        select(NoticeAddress.channel, NoticeAddress.pending, NoticeAddress.code_until, Account.language)
        .join(Account, Account.id == NoticeAddress.account_id)
        .where(NoticeAddress.id == address_id, Account.is_active)
    )
    with UnitOfWork.open(uow.services, uow.actor, write=False) as look:
        row = look.first(statement)
    if row is None or row.pending is None or row.code_until is None or row.code_until <= uow.now:
        return
    with UnitOfWork.open(uow.services, uow.actor, write=True) as own:
        code = addresses.new_code(own, address_id)
    try:
        if row.channel == "email":
            subject, body = code_words(uow.settings, row.language, code)
            mailer(uow.settings).send(row.pending, subject, body, message_id=str(new_id()))
        elif carrier := texter(uow.settings):
            carrier.send(row.pending, text(uow.settings, "code", row.language, code=code))
    except AddressRefused:
        return  # the reader sees that no code came, and may give another address


def link(uow: UnitOfWork, delivery_id: UUID, path: str | None) -> str | None:
    """The address in a notice: it names nothing, and leads whoever it was for to the page, after signing in."""
    return f"{uow.settings.base_url}/n/{delivery_id}" if path else None


def _note(uow: UnitOfWork, ids: list[UUID], **values: Any) -> None:
    if ids:
        open_ones = Delivery.state.in_(("due", "held", "sending"))
        uow.change(update(Delivery).where(Delivery.id.in_(ids), open_ones).values(**values))


def _waiting(uow: UnitOfWork, account_id: UUID, kind: str, held: int) -> int:
    """How many things are left that the `held` notices of this kind would be about.

    What was opened meanwhile needs none; two notices of one conversation are one thing that waits.
    """
    if kind == "new_message":
        marks = uow.select(Action.MESSAGE_THREAD_READ, ThreadUnread, func.count())
        return min(held, uow.scalars(marks.where(ThreadUnread.account_id == account_id))[0])
    if kind == "result_new":
        marks = uow.select(Action.RESULT_READ, ReportUnread, func.count())
        return min(held, uow.scalars(marks.where(ReportUnread.account_id == account_id))[0])
    return held
