"""Rules of the liaison's work (domain.md 8.2): who names, who serves, who reads family updates."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import and_, false, or_, select
from sqlalchemy.orm import aliased

from portal.models import FamilyUpdate, FamilyUpdateReader, Person
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.policy.conditions import Condition, active_relationship, decides_for, is_related, is_the_person, speaks_for
from portal.policy.rules import owns_as_caregiver, rule

NamedUpdate = aliased(FamilyUpdate)
Addressed = aliased(FamilyUpdateReader)
CIRCLE = ("family", "backup")  # whose names the liaison knows, to write to them


def _patient(model: Any) -> Any:
    return model.id if getattr(model, "__tablename__", None) == Person.__tablename__ else model.patient_id


@rule(Action.CAREGIVER_LIAISON_READ, Action.CAREGIVER_LIAISON_UPDATE)
def _decides_about_liaison(actor: Actor, model: Any, now: datetime) -> Condition:
    """The patient decides who the liaison is and what reaches them; so does their representative (LIA-1, LIA-8)."""
    patient = _patient(model)
    if actor.is_staff:
        return false()
    return decides_for(actor, patient, now)


@rule(Action.CAREGIVER_LIAISON_SERVE)
def _serves(actor: Actor, model: Any, now: datetime) -> Condition:
    """Marking oneself away, coming back, resigning: the liaison, and the backup for themselves."""
    return is_related(actor, _patient(model), now, ("liaison", "backup"))


@rule(Action.FAMILY_CIRCLE_READ)
def _circle(actor: Actor, model: Any, now: datetime) -> Condition:
    """The liaison knows the relatives they write to, by name; nobody's grants are in this (PRX-4)."""
    if actor.is_staff:
        return false()
    if model is Person:
        return or_(is_the_person(actor, model.id), speaks_for(actor, model.id, now))
    relatives = and_(model.kind.in_(CIRCLE), model.state == "active", speaks_for(actor, model.patient_id, now))
    return or_(is_the_person(actor, model.patient_id), relatives)


@rule(Action.FAMILY_UPDATE_CREATE)
def _writes_updates(actor: Actor, model: Any, now: datetime) -> Condition:
    """The liaison, or the backup who stands in (LIA-4)."""
    return speaks_for(actor, _patient(model), now)


@rule(Action.FAMILY_UPDATE_READ)
def _update(actor: Actor, model: Any, now: datetime) -> Condition:
    """The patient and the liaison see all of them; a relative sees published ones that are addressed to them."""
    if actor.is_staff:
        return false()
    if model is Person:
        return or_(is_the_person(actor, model.id), is_related(actor, model.id, now))
    if getattr(model, "__tablename__", None) == FamilyUpdateReader.__tablename__:
        named = select(NamedUpdate.id).where(
            NamedUpdate.id == model.update_id,
            NamedUpdate.patient_id == model.patient_id,
            _update(actor, NamedUpdate, now),
        )
        own = model.relationship_id.in_(active_relationship(actor, model.patient_id, now))
        sees_all = or_(is_the_person(actor, model.patient_id), speaks_for(actor, model.patient_id, now))
        return and_(named.correlate_except(NamedUpdate).exists(), or_(own, sees_all))
    addressed = select(Addressed.id).where(
        Addressed.update_id == model.id,
        Addressed.relationship_id.in_(active_relationship(actor, model.patient_id, now)),
    )
    return or_(
        is_the_person(actor, model.patient_id),
        speaks_for(actor, model.patient_id, now),
        and_(model.state == "published", addressed.correlate_except(Addressed).exists()),
    )


@rule(Action.FAMILY_UPDATE_WITHDRAW)
def _withdraws(actor: Actor, model: Any, now: datetime) -> Condition:
    if actor.is_staff:
        return false()
    return or_(is_the_person(actor, model.patient_id), speaks_for(actor, model.patient_id, now))


@rule(Action.MESSAGE_QUESTION_UPDATE)
def _question(actor: Actor, model: Any, now: datetime) -> Condition:
    """What waits for the liaison is theirs to answer, to pass on, to hold, to give back (LIA-3)."""
    return false() if actor.is_staff else owns_as_caregiver(actor, model, now)
