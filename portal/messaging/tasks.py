"""Tasks: what a message asks of somebody beside an answer. What, who, until when, done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_

from portal.infra.dates import date_in
from portal.infra.errors import Invalid
from portal.infra.i18n import known
from portal.messaging import trail
from portal.messaging.desk import receivers
from portal.messaging.service import held
from portal.models import Account, Person, Pool, PoolMember, Practitioner, Task, Thread
from portal.policy.actions import Action
from portal.policy.conditions import holds_thread
from portal.work.unit_of_work import UnitOfWork

KINDS = ("todo", "appointment", "call")
PAGE = 50
SCHEDULING = "scheduling"


@dataclass(frozen=True, slots=True)
class New:
    """A task to make of a conversation. `owner` is a practitioner's id, or `pool:<key>`."""

    person_id: UUID
    thread_id: UUID
    kind: str
    words: str
    owner: str
    due_on: date
    once: UUID


@dataclass(frozen=True, slots=True)
class Line:
    """A task as lists show it. `thread_id` only where the reader may open the conversation."""

    id: UUID
    patient_id: UUID
    kind: str
    wording: str | None  # with one, the portal made it, and `words` are its values (`task_words.said`)
    words: str
    patient: str
    owner: str
    due_on: date
    is_done: bool
    is_late: bool
    made_by: str
    done_at: datetime | None
    thread_id: UUID | None


def choices(uow: UnitOfWork, thread: Thread) -> list[tuple[str, str]]:
    """Who may get a task: oneself first, the care team, and all pools that have somebody."""
    own = (str(uow.actor.practitioner_id), uow.actor.name)
    people = [(one.key, one.name) for one in receivers(uow, thread) if not one.key.startswith("pool:")]
    members = select(PoolMember.id).where(PoolMember.pool_id == Pool.id).correlate(Pool).exists()
    pools = uow.rows(select(Pool.key, Pool.name).where(members).order_by(Pool.name))
    others = [one for one in people if one[0] != own[0]]
    return [own, *others, *((f"pool:{pool.key}", known(pool.name)) for pool in pools)]


def make(uow: UnitOfWork, new: New) -> Task:
    """Make a task of a conversation; sent twice it is one. Raises `Invalid("who")` for somebody who can't get it."""
    thread = held(uow, Action.DESK_TASK_CREATE, new.person_id, new.thread_id)
    before = uow.select(Action.DESK_TASK_READ, Task).where(
        Task.made_by_id == uow.actor.account_id, Task.once == new.once
    )
    if found := uow.scalars(before):
        first: Task = found[0]
        return first
    if new.kind not in KINDS or new.owner not in dict(choices(uow, thread)):
        raise Invalid("who")
    task = Task(
        patient_id=new.person_id,
        thread_id=thread.id,
        kind=new.kind,
        due_on=new.due_on,
        made_by_id=uow.actor.account_id,
        made_at=uow.now,
        once=new.once,
        **_owner(uow, new.owner),
    )
    task.words = uow.seal(new.person_id, "task.words", task.id, new.words)
    uow.add(task)
    trail.step(uow, thread, "task", to=_to(task), reason=new.kind)
    uow.audit(Action.DESK_TASK_CREATE, task)
    uow.flush()
    return task


def _owner(uow: UnitOfWork, key: str) -> dict[str, UUID]:
    if not key.startswith("pool:"):
        return {"owner_practitioner_id": UUID(key)}
    row = uow.first(select(Pool.id).where(Pool.key == key.removeprefix("pool:")))
    return {"owner_pool_id": row.id}


def _to(task: Task) -> dict[str, Any]:
    return {"to_practitioner_id": task.owner_practitioner_id, "to_pool_id": task.owner_pool_id}


def finish(uow: UnitOfWork, task_id: UUID) -> None:
    """It is done. Doing it twice changes nothing."""
    _set(uow, task_id, "done")


def reopen(uow: UnitOfWork, task_id: UUID) -> None:
    """It was not done after all."""
    _set(uow, task_id, "open")


def _set(uow: UnitOfWork, task_id: UUID, state: str) -> None:
    task = uow.load(Action.DESK_TASK_UPDATE, Task, task_id)
    if task.state != state:
        is_done = state == "done"
        task.state = state
        task.done_by_id, task.done_at = (uow.actor.account_id, uow.now) if is_done else (None, None)
        uow.audit(Action.DESK_TASK_UPDATE, task, reason=state)


def mine(uow: UnitOfWork, view: str, after: tuple[date, UUID] | None = None) -> tuple[list[Line], str | None]:
    """A page of what is mine and my pools' to do (`open`), or was done (`done`), by day; and where the next begins."""
    rows = uow.rows(_mine(uow, view, after))
    found = _lines(uow, rows[:PAGE])
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return found, f"{last.due_on.isoformat()}_{last.id.hex}" if last is not None else None


def cursor(text: str | None) -> tuple[date, UUID] | None:
    """Read what `mine` gave as the beginning of the next page; anything else is no cursor."""
    day, _, key = (text or "").partition("_")
    try:
        return date.fromisoformat(day), UUID(key)
    except ValueError:
        return None


def _mine(uow: UnitOfWork, view: str, after: tuple[date, UUID] | None) -> Any:
    statement = _columns(uow).where(
        holds_thread(uow.actor, Task) if view == "open" else Task.done_by_id == uow.actor.account_id,
        Task.state == view,
    )
    if view == "open":
        if after is not None:
            statement = statement.where(tuple_(Task.due_on, Task.id) > after)
        return statement.order_by(Task.due_on, Task.id).limit(PAGE + 1)
    if after is not None:
        statement = statement.where(tuple_(Task.due_on, Task.id) < after)
    return statement.order_by(Task.due_on.desc(), Task.id.desc()).limit(PAGE + 1)


def of_thread(uow: UnitOfWork, thread: Thread) -> list[Line]:
    """The tasks that were made of a conversation, open ones first."""
    statement = _columns(uow, within=thread.patient_id).where(Task.thread_id == thread.id)
    return _lines(uow, uow.rows(statement.order_by(Task.state.desc(), Task.due_on, Task.id).limit(PAGE)))


def _columns(uow: UnitOfWork, within: UUID | None = None) -> Any:
    return (
        uow.select(
            Action.DESK_TASK_READ,
            Task,
            Task.id,
            Task.patient_id,
            Task.thread_id,
            Task.kind,
            Task.wording,
            Task.words,
            Task.due_on,
            Task.state,
            Task.done_at,
            Person.given_name,
            Person.family_name,
            Practitioner.name.label("practitioner"),
            Pool.name.label("pool"),
            Account.display_name.label("made_by"),
            within=within,
            joining=(Person,),
        )
        .join(Person, Person.id == Task.patient_id)
        .join(Account, Account.id == Task.made_by_id)
        .outerjoin(Practitioner, Practitioner.id == Task.owner_practitioner_id)
        .outerjoin(Pool, Pool.id == Task.owner_pool_id)
    )


def _lines(uow: UnitOfWork, rows: Any) -> list[Line]:
    if not rows:
        return []
    patients = dict.fromkeys(row.patient_id for row in rows)
    uow.services.patient_keys.warm(uow.session, patients)
    for patient_id in patients:
        uow.seen(Action.DESK_TASK_READ, patient_id)
    wanted = {row.thread_id for row in rows if row.thread_id}
    readable = uow.select(Action.MESSAGE_THREAD_READ, Thread, Thread.id).where(Thread.id.in_(wanted))
    openable = set(uow.scalars(readable)) if wanted else set()
    today = date_in(uow.now, uow.settings.zone)
    return [
        Line(
            id=row.id,
            patient_id=row.patient_id,
            kind=row.kind,
            wording=row.wording,
            words=uow.unseal(row.patient_id, "task.words", row.id, row.words),
            patient=f"{row.given_name} {row.family_name}".strip(),
            owner=row.practitioner or row.pool,
            due_on=row.due_on,
            is_done=row.state == "done",
            is_late=row.state == "open" and row.due_on < today,
            made_by=row.made_by,
            done_at=row.done_at,
            thread_id=row.thread_id if row.thread_id in openable else None,
        )
        for row in rows
    ]
