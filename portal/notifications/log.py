"""What an account was sent: its own log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_

from portal.infra.errors import NotFound
from portal.models import Account, Delivery
from portal.policy.actions import Action
from portal.web.paging import PAGE, Key
from portal.work import dead_letters
from portal.work.unit_of_work import UnitOfWork


def mine(uow: UnitOfWork, before: Key | None) -> Sequence[Any]:
    """The actor's notices, newest first, a page and one more."""
    uow.require(Action.IDENTITY_PROFILE_READ, model=Account, row_id=uow.actor.account_id)
    columns = (Delivery.id, Delivery.kind, Delivery.role, Delivery.channel, Delivery.state, Delivery.why)
    statement = select(*columns, Delivery.created_at, Delivery.held_until, Delivery.sent_at).where(
        Delivery.account_id == uow.actor.account_id
    )
    if before is not None:
        statement = statement.where(tuple_(Delivery.created_at, Delivery.id) < before)
    return uow.rows(statement.order_by(Delivery.created_at.desc(), Delivery.id.desc()).limit(PAGE + 1))


def given_up(uow: UnitOfWork, rows: Sequence[Any]) -> set[UUID]:
    """Those of the notices shown that were tried again and again, and never taken by the mail server."""
    keys = {f"send:{row.id}": row.id for row in rows if row.state == "due"}
    return {keys[key] for key in dead_letters.keys_given_up(uow.session, keys)} if keys else set()


def path_of(uow: UnitOfWork, delivery_id: UUID) -> str:
    """The page that one of the actor's notices leads to. Raises `NotFound` for a notice to somebody else."""
    uow.require(Action.IDENTITY_PROFILE_READ, model=Account, row_id=uow.actor.account_id)
    statement = select(Delivery.path).where(Delivery.id == delivery_id, Delivery.account_id == uow.actor.account_id)
    found = uow.first(statement)
    if found is None:
        raise NotFound()
    return found.path or "/"
