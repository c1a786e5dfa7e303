"""Handlers of notices."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from portal.infra.mail import mailer
from portal.models import Account, Delivery, ReportUnread, ThreadUnread
from portal.notifications.channels import DIGEST, words
from portal.policy.actions import Action
from portal.work.outbox import handles
from portal.work.unit_of_work import UnitOfWork


@handles("notifications.send")
def send(uow: UnitOfWork, delivery_id: UUID) -> None:
    """Send one notice, unless it was sent or nobody is there any more.

    The mail goes out before this transaction opens: nothing slow holds the database. Killed in between, it is sent
    again under the same Message-ID, which mail readers show once.
    """
    statement = (
        select(Delivery.state, Delivery.kind, Delivery.path, Account.email, Account.language, Account.is_active)
        .join(Account, Account.id == Delivery.account_id)
        .where(Delivery.id == delivery_id)
    )
    with uow.services.database.connect() as connection:
        row = connection.execute(statement).first()
    if row is None or row.state != "due":
        return
    state, sent_at = "dropped", None
    why = "no_address" if row.is_active else "left"
    if row.email and row.is_active:
        subject, body = words(uow.settings, row.kind, row.language, link(uow, delivery_id, row.path))
        mailer(uow.settings).send(row.email, subject, body, message_id=str(delivery_id))
        state, why, sent_at = "sent", "", uow.now
    uow.change(update(Delivery).where(Delivery.id == delivery_id).values(state=state, why=why or None, sent_at=sent_at))


@handles("notifications.gather")
def gather(uow: UnitOfWork, account_id: UUID) -> None:
    """Send what was held for somebody as one mail, which says how many things wait; nothing for what they have seen.

    The Message-ID is that of the first of them, so that a mail sent twice after a kill is shown once.
    """
    statement = (
        select(Delivery.id, Delivery.kind, Delivery.path, Account.email, Account.language, Account.is_active)
        .join(Account, Account.id == Delivery.account_id)
        .where(
            Delivery.account_id == account_id,
            Delivery.channel == "email",
            Delivery.state == "held",
            Delivery.held_until <= uow.now,
        )
        .order_by(Delivery.created_at, Delivery.id)
    )
    with uow.services.database.connect() as connection:
        rows = connection.execute(statement).all()
    if not rows:
        return
    with UnitOfWork.open(uow.services, uow.actor, write=False) as look:
        held = Counter(row.kind for row in rows)
        waits = {kind: _waiting(look, account_id, kind, most) for kind, most in held.items()}
    seen = [row.id for row in rows if not waits[row.kind]]
    left = [row for row in rows if waits[row.kind]]
    things = sum(waits.values())
    first = rows[0]
    if left and first.email and first.is_active:
        kind = left[0].kind if things == 1 else DIGEST
        href = link(uow, left[0].id, left[0].path) if len(left) == 1 else None
        subject, body = words(uow.settings, kind, first.language, href, count=things)
        mailer(uow.settings).send(first.email, subject, body, message_id=str(left[0].id))
        _note(uow, [row.id for row in left], state="sent", sent_at=uow.now)
    else:
        _note(uow, [row.id for row in left], state="dropped", why="no_address" if first.is_active else "left")
    _note(uow, seen, state="dropped", why="read")


def link(uow: UnitOfWork, delivery_id: UUID, path: str | None) -> str | None:
    """The address in a notice: it names nothing, and leads whoever it was for to the page, after signing in."""
    return f"{uow.settings.base_url}/n/{delivery_id}" if path else None


def _note(uow: UnitOfWork, ids: list[UUID], **values: Any) -> None:
    if ids:
        uow.change(update(Delivery).where(Delivery.id.in_(ids), Delivery.state == "held").values(**values))


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
