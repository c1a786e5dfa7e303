"""Offering a conversation to a team one does not belong to: its owner keeps it until the team accepts (TAXONOMY.md 9).

The clock runs on the message, whatever becomes of the offer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.infra.errors import Conflict, Invalid, NotFound
from portal.messaging import inbox, trail, unread
from portal.messaging.deciding import Owner
from portal.messaging.service import hand_over, held, tell
from portal.models import Account, Message, Person, Pool, PoolMember, Thread, ThreadOffer
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

MOST, SHOWN = 25, 20
SAID = (Message.kind == "message", Message.retracted_at.is_(None))  # what another team may read before it accepts
NOBODYS = ("nurse_triage",)  # takes what it is given, so nothing is offered to it


@dataclass(frozen=True, slots=True)
class Pending:
    """An offer nobody has answered, as its conversation shows it."""

    id: UUID
    pool_id: UUID
    pool: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Offered:
    """An offer to one of the actor's pools, in the list."""

    thread_id: UUID
    subject: str
    patient: str
    pool: str
    by: str
    at: datetime
    due_at: datetime | None


@dataclass(frozen=True)
class Opened:
    """All that a team needs to say yes or no: the conversation so far, who offers it, and why."""

    offered: Offered
    why: str
    urgency: str
    said: list[tuple[str, str, str | None, datetime, str]]  # author, role, relation, when, words


def choices(uow: UnitOfWork, thread: Thread) -> list[tuple[str, str]]:
    """The teams a conversation can be offered to: (key, name). One's own and the nurses on duty need no offer."""
    mine = select(PoolMember.pool_id).where(PoolMember.practitioner_id == uow.actor.practitioner_id)
    has_members = select(PoolMember.id).where(PoolMember.pool_id == Pool.id).correlate(Pool).exists()
    statement = select(Pool.id, Pool.key, Pool.name).where(Pool.id.not_in(mine), Pool.key.not_in(NOBODYS), has_members)
    rows = uow.rows(statement.order_by(Pool.name))
    return [(row.key, row.name) for row in rows if row.id != thread.owner_pool_id]


def offer(
    uow: UnitOfWork, person_id: UUID, thread_id: UUID, pool_key: str, reason: str, version: int, kind: str | None
) -> ThreadOffer:
    """Offer it to a team; the owner stays. Raises `Invalid("to")` for a team that can't be offered anything, and
    `Conflict` when the conversation has changed or is offered to somebody already.
    """
    thread = held(uow, Action.MESSAGE_THREAD_PASS_ON, person_id, thread_id)
    if thread.version != version or thread.state == "closed":
        raise Conflict("taken")
    if pool_key not in dict(choices(uow, thread)):
        raise Invalid("to")
    pool_id = uow.first(select(Pool.id).where(Pool.key == pool_key)).id
    made = ThreadOffer(
        patient_id=person_id, thread_id=thread.id, pool_id=pool_id, by_id=uow.actor.account_id, at=uow.now, reason=kind
    )
    made.note = uow.seal(person_id, "thread_offer.note", made.id, reason)
    with uow.absorbing_duplicates():
        uow.add(made)
    trail.step(uow, thread, "offered", to=Owner(pool_id=pool_id).step(), reason=kind, note=reason)
    uow.audit(Action.MESSAGE_THREAD_PASS_ON, thread, reason="offered")
    return made


def pending(uow: UnitOfWork, thread: Thread) -> Pending | None:
    """The offer of this conversation that waits, for staff who may read it."""
    row = uow.prepared(_pending, within=thread.patient_id, thread=thread.id).first()
    return Pending(row.id, row.pool_id, row.pool, row.by, row.at) if row else None


def _pending(uow: UnitOfWork, *, within: Any, thread: Any) -> Any:
    columns = (ThreadOffer.id, ThreadOffer.pool_id, ThreadOffer.at, Pool.name.label("pool"), Account.display_name)
    return (
        uow.select(Action.MESSAGE_NOTE_READ, ThreadOffer, *columns[:-1], columns[-1].label("by"), within=within)
        .join(Pool, Pool.id == ThreadOffer.pool_id)
        .join(Account, Account.id == ThreadOffer.by_id)
        .where(ThreadOffer.thread_id == thread, ThreadOffer.state == "open")
    )


def to_my_pools(uow: UnitOfWork) -> list[Offered]:
    """What is offered to the actor's pools, the oldest first."""
    if not inbox.pools_of(uow):
        return []
    rows = uow.prepared(_offered).all()
    uow.services.patient_keys.warm(uow.session, dict.fromkeys(row.patient_id for row in rows))
    for patient_id in dict.fromkeys(row.patient_id for row in rows):
        uow.seen(Action.DESK_OFFER_READ, patient_id)
    return [_of(uow, row) for row in rows]


def _offered(uow: UnitOfWork, *, within: Any) -> Any:
    return (
        uow.select(
            Action.DESK_OFFER_READ,
            ThreadOffer,
            ThreadOffer.id,
            ThreadOffer.thread_id,
            ThreadOffer.patient_id,
            ThreadOffer.pool_id,
            ThreadOffer.note,
            ThreadOffer.at,
            Thread.subject,
            Thread.due_at,
            Thread.urgency,
            Person.given_name,
            Person.family_name,
            Pool.name.label("pool"),
            Account.display_name.label("by"),
            joining=(Thread, Person),
        )
        .join(Thread, Thread.id == ThreadOffer.thread_id)
        .join(Person, Person.id == ThreadOffer.patient_id)
        .join(Pool, Pool.id == ThreadOffer.pool_id)
        .join(Account, Account.id == ThreadOffer.by_id)
        .order_by(ThreadOffer.at, ThreadOffer.id)
        .limit(MOST)
    )


def _of(uow: UnitOfWork, row: Any) -> Offered:
    return Offered(
        thread_id=row.thread_id,
        subject=uow.unseal(row.patient_id, "thread.subject", row.thread_id, row.subject),
        patient=f"{row.given_name} {row.family_name}".strip(),
        pool=row.pool,
        by=row.by,
        at=row.at,
        due_at=row.due_at,
    )


def opened(uow: UnitOfWork, thread_id: UUID) -> Opened:
    """An offer with the conversation so far, without team notes. Raises `NotFound` to all but the team it is for."""
    thread = _open_to_us(uow, thread_id)
    row = uow.first(_offered(uow, within=None).where(ThreadOffer.thread_id == thread_id))
    statement = uow.select(Action.DESK_OFFER_READ, Message, within=thread.patient_id)
    statement = statement.where(Message.thread_id == thread_id, *SAID)
    said = list(uow.scalars(statement.order_by(Message.sent_at.desc(), Message.id.desc()).limit(SHOWN)))[::-1]
    return Opened(
        offered=_of(uow, row),
        why=uow.unseal(thread.patient_id, "thread_offer.note", row.id, row.note),
        urgency=thread.urgency,
        said=[
            (
                one.author_name,
                one.author_role,
                one.author_relation,
                one.sent_at,
                uow.unseal(thread.patient_id, "message.body", one.id, one.body),
            )
            for one in said
        ],
    )


def _open_to_us(uow: UnitOfWork, thread_id: UUID) -> Thread:
    if not uow.actor.is_staff:
        uow.refuse(Action.DESK_OFFER_READ, object_type=Thread.__tablename__, object_id=thread_id)
        raise NotFound(action=Action.DESK_OFFER_READ)
    return uow.load(Action.DESK_OFFER_READ, Thread, thread_id)


def was_ours(uow: UnitOfWork, thread_id: UUID) -> bool:
    """Whether it was offered to a pool of the actor once, whatever became of that."""
    pools = inbox.pools_of(uow) if uow.actor.is_staff else []
    if not pools:
        return False
    router = uow.as_job("messaging.check_answered")
    offered = router.select(Action.MESSAGE_THREAD_READ, ThreadOffer, ThreadOffer.id)
    return router.first(offered.where(ThreadOffer.thread_id == thread_id, ThreadOffer.pool_id.in_(pools))) is not None


def accept(uow: UnitOfWork, thread_id: UUID, *, take: bool = False) -> Thread:
    """The team takes it, or (`take`) whoever accepts takes it at once. Of two who answer, one does.

    Raises `NotFound` when nothing is offered to the actor's pools (any more), and `Conflict("taken")` for the second.
    """
    thread = _open_to_us(uow, thread_id)
    made = _answer(uow, thread, "accepted")
    owner = Owner(pool_id=made.pool_id)
    hand_over(thread, owner)
    if thread.state == "answered":
        thread.state = "open"
    trail.step(uow, thread, "accepted", to=owner.step(), reason=made.reason)
    if take:
        mine = Owner(practitioner_id=uow.actor.practitioner_id)
        hand_over(thread, mine)
        trail.step(uow, thread, "taken", to=mine.step())
    _flush(uow)
    unread.mark(uow, thread, staff_only=True)
    tell(uow, thread, trail.clock_start(uow, thread))
    return thread


def decline(uow: UnitOfWork, thread_id: UUID, reason: str) -> None:
    """The team says no, and why; whoever holds it reads that. Raises as `accept` does."""
    thread = _open_to_us(uow, thread_id)
    made = _answer(uow, thread, "declined")
    trail.step(uow, thread, "declined", to=Owner(pool_id=made.pool_id).step(), note=reason)
    _flush(uow)
    unread.mark(uow, thread, staff_only=True)


def withdraw(uow: UnitOfWork, person_id: UUID, thread_id: UUID) -> None:
    """Whoever may pass it on takes the offer back. Raises `Conflict("taken")` when it was answered meanwhile."""
    thread = held(uow, Action.MESSAGE_THREAD_PASS_ON, person_id, thread_id)
    made = pending(uow, thread)
    if made is None:
        raise Conflict("taken")
    _change(uow, Action.MESSAGE_THREAD_PASS_ON, thread, made.id, "withdrawn")
    trail.step(uow, thread, "withdrawn", to=Owner(pool_id=made.pool_id).step())
    _flush(uow)


def drop(uow: UnitOfWork, thread: Thread) -> None:
    """Take away what is offered of a conversation that was closed or handed to somebody else."""
    job = uow.as_job("messaging.check_answered")
    statement = job.update(Action.MESSAGE_THREAD_PASS_ON, ThreadOffer, within=thread.patient_id)
    uow.change(
        statement.where(ThreadOffer.thread_id == thread.id, ThreadOffer.state == "open").values(
            state="withdrawn", answered_at=uow.now
        )
    )


def _answer(uow: UnitOfWork, thread: Thread, state: str) -> Any:
    if thread.state == "closed":
        raise Conflict("taken")
    found = uow.select(Action.DESK_OFFER_READ, ThreadOffer, ThreadOffer.id, ThreadOffer.pool_id, ThreadOffer.reason)
    made = uow.first(found.where(ThreadOffer.thread_id == thread.id))
    if made is None:
        raise Conflict("taken")
    _change(uow, Action.DESK_OFFER_UPDATE, thread, made.id, state)
    return made


def _change(uow: UnitOfWork, action: Action, thread: Thread, offer_id: UUID, state: str) -> None:
    """The one who finds it open closes it: the row itself says who was first."""
    statement = uow.update(action, ThreadOffer, within=thread.patient_id)
    statement = statement.where(ThreadOffer.id == offer_id, ThreadOffer.state == "open")
    values = {"state": state, "answered_by_id": uow.actor.account_id, "answered_at": uow.now}
    if uow.change(statement.values(**values)) != 1:
        raise Conflict("taken")
    uow.audit(action, thread, reason=state)


def _flush(uow: UnitOfWork) -> None:
    try:
        uow.flush()
    except Conflict as error:
        raise Conflict("taken") from error
