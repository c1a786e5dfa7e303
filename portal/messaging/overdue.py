"""What was not answered in time goes on to somebody who can: the cover, the lead, the care manager (TAXONOMY.md 9)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import and_, or_, select

from portal.messaging import due, escalation, tables, trail, unread
from portal.messaging.deciding import Owner, owner_of
from portal.messaging.facts import Facts, gather
from portal.messaging.routing.context import Liaison
from portal.messaging.routing.coverage import care_manager_or_pcp, is_here, liaison_or_backup, person_or_cover
from portal.messaging.routing.privacy import sensitive_blocked, topic_in_scope
from portal.messaging.service import hand_over, tell
from portal.models import Pool, PoolMember, Relationship, Thread, ThreadUnread
from portal.notifications.service import notify
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

AT_ONCE = 100  # conversations in one run of a job


def look_again(uow: UnitOfWork, thread: Thread) -> None:
    """Move a thread on if its owner is away, and take the steps of the escalation whose time has come.

    Run twice, it does each once: a step that was taken stands in the trail.
    """
    if thread.state == "closed" or thread.destination == "none" or thread.owner_is_patient:
        return
    facts = gather(uow, thread.patient_id)
    _cover(uow, thread, facts)
    if thread.state != "open":
        return
    received = trail.clock_start(uow, thread)
    steps = trail.steps_of(uow, thread)
    done = {step.facts.get("rung") for step in steps if step.at >= received}
    looked = not _is_unread(uow, thread)
    rungs = escalation.steps_taken(
        thread.urgency,
        due.kind(thread),
        received,
        due.calendar(uow),
        uow.now,
        looked=looked,
        levels=tables.live(uow).levels,
    )
    for rung in rungs:
        if _name(rung) not in done:
            _climb(uow, thread, facts, rung)
    tell(uow, thread, received)


def _name(rung: escalation.Step) -> str:
    return f"{rung.why}:{rung.to}"


def _is_unread(uow: UnitOfWork, thread: Thread) -> bool:
    """Nobody who holds it has opened it yet."""
    holders = set(unread.holders(uow, thread))
    statement = uow.select(Action.MESSAGE_THREAD_READ, ThreadUnread, ThreadUnread.account_id, within=thread.patient_id)
    waiting = set(uow.scalars(statement.where(ThreadUnread.thread_id == thread.id)))
    return bool(holders) and holders <= waiting


def _climb(uow: UnitOfWork, thread: Thread, facts: Facts, rung: escalation.Step) -> None:
    """One rung: hand it over where the rule says so, and tell whoever has it now in any case."""
    owner = _receiver(uow, thread, facts, rung.to)
    moves = rung.why == "overdue" or rung.to in ("backup_liaison", "care_manager")
    noted = {"rung": _name(rung)}
    if owner is not None and moves and owner.columns() != _columns(thread):
        _move(uow, thread, owner, "escalated", rung.why, noted)
        return
    told = owner or Owner()
    trail.step(uow, thread, "reminded", to=told.step(), reason=rung.why, facts=noted)
    uow.audit(Action.MESSAGE_THREAD_PASS_ON, thread, reason=rung.why)
    for account_id in unread.accounts_of(uow, told) if owner else unread.holders(uow, thread):
        key = f"{_name(rung)}:{thread.id}:{thread.message_count}:{account_id}"
        notify(uow, account_id, "new_question", key, about=thread.patient_id, is_urgent=thread.urgency != "routine")


def _columns(thread: Thread) -> dict[str, object]:
    return {name: getattr(thread, name) for name in Owner().columns()}


def _cover(uow: UnitOfWork, thread: Thread, facts: Facts, *, returns: bool = False) -> bool:
    """An owner who is away (or has left) is covered at once. Returns whether it moved.

    `returns` says that a liaison is back: what the backup held meanwhile goes back to them, too.
    """
    noted: dict[str, str] = {}
    if thread.owner_practitioner_id:
        key = str(thread.owner_practitioner_id)
        if is_here(facts.context, key):
            return False
        stand_in = person_or_cover(facts.context, key)
        owner = owner_of(facts, stand_in.key)
        noted = {"absent": key}
        if stand_in.coverage and stand_in.coverage.until:
            noted["until"] = stand_in.coverage.until
    elif thread.owner_pool_id:
        triage = facts.pools.get("nurse_triage")
        if triage is None or thread.owner_pool_id == triage.id or unread.accounts_of(uow, thread):
            return False
        owner = Owner(pool_id=triage.id)
    elif thread.owner_relationship_id:
        key = f"rel:{thread.owner_relationship_id}"
        liaison = facts.context.active_liaison
        if liaison is None or not _may_have(liaison, thread):
            owner = owner_of(facts, care_manager_or_pcp(facts.context).key)
        else:
            stand_in = liaison_or_backup(facts.context)
            if key == stand_in.key or (key == liaison.backup and not returns):
                return False
            owner = owner_of(facts, stand_in.key)
    else:
        return False
    if owner.columns() == _columns(thread):
        return False
    _move(uow, thread, owner, "covered", "away", noted)
    return True


def _may_have(liaison: Liaison, thread: Thread) -> bool:
    """Whether a question may wait for this liaison, who may be another than the one it came to."""
    if sensitive_blocked(liaison, thread.sensitivity):
        return False
    return thread.author_role != "patient" or topic_in_scope(liaison, thread.topic)


def settle(uow: UnitOfWork, person_id: UUID) -> None:
    """The liaison is away, back, another one, or none: what waits for the family's side goes to who answers now."""
    statement = uow.select(Action.MESSAGE_THREAD_READ, Thread, within=person_id)
    held = statement.where(Thread.state == "open", Thread.owner_relationship_id.is_not(None))
    threads = uow.scalars(held.order_by(Thread.created_at).limit(500))
    if not threads:
        return
    facts = gather(uow, person_id)
    for thread in threads:
        if _cover(uow, thread, facts, returns=True):
            tell(uow, thread, trail.clock_start(uow, thread))


def _receiver(uow: UnitOfWork, thread: Thread, facts: Facts, role: str) -> Owner | None:
    """Who is meant by a role of the escalation; nobody where the practice has none."""
    if role == "backup_liaison":
        backup = facts.context.liaison.backup if facts.context.liaison else None
        return owner_of(facts, backup or care_manager_or_pcp(facts.context).key)
    if role == "care_manager":
        return owner_of(facts, care_manager_or_pcp(facts.context).key)
    if role == "on_call_physician":
        return owner_of(facts, person_or_cover(facts.context, facts.context.pcp).key)
    if role in ("owner", "cover"):
        return None  # whoever covers has it already; the holder is told
    if role == "triage_lead":
        triage = facts.pools.get("nurse_triage")
        return _lead(uow, facts, triage.id) if triage else None
    pool_id = thread.owner_pool_id
    if thread.owner_practitioner_id:
        colleague = facts.colleagues.get(thread.owner_practitioner_id)
        pool_id = colleague.pool_id if colleague else None
    return _lead(uow, facts, pool_id) or (Owner(pool_id=pool_id) if pool_id else None)


def _lead(uow: UnitOfWork, facts: Facts, pool_id: UUID | None) -> Owner | None:
    statement = select(PoolMember.practitioner_id).where(PoolMember.pool_id == pool_id, PoolMember.is_lead)
    for practitioner_id in uow.scalars(statement):
        if is_here(facts.context, str(practitioner_id)):
            return Owner(practitioner_id=practitioner_id)
    return None


def _move(
    uow: UnitOfWork, thread: Thread, owner: Owner, kind: str, reason: str, noted: dict[str, str] | None = None
) -> None:
    """Another owner; the clock goes on as it was."""
    hand_over(thread, owner)
    trail.step(uow, thread, kind, to=owner.step(), reason=reason, facts=noted)
    uow.audit(Action.MESSAGE_THREAD_PASS_ON, thread, reason=reason)
    uow.flush()
    unread.mark(uow, thread, staff_only=True)


def cover_all_of(uow: UnitOfWork, practitioner_id: UUID) -> int:
    """Whoever is away has nothing left to answer: what they hold goes to who covers. Returns how many went."""
    held = uow.select(Action.MESSAGE_THREAD_READ, Thread).where(
        Thread.owner_practitioner_id == practitioner_id, Thread.state.in_(("open", "waiting_on_patient"))
    )
    moved = 0
    for thread in uow.scalars(held.order_by(Thread.due_at, Thread.id).limit(AT_ONCE)):
        if _cover(uow, thread, gather(uow, thread.patient_id)):
            moved += 1
            tell(uow, thread, trail.clock_start(uow, thread))
    return moved


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
    over = select(Relationship.id).where(
        or_(Relationship.state != "active", and_(Relationship.ends_at.is_not(None), Relationship.ends_at <= uow.now))
    )
    ended = uow.scalars(open_ones.where(table.owner_relationship_id.in_(over)).limit(500))
    return list(dict.fromkeys([*left, *ended, *late]))
