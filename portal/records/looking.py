"""When somebody looked at a part of a record, so that what came since can be marked; and what they say is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from portal.models import Account, RecordCheck, RecordSeen
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

ONE_LOOK = timedelta(minutes=30)  # going to and fro within it is one look: marks stay while somebody reads
AMBER = timedelta(days=30)  # domain.md PHR-2
RED = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Look:
    """When the reader looked at a part last, and after which moment lines are new to them."""

    seen_at: datetime
    before_at: datetime | None


def looks(uow: UnitOfWork, person_id: UUID) -> dict[str, Look]:
    """The reader's looks at the parts of this record."""
    statement = uow.select(
        Action.RECORD_READ, RecordSeen, RecordSeen.part, RecordSeen.seen_at, RecordSeen.before_at, within=person_id
    ).where(RecordSeen.account_id == uow.actor.account_id)
    return {row.part: Look(row.seen_at, row.before_at) for row in uow.rows(statement)}


def marks_since(uow: UnitOfWork, look: Look | None) -> datetime | None:
    """After which moment lines are marked as new; None on a first look, when all of it is."""
    if look is None:
        return None
    return look.before_at if uow.now - look.seen_at < ONE_LOOK else look.seen_at


def remember(uow: UnitOfWork, person_id: UUID, key: str, look: Look | None) -> None:
    """The reader looks at this part now."""
    if look is not None and uow.now - look.seen_at < ONE_LOOK:
        return
    before = look.seen_at if look is not None else None
    uow.remember(RecordSeen, {"patient_id": person_id, "part": key}, seen_at=uow.now, before_at=before)


# "This is still right" ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Check:
    """Somebody said that a list is right: who, when, how fresh that is, and of which lines."""

    who: str
    checked_at: datetime
    freshness: str  # fresh, amber, red
    lines: frozenset[str]


def freshness_of(checked_at: datetime, now: datetime) -> str:
    """fresh for 30 days, amber until the 90th has passed, red after it (PHR-2)."""
    age = now - checked_at
    return "red" if age > RED else "amber" if age > AMBER else "fresh"


def checks(uow: UnitOfWork, person_id: UUID) -> Mapping[str, Check]:
    """The newest check of each part."""
    newest = func.row_number().over(partition_by=RecordCheck.part, order_by=RecordCheck.checked_at.desc())
    ranked = uow.select(Action.RECORD_CHECK_READ, RecordCheck, RecordCheck.id, newest.label("place"), within=person_id)
    first = ranked.subquery()
    columns = (RecordCheck.part, RecordCheck.checked_at, RecordCheck.lines, Account.display_name)
    statement = uow.select(Action.RECORD_CHECK_READ, RecordCheck, *columns, within=person_id)
    statement = statement.join(Account, Account.id == RecordCheck.account_id)
    rows = uow.rows(statement.where(RecordCheck.id.in_(select(first.c.id).where(first.c.place == 1))))
    return {
        row.part: Check(
            row.display_name, row.checked_at, freshness_of(row.checked_at, uow.now), frozenset(map(str, row.lines))
        )
        for row in rows
    }


def confirm(uow: UnitOfWork, person_id: UUID, key: str, lines: Sequence[UUID]) -> RecordCheck:
    """Say that a part is still right, with the lines one had before oneself."""
    uow.require(Action.RECORD_CHECK_CREATE, patient=person_id)
    row = RecordCheck(
        patient_id=person_id,
        part=key,
        account_id=uow.actor.account_id,
        checked_at=uow.now,
        lines=[str(one) for one in lines],
    )
    uow.add(row)
    uow.audit(Action.RECORD_CHECK_CREATE, row, reason=key)
    return row
