"""Rules of the desk: what staff may see of their teams' work, and who looks after a team."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import and_, false, or_, select, true

from portal.models import PoolMember, Practitioner, Thread, ThreadOffer
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.policy.conditions import Condition, holds_thread, is_offered, my_pools, on_care_team, pools_led
from portal.policy.rules import RULES, rule


@rule(Action.DESK_ABSENCE_READ, Action.DESK_ABSENCE_UPDATE)
def _absence(actor: Actor, model: Any, now: datetime) -> Condition:
    """One's own absences; those of the people in a pool one leads; administrators, all. `model` may be who is away."""
    if actor.is_admin:
        return true()
    if not actor.is_staff:
        return false()
    who = model.id if model is Practitioner else model.practitioner_id
    led = pools_led(actor)
    members = select(PoolMember.practitioner_id).where(PoolMember.pool_id.in_(led))
    return or_(who == actor.practitioner_id, who.in_(members))


@rule(Action.DESK_FIGURES_READ, Action.DESK_ORPHAN_READ, Action.DESK_ORPHAN_UPDATE)
def _leads(actor: Actor, model: Any, now: datetime) -> Condition:
    """Figures and the watch over what nobody can see to: who leads that pool, and administrators. Counts, no words."""
    if actor.is_admin:
        return true()
    return model.id.in_(pools_led(actor)) if actor.is_staff else false()


@rule(Action.DESK_OFFER_READ, Action.DESK_OFFER_UPDATE)
def _offer(actor: Actor, model: Any, now: datetime) -> Condition:
    """What is offered to a pool of mine, while it is: enough to say yes or no. `model` may be what names the thread."""
    table = getattr(model, "__tablename__", None)
    if table == ThreadOffer.__tablename__:
        if not actor.is_staff:
            return false()
        return and_(model.state == "open", model.pool_id.in_(my_pools(actor)))
    return is_offered(actor, model.id if table == Thread.__tablename__ else model.thread_id)


@rule(Action.DESK_QUESTION_ANSWER)
def _asked(actor: Actor, model: Any, now: datetime) -> Condition:
    """Whoever was asked, as long as they may read the conversation."""
    if not actor.is_staff:
        return false()
    readable = RULES[Action.MESSAGE_THREAD_READ](actor, model, now)
    return and_(model.asked_id == actor.practitioner_id, readable) if hasattr(model, "asked_id") else readable


@rule(Action.DESK_QUICK_TEXT_READ, Action.DESK_QUICK_TEXT_UPDATE)
def _quick_text(actor: Actor, model: Any, now: datetime) -> Condition:
    """One's own, and those of one's pools."""
    return holds_thread(actor, model)


@rule(Action.DESK_TASK_READ)
def _task(actor: Actor, model: Any, now: datetime) -> Condition:
    """Whose work it is, who asked for it, and clinicians of the patient's team."""
    team = on_care_team(actor, model.patient_id, now) if actor.is_clinical else false()
    return or_(_task_change(actor, model, now), team)


@rule(Action.DESK_TASK_UPDATE)
def _task_change(actor: Actor, model: Any, now: datetime) -> Condition:
    if not actor.is_staff:
        return false()
    return or_(holds_thread(actor, model), model.made_by_id == actor.account_id)


@rule(Action.DESK_TASK_CREATE)
def _task_from(actor: Actor, model: Any, now: datetime) -> Condition:
    """Whoever may work on a conversation may make a task of it."""
    return RULES[Action.MESSAGE_NOTE_CREATE](actor, model, now)
