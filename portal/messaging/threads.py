"""Writing of conversations: the sealed words, the clock of the thread and the marks beside every change."""

from __future__ import annotations

import re
from uuid import UUID

from portal.messaging.facts import Caregiver
from portal.models import Message, Thread
from portal.work.unit_of_work import UnitOfWork

SUBJECT, PREVIEW = 90, 160
_FIRST = re.compile(r"(.+?[.?!])(?:\s|$)", re.S)


def subject_of(text: str) -> str:
    """What a list calls a message: all of a short one, else its first sentence, cut at a word."""
    line = " ".join(text.split())
    if len(line) <= SUBJECT:
        return line
    first = _FIRST.match(line)
    return shorten(first.group(1) if first and len(first.group(1)) > 12 else line, SUBJECT)


def shorten(text: str, most: int) -> str:
    """The start of a text in one line, cut at a word."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    return line[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def say(
    uow: UnitOfWork,
    thread: Thread,
    text: str,
    *,
    role: str,
    once: UUID,
    caregiver: Caregiver | None = None,
    kind: str = "message",
    is_first: bool = False,
) -> Message:
    """Add a message (or a team note) in the actor's name. It is sealed and never edited.

    The thread is stored already; `is_first` says that it was made with this message in mind.
    """
    message = Message(
        patient_id=thread.patient_id,
        thread_id=thread.id,
        kind=kind,
        author_id=uow.actor.account_id,
        author_name=uow.actor.name,
        author_role=role,
        author_relation=caregiver.relation if caregiver else None,
        sent_at=uow.now,
        once=once,
    )
    message.body = uow.seal(thread.patient_id, "message.body", message.id, text)
    uow.add(message)
    if kind == "message" and not is_first:
        thread.preview = preview_of(uow, thread, text)
        thread.last_at = uow.now
        thread.message_count += 1
    return message


def is_readable(uow: UnitOfWork, message: Message) -> bool:
    """What was taken back is for its author, and for staff where it had been opened before (MSG-7)."""
    if message.retracted_at is None or message.author_id == uow.actor.account_id:
        return True
    return message.was_opened and uow.actor.is_staff


def preview_of(uow: UnitOfWork, thread: Thread, text: str) -> bytes:
    """The sealed start of the last message."""
    return uow.seal(thread.patient_id, "thread.preview", thread.id, shorten(text, PREVIEW))
