"""Answers that nobody has opened: who has not, since when, and another way to reach them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from portal.infra.errors import Invalid
from portal.messaging import trail
from portal.messaging.service import held
from portal.models import Account, Thread, ThreadUnread
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

AFTER = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Unopened:
    """Somebody who has not opened what was said to them."""

    account_id: UUID
    name: str
    since: datetime
    is_patient: bool
    has_address: bool  # whether a notice can reach them at all


def of_thread(uow: UnitOfWork, thread: Thread) -> list[Unopened]:
    """The patient and caregivers who may read it and have not opened it for `AFTER`. Nobody while it waits for us."""
    if thread.state == "open":
        return []
    before = uow.now - AFTER
    rows = uow.prepared(_unopened, within=thread.patient_id, thread=thread.id, before=before).all()
    return [
        Unopened(row.account_id, row.name, row.since, row.person_id == thread.patient_id, bool(row.email))
        for row in rows
    ]


def _unopened(uow: UnitOfWork, *, within: Any, thread: Any, before: Any) -> Any:
    columns = (ThreadUnread.account_id, ThreadUnread.since, Account.person_id, Account.email)
    return (
        uow.select(Action.MESSAGE_NOTE_READ, ThreadUnread, *columns, Account.display_name.label("name"), within=within)
        .join(Account, Account.id == ThreadUnread.account_id)
        .where(
            ThreadUnread.thread_id == thread,
            ThreadUnread.since <= before,
            Account.practitioner_id.is_(None),
            Account.is_active,
        )
        .order_by(ThreadUnread.since, ThreadUnread.id)
        .limit(20)
    )


def tell_again(uow: UnitOfWork, person_id: UUID, thread_id: UUID) -> None:
    """Send those who have not opened it another notice, without content; once a day however often it is asked.

    Raises `Invalid` when nobody is left whom a notice can reach.
    """
    thread = held(uow, Action.MESSAGE_NOTE_CREATE, person_id, thread_id)
    if not any(one.has_address for one in of_thread(uow, thread)):
        raise Invalid("nobody")
    trail.step(uow, thread, "told_again")
    uow.audit(Action.MESSAGE_NOTE_CREATE, thread, reason="told-again")
    uow.later("messaging.tell_again", thread.id, key=f"again:{thread.id}:{uow.now.date().isoformat()}")
