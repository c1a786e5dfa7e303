"""What the liaison does with the questions that come to them: pass on, hold, give back, put together (LIA-3, LIA-6).

Relatives' questions reach the liaison first. Only what the liaison passes on reaches the care team, in one
conversation "from the liaison" whose answer comes back to the liaison, who takes it to whoever asked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from uuid import UUID

from portal.infra.dates import at_wall, date_in
from portal.infra.errors import Conflict, Invalid
from portal.messaging import following, service, threads, trail, unread
from portal.messaging.deciding import Ask, Owner, Plan, plan, plan_on
from portal.messaging.facts import Caregiver, gather
from portal.messaging.service import Outcome
from portal.models import Message, Thread
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

LONGEST_HOLD = 30  # days
END_OF_DAY = time(17)


@dataclass(frozen=True, slots=True)
class Forward:
    """A question to be passed on, with what the liaison adds to it. `to` is the liaison's own choice of who answers."""

    person_id: UUID
    question_id: UUID
    facts: str
    once: UUID
    to: str | None = None


def waiting(uow: UnitOfWork, person_id: UUID, thread_id: UUID) -> Thread:
    """The question, if it waits for the actor as the liaison. Raises `NotFound`, `NotAllowed`; `Conflict("answered")`
    when it is not open any more.
    """
    thread = uow.load(Action.MESSAGE_THREAD_READ, Thread, thread_id, within=person_id)
    uow.require(Action.MESSAGE_QUESTION_UPDATE, patient=person_id, model=Thread, row_id=thread.id)
    if thread.state not in following.OPEN:
        raise Conflict("answered")
    return thread


def asked_words(uow: UnitOfWork, thread: Thread) -> str:
    """What the asker wrote and did not take back, in their own words. Raises `Conflict("taken-back")` for nothing."""
    statement = uow.select(Action.MESSAGE_THREAD_READ, Message, within=thread.patient_id)
    mine = (Message.author_id == thread.author_id, Message.retracted_at.is_(None))
    said = uow.scalars(
        statement.where(Message.thread_id == thread.id, *mine).order_by(Message.sent_at, Message.id).limit(50)
    )
    if not said:
        raise Conflict("taken-back")
    return "\n\n".join(uow.unseal(m.patient_id, "message.body", m.id, m.body) for m in said)


# Passing on ---------------------------------------------------------------------------------------------------------


def plan_forward(uow: UnitOfWork, forward: Forward) -> Plan:
    """Who would answer the question if it were passed on. The router decides, for whoever asks it there."""
    question = waiting(uow, forward.person_id, forward.question_id)
    if question.author_role == "patient":
        return _past_liaison(uow, question, forward)
    return plan(uow, _ask(uow, question, forward))


def _ask(uow: UnitOfWork, question: Thread, forward: Forward) -> Ask:
    text = f"“{asked_words(uow, question)}”"
    if forward.facts:
        text = f"{text}\n\n{forward.facts}"
    return Ask(forward.person_id, text, forward.once, to=forward.to)


def _past_liaison(uow: UnitOfWork, question: Thread, forward: Forward) -> Plan:
    """The patient's own question, as if the liaison had not come first."""
    facts = replace(gather(uow, forward.person_id), sender_role="patient", sender=None)
    ask = Ask(
        forward.person_id,
        asked_words(uow, question),
        forward.once,
        about_kind=question.about_kind,
        about_id=question.about_id,
        topic=question.topic,
        is_past_liaison=True,
    )
    return plan_on(uow, ask, facts)


def pass_on(uow: UnitOfWork, forward: Forward, *, seen: str | None) -> Outcome:
    """Pass a question on to the care team. `seen` is the mark of the plan the liaison was shown.

    A relative's question is asked anew in the liaison's name; the patient's own goes on as it is, with what the
    liaison adds. Raises `Conflict("passed-on")` when it was passed on before.
    """
    question = waiting(uow, forward.person_id, forward.question_id)
    if question.follows_id is not None:
        raise Conflict("passed-on")
    if question.author_role == "patient":
        return _send_patients_own(uow, question, forward, seen)
    if question.author_role != "family_other":
        raise Invalid("question")
    outcome = service.ask_question(uow, _ask(uow, question, forward), seen=seen)
    if outcome.thread_id is not None:
        question.follows_id, question.held_until = outcome.thread_id, None
        trail.step(uow, question, "sent_on")
        uow.audit(Action.MESSAGE_QUESTION_UPDATE, question, reason="passed-on")
        uow.flush()
    return outcome


def _send_patients_own(uow: UnitOfWork, question: Thread, forward: Forward, seen: str | None) -> Outcome:
    made = _past_liaison(uow, question, forward)
    if made.mark != seen:
        return Outcome(made, None)
    if forward.facts:
        threads.say(uow, question, forward.facts, role="liaison", once=forward.once, caregiver=_me(uow, question))
    service.hand_over(question, made.owner)
    question.destination, question.look_by, question.due_at = made.decision.destination, made.look_by, made.due_at
    question.held_until = None
    trail.step(uow, question, "passed_on", to=made.owner.step(), reason=made.decision.reason_code)
    uow.audit(Action.MESSAGE_QUESTION_UPDATE, question, reason="passed-on")
    uow.flush()
    unread.mark(uow, question)
    service.tell(uow, question, trail.clock_start(uow, question))
    return Outcome(made, question.id)


def give_to_patient(uow: UnitOfWork, person_id: UUID, thread_id: UUID) -> None:
    """What the care team wrote to the family is for the patient to answer."""
    question = waiting(uow, person_id, thread_id)
    if question.author_role != "provider":
        raise Invalid("question")
    owner = Owner(is_patient=True)
    service.hand_over(question, owner)
    question.destination, question.held_until, question.look_by = "patient", None, None
    trail.step(uow, question, "given_to_patient")
    uow.audit(Action.MESSAGE_QUESTION_UPDATE, question, reason="to-patient")
    uow.flush()
    unread.mark(uow, question)
    uow.later("messaging.tell_answered", _last(uow, question), key=f"given:{question.id}:{question.version}")


def note_read(uow: UnitOfWork, person_id: UUID, thread_id: UUID) -> None:
    """News of the care team that needs no answer was read; nothing is left to do."""
    question = waiting(uow, person_id, thread_id)
    if question.author_role != "provider":
        raise Invalid("question")
    question.state, question.closed_at, question.held_until = "closed", uow.now, None
    trail.step(uow, question, "noted")
    uow.audit(Action.MESSAGE_QUESTION_UPDATE, question, reason="read")
    uow.flush()


def _last(uow: UnitOfWork, thread: Thread) -> UUID:
    statement = uow.select(Action.MESSAGE_THREAD_READ, Message, Message.id, within=thread.patient_id)
    newest = statement.where(Message.thread_id == thread.id).order_by(Message.sent_at.desc(), Message.id.desc())
    found: UUID = uow.scalars(newest.limit(1))[0]
    return found


# Holding, giving back, putting together -----------------------------------------------------------------------------


def hold(uow: UnitOfWork, person_id: UUID, thread_id: UUID, until: date, note: str, once: UUID) -> None:
    """Keep it until a day, and say so to whoever asked, with a note if there is one.

    The answer is due on that day at the latest hour of work. Raises `Invalid("until")` for today, the past and days
    too far away.
    """
    question = waiting(uow, person_id, thread_id)
    today = date_in(uow.now, uow.settings.zone)
    if not today < until <= today + timedelta(days=LONGEST_HOLD):
        raise Invalid("until")
    until_at = at_wall(until, END_OF_DAY, uow.settings.zone)
    question.held_until = until_at
    if question.due_at is not None and question.due_at < until_at:
        question.due_at = until_at
    trail.step(uow, question, "held", facts={"until": until.isoformat()})
    message = _say(uow, question, note, once) if note else None
    uow.audit(Action.MESSAGE_QUESTION_UPDATE, question, reason="held")
    uow.flush()
    if message is not None:
        _tell(uow, question, message)


def give_back(uow: UnitOfWork, person_id: UUID, thread_id: UUID, note: str, once: UUID) -> None:
    """The liaison can't help with it: it goes back to whoever asked, with a reason, and is closed."""
    question = waiting(uow, person_id, thread_id)
    if question.author_role == "patient":
        raise Invalid("question")
    message = _say(uow, question, note, once)
    question.state, question.closed_at, question.held_until = "closed", uow.now, None
    question.answered_at = uow.now
    trail.step(uow, question, "given_back")
    uow.audit(Action.MESSAGE_QUESTION_UPDATE, question, reason="given-back")
    _tell(uow, question, message)


def put_together(uow: UnitOfWork, person_id: UUID, thread_id: UUID, with_id: UUID) -> Thread:
    """Answer a relative's question together with another one like it. Returns the one that leads.

    Raises `Invalid("with")` where the other one is the same, is no question of the family, or is done with.
    """
    question = waiting(uow, person_id, thread_id)
    lead = waiting(uow, person_id, with_id)
    if lead.follows_id is not None:  # put together itself: the one that leads it leads this one, too
        first = uow.load(Action.MESSAGE_THREAD_READ, Thread, lead.follows_id, within=person_id)
        lead = first if first.author_role == "family_other" else lead
    families = {question.author_role, lead.author_role} == {"family_other"}
    if not families or lead.id == question.id or question.follows_id is not None:
        raise Invalid("with")
    for other in following.followers(uow, question):
        other.follows_id = lead.id
    question.follows_id, question.held_until = lead.id, None
    trail.step(uow, question, "put_together")
    uow.audit(Action.MESSAGE_QUESTION_UPDATE, question, reason="put-together")
    uow.flush()
    return lead


def _me(uow: UnitOfWork, thread: Thread) -> Caregiver | None:
    caregivers = gather(uow, thread.patient_id).caregivers
    return caregivers.get(thread.owner_relationship_id) if thread.owner_relationship_id else None


def _say(uow: UnitOfWork, question: Thread, text: str, once: UUID) -> Message:
    return threads.say(uow, question, text, role="liaison", once=once, caregiver=_me(uow, question))


def _tell(uow: UnitOfWork, question: Thread, message: Message) -> None:
    uow.flush()
    unread.mark(uow, question)
    uow.later("messaging.tell_answered", message.id, key=f"answered:{message.id}")
