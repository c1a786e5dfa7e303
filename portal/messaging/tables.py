"""The clinic's routing table in the database: the live version, the draft, and what was live before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from portal.infra.errors import Conflict, NotFound
from portal.messaging.routing.table import DEFAULT, RoutingTable
from portal.models import Account, Pool, RoutingVersion
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

READ, UPDATE = Action.ADMIN_ROUTING_READ, Action.ADMIN_ROUTING_UPDATE
_ROWS: Any = RoutingVersion.__table__
_PARSED: dict[UUID, RoutingTable] = {}  # versions that are or were live: they never change again
_MOST_PARSED = 50


@dataclass(frozen=True, slots=True)
class Version:
    """One version as its list shows it."""

    id: UUID
    number: int | None
    state: str
    note: str
    based_on: int | None
    made_by: str
    made_at: datetime
    live_by: str | None
    live_at: datetime | None


def live(uow: UnitOfWork) -> RoutingTable:
    """The table that decides now; the product's own as long as no version went live. Read once a unit of work.

    Every decision rests on it, so no action is asked: it holds nothing of any patient.
    """
    known: RoutingTable | None = uow.session.info.get("routing_table")
    if known is None:
        row = uow.prepared(_live).first()
        known = uow.session.info["routing_table"] = _of_row(uow, row.id, row.number) if row else DEFAULT
    return known


def _live(uow: UnitOfWork, *, within: None) -> Any:
    return select(_ROWS.c.id, _ROWS.c.number).where(_ROWS.c.state == "live")


def _of_row(uow: UnitOfWork, row_id: UUID, number: int) -> RoutingTable:
    found = _PARSED.get(row_id)
    if found is None:
        body = uow.session.execute(select(_ROWS.c.body).where(_ROWS.c.id == row_id)).scalar_one()
        if len(_PARSED) >= _MOST_PARSED:
            _PARSED.clear()
        found = _PARSED[row_id] = RoutingTable.parse(body, number)
    return found


def pools(uow: UnitOfWork) -> dict[str, Pool]:
    """The clinic's pools by key, in the order of their names."""
    return {pool.key: pool for pool in uow.scalars(select(Pool).order_by(Pool.name, Pool.key))}


def clinical(found: dict[str, Pool]) -> dict[str, bool]:
    """Key: is it clinical, as the table wants to know it."""
    return {key: pool.is_clinical for key, pool in found.items()}


def versions(uow: UnitOfWork) -> Sequence[Version]:
    """All versions, the draft first, then the newest."""
    live_by = aliased(Account)
    statement = (
        uow.select(
            READ,
            RoutingVersion,
            RoutingVersion.id,
            RoutingVersion.number,
            RoutingVersion.state,
            RoutingVersion.note,
            RoutingVersion.based_on,
            Account.display_name.label("made_by"),
            RoutingVersion.made_at,
            live_by.display_name.label("live_by"),
            RoutingVersion.live_at,
        )
        .join(Account, Account.id == RoutingVersion.made_by_id)
        .outerjoin(live_by, live_by.id == RoutingVersion.live_by_id)
        .order_by(RoutingVersion.number.is_not(None), RoutingVersion.number.desc())
        .limit(200)
    )
    return [Version(**row._mapping) for row in uow.rows(statement)]


def find(uow: UnitOfWork, number: int) -> RoutingTable:
    """A version that is or was live; 0 is the product's own. Raises `NotFound`."""
    uow.require_admin(READ)
    if number == 0:
        return DEFAULT
    row_id = uow.session.execute(select(_ROWS.c.id).where(_ROWS.c.number == number)).scalar()
    if row_id is None:
        raise NotFound()
    return _of_row(uow, row_id, number)


def draft(uow: UnitOfWork) -> RoutingVersion | None:
    """The draft, if there is one."""
    found = uow.scalars(uow.select(READ, RoutingVersion).where(RoutingVersion.state == "draft"))
    return found[0] if found else None


def table_of(row: RoutingVersion) -> RoutingTable:
    """The table of a draft. It was checked when it was saved."""
    return RoutingTable.parse(row.body, row.number or 0)


def start_draft(uow: UnitOfWork, number: int | None = None) -> RoutingVersion:
    """A draft that begins as version `number` (the live one, if not given). An open draft is given back as it is."""
    uow.require_admin(UPDATE)
    open_one = draft(uow)
    if open_one is not None:
        return open_one
    table = live(uow) if number is None else find(uow, number)
    row = RoutingVersion(
        state="draft", body=table.as_dict(), based_on=table.version or None, made_by_id=uow.actor.account_id,
        made_at=uow.now,
    )  # fmt: skip
    try:
        with uow.absorbing_duplicates():
            uow.add(row)
    except Conflict:  # somebody else started one at the same moment
        found = draft(uow)
        if found is None:
            raise
        return found
    uow.audit(UPDATE, row)
    return row


def save_draft(uow: UnitOfWork, body: dict[str, Any], note: str, version: int) -> RoutingVersion:
    """Keep a draft. Raises `BadTable` for one that can't be used, `Conflict` when somebody saved it meanwhile."""
    row = _open_draft(uow, version)
    row.body = RoutingTable.parse(body, 0, clinical(pools(uow))).as_dict()
    row.note, row.replay = note, None
    uow.audit(UPDATE, row)
    uow.flush()
    return row


def discard_draft(uow: UnitOfWork, version: int) -> None:
    """Throw the draft away."""
    row = _open_draft(uow, version)
    uow.audit(UPDATE, row, reason="discarded")
    uow.session.delete(row)
    uow.flush()


def go_live(uow: UnitOfWork, version: int) -> int:
    """Make the draft the live table, at once and for every next message; returns its number.

    What was live is kept. Raises `BadTable` when the clinic's pools have changed since, `Conflict` when somebody
    else saved the draft or went live meanwhile.
    """
    row = _open_draft(uow, version)
    RoutingTable.parse(row.body, 0, clinical(pools(uow)))
    return _put_live(uow, row)


def restore(uow: UnitOfWork, number: int) -> int:
    """Make an older version live again: as a new version with the same content, so that the history stays whole."""
    table = find(uow, number)
    uow.require_admin(UPDATE)
    RoutingTable.parse(table.as_dict(), 0, clinical(pools(uow)))
    row = RoutingVersion(
        state="retired", body=table.as_dict(), based_on=number or None, made_by_id=uow.actor.account_id,
        made_at=uow.now,
    )  # fmt: skip
    uow.add(row)
    return _put_live(uow, row)


def _put_live(uow: UnitOfWork, row: RoutingVersion) -> int:
    held = select(RoutingVersion).where(RoutingVersion.state == "live").with_for_update()
    try:
        for before in uow.scalars(held):
            before.state = "retired"
        uow.flush()
        row.number = (uow.session.execute(select(func.max(_ROWS.c.number))).scalar() or 0) + 1
        row.state, row.live_by_id, row.live_at = "live", uow.actor.account_id, uow.now
        uow.flush()
    except IntegrityError as error:
        raise Conflict("version-conflict") from error
    uow.audit(UPDATE, row, reason="live")
    uow.session.info.pop("routing_table", None)
    return row.number


def _open_draft(uow: UnitOfWork, version: int) -> RoutingVersion:
    uow.require_admin(UPDATE)
    row = draft(uow)
    if row is None:
        raise NotFound()
    if row.version != version:
        raise Conflict("version-conflict")
    return row
