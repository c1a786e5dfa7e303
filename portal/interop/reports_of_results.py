"""What a report says about its results: how many are outside their range, and what they reveal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, update

from portal.interop import limits, terms
from portal.interop.mapping.values import is_outside
from portal.models import Report, Result
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

MAY = Action.INTEROP_IMPORT_CREATE
_GONE = ("entered-in-error", "cancelled")


class Tally:
    """Counts while results are mapped; written to the reports at the end of the patient."""

    def __init__(self) -> None:
        self._outside: Counter[UUID] = Counter()
        self._reveals: dict[UUID, str] = {}
        self._private: dict[UUID, str] = {}
        self._touched: set[UUID] = set()
        self._listed: list[dict[str, UUID]] = []

    def keep_private(self, report: UUID, sensitivity: str | None) -> None:
        """A report that is sensitive by itself: so is every value in it, however plain its own name ("Comment")."""
        if sensitivity:
            self._private[report] = sensitivity

    def count(self, row: dict[str, Any]) -> None:
        """Take a result's row into account; it becomes as private as its report is by itself."""
        report = row["report_id"]
        if report is None:
            return
        row["sensitivity"] = row["sensitivity"] or self._private.get(report)
        self._touched.add(report)
        if row["status"] in _GONE:
            return
        if is_row_outside(row["flag"], row["value"], row["low"], row["high"], row["components"]):
            self._outside[report] += 1
        if row["sensitivity"]:
            self._reveals[report] = _strictest(self._reveals.get(report), row["sensitivity"])

    def relink(self, report: UUID, results: Iterable[UUID]) -> None:
        """A report that was known, or came after its results, lists these now."""
        self._touched.add(report)
        self._listed += [{"listed": result, "in_report": report} for result in results]

    def settle(self, uow: UnitOfWork, person_id: UUID, *, recount: bool) -> None:
        """Write the counts. `recount` looks at all results of the reports touched, as some were here before."""
        result, report = Result.__table__, Report.__table__
        connection = uow.session.connection()
        if recount:
            for listed in {row["in_report"] for row in self._listed}:
                connection.execute(update(result).where(result.c.report_id == listed).values(report_id=None))
            if self._listed:
                statement = update(result).where(result.c.id == bindparam("listed"), result.c.patient_id == person_id)
                connection.execute(statement.values(report_id=bindparam("in_report")), self._listed)
            for private, sensitivity in self._private.items():
                plain = update(result).where(result.c.report_id == private, result.c.sensitivity.is_(None))
                connection.execute(plain.values(sensitivity=sensitivity))
            self._recount(uow, person_id)
        rows = [
            {"row": row_id, "outside": self._outside[row_id], "reveals": self._reveals.get(row_id)}
            for row_id in (self._touched if recount else self._outside.keys() | self._reveals.keys())
        ]
        if rows:
            statement = (
                update(report)
                .where(report.c.id == bindparam("row"))
                .values(
                    outside_count=bindparam("outside"),
                    sensitivity=func.coalesce(report.c.sensitivity, bindparam("reveals")),
                )
            )
            connection.execute(statement, rows)

    def _recount(self, uow: UnitOfWork, person_id: UUID) -> None:
        self._outside.clear()
        self._reveals.clear()
        touched = sorted(self._touched)
        columns: tuple[Any, ...] = (
            Result.report_id, Result.flag, Result.value, Result.low, Result.high, Result.components, Result.sensitivity
        )  # fmt: skip
        for start in range(0, len(touched), limits.ENTRIES_AT_A_TIME):
            batch = touched[start : start + limits.ENTRIES_AT_A_TIME]
            question = uow.select(MAY, Result, *columns, within=person_id)
            rows: Any = uow.rows(question.where(Result.report_id.in_(batch), Result.status.notin_(_GONE)))
            for report, flag, value, low, high, components, reveals in rows:
                if is_row_outside(flag, value, low, high, components):
                    self._outside[report] += 1
                if reveals:
                    self._reveals[report] = _strictest(self._reveals.get(report), reveals)


def is_row_outside(flag: str | None, value: Any, low: Any, high: Any, components: list[Any]) -> bool:
    """Whether a result, or one of its components, lies outside its range."""
    return is_outside(flag, value, low, high) or any(
        is_outside(c.get("flag"), c.get("value"), c.get("low"), c.get("high")) for c in components
    )


def _strictest(one: str | None, other: str) -> str:
    both = {one, other}
    return next(category for category in (*terms.CATEGORIES, other) if category in both)
