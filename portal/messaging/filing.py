"""Folders and the archive: how one keeps one's own view of conversations. Nothing is ever deleted by it (MSG-6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from portal.infra.errors import Conflict, Invalid, NotFound
from portal.models import Filing, Folder, Thread
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

READ, UPDATE = Action.MESSAGE_FILING_READ, Action.MESSAGE_FILING_UPDATE
MOST_FOLDERS = 30
LONGEST_NAME = 50
_NAME = "folder.name"


@dataclass(frozen=True, slots=True)
class Shelf:
    """A folder with its name opened."""

    id: UUID
    name: str


def folders(uow: UnitOfWork, person_id: UUID) -> list[Shelf]:
    """The actor's folders for the conversations about one person, by name."""
    rows = uow.scalars(uow.select(READ, Folder, within=person_id).limit(MOST_FOLDERS))
    found = [Shelf(row.id, uow.unseal(person_id, _NAME, row.id, row.name)) for row in rows]
    return sorted(found, key=lambda one: (one.name.casefold(), str(one.id)))


def make(uow: UnitOfWork, person_id: UUID, name: str) -> UUID:
    """A new folder. Raises `Invalid`: name-needed, name-taken, too-many."""
    uow.require(Action.PEOPLE_PERSON_READ, patient=person_id)
    uow.require(Action.MESSAGE_THREAD_CREATE, patient=person_id)
    there = folders(uow, person_id)
    if len(there) >= MOST_FOLDERS:
        raise Invalid("name", "too-many")
    row = Folder(patient_id=person_id, account_id=uow.actor.account_id, created_at=uow.now, name=b"")
    row.name = uow.seal(person_id, _NAME, row.id, _checked(name, there))
    uow.add(row)
    uow.audit(UPDATE, row)
    return row.id


def rename(uow: UnitOfWork, person_id: UUID, folder_id: UUID, name: str) -> None:
    """Another name for a folder. Raises `NotFound`, `Invalid`."""
    row = _folder(uow, person_id, folder_id)
    others = [one for one in folders(uow, person_id) if one.id != folder_id]
    row.name = uow.seal(person_id, _NAME, row.id, _checked(name, others))
    uow.audit(UPDATE, row, reason="renamed")


def _checked(name: str, others: list[Shelf]) -> str:
    name = " ".join(name.split())[:LONGEST_NAME]
    if not name:
        raise Invalid("name", "name-needed")
    if any(one.name.casefold() == name.casefold() for one in others):
        raise Invalid("name", "name-taken")
    return name


def remove(uow: UnitOfWork, person_id: UUID, folder_id: UUID) -> None:
    """Take away an empty folder. Raises `NotFound`, and `Conflict("not-empty")` for one that holds something."""
    row = _folder(uow, person_id, folder_id)
    held = uow.select(READ, Filing, func.count(), within=person_id).where(Filing.folder_id == folder_id)
    if uow.session.execute(held).scalar_one():
        raise Conflict("not-empty")
    uow.audit(UPDATE, row, reason="removed")
    uow.session.delete(row)


def _folder(uow: UnitOfWork, person_id: UUID, folder_id: UUID) -> Folder:
    rows = uow.scalars(uow.select(UPDATE, Folder, within=person_id).where(Folder.id == folder_id))
    if not rows:
        raise NotFound(action=UPDATE)
    found: Folder = rows[0]
    return found


def place_of(uow: UnitOfWork, thread: Thread) -> Filing | None:
    """Where the actor keeps a conversation they have loaded; None: in the list."""
    statement = uow.select(READ, Filing, within=thread.patient_id).where(Filing.thread_id == thread.id)
    rows = uow.scalars(statement)
    return rows[0] if rows else None


def put(uow: UnitOfWork, person_id: UUID, thread_id: UUID, to: UUID | None) -> None:
    """Into a folder, or (`to` is None) into the archive. What is written later brings it back to the list."""
    thread = uow.load(Action.MESSAGE_THREAD_READ, Thread, thread_id, within=person_id)
    folder_id = _folder(uow, person_id, to).id if to is not None else None
    row = place_of(uow, thread)
    if row is None:
        row = Filing(patient_id=person_id, account_id=uow.actor.account_id, thread_id=thread_id, filed_at=uow.now)
        uow.add(row)
    row.folder_id, row.filed_at = folder_id, uow.now
    uow.audit(UPDATE, row)


def take_back(uow: UnitOfWork, person_id: UUID, thread_id: UUID) -> None:
    """Back to the list."""
    thread = uow.load(Action.MESSAGE_THREAD_READ, Thread, thread_id, within=person_id)
    row = place_of(uow, thread)
    uow.audit(UPDATE, row, patient=person_id)
    if row is not None:
        uow.session.delete(row)


def in_place(place: str, account_id: Any, folder_id: Any = None) -> Any:
    """The condition on `Thread` for a list: `list` (what is not put away, or is new since), `archive`, `folder`,
    `all`.
    """
    mine = select(Filing.id).where(Filing.thread_id == Thread.id, Filing.account_id == account_id)
    if place == "list":
        return ~mine.where(Filing.filed_at >= Thread.last_at).correlate(Thread).exists()
    if place == "archive":
        return mine.where(Filing.folder_id.is_(None)).correlate(Thread).exists()
    return mine.where(Filing.folder_id == folder_id).correlate(Thread).exists()
