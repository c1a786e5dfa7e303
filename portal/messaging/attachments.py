"""Files of a draft and of what was sent: taken in, checked, sealed, given out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, func, select

from portal.infra.errors import NotFound
from portal.messaging import files, threads
from portal.messaging.files import BadFile, Upload
from portal.models import Attachment, AttachmentContent, Message
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

READ, UPDATE = Action.MESSAGE_FILE_READ, Action.MESSAGE_FILE_UPDATE
SCAN, THUMBNAIL = "messaging.scan_attachment", "messaging.make_thumbnail"
_NAME, _CONTENT = "attachment.name", "attachment_content.content"


@dataclass(frozen=True, slots=True)
class Item:
    """A file as its list shows it."""

    id: UUID
    message_id: UUID | None
    name: str
    media_type: str
    size: int
    state: str
    has_thumbnail: bool


def add(uow: UnitOfWork, person_id: UUID, once: UUID, uploads: Iterable[Upload]) -> list[BadFile]:
    """Keep the files with the draft `once`, each sealed; returns those that are not taken, with why.

    Good files stay, whatever is wrong with the others. Raises `NotFound` for somebody who may not write there.
    """
    uow.require(Action.PEOPLE_PERSON_READ, patient=person_id)
    bad: list[BadFile] = []
    for upload in uploads:
        try:
            _add(uow, person_id, once, Upload(files.clean_name(upload.name), upload.content))
        except BadFile as error:
            bad.append(error)
    return bad


def _add(uow: UnitOfWork, person_id: UUID, once: UUID, upload: Upload) -> None:
    media_type = files.check(upload)
    digest = hashlib.sha256(once.bytes + upload.content).digest()
    mine = uow.rows(_of_draft(uow, person_id, once, Attachment.size, Attachment.digest))
    if any(row.digest == digest for row in mine):
        raise BadFile("same-file", upload.name)
    files.check_together([row.size for row in mine], upload, *_held(uow, person_id))
    row = Attachment(
        patient_id=person_id,
        account_id=uow.actor.account_id,
        once=once,
        media_type=media_type,
        size=len(upload.content),
        digest=digest,
        state="checking" if uow.settings.clamav else "clean",
        created_at=uow.now,
        name=b"",
    )
    row.name = uow.seal(person_id, _NAME, row.id, upload.name)
    uow.add(row)
    uow.flush()
    _keep(uow, row, "file", upload.content)
    uow.audit(UPDATE, row)
    if row.state == "checking":
        uow.later(SCAN, row.id, key=f"scan:{row.id}")
    elif media_type in files.PICTURES:
        uow.later(THUMBNAIL, row.id, key=f"thumbnail:{row.id}")


def _keep(uow: UnitOfWork, row: Attachment, part: str, content: bytes) -> None:
    kept = AttachmentContent(patient_id=row.patient_id, attachment_id=row.id, part=part, content=b"")
    kept.content = uow.seal(row.patient_id, _CONTENT, kept.id, content)
    uow.add(kept)


def keep_thumbnail(uow: UnitOfWork, row: Attachment, content: bytes) -> None:
    """Keep the small picture of a file; once."""
    if not row.has_thumbnail:
        _keep(uow, row, "thumbnail", content)
        row.has_thumbnail = True
        uow.audit(UPDATE, row, reason="thumbnail")


def _held(uow: UnitOfWork, person_id: UUID) -> tuple[int, int]:
    """How many bytes of files the record holds, and how many wait with the actor's drafts.

    What waits with the drafts of others takes no room from the record: nobody can fill it up with what they never send.
    """
    job, is_sent = uow.as_job("messaging.count_files"), Attachment.message_id.is_not(None)
    is_own = and_(~is_sent, Attachment.account_id == uow.actor.account_id)
    sums = [func.coalesce(func.sum(case((which, Attachment.size), else_=0)), 0) for which in (is_sent, is_own)]
    sent, waiting = job.session.execute(job.select(READ, Attachment, *sums, within=person_id)).one()
    return int(sent) + int(waiting), int(waiting)


def _of_draft(uow: UnitOfWork, person_id: Any, once: Any, *columns: Any) -> Any:
    statement = uow.select(READ, Attachment, *columns, within=person_id)
    return statement.where(
        Attachment.account_id == uow.actor.account_id, Attachment.once == once, Attachment.message_id.is_(None)
    ).order_by(Attachment.created_at, Attachment.id)


def of_draft(uow: UnitOfWork, person_id: UUID, once: UUID | None) -> list[Item]:
    """The files that wait with a draft, in the order in which they came."""
    if once is None:
        return []
    return [_item(uow, row) for row in uow.prepared(_waiting_with, within=person_id, once=once).scalars()]


def _waiting_with(uow: UnitOfWork, *, within: Any, once: Any) -> Any:
    return _of_draft(uow, within, once)


def of_messages(uow: UnitOfWork, person_id: UUID, messages: Sequence[Message]) -> dict[UUID, list[Item]]:
    """The files of messages the actor has read; no statement where there are none."""
    wanted = [message.id for message in messages if message.files]
    found: dict[UUID, list[Item]] = {}
    if wanted:
        statement = uow.select(READ, Attachment, within=person_id).where(Attachment.message_id.in_(wanted))
        for row in uow.scalars(statement.order_by(Attachment.created_at, Attachment.id)):
            found.setdefault(row.message_id, []).append(_item(uow, row))
    return found


def _item(uow: UnitOfWork, row: Attachment) -> Item:
    name = uow.unseal(row.patient_id, _NAME, row.id, row.name)
    return Item(row.id, row.message_id, name, row.media_type, row.size, row.state, row.has_thumbnail)


def remove(uow: UnitOfWork, person_id: UUID, attachment_id: UUID) -> None:
    """Take a file out of a draft, for good. Raises `NotFound`, also for one that was sent: it belongs to the record."""
    statement = uow.select(UPDATE, Attachment, within=person_id).where(Attachment.id == attachment_id)
    rows = uow.scalars(statement)
    if not rows:
        raise NotFound(action=UPDATE)
    uow.audit(UPDATE, rows[0], reason="removed")
    uow.session.delete(rows[0])


def drop(uow: UnitOfWork, person_id: UUID, once: UUID) -> None:
    """Take away the files of a draft that is thrown away."""
    for row in uow.scalars(_of_draft(uow, person_id, once)):
        uow.audit(UPDATE, row, reason="discarded")
        uow.session.delete(row)


def move(uow: UnitOfWork, person_id: UUID, once: UUID, to: UUID) -> None:
    """The files of one form belong to another one from now on."""
    for row in uow.scalars(_of_draft(uow, person_id, once)):
        row.once = to


def send(uow: UnitOfWork, message: Message) -> None:
    """The files of the draft go with its message. Its thread is stored already."""
    rows = uow.prepared(_waiting_with, within=message.patient_id, once=message.once).scalars().all()
    if rows:
        uow.flush()  # the message first: its files point to it
    for row in rows:
        row.message_id, row.thread_id = message.id, message.thread_id
    message.files = len(rows)


def copy(uow: UnitOfWork, message: Message, to: Message) -> None:
    """Give the files of a message to another one of the same writer, which says the same somewhere else."""
    if not message.files:
        return
    uow.flush()  # both messages are stored: the files point to them
    for row in uow.scalars(uow.select(READ, Attachment, within=message.patient_id).where(_goes_with(message))):
        if row.state not in ("clean", "checking"):
            continue
        twin = Attachment(
            patient_id=row.patient_id, account_id=row.account_id, once=to.once, thread_id=to.thread_id,
            message_id=to.id, media_type=row.media_type, size=row.size, digest=row.digest, state=row.state,
            created_at=uow.now, name=b"",
        )  # fmt: skip
        name = uow.unseal(row.patient_id, _NAME, row.id, row.name)
        twin.name = uow.seal(row.patient_id, _NAME, twin.id, name)
        uow.add(twin)
        uow.flush()
        _keep(uow, twin, "file", content_of(uow, row))
        uow.audit(UPDATE, twin, reason="copied")
        if twin.state == "checking":
            uow.later(SCAN, twin.id, key=f"scan:{twin.id}")
        elif twin.media_type in files.PICTURES:
            uow.later(THUMBNAIL, twin.id, key=f"thumbnail:{twin.id}")
        to.files += 1


def _goes_with(message: Message) -> Any:
    return Attachment.message_id == message.id


def withdraw(uow: UnitOfWork, message: Message) -> None:
    """The files of a message that was taken back before anybody opened it can't be opened any more."""
    statement = uow.select(READ, Attachment, within=message.patient_id).where(Attachment.message_id == message.id)
    for row in uow.scalars(statement):
        row.state = "withdrawn"


def opened(uow: UnitOfWork, person_id: UUID, attachment_id: UUID, part: str = "file") -> tuple[Item, bytes]:
    """A file with its bytes, or its small picture. Raises `NotFound` for one that is not clean, or has none, and for
    one of a message that was taken back from the reader.
    """
    row = uow.load(READ, Attachment, attachment_id, within=person_id)
    if row.state != "clean" or not _still_stands(uow, row):
        raise NotFound(action=READ)
    return _item(uow, row), content_of(uow, row, part)


def _still_stands(uow: UnitOfWork, row: Attachment) -> bool:
    """Whether the message a file went with can still be read by the actor; a file of a draft stands by itself."""
    if row.message_id is None:
        return True
    message = uow.select(Action.MESSAGE_THREAD_READ, Message, within=row.patient_id).where(Message.id == row.message_id)
    found = uow.scalars(message)
    return bool(found) and threads.is_readable(uow, found[0])


def content_of(uow: UnitOfWork, row: Attachment, part: str = "file") -> bytes:
    """The bytes of a file the actor has loaded. Raises `NotFound` where they are gone."""
    table: Any = AttachmentContent.__table__
    kept = uow.first(
        select(table.c.id, table.c.content)
        .where(table.c.attachment_id == row.id, table.c.patient_id == row.patient_id, table.c.part == part)
        .execution_options(scoped=frozenset({AttachmentContent.__tablename__}))
    )
    if kept is None:
        raise NotFound(action=READ)
    return uow.unseal_bytes(row.patient_id, _CONTENT, kept.id, kept.content)
