"""Tasks the portal itself makes: kept as what is asked and of what, and said in the language of whoever reads them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import update

from portal.models import Task
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody is to do for a patient. `owner` names one of the two owner columns of a task.

    `wording` is one that `messaging.task_words` knows, `values` what it speaks of: names and codes, never sentences.
    `once` is the same for the same thing asked twice by the same account.
    """

    patient_id: UUID
    wording: str
    values: Mapping[str, str]
    owner: Mapping[str, UUID]
    due_on: date
    made_by_id: UUID
    once: UUID
    kind: str = "todo"


def ask(uow: UnitOfWork, one: Ask) -> Task:
    """Make the task; whoever calls writes the trail."""
    owner: dict[str, Any] = dict(one.owner)
    task = Task(
        patient_id=one.patient_id,
        kind=one.kind,
        wording=one.wording,
        due_on=one.due_on,
        made_by_id=one.made_by_id,
        made_at=uow.now,
        once=one.once,
        **owner,
    )
    told = json.dumps(dict(one.values), ensure_ascii=False)
    task.words = uow.seal(one.patient_id, "task.words", task.id, told)
    uow.add(task)
    return task


def settle(uow: UnitOfWork, patient_id: UUID, once: UUID, *, action: Action, due_on: date | None = None) -> None:
    """What was asked is done; with `due_on` it stays, and is due then. Nothing happens where there is no such task."""
    values: dict[str, Any] = (
        {"due_on": due_on}
        if due_on is not None
        else {"state": "done", "done_by_id": uow.actor.account_id, "done_at": uow.now}
    )
    statement = update(Task).where(Task.patient_id == patient_id, Task.once == once, Task.state == "open")
    if uow.change(statement.values(**values).execution_options(synchronize_session=False)):
        uow.audit(action, patient=patient_id, reason="task")
