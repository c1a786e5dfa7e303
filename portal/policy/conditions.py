"""The named conditions that rules are made of. Each answers for one row, in SQL, at the moment it is asked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, false, literal, or_, select, true
from sqlalchemy.orm import aliased

from portal.models import (
    AccessEvidence,
    CareTeamMember,
    LiaisonMode,
    PoolMember,
    Relationship,
    RelationshipScope,
    Thread,
    ThreadOffer,
)
from portal.policy.actors import Actor
from portal.policy.vocabulary import NEVER_GRANTED, OF_YOUNG_PEOPLE

Condition = ColumnElement[bool]

# Names of their own for the tables a condition looks into. Without them, a condition asked about a row of the same
# table would compare the row with itself; and each inner select correlates with everything but its own table, or it
# would look at rows of other patients. access.csv has rows and people that notice.
Held = aliased(Relationship)
Granted = aliased(RelationshipScope)
Membership = aliased(CareTeamMember)
Question = aliased(Thread)
Lending = aliased(Relationship)
Wish = aliased(LiaisonMode)
Offered = aliased(ThreadOffer)
Paper = aliased(AccessEvidence)


def nobody() -> Condition:
    return false()


def everybody() -> Condition:
    return true()


def is_the_person(actor: Actor, patient_id: Any) -> Condition:
    """The record is the actor's own."""
    if actor.is_in_own_record:
        return true()
    return patient_id == actor.person_id if actor.person_id is not None else false()


def active_relationship(actor: Actor, patient_id: Any, now: datetime, kinds: tuple[str, ...] = ()) -> Any:
    """A select of the actor's relationships with that patient that hold at this moment."""
    held = (
        select(Held.id)
        .where(
            Held.patient_id == patient_id,
            Held.account_id == actor.account_id,
            Held.state == "active",
            Held.starts_at <= now,
            or_(Held.ends_at.is_(None), Held.ends_at > now),
        )
        .correlate_except(Held)
    )
    return held.where(Held.kind.in_(kinds)) if kinds else held


def is_related(
    actor: Actor, patient_id: Any, now: datetime, kinds: tuple[str, ...] = (), sensitivity: Any = None
) -> Condition:
    """The actor has an active relationship with the patient (of one of `kinds`, if given); never with themselves.

    Where the row is sensitive, the relationship holds that category, too.
    """
    if actor.account_id is None or actor.is_in_own_record:
        return false()
    held = active_relationship(actor, patient_id, now, kinds)
    if sensitivity is not None:
        held = held.where(or_(sensitivity.is_(None), _category_granted(sensitivity, now)))
    return held.exists()


def has_scope(actor: Actor, patient_id: Any, scope: Any, now: datetime, sensitivity: Any = None) -> Condition:
    """An active relationship holds the scope and, where the row is sensitive, that category too (PRX-2, PRX-6)."""
    if actor.account_id is None or actor.is_in_own_record:
        return false()
    held = active_relationship(actor, patient_id, now).where(_holds(scope, now))
    if sensitivity is not None:
        held = held.where(or_(sensitivity.is_(None), _category_granted(sensitivity, now)))
    return held.exists()


def _holds(scope: Any, now: datetime) -> Condition:
    """The relationship of the enclosing select holds `scope` (a word, or a column of the row in question).

    A backup holds what the liaison holds, too, while the liaison is away (TAXONOMY.md 8). A parent holds less from
    the moment the child is old enough, unless the young person gave it themselves (PRX-8).
    """
    lent = and_(Held.kind == "backup", Granted.relationship_id.in_(away_liaison(Held.patient_id, now)))
    granted = select(Granted.id).where(or_(Granted.relationship_id == Held.id, lent), Granted.scope == scope)
    return granted.where(still_held(Held, Granted, now)).correlate_except(Granted).exists()


def still_held(relationship: Any, granted: Any, now: datetime) -> Condition:
    """Whether a stored scope counts at this moment: of a parent's, few do once the child is old enough (PRX-8)."""
    return or_(
        relationship.narrows_at.is_(None),
        relationship.narrows_at > now,
        granted.scope.in_(sorted(OF_YOUNG_PEOPLE)),
        granted.is_lasting,
    )


def away_liaison(patient_id: Any, now: datetime) -> Any:
    """A select of the patient's liaison, if they are away at this moment."""
    away = select(Lending.id).where(
        Lending.patient_id == patient_id,
        Lending.kind == "liaison",
        Lending.state == "active",
        Lending.starts_at <= now,
        or_(Lending.ends_at.is_(None), Lending.ends_at > now),
        Lending.away_until > now,
    )
    return away.correlate_except(Lending)


def speaks_for(actor: Actor, patient_id: Any, now: datetime) -> Condition:
    """The actor is the patient's liaison; or the backup, while the liaison is away (LIA-9)."""
    if actor.account_id is None or actor.is_in_own_record:
        return false()
    backup = active_relationship(actor, patient_id, now, ("backup",))
    return or_(
        active_relationship(actor, patient_id, now, ("liaison",)).exists(),
        and_(backup.exists(), away_liaison(patient_id, now).exists()),
    )


def decides_for(actor: Actor, patient_id: Any, now: datetime) -> Condition:
    """The patient; or a legal representative whose paper was looked at by a second person, and still holds."""
    if actor.is_in_own_record or actor.account_id is None:
        return is_the_person(actor, patient_id)
    checked = select(Paper.id).where(Paper.relationship_id == Held.id, Paper.checked_at.is_not(None))
    represents = active_relationship(actor, patient_id, now, ("representative",))
    represents = represents.where(checked.correlate_except(Paper).exists())
    return or_(is_the_person(actor, patient_id), represents.exists())


def is_kept_from_liaison(patient_id: Any, scope: Any) -> Condition:
    """The patient wants the liaison to see nothing of this family of topics."""
    never = select(Wish.id).where(Wish.patient_id == patient_id, Wish.scope == scope, Wish.mode == "never")
    return never.correlate_except(Wish).exists()


def _category_granted(sensitivity: Any, now: datetime) -> Condition:
    never = sensitivity.in_(sorted(NEVER_GRANTED))
    return and_(~never, _holds(literal("sensitive:").concat(sensitivity), now))


def on_care_team(actor: Actor, patient_id: Any, now: datetime) -> Condition:
    """The actor is on the patient's care team today."""
    if actor.practitioner_id is None:
        return false()
    membership = select(Membership.id).where(
        Membership.patient_id == patient_id,
        Membership.practitioner_id == actor.practitioner_id,
        Membership.starts_at <= now,
        or_(Membership.ends_at.is_(None), Membership.ends_at > now),
    )
    return membership.correlate_except(Membership).exists()


def my_pools(actor: Actor) -> Any:
    """A select of the pools the actor answers for."""
    return select(PoolMember.pool_id).where(PoolMember.practitioner_id == actor.practitioner_id)


def holds_thread(actor: Actor, thread: Any) -> Condition:
    """The thread is the actor's own work, or that of a pool they answer for."""
    if actor.practitioner_id is None:
        return false()
    return or_(thread.owner_practitioner_id == actor.practitioner_id, thread.owner_pool_id.in_(my_pools(actor)))


def is_offered(actor: Actor, thread_id: Any) -> Condition:
    """The thread is offered to a pool the actor answers for, and nobody has said yes or no."""
    if actor.practitioner_id is None:
        return false()
    offer = select(Offered.id).where(
        Offered.thread_id == thread_id, Offered.state == "open", Offered.pool_id.in_(my_pools(actor))
    )
    return offer.correlate_except(Offered).exists()


def pools_led(actor: Actor) -> Any:
    """A select of the pools the actor leads."""
    return select(PoolMember.pool_id).where(PoolMember.practitioner_id == actor.practitioner_id, PoolMember.is_lead)


def holds_open_thread_of(actor: Actor, patient_id: Any) -> Condition:
    """The actor (or their pool) holds an open question of this patient."""
    if actor.practitioner_id is None:
        return false()
    question = select(Question.id).where(
        Question.patient_id == patient_id,
        Question.state.in_(("open", "waiting_on_patient")),
        holds_thread(actor, Question),
    )
    return question.correlate_except(Question).exists()


def treats(actor: Actor, patient_id: Any, now: datetime) -> Condition:
    """A clinician with a care relationship: on the team, or holding a question of theirs (security.md A9)."""
    if not actor.is_clinical:
        return false()
    return or_(on_care_team(actor, patient_id, now), holds_open_thread_of(actor, patient_id))
