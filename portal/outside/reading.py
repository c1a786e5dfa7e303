"""Reading papers from elsewhere: the papers, their lines, and what they say beside the three lists."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select

from portal.infra.errors import NotFound
from portal.models import Account, OutsideContent, OutsideLine, OutsidePaper
from portal.outside import lines
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

READ, LINE_READ = Action.OUTSIDE_PAPER_READ, Action.OUTSIDE_LINE_READ
MOST_LISTED = 100
PAGE = 50
STANDS = ("matched", "reconciled")  # papers that are this person's
_EARLIEST = date(1800, 1, 1)  # where a day is not known
_CONTENT = "outside_content.content"
Decider = Account.__table__.alias("decider")


@dataclass(frozen=True, slots=True)
class Shown:
    """A paper as pages show it: its words opened."""

    id: UUID
    person_id: UUID
    kind: str
    origin: str
    name: str
    who: str
    facts: dict[str, Any]
    media_type: str
    size: int
    state: str
    is_confirmed: bool
    reason: str
    answer: str
    by: str
    made_at: datetime
    decided_by: str
    decided_at: datetime | None
    version: int
    account_id: UUID | None
    has_content: bool
    is_newer: bool = False


def papers(uow: UnitOfWork, person_id: UUID) -> list[Shown]:
    """The papers of a record that the reader may see, newest first; the newest hundred of them."""
    statement = _statement(uow, person_id).order_by(OutsidePaper.made_at.desc(), OutsidePaper.id).limit(MOST_LISTED)
    return [_shown(uow, row) for row in uow.rows(statement)]


def paper(uow: UnitOfWork, person_id: UUID, paper_id: UUID) -> Shown:
    """One paper. Raises `NotFound`."""
    row = uow.first(_statement(uow, person_id).where(OutsidePaper.id == paper_id))
    if row is None:
        uow.refuse(READ, patient=person_id, object_type="outside_paper", object_id=paper_id)
        raise NotFound(action=READ)
    uow.seen(READ, person_id)
    return _shown(uow, row)


def _statement(uow: UnitOfWork, person_id: UUID) -> Any:
    return (
        uow.select(
            READ,
            OutsidePaper,
            *OutsidePaper.__table__.c,
            Account.display_name.label("by"),
            Decider.c.display_name.label("decided_by"),
            within=person_id,
        )
        .outerjoin(Account, Account.id == OutsidePaper.account_id)
        .outerjoin(Decider, Decider.c.id == OutsidePaper.decided_by_id)
        .where(OutsidePaper.state != "removed")
    )


def _shown(uow: UnitOfWork, row: Any) -> Shown:
    def said(column: str) -> str:
        blob = getattr(row, column)
        return uow.unseal(row.patient_id, f"outside_paper.{column}", row.id, blob) if blob else ""

    return Shown(
        id=row.id,
        person_id=row.patient_id,
        kind=row.kind,
        origin=row.origin,
        name=said("name"),
        who=said("who"),
        facts=json.loads(said("facts") or "{}"),
        media_type=row.media_type,
        size=row.size,
        state=row.state,
        is_confirmed=row.is_matched or row.confirmed_by_id is not None,
        reason=row.reason or "",
        answer=said("answer"),
        by=row.by or "",
        made_at=row.made_at,
        decided_by=row.decided_by or "",
        decided_at=row.decided_at,
        version=row.version,
        account_id=row.account_id,
        has_content=row.state not in ("checking", "rejected"),
    )


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a paper, opened."""

    id: UUID
    paper_id: UUID
    part: str
    state: str
    reason: str
    row_id: UUID | None
    words: lines.Opened
    decided_by: str
    decided_at: datetime | None
    identity: bytes


def lines_of(
    uow: UnitOfWork, person_id: UUID, paper_id: UUID, *, action: Action = LINE_READ, states: Sequence[str] = (),
    parts: Sequence[str] = (), after: int = -1, most: int = 200,
) -> list[tuple[int, Line]]:  # fmt: skip
    """Lines of a paper under the rule of `action`, with their numbers, in their order."""
    table = OutsideLine
    statement = (
        uow.select(action, table, *table.__table__.c, Decider.c.display_name.label("by"), within=person_id)
        .outerjoin(Decider, Decider.c.id == table.decided_by_id)
        .where(table.paper_id == paper_id, table.number > after)
    )
    if states:
        statement = statement.where(table.state.in_(states))
    if parts:
        statement = statement.where(table.part.in_(parts))
    return [(row.number, _opened(uow, row)) for row in uow.rows(statement.order_by(table.number).limit(most))]


def _opened(uow: UnitOfWork, row: Any) -> Line:
    words = lines.opened(row.part, uow.unseal(row.patient_id, "outside_line.words", row.id, row.words))
    return Line(
        row.id, row.paper_id, row.part, row.state, row.reason or "", row.row_id, words, row.by or "", row.decided_at,
        row.identity,
    )  # fmt: skip


def entries(
    uow: UnitOfWork, person_id: UUID, part: str, after: tuple[str, UUID] | None = None
) -> tuple[list[Line], str | None]:
    """A page of what papers say beside the three lists, of one part, newest first; and where the next begins.

    Only of papers that stand: not of those rejected, removed or not yet scanned, nor of those not sure to be theirs.
    """
    table = OutsideLine
    day = func.coalesce(table.happened_on, _EARLIEST)
    statement = _entries(uow, person_id, *table.__table__.c, Decider.c.display_name.label("by"))
    statement = statement.outerjoin(Decider, Decider.c.id == table.decided_by_id).where(table.part == part)
    if after is not None:
        on = datetime.fromisoformat(after[0]).date()
        statement = statement.where(or_(day < on, (day == on) & (table.id > after[1])))
    rows = uow.rows(statement.order_by(day.desc(), table.id).limit(PAGE + 1))
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    uow.seen(LINE_READ, person_id)
    cursor = f"{(last.happened_on or _EARLIEST).isoformat()}_{last.id.hex}" if last is not None else None
    return [_opened(uow, row) for row in rows[:PAGE]], cursor


def counts(uow: UnitOfWork, person_id: UUID) -> dict[str, int]:
    """How many such lines there are of each part, as far as the reader may see them."""
    statement = _entries(uow, person_id, OutsideLine.part, func.count().label("many")).group_by(OutsideLine.part)
    return {row.part: row.many for row in uow.rows(statement)}


def _entries(uow: UnitOfWork, person_id: UUID, *columns: Any) -> Any:
    stands = (
        select(OutsidePaper.id)
        .where(
            OutsidePaper.id == OutsideLine.paper_id,
            OutsidePaper.patient_id == OutsideLine.patient_id,
            OutsidePaper.state.in_(STANDS),
        )
        .exists()
    )
    statement = uow.select(LINE_READ, OutsideLine, *columns, within=person_id, joining=(OutsidePaper,))
    return statement.where(OutsideLine.state == "kept", stands)


def cursor_of(text: str | None) -> tuple[str, UUID] | None:
    """Read what `entries` gave as the beginning of the next page; anything else is none."""
    day, _, key = (text or "").partition("_")
    try:
        return datetime.fromisoformat(day).date().isoformat(), UUID(key)
    except ValueError:
        return None


def content_of(uow: UnitOfWork, row: Any) -> bytes:
    """The bytes of a paper the actor has loaded. Raises `NotFound` where they are gone."""
    table: Any = OutsideContent.__table__
    kept = uow.first(
        select(table.c.id, table.c.content)
        .where(table.c.paper_id == row.id, table.c.patient_id == row.patient_id)
        .execution_options(scoped=frozenset({OutsideContent.__tablename__}))
    )
    if kept is None:
        raise NotFound(action=READ)
    return uow.unseal_bytes(row.patient_id, _CONTENT, kept.id, kept.content)


def original(uow: UnitOfWork, person_id: UUID, paper_id: UUID) -> tuple[str, str, bytes]:
    """Name, media type and bytes of a paper as it came. Raises `NotFound` for one not scanned yet, or gone."""
    row = uow.load(READ, OutsidePaper, paper_id, within=person_id)
    if row.state in ("checking", "rejected", "removed"):
        raise NotFound(action=READ)
    name = uow.unseal(person_id, "outside_paper.name", row.id, row.name)
    return name, row.media_type, content_of(uow, row)
