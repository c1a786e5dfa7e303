"""What the liaison's desk shows: each question with what was asked, by whom, since when, and who owes the next step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import ScalarSelect, Select, or_, select, tuple_
from sqlalchemy.orm import aliased

from portal.infra.i18n import known
from portal.messaging.following import OPEN
from portal.messaging.reading import Cursor
from portal.models import Account, Message, Person, Pool, Practitioner, Relationship, Thread
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

PAGE = 25
LATELY = timedelta(days=14)
ALIKE = timedelta(days=7)
SERVING = ("liaison", "backup")

Led = aliased(Thread)


class QuestionRow(Protocol):
    """A row of `_statement`: a conversation, who asked, about whom, and the one that leads it, if any."""

    id: UUID
    patient_id: UUID
    subject: bytes
    author_role: str
    created_at: datetime
    due_at: datetime | None
    state: str
    held_until: datetime | None
    relation: str | None
    author: str
    given_name: str
    family_name: str
    led_id: UUID | None
    led_state: str | None
    led_due: datetime | None
    led_role: str | None
    practitioner: str | None
    pool: str | None


@dataclass(frozen=True, slots=True)
class Question:
    """One question at the desk. `step` says who owes what: answer, bring (an answer came), team, hold, together."""

    id: UUID
    person_id: UUID
    patient: str
    subject: str
    author: str
    author_role: str
    relation: str | None
    asked_at: datetime
    due_at: datetime | None
    step: str
    with_name: str
    with_due: datetime | None
    held_until: datetime | None
    led_id: UUID | None


def _serving(uow: UnitOfWork) -> Select[UUID]:
    """A select of the relationships in which the actor is liaison or backup now."""
    return select(Relationship.id).where(
        Relationship.account_id == uow.actor.account_id,
        Relationship.kind.in_(SERVING),
        Relationship.state == "active",
        Relationship.starts_at <= uow.now,
        or_(Relationship.ends_at.is_(None), Relationship.ends_at > uow.now),
    )


def serves(uow: UnitOfWork) -> bool:
    """Whether the actor is anybody's liaison or backup."""
    statement = uow.select(Action.CAREGIVER_RELATIONSHIP_READ, Relationship, Relationship.id)
    return uow.first(statement.where(Relationship.id.in_(_serving(uow))).limit(1)) is not None


def _relation() -> ScalarSelect[str | None]:
    first = select(Message.author_relation).where(Message.thread_id == Thread.id, Message.author_id == Thread.author_id)
    return first.order_by(Message.sent_at).limit(1).correlate(Thread).scalar_subquery()


def _statement(uow: UnitOfWork, person_id: UUID | None) -> Select[Any]:
    return (
        uow.select(
            Action.MESSAGE_THREAD_READ,
            Thread,
            Thread.id,
            Thread.patient_id,
            Thread.subject,
            Thread.author_role,
            Thread.created_at,
            Thread.due_at,
            Thread.state,
            Thread.held_until,
            Thread.topic,
            _relation().label("relation"),
            Account.display_name.label("author"),
            Person.given_name,
            Person.family_name,
            Led.id.label("led_id"),
            Led.state.label("led_state"),
            Led.due_at.label("led_due"),
            Led.author_role.label("led_role"),
            Practitioner.name.label("practitioner"),
            Pool.name.label("pool"),
            within=person_id,
            joining=(Message, Person),
        )
        .join(Account, Account.id == Thread.author_id)
        .join(Person, Person.id == Thread.patient_id)
        .outerjoin(Led, Led.id == Thread.follows_id)
        .outerjoin(Practitioner, Practitioner.id == Led.owner_practitioner_id)
        .outerjoin(Pool, Pool.id == Led.owner_pool_id)
    )


def waiting(
    uow: UnitOfWork, person_id: UUID | None, after: Cursor | None = None
) -> tuple[list[Question], Cursor | None]:
    """A page of questions that are with the actor as liaison or acting backup, the oldest first."""
    statement = _statement(uow, person_id).where(
        Thread.owner_relationship_id.in_(_serving(uow)), Thread.state.in_(OPEN)
    )
    if after is not None:
        statement = statement.where(tuple_(Thread.created_at, Thread.id) > after.pair())
    rows = uow.rows(statement.order_by(Thread.created_at, Thread.id).limit(PAGE + 1))
    found = [_question(uow, row) for row in rows[:PAGE]]
    for patient_id in {one.person_id for one in found}:
        uow.seen(Action.MESSAGE_THREAD_READ, patient_id)
    return found, Cursor(found[-1].asked_at, found[-1].id) if len(rows) > PAGE else None


def done(uow: UnitOfWork, person_id: UUID | None, most: int = 10) -> list[Question]:
    """What was answered or given back lately, the newest first."""
    statement = _statement(uow, person_id).where(
        Thread.owner_relationship_id.in_(_serving(uow)),
        Thread.state.in_(("answered", "closed")),
        Thread.last_at > uow.now - LATELY,
    )
    rows = uow.rows(statement.order_by(Thread.last_at.desc(), Thread.id).limit(most))
    return [_question(uow, row) for row in rows]


def _question(uow: UnitOfWork, row: QuestionRow) -> Question:
    return Question(
        id=row.id,
        person_id=row.patient_id,
        patient=f"{row.given_name} {row.family_name}".strip(),
        subject=uow.unseal(row.patient_id, "thread.subject", row.id, row.subject),
        author=row.author,
        author_role=row.author_role,
        relation=row.relation,
        asked_at=row.created_at,
        due_at=row.due_at,
        step=_step(row, uow.now),
        with_name=row.practitioner or known(row.pool),
        with_due=row.led_due if row.led_state in OPEN else None,
        held_until=row.held_until,
        led_id=row.led_id,
    )


def _step(row: QuestionRow, now: datetime) -> str:
    if row.state not in OPEN:
        return "done"
    if row.led_id is not None:
        if row.led_role == "family_other":
            return "together"
        return "team" if row.led_state == "open" else "bring"
    return "hold" if row.held_until is not None and row.held_until > now else "answer"


@dataclass(frozen=True, slots=True)
class Alike:
    """A question like another one: an open one about the same kind of thing, of the last days."""

    id: UUID
    subject: str
    author: str
    asked_at: datetime


def alike_waiting(uow: UnitOfWork, thread: Thread) -> list[Alike]:
    """Other relatives' questions of the same topic that wait for the actor, too (LIA-6)."""
    statement = _statement(uow, thread.patient_id).where(
        Thread.owner_relationship_id.in_(_serving(uow)),
        Thread.state.in_(OPEN),
        Thread.author_role == "family_other",
        Thread.topic == thread.topic,
        Thread.id != thread.id,
        or_(Thread.follows_id.is_(None), Thread.follows_id != thread.id),
        Thread.created_at > uow.now - ALIKE,
    )
    return _alike(uow, uow.rows(statement.order_by(Thread.created_at).limit(5)))


def alike_asked(uow: UnitOfWork, person_id: UUID, topic: str) -> list[Alike]:
    """What the actor asked about the same topic in the last days and is not answered yet (LIA-6)."""
    statement = _statement(uow, person_id).where(
        Thread.author_id == uow.actor.account_id,
        Thread.state.in_(OPEN),
        Thread.topic == topic,
        Thread.created_at > uow.now - ALIKE,
    )
    return _alike(uow, uow.rows(statement.order_by(Thread.created_at.desc()).limit(3)))


def _alike(uow: UnitOfWork, rows: Sequence[QuestionRow]) -> list[Alike]:
    return [
        Alike(row.id, uow.unseal(row.patient_id, "thread.subject", row.id, row.subject), row.author, row.created_at)
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the care team said to what the liaison passed on."""

    thread_id: UUID
    by: str
    text: str
    at: datetime


def answer_to(uow: UnitOfWork, thread: Thread) -> Answer | None:
    """The last answer of the care team to what this question was passed on in, once it is answered."""
    if thread.follows_id is None:
        return None
    led = Thread
    statement = (
        uow.select(Action.MESSAGE_THREAD_READ, Message, Message, within=thread.patient_id)
        .join(led, led.id == Message.thread_id)
        .where(led.id == thread.follows_id, led.author_role == "liaison", led.state != "open")
        .where(Message.kind == "message", Message.author_role == "provider", Message.retracted_at.is_(None))
        .order_by(Message.sent_at.desc(), Message.id.desc())
        .limit(1)
    )
    said = uow.scalars(statement)
    if not said:
        return None
    text = uow.unseal(thread.patient_id, "message.body", said[0].id, said[0].body)
    return Answer(said[0].thread_id, said[0].author_name, text, said[0].sent_at)


def asker_of(uow: UnitOfWork, thread: Thread) -> tuple[str, str | None]:
    """Who asked a question the actor may read: name and relation."""
    row = uow.first(_statement(uow, thread.patient_id).where(Thread.id == thread.id))
    return (row.author, row.relation) if row else ("", None)


def alike_led(uow: UnitOfWork, thread: Thread) -> list[Alike]:
    """The questions that were put together with this one."""
    return _alike(uow, uow.rows(_statement(uow, thread.patient_id).where(Thread.follows_id == thread.id).limit(10)))
