"""Taking time: one row for each five minutes of a clinician, a room and a patient. The database says who was first.

The same statement on SQLite and PostgreSQL: an insert that, where the row is there already, takes it over only if it
belonged to a hold that has lapsed. Rows are written in one order, so that two who want the same wait for each other and
never both for the other one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from portal.appointments import slots
from portal.infra.errors import Conflict
from portal.models import Occupied
from portal.work.unit_of_work import UnitOfWork

_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a visit takes: the clinician and the room through the pause after it, the patient through the visit."""

    starts_at: datetime
    minutes: int
    pause: int
    patient_id: UUID
    practitioner_id: UUID | None = None
    room_id: UUID | None = None
    seat: int = 0  # of the clinician and the room; a patient has one only

    def rows(self) -> list[tuple[UUID, int, int]]:
        """(resource, seat, cell) in the order in which they are written."""
        whole = slots.cells(self.starts_at, self.minutes + self.pause)
        found = [(self.patient_id, 0, cell) for cell in slots.cells(self.starts_at, self.minutes)]
        for resource in (self.practitioner_id, self.room_id):
            if resource is not None:
                found += [(resource, self.seat, cell) for cell in whole]
        return sorted(found)


def take(
    uow: UnitOfWork, claim_id: UUID, wanted: Wanted, *, until: datetime | None = None, beside: UUID | None = None
) -> None:
    """Take all of `wanted` for `claim_id`, until a moment or for good. Raises `Conflict("taken")` and takes nothing.

    What the claim `beside` holds already is left to it: a visit may be moved to a time that overlaps its own.
    """
    rows = wanted.rows()
    if beside is not None:
        kept = set(_held(uow, beside))
        rows = [row for row in rows if row not in kept]
    if not rows:
        return
    with uow.session.begin_nested():
        if _write(uow, claim_id, rows, until) < len(rows):
            raise Conflict("taken")


def _write(uow: UnitOfWork, claim_id: UUID, rows: list[tuple[UUID, int, int]], until: datetime | None) -> int:
    insert = _INSERT[uow.services.database.engine.dialect.name]
    table: Any = Occupied.__table__
    statement = insert(table).values(
        [
            {"resource_id": resource, "seat": seat, "cell": cell, "claim_id": claim_id, "until": until}
            for resource, seat, cell in rows
        ]
    )
    statement = statement.on_conflict_do_update(
        index_elements=[table.c.resource_id, table.c.seat, table.c.cell],
        set_={"claim_id": statement.excluded.claim_id, "until": statement.excluded.until},
        where=and_(table.c.until.is_not(None), table.c.until <= uow.now),
    )
    return len(uow.session.execute(statement.returning(table.c.cell)).all())


def keep(uow: UnitOfWork, hold_id: UUID, visit_id: UUID, wanted: Wanted) -> None:
    """Turn what a hold has taken into the visit's own, for good, and let go of all else the visit had.

    Raises `Conflict("taken")` when the hold had lapsed and somebody took any of it.
    """
    needed = set(wanted.rows())
    if not needed <= {*_held(uow, hold_id), *_held(uow, visit_id)}:
        raise Conflict("taken")
    spare = [row for row in _held(uow, visit_id) if row not in needed]
    for resource, seat, cell in sorted(spare):
        uow.change(
            delete(Occupied).where(
                Occupied.resource_id == resource,
                Occupied.seat == seat,
                Occupied.cell == cell,
                Occupied.claim_id == visit_id,
            )
        )
    taken = update(Occupied).where(Occupied.claim_id == hold_id).values(claim_id=visit_id, until=None)
    uow.change(taken.execution_options(synchronize_session=False))


def _held(uow: UnitOfWork, claim_id: UUID) -> list[tuple[UUID, int, int]]:
    statement = select(Occupied.resource_id, Occupied.seat, Occupied.cell).where(Occupied.claim_id == claim_id)
    return [(row.resource_id, row.seat, row.cell) for row in uow.rows(statement.with_for_update())]


def release(uow: UnitOfWork, claim_ids: Iterable[UUID]) -> None:
    """Let go of everything these claims have taken."""
    wanted = list(claim_ids)
    if wanted:
        gone = delete(Occupied).where(Occupied.claim_id.in_(wanted))
        uow.change(gone.execution_options(synchronize_session=False))


def taken_by(
    uow: UnitOfWork, resources: Iterable[UUID], first: datetime, last: datetime, *, but: Iterable[UUID] = ()
) -> dict[UUID, set[int]]:
    """The cells that are taken of each resource between two instants, less those of the claims in `but`."""
    wanted = sorted(set(resources))
    found: dict[UUID, set[int]] = {resource: set() for resource in wanted}
    if not wanted:
        return found
    statement = select(Occupied.resource_id, Occupied.cell).where(
        Occupied.resource_id.in_(wanted),
        Occupied.cell >= slots.cell_of(first),
        Occupied.cell <= slots.cell_of(last),
        or_(Occupied.until.is_(None), Occupied.until > uow.now),
    )
    left_out = list(but)
    if left_out:
        statement = statement.where(Occupied.claim_id.notin_(left_out))
    for row in uow.rows(statement):
        found[row.resource_id].add(row.cell)
    return found
