"""Rules of papers from elsewhere (domain.md EHR-1): who brings them, who sees them, who decides line by line."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import and_, false, literal, or_, true

from portal.models import Person
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.policy.conditions import Condition, has_scope, is_the_person, treats
from portal.policy.rules import rule

DECIDERS = ("pcp", "specialist", "nurse")  # domain.md 1: these decide on imports …
OF_MEDICINES = "pharmacist"  # … and pharmacists on medicines


def _patient(model: Any) -> Any:
    return model.id if getattr(model, "__tablename__", None) == Person.__tablename__ else model.patient_id


@rule(Action.OUTSIDE_PAPER_CREATE)
def _brings(actor: Actor, model: Any, now: datetime) -> Condition:
    """The patient, and caregivers who see the documents; never staff in their name."""
    if actor.is_staff:
        return false()
    patient = _patient(model)
    return or_(is_the_person(actor, patient), has_scope(actor, patient, "documents", now))


@rule(Action.OUTSIDE_PAPER_READ)
def _reads_papers(actor: Actor, model: Any, now: datetime) -> Condition:
    """Those who treat, the patient, caregivers who see documents: of what is sensitive, only with that category.

    Whoever brought a paper holds it anyway, and sees what became of it as long as they see documents at all.
    """
    patient = _patient(model)
    if actor.is_staff:
        return treats(actor, patient, now)
    sees = has_scope(actor, patient, "documents", now, getattr(model, "sensitivity", None))
    if hasattr(model, "account_id") and actor.account_id is not None:
        own = and_(model.account_id == actor.account_id, has_scope(actor, patient, "documents", now))
        sees = or_(sees, own)
    return or_(is_the_person(actor, patient), sees)


@rule(Action.OUTSIDE_PAPER_REMOVE)
def _takes_back(actor: Actor, model: Any, now: datetime) -> Condition:
    """The patient everything, a caregiver what they brought themselves."""
    if actor.is_staff or actor.account_id is None:
        return false()
    own = and_(model.account_id == actor.account_id, _reads_papers(actor, model, now))
    return or_(is_the_person(actor, model.patient_id), own)


@rule(Action.OUTSIDE_LINE_READ)
def _reads_lines(actor: Actor, model: Any, now: datetime) -> Condition:
    """A line is seen by whoever may see its like in the record."""
    patient = _patient(model)
    if actor.is_staff:
        return treats(actor, patient, now)
    if not hasattr(model, "scope"):
        return or_(is_the_person(actor, patient), has_scope(actor, patient, "record_basic", now))
    return or_(is_the_person(actor, patient), has_scope(actor, patient, model.scope, now, model.sensitivity))


@rule(Action.OUTSIDE_PAPER_DECIDE)
def _decides(actor: Actor, model: Any, now: datetime) -> Condition:
    """Prescribers, nurses and pharmacists who treat the patient."""
    return treats(actor, _patient(model), now) if actor.role in (*DECIDERS, OF_MEDICINES) else false()


@rule(Action.OUTSIDE_LINE_DECIDE)
def _decides_lines(actor: Actor, model: Any, now: datetime) -> Condition:
    """A pharmacist decides on medicines alone."""
    if actor.role == OF_MEDICINES:
        is_medicine = model.part == literal("medicines") if hasattr(model, "part") else true()
        return and_(treats(actor, _patient(model), now), is_medicine)
    return treats(actor, _patient(model), now) if actor.role in DECIDERS else false()
