"""Handlers of notices."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select, update

from portal.infra.mail import mailer
from portal.models import Account, Delivery
from portal.notifications.channels import words
from portal.work.outbox import handles
from portal.work.unit_of_work import UnitOfWork


@handles("notifications.send")
def send(uow: UnitOfWork, delivery_id: UUID) -> None:
    """Send one notice, unless it was sent or nobody is there any more.

    The mail goes out before this transaction opens: nothing slow holds the database. Killed in between, it is sent
    again under the same Message-ID, which mail readers show once.
    """
    statement = (
        select(Delivery.state, Delivery.kind, Account.email, Account.language, Account.is_active)
        .join(Account, Account.id == Delivery.account_id)
        .where(Delivery.id == delivery_id)
    )
    with uow.services.database.connect() as connection:
        row = connection.execute(statement).first()
    if row is None or row.state != "due":
        return
    state, sent_at = "dropped", None
    if row.email and row.is_active:
        subject, body = words(uow.settings, row.kind, row.language)
        mailer(uow.settings).send(row.email, subject, body, message_id=str(delivery_id))
        state, sent_at = "sent", uow.now
    uow.change(update(Delivery).where(Delivery.id == delivery_id).values(state=state, sent_at=sent_at))
