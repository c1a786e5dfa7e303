"""What waits for the reader in one person's house, in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, and_, false, or_, select, union

from portal.appointments import service as appointments
from portal.models import Draft, Message, Person, Practitioner, Relationship, Report, ReportUnread, Thread, ThreadUnread
from portal.policy.actions import Action
from portal.results.release import NEVER
from portal.work.unit_of_work import UnitOfWork

MOST = 4  # of a kind on the page; one more is fetched, to know whether there are more
SOON = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A conversation with something for the reader. `subject` and `preview` are unsealed."""

    id: UUID
    subject: str
    preview: str
    last_by: str
    last_at: Any
    due_at: Any
    is_asked: bool  # an answer of the reader is waited for
    is_question: bool  # put to the liaison


def is_patient(uow: UnitOfWork, person_id: UUID) -> bool:
    """Whether this person has a record here (and is not only somebody who acts for others)."""
    row = uow.first(uow.select(Action.PEOPLE_PERSON_READ, Person, Person.is_patient, within=person_id))
    return bool(row and row.is_patient)


def waiting_threads(uow: UnitOfWork, person_id: UUID) -> list[Waiting]:
    """Conversations with an unread message, and those that wait for this reader's answer; the newest first."""
    return [
        Waiting(
            id=row.id,
            subject=uow.unseal(person_id, "thread.subject", row.id, row.subject),
            preview=uow.unseal(person_id, "thread.preview", row.id, row.preview),
            last_by=row.last_by or "",
            last_at=row.last_at,
            due_at=row.due_at,
            is_asked=bool(row.is_asked),
            is_question=bool(row.is_question),
        )
        for row in uow.prepared(_waiting, _is_own(uow, person_id), within=person_id).all()
    ]


def _waiting(uow: UnitOfWork, is_own: bool, *, within: Any) -> Any:
    """The statement: candidates by key, each kind out of its own index; a house of thousands is not read through."""
    is_open = Thread.state.in_(("open", "waiting_on_patient"))
    unread = select(ThreadUnread.thread_id.label("id")).where(
        ThreadUnread.account_id == uow.actor.account_id, ThreadUnread.patient_id == within
    )
    if is_own:  # nobody is their own liaison
        to_caregiver: Any = false()
        asked = and_(is_open, Thread.owner_is_patient)
        others = select(Thread.id).where(Thread.patient_id == within, Thread.owner_is_patient)
    else:
        mine = select(Relationship.id).where(
            Relationship.account_id == uow.actor.account_id,
            Relationship.patient_id == within,
            Relationship.state == "active",
        )
        to_caregiver = Thread.owner_relationship_id.in_(mine)
        asked = and_(is_open, to_caregiver)
        others = select(Thread.id).where(Thread.owner_relationship_id.in_(mine))
    candidate = union(unread, others).subquery("candidate")
    return (
        uow.select(
            Action.MESSAGE_THREAD_READ,
            Thread,
            Thread.id,
            Thread.subject,
            Thread.preview,
            Thread.last_at,
            Thread.due_at,
            _last_author().label("last_by"),
            asked.label("is_asked"),
            to_caregiver.label("is_question"),
            within=within,
            joining=(ThreadUnread, Message),
        )
        .join(candidate, candidate.c.id == Thread.id)
        .outerjoin(
            ThreadUnread, and_(ThreadUnread.thread_id == Thread.id, ThreadUnread.account_id == uow.actor.account_id)
        )
        .where(or_(ThreadUnread.id.is_not(None), asked))
        .order_by(asked.desc(), Thread.last_at.desc(), Thread.id)
        .limit(MOST + 1)
    )


def _last_author() -> ScalarSelect[Any]:
    return (
        select(Message.author_name)
        .where(Message.thread_id == Thread.id, Message.kind == "message")
        .order_by(Message.sent_at.desc(), Message.id.desc())
        .limit(1)
        .correlate(Thread)
        .scalar_subquery()
    )


def _is_own(uow: UnitOfWork, person_id: UUID) -> bool:
    return uow.actor.person_id == person_id


def new_reports(uow: UnitOfWork, person_id: UUID) -> Sequence[Any]:
    """Reports this reader has not opened yet, newest first."""
    found: Sequence[Any] = uow.prepared(_reports, within=person_id).all()
    return found


def _reports(uow: UnitOfWork, *, within: Any) -> Any:
    return (
        uow.select(
            Action.RESULT_READ,
            Report,
            Report.id,
            Report.code,
            Report.name,
            Report.category,
            Report.sensitivity,
            Report.outside_count,
            Report.released_at,
            Practitioner.name.label("orderer"),
            within=within,
            joining=(ReportUnread,),
        )
        .join(ReportUnread, and_(ReportUnread.report_id == Report.id, ReportUnread.account_id == uow.actor.account_id))
        .outerjoin(Practitioner, Practitioner.id == Report.orderer_id)
        .where(Report.status.notin_(NEVER))
        .order_by(Report.released_at.desc(), Report.id)
        .limit(MOST + 1)
    )


def coming_visits(uow: UnitOfWork, person_id: UUID) -> Sequence[Any]:
    """The next booked visits, soonest first."""
    return appointments.upcoming(uow, person_id, most=3, booked_only=True)


def drafts(uow: UnitOfWork, person_id: UUID) -> Sequence[Any]:
    """What this reader began to write here and did not send, newest first: ids, places and times, no words."""
    found: Sequence[Any] = uow.prepared(_drafts, within=person_id).all()
    return found


def _drafts(uow: UnitOfWork, *, within: Any) -> Any:
    columns = (Draft.id, Draft.place, Draft.updated_at)
    statement = uow.select(Action.MESSAGE_DRAFT_READ, Draft, *columns, within=within)
    return statement.order_by(Draft.updated_at.desc(), Draft.id).limit(3)


def unanswered_of(uow: UnitOfWork, person_id: UUID) -> Sequence[Any]:
    """Open conversations of a patient that staff may read, the most pressing first; for the desk."""
    statement = uow.select(
        Action.MESSAGE_THREAD_READ,
        Thread,
        Thread.id,
        Thread.subject,
        Thread.last_at,
        Thread.due_at,
        Thread.urgency,
        within=person_id,
    ).where(Thread.state.in_(("open", "waiting_on_patient")))
    rows = uow.rows(statement.order_by(Thread.due_at.is_(None), Thread.due_at, Thread.id).limit(20))
    return [(row, uow.unseal(person_id, "thread.subject", row.id, row.subject)) for row in rows]
