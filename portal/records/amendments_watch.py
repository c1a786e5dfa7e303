"""Answers to requests to correct the record come in time: owners are told before, those who lead when it is late."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from portal.infra.dates import date_in
from portal.models import Account, Person, Pool, PoolMember, RecordAmendment, Task
from portal.notifications.service import notify
from portal.people import tasks
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.records.amendments import OPEN, RECORDS_POOL, late_task_of
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork

BEFORE = timedelta(days=7)
AT_ONCE = 200


def watch_amendments(services: Services) -> None:
    """Tell owners a week before an answer is due; once it is late, tell those who lead the records pool as well, with
    a task of that pool's for today. Run twice, each is told once.
    """
    with UnitOfWork.open(services, Actor.system("records.watch_amendments"), write=True) as uow:
        statement = uow.select(Action.RECORD_AMENDMENT_READ, RecordAmendment).where(
            RecordAmendment.state.in_(OPEN), RecordAmendment.due_at <= uow.now + BEFORE
        )
        for row in uow.scalars(statement.order_by(RecordAmendment.due_at, RecordAmendment.id).limit(AT_ONCE)):
            is_late = row.due_at <= uow.now
            told = _owners(uow, row)
            if is_late:
                told |= _escalate(uow, row)
            for account_id in sorted(told, key=str):
                rung = "late" if is_late else "soon"
                key = f"amendment:{row.id}:{row.state}:{rung}:{account_id}"
                notify(uow, account_id, "new_question", key, about=row.patient_id, is_urgent=is_late)


def _owners(uow: UnitOfWork, row: RecordAmendment) -> set[UUID]:
    members = select(PoolMember.practitioner_id).where(PoolMember.pool_id == row.owner_pool_id)
    owns = or_(Account.practitioner_id == row.owner_practitioner_id, Account.practitioner_id.in_(members))
    return set(uow.scalars(select(Account.id).where(owns, Account.is_active)))


def _escalate(uow: UnitOfWork, row: RecordAmendment) -> set[UUID]:
    """The late task, once; and the accounts of those who lead the pool it goes to."""
    order = (Pool.key != RECORDS_POOL, ~Pool.is_clinical, Pool.key)
    pool_id = uow.first(select(Pool.id).order_by(*order).limit(1))
    pcp = uow.first(uow.select(Action.PEOPLE_PERSON_READ, Person, Person.pcp_id, within=row.patient_id))
    owner: dict[str, Any] = {"owner_pool_id": pool_id.id} if pool_id is not None else {}
    if not owner and pcp is not None and pcp.pcp_id is not None:
        owner = {"owner_practitioner_id": pcp.pcp_id}
    once = late_task_of(row.id)
    known = uow.select(Action.DESK_TASK_READ, Task, Task.id, within=row.patient_id).where(Task.once == once)
    if owner and uow.first(known) is None:
        asked = tasks.Ask(
            patient_id=row.patient_id,
            wording="amendment_late",
            values={"amendment": str(row.id), "part": row.part},
            owner=owner,
            due_on=date_in(uow.now, uow.settings.zone),
            made_by_id=row.asked_by_id,
            once=once,
        )
        uow.audit(Action.DESK_TASK_CREATE, tasks.ask(uow, asked), reason="late")
        uow.flush()
    if pool_id is None:
        return set()
    leads = select(PoolMember.practitioner_id).where(PoolMember.pool_id == pool_id.id, PoolMember.is_lead)
    return set(uow.scalars(select(Account.id).where(Account.practitioner_id.in_(leads), Account.is_active)))
