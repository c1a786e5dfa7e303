"""What a caregiver looked at and did, for the patient, from the trail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from portal.infra.dates import at_wall
from portal.models import Account, AuditEvent, Relationship
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

READ = Action.CAREGIVER_ACTIVITY_READ
SIZE = 40


class Act(NamedTuple):
    """One entry of the trail."""

    id: int
    at: datetime
    action: str
    object_type: str | None
    object_id: str | None
    outcome: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Feed:
    """A page of what somebody did, the newest first. `older` is where the next page begins."""

    name: str
    is_over: bool
    events: Sequence[Act]
    older: int | None


def feed(
    uow: UnitOfWork, person_id: UUID, held_id: UUID, *, since: date | None, until: date | None, before: int | None
) -> Feed:
    """What the holder of a relationship saw and did in this patient's house. Raises `NotFound`.

    Days are the practice's. What was tried and refused is among it; what they did for others is not.
    """
    held = uow.load(READ, Relationship, held_id, within=person_id)
    name = uow.scalars(select(Account.display_name).where(Account.id == held.account_id))[0]
    statement = select(
        AuditEvent.id, AuditEvent.at, AuditEvent.action, AuditEvent.object_type, AuditEvent.object_id,
        AuditEvent.outcome, AuditEvent.reason,
    ).where(AuditEvent.patient_id == person_id, AuditEvent.account_id == held.account_id)  # fmt: skip
    zone = uow.settings.zone
    if since is not None:
        statement = statement.where(AuditEvent.at >= at_wall(since, time(), zone))
    if until is not None:
        statement = statement.where(AuditEvent.at < at_wall(until + timedelta(days=1), time(), zone))
    if before is not None:
        statement = statement.where(AuditEvent.id < before)
    rows = [Act._make(row) for row in uow.rows(statement.order_by(AuditEvent.id.desc()).limit(SIZE + 1))]
    return Feed(
        name, held.state not in ("active", "suspended"), rows[:SIZE], rows[SIZE - 1].id if len(rows) > SIZE else None
    )
