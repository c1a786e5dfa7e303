"""The named conditions that rules are made of. Each answers for one row, in SQL, at the moment it is asked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, literal, or_, select, true

from portal.models import CareTeamMember, PoolMember, Relationship, RelationshipScope, Thread
from portal.policy.actors import Actor
from portal.policy.vocabulary import NEVER_GRANTED

Condition = ColumnElement[bool]


def nobody() -> Condition:
    return false()


def everybody() -> Condition:
    return true()


def is_the_person(actor: Actor, patient_id: Any) -> Condition:
    """The record is the actor's own."""
    return patient_id == actor.person_id if actor.person_id else false()


def active_relationship(actor: Actor, patient_id: Any, now: datetime) -> Any:
    """A select of the actor's relationships with that patient that hold at this moment."""
    return (
        select(Relationship.id)
        .where(
            Relationship.patient_id == patient_id,
            Relationship.account_id == actor.account_id,
            Relationship.state == "active",
            Relationship.starts_at <= now,
            or_(Relationship.ends_at.is_(None), Relationship.ends_at > now),
        )
        .correlate_except(Relationship, RelationshipScope)
    )


def is_related(actor: Actor, patient_id: Any, now: datetime) -> Condition:
    """The actor has any active relationship with the patient."""
    if not _may_be_caregiver(actor):
        return false()
    return exists(active_relationship(actor, patient_id, now))


def has_scope(actor: Actor, patient_id: Any, scope: Any, now: datetime, sensitivity: Any = None) -> Condition:
    """An active relationship holds the scope and, where the row is sensitive, that category too (PRX-2, PRX-6)."""
    if not _may_be_caregiver(actor):
        return false()
    held = active_relationship(actor, patient_id, now).where(
        exists().where(RelationshipScope.relationship_id == Relationship.id, RelationshipScope.scope == scope)
    )
    if sensitivity is not None:
        held = held.where(or_(sensitivity.is_(None), _category_granted(sensitivity)))
    return exists(held)


def _category_granted(sensitivity: Any) -> Condition:
    return and_(
        sensitivity.notin_(sorted(NEVER_GRANTED)),
        exists().where(
            RelationshipScope.relationship_id == Relationship.id,
            RelationshipScope.scope == literal("sensitive:").concat(sensitivity),
        ),
    )


def _may_be_caregiver(actor: Actor) -> bool:
    return actor.account_id is not None


def on_care_team(actor: Actor, patient_id: Any, now: datetime) -> Condition:
    """The actor is on the patient's care team today."""
    if not actor.practitioner_id:
        return false()
    return exists().where(
        CareTeamMember.patient_id == patient_id,
        CareTeamMember.practitioner_id == actor.practitioner_id,
        CareTeamMember.starts_at <= now,
        or_(CareTeamMember.ends_at.is_(None), CareTeamMember.ends_at > now),
    )


def my_pools(actor: Actor) -> Any:
    """A select of the pools the actor answers for."""
    return select(PoolMember.pool_id).where(PoolMember.practitioner_id == actor.practitioner_id)


def holds_thread(actor: Actor, thread: Any) -> Condition:
    """The thread is the actor's own work, or that of a pool they answer for."""
    if not actor.practitioner_id:
        return false()
    return or_(thread.owner_practitioner_id == actor.practitioner_id, thread.owner_pool_id.in_(my_pools(actor)))


def holds_open_thread_of(actor: Actor, patient_id: Any) -> Condition:
    """The actor (or their pool) holds an open question of this patient."""
    if not actor.practitioner_id:
        return false()
    return exists().where(
        Thread.patient_id == patient_id,
        Thread.state.in_(("open", "waiting_on_patient")),
        holds_thread(actor, Thread),
    )


def treats(actor: Actor, patient_id: Any, now: datetime) -> Condition:
    """A clinician with a care relationship: on the team, or holding a question of theirs (security.md A9)."""
    if not actor.is_clinical:
        return false()
    return or_(on_care_team(actor, patient_id, now), holds_open_thread_of(actor, patient_id))
