"""Asking a colleague inside a conversation: a side question for staff alone. Whoever holds it keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, literal, select
from sqlalchemy.orm import aliased

from portal.infra.errors import Conflict, Invalid
from portal.messaging import threads, unread
from portal.messaging.service import Reply, held
from portal.models import Account, CareTeamMember, Message, Person, PoolMember, Practitioner, SideQuestion, Thread
from portal.people.teams import on_team_now
from portal.policy.actions import Action
from portal.policy.actors import CLINICAL_ROLES, Actor
from portal.policy.scope import condition
from portal.work.unit_of_work import UnitOfWork

MOST = 25


@dataclass(frozen=True, slots=True)
class Aside:
    """A side question in its conversation: who asked whom, and whether it was answered. Its words are team notes."""

    id: UUID
    asked_id: UUID
    asked: str
    by: str
    at: datetime
    is_open: bool


@dataclass(frozen=True, slots=True)
class AskedOfMe:
    """A side question that waits for the actor, in the list."""

    thread_id: UUID
    subject: str
    patient: str
    by: str
    at: datetime


def choices(uow: UnitOfWork, thread: Thread) -> list[tuple[UUID, str]]:
    """Whom one may ask: those who may read the conversation, on the care team or in the pool that holds it."""
    team = uow.select(
        Action.PEOPLE_CARE_TEAM_READ, CareTeamMember, CareTeamMember.practitioner_id, within=thread.patient_id
    ).where(*on_team_now(uow.now))
    team_ids = list(uow.scalars(team))
    near: ColumnElement[bool] = Practitioner.id.in_(team_ids)
    if thread.owner_pool_id:
        members = select(PoolMember.practitioner_id).where(PoolMember.pool_id == thread.owner_pool_id)
        near = near | Practitioner.id.in_(members)
    if thread.owner_practitioner_id:
        near = near | (Practitioner.id == thread.owner_practitioner_id)
    statement = (
        select(Practitioner.id, Practitioner.name, Practitioner.role, Account.id.label("account"))
        .join(Account, Account.practitioner_id == Practitioner.id)
        .where(near, Practitioner.is_active, Account.is_active, Practitioner.id != uow.actor.practitioner_id)
        .order_by(Practitioner.sort_name)
        .limit(60)
    )
    on_team = set(team_ids)
    rows = [row for row in uow.rows(statement) if row.id not in on_team or row.role in CLINICAL_ROLES]
    return [(row.id, row.name) for row in rows]


def _may_read(uow: UnitOfWork, thread: Thread, colleague_id: UUID) -> bool:
    """Whether the policy lets this colleague read the conversation now."""
    columns = (Practitioner.id, Practitioner.role, Account.id.label("account"))
    who = select(*columns).join(Account, Account.practitioner_id == Practitioner.id)
    row = uow.first(who.where(Practitioner.id == colleague_id, Account.is_active))
    if row is None:
        return False
    colleague = Actor("staff", account_id=row.account, practitioner_id=row.id, role=row.role)
    rule = condition(colleague, Action.MESSAGE_THREAD_READ, Thread, uow.now)
    statement = select(literal(1)).select_from(Thread).where(Thread.id == thread.id, rule)
    scoped = frozenset({Thread.__tablename__})
    return uow.session.execute(statement.execution_options(scoped=scoped)).first() is not None


def ask(uow: UnitOfWork, question: Reply, colleague_id: UUID) -> None:
    """Ask a colleague; they get a mark of their own. Raises `Invalid("colleague")` for somebody who may not read it."""
    thread = held(uow, Action.MESSAGE_NOTE_CREATE, question.person_id, question.thread_id)
    if _sent(uow, question):
        return
    if colleague_id not in dict(choices(uow, thread)) or not _may_read(uow, thread, colleague_id):
        raise Invalid("colleague")
    note = threads.say(uow, thread, question.text, role="provider", once=question.once, kind="note")
    uow.flush()
    uow.add(
        SideQuestion(
            patient_id=thread.patient_id,
            thread_id=thread.id,
            asked_id=colleague_id,
            by_id=uow.actor.account_id,
            at=uow.now,
            question_id=note.id,
        )
    )
    uow.audit(Action.MESSAGE_NOTE_CREATE, thread, reason="asked")
    uow.flush()
    unread.mark(uow, thread, copies=[colleague_id], staff_only=True)


def _sent(uow: UnitOfWork, note: Reply) -> bool:
    """The same form came before: a double click, or a reload."""
    said = uow.select(Action.MESSAGE_NOTE_READ, Message, Message.id, within=note.person_id)
    mine = said.where(Message.author_id == uow.actor.account_id, Message.once == note.once)
    return uow.first(mine) is not None


def answer(uow: UnitOfWork, given: Reply, question_id: UUID) -> None:
    """Whoever was asked answers. Raises `NotFound` to everybody else, and `Conflict` when it is answered already."""
    thread = held(uow, Action.MESSAGE_NOTE_CREATE, given.person_id, given.thread_id)
    question = uow.load(Action.DESK_QUESTION_ANSWER, SideQuestion, question_id, within=given.person_id)
    if _sent(uow, given):
        return
    if question.state != "open" or question.thread_id != thread.id:
        raise Conflict("answered")
    note = threads.say(uow, thread, given.text, role="provider", once=given.once, kind="note")
    uow.flush()
    question.state, question.answer_id = "answered", note.id
    uow.audit(Action.DESK_QUESTION_ANSWER, question)
    uow.flush()
    asker = uow.first(select(Account.practitioner_id).where(Account.id == question.by_id))
    unread.mark(uow, thread, copies=[asker.practitioner_id] if asker else [], staff_only=True)


def of_thread(uow: UnitOfWork, thread: Thread) -> list[Aside]:
    """The side questions of a conversation, the oldest first."""
    rows = uow.prepared(_of_thread, within=thread.patient_id, thread=thread.id).all()
    return [Aside(row.id, row.asked_id, row.asked, row.by, row.at, row.state == "open") for row in rows]


def _of_thread(uow: UnitOfWork, *, within: Any, thread: Any) -> Any:
    asker = aliased(Account)
    return (
        uow.select(
            Action.MESSAGE_NOTE_READ,
            SideQuestion,
            SideQuestion.id,
            SideQuestion.asked_id,
            SideQuestion.at,
            SideQuestion.state,
            Practitioner.name.label("asked"),
            asker.display_name.label("by"),
            within=within,
        )
        .join(Practitioner, Practitioner.id == SideQuestion.asked_id)
        .join(asker, asker.id == SideQuestion.by_id)
        .where(SideQuestion.thread_id == thread)
        .order_by(SideQuestion.at, SideQuestion.id)
        .limit(MOST)
    )


def asked_of_me(uow: UnitOfWork) -> list[AskedOfMe]:
    """The side questions that wait for the actor, the oldest first."""
    rows = uow.prepared(_asked_of_me).all()
    uow.services.patient_keys.warm(uow.session, dict.fromkeys(row.patient_id for row in rows))
    for patient_id in dict.fromkeys(row.patient_id for row in rows):
        uow.seen(Action.DESK_QUESTION_ANSWER, patient_id)
    return [
        AskedOfMe(
            row.thread_id,
            uow.unseal(row.patient_id, "thread.subject", row.thread_id, row.subject),
            f"{row.given_name} {row.family_name}".strip(),
            row.by,
            row.at,
        )
        for row in rows
    ]


def _asked_of_me(uow: UnitOfWork, *, within: Any) -> Any:
    columns = (SideQuestion.thread_id, SideQuestion.patient_id, SideQuestion.at, Thread.subject)
    return (
        uow.select(
            Action.DESK_QUESTION_ANSWER,
            SideQuestion,
            *columns,
            Person.given_name,
            Person.family_name,
            Account.display_name.label("by"),
            joining=(Thread, Person),
        )
        .join(Thread, Thread.id == SideQuestion.thread_id)
        .join(Person, Person.id == SideQuestion.patient_id)
        .join(Account, Account.id == SideQuestion.by_id)
        .where(SideQuestion.state == "open", SideQuestion.asked_id == uow.actor.practitioner_id)
        .order_by(SideQuestion.at, SideQuestion.id)
        .limit(MOST)
    )
