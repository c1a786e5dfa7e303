"""What happens to a paper after it came and after it was decided. Each looks again first."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.binder import keeping as binder
from portal.infra.dates import date_in
from portal.infra.errors import Unavailable
from portal.messaging.scanning import ScannerDown, scan
from portal.models import Absence, Account, BinderPaper, OutsidePaper, Person
from portal.notifications.service import notify
from portal.outside import keeping, reading
from portal.outside.keeping import SCAN, TELL
from portal.policy.actions import Action
from portal.work.outbox import handles
from portal.work.unit_of_work import UnitOfWork

READ, CREATE = Action.OUTSIDE_PAPER_READ, Action.OUTSIDE_PAPER_CREATE


def _paper(uow: UnitOfWork, paper_id: UUID) -> OutsidePaper | None:
    found = uow.scalars(uow.select(READ, OutsidePaper).where(OutsidePaper.id == paper_id))
    return found[0] if found else None


@handles(SCAN)
def scan_paper(uow: UnitOfWork, paper_id: UUID) -> None:
    """Have ClamAV look at a paper. While it can't, the paper stays held and the job is tried again."""
    row = _paper(uow, paper_id)
    if row is None or row.state != "checking":
        return
    try:
        is_clean = not uow.settings.clamav or scan(uow.settings.clamav, reading.content_of(uow, row))
    except ScannerDown as error:
        raise Unavailable("scanner-down") from error
    if is_clean:
        row.state = keeping.came_as(row)
        uow.later(TELL, row.id, key=f"tell-outside:{row.id}")
    else:
        row.state, row.reason, row.decided_at = "rejected", "virus", uow.now
        keeping.drop(uow, row)
        uow.later("outside.tell_decided", row.id, key=f"decided-outside:{row.id}")
    uow.audit(CREATE, row, reason=row.state)


@handles(TELL)
def tell_clinician(uow: UnitOfWork, paper_id: UUID) -> None:
    """Tell the primary care provider, or who covers for them today, that a paper waits; not once it was decided."""
    row = _paper(uow, paper_id)
    if row is None or row.state not in ("received", "matched"):
        return
    person = uow.first(uow.select(Action.PEOPLE_PERSON_READ, Person, Person.pcp_id, within=row.patient_id))
    if person is None or person.pcp_id is None:
        return
    today = date_in(uow.now, uow.settings.zone)
    away = select(Absence.covering_id).where(
        Absence.practitioner_id == person.pcp_id, Absence.starts_on <= today, Absence.ends_on >= today
    )
    covers = [one for one in uow.scalars(away) if one is not None]
    for who in covers or [person.pcp_id]:
        accounts = select(Account.id).where(Account.practitioner_id == who, Account.is_active)
        for account_id in uow.scalars(accounts):
            notify(uow, account_id, "paper_came", f"outside:{row.id}:{account_id.hex[:8]}", about=row.patient_id)


@handles("outside.tell_decided")
def tell_decided(uow: UnitOfWork, paper_id: UUID) -> None:
    """Tell the patient, and who brought it while they may still see it, that a paper was looked at."""
    row = _paper(uow, paper_id)
    if row is None or row.state not in ("reconciled", "rejected"):
        return
    wanted: dict[UUID, Any] = {}
    for account in uow.rows(
        select(Account.id, Account.person_id).where(
            Account.is_active, (Account.person_id == row.patient_id) | (Account.id == row.account_id)
        )
    ):
        if account.person_id == row.patient_id or keeping.may_see(uow, account.id, account.person_id, row):
            wanted[account.id] = account
    for account_id in wanted:
        notify(uow, account_id, "paper_decided", f"decided:{row.id}:{account_id.hex[:8]}", about=row.patient_id)


@handles("outside.take_paper")
def take_paper(uow: UnitOfWork, binder_paper_id: UUID) -> None:
    """What came back through a link is put before the clinic as well, apart from the record (domain.md PHR-7)."""
    rows = uow.scalars(uow.select(Action.BINDER_NOTE_READ, BinderPaper).where(BinderPaper.id == binder_paper_id))
    if not rows or rows[0].origin != "outside" or rows[0].removed_at is not None or rows[0].state == "refused":
        return
    paper = rows[0]
    if paper.state == "checking":
        raise Unavailable("scanner-down")
    table = OutsidePaper
    there = uow.select(READ, table, table.id, within=paper.patient_id).where(table.binder_paper_id == paper.id)
    if uow.first(there):
        return
    keeping.take_from_binder(uow, paper, binder.content_of(uow, paper))
