"""The trail of a thread: where it went, why and by whom. Steps hold ids and keys, never words (TAXONOMY.md 9, 10)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.messaging.routing.types import Decision
from portal.models import Account, Pool, Practitioner, Relationship, RouteStep, Thread
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

# Steps of one moment, in the order in which they happen.
ORDER = ("received", "routed", "taken", "answered", "closed")


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
    statement = uow.select(Action.MESSAGE_THREAD_READ, RouteStep, within=thread.patient_id)
    found = uow.scalars(statement.where(RouteStep.thread_id == thread.id).order_by(RouteStep.at).limit(200))
    return sorted(found, key=lambda step: (step.at, ORDER.index(step.kind) if step.kind in ORDER else 2))


def notes(uow: UnitOfWork, thread: Thread, steps: list[RouteStep]) -> dict[UUID, str]:
    """Why colleagues passed it on, in their words; for staff, and nothing for anybody else."""
    if not uow.actor.is_staff:
        return {}
    return {s.id: uow.unseal(thread.patient_id, "route_step.note", s.id, s.note) for s in steps if s.note}


def clock_start(uow: UnitOfWork, thread: Thread) -> datetime:
    """When the clock of a thread began to run: at the message that opened it, or opened it again."""
    starts = [step.at for step in steps_of(uow, thread) if step.facts.get("clock")]
    return starts[-1] if starts else thread.created_at


def names(uow: UnitOfWork, thread: Thread, steps: list[RouteStep]) -> dict[UUID, str]:
    """Names of all the practitioners, pools, caregivers and accounts that a thread and its trail name."""
    practitioners = {s.to_practitioner_id for s in steps} | {thread.owner_practitioner_id}
    practitioners |= {UUID(s.facts["absent"]) for s in steps if _is_id(s.facts.get("absent"))}
    pools = {s.to_pool_id for s in steps} | {thread.owner_pool_id}
    accounts = {s.by_id for s in steps}
    relationships = {s.to_relationship_id for s in steps} | {thread.owner_relationship_id}
    found: dict[UUID, str] = {}
    for model, column, ids in (
        (Practitioner, Practitioner.name, practitioners),
        (Pool, Pool.name, pools),
        (Account, Account.display_name, accounts),
    ):
        wanted = ids - {None}
        if wanted:
            found |= {row[0]: row[1] for row in uow.rows(select(model.id, column).where(model.id.in_(wanted)))}  # type: ignore[misc]
    held = relationships - {None}
    if held:
        statement = (
            uow.as_job("messaging.route")
            .select(
                Action.CAREGIVER_RELATIONSHIP_READ,
                Relationship,
                Relationship.id,
                Account.display_name,
                within=thread.patient_id,
            )
            .join(Account, Account.id == Relationship.account_id)
            .where(Relationship.id.in_(held))
        )
        found |= {row.id: row.display_name for row in uow.rows(statement)}
    return found


def _is_id(value: object) -> bool:
    try:
        UUID(str(value))
    except ValueError:
        return False
    return True
