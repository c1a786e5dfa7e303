"""The trail of a thread: where it went, why and by whom. Steps hold ids and keys, never words (TAXONOMY.md 9, 10)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, union_all

from portal.messaging.routing.types import Decision
from portal.models import Account, Pool, Practitioner, Relationship, RouteStep, Thread
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

# Steps of one moment, in the order in which they happen.
ORDER = ("received", "routed", "taken", "answered", "closed")

# What colleagues agree among themselves. Such steps name whom something was asked of, not who has it.
INTERNAL = ("offered", "declined", "withdrawn", "task", "told_again", "reminded")
STAFF_ONLY = ("offered", "declined", "withdrawn", "task", "told_again")


def step(
    uow: UnitOfWork,
    thread: Thread,
    kind: str,
    *,
    to: dict[str, Any] | None = None,
    reason: str | None = None,
    facts: dict[str, Any] | None = None,
    note: str | None = None,
) -> RouteStep:
    """Add a step. `note` is sealed, and for staff only."""
    taken = RouteStep(
        patient_id=thread.patient_id,
        thread_id=thread.id,
        at=uow.now,
        kind=kind,
        by_id=uow.actor.account_id,
        reason=reason,
        facts=facts or {},
        **(to or {}),
    )
    if note:
        taken.note = uow.seal(thread.patient_id, "route_step.note", taken.id, note)
    uow.add(taken)
    return taken


def facts_of(decision: Decision) -> dict[str, Any]:
    """What the trail keeps of a decision: keys only."""
    found: dict[str, Any] = {"topic": decision.topic, "destination": decision.destination}
    if decision.coverage:
        found["absent"] = decision.coverage.absent
        found["until"] = decision.coverage.until
    if decision.copies:
        found["copies"] = list(decision.copies)
    if decision.secondary_topics:
        found["secondary"] = list(decision.secondary_topics)
    if decision.rule:
        found["rule"] = decision.rule
    return found


def steps_of(uow: UnitOfWork, thread: Thread) -> list[RouteStep]:
    """The steps of a thread the actor has loaded, oldest first."""
    found = uow.prepared(_steps, within=thread.patient_id, thread=thread.id).scalars().all()
    hidden = () if uow.actor.is_staff else STAFF_ONLY
    found = [step for step in found if step.kind not in hidden]
    return sorted(found, key=lambda step: (step.at, ORDER.index(step.kind) if step.kind in ORDER else 2))


def _steps(uow: UnitOfWork, *, within: Any, thread: Any) -> Any:
    statement = uow.select(Action.MESSAGE_THREAD_READ, RouteStep, within=within)
    return statement.where(RouteStep.thread_id == thread).order_by(RouteStep.at).limit(200)


def notes(uow: UnitOfWork, thread: Thread, steps: list[RouteStep]) -> dict[UUID, str]:
    """Why colleagues passed it on, in their words; for staff, and nothing for anybody else."""
    if not uow.actor.is_staff:
        return {}
    return {s.id: uow.unseal(thread.patient_id, "route_step.note", s.id, s.note) for s in steps if s.note}


def clock_start(uow: UnitOfWork, thread: Thread) -> datetime:
    """When the clock of a thread began to run: at the message that opened it, or opened it again."""
    found: datetime | None = uow.prepared(_clock, within=thread.patient_id, thread=thread.id).scalar()
    return found or thread.created_at


def _clock(uow: UnitOfWork, *, within: Any, thread: Any) -> Any:
    statement = uow.select(Action.MESSAGE_THREAD_READ, RouteStep, RouteStep.at, within=within)
    runs = RouteStep.facts["clock"].as_boolean()
    return statement.where(RouteStep.thread_id == thread, runs).order_by(RouteStep.at.desc()).limit(1)


def names(uow: UnitOfWork, thread: Thread, steps: list[RouteStep]) -> dict[UUID, str]:
    """Names of all the practitioners, pools, caregivers and accounts that a thread and its trail name."""
    practitioners = {s.to_practitioner_id for s in steps} | {thread.owner_practitioner_id}
    practitioners |= {UUID(s.facts["absent"]) for s in steps if _is_id(s.facts.get("absent"))}
    pools = {s.to_pool_id for s in steps} | {thread.owner_pool_id}
    accounts = {s.by_id for s in steps}
    relationships = {s.to_relationship_id for s in steps} | {thread.owner_relationship_id}
    wanted = (practitioners - {None}, pools - {None}, accounts - {None})
    values = {f"{kind}_{n}": key for kind, ids in zip("abc", wanted, strict=True) for n, key in enumerate(ids)}
    found: dict[UUID, str] = {}
    if values:
        found = {row[0]: row[1] for row in uow.prepared(_names, *map(len, wanted), **values).all()}
    held = relationships - {None}
    if held:
        values = {f"held_{n}": key for n, key in enumerate(held)}
        router = uow.as_job("messaging.route")
        rows = router.prepared(_caregivers, len(held), within=thread.patient_id, **values)
        found |= {row.id: row.display_name for row in rows}
    return found


def _caregivers(router: UnitOfWork, count: int, *, within: Any, **held: Any) -> Any:
    action = Action.CAREGIVER_RELATIONSHIP_READ
    statement = router.select(action, Relationship, Relationship.id, Account.display_name, within=within)
    wanted = Relationship.id.in_([held[f"held_{n}"] for n in range(count)])
    return statement.join(Account, Account.id == Relationship.account_id).where(wanted)


def _names(uow: UnitOfWork, *counts: int, within: None, **ids: Any) -> Any:
    """One statement for the names of so many practitioners, pools and accounts; none of them is of a record."""
    parts = []
    columns: Any = ((Practitioner, Practitioner.name), (Pool, Pool.name), (Account, Account.display_name))
    for kind, count, (model, name) in zip("abc", counts, columns, strict=True):
        if count:
            parts.append(select(model.id, name).where(model.id.in_([ids[f"{kind}_{n}"] for n in range(count)])))
    return select(*union_all(*parts).subquery().c) if len(parts) > 1 else parts[0]


def _is_id(value: object) -> bool:
    try:
        UUID(str(value))
    except ValueError:
        return False
    return True
