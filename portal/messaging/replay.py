"""What a draft of the routing table would have changed on last month's questions: counts, never words.

A job works it out, some questions at a time, so that nobody waits and no write is held up. People, coverage and grants
are those of today; only the table differs. Nothing of a message or a patient is kept.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from portal.messaging.deciding import CLASSIFIER
from portal.messaging.facts import Facts, gather
from portal.messaging.routing import Incoming, Reading, route
from portal.messaging.routing.context import Context
from portal.messaging.routing.table import RoutingTable
from portal.messaging.routing.types import Decision
from portal.messaging.tables import draft, live, table_of
from portal.models import Message, RoutingVersion, Thread
from portal.policy.actions import Action
from portal.work.outbox import handles
from portal.work.unit_of_work import UnitOfWork

REPLAY = "messaging.replay_table"
SPAN = timedelta(days=30)
MOST, AT_ONCE = 1000, 20
_SENDERS = ("patient", "liaison", "family_other")


class _Read:
    """A reading made once, for two tables."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def read(self, context: Context, message: Incoming) -> Reading:
        return self._reading


def begin(uow: UnitOfWork) -> None:
    """Have the counts worked out for the draft as it is now. Asked again for the same draft, it changes nothing."""
    uow.require_admin(Action.ADMIN_ROUTING_UPDATE)
    row = draft(uow)
    if row is None or (row.replay or {}).get("of") == row.version:
        return
    _keep(uow, row, {"of": row.version, "done": 0, "total": _total(uow), "changed": {}, "after": None, "ended": False})
    uow.later(REPLAY, row.id, key=f"replay:{row.id}:{row.version}:0")


def _total(uow: UnitOfWork) -> int:
    job = uow.as_job(REPLAY)
    found = job.select(Action.MESSAGE_THREAD_READ, Thread, func.count()).where(*_last_month(uow))
    return min(MOST, int(uow.session.execute(found).scalar_one()))


def _last_month(uow: UnitOfWork) -> tuple[Any, ...]:
    return Thread.created_at >= uow.now - SPAN, Thread.author_role.in_(_SENDERS)


def _keep(uow: UnitOfWork, row: RoutingVersion, counts: dict[str, Any]) -> None:
    """Beside the draft, and not as a change of it: whoever edits it meanwhile is not told of a conflict."""
    rows: Any = RoutingVersion.__table__
    uow.session.execute(update(rows).where(rows.c.id == row.id).values(replay=counts))
    uow.audit(Action.ADMIN_ROUTING_UPDATE, row, reason="replay")


@handles(REPLAY)
def replay_table(uow: UnitOfWork, draft_id: UUID) -> None:
    """The next questions of a replay, and the job for those after them."""
    row = draft(uow)
    counts = dict(row.replay or {}) if row else {}
    if row is None or row.id != draft_id or counts.get("of") != row.version or counts["ended"]:
        return
    changed = dict(counts["changed"])
    questions = _questions(uow, counts["after"])
    known: dict[UUID, Facts] = {}
    for question in questions:
        if question.patient_id not in known:
            known[question.patient_id] = gather(uow, question.patient_id)
        facts = known[question.patient_id]
        before, after = _both(uow, question, facts, live(uow), table_of(row))
        if (before.destination, before.owner) != (after.destination, after.owner):
            key = "|".join((after.topic, before.destination.split(":")[0], after.destination.split(":")[0]))
            changed[key] = changed.get(key, 0) + 1
    done = counts["done"] + len(questions)
    ended = len(questions) < AT_ONCE or done >= MOST
    after_id = str(questions[-1].id) if questions else counts["after"]
    _keep(uow, row, {**counts, "done": done, "changed": changed, "after": after_id, "ended": ended})
    if not ended:
        uow.later(REPLAY, row.id, key=f"replay:{row.id}:{row.version}:{done}")


def _questions(uow: UnitOfWork, after: str | None) -> Any:
    """The next threads, each with its first words."""
    earlier = Message.__table__.alias()
    first = select(earlier.c.id).where(earlier.c.thread_id == Thread.id).order_by(earlier.c.sent_at, earlier.c.id)
    statement = (
        uow.select(
            Action.MESSAGE_THREAD_READ,
            Thread,
            Thread.id,
            Thread.patient_id,
            Thread.author_role,
            Message.id.label("message_id"),
            Message.body,
            joining=(Message,),
        )
        .join(Message, Message.id == first.limit(1).correlate(Thread).scalar_subquery())
        .where(*_last_month(uow))
        .order_by(Thread.id)
        .limit(AT_ONCE)
    )
    return uow.rows(statement.where(Thread.id > UUID(after)) if after else statement)


def _both(
    uow: UnitOfWork, question: Any, facts: Facts, one: RoutingTable, other: RoutingTable
) -> tuple[Decision, Decision]:
    text = uow.unseal(question.patient_id, "message.body", question.message_id, question.body)
    message = Incoming(text, sender_role=question.author_role, lang=facts.context.patient_language or "en")
    reader = _Read(CLASSIFIER.read(facts.context, message))
    return route(facts.context, message, reader, one), route(facts.context, message, reader, other)
