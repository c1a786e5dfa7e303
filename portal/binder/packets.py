"""The binder sent ahead to a visit: as it was then, with what to talk about and who comes along, and a receipt."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.appointments import booking
from portal.appointments.booking import LIVE
from portal.infra.errors import Conflict, NotFound
from portal.models import Account, Appointment, BinderPacket, Practitioner, Task
from portal.notifications.service import notify
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.work.unit_of_work import UnitOfWork

READ, UPDATE = Action.BINDER_PACKET_READ, Action.BINDER_PACKET_UPDATE
JOB = "binder.packet"
OUTSIDE = timedelta(hours=72)  # how long the link for a visit elsewhere works (PHR-7)
_CONTENT = "binder_packet.content"


@dataclass(frozen=True, slots=True)
class Sent:
    """A packet as lists show it."""

    id: UUID
    visit_id: UUID
    sent_at: datetime
    withdrawn_at: datetime | None
    opened_at: datetime | None
    opened_by: str


def load_visit(uow: UnitOfWork, person_id: UUID, visit_id: UUID) -> Appointment:
    """The visit, if it is still to come. Raises `Conflict("over")` for one that is over or was cancelled."""
    row = uow.load(Action.APPOINTMENT_READ, Appointment, visit_id, within=person_id)
    if row.status not in LIVE or row.starts_at < uow.now - timedelta(hours=1):
        raise Conflict("over")
    return row


def words_of(uow: UnitOfWork, row: Appointment) -> tuple[str, str]:
    """What to talk about, and who comes along, as far as it was said."""
    return booking.agenda_of(uow, row), booking.needs_of(uow, row).companion


def send(uow: UnitOfWork, person_id: UUID, row: Appointment, content: dict[str, Any], once: UUID, due_on: date) -> UUID:
    """Send the binder ahead. `content` is what its page shows later; the visit's clinician gets a task to open it.

    Sent twice it is one; one that was sent before for this visit is replaced.
    """
    uow.require(UPDATE, patient=person_id)
    for old in _rows(uow, person_id, row.id):
        if old.once == once:
            found: UUID = old.id
            return found
        if old.withdrawn_at is None:
            _withdraw(uow, old)
    packet = BinderPacket(
        patient_id=person_id,
        appointment_id=row.id,
        practitioner_id=row.practitioner_id,
        account_id=uow.actor.account_id,
        content=b"",
        sections=[one["key"] for one in content["sections"]],
        once=once,
        sent_at=uow.now,
    )
    packet.content = uow.seal(person_id, _CONTENT, packet.id, json.dumps(content))
    if row.practitioner_id is not None:
        packet.task_id = _task(uow, packet, content["task"], due_on)
        uow.flush()
    uow.add(packet)
    uow.audit(UPDATE, packet, reason="sent")
    return packet.id


def _task(uow: UnitOfWork, packet: BinderPacket, words: str, due_on: date) -> UUID:
    job = uow.as_job(JOB)
    task = Task(
        patient_id=packet.patient_id,
        kind="todo",
        words=b"",
        owner_practitioner_id=packet.practitioner_id,
        due_on=due_on,
        made_by_id=uow.actor.account_id,
        made_at=uow.now,
        once=packet.id,
    )
    task.words = uow.seal(packet.patient_id, "task.words", task.id, words)
    job.add(task)
    job.audit(Action.DESK_TASK_CREATE, task)
    return task.id


def _rows(uow: UnitOfWork, person_id: UUID, visit_id: UUID | None = None) -> Sequence[BinderPacket]:
    statement = uow.select(READ, BinderPacket, within=person_id)
    if visit_id is not None:
        statement = statement.where(BinderPacket.appointment_id == visit_id)
    rows: Sequence[BinderPacket] = uow.scalars(statement.order_by(BinderPacket.sent_at.desc()).limit(100))
    return rows


def sent(uow: UnitOfWork, person_id: UUID) -> list[Sent]:
    """What was sent ahead, the newest first."""
    uow.require(READ, patient=person_id)
    statement = (
        uow.select(
            READ,
            BinderPacket,
            BinderPacket.id,
            BinderPacket.appointment_id,
            BinderPacket.sent_at,
            BinderPacket.withdrawn_at,
            BinderPacket.opened_at,
            Account.display_name,
            within=person_id,
        )
        .outerjoin(Account, Account.id == BinderPacket.opened_by_id)
        .order_by(BinderPacket.sent_at.desc())
        .limit(100)
    )
    return [
        Sent(row.id, row.appointment_id, row.sent_at, row.withdrawn_at, row.opened_at, row.display_name or "")
        for row in uow.rows(statement)
    ]


def open_packet(uow: UnitOfWork, person_id: UUID, packet_id: UUID) -> tuple[Sent, dict[str, Any]]:
    """What was sent, as it was. The first time staff open it the patient is told. Raises `NotFound` once taken back."""
    packet = uow.load(READ, BinderPacket, packet_id, within=person_id)
    if packet.withdrawn_at is not None:
        raise NotFound(action=READ)
    content = json.loads(uow.unseal(person_id, _CONTENT, packet.id, packet.content))
    if uow.actor.is_staff and packet.opened_at is None:
        _receipt(uow, person_id, packet_id)
    by = uow.first(select(Account.display_name).where(Account.id == packet.opened_by_id))
    return (
        Sent(packet.id, packet.appointment_id, packet.sent_at, None, packet.opened_at, by[0] if by else ""),
        content,
    )


def _receipt(uow: UnitOfWork, person_id: UUID, packet_id: UUID) -> None:
    """Note who opened it first, in a transaction of its own: a page only reads. Then the task is done."""
    actor = Actor.system(JOB).on_behalf(request_id=uow.actor.request_id, address=uow.actor.address)
    with UnitOfWork.open(uow.services, actor, write=True) as job:
        opened = job.update(UPDATE, BinderPacket).where(
            BinderPacket.id == packet_id, BinderPacket.patient_id == person_id, BinderPacket.opened_at.is_(None)
        )
        if not job.change(opened.values(opened_at=job.now, opened_by_id=uow.actor.account_id)):
            return
        packet = job.scalars(job.select(READ, BinderPacket).where(BinderPacket.id == packet_id))[0]
        job.audit(UPDATE, packet, reason="opened by the clinic")
        _finish(job, packet, uow.actor.account_id)
        notify(job, packet.account_id, "binder_opened", f"packet:{packet.id}", about=person_id)


def _finish(job: UnitOfWork, packet: BinderPacket, by_id: UUID | None) -> None:
    tasks = job.scalars(job.select(Action.DESK_TASK_READ, Task).where(Task.id == packet.task_id))
    for task in tasks:
        if task.state == "open":
            task.state, task.done_by_id, task.done_at = "done", by_id, job.now
            job.audit(Action.DESK_TASK_UPDATE, task, reason="done")


def withdraw(uow: UnitOfWork, person_id: UUID, packet_id: UUID) -> None:
    """Take back what was sent; twice changes nothing."""
    packet = uow.load(UPDATE, BinderPacket, packet_id, within=person_id)
    if packet.withdrawn_at is None:
        _withdraw(uow, packet)


def _withdraw(uow: UnitOfWork, packet: BinderPacket) -> None:
    packet.withdrawn_at = uow.now
    packet.content = uow.seal(packet.patient_id, _CONTENT, packet.id, "{}")  # what was taken back is gone
    uow.audit(UPDATE, packet, reason="taken back")
    _finish(uow.as_job(JOB), packet, uow.actor.account_id)


def clinician(uow: UnitOfWork, practitioner_id: UUID | None) -> str:
    """Who the visit is with."""
    row = uow.first(select(Practitioner.name).where(Practitioner.id == practitioner_id))
    return row[0] if row else ""
