"""Rules of the binder (domain.md 12): its owner, caregivers by scope, and clinicians who read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import and_, false, or_, true

from portal.models import Person
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.policy.conditions import Condition, decides_for, has_scope, is_the_person, treats
from portal.policy.rules import rule


def _patient(model: Any) -> Any:
    return model.id if getattr(model, "__tablename__", None) == Person.__tablename__ else model.patient_id


def _owns(actor: Actor, model: Any, now: datetime) -> Condition:
    """The person, and caregivers who may take the binder along."""
    patient = _patient(model)
    return or_(is_the_person(actor, patient), has_scope(actor, patient, "binder_export", now))


@rule(Action.BINDER_READ)
def _reads(actor: Actor, model: Any, now: datetime) -> Condition:
    """Each section of it keeps the rule of what is in it."""
    return treats(actor, _patient(model), now) if actor.is_staff else _owns(actor, model, now)


@rule(Action.BINDER_UPDATE, Action.BINDER_EXPORT_READ)
def _keeps(actor: Actor, model: Any, now: datetime) -> Condition:
    """Choosing, confirming and carrying it away is not the clinic's (PHR-8)."""
    return false() if actor.is_staff else _owns(actor, model, now)


def _shown(actor: Actor, model: Any) -> Condition:
    """What its owner keeps for themselves is for nobody else."""
    if not hasattr(model, "is_private"):
        return true()
    return or_(is_the_person(actor, model.patient_id), ~model.is_private)


@rule(Action.BINDER_NOTE_READ)
def _reads_notes(actor: Actor, model: Any, now: datetime) -> Condition:
    return and_(_reads(actor, model, now), _shown(actor, model))


@rule(Action.BINDER_NOTE_UPDATE)
def _writes_notes(actor: Actor, model: Any, now: datetime) -> Condition:
    return and_(_keeps(actor, model, now), _shown(actor, model))


@rule(Action.BINDER_PACKET_READ)
def _reads_packets(actor: Actor, model: Any, now: datetime) -> Condition:
    """What was sent to a visit: those who treat, the clinician of the visit, the sender's side."""
    if not actor.is_staff:
        return _packs(actor, model, now)
    treated = treats(actor, _patient(model), now)
    if hasattr(model, "practitioner_id") and actor.is_clinical:
        return or_(treated, model.practitioner_id == actor.practitioner_id)
    return treated


@rule(Action.BINDER_PACKET_UPDATE)
def _packs(actor: Actor, model: Any, now: datetime) -> Condition:
    """The person; and a caregiver who takes the binder along and sees the visits. One's own packets, of a caregiver."""
    if actor.is_staff:
        return false()
    patient = _patient(model)
    both = and_(has_scope(actor, patient, "binder_export", now), has_scope(actor, patient, "appointments_view", now))
    own = model.account_id == actor.account_id if hasattr(model, "account_id") else true()
    return or_(is_the_person(actor, patient), and_(both, own))


@rule(Action.BINDER_SHARE_READ, Action.BINDER_SHARE_UPDATE)
def _shares(actor: Actor, model: Any, now: datetime) -> Condition:
    """The person sees and ends every link; a caregiver who may share, their own alone (PRX-4)."""
    if actor.is_staff:
        return false()
    patient = _patient(model)
    lent = has_scope(actor, patient, "share_link", now)
    if hasattr(model, "account_id"):
        lent = and_(lent, model.account_id == actor.account_id)
    elif model is not Person:
        lent = false()  # who came to a link is told to the person
    return or_(is_the_person(actor, patient), lent)


@rule(Action.BINDER_CARD_READ, Action.BINDER_CARD_UPDATE)
def _carries(actor: Actor, model: Any, now: datetime) -> Condition:
    """What strangers may see in an emergency is chosen by whoever decides (PHR-6)."""
    return false() if actor.is_staff else decides_for(actor, _patient(model), now)
