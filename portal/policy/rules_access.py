"""Rules of giving access (domain.md 8.1): the patient gives, changes and takes; nobody does it for them (PRX-4)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import and_, false, or_, true

from portal.models import Person
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.policy.conditions import Condition, decides_for, holds_open_thread_of, is_the_person, on_care_team, treats
from portal.policy.rules import rule


def _patient(model: Any) -> Any:
    return model.id if getattr(model, "__tablename__", None) == Person.__tablename__ else model.patient_id


@rule(Action.CAREGIVER_INVITATION_READ, Action.CAREGIVER_INVITATION_CREATE, Action.CAREGIVER_GRANT_UPDATE)
def _gives(actor: Actor, model: Any, now: datetime) -> Condition:
    """Asking somebody, giving more or less: the patient, and whoever a checked paper lets decide for them (8.1)."""
    return false() if actor.is_staff else decides_for(actor, _patient(model), now)


@rule(Action.CAREGIVER_ACTIVITY_READ, Action.CAREGIVER_PREVIEW_READ)
def _looks_after(actor: Actor, model: Any, now: datetime) -> Condition:
    """Looking with somebody's eyes, and at what they did, shows private matters: the patient alone (PRX-4)."""
    return false() if actor.is_staff else is_the_person(actor, _patient(model))


@rule(Action.CAREGIVER_INVITATION_ANSWER)
def _answers(actor: Actor, model: Any, now: datetime) -> Condition:
    """No list says whose an invitation is: whoever holds its code may answer it, and the job that checked the code."""
    return false()


@rule(Action.CAREGIVER_ENDED_READ)
def _ended(actor: Actor, model: Any, now: datetime) -> Condition:
    """That one's own access has ended; nothing of the patient comes with it (PRX-3)."""
    if actor.account_id is None:
        return false()
    over = or_(model.state != "active", and_(model.ends_at.is_not(None), model.ends_at <= now))
    return and_(model.account_id == actor.account_id, over)


@rule(Action.CAREGIVER_EVIDENCE_CREATE)
def _files(actor: Actor, model: Any, now: datetime) -> Condition:
    """Front desk looks at papers and files them; that grants nothing (domain.md 8.1)."""
    return true() if actor.role == "front_desk" or actor.is_admin else false()


@rule(Action.CAREGIVER_EVIDENCE_READ)
def _papers(actor: Actor, model: Any, now: datetime) -> Condition:
    """Whoever files or checks papers, and those who need to know on what somebody's authority rests."""
    if actor.is_admin or actor.role == "front_desk":
        return true()
    patient = _patient(model)
    if actor.is_staff:
        return or_(on_care_team(actor, patient, now), holds_open_thread_of(actor, patient))
    return is_the_person(actor, patient)


@rule(Action.CAREGIVER_LIMIT_READ, Action.CAREGIVER_LIMIT_UPDATE)
def _limits(actor: Actor, model: Any, now: datetime) -> Condition:
    """Clinicians who treat the patient stop whoever harms them. Nobody else reads why (PRX-9)."""
    return treats(actor, _patient(model), now)


@rule(Action.ADMIN_ACCESS_READ, Action.ADMIN_ACCESS_UPDATE)
def _oversees(actor: Actor, model: Any, now: datetime) -> Condition:
    """The privacy officer looks at papers a second time, and suspends. It opens no record."""
    return true() if actor.is_admin else false()
