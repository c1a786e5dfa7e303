"""Rules of the list of medicines (domain.md 4): who says something about it, who decides, who sees how it is taken."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import and_, false, or_, true

from portal.models import Person
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.policy.conditions import Condition, has_scope, is_the_person, treats
from portal.policy.rules import rule

PRESCRIBERS = ("pcp", "specialist")
DECIDERS = (*PRESCRIBERS, "nurse", "pharmacist")


def _patient(model: Any) -> Any:
    return model.id if getattr(model, "__tablename__", None) == Person.__tablename__ else model.patient_id


def _helps(actor: Actor, model: Any, now: datetime, *scopes: str) -> Condition:
    """A caregiver who sees medicines and holds the scopes, for the category of the row; nothing private."""
    sensitivity = getattr(model, "sensitivity", None)
    patient = _patient(model)
    held = [has_scope(actor, patient, scope, now, sensitivity) for scope in ("meds_view", *scopes)]
    shown = ~model.is_private if hasattr(model, "is_private") else true()
    return and_(shown, *held)


def _reads(actor: Actor, model: Any, now: datetime, *scopes: str) -> Condition:
    patient = _patient(model)
    if actor.is_staff:
        return treats(actor, patient, now)
    return or_(is_the_person(actor, patient), _helps(actor, model, now, *scopes))


@rule(Action.MEDICINE_REPORT_READ)
def _report(actor: Actor, model: Any, now: datetime) -> Condition:
    """Like the line it is about; and whoever said it, as long as they see medicines at all."""
    if actor.is_staff or actor.account_id is None or not hasattr(model, "account_id"):
        return _reads(actor, model, now)
    own = and_(model.account_id == actor.account_id, has_scope(actor, _patient(model), "meds_view", now))
    return or_(_reads(actor, model, now), own)


@rule(Action.MEDICINE_STAMP_READ, Action.MEDICINE_RENEWAL_READ)
def _stamp(actor: Actor, model: Any, now: datetime) -> Condition:
    return _reads(actor, model, now)


@rule(Action.MEDICINE_REPORT_CREATE, Action.MEDICINE_LIST_CONFIRM)
def _proposes(actor: Actor, model: Any, now: datetime) -> Condition:
    """The patient, and caregivers who may change medicines (MED-1). `model` is the person, or the line it is about."""
    return false() if actor.is_staff else _reads(actor, model, now, "meds_edit")


@rule(Action.MEDICINE_REPORT_WITHDRAW)
def _withdraws(actor: Actor, model: Any, now: datetime) -> Condition:
    """One's own words, and the patient everybody's."""
    if actor.is_staff or actor.account_id is None:
        return false()
    edits = has_scope(actor, model.patient_id, "meds_edit", now)
    return or_(
        is_the_person(actor, model.patient_id),
        and_(model.account_id == actor.account_id, edits, _report(actor, model, now)),
    )


@rule(Action.MEDICINE_RENEWAL_CREATE)
def _asks_for_more(actor: Actor, model: Any, now: datetime) -> Condition:
    """The patient, and caregivers who may ask for refills of that medicine."""
    return false() if actor.is_staff else _reads(actor, model, now, "refills")


@rule(
    Action.MEDICINE_REPORT_DECIDE,
    Action.MEDICINE_LIST_VERIFY,
    Action.MEDICINE_RENEWAL_DECIDE,
    Action.MEDICINE_FLAG_ANSWER,
)
def _decides(actor: Actor, model: Any, now: datetime) -> Condition:
    """Prescribers, nurses and pharmacists who treat the patient."""
    return treats(actor, _patient(model), now) if actor.role in DECIDERS else false()


@rule(Action.MEDICINE_FLAG_READ)
def _flags(actor: Actor, model: Any, now: datetime) -> Condition:
    """What the checks found in full is for those who treat; others are told what to ask about."""
    return treats(actor, _patient(model), now) if actor.is_staff else false()


@rule(Action.MEDICINE_CHECK_IN_READ, Action.MEDICINE_CHECK_IN_UPDATE)
def _check_in(actor: Actor, model: Any, now: datetime) -> Condition:
    """Whether a dose was taken is between the patient and who keeps the list with them; never for the clinic."""
    return false() if actor.is_staff else _reads(actor, model, now, "meds_edit")
