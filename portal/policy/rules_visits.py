"""Rules of visits: who books, moves and cancels for whom, what staff see of the schedule, and who sets it up."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import and_, false, or_, select, true

from portal.models import Person, Pool, PoolMember, Practitioner
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.policy.conditions import Condition, has_scope, is_the_person, treats
from portal.policy.rules import rule
from portal.policy.vocabulary import SCHEDULERS

SCHEDULING = "scheduling"


def _patient(model: Any) -> Any:
    return model.id if getattr(model, "__tablename__", None) == Person.__tablename__ else model.patient_id


def _schedules(actor: Actor, model: Any, now: datetime) -> Condition:
    """Staff: all visits for those whose work scheduling is; else one's own visits and those of patients one treats."""
    if not actor.is_staff:
        return false()
    if actor.role in SCHEDULERS:
        return true()
    treated = treats(actor, _patient(model), now)
    if hasattr(model, "practitioner_id") and actor.is_clinical:
        return or_(model.practitioner_id == actor.practitioner_id, treated)
    return treated


@rule(Action.APPOINTMENT_BOOK, Action.APPOINTMENT_UPDATE, Action.APPOINTMENT_REQUEST_UPDATE)
def _manages(actor: Actor, model: Any, now: datetime) -> Condition:
    """The patient, a caregiver who may manage appointments, and staff who schedule."""
    if actor.is_staff:
        return _schedules(actor, model, now)
    patient = _patient(model)
    sensitivity = getattr(model, "sensitivity", None)
    return or_(is_the_person(actor, patient), has_scope(actor, patient, "appointments_manage", now, sensitivity))


@rule(Action.APPOINTMENT_HOLD_READ)
def _own_hold(actor: Actor, model: Any, now: datetime) -> Condition:
    """A time is kept for whoever chose it, as long as they may book."""
    if actor.account_id is None:
        return false()
    return and_(model.account_id == actor.account_id, _manages(actor, model, now))


@rule(Action.APPOINTMENT_REQUEST_READ)
def _requests(actor: Actor, model: Any, now: datetime) -> Condition:
    """Who sees the patient's visits sees what was asked for."""
    if actor.is_staff:
        return _schedules(actor, model, now)
    patient = _patient(model)
    return or_(is_the_person(actor, patient), has_scope(actor, patient, "appointments_view", now))


@rule(Action.APPOINTMENT_FEED_READ, Action.APPOINTMENT_FEED_UPDATE)
def _own_feed(actor: Actor, model: Any, now: datetime) -> Condition:
    """A calendar's address is its maker's alone, and shows what they may see at the moment it is read."""
    if actor.account_id is None or actor.is_staff:
        return false()
    patient = _patient(model)
    sees = or_(is_the_person(actor, patient), has_scope(actor, patient, "appointments_view", now))
    return and_(model.account_id == actor.account_id, sees) if hasattr(model, "account_id") else sees


@rule(Action.APPOINTMENT_CHECK_IN_READ)
def _check_in(actor: Actor, model: Any, now: datetime) -> Condition:
    """It holds medicines and allergies: the patient, who manages visits and sees medicines, and those who treat."""
    patient = _patient(model)
    if actor.is_staff:
        return treats(actor, patient, now)
    both = and_(
        has_scope(actor, patient, "appointments_manage", now),
        has_scope(actor, patient, "meds_view", now),
        has_scope(actor, patient, "record_basic", now),
    )
    return or_(is_the_person(actor, patient), both)


@rule(Action.APPOINTMENT_CHECK_IN_UPDATE)
def _checks_in(actor: Actor, model: Any, now: datetime) -> Condition:
    """Staff read it; they do not answer for the patient."""
    return false() if actor.is_staff else _check_in(actor, model, now)


@rule(Action.APPOINTMENT_SCREENING_READ)
def _screening(actor: Actor, model: Any, now: datetime) -> Condition:
    """Never for caregivers, nor for parents (APT-11): the patient, and those who treat."""
    patient = _patient(model)
    return treats(actor, patient, now) if actor.is_staff else is_the_person(actor, patient)


@rule(Action.APPOINTMENT_SCREENING_CREATE)
def _answers_screening(actor: Actor, model: Any, now: datetime) -> Condition:
    """Only the patient can say how the patient feels."""
    return false() if actor.is_staff else is_the_person(actor, _patient(model))


@rule(Action.APPOINTMENT_SUMMARY_READ)
def _summary(actor: Actor, model: Any, now: datetime) -> Condition:
    """What was said in a visit is a note of the record."""
    patient = _patient(model)
    if actor.is_staff:
        return treats(actor, patient, now)
    sensitivity = getattr(model, "sensitivity", None)
    return or_(is_the_person(actor, patient), has_scope(actor, patient, "notes", now, sensitivity))


@rule(Action.APPOINTMENT_SUMMARY_UPDATE)
def _writes_summary(actor: Actor, model: Any, now: datetime) -> Condition:
    return treats(actor, _patient(model), now) if actor.is_staff else false()


@rule(Action.SCHEDULE_VISIT_READ, Action.SCHEDULE_VISIT_UPDATE)
def _schedule(actor: Actor, model: Any, now: datetime) -> Condition:
    return _schedules(actor, model, now)


@rule(Action.SCHEDULE_PERSON_READ)
def _any_patient(actor: Actor, model: Any, now: datetime) -> Condition:
    """Name and day of birth of anybody who calls to book; it opens nothing else of the record."""
    return true() if actor.is_staff and actor.role in SCHEDULERS else false()


def _leads_scheduling(actor: Actor) -> Condition:
    led = (
        select(PoolMember.id)
        .join(Pool, Pool.id == PoolMember.pool_id)
        .where(PoolMember.practitioner_id == actor.practitioner_id, PoolMember.is_lead, Pool.key == SCHEDULING)
    )
    return led.exists()


@rule(Action.SCHEDULE_VISIT_OVERBOOK)
def _overbooks(actor: Actor, model: Any, now: datetime) -> Condition:
    """Clinicians into their own day, and who leads scheduling. `model` is the clinician, or a visit of theirs."""
    if not actor.is_staff:
        return false()
    who = model.id if model is Practitioner else model.practitioner_id
    own = who == actor.practitioner_id if actor.is_clinical else false()
    return or_(own, _leads_scheduling(actor))


@rule(Action.SCHEDULE_SETUP_READ, Action.SCHEDULE_SETUP_UPDATE)
def _sets_up(actor: Actor, model: Any, now: datetime) -> Condition:
    """Who leads scheduling and administrators, everything; clinicians, their own hours."""
    if actor.is_admin:
        return true()
    if not actor.is_staff:
        return false()
    lead = _leads_scheduling(actor)
    if not actor.is_clinical:
        return lead
    if model is Practitioner:
        return or_(model.id == actor.practitioner_id, lead)
    return or_(model.practitioner_id == actor.practitioner_id, lead) if hasattr(model, "practitioner_id") else lead
