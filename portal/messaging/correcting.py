"""Putting a sent message right, or taking it back. What was written stays in the record, sealed (MSG-6, MSG-7)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select

from portal.infra.errors import Conflict, NotFound
from portal.messaging import attachments, trail
from portal.messaging.threads import preview_of
from portal.models import Account, Message, PoolMember, Relationship, Thread, ThreadUnread
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

CORRECT = Action.MESSAGE_MESSAGE_CORRECT
TAKEN_BACK = "…"  # what lists show instead of the words


def own_message(uow: UnitOfWork, person_id: UUID, thread_id: UUID, message_id: UUID) -> Message:
    """A message the actor wrote. Raises `NotFound` for any other, and for team notes."""
    message = uow.load(CORRECT, Message, message_id, within=person_id)
    if message.thread_id != thread_id or message.kind != "message":
        raise NotFound(action=CORRECT)
    return message


def words_of(uow: UnitOfWork, message: Message) -> str:
    """What the message says."""
    return uow.unseal(message.patient_id, "message.body", message.id, message.body)


def retract(uow: UnitOfWork, person_id: UUID, thread_id: UUID, message_id: UUID) -> bool:
    """Take a message back; returns whether somebody else had opened it before.

    Unopened, nobody but its author reads it any more. Opened, the care team can still see what they had read: they may
    have acted on it. Raises `Conflict("taken-back")` the second time.
    """
    message = own_message(uow, person_id, thread_id, message_id)
    if message.retracted_at is not None:
        raise Conflict("taken-back")
    thread = uow.load(Action.MESSAGE_THREAD_READ, Thread, thread_id, within=person_id)
    message.was_opened = was_opened(uow, thread, message.sent_at, message.author_id, message.author_role)
    message.retracted_at = uow.now
    if not message.was_opened:
        attachments.withdraw(uow, message)
    if thread.last_at == message.sent_at:
        thread.preview = preview_of(uow, thread, TAKEN_BACK)
    if thread.created_at == message.sent_at:  # the subject is its first words
        thread.subject = uow.seal(person_id, "thread.subject", thread.id, TAKEN_BACK)
    trail.step(uow, thread, "retracted", facts={"message": str(message.id)})
    uow.audit(CORRECT, message, reason="retracted")
    uow.flush()
    return message.was_opened


def was_opened(uow: UnitOfWork, thread: Thread, sent_at: datetime, author_id: UUID, author_role: str) -> bool:
    """Whether anybody who was told of a message has opened the conversation since; one statement."""
    if author_role == "provider":
        told, whom = "patient", thread.patient_id
    elif thread.owner_relationship_id is not None:
        told, whom = "relationship", thread.owner_relationship_id
    elif thread.owner_pool_id is not None:
        told, whom = "pool", thread.owner_pool_id
    elif thread.owner_practitioner_id is not None:
        told, whom = "practitioner", thread.owner_practitioner_id
    else:
        return False
    values: dict[str, Any] = {"whom": whom, "thread": thread.id, "at": sent_at, "author": author_id}
    return uow.prepared(_opened_by, told, **values).first() is not None


def _opened_by(uow: UnitOfWork, told: str, *, within: None, whom: Any, thread: Any, at: Any, author: Any) -> Any:
    held = select(Relationship.account_id).where(Relationship.id == whom)
    members = select(PoolMember.practitioner_id).where(PoolMember.pool_id == whom)
    reader = {
        "patient": Account.person_id == whom,
        "relationship": Account.id.in_(held),
        "pool": Account.practitioner_id.in_(members),
        "practitioner": Account.practitioner_id == whom,
    }[told]
    waiting = exists().where(
        ThreadUnread.account_id == Account.id, ThreadUnread.thread_id == thread, ThreadUnread.since <= at
    )
    statement = select(Account.id).where(reader, Account.is_active, Account.id != author, ~waiting).limit(1)
    return statement.execution_options(scoped=frozenset({ThreadUnread.__tablename__, Relationship.__tablename__}))
