"""The inbox of staff: what is mine and what is my pools', by key, whatever lies behind.

A page costs the same with fifty conversations or fifty thousand: each owner (me, each pool of mine) gives its own first
rows in the order of an index, and only those are put together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, case, func, literal, select, tuple_, union_all

from portal.messaging.reading import PAGE, Cursor
from portal.models import Account, Person, Pool, PoolMember, Thread, ThreadUnread
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

VIEWS = ("all-open", "mine", "pools", "unassigned", "overdue", "waiting", "done")
OF_POOLS = ("pools", "unassigned")
STATES = {
    "all-open": ("open",),
    "mine": ("open",),
    "pools": ("open", "waiting_on_patient"),
    "unassigned": ("open",),
    "overdue": ("open",),
    "waiting": ("waiting_on_patient",),
    "done": ("answered", "closed"),
}
UNFINISHED = ("open", "waiting_on_patient")
COUNTED = 300  # of each owner; more than anybody can see to is said as "300+"


@dataclass(frozen=True, slots=True)
class Item:
    """One row of the inbox."""

    id: UUID
    subject: str
    patient: str
    author: str
    author_role: str
    urgency: str
    state: str
    at: datetime
    due_at: datetime | None
    pool: str | None
    is_unread: bool


def items(uow: UnitOfWork, view: str, after: Cursor | None = None) -> tuple[list[Item], Cursor | None]:
    """A page of the inbox, and where the next one begins. Open work by when it is due, finished work newest first."""
    pools = [] if view == "mine" else pools_of(uow)
    if view in OF_POOLS and not pools:
        return [], None
    values: dict[str, Any] = {f"pool_{number}": pool_id for number, pool_id in enumerate(pools)}
    if after is not None:
        values |= {"after_at": after.at, "after_id": after.id}
    rows = uow.prepared(_page, view, **values).all()
    shown = rows[:PAGE]
    patients = dict.fromkeys(row.patient_id for row in shown)
    uow.services.patient_keys.warm(uow.session, patients)
    found = [_item(uow, row) for row in shown]
    for patient_id in patients:
        uow.seen(Action.DESK_THREAD_READ, patient_id)
    if len(rows) <= PAGE:
        return found, None
    last = shown[-1]
    return found, Cursor(last.last_at if view == "done" else last.due_at, last.id)


def pools_of(uow: UnitOfWork) -> list[UUID]:
    """The pools the actor answers for; asked once a unit of work."""
    known: list[UUID] | None = uow.session.info.get("my_pools")
    if known is None:
        known = uow.session.info["my_pools"] = list(uow.prepared(_my_pools).scalars().all())
    return known


def _my_pools(uow: UnitOfWork, *, within: None) -> Any:
    mine = PoolMember.practitioner_id == uow.actor.practitioner_id
    return select(PoolMember.pool_id).where(mine).order_by(PoolMember.pool_id)


def _page(uow: UnitOfWork, view: str, *, within: None, after_at: Any = None, after_id: Any = None, **pools: Any) -> Any:
    """The statement of one page. Built once for each view and number of pools."""
    ids = _ids(uow, view, list(pools.values()), None if after_at is None else tuple_(after_at, after_id))
    order = (Thread.last_at.desc(), Thread.id.desc()) if view == "done" else (Thread.due_at, Thread.id)
    return (
        uow.select(
            Action.DESK_THREAD_READ,
            Thread,
            Thread.id,
            Thread.patient_id,
            Thread.subject,
            Thread.urgency,
            Thread.state,
            Thread.last_at,
            Thread.due_at,
            Thread.author_role,
            Account.display_name.label("author"),
            Person.given_name,
            Person.family_name,
            Pool.name.label("pool"),
            ThreadUnread.id.label("unread"),
            joining=(Person, ThreadUnread),
        )
        .join(Person, Person.id == Thread.patient_id)
        .join(Account, Account.id == Thread.author_id)
        .outerjoin(Pool, Pool.id == Thread.owner_pool_id)
        .outerjoin(
            ThreadUnread, and_(ThreadUnread.thread_id == Thread.id, ThreadUnread.account_id == uow.actor.account_id)
        )
        .where(Thread.id.in_(ids))
        .order_by(*order)
        .limit(PAGE + 1)
    )


def _ids(uow: UnitOfWork, view: str, pools: list[Any], after: Any) -> Any:
    """The ids of a page: the first of each owner, in the order of that owner's index."""
    owners = [] if view in OF_POOLS else [Thread.owner_practitioner_id == uow.actor.practitioner_id]
    owners += [Thread.owner_pool_id == pool_id for pool_id in pools]
    parts = []
    for owner in owners:
        part = uow.select(Action.DESK_THREAD_READ, Thread, Thread.id).where(owner, Thread.state.in_(STATES[view]))
        if view == "overdue":
            part = part.where(Thread.due_at < uow.now)
        if view == "done":
            part = part.order_by(Thread.last_at.desc(), Thread.id.desc())
            if after is not None:
                part = part.where(tuple_(Thread.last_at, Thread.id) < after)
        else:
            part = part.where(unfinished()).order_by(Thread.due_at, Thread.id)
            if after is not None:
                part = part.where(tuple_(Thread.due_at, Thread.id) > after)
        parts.append(select(part.limit(PAGE + 1).subquery().c.id))
    return parts[0] if len(parts) == 1 else union_all(*parts)


@dataclass(frozen=True, slots=True)
class Counts:
    """How much waits in each view. `is_capped` where an owner has more than is counted."""

    views: dict[str, int]
    is_capped: bool

    @property
    def open(self) -> int:
        return self.views["all-open"]


def counts(uow: UnitOfWork) -> Counts:
    """How much waits in each view, in one statement that reads no more than `COUNTED` rows of each owner's index."""
    values: dict[str, Any] = {f"pool_{number}": pool_id for number, pool_id in enumerate(pools_of(uow))}
    row: Any = uow.prepared(_counting, **values).first()
    views = {
        "all-open": row.mine + row.unassigned,
        "mine": row.mine,
        "pools": row.unassigned + row.pools_waiting,
        "unassigned": row.unassigned,
        "overdue": row.overdue,
        "waiting": row.mine_waiting + row.pools_waiting,
    }
    return Counts({view: int(number) for view, number in views.items()}, row.read >= COUNTED)


def _counting(uow: UnitOfWork, *, within: None, **pools: Any) -> Any:
    """One scan of the open work of each owner, at most `COUNTED` rows of each, told apart by state and date."""
    owners = [(1, Thread.owner_practitioner_id == uow.actor.practitioner_id)]
    owners += [(0, Thread.owner_pool_id == pool_id) for pool_id in pools.values()]
    parts = []
    for is_mine, owner in owners:
        columns = (literal(is_mine).label("is_mine"), Thread.state, Thread.due_at)
        part = uow.select(Action.DESK_THREAD_READ, Thread, *columns).where(owner, unfinished())
        found = part.order_by(Thread.due_at, Thread.id).limit(COUNTED).subquery()
        parts.append(select(found.c.is_mine, found.c.state, found.c.due_at))
    work = (parts[0] if len(parts) == 1 else union_all(*parts)).subquery()

    def number(*where: Any) -> Any:
        return func.coalesce(func.sum(case((and_(*where), 1), else_=0)), 0)

    mine, of_pools, is_open = work.c.is_mine == 1, work.c.is_mine == 0, work.c.state == "open"
    return select(
        func.count().label("read"),
        number(mine, is_open).label("mine"),
        number(mine, ~is_open).label("mine_waiting"),
        number(of_pools, is_open).label("unassigned"),
        number(of_pools, ~is_open).label("pools_waiting"),
        number(is_open, work.c.due_at < uow.now).label("overdue"),
    ).execution_options(scoped=frozenset({Thread.__tablename__}))


def unfinished() -> Any:
    """The condition of the partial indexes, written out: SQLite takes them only when it reads the same words."""
    return Thread.state.in_(bindparam(None, UNFINISHED, expanding=True, literal_execute=True))


def _item(uow: UnitOfWork, row: Any) -> Item:
    return Item(
        id=row.id,
        subject=uow.unseal(row.patient_id, "thread.subject", row.id, row.subject),
        patient=f"{row.given_name} {row.family_name}".strip(),
        author=row.author,
        author_role=row.author_role,
        urgency=row.urgency,
        state=row.state,
        at=row.last_at,
        due_at=row.due_at,
        pool=row.pool,
        is_unread=row.unread is not None,
    )
