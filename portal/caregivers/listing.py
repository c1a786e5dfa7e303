"""Who holds access now, paused ones among them, as the patient sees them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_

from portal.caregivers.service import RANK
from portal.infra.errors import NotFound
from portal.models import Account, Relationship, RelationshipScope
from portal.policy.actions import Action
from portal.policy.conditions import still_held
from portal.work.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Grant:
    """A relationship that is not over, with what it opens."""

    id: UUID
    account_id: UUID
    name: str
    kind: str
    relation: str
    state: str
    suspended_by: str | None
    starts_at: datetime
    ends_at: datetime | None
    narrows_at: datetime | None
    away_until: datetime | None
    scopes: frozenset[str] = field(default_factory=frozenset)


def grants(
    uow: UnitOfWork,
    person_id: UUID,
    *,
    held_id: UUID | None = None,
    action: Action = Action.CAREGIVER_RELATIONSHIP_READ,
) -> list[Grant]:
    """All that are active or paused and within their dates, the liaison first; or the one named."""
    statement: Any = (
        uow.select(
            action,
            Relationship,
            Relationship,
            Account.display_name,
            RelationshipScope.scope,
            within=person_id,
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
            Relationship.state.in_(("active", "suspended")),
            or_(Relationship.ends_at.is_(None), Relationship.ends_at > uow.now),
        )
    )
    if held_id is not None:
        statement = statement.where(Relationship.id == held_id)
    scopes: dict[UUID, set[str]] = {}
    first: dict[UUID, tuple[Relationship, str]] = {}
    row: Any
    for row in uow.rows(statement):
        held, name, scope = row
        first.setdefault(held.id, (held, name))
        scopes.setdefault(held.id, set()).update({scope} if scope else ())
    found = [_grant(held, name, scopes[held.id]) for held, name in first.values()]
    return sorted(found, key=lambda each: (RANK.get(each.kind, 9), each.name.lower(), str(each.id)))


def grant(uow: UnitOfWork, person_id: UUID, held_id: UUID, action: Action) -> Grant:
    """The one named, under the rule of `action`. Raises `NotFound`, for one that is over, too."""
    found = grants(uow, person_id, held_id=held_id, action=action)
    if not found:
        uow.refuse(action, patient=person_id, object_type="relationship", object_id=held_id)
        raise NotFound(action=action)
    return found[0]


def _grant(held: Relationship, name: str, scopes: set[str]) -> Grant:
    return Grant(
        id=held.id,
        account_id=held.account_id,
        name=name,
        kind=held.kind,
        relation=held.relation,
        state=held.state,
        suspended_by=held.suspended_by,
        starts_at=held.starts_at,
        ends_at=held.ends_at,
        narrows_at=held.narrows_at,
        away_until=held.away_until,
        scopes=frozenset(scopes),
    )
