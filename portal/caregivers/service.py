"""Who acts for a patient, as what, and how far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import and_, or_

from portal.models import Account, Relationship, RelationshipScope
from portal.policy.actions import Action
from portal.policy.conditions import still_held
from portal.work.unit_of_work import UnitOfWork

READ = Action.CAREGIVER_RELATIONSHIP_READ
RANK = {"liaison": 0, "backup": 1, "representative": 2, "proxy": 3, "family": 4}


@dataclass(frozen=True, slots=True)
class Held:
    """A relationship with the scopes it opens."""

    id: UUID
    account_id: UUID
    name: str
    kind: str
    relation: str
    state: str
    starts_at: datetime
    ends_at: datetime | None
    away_until: datetime | None
    scopes: frozenset[str] = field(default_factory=frozenset)


class HeldRow(NamedTuple):
    """A row of `_holding`: a relationship beside one scope of it, or none."""

    id: UUID
    account_id: UUID
    display_name: str
    kind: str
    relation: str
    state: str
    starts_at: datetime
    ends_at: datetime | None
    away_until: datetime | None
    scope: str | None


def relationships(uow: UnitOfWork, person_id: UUID, *, kinds: Sequence[str] = ()) -> list[Held]:
    """The relationships that hold now and that the reader may see, the liaison first; one statement.

    A patient and their care team see all of them, a caregiver only their own (PRX-4).
    """
    scopes: dict[UUID, set[str]] = {}
    first: dict[UUID, HeldRow] = {}
    for row in (HeldRow(*found) for found in uow.prepared(_holding, *kinds, within=person_id)):
        first.setdefault(row.id, row)
        scopes.setdefault(row.id, set()).update({row.scope} if row.scope else ())
    held = [_held(row, scopes[row.id]) for row in first.values()]
    return sorted(held, key=lambda each: (RANK.get(each.kind, 9), each.name.lower(), str(each.id)))


def _holding(uow: UnitOfWork, *kinds: str, within: Any) -> Any:
    statement: Any = (
        uow.select(
            READ,
            Relationship,
            Relationship.id,
            Relationship.account_id,
            Account.display_name,
            Relationship.kind,
            Relationship.relation,
            Relationship.state,
            Relationship.starts_at,
            Relationship.ends_at,
            Relationship.away_until,
            RelationshipScope.scope,
            within=within,
            joining=(RelationshipScope,),
        )
        .join(Account, Account.id == Relationship.account_id)
        .outerjoin(
            RelationshipScope,
            and_(
                RelationshipScope.relationship_id == Relationship.id,
                still_held(Relationship, RelationshipScope, uow.now),
            ),
        )
        .where(
            Relationship.state == "active",
            Relationship.starts_at <= uow.now,
            or_(Relationship.ends_at.is_(None), Relationship.ends_at > uow.now),
        )
    )
    if kinds:
        statement = statement.where(Relationship.kind.in_(list(kinds)))
    return statement


def _held(row: HeldRow, scopes: set[str]) -> Held:
    return Held(
        id=row.id,
        account_id=row.account_id,
        name=row.display_name,
        kind=row.kind,
        relation=row.relation,
        state=row.state,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        away_until=row.away_until,
        scopes=frozenset(scopes),
    )


def active_liaison(uow: UnitOfWork, person_id: UUID) -> Held | None:
    """The patient's liaison, if the reader may know of one."""
    found = relationships(uow, person_id, kinds=("liaison",))
    return found[0] if found else None
