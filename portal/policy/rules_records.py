"""Rules of the record: its further parts, taking it along, saying that it is right, asking to amend it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import and_, false, or_

from portal.models import Person
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.policy.conditions import (
    Condition,
    active_relationship,
    decides_for,
    has_scope,
    is_related,
    is_the_person,
    my_pools,
    treats,
)
from portal.policy.rules import RULES, Rule, rule
from portal.policy.vocabulary import CHILD_BASIC

# What a part needs of a caregiver's grant (domain.md 8.1).
SCOPES = {
    Action.RECORD_CONTACT_READ: "record_basic",
    Action.RECORD_COVERAGE_READ: "billing",
    Action.RECORD_DEVICE_READ: "record_basic",
    Action.RECORD_DIRECTIVE_READ: "record_basic",
    Action.RECORD_FAMILY_HISTORY_READ: "record_basic",
    Action.RECORD_IMAGING_READ: "results",
    Action.RECORD_CHECK_READ: "record_basic",
}
OPENS_THE_ROOM = ("record_basic", CHILD_BASIC, "documents", "care_plan_view", "results")
DECIDERS = ("pcp", "specialist")


def _patient(model: Any) -> Any:
    return model.id if getattr(model, "__tablename__", None) == Person.__tablename__ else model.patient_id


def _reads(*scopes: str) -> Rule:
    """The patient, a caregiver with one of the scopes (and the category), and clinicians who treat the patient."""

    def allowed(actor: Actor, model: Any, now: datetime) -> Condition:
        patient = _patient(model)
        if actor.is_staff:
            return treats(actor, patient, now)
        sensitivity = getattr(model, "sensitivity", None)
        held = [has_scope(actor, patient, scope, now, sensitivity) for scope in scopes]
        return or_(is_the_person(actor, patient), *held)

    return allowed


for _action, _scope in SCOPES.items():
    RULES[_action] = _reads(_scope)
RULES[Action.RECORD_READ] = RULES[Action.RECORD_SEARCH] = _reads(*OPENS_THE_ROOM)
RULES[Action.RECORD_EXPORT_READ] = _reads("binder_export")


@rule(Action.RECORD_CHECK_CREATE)
def _confirms(actor: Actor, model: Any, now: datetime) -> Condition:
    """The patient, and caregivers who see the lists and fill in forms; never staff in the patient's name."""
    if actor.is_staff:
        return false()
    patient = _patient(model)
    helps = and_(has_scope(actor, patient, "record_basic", now), has_scope(actor, patient, "forms", now))
    return or_(is_the_person(actor, patient), helps)


@rule(Action.RECORD_AMENDMENT_CREATE)
def _asks_to_amend(actor: Actor, model: Any, now: datetime) -> Condition:
    """The individual, or who acts in their place: a representative, a child's parent (45 CFR 164.526, 164.502(g)).

    Of a sensitive line, only whoever may see it. Other caregivers write to the care team.
    """
    if actor.is_staff:
        return false()
    patient = _patient(model)
    sensitivity = getattr(model, "sensitivity", None)
    if actor.is_in_own_record:
        return is_the_person(actor, patient)
    parent = active_relationship(actor, patient, now, ("parent",)).exists()
    decides = and_(decides_for(actor, patient, now), is_related(actor, patient, now, (), sensitivity))
    raises = and_(parent, has_scope(actor, patient, "record_basic", now, sensitivity))
    return or_(is_the_person(actor, patient), decides, raises)


@rule(Action.RECORD_AMENDMENT_READ)
def _amendment(actor: Actor, model: Any, now: datetime) -> Condition:
    """Who may ask, who treats, and who has to answer."""
    if not actor.is_staff:
        return _asks_to_amend(actor, model, now)
    return or_(treats(actor, _patient(model), now), _owns(actor, model))


@rule(Action.RECORD_AMENDMENT_DECIDE)
def _answers(actor: Actor, model: Any, now: datetime) -> Condition:
    """Its owner, and doctors who treat the patient."""
    if not actor.is_staff:
        return false()
    doctor = treats(actor, _patient(model), now) if actor.role in DECIDERS else false()
    return or_(_owns(actor, model), doctor)


def _owns(actor: Actor, model: Any) -> Condition:
    if actor.practitioner_id is None or not hasattr(model, "owner_pool_id"):
        return false()
    return or_(model.owner_practitioner_id == actor.practitioner_id, model.owner_pool_id.in_(my_pools(actor)))
