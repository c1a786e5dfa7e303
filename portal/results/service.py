"""Reading results: lists, one report, one value and how it changed, under the rules of release and grant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, func, or_, select

from portal.infra.errors import NotFound
from portal.models import Practitioner, Report, ReportUnread, Result, ResultComment
from portal.policy.actions import Action
from portal.results.release import NEVER
from portal.results.values import Shown
from portal.work.unit_of_work import UnitOfWork

Key = tuple[datetime, UUID]
READ = Action.RESULT_READ
TREND_POINTS = 60
MOST_SINGLES = 80

COLUMNS = (
    Result.id,
    Result.code,
    Result.name,
    Result.category,
    Result.status,
    Result.value,
    Result.decimals,
    Result.value_text,
    Result.comparator,
    Result.unit,
    Result.components,
    Result.low,
    Result.high,
    Result.range_text,
    Result.flag,
    Result.sensitivity,
    Result.effective_at,
    Result.corrected_at,
)
_VALID = Result.status.notin_(NEVER)


@dataclass(frozen=True, slots=True)
class Slice:
    """A page of a list, newest first, and whether there is more on either side."""

    rows: Sequence[Any]
    has_newer: bool
    has_older: bool


def list_reports(
    uow: UnitOfWork,
    person_id: UUID,
    categories: Iterable[str] | None,
    *,
    before: Key | None = None,
    after: Key | None = None,
    size: int,
) -> Slice:
    """Reports of these categories (None: all), newest first, with who ordered them and whether the reader opened them.

    `before` and `after` are keys of rows: the page ends just above, or starts just below them.
    """
    kinds = None if categories is None else tuple(categories)
    edge, way = (after, "newer") if after is not None else (before, "older")
    values: dict[str, Any] = {} if edge is None else {"edge_at": edge[0], "edge_id": edge[1]}
    found = list(uow.prepared(_reports, kinds, way, size + 1, within=person_id, **values))
    if after is not None:
        return Slice(found[:size][::-1], len(found) > size, True)
    return Slice(found[:size], before is not None, len(found) > size)


def _reports(
    uow: UnitOfWork,
    categories: tuple[str, ...] | None,
    way: str,
    most: int,
    *,
    within: Any,
    edge_at: Any = None,
    edge_id: Any = None,
) -> Any:
    statement = (
        uow.select(
            READ,
            Report,
            Report.id,
            Report.code,
            Report.name,
            Report.category,
            Report.status,
            Report.sensitivity,
            Report.effective_at,
            Report.outside_count,
            Practitioner.name.label("orderer"),
            ReportUnread.id.is_not(None).label("is_new"),
            within=within,
            joining=(ReportUnread,),
        )
        .outerjoin(Practitioner, Practitioner.id == Report.orderer_id)
        .outerjoin(
            ReportUnread, and_(ReportUnread.report_id == Report.id, ReportUnread.account_id == uow.actor.account_id)
        )
        .where(Report.status.notin_(NEVER))
    )
    if categories is not None:
        statement = statement.where(Report.category.in_(categories))
    at, row_id = Report.effective_at, Report.id
    if way == "newer":
        newer = or_(at > edge_at, and_(at == edge_at, row_id > edge_id))
        return statement.where(newer).order_by(at.asc(), row_id.asc()).limit(most)
    if edge_at is not None:
        statement = statement.where(or_(at < edge_at, and_(at == edge_at, row_id < edge_id)))
    return statement.order_by(at.desc(), row_id.desc()).limit(most)


def outside_counts(uow: UnitOfWork, person_id: UUID, report_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many values of each report are outside their range, of those this reader may see (GEN-5)."""
    if not report_ids:
        return {}
    statement = uow.select(READ, Result, Result.report_id, *COLUMNS, within=person_id)
    counts: dict[UUID, int] = {}
    for row in uow.rows(statement.where(Result.report_id.in_(report_ids), _VALID)):
        if Shown.of(row).is_outside:
            counts[row.report_id] = counts.get(row.report_id, 0) + 1
    return counts


def list_latest(uow: UnitOfWork, person_id: UUID, categories: Iterable[str], *, alone: bool) -> Sequence[Any]:
    """The newest value of each test of these categories, newest first; `alone` leaves out those of a report."""
    newest_first = (Result.effective_at.desc(), Result.id.desc())
    same_test = func.coalesce(Result.code, Result.name)
    place = func.row_number().over(partition_by=same_test, order_by=newest_first).label("place")
    wanted = [Result.category.in_(list(categories)), _VALID]
    if alone:
        wanted.append(Result.report_id.is_(None))
    ranked = uow.select(READ, Result, Result.id, place, within=person_id).where(*wanted).subquery()
    newest = select(ranked.c.id).where(ranked.c.place == 1)
    statement = uow.select(READ, Result, *COLUMNS, within=person_id).where(Result.id.in_(newest))
    return uow.rows(statement.order_by(*newest_first).limit(MOST_SINGLES))


def last_values(uow: UnitOfWork, person_id: UUID, *, most: int = 8) -> list[Shown]:
    """The newest laboratory values and vital signs of a patient, those outside their range first; for the desk."""
    rows = list_latest(uow, person_id, ("laboratory", "vital-signs"), alone=False)
    shown = sorted((Shown.of(row) for row in rows), key=lambda each: each.at, reverse=True)
    return sorted(shown[: most * 3], key=lambda each: not each.is_outside)[:most]


def load_report(uow: UnitOfWork, person_id: UUID, report_id: UUID) -> Report:
    """The report. Raises `NotFound` where it is not the reader's to see, or nobody stands by it any more."""
    report = uow.load(READ, Report, report_id, within=person_id)
    if report.status in NEVER:
        raise NotFound()
    return report


def load_result(uow: UnitOfWork, person_id: UUID, result_id: UUID) -> Result:
    """The result. Raises `NotFound` where it is not the reader's to see, or nobody stands by it any more."""
    result = uow.load(READ, Result, result_id, within=person_id)
    if result.status in NEVER:
        raise NotFound()
    return result


def find_report(uow: UnitOfWork, person_id: UUID, report_id: UUID | None) -> Report | None:
    """The report a result belongs to, if it has one that the reader may see."""
    if report_id is None:
        return None
    statement = uow.select(READ, Report, within=person_id).where(Report.id == report_id, Report.status.notin_(NEVER))
    found: Report | None = uow.session.scalars(statement).first()
    return found


def results_of(uow: UnitOfWork, person_id: UUID, report_id: UUID) -> Sequence[Any]:
    """The values of a report that the reader may see: those with a number first, each group by name."""
    found: Sequence[Any] = uow.prepared(_of_report, within=person_id, report=report_id).all()
    return found


def _of_report(uow: UnitOfWork, *, within: Any, report: Any) -> Any:
    statement = uow.select(READ, Result, *COLUMNS, within=within).where(Result.report_id == report, _VALID)
    return statement.order_by(case((Result.value.is_(None), 1), else_=0), Result.name, Result.id).limit(300)


def history_of(uow: UnitOfWork, person_id: UUID, result: Result) -> Sequence[Any]:
    """All values of the same test that the reader may see, newest first; one that was corrected is its correction."""
    by = "code" if result.code else "name"
    found: Sequence[Any] = uow.prepared(_history, by, within=person_id, test=getattr(result, by)).all()
    return found


def _history(uow: UnitOfWork, by: str, *, within: Any, test: Any) -> Any:
    statement = uow.select(READ, Result, *COLUMNS, within=within).where(_VALID, getattr(Result, by) == test)
    return statement.order_by(Result.effective_at.desc(), Result.id.desc()).limit(TREND_POINTS)


def comments_on(uow: UnitOfWork, person_id: UUID, result_id: UUID) -> list[tuple[str, datetime, str]]:
    """What clinicians said about a result: (name, instant, text), newest first."""
    return [
        (row.name, row.created_at, uow.unseal(person_id, "result_comment.body", row.id, row.body))
        for row in uow.prepared(_comments, within=person_id, result=result_id)
    ]


def _comments(uow: UnitOfWork, *, within: Any, result: Any) -> Any:
    return (
        uow.select(
            READ,
            ResultComment,
            ResultComment.id,
            ResultComment.body,
            ResultComment.created_at,
            Practitioner.name,
            within=within,
            joining=(Result,),
        )
        .join(Practitioner, Practitioner.id == ResultComment.author_id)
        .where(ResultComment.result_id == result)
        .order_by(ResultComment.created_at.desc())
    )


def names_of(uow: UnitOfWork, ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Names of practitioners."""
    wanted = {each for each in ids if each}
    if not wanted:
        return {}
    rows = uow.rows(select(Practitioner.id, Practitioner.name).where(Practitioner.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def mark_opened(uow: UnitOfWork, report_id: UUID | None) -> None:
    """The reader has seen this report: it is new no more."""
    if report_id is not None:
        uow.clear_unread(ReportUnread, report_id=report_id)


def comment_on(uow: UnitOfWork, person_id: UUID, result_id: UUID, text: str, once: UUID) -> ResultComment:
    """Say something about a result; the patient reads it before any general explanation (RES-9).

    `once` becomes the comment's id, so that a form sent twice makes one. Raises `Conflict` the second time.
    """
    result = load_result(uow, person_id, result_id)
    uow.require(Action.RESULT_COMMENT_CREATE, patient=person_id)
    comment = ResultComment(
        id=once,
        patient_id=person_id,
        result_id=result.id,
        author_id=uow.actor.practitioner_id,
        created_at=uow.now,
        body=uow.seal(person_id, "result_comment.body", once, text),
    )
    uow.audit(Action.RESULT_COMMENT_CREATE, comment)
    with uow.absorbing_duplicates():
        uow.add(comment)
    return comment
