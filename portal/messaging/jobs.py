"""Handlers of messaging. Each looks again first: what it was about may be answered, closed or hidden by now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.messaging import following, overdue, unread, updates
from portal.models import Account, Message, PoolMember, Relationship, Thread, ThreadUnread
from portal.notifications.service import notify
from portal.people import teams
from portal.policy.actions import Action
from portal.work.outbox import handles
from portal.work.unit_of_work import UnitOfWork


def _thread(uow: UnitOfWork, thread_id: UUID) -> Thread | None:
    found = uow.scalars(uow.select(Action.MESSAGE_THREAD_READ, Thread).where(Thread.id == thread_id))
    return found[0] if found else None


@handles("messaging.tell_owner")
def tell_owner(uow: UnitOfWork, thread_id: UUID) -> None:
    """Tell a liaison of every question, and staff of those that can't wait for their next look at the inbox."""
    thread = _thread(uow, thread_id)
    if thread is None or thread.state != "open":
        return
    owner = thread.owner_practitioner_id
    if owner is not None and owner in teams.absences(uow, [owner]):
        uow.later("messaging.check_answered", thread.id, key=f"away:{thread.id}:{thread.message_count}")
        return
    for account_id in _owners(uow, thread):
        if account_id != thread.author_id:
            notify(
                uow,
                account_id,
                "new_question",
                f"question:{thread.id}:{thread.message_count}:{account_id}",
                about=thread.patient_id,
                is_urgent=thread.urgency != "routine",
            )


def _owners(uow: UnitOfWork, thread: Thread) -> Iterable[UUID]:
    if thread.owner_relationship_id is not None:
        statement = uow.select(
            Action.CAREGIVER_RELATIONSHIP_READ, Relationship, Relationship.account_id, within=thread.patient_id
        )
        held = Relationship.id == thread.owner_relationship_id
        return list(uow.scalars(statement.where(held, Relationship.state == "active")))
    if thread.urgency == "routine":
        return []
    wanted = Account.practitioner_id == thread.owner_practitioner_id
    if thread.owner_pool_id is not None:
        members = select(PoolMember.practitioner_id).where(PoolMember.pool_id == thread.owner_pool_id)
        wanted = Account.practitioner_id.in_(members)
    return list(uow.scalars(select(Account.id).where(wanted, Account.is_active)))


@handles("messaging.tell_answered")
def tell_answered(uow: UnitOfWork, message_id: UUID) -> None:
    """Tell patient and caregivers that something was said, if they have not read it and may still read it."""
    found = uow.scalars(uow.select(Action.MESSAGE_THREAD_READ, Message).where(Message.id == message_id))
    thread = _thread(uow, found[0].thread_id) if found else None
    if thread is None:
        return
    statement = (
        uow.select(Action.MESSAGE_THREAD_READ, ThreadUnread, Account.id, Account.person_id, within=thread.patient_id)
        .join(Account, Account.id == ThreadUnread.account_id)
        .where(ThreadUnread.thread_id == thread.id, Account.practitioner_id.is_(None), Account.is_active)
    )
    row: Any
    for row in uow.rows(statement):
        account_id, person_id = row
        if person_id == thread.patient_id or unread.may_read(uow, thread, account_id):
            notify(uow, account_id, "new_message", f"answered:{message_id}:{account_id}", about=thread.patient_id)


@handles("messaging.tell_again")
def tell_again(uow: UnitOfWork, thread_id: UUID) -> None:
    """Send another notice to those who still have not opened what was said to them, and may still read it."""
    thread = _thread(uow, thread_id)
    if thread is None:
        return
    statement = (
        uow.select(Action.MESSAGE_THREAD_READ, ThreadUnread, Account.id, Account.person_id, within=thread.patient_id)
        .join(Account, Account.id == ThreadUnread.account_id)
        .where(ThreadUnread.thread_id == thread.id, Account.practitioner_id.is_(None), Account.is_active)
    )
    row: Any
    for row in uow.rows(statement):
        account_id, person_id = row
        if person_id == thread.patient_id or unread.may_read(uow, thread, account_id):
            key = f"again:{thread.id}:{account_id}:{uow.now.date().isoformat()}"
            notify(uow, account_id, "new_message", key, about=thread.patient_id)


@handles("messaging.check_answered")
def check_answered(uow: UnitOfWork, thread_id: UUID) -> None:
    """Move it on when its owner is away or its answer is overdue."""
    thread = _thread(uow, thread_id)
    if thread is not None:
        overdue.look_again(uow, thread)


@handles("messaging.answer_came")
def answer_came(uow: UnitOfWork, thread_id: UUID) -> None:
    """The care team answered what the liaison passed on: the liaison's next step begins."""
    thread = _thread(uow, thread_id)
    if thread is not None:
        following.answer_came(uow, thread)


@handles("messaging.liaison_changed")
def liaison_changed(uow: UnitOfWork, person_id: UUID) -> None:
    """The liaison is away, back or another one: questions go to who answers them now."""
    overdue.settle(uow, person_id)


@handles("messaging.tell_update")
def tell_update(uow: UnitOfWork, update_id: UUID) -> None:
    """Tell relatives that there is something new for them, as their relationships stand at this moment."""
    for account_id in updates.accounts_to_tell(uow, update_id):
        notify(uow, account_id, "new_message", f"update:{update_id}:{account_id}")


@handles("messaging.cover_absence")
def cover_absence(uow: UnitOfWork, practitioner_id: UUID) -> None:
    """Give what an absent colleague holds to who covers, a batch at a time; nothing once they are back."""
    is_away = practitioner_id in teams.absences(uow, [practitioner_id])
    if is_away and overdue.cover_all_of(uow, practitioner_id) == overdue.AT_ONCE:
        uow.later("messaging.cover_absence", practitioner_id, key=f"cover:{practitioner_id}:{uow.now.isoformat()}")


@handles("messaging.watch_orphans")
def watch_orphans(uow: UnitOfWork, _subject: UUID) -> None:
    """Look again at open conversations whose owner is there in name only, or whose answer is long overdue."""
    for thread_id in overdue.orphans(uow):
        uow.later("messaging.check_answered", thread_id, key=f"orphan:{thread_id}:{uow.now.date().isoformat()}")
