"""Who holds a conversation: taking, passing on, closing, opening again. One owner at any time; the trail keeps all."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from portal.infra.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.messaging import due, offers, trail, unread
from portal.messaging.deciding import Owner
from portal.messaging.service import hand_over, held, tell
from portal.models import CareTeamMember, Pool, PoolMember, Practitioner, RouteStep, Thread
from portal.people.teams import on_team_now
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

TRIAGE = "nurse_triage"
OUTCOMES = ("answered", "visit_booked", "elsewhere", "no_action", "duplicate")


def desk_thread(uow: UnitOfWork, thread_id: UUID) -> Thread:
    """A thread from the desk, where no person is in the address. Raises `NotFound` to all but staff who may read it."""
    if not uow.actor.is_staff:
        uow.refuse(Action.DESK_THREAD_READ, object_type=Thread.__tablename__, object_id=thread_id)
        raise NotFound(action=Action.DESK_THREAD_READ)
    return uow.load(Action.MESSAGE_THREAD_READ, Thread, thread_id)


def taken_from_us(uow: UnitOfWork, thread_id: UUID) -> str | None:
    """Who has a thread now that was with one of the actor's pools, or nothing if it never was.

    For somebody who came second: they could read it a moment ago, and are told who was first and nothing else.
    """
    mine = select(PoolMember.pool_id).where(PoolMember.practitioner_id == uow.actor.practitioner_id)
    router = uow.as_job("messaging.route")
    came = router.select(Action.MESSAGE_THREAD_READ, RouteStep, RouteStep.id)
    came = came.where(RouteStep.thread_id == thread_id, RouteStep.to_pool_id.in_(mine))
    if router.first(came.where(RouteStep.kind.not_in(trail.INTERNAL)).limit(1)) is None:
        return None
    held = router.select(Action.MESSAGE_THREAD_READ, Thread, Practitioner.name)
    row = router.first(
        held.select_from(Thread)
        .outerjoin(Practitioner, Practitioner.id == Thread.owner_practitioner_id)
        .where(Thread.id == thread_id)
    )
    return (row.name or "") if row else None


def take(uow: UnitOfWork, person_id: UUID, thread_id: UUID, version: int) -> Thread:
    """Make it one's own. Raises `Conflict("taken")` when somebody was first: of two, one gets it."""
    thread = held(uow, Action.MESSAGE_THREAD_CLAIM, person_id, thread_id)
    if thread.owner_practitioner_id == uow.actor.practitioner_id:
        return thread
    if thread.version != version or thread.state == "closed":
        raise Conflict("taken")
    owner = Owner(practitioner_id=uow.actor.practitioner_id)
    hand_over(thread, owner)
    trail.step(uow, thread, "taken", to=owner.step())
    uow.audit(Action.MESSAGE_THREAD_CLAIM, thread)
    _flush_or(uow, "taken")
    return thread


def pass_on(
    uow: UnitOfWork, person_id: UUID, thread_id: UUID, to: str, reason: str, version: int, kind: str | None = None
) -> Thread:
    """Hand it to a colleague on the care team, or to a pool, with a reason. The clock goes on as it was.

    `kind` is the sort of reason, which the figures of the routing table count (`misroutes`).

    A pool must be one's own: others must accept first, except the nurses on duty (TAXONOMY.md 9).
    """
    thread = held(uow, Action.MESSAGE_THREAD_PASS_ON, person_id, thread_id)
    if thread.version != version or thread.state == "closed":
        raise Conflict("taken")
    owner = _receiver(uow, person_id, to)
    if owner.columns() == {name: getattr(thread, name) for name in owner.columns()}:
        raise Invalid("to", "same-owner")
    hand_over(thread, owner)
    if thread.destination in ("none", "patient", "liaison"):
        thread.destination = to if to.startswith("pool:") else f"named_provider:{to}"
    if thread.state != "open":
        thread.state = "open"
    offers.drop(uow, thread)
    trail.step(uow, thread, "passed_on", to=owner.step(), reason=kind, note=reason)
    uow.audit(Action.MESSAGE_THREAD_PASS_ON, thread)
    _flush_or(uow, "taken")
    unread.mark(uow, thread, staff_only=True)
    tell(uow, thread, trail.clock_start(uow, thread))
    return thread


def _receiver(uow: UnitOfWork, person_id: UUID, to: str) -> Owner:
    if to.startswith("pool:"):
        pool = uow.first(select(Pool.id, Pool.key).where(Pool.key == to.removeprefix("pool:")))
        if pool is None:
            raise Invalid("to")
        is_mine = select(PoolMember.id).where(
            PoolMember.pool_id == pool.id, PoolMember.practitioner_id == uow.actor.practitioner_id
        )
        if pool.key != TRIAGE and uow.first(is_mine) is None:
            raise NotAllowed("pool-must-accept")
        return Owner(pool_id=pool.id)
    try:
        practitioner_id = UUID(to)
    except ValueError as error:
        raise Invalid("to") from error
    statement = (
        uow.select(Action.PEOPLE_CARE_TEAM_READ, CareTeamMember, CareTeamMember.id, within=person_id)
        .join(Practitioner, Practitioner.id == CareTeamMember.practitioner_id)
        .where(CareTeamMember.practitioner_id == practitioner_id, Practitioner.is_active, *on_team_now(uow.now))
    )
    if uow.first(statement) is None:
        raise Invalid("to")
    return Owner(practitioner_id=practitioner_id)


def origin(steps: Iterable[RouteStep]) -> UUID | None:
    """The pool a thread came from last, by its trail; nothing for one that was never with a pool."""
    pools = [step.to_pool_id for step in steps if step.to_pool_id is not None and step.kind not in trail.INTERNAL]
    return pools[-1] if pools else None


def release(uow: UnitOfWork, person_id: UUID, thread_id: UUID, reason: str, version: int) -> Thread:
    """Give back to its pool what one has taken. The clock goes on as it was.

    Raises `Conflict("taken")` when it is no longer one's own, and `Invalid("to")` when it never was with a pool.
    """
    thread = held(uow, Action.MESSAGE_THREAD_PASS_ON, person_id, thread_id)
    is_mine = thread.owner_practitioner_id == uow.actor.practitioner_id
    if not is_mine or thread.version != version or thread.state == "closed":
        raise Conflict("taken")
    pool_id = origin(trail.steps_of(uow, thread))
    if pool_id is None:
        raise Invalid("to", "no-pool")
    owner = Owner(pool_id=pool_id)
    hand_over(thread, owner)
    trail.step(uow, thread, "released", to=owner.step(), note=reason)
    uow.audit(Action.MESSAGE_THREAD_PASS_ON, thread, reason="released")
    _flush_or(uow, "taken")
    if thread.state == "open":
        unread.mark(uow, thread, staff_only=True)
        tell(uow, thread, trail.clock_start(uow, thread))
    return thread


def close(uow: UnitOfWork, person_id: UUID, thread_id: UUID, outcome: str = "no_action") -> Thread:
    """Nothing is left to do, and what came of it (one of `OUTCOMES`). Closing a closed one changes nothing."""
    thread = held(uow, Action.MESSAGE_THREAD_CLOSE, person_id, thread_id)
    if outcome not in OUTCOMES:
        raise Invalid("outcome")
    if thread.state != "closed":
        thread.state, thread.closed_at = "closed", uow.now
        offers.drop(uow, thread)
        trail.step(uow, thread, "closed", reason=outcome)
        uow.audit(Action.MESSAGE_THREAD_CLOSE, thread, reason=outcome)
        uow.flush()
    return thread


def reopen(uow: UnitOfWork, person_id: UUID, thread_id: UUID) -> Thread:
    """It goes on after all, with whoever held it, and with a new clock."""
    thread = held(uow, Action.MESSAGE_THREAD_CLOSE, person_id, thread_id)
    if thread.state == "closed" and thread.destination != "none":
        thread.state, thread.closed_at = "open", None
        thread.look_by, thread.due_at = due.again(uow, thread)
        trail.step(uow, thread, "reopened", facts={"clock": True})
        uow.audit(Action.MESSAGE_THREAD_CLOSE, thread)
        uow.flush()
        tell(uow, thread)
    return thread


def _flush_or(uow: UnitOfWork, code: str) -> None:
    try:
        uow.flush()
    except Conflict as error:
        raise Conflict(code) from error
