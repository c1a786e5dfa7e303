"""Asking that a line of the record be amended, and the answer (45 CFR 164.526): never without an owner and a day."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import aliased

from portal.infra.dates import date_in
from portal.infra.errors import Conflict, NotFound
from portal.models import Account, Pool, Practitioner, RecordAmendment
from portal.people import tasks, teams
from portal.policy.actions import Action
from portal.records import lines
from portal.records.parts import BY_KEY
from portal.records.shown import names_of
from portal.work.unit_of_work import UnitOfWork

ANSWER_WITHIN = timedelta(days=60)  # 164.526(b)(2)(i)
LONGER_BY = timedelta(days=30)  # (b)(2)(ii): once, told to the individual with the reason
OPEN = ("asked", "extended")
REASONS = ("right", "not_ours", "not_kept", "not_open")
RECORDS_POOL = "records"
MOST = 100
OWNERS = ("owner_practitioner_id", "owner_pool_id")


@dataclass(frozen=True, slots=True)
class AskToAmend:
    """A request: about which line (None: something is missing from the part), what is wrong, what would be right."""

    person_id: UUID
    part: str
    line_id: UUID | None
    wrong: str
    right: str
    once: UUID


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as pages show it: its words opened."""

    id: UUID
    part: str
    line_id: UUID | None
    line: str
    wrong: str
    right: str
    state: str
    asked_by: str
    asked_at: datetime
    due_at: datetime
    owner: str
    reason: str
    answer: str
    answered_by: str
    answered_at: datetime | None
    statement: str
    longer: str
    disputed_at: datetime | None
    version: int
    is_late: bool

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


def ask(uow: UnitOfWork, command: AskToAmend) -> RecordAmendment:
    """Ask that a line be amended; the answer is due in 60 days.

    It belongs to who wrote the line, if they are on the team, else to the primary care provider, the care manager,
    another member of the team, or the pool that keeps records.

    `once` becomes its id, so that a form sent twice makes one. Raises `NotFound` for a line one may not see,
    `Conflict("already-there")` the second time, `Conflict("no-pool")` where nobody could own it.
    """
    part, person_id = BY_KEY[command.part], command.person_id
    line, sensitivity, author = "", None, None
    uow.require(Action.RECORD_AMENDMENT_CREATE, patient=person_id)
    uow.require(part.action, patient=person_id)
    if command.line_id is not None:
        column = getattr(part.model, part.author).label("author_id") if part.author else None
        more = (column,) if column is not None else ()
        row = lines.one(uow, part, person_id, command.line_id, *more)
        line, sensitivity, author = " · ".join(n for n in names_of(part, row) if n), row.sensitivity, None
        author = row.author_id if column is not None else None
    owner = _owner(uow, person_id, author)
    told = {"line": line, "wrong": command.wrong, "right": command.right}
    row = RecordAmendment(
        id=command.once,
        patient_id=person_id,
        part=command.part,
        line_id=command.line_id,
        sensitivity=sensitivity,
        state="asked",
        wrong=uow.seal(person_id, "record_amendment.wrong", command.once, json.dumps(told, ensure_ascii=False)),
        asked_by_id=uow.actor.account_id,
        asked_at=uow.now,
        due_at=uow.now + ANSWER_WITHIN,
        **owner,
    )
    uow.audit(Action.RECORD_AMENDMENT_CREATE, row)
    with uow.absorbing_duplicates():
        uow.add(row)
    _put_before(uow, row, line)
    return row


def _put_before(uow: UnitOfWork, row: RecordAmendment, line: str) -> None:
    """The request is work at the desk of who answers it, due when the answer is."""
    asked = tasks.Ask(
        patient_id=row.patient_id,
        wording="amendment",
        values={"amendment": str(row.id), "name": line, "part": row.part},
        owner={key: value for key in OWNERS if (value := getattr(row, key)) is not None},
        due_on=date_in(row.due_at, uow.settings.zone),
        made_by_id=row.asked_by_id,
        once=task_of(row.id),
    )
    uow.audit(Action.RECORD_AMENDMENT_CREATE, tasks.ask(uow, asked), reason="task")


def task_of(row_id: UUID) -> UUID:
    """What the task of a request is asked once under."""
    return uuid5(row_id, "task")


def _done(uow: UnitOfWork, row: RecordAmendment, action: Action) -> None:
    for once in (task_of(row.id), late_task_of(row.id)):
        tasks.settle(uow, row.patient_id, once, action=action)


def late_task_of(row_id: UUID) -> UUID:
    """What the task about a late answer is asked once under."""
    return uuid5(row_id, "late")


def _owner(uow: UnitOfWork, person_id: UUID, author: UUID | None) -> dict[str, UUID]:
    deciding = uow.as_job("messaging.route")  # who answers is decided on the whole team
    team = teams.around(deciding, person_id)
    known = {one.id for one in team.members}
    if author is not None and author in known:
        return {"owner_practitioner_id": author}
    for one in (team.pcp, team.care_manager, *team.members):
        if one is not None:
            return {"owner_practitioner_id": one.id}
    order = (Pool.key != RECORDS_POOL, ~Pool.is_clinical, Pool.key)
    pool = uow.first(select(Pool.id).order_by(*order).limit(1))
    if pool is None:
        raise Conflict("no-pool")
    return {"owner_pool_id": pool.id}


Answerer = aliased(Account)


def _columns() -> tuple[Any, ...]:
    return (RecordAmendment, Account.display_name, Practitioner.name, Pool.name, Answerer.display_name)


def _statement(uow: UnitOfWork, action: Action, person_id: UUID | None) -> Any:
    return (
        uow.select(action, RecordAmendment, *_columns(), within=person_id)
        .join(Account, Account.id == RecordAmendment.asked_by_id)
        .outerjoin(Practitioner, Practitioner.id == RecordAmendment.owner_practitioner_id)
        .outerjoin(Pool, Pool.id == RecordAmendment.owner_pool_id)
        .outerjoin(Answerer, Answerer.id == RecordAmendment.answered_by_id)
    )


def listed(uow: UnitOfWork, person_id: UUID) -> list[Asked]:
    """The requests about this record that the reader may see, newest first; the newest hundred of them."""
    statement = _statement(uow, Action.RECORD_AMENDMENT_READ, person_id)
    order = (RecordAmendment.asked_at.desc(), RecordAmendment.id)
    return [_opened(uow, row) for row in uow.rows(statement.order_by(*order).limit(MOST))]


def one(uow: UnitOfWork, person_id: UUID, row_id: UUID) -> Asked:
    """One request. Raises `NotFound`."""
    statement = _statement(uow, Action.RECORD_AMENDMENT_READ, person_id).where(RecordAmendment.id == row_id)
    row = uow.first(statement)
    if row is None:
        uow.refuse(Action.RECORD_AMENDMENT_READ, patient=person_id, object_type="record_amendment", object_id=row_id)
        raise NotFound(action=Action.RECORD_AMENDMENT_READ)
    return _opened(uow, row)


def _opened(uow: UnitOfWork, row: Sequence[Any]) -> Asked:
    found, asked_by, owner, pool, answered_by = row
    told = json.loads(uow.unseal(found.patient_id, "record_amendment.wrong", found.id, found.wrong))

    def said(column: str) -> str:
        blob = getattr(found, column)
        return uow.unseal(found.patient_id, f"record_amendment.{column}", found.id, blob) if blob else ""

    return Asked(
        id=found.id,
        part=found.part,
        line_id=found.line_id,
        line=told["line"],
        wrong=told["wrong"],
        right=told["right"],
        state=found.state,
        asked_by=asked_by,
        asked_at=found.asked_at,
        due_at=found.due_at,
        owner=owner or pool or "",
        reason=found.reason or "",
        answer=said("answer"),
        answered_by=answered_by or "",
        answered_at=found.answered_at,
        statement=said("statement"),
        longer=said("longer"),
        disputed_at=found.disputed_at,
        version=found.version,
        is_late=found.state in OPEN and found.due_at < uow.now,
    )


def answer(
    uow: UnitOfWork, person_id: UUID, row_id: UUID, *, decision: str, reason: str, words: str, version: int
) -> RecordAmendment:
    """Accept or deny. Raises `Conflict` where it was answered already, or changed since it was read (`version`)."""
    row = uow.load(Action.RECORD_AMENDMENT_DECIDE, RecordAmendment, row_id, within=person_id)
    if row.state not in OPEN or row.version != version:
        raise Conflict("version-conflict")
    row.state = decision
    row.reason = reason if decision == "denied" else None
    row.answer = uow.seal(person_id, "record_amendment.answer", row.id, words)
    row.answered_by_id, row.answered_at = uow.actor.account_id, uow.now
    uow.audit(Action.RECORD_AMENDMENT_DECIDE, row, reason=decision)
    _done(uow, row, Action.RECORD_AMENDMENT_DECIDE)
    return row


def extend(uow: UnitOfWork, person_id: UUID, row_id: UUID, why: str) -> RecordAmendment:
    """Take 30 days longer, once, and tell the patient why. Raises `Conflict` where that was done, or it is answered,
    or the first 60 days are over: the reason is due within them (164.526(b)(2)(ii)).
    """
    row = uow.load(Action.RECORD_AMENDMENT_DECIDE, RecordAmendment, row_id, within=person_id)
    if row.state != "asked":
        raise Conflict("already-answered")
    if row.due_at < uow.now:
        raise Conflict("too-late")
    row.state, row.due_at = "extended", row.due_at + LONGER_BY
    row.longer = uow.seal(person_id, "record_amendment.longer", row.id, why)
    uow.audit(Action.RECORD_AMENDMENT_DECIDE, row, reason="extended")
    due_on = date_in(row.due_at, uow.settings.zone)
    tasks.settle(uow, person_id, task_of(row.id), action=Action.RECORD_AMENDMENT_DECIDE, due_on=due_on)
    return row


def withdraw(uow: UnitOfWork, person_id: UUID, row_id: UUID) -> RecordAmendment:
    """Take a request back, while it is open. Raises `Conflict` once it is answered."""
    row = uow.load(Action.RECORD_AMENDMENT_CREATE, RecordAmendment, row_id, within=person_id)
    if row.state not in OPEN:
        raise Conflict("already-answered")
    row.state = "withdrawn"
    uow.audit(Action.RECORD_AMENDMENT_CREATE, row, reason="withdrawn")
    _done(uow, row, Action.RECORD_AMENDMENT_CREATE)
    return row


def dispute(uow: UnitOfWork, person_id: UUID, row_id: UUID, words: str) -> RecordAmendment:
    """Add a statement of disagreement to a denial; it stays with the record (164.526(d)(2)).

    Raises `Conflict` for what was not denied, or was disputed before.
    """
    row = uow.load(Action.RECORD_AMENDMENT_CREATE, RecordAmendment, row_id, within=person_id)
    if row.state != "denied":
        raise Conflict("not-denied")
    row.state = "disputed"
    row.statement = uow.seal(person_id, "record_amendment.statement", row.id, words)
    row.disputed_at = uow.now
    uow.audit(Action.RECORD_AMENDMENT_CREATE, row, reason="disputed")
    return row
