"""Who the liaison is since a few days, and who was it before: said for a week to those whom it concerns (LIA-1).

The patient, their care team, and the liaison who begins read both names; so does whoever was the liaison before and
still has a part in the family. Whoever has none left learns that somebody else does it now, and not who (PRX-4).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import and_, or_

from portal.models import Account, Relationship
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

SHOWN = timedelta(days=7)
JOB = "caregivers.handed_over"


class _Row(NamedTuple):
    account_id: UUID
    name: str
    state: str
    starts_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewLiaison:
    """Who is the liaison since when, and who was it until then (nobody: an empty name)."""

    name: str
    since: datetime
    before: str


def lately(uow: UnitOfWork, person_id: UUID) -> NewLiaison | None:
    """The liaison who began in the last seven days, for readers who may know; nothing for all others.

    Staff must have been let to the patient before this is asked.
    """
    job, since = uow.as_job(JOB), uow.now - SHOWN
    rows: list[_Row] = [_Row(*row) for row in job.prepared(_recent, within=person_id, since=since).all()]
    new = next((row for row in rows if row.state == "active"), None)
    if new is None or uow.now - new.starts_at >= SHOWN:
        return None
    gone = [row for row in rows if row.ended_at is not None and row.account_id != new.account_id]
    old = max(gone, key=lambda row: row.ended_at or row.starts_at, default=None)
    concerned = {new.account_id, *([old.account_id] if old else [])}
    if not (uow.actor.is_staff or uow.actor.person_id == person_id or uow.actor.account_id in concerned):
        return None
    return NewLiaison(new.name, new.starts_at, old.name if old else "")


def _recent(uow: UnitOfWork, *, within: Any, since: Any) -> Any:
    return (
        uow.select(
            Action.CAREGIVER_RELATIONSHIP_READ, Relationship, Relationship.account_id, Account.display_name,
            Relationship.state, Relationship.starts_at, Relationship.ended_at, within=within,
        )
        .join(Account, Account.id == Relationship.account_id)
        .where(
            Relationship.kind == "liaison",
            or_(
                and_(Relationship.state == "active", Relationship.starts_at > since, Relationship.starts_at <= uow.now),
                and_(Relationship.state != "active", Relationship.ended_at > since),
            ),
        )
    )  # fmt: skip
