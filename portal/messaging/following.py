"""Questions that another conversation answers: those passed on, and those put together with one like them (LIA-3).

A relative's question stays with the liaison while the care team answers what was passed on; the relative never reads
that conversation. What the liaison answers to a question goes to all that were put together with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.infra.i18n import known
from portal.infra.ids import new_id
from portal.messaging import attachments, due, threads, trail, unread
from portal.messaging.facts import Caregiver
from portal.models import Account, Message, Thread
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

OPEN = ("open", "waiting_on_patient")


def followers(uow: UnitOfWork, thread: Thread) -> Sequence[Thread]:
    """The questions of the same patient that wait for what becomes of `thread`, as far as the actor may see them."""
    statement = uow.select(Action.MESSAGE_THREAD_READ, Thread, within=thread.patient_id)
    found: Sequence[Thread] = uow.scalars(
        statement.where(Thread.follows_id == thread.id, Thread.state.in_(OPEN)).order_by(Thread.created_at, Thread.id)
    )
    return found


def spread(uow: UnitOfWork, thread: Thread, text: str, answer: Message, caregiver: Caregiver | None) -> list[UUID]:
    """Say the liaison's answer to `thread`, with its files, in every question that was put together with it.

    Their clocks stop. Returns the ids of the messages, for whoever tells people of them.
    """
    said = []
    for other in followers(uow, thread):
        message: Message = threads.say(uow, other, text, role=answer.author_role, once=new_id(), caregiver=caregiver)
        attachments.copy(uow, answer, message)
        other.state, other.answered_at, other.held_until = "answered", uow.now, None
        other.first_answer_at = other.first_answer_at or uow.now
        trail.step(uow, other, "answered")
        uow.audit(Action.MESSAGE_THREAD_REPLY, other)
        uow.flush()
        unread.mark(uow, other)
        said.append(message.id)
    return said


def team_answered(uow: UnitOfWork, thread: Thread, message_id: UUID) -> None:
    """Have the liaison's clock start when the care team has answered what the liaison passed on."""
    if thread.author_role == "liaison":
        uow.later("messaging.answer_came", thread.id, key=f"came:{message_id}")


def answer_came(uow: UnitOfWork, thread: Thread) -> None:
    """The care team has answered: the next step of each question that waited for it is the liaison's again."""
    for question in followers(uow, thread):
        question.look_by, question.due_at = due.again(uow, question)
        question.held_until = None
        trail.step(uow, question, "came_back", facts={"clock": True})
        uow.audit(Action.MESSAGE_THREAD_READ, question, reason="answer-came")


def _first_relation() -> Any:
    first = select(Message.author_relation).where(Message.thread_id == Thread.id, Message.author_id == Thread.author_id)
    return first.order_by(Message.sent_at).limit(1).correlate(Thread).scalar_subquery()


def askers_of(uow: UnitOfWork, thread: Thread) -> list[tuple[str, str]]:
    """Who asked what the liaison passed on: names and relations, for staff, the patient and the liaison.

    Their own conversations stay with the liaison: only who they are is told, so that the asker is kept (LIA-3). Other
    caregivers who may read it learn nothing of who else belongs to the family circle (PRX-4).
    """
    if thread.author_role != "liaison":
        return []
    router = uow.as_job("messaging.route")
    statement = (
        router.select(
            Action.MESSAGE_THREAD_READ,
            Thread,
            Account.display_name,
            _first_relation().label("relation"),
            within=thread.patient_id,
            joining=(Message,),
        )
        .join(Account, Account.id == Thread.author_id)
        .where(Thread.follows_id == thread.id)
        .order_by(Thread.created_at)
    )
    rows = router.rows(statement)
    if rows and not (uow.actor.is_staff or uow.may(Action.FAMILY_CIRCLE_READ, patient=thread.patient_id)):
        return []
    return [(row.display_name, known(row.relation)) for row in rows]
