"""Reminders of access: that it ends soon, and that a child grows up. Planned ahead, looked at again on the day."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from portal.models import Account, Relationship
from portal.notifications.service import notify
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

ENDING = (30, 7)  # days before the end (PRX-2)
GROWING = (60, 7)  # days before a birthday that changes a parent's rights (PRX-8)


def plan(uow: UnitOfWork, held: Relationship) -> None:
    """Have people told before a grant ends, and before a birthday changes what a parent may see."""
    if held.kind == "parent":
        for what, moment in (("narrows", held.narrows_at), ("ends", held.ends_at)):
            _plan(uow, held, f"age-{what}", moment, GROWING)
    else:
        _plan(uow, held, "ends", held.ends_at, ENDING)


def _plan(uow: UnitOfWork, held: Relationship, what: str, moment: datetime | None, days: tuple[int, ...]) -> None:
    if moment is None:
        return
    for before in days:
        at = moment - timedelta(days=before)
        if at > uow.now:
            key = f"access:{what}:{before}:{held.id}:{moment.date().isoformat()}"
            uow.later("caregivers.remind", held.id, at=at, key=key)


def remind(uow: UnitOfWork, relationship_id: UUID) -> None:
    """Tell whoever must know what lies ahead of a relationship now; nobody when it ended or was renewed meanwhile."""
    found = uow.first(
        uow.select(
            Action.CAREGIVER_RELATIONSHIP_READ, Relationship, Relationship.patient_id, Relationship.account_id,
            Relationship.kind, Relationship.state, Relationship.ends_at, Relationship.narrows_at,
        ).where(Relationship.id == relationship_id)
    )  # fmt: skip
    if found is None or found.state != "active":
        return
    is_parent = found.kind == "parent"
    for what, moment in (("narrows", found.narrows_at if is_parent else None), ("ends", found.ends_at)):
        before = _due(uow.now, moment, GROWING if is_parent else ENDING)
        if before is None or moment is None:
            continue
        patient = select(Account.id).where(Account.person_id == found.patient_id, Account.is_active)
        told = list(uow.scalars(patient)) + ([found.account_id] if is_parent else [])
        kind = "access_age" if is_parent else "access_ending"
        for account_id in told:
            key = f"{kind}:{what}:{relationship_id}:{moment.date().isoformat()}:{before}:{account_id}"
            notify(uow, account_id, kind, key)


def _due(now: datetime, moment: datetime | None, days: tuple[int, ...]) -> int | None:
    """Which of the announcements is due: the nearest one whose day has come, while the moment lies ahead."""
    if moment is None or moment <= now:
        return None
    left = moment - now
    return min((before for before in days if left <= timedelta(days=before)), default=None)
