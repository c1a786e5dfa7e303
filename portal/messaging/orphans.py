"""Open conversations that nobody can see to. There should be none; this says so, or which."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import case, or_, select

from portal.infra.dates import date_in
from portal.infra.errors import NotFound
from portal.messaging.inbox import unfinished
from portal.models import Absence, Account, Pool, PoolMember, Practitioner, Relationship, Thread
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

MOST = 200
JOB = "messaging.watch_orphans"


@dataclass(frozen=True, slots=True)
class Orphan:
    """One of them, without its words and without its patient: why nobody sees to it, and since when it is there.

    `why`: left (the owner has no account that opens), empty (the team has nobody), ended (the caregiver's access has
    ended), away (the owner is away and it was not moved yet).
    """

    id: UUID
    why: str
    owner: str
    urgency: str
    created_at: datetime
    due_at: datetime | None


def pools_watched(uow: UnitOfWork, action: Action) -> list[tuple[UUID, str]]:
    """The pools the actor looks after. Raises `NotFound` to all others: they need not know that the page exists."""
    rows = uow.rows(uow.select(action, Pool, Pool.id, Pool.name).order_by(Pool.name))
    if not rows and not uow.actor.is_admin:
        uow.refuse(action)
        raise NotFound(action=action)
    return [(row.id, row.name) for row in rows]


def found(uow: UnitOfWork) -> list[Orphan]:
    """All of them (at most `MOST`), the oldest first. For who leads a team, and administrators."""
    pools_watched(uow, Action.DESK_ORPHAN_READ)
    return [
        Orphan(row.id, row.why, row.practitioner or row.pool or "", row.urgency, row.created_at, row.due_at)
        for row in uow.rows(_statement(uow.as_job(JOB)))
    ]


def _statement(job: UnitOfWork) -> Any:
    today = date_in(job.now, job.settings.zone)
    can_sign_in = select(Account.id).where(Account.practitioner_id == Thread.owner_practitioner_id, Account.is_active)
    members = (
        select(PoolMember.id)
        .join(Account, Account.practitioner_id == PoolMember.practitioner_id)
        .where(PoolMember.pool_id == Thread.owner_pool_id, Account.is_active)
    )
    held = select(Relationship.id).where(
        Relationship.id == Thread.owner_relationship_id,
        Relationship.patient_id == Thread.patient_id,
        Relationship.state == "active",
        Relationship.starts_at <= job.now,
        or_(Relationship.ends_at.is_(None), Relationship.ends_at > job.now),
    )
    absent = select(Absence.id).where(
        Absence.practitioner_id == Thread.owner_practitioner_id, Absence.starts_on <= today, Absence.ends_on >= today
    )
    is_persons, is_pools = Thread.owner_practitioner_id.is_not(None), Thread.owner_pool_id.is_not(None)
    left = is_persons & ~can_sign_in.correlate(Thread).exists()
    empty = is_pools & ~members.correlate(Thread).exists()
    ended = Thread.owner_relationship_id.is_not(None) & ~held.correlate(Thread).exists()
    away = is_persons & absent.correlate(Thread).exists()
    columns = (Thread.id, Thread.urgency, Thread.created_at, Thread.due_at)
    why = case((left, "left"), (empty, "empty"), (ended, "ended"), else_="away").label("why")
    names = (Practitioner.name.label("practitioner"), Pool.name.label("pool"))
    return (
        job.select(Action.MESSAGE_THREAD_READ, Thread, *columns, why, *names, joining=(Relationship,))
        .outerjoin(Practitioner, Practitioner.id == Thread.owner_practitioner_id)
        .outerjoin(Pool, Pool.id == Thread.owner_pool_id)
        .where(unfinished(), or_(left, empty, ended, away))
        .order_by(Thread.created_at, Thread.id)
        .limit(MOST)
    )


def move_on(uow: UnitOfWork) -> int:
    """Have each of them looked at now; returns how many. Who holds it then stands in its trail."""
    pools_watched(uow, Action.DESK_ORPHAN_UPDATE)
    ids = [one.id for one in found(uow)]
    for thread_id in ids:
        uow.later("messaging.check_answered", thread_id, key=f"orphan:{thread_id}:{uow.now.isoformat()}")
    return len(ids)
