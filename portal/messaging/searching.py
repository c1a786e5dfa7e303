"""Finding words in one's own conversations. They are sealed, so what may be read is opened and looked through."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from portal.messaging.threads import shorten
from portal.models import Message, Thread
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

MOST_READ, MOST_FOUND = 3000, 50  # messages opened, conversations shown
AROUND = 60


@dataclass(frozen=True, slots=True)
class Found:
    """A conversation that holds the words, and the place where they are."""

    id: UUID
    subject: str
    snippet: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Results:
    """What was found, newest first; `is_whole` unless older messages were not looked at."""

    found: list[Found]
    is_whole: bool


def search(uow: UnitOfWork, person_id: UUID, wanted: str) -> Results:
    """Conversations in which every word of `wanted` occurs in one message, or in the subject.

    Accents and capitals do not matter. The newest messages are looked through; nothing is stored, and no index of
    the words is kept anywhere.
    """
    uow.require(Action.PEOPLE_PERSON_READ, patient=person_id)
    words = [plain(word) for word in wanted.split()[:8]]
    statement = (
        uow.select(
            Action.MESSAGE_THREAD_SEARCH,
            Thread,
            Thread.id,
            Thread.subject,
            Message.id.label("message_id"),
            Message.body,
            Message.sent_at,
            within=person_id,
            joining=(Message,),
        )
        .join(Message, Message.thread_id == Thread.id)
        .where(Message.kind == "message", Message.retracted_at.is_(None), Message.patient_id == person_id)
        .order_by(Message.sent_at.desc(), Message.id)
        .limit(MOST_READ + 1)
    )
    rows = uow.rows(statement)
    uow.seen(Action.MESSAGE_THREAD_READ, person_id)
    found: dict[UUID, Found] = {}
    for row in rows[:MOST_READ]:
        if row.id in found or len(found) >= MOST_FOUND:
            continue
        subject = uow.unseal(person_id, "thread.subject", row.id, row.subject)
        body = uow.unseal(person_id, "message.body", row.message_id, row.body)
        whole = plain(f"{subject}\n{body}")
        if words and all(word in whole for word in words):
            found[row.id] = Found(row.id, subject, snippet(body, words), row.sent_at)
    return Results(list(found.values()), len(rows) <= MOST_READ and len(found) < MOST_FOUND)


def plain(text: str) -> str:
    """Lower case, without accents, letter for letter where that is possible."""
    return "".join(_plain_letters(text))


def _plain_letters(text: str) -> Iterator[str]:
    for letter in text.casefold():
        yield unicodedata.normalize("NFKD", letter)[:1]


def snippet(body: str, words: list[str]) -> str:
    """The part of a message around the first word found, in one line."""
    line = " ".join(body.split())
    at = min((place for word in words if (place := plain(line).find(word)) >= 0), default=0)
    start = max(0, at - AROUND)
    if start:
        start = line.find(" ", start) + 1 or start
    return ("… " if start else "") + shorten(line[start:], 2 * AROUND + 40)
