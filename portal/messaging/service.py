"""Asking, answering, passing on and closing. Every thread has one owner from its first second, and a trail."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.infra.errors import Conflict
from portal.infra.ids import new_id
from portal.messaging import attachments, drafts, due, following, threads, trail, unread
from portal.messaging.deciding import Ask, Owner, Plan, plan, plan_one
from portal.messaging.routing.types import Decision
from portal.models import Account, Message, Practitioner, Thread
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

OPEN_STATES = ("open", "waiting_on_patient")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of something sent. Without a thread nothing was sent: the sender must look at the plan (again)."""

    plan: Plan | None
    thread_id: UUID | None


@dataclass(frozen=True, slots=True)
class Reply:
    """What somebody answers in a thread."""

    person_id: UUID
    thread_id: UUID
    text: str
    once: UUID
    corrects: UUID | None = None  # an earlier message of the same author that this one puts right


# Asking -------------------------------------------------------------------------------------------------------------


def ask_question(uow: UnitOfWork, ask: Ask, *, seen: str | None) -> Outcome:
    """Open a conversation and send it to whoever answers such questions.

    `seen` is the mark of the plan the sender was shown. The plan is made anew; when it differs, nothing is sent and
    the outcome holds the new plan to show. The same `once` sent again gives the first thread.
    """
    uow.require(Action.MESSAGE_THREAD_CREATE, patient=ask.person_id)
    again = _sent_before(uow, ask)
    if again is not None:
        return Outcome(None, again)
    made = plan(uow, ask)
    if made.mark != seen:
        return Outcome(made, None)
    if _once_taken(uow, ask.once):  # another question was sent from a copy of the same page
        again_once = new_id()
        attachments.move(uow, ask.person_id, ask.once, again_once)
        made = replace(made, ask=replace(ask, once=again_once))
    thread = open_thread(uow, made)
    for child in made.chosen_children:
        open_thread(uow, child, parent=thread)
    return Outcome(made, thread.id)


def _once_taken(uow: UnitOfWork, once: UUID) -> bool:
    return _first_of(uow, once) is not None


def _first_of(uow: UnitOfWork, once: UUID) -> Any:
    """Id and patient of the thread the actor opened with this form, or None."""
    return uow.prepared(_opened_with, once=once).first()


def _opened_with(uow: UnitOfWork, *, within: None, once: Any) -> Any:
    statement = uow.select(Action.MESSAGE_THREAD_READ, Thread, Thread.id, Thread.patient_id)
    return statement.where(Thread.author_id == uow.actor.account_id, Thread.once == once)


def _sent_before(uow: UnitOfWork, ask: Ask) -> UUID | None:
    """The thread this very question has become already: a double click, or a reload."""
    thread = _first_of(uow, ask.once)
    if thread is None or thread.patient_id != ask.person_id:
        return None
    first = uow.prepared(_first_words, within=ask.person_id, thread=thread.id).first()
    said = uow.unseal(ask.person_id, "message.body", first.id, first.body) if first else None
    return thread.id if said == ask.text else None


def _first_words(uow: UnitOfWork, *, within: Any, thread: Any) -> Any:
    statement = uow.select(Action.MESSAGE_THREAD_READ, Message, Message.id, Message.body, within=within)
    return statement.where(Message.thread_id == thread).order_by(Message.sent_at, Message.id).limit(1)


def open_thread(uow: UnitOfWork, made: Plan, parent: Thread | None = None) -> Thread:
    """Carry out a plan: the thread with its owner, its first message, its trail, its marks and its jobs.

    `parent` is the conversation of the first ask of the same message. The caller has asked the policy.
    """
    ask, decision, facts = made.ask, made.decision, made.facts
    thread = Thread(
        patient_id=ask.person_id,
        topic=decision.topic,
        urgency=decision.urgency,
        destination=decision.destination,
        state="open" if decision.destination != "none" else "closed",
        author_id=uow.actor.account_id,
        author_role=facts.sender_role,
        once=ask.once,
        scope=made.scope,
        sensitivity=decision.sensitive,
        is_hidden_from_liaison=made.is_hidden,
        is_liaison_readable=made.is_readable_by_liaison,
        is_restricted_reply=decision.restricted_reply,
        about_kind=ask.about_kind,
        about_id=ask.about_id,
        parent_id=parent.id if parent else None,
        created_at=uow.now,
        last_at=uow.now,
        message_count=1,
        look_by=made.look_by,
        due_at=made.due_at,
        closed_at=uow.now if decision.destination == "none" else None,
        **made.owner.columns(),
    )
    thread.subject = uow.seal(ask.person_id, "thread.subject", thread.id, threads.subject_of(ask.text))
    thread.preview = threads.preview_of(uow, thread, ask.text)
    uow.add(thread)
    uow.audit(Action.MESSAGE_THREAD_CREATE, thread)
    uow.flush()  # the thread first: what follows points to it
    said = threads.say(
        uow, thread, ask.text, role=facts.sender_role, once=ask.once, caregiver=facts.sender, is_first=True
    )
    attachments.send(uow, said)
    trail.step(uow, thread, "received")
    noted = trail.facts_of(decision) | ({"children": len(made.chosen_children)} if made.chosen_children else {})
    trail.step(uow, thread, "routed", to=made.owner.step(), reason=decision.reason_code, facts=noted)
    unread.mark(uow, thread, copies=_copied(decision))
    drafts.sent(uow, ask.person_id, ask.once)
    tell(uow, thread)
    return thread


def _copied(decision: Decision) -> list[UUID]:
    return [UUID(key) for key in decision.copies if not key.startswith(("pool:", "rel:"))]


def tell(uow: UnitOfWork, thread: Thread, received: datetime | None = None) -> None:
    """Have the owner told, and look again when nobody has answered. `received` started the clock: now, if not given."""
    if thread.state != "open":
        return
    uow.later("messaging.tell_owner", thread.id, key=f"tell:{thread.id}:{thread.message_count}:{owner_key(thread)}")
    at = due.next_look(uow, thread, received or uow.now)
    if at is not None:
        uow.later("messaging.check_answered", thread.id, at=at, key=f"check:{thread.id}:{at.isoformat()}")


def owner_key(thread: Thread) -> str:
    """Who owns a thread, in one word."""
    owner = thread.owner_practitioner_id or thread.owner_pool_id or thread.owner_relationship_id
    return str(owner)[:8] if owner else "patient"


# Answering ----------------------------------------------------------------------------------------------------------


def reply(uow: UnitOfWork, answer: Reply, *, seen: str | None) -> Outcome:
    """The patient or a caregiver writes on. An emergency is shown first: it is sent when `seen` says it was.

    Raises `Conflict("closed")` for a closed conversation: the next question starts a new one.
    """
    thread = _loaded(uow, answer)
    if _said_before(uow, answer):
        return Outcome(None, thread.id)
    if thread.state == "closed":
        raise Conflict("closed")
    made = plan_one(uow, Ask(answer.person_id, answer.text, answer.once))
    if made.decision.urgency == "emergency" and seen != "emergency":
        return Outcome(made, None)
    sender = made.facts.sender
    if thread.owner_relationship_id is not None and sender is not None and thread.owner_relationship_id == sender.id:
        _answered(uow, thread, answer, made)
        return Outcome(made, thread.id)
    if _must_stand_apart(thread, made):
        return Outcome(made, open_thread(uow, made).id)
    was = thread.state
    said = threads.say(uow, thread, answer.text, role=made.facts.sender_role, once=answer.once, caregiver=sender)
    said.corrects_id = answer.corrects
    attachments.send(uow, said)
    _keep_private(thread, made)
    raised = _more_urgent(made.decision.urgency, thread.urgency)
    starts = was != "open" or raised
    trail.step(uow, thread, "received", facts={"clock": starts})
    if raised or thread.owner_is_patient:
        asked = None if raised else _writer(uow, thread)
        hand_over(thread, asked or made.owner)
        thread.urgency = made.decision.urgency
        thread.destination = f"named_provider:{asked.practitioner_id}" if asked else made.decision.destination
        trail.step(uow, thread, "routed", to=(asked or made.owner).step(), reason=made.decision.reason_code)
    if thread.destination != "none" and starts:
        thread.state, thread.look_by, thread.due_at = "open", made.look_by, made.due_at
        thread.answered_at = None
    uow.audit(Action.MESSAGE_THREAD_REPLY, thread)
    uow.flush()
    unread.mark(uow, thread)
    drafts.sent(uow, answer.person_id, answer.once)
    tell(uow, thread, uow.now if starts else trail.clock_start(uow, thread))
    return Outcome(made, thread.id)


def _answered(uow: UnitOfWork, thread: Thread, answer: Reply, made: Plan) -> None:
    """The liaison answers what waits for them."""
    role = made.facts.sender_role
    message = threads.say(uow, thread, answer.text, role=role, once=answer.once, caregiver=made.facts.sender)
    attachments.send(uow, message)
    _close_clock(uow, thread, "answered")
    thread.held_until = None
    trail.step(uow, thread, "answered")
    asked = _writer(uow, thread)
    if asked is not None:  # what the care team asked the family goes back to whoever asked it
        hand_over(thread, asked)
        thread.state, thread.destination = "open", f"named_provider:{asked.practitioner_id}"
        thread.look_by, thread.due_at = due.again(uow, thread)
        trail.step(uow, thread, "routed", to=asked.step(), reason="answer_to_team", facts={"clock": True})
    uow.audit(Action.MESSAGE_THREAD_REPLY, thread)
    uow.flush()
    unread.mark(uow, thread)
    drafts.sent(uow, answer.person_id, answer.once)
    also = following.spread(uow, thread, answer.text, message, made.facts.sender)
    for message_id in (message.id, *also):
        uow.later("messaging.tell_answered", message_id, key=f"answered:{message_id}")


def _writer(uow: UnitOfWork, thread: Thread) -> Owner | None:
    """The member of staff who began a conversation with the family, if they still work here."""
    if thread.author_role != "provider":
        return None
    found = uow.scalars(
        select(Account.practitioner_id)
        .join(Practitioner, Practitioner.id == Account.practitioner_id)
        .where(Account.id == thread.author_id, Account.is_active, Practitioner.is_active)
    )
    return Owner(practitioner_id=found[0]) if found else None


def _must_stand_apart(thread: Thread, made: Plan) -> bool:
    """Whether the patient says something that a caregiver may not read, in a conversation that is the caregiver's.

    Whoever wrote it, or is asked to answer it, reads it to its end; such words begin a conversation of their own.
    """
    is_caregivers = thread.author_role in ("liaison", "family_other") or thread.owner_relationship_id is not None
    is_private = made.is_hidden or (made.decision.sensitive is not None and not made.decision.liaison_may_see)
    return is_caregivers and made.facts.sender_role == "patient" and is_private


def _keep_private(thread: Thread, made: Plan) -> None:
    """A later message can only make a conversation more private, and its answer more guarded."""
    if made.facts.sender_role != "patient" and made.decision.restricted_reply:
        thread.is_restricted_reply = True
    if made.facts.sender_role == "patient" and made.decision.hide_from_liaison:
        thread.is_hidden_from_liaison = True
    if made.decision.sensitive and made.decision.sensitive != thread.sensitivity:
        if thread.sensitivity is not None:  # two categories: a grant names one, and opens neither alone
            thread.is_hidden_from_liaison = True
        thread.sensitivity = thread.sensitivity or made.decision.sensitive


def _more_urgent(new: str, old: str) -> bool:
    levels = ("routine", "same_day", "emergency")
    return levels.index(new) > levels.index(old)


def answer_as_staff(uow: UnitOfWork, answer: Reply, *, then: str = "answered", version: int | None = None) -> UUID:
    """Staff answer: the patient's clock stops. `then` is the state after it: answered, waiting_on_patient or closed.

    Raises `Conflict` when the thread is closed, or has changed since `version` in who holds it.
    """
    thread = _loaded(uow, answer)
    if _said_before(uow, answer):
        return thread.id
    if thread.state == "closed":
        raise Conflict("closed")
    message = threads.say(uow, thread, answer.text, role="provider", once=answer.once)
    attachments.send(uow, message)
    _close_clock(uow, thread, then)
    trail.step(uow, thread, "answered")
    if then == "closed":
        trail.step(uow, thread, "closed", reason="answered")
    uow.audit(Action.MESSAGE_THREAD_REPLY, thread)
    uow.flush()
    unread.mark(uow, thread)
    drafts.sent(uow, answer.person_id, answer.once)
    uow.later("messaging.tell_answered", message.id, key=f"answered:{message.id}")
    following.team_answered(uow, thread, message.id)
    return thread.id


def _close_clock(uow: UnitOfWork, thread: Thread, then: str) -> None:
    thread.state = then
    thread.answered_at = uow.now
    thread.first_answer_at = thread.first_answer_at or uow.now
    if then == "closed":
        thread.closed_at = uow.now


def _loaded(uow: UnitOfWork, answer: Reply) -> Thread:
    thread = uow.load(Action.MESSAGE_THREAD_READ, Thread, answer.thread_id, within=answer.person_id)
    uow.require(Action.MESSAGE_THREAD_REPLY, patient=answer.person_id, model=Thread, row_id=thread.id)
    return thread


def _said_before(uow: UnitOfWork, answer: Reply) -> bool:
    """The same form came again with the same words. Raises `Conflict` when it said something else, or elsewhere."""
    one = uow.prepared(_said_with, once=answer.once).first()
    if one is None:
        return False
    if (
        one.thread_id == answer.thread_id
        and uow.unseal(one.patient_id, "message.body", one.id, one.body) == answer.text
    ):
        return True
    raise Conflict("sent-before")


def _said_with(uow: UnitOfWork, *, within: None, once: Any) -> Any:
    columns = (Message.id, Message.patient_id, Message.thread_id, Message.body)
    statement = uow.select(Action.MESSAGE_THREAD_READ, Message, *columns)
    return statement.where(Message.author_id == uow.actor.account_id, Message.once == once)


def add_note(uow: UnitOfWork, note: Reply) -> None:
    """A note for the team; the patient can't see it."""
    thread = held(uow, Action.MESSAGE_NOTE_CREATE, note.person_id, note.thread_id)
    if _said_before(uow, note):
        return
    threads.say(uow, thread, note.text, role="provider", once=note.once, kind="note")
    uow.audit(Action.MESSAGE_NOTE_CREATE, thread)
    uow.flush()
    unread.mark(uow, thread, staff_only=True)


def held(uow: UnitOfWork, action: Action, person_id: UUID, thread_id: UUID) -> Thread:
    """The thread, if the actor may see it and do this with it."""
    thread = uow.load(Action.MESSAGE_THREAD_READ, Thread, thread_id, within=person_id)
    uow.require(action, patient=person_id, model=Thread, row_id=thread.id)
    return thread


def hand_over(thread: Thread, owner: Owner) -> None:
    """Another owner, and only one."""
    for name, value in owner.columns().items():
        setattr(thread, name, value)
