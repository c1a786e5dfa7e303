"""Lines of a part as rows: one statement a page, whatever the size of the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Date, and_, cast, func, literal, null, or_, select, type_coerce, union_all
from sqlalchemy.orm import aliased

from portal.infra.errors import NotFound
from portal.models import ImportRun, Organization, Practitioner, SourceResource
from portal.records.parts import PARTS, Part
from portal.records.plain import codes_named, words_of
from portal.work.unit_of_work import UnitOfWork

PAGE = 25
UNDATED = date(1, 1, 1)
SORTS = ("newest", "oldest", "name")
STANDS = ("all", "now", "earlier")
MOST_WORDS = 5
_BREAKS = (" ", "(", "-", "/")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a reader wants to see of a part. The default is all of it, newest first."""

    since: date | None = None
    until: date | None = None
    stand: str = "all"
    sort: str = "newest"
    before: UUID | None = None  # the row a page ends above
    after: UUID | None = None  # the row a page starts below


@dataclass(frozen=True, slots=True)
class Slice:
    """A page of rows, and whether there is more on either side."""

    rows: Sequence[Any]
    has_earlier: bool
    has_later: bool


def columns_of(part: Part) -> list[Any]:
    """What every line has, under the same names in every part, and the part's own columns."""
    model = part.model
    found = [model.id, model.name, model.code, model.status, model.source_id, model.sensitivity]
    if part.is_measured:
        found += [
            model.effective_at,
            model.issued_at.label("recorded_at"),
            null().label("happened"),
            null().label("happened_on"),
            model.code_system if hasattr(model, "code_system") else null().label("code_system"),
        ]
    else:
        found += [model.recorded_at, model.happened, model.happened_on, model.code_system]
    found += [getattr(model, name) for name in part.columns]
    found += [
        Practitioner.name.label("author") if part.author else null().label("author"),
        Organization.name.label("place") if part.place else null().label("place"),
        SourceResource.imported_at,
        SourceResource.version,
        ImportRun.source,
    ]
    return found


def base(uow: UnitOfWork, part: Part, person_id: UUID, *more: Any) -> Any:
    """The select of a part's lines that this reader may see, with who, where and from which source."""
    model = part.model
    joining = (SourceResource,)
    statement = uow.select(part.action, model, *columns_of(part), *more, within=person_id, joining=joining)
    return _joined(statement, part).where(*part.shown())


def _joined(statement: Any, part: Part) -> Any:
    model = part.model
    named = getattr(model, "named_in_id", None)
    key = model.source_id if named is None else func.coalesce(model.source_id, named)
    statement = statement.outerjoin(SourceResource, SourceResource.id == key)
    statement = statement.outerjoin(ImportRun, ImportRun.id == SourceResource.import_run_id)
    if part.author:
        statement = statement.outerjoin(Practitioner, Practitioner.id == getattr(model, part.author))
    if part.place:
        statement = statement.outerjoin(Organization, Organization.id == getattr(model, part.place))
    return statement


def day_of(part: Part, model: Any | None = None) -> Any:
    """What lines are ordered by; what has no date comes last of the newest first."""
    column = getattr(model or part.model, part.day)
    return column if part.is_measured else func.coalesce(column, literal(UNDATED, Date))


def page(uow: UnitOfWork, part: Part, person_id: UUID, wish: Wish, *, size: int = PAGE) -> Slice:
    """The lines that are wished for. A page begins or ends at a row; a row that is gone begins at the top."""
    statement = narrowed(base(uow, part, person_id), part, wish, uow.settings.zone)
    edge_id = wish.after or wish.before
    edge = _edge(uow, part, person_id, edge_id) if edge_id is not None else None
    keys = _keys(part, wish.sort)
    backwards = edge is not None and wish.before is not None
    if edge is not None:
        statement = statement.where(_beyond(keys, edge, backwards))
    order = [key.asc() if down == backwards else key.desc() for key, down in keys]
    rows = list(uow.rows(statement.order_by(*order).limit(size + 1)))
    has_more = len(rows) > size
    if backwards:
        return Slice(rows[:size][::-1], has_more, True)
    return Slice(rows[:size], edge is not None, has_more)


def _keys(part: Part, sort: str) -> list[tuple[Any, bool]]:
    """The columns of an order, and whether each goes down."""
    model = part.model
    if sort == "name":
        return [(func.lower(model.name), False), (model.id, False)]
    down = sort != "oldest"
    return [(day_of(part), down), (model.id, down)]


def _edge(uow: UnitOfWork, part: Part, person_id: UUID, row_id: UUID) -> Any:
    model = part.model
    columns = (day_of(part).label("day"), func.lower(model.name).label("name"), model.id)
    return uow.first(uow.select(part.action, model, *columns, within=person_id).where(model.id == row_id))


def _beyond(keys: list[tuple[Any, bool]], edge: Any, backwards: bool) -> Any:
    (first, down), (second, _) = keys
    value = edge.name if "lower" in str(first) else edge.day
    less = down != backwards
    far = first < value if less else first > value
    near = second < edge.id if less else second > edge.id
    return or_(far, and_(first == value, near))


def narrowed(statement: Any, part: Part, wish: Wish, zone: Any) -> Any:
    """The statement within the dates and states of the wish."""
    column = getattr(part.model, part.day)
    if wish.since is not None:
        since: Any = datetime.combine(wish.since, time(), zone).astimezone(UTC) if part.is_measured else wish.since
        statement = statement.where(column >= since)
    if wish.until is not None:
        next_day = wish.until + timedelta(days=1) if wish.until < date.max else wish.until
        until: Any = datetime.combine(next_day, time(), zone).astimezone(UTC) if part.is_measured else next_day
        statement = statement.where(column < until)
    if part.now and wish.stand != "all":
        is_now = part.model.status.in_(part.now)
        statement = statement.where(is_now if wish.stand == "now" else ~is_now)
    return statement


def one(uow: UnitOfWork, part: Part, person_id: UUID, line_id: UUID, *more: Any) -> Any:
    """One line. Raises `NotFound` where it is missing, not the reader's to see, or nobody stands by it."""
    found = uow.first(base(uow, part, person_id, *more).where(part.model.id == line_id))
    if found is None:
        uow.refuse(part.action, patient=person_id, object_type=part.model.__tablename__, object_id=line_id)
        raise NotFound(action=part.action)
    return found


def every(uow: UnitOfWork, part: Part, person_id: UUID, wish: Wish | None = None, *more: Any, most: int) -> Any:
    """All lines of a part in the order of the wish, at most `most`."""
    wish = wish or Wish()
    statement = narrowed(base(uow, part, person_id, *more), part, wish, uow.settings.zone)
    order = [key.desc() if down else key.asc() for key, down in _keys(part, wish.sort)]
    return uow.rows(statement.order_by(*order).limit(most))


def news_since(uow: UnitOfWork, part: Part, person_id: UUID, since: datetime) -> Any:
    """A scalar subquery: how many lines came or were changed after `since`."""
    model = part.model
    statement = uow.select(part.action, model, func.count(), within=person_id, joining=(SourceResource,))
    statement = statement.join(SourceResource, SourceResource.id == model.source_id)
    return statement.where(*part.shown(), SourceResource.imported_at > since).scalar_subquery()


def counted(uow: UnitOfWork, part: Part, person_id: UUID, most: int) -> Any:
    """A scalar subquery: how many lines there are, counted no further than `most`."""
    rows = uow.select(part.action, part.model, literal(1), within=person_id).where(*part.shown()).limit(most)
    return select(func.count()).select_from(rows.subquery()).scalar_subquery()


def newest(uow: UnitOfWork, part: Part, person_id: UUID) -> Any:
    """A scalar subquery: the day or instant of the newest line."""
    column = getattr(part.model, part.day)
    statement = uow.select(part.action, part.model, func.max(column), within=person_id)
    return statement.where(*part.shown()).scalar_subquery()


# Search ------------------------------------------------------------------------------------------------------------


def find(
    uow: UnitOfWork, person_id: UUID, text: str, parts: Sequence[Part] = PARTS, *, after: UUID | None = None
) -> Slice:
    """Lines of all parts whose clinical or plain name has words that begin with those of `text`, newest first.

    One statement for all parts. `after` is the row the page starts below.
    """
    wanted = words_of(text)[:MOST_WORDS]
    if not wanted:
        return Slice([], False, False)
    codes, names = codes_named(wanted)
    selects = [_found(uow, part, person_id, wanted, codes, names) for part in parts]
    tables = frozenset(part.model.__tablename__ for part in parts)
    whole = union_all(*selects).subquery("found")
    statement = select(whole).execution_options(scoped=tables)
    if after is not None:
        edge = aliased(whole, name="edge")
        at = select(edge.c.day).where(edge.c.id == after).limit(1).scalar_subquery()
        statement = statement.where(or_(whole.c.day < at, and_(whole.c.day == at, whole.c.id < after)))
    rows = list(uow.rows(statement.order_by(whole.c.day.desc(), whole.c.id.desc()).limit(PAGE + 1)))
    return Slice(rows[:PAGE], after is not None, len(rows) > PAGE)


def _found(uow: UnitOfWork, part: Part, person_id: UUID, wanted: list[str], codes: list[str], names: list[str]) -> Any:
    model = part.model
    name = func.lower(model.name)
    in_name = and_(*(or_(name.like(f"{w}%"), *(name.like(f"%{b}{w}%") for b in _BREAKS)) for w in wanted))
    ways = [in_name]
    if codes:
        ways.append(model.code.in_(codes))
    if names:
        ways.append(or_(name.in_(names), *(name.like(f"{one} (%") for one in names[:20])))
    day = day_of(part)
    if part.is_measured:
        day = func.date(day)
    system = model.code_system if hasattr(model, "code_system") else cast(null(), model.name.type)
    columns = (
        literal(part.key).label("part"), model.id, model.name, model.code, system.label("code_system"), model.status,
        type_coerce(day, Date).label("day"),
    )  # fmt: skip
    return uow.select(part.action, model, *columns, within=person_id).where(*part.shown(), or_(*ways))
