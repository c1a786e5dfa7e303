"""Telling people that something waits for them. Health words never leave the portal: a notice says where to look."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from portal.models import Account, Delivery
from portal.work.unit_of_work import UnitOfWork


def notify(uow: UnitOfWork, account_id: UUID, kind: str, key: str) -> None:
    """Tell an account something once: a second notice with the same `key` is not written.

    `kind` names the template folder under `emails/`. Whether they may still see what it is about is for the caller to
    check, at this moment and not when the thing happened.
    """
    table = Delivery
    if uow.first(select(table.id).where(table.key == key)) is not None:
        return
    email = uow.scalars(select(Account.email).where(Account.id == account_id, Account.is_active))
    has_address = bool(email and email[0])
    delivery = Delivery(
        account_id=account_id,
        kind=kind,
        channel="email",
        key=key,
        state="due" if has_address else "dropped",
        created_at=uow.now,
    )
    uow.add(delivery)
    uow.flush()
    if has_address:
        uow.later("notifications.send", delivery.id, key=f"send:{delivery.id}")
