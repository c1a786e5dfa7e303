"""A legal representative decides within their own authority, by name, and the patient is told (domain.md 8.1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select

from portal.caregivers.consent import last_day, plain_scopes, sensitive_of
from portal.caregivers.listing import Grant
from portal.infra.errors import Invalid
from portal.models import AccessInvitation, Account, Relationship, RelationshipScope
from portal.notifications.service import notify
from portal.policy.actions import Action
from portal.policy.conditions import still_held
from portal.work.unit_of_work import UnitOfWork


def is_own(uow: UnitOfWork, person_id: UUID) -> bool:
    """Whether the actor decides for themselves."""
    return uow.actor.person_id == person_id


def _own(uow: UnitOfWork) -> tuple[Any, ...]:
    """The conditions of the actor's own place as a representative, at this moment."""
    return (
        Relationship.account_id == uow.actor.account_id,
        Relationship.kind == "representative",
        Relationship.state == "active",
        or_(Relationship.ends_at.is_(None), Relationship.ends_at > uow.now),
    )


def until(uow: UnitOfWork, person_id: UUID) -> date | None:
    """The last day of a representative's authority; None where it has no end, and for the patient."""
    if is_own(uow, person_id):
        return None
    statement = uow.select(
        Action.CAREGIVER_RELATIONSHIP_READ, Relationship, Relationship.ends_at, within=person_id
    ).where(*_own(uow))
    ends = list(uow.scalars(statement))
    return None if not ends or None in ends else last_day(max(ends), uow.settings.zone)


def no_longer(uow: UnitOfWork, person_id: UUID, ends_on: date | None, *, held: Relationship | None = None) -> None:
    """Go on only if what the actor gives ends with their own authority. `held` keeps the end it has already.

    Raises `Invalid("ends_on", "beyond-authority")`.
    """
    own = until(uow, person_id)
    if own is None or (ends_on is not None and ends_on <= own):
        return
    if held is None or ends_on != (last_day(held.ends_at, uow.settings.zone) if held.ends_at else None):
        raise Invalid("ends_on", "beyond-authority")


def held(uow: UnitOfWork, person_id: UUID) -> frozenset[str] | None:
    """What a representative may give to others: no more than they hold. None for the patient, who may give all."""
    if is_own(uow, person_id):
        return None
    statement = (
        uow.select(
            Action.CAREGIVER_RELATIONSHIP_READ, Relationship, RelationshipScope.scope, within=person_id,
            joining=(RelationshipScope,),
        )
        .join(
            RelationshipScope,
            and_(
                RelationshipScope.relationship_id == Relationship.id,
                still_held(Relationship, RelationshipScope, uow.now),
            ),
        )
        .where(*_own(uow))
    )  # fmt: skip
    return frozenset(uow.scalars(statement))


def within(uow: UnitOfWork, person_id: UUID, wanted: Iterable[str], *, kept: Iterable[str] = ()) -> None:
    """Go on only if the actor may give all of this. `kept` was given before, by the patient.

    Raises `Invalid("scopes" or "categories", "beyond-authority")`.
    """
    own = held(uow, person_id)
    if own is None:
        return
    new = set(wanted) - set(kept)
    if plain_scopes(new) - own:
        raise Invalid("scopes", "beyond-authority")
    if set(sensitive_of(new)) - set(sensitive_of(own)):
        raise Invalid("categories", "beyond-authority")


def untouched(uow: UnitOfWork, person_id: UUID, rows: Iterable[str]) -> frozenset[str]:
    """Sensitive categories among what is stored that the actor neither sees nor takes away: the patient's affair."""
    own = held(uow, person_id)
    return frozenset() if own is None else frozenset(sensitive_of(rows)) - frozenset(sensitive_of(own))


def seen(uow: UnitOfWork, person_id: UUID, grants: list[Grant]) -> list[Grant]:
    """Grants as the actor may see them: a representative learns of no private matter that is not open to them."""
    own = held(uow, person_id)
    if own is None:
        return grants
    known = {f"sensitive:{code}" for code in sensitive_of(own)}
    plain = [frozenset(s for s in one.scopes if not s.startswith("sensitive:") or s in known) for one in grants]
    return [replace(one, scopes=scopes) for one, scopes in zip(grants, plain, strict=True)]


def tell_patient(uow: UnitOfWork, person_id: UUID, subject_id: UUID) -> None:
    """The patient hears of every decision that somebody else took for them."""
    if is_own(uow, person_id):
        return
    for account_id in uow.scalars(select(Account.id).where(Account.person_id == person_id, Account.is_active)):
        notify(uow, account_id, "access_decided", f"access-decided:{subject_id}:{uow.now.isoformat()}:{account_id}")


def given_by(uow: UnitOfWork, person_id: UUID, held_id: UUID) -> str:
    """Who gave this access for the patient; nothing where the patient did it, or a paper."""
    statement = (
        uow.select(
            Action.CAREGIVER_INVITATION_READ, AccessInvitation, Account.display_name, Account.person_id,
            within=person_id,
        )
        .join(Account, Account.id == AccessInvitation.made_by_id)
        .where(AccessInvitation.relationship_id == held_id, AccessInvitation.state == "accepted",
               AccessInvitation.kind.in_(("liaison", "backup", "proxy", "family")))
    )  # fmt: skip
    row = uow.first(statement.limit(1))
    return row.display_name if row is not None and row.person_id != person_id else ""
