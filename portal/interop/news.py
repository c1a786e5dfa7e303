"""Reports that came or were corrected are news: to the patient's list, and to whoever may be told."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from portal.infra.ids import new_id
from portal.interop import limits
from portal.models import Account, Report, ReportUnread
from portal.policy.actions import Action
from portal.results.waiting import hold_new
from portal.work.unit_of_work import UnitOfWork

MAY = Action.INTEROP_IMPORT_CREATE
TABLE: Any = ReportUnread.__table__


class Arrived:
    """What came of one patient's reports and results, held at the end where they want to hear of it first (RES-2)."""

    def __init__(self) -> None:
        self._fresh: list[UUID] = []
        self._changed: list[UUID] = []
        self._alone: list[UUID] = []

    def note(self, model: Any, row_id: UUID, *, is_new: bool) -> None:
        """A Report or a Result that came, or came again with something else in it."""
        if model is Report:
            (self._fresh if is_new else self._changed).append(row_id)
        elif is_new:
            self._alone.append(row_id)

    def hold(self, uow: UnitOfWork, person_id: UUID) -> None:
        """Hold what the patient wants to hear of first; in the transaction that brought it."""
        if self._fresh or self._changed or self._alone:
            hold_new(uow, person_id, self._fresh, self._changed, self._alone)


def announce(uow: UnitOfWork, person_id: UUID, report_ids: list[UUID]) -> None:
    """Mark reports as not opened yet, where the patient has an account, and have their readers told.

    One that was opened before and is corrected now is marked again; one that is still marked stays so.
    """
    for report_id in report_ids:
        uow.later("results.tell_readers", report_id)
    account = uow.session.execute(select(Account.id).where(Account.person_id == person_id)).scalar()
    if account is None:
        return
    marked = uow.select(MAY, ReportUnread, ReportUnread.report_id, within=person_id)
    known = set(uow.scalars(marked.where(ReportUnread.account_id == account)))
    reports = uow.select(MAY, Report, Report.id, within=person_id)
    for start in range(0, len(report_ids), limits.ENTRIES_AT_A_TIME):
        batch = report_ids[start : start + limits.ENTRIES_AT_A_TIME]
        rows = [
            {"id": new_id(), "patient_id": person_id, "account_id": account, "report_id": one, "created_at": uow.now}
            for one in uow.scalars(reports.where(Report.id.in_(batch)))
            if one not in known
        ]
        if rows:
            uow.session.connection().execute(insert(TABLE), rows)
