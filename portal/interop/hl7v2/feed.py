"""What happens to a message: kept sealed and committed, told in FHIR, taken by the importer, answered.

Kept first: whatever happens afterwards, the message is there. The same control id of the same sender is the same
message: it is answered as before, and changes nothing. What was kept but not looked at, because the process ended, is
looked at when it comes again or at the next start.
"""

from __future__ import annotations

import hashlib
import threading
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import undefer

from portal.infra.ids import new_id
from portal.interop.hl7v2 import answering, reading, taking
from portal.interop.hl7v2.answering import Outcome
from portal.interop.hl7v2.reading import Message
from portal.interop.hl7v2.refusals import Unaccepted
from portal.models import FeedMessage
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork

log = structlog.get_logger("hl7v2")

RECEIVED: Final = "received"
KEPT: Final = ("taken", "warned", "waiting", "dropped")
_ONE_AT_A_TIME = threading.Lock()


def receive(services: Services, raw: bytes) -> list[bytes]:
    """Take one message; returns the acknowledgements to send. Never raises for what is in it.

    Returns only after the message, if it is kept, stands in a committed transaction.
    """
    now = services.clock.now()
    try:
        message = reading.read(raw)
    except Unaccepted as error:
        log.warning("hl7v2.unreadable", code=error.code)
        return [answering.unreadable(error.code, now)]
    try:
        taking.check(message, is_production=services.settings.is_production)
        row_id, state, code, place = _keep(services, message, raw)
    except Unaccepted as error:
        log.warning("hl7v2.refused", code=error.code)
        return answering.answers(message, "refused", now, code=error.code, place=error.place)
    if state == RECEIVED:
        state, code, place = settle(services, row_id)
    outcome: Outcome = "taken" if state == "dropped" else state  # type: ignore[assignment]
    return answering.answers(message, outcome, now, code=code, place=place)


def _keep(services: Services, message: Message, raw: bytes) -> tuple[UUID, str, str | None, str | None]:
    """Store the message, or find it stored before: its id, state, code and place."""
    content = hashlib.sha256(raw.strip()).digest()
    where = (FeedMessage.sender == message.sender, FeedMessage.control_id == message.control_id[:200])
    for attempt in (1, 2):
        try:
            with UnitOfWork.open(services, taking.ACTOR, write=True) as uow:
                known = uow.session.scalars(select(FeedMessage).where(*where)).first()
                if known is None:
                    row = FeedMessage(
                        id=new_id(), sender=message.sender, control_id=message.control_id[:200], kind=message.kind,
                        state=RECEIVED, code=None, place=None, content_hash=content, received_at=uow.now,
                        settled_at=None,
                    )  # fmt: skip
                    row.body = services.ring.wrap(raw, f"feed_message.body:{row.id}")
                    uow.add(row)
                    uow.flush()
                    return row.id, RECEIVED, None, None
                if known.content_hash != content:
                    raise Unaccepted("control-id-reused", "MSH-10")
                return known.id, known.state, known.code, known.place
        except IntegrityError:  # another connection brought the same message at the same moment
            if attempt == 2:
                raise
    raise AssertionError


def settle(services: Services, row_id: UUID) -> tuple[str, str | None, str | None]:
    """Look at a kept message and take what it says; returns state, code and place. Doing it twice changes nothing."""
    with _ONE_AT_A_TIME:
        raw = original(services, row_id)
        try:
            code, place = taking.take(services, reading.read(raw))
            state = "warned" if code else "taken"
        except Unaccepted as error:
            state, code, place = "waiting", error.code, error.place
        except Exception as error:  # noqa: BLE001 - it is kept: a person looks at it, and the next message goes on
            log.error("hl7v2.failed", kind=type(error).__name__)
            state, code, place = "waiting", "not-stored", None
        with UnitOfWork.open(services, taking.ACTOR, write=True) as uow:
            row: Any = uow.session.get(FeedMessage, row_id)
            row.state, row.code, row.place, row.settled_at = state, code, (place or None), uow.now
        log.info("hl7v2.settled", state=state, code=code)
        return state, code, place


def original(services: Services, row_id: UUID) -> bytes:
    """A message as it came."""
    with UnitOfWork.open(services, taking.ACTOR, write=False) as uow:
        row = uow.session.scalars(
            select(FeedMessage).where(FeedMessage.id == row_id).options(undefer(FeedMessage.body))
        ).one()
        return services.ring.unwrap(row.body, f"feed_message.body:{row_id}")


def catch_up(services: Services) -> int:
    """Look at what was kept and not looked at, the oldest first; returns how many there were."""
    with UnitOfWork.open(services, taking.ACTOR, write=False) as uow:
        statement = select(FeedMessage.id).where(FeedMessage.state == RECEIVED)
        ids = list(uow.session.scalars(statement.order_by(FeedMessage.received_at, FeedMessage.id)))
    for row_id in ids:
        settle(services, row_id)
    return len(ids)


def waiting(services: Services, limit: int = 200) -> list[tuple[UUID, str, str, str, str]]:
    """What a person has to look at, the oldest first: id, kind, state, code and place. Nothing of the content."""
    with UnitOfWork.open(services, taking.ACTOR, write=False) as uow:
        c = FeedMessage
        statement = select(c.id, c.kind, c.state, c.code, c.place).where(c.state.in_(("waiting", "warned")))
        rows = uow.session.execute(statement.order_by(c.received_at, c.id).limit(limit)).all()
        return [(row.id, row.kind, row.state, row.code or "", row.place or "") for row in rows]


def drop(services: Services, row_id: UUID) -> bool:
    """Leave a waiting message be: it stays kept, and its sender is told that it was taken. False when none waits."""
    with UnitOfWork.open(services, taking.ACTOR, write=True) as uow:
        row = uow.session.get(FeedMessage, row_id)
        if row is None or row.state not in ("waiting", "warned"):
            return False
        row.state, row.settled_at = "dropped", uow.now
        return True
