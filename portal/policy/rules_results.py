"""Rules of waiting for results: when the patient wants to be told, and results that are held back (RES-2, RES-3)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import and_, false, or_, true

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
    treats,
)
from portal.policy.rules import rule

LICENSED = ("pcp", "specialist")


def _patient(model: Any) -> Any:
    return model.id if getattr(model, "__tablename__", None) == Person.__tablename__ else model.patient_id


def _acts(actor: Actor, model: Any, now: datetime) -> Condition:
    """The patient, or who acts in their place: a representative whose paper was checked, a child's parent.

    Of a sensitive result only whoever may see its category. Other caregivers neither choose nor learn that it is here.
    """
    patient = _patient(model)
    if actor.is_in_own_record:
        return is_the_person(actor, patient)
    sensitivity = getattr(model, "sensitivity", None)
    acts = and_(decides_for(actor, patient, now), is_related(actor, patient, now, (), sensitivity))
    raises = and_(
        active_relationship(actor, patient, now, ("parent",)).exists(),
        has_scope(actor, patient, "results", now, sensitivity),
    )
    return or_(is_the_person(actor, patient), acts, raises)


@rule(Action.RESULT_WISH_UPDATE)
def _wishes(actor: Actor, model: Any, now: datetime) -> Condition:
    return false() if actor.is_staff else _acts(actor, model, now)


@rule(Action.RESULT_WISH_READ, Action.RESULT_HOLD_READ)
def _reads(actor: Actor, model: Any, now: datetime) -> Condition:
    """Who acts for the patient learns that something is held back; clinicians who treat are asked to speak first."""
    return treats(actor, _patient(model), now) if actor.is_staff else _acts(actor, model, now)


@rule(Action.RESULT_HOLD_SHOW)
def _shows(actor: Actor, model: Any, now: datetime) -> Condition:
    """What they asked to hear first they may see at any time; what is held to prevent harm a clinician decides on."""
    return false() if actor.is_staff else and_(_was_asked_for(model), _acts(actor, model, now))


def _was_asked_for(model: Any) -> Condition:
    return model.kind == "asked" if hasattr(model, "audience") else true()


@rule(Action.RESULT_HOLD_CREATE)
def _holds(actor: Actor, model: Any, now: datetime) -> Condition:
    """A licensed clinician who treats this patient; nobody for a whole clinic, no administrator (RES-1, RES-3)."""
    return treats(actor, _patient(model), now) if actor.role in LICENSED else false()


@rule(Action.RESULT_HOLD_RELEASE)
def _releases(actor: Actor, model: Any, now: datetime) -> Condition:
    """Clinicians who treat, once they talked with the patient; what prevents harm, licensed ones alone."""
    if actor.role in LICENSED:
        return treats(actor, _patient(model), now)
    return and_(treats(actor, _patient(model), now), _was_asked_for(model))
