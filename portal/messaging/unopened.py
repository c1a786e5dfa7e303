"""Answers that nobody has opened: who has not, since when, and another way to reach them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from portal.infra.dates import date_in
from portal.infra.errors import Invalid
from portal.messaging import trail, unread
from portal.messaging.service import held
from portal.models import Account, Task, Thread, ThreadUnread
from portal.notifications.service import tell_next
from portal.people import tasks
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork

AFTER = timedelta(days=3)
NEXT_AFTER = timedelta(days=1)  # then it goes by the reader's next channel
WATCHED = timedelta(days=14)  # after that somebody has called, or nobody will
AT_ONCE = 200


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


def watch(services: Services) -> None:
    """See to answers nobody opened: after a day they go by the reader's next channel, after three days (or where no
    channel is left) somebody is asked to call. Run twice, each is told once.
    """
    with UnitOfWork.open(services, Actor.system("messaging.watch_unopened"), write=True) as uow:
        statement = (
            uow.select(Action.MESSAGE_THREAD_READ, ThreadUnread, joining=(Thread,))
            .join(Thread, Thread.id == ThreadUnread.thread_id)
            .join(Account, Account.id == ThreadUnread.account_id)
            .where(
                ThreadUnread.since <= uow.now - NEXT_AFTER,
                ThreadUnread.since > uow.now - WATCHED,
                Thread.state != "open",
                Account.practitioner_id.is_(None),
                Account.is_active,
            )
            .order_by(ThreadUnread.since, ThreadUnread.id)
            .limit(AT_ONCE)
        )
        row: Any
        for row in uow.rows(statement.add_columns(Thread, Account.person_id)):
            _pass_on(uow, row.ThreadUnread, row.Thread, is_patient=row.person_id == row.Thread.patient_id)


def _pass_on(uow: UnitOfWork, mark: ThreadUnread, thread: Thread, *, is_patient: bool) -> None:
    """By the next channel while there is one, to staff where there is none; nothing for who may no longer read it."""
    if not is_patient and not unread.may_read(uow, thread, mark.account_id):
        return
    key = f"next:{thread.id}:{mark.account_id}:{mark.since.isoformat()}"
    went = tell_next(uow, mark.account_id, "new_message", key, mark.since, about=thread.patient_id)
    if went and mark.since > uow.now - AFTER:
        return
    _ask_to_call(uow, mark, thread)


def _ask_to_call(uow: UnitOfWork, mark: ThreadUnread, thread: Thread) -> None:
    """A task of whoever holds the conversation: to call about an answer that was not opened. One for each answer."""
    once = uuid5(mark.thread_id, f"unopened:{mark.since.isoformat()}")
    owner = {"owner_practitioner_id": thread.owner_practitioner_id, "owner_pool_id": thread.owner_pool_id}
    known = uow.select(Action.DESK_TASK_READ, Task, Task.id, within=thread.patient_id).where(Task.once == once)
    if not any(owner.values()) or uow.first(known) is not None:
        return  # a conversation with the liaison is between the two of them
    asked = tasks.Ask(
        patient_id=thread.patient_id,
        wording="unopened_call",
        values={"thread": str(thread.id)},
        owner={name: value for name, value in owner.items() if value},
        due_on=date_in(uow.now, uow.settings.zone),
        made_by_id=mark.account_id,
        once=once,
        kind="call",
    )
    uow.audit(Action.DESK_TASK_CREATE, tasks.ask(uow, asked), reason="unopened")
    uow.flush()


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
