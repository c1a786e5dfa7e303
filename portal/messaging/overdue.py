"""What was not answered in time goes on to somebody who can: the cover, the lead, the care manager (TAXONOMY.md 9)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from portal.infra.dates import date_in
from portal.messaging import due, trail, unread
from portal.messaging.deciding import Owner, owner_of
from portal.messaging.facts import Facts, gather
from portal.messaging.routing.coverage import care_manager_or_pcp, is_here, liaison_or_backup, person_or_cover
from portal.messaging.service import hand_over, tell
from portal.models import Pool, PoolMember, RouteStep, Thread
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

STEPS = 2  # how often a conversation moves on by itself before people must


def look_again(uow: UnitOfWork, thread: Thread) -> None:
    """Move a thread on if its owner is away, or if its answer is overdue. Run twice, it moves once."""
    if thread.state != "open" or thread.destination == "none" or thread.owner_is_patient:
        return
    facts = gather(uow, thread.patient_id)
    if _cover(uow, thread, facts):
        return
    done = _escalations(uow, thread)
    due_at = thread.due_at
    if due_at is None or done >= STEPS or uow.now < _moment(uow, due_at, done):
        return
    owner = _next(uow, thread, facts, done)
    if owner is not None and owner.columns() != _columns(thread):
        _move(uow, thread, owner, "escalated", "overdue")
    else:
        trail.step(uow, thread, "escalated", reason="overdue")
        uow.audit(Action.MESSAGE_THREAD_PASS_ON, thread, reason="overdue")
    if done + 1 < STEPS:
        at = _moment(uow, due_at, done + 1)
        uow.later("messaging.check_answered", thread.id, at=at, key=f"check:{thread.id}:{at.isoformat()}")


def _moment(uow: UnitOfWork, due_at: datetime, done: int) -> datetime:
    """When the next step is due: at the deadline, then a business day later."""
    days = due.calendar(uow)
    return due_at if done == 0 else days.closing(days.add_days(date_in(due_at, days.zone), done))


def _columns(thread: Thread) -> dict[str, object]:
    return {name: getattr(thread, name) for name in Owner().columns()}


def _escalations(uow: UnitOfWork, thread: Thread) -> int:
    """How often it has moved on by itself since somebody last wrote."""
    kinds = [step.kind for step in _steps(uow, thread)]
    since = max((at for at, kind in enumerate(kinds) if kind in ("received", "reopened")), default=0)
    return kinds[since:].count("escalated")


def _steps(uow: UnitOfWork, thread: Thread) -> list[RouteStep]:
    statement = uow.select(Action.MESSAGE_THREAD_READ, RouteStep, within=thread.patient_id)
    return list(uow.scalars(statement.where(RouteStep.thread_id == thread.id).order_by(RouteStep.at, RouteStep.id)))


def _cover(uow: UnitOfWork, thread: Thread, facts: Facts) -> bool:
    """An owner who is away (or has left) is covered at once."""
    if thread.owner_practitioner_id:
        key = str(thread.owner_practitioner_id)
        if is_here(facts.context, key):
            return False
        owner = owner_of(facts, person_or_cover(facts.context, key).key)
    elif thread.owner_relationship_id:
        key = f"rel:{thread.owner_relationship_id}"
        liaison = facts.context.active_liaison
        if liaison is None or thread.owner_relationship_id not in facts.caregivers:
            owner = owner_of(facts, care_manager_or_pcp(facts.context).key)
        else:
            stand_in = liaison_or_backup(facts.context)
            if key in (stand_in.key, liaison.backup):
                return False
            owner = owner_of(facts, stand_in.key)
    else:
        return False
    if owner.columns() == _columns(thread):
        return False
    _move(uow, thread, owner, "covered", "away")
    return True


def _next(uow: UnitOfWork, thread: Thread, facts: Facts, done: int) -> Owner | None:
    """Who has it next: the lead of the team, then the care manager. To a liaison: the backup, then the care manager."""
    if thread.owner_relationship_id:
        backup = facts.context.liaison.backup if facts.context.liaison else None
        if done == 0 and backup and backup != f"rel:{thread.owner_relationship_id}":
            return owner_of(facts, backup)
        return owner_of(facts, care_manager_or_pcp(facts.context).key)
    if done == 0:
        pool_id = thread.owner_pool_id
        if thread.owner_practitioner_id:
            colleague = facts.colleagues.get(thread.owner_practitioner_id)
            pool_id = colleague.pool_id if colleague else None
        return _lead(uow, facts, pool_id) or (Owner(pool_id=pool_id) if pool_id else None)
    return owner_of(facts, care_manager_or_pcp(facts.context).key)


def _lead(uow: UnitOfWork, facts: Facts, pool_id: UUID | None) -> Owner | None:
    statement = select(PoolMember.practitioner_id).where(PoolMember.pool_id == pool_id, PoolMember.is_lead)
    for practitioner_id in uow.scalars(statement):
        if is_here(facts.context, str(practitioner_id)):
            return Owner(practitioner_id=practitioner_id)
    return None


def _move(uow: UnitOfWork, thread: Thread, owner: Owner, kind: str, reason: str) -> None:
    """Another owner; the clock goes on as it was."""
    hand_over(thread, owner)
    trail.step(uow, thread, kind, to=owner.step(), reason=reason)
    uow.audit(Action.MESSAGE_THREAD_PASS_ON, thread, reason=reason)
    uow.flush()
    unread.mark(uow, thread, staff_only=True)
    tell(uow, thread)


def orphans(uow: UnitOfWork) -> list[UUID]:
    """Open threads that nobody can see to: an owner who has left, a pool without members, an ended relationship.

    The database keeps a thread from having no owner at all; this finds owners who are there in name only.
    """
    table = Thread
    open_ones = uow.select(Action.MESSAGE_THREAD_READ, table, table.id).where(table.state == "open")
    empty = ~select(PoolMember.id).where(PoolMember.pool_id == Pool.id).correlate(Pool).exists()
    pools = select(Pool.id).where(empty)
    waiting = uow.now - timedelta(days=1)
    late = uow.scalars(open_ones.where(table.due_at.is_not(None), table.due_at < waiting).limit(500))
    left = uow.scalars(open_ones.where(table.owner_pool_id.in_(pools)).limit(500))
    return list(dict.fromkeys([*left, *late]))
