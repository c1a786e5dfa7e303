"""Keeping a binder: what goes along, what is still right, own words and papers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from portal.binder.rows import Paper
from portal.infra.errors import Conflict, NotFound
from portal.messaging import files
from portal.messaging.files import BadFile, Upload
from portal.models import BinderNote, BinderPaper, BinderPaperContent, BinderSection
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

READ, UPDATE = Action.BINDER_READ, Action.BINDER_UPDATE
NOTE_READ, NOTE_UPDATE = Action.BINDER_NOTE_READ, Action.BINDER_NOTE_UPDATE
SCAN = "binder.scan_paper"
MOST_PAPERS_BYTES = 500 * 1024 * 1024  # of one binder
_CONTENT = "binder_paper_content.content"


@dataclass(frozen=True, slots=True)
class NewNote:
    """Own words for a section."""

    person_id: UUID
    section: str
    text: str
    once: UUID
    is_private: bool = False


def _row(uow: UnitOfWork, person_id: UUID, section: str) -> BinderSection:
    """What was said of the section so far; a new row for the first time."""
    uow.require(UPDATE, patient=person_id)
    statement = uow.select(UPDATE, BinderSection, within=person_id).where(BinderSection.section == section)
    found = uow.scalars(statement)
    if found:
        kept: BinderSection = found[0]
        return kept
    new = BinderSection(patient_id=person_id, section=section, is_included=True, is_none=False)
    try:
        with uow.absorbing_duplicates():
            uow.add(new)
    except Conflict:
        first: BinderSection = uow.scalars(statement)[0]
        return first
    return new


def choose(uow: UnitOfWork, person_id: UUID, section: str, *, is_included: bool) -> None:
    """Take a section along from now on, or leave it out."""
    row = _row(uow, person_id, section)
    row.is_included = is_included
    uow.audit(UPDATE, row, reason="included" if is_included else "left out")


def confirm(uow: UnitOfWork, person_id: UUID, section: str, fingerprint: bytes) -> None:
    """What the section holds is still right, says the actor; `fingerprint` is of what they saw."""
    row = _row(uow, person_id, section)
    row.confirmed_at, row.confirmed_by_id, row.is_none = uow.now, uow.actor.account_id, False
    row.fingerprint = fingerprint if uow.actor.person_id == person_id else None  # others may not see all of it
    uow.audit(UPDATE, row, reason="confirmed")


def say_none(uow: UnitOfWork, person_id: UUID, section: str, *, is_empty: bool) -> None:
    """There is nothing for this section. Raises `Conflict("not-empty")` where there is."""
    row = _row(uow, person_id, section)
    if not is_empty:
        raise Conflict("not-empty")
    row.confirmed_at, row.confirmed_by_id, row.is_none, row.fingerprint = uow.now, uow.actor.account_id, True, None
    uow.audit(UPDATE, row, reason="none")


# Own words -----------------------------------------------------------------------------------------------------------


def add_note(uow: UnitOfWork, new: NewNote) -> None:
    """Put own words into a section; sent twice they are there once."""
    uow.require(NOTE_UPDATE, patient=new.person_id)
    note = BinderNote(
        patient_id=new.person_id,
        section=new.section,
        text=b"",
        is_private=new.is_private and uow.actor.person_id == new.person_id,
        account_id=uow.actor.account_id,
        once=new.once,
        made_at=uow.now,
    )
    note.text = uow.seal(new.person_id, "binder_note.text", note.id, new.text)
    uow.audit(NOTE_UPDATE, note)
    try:
        with uow.absorbing_duplicates():
            uow.add(note)
    except Conflict:
        return


def _note(uow: UnitOfWork, person_id: UUID, note_id: UUID) -> BinderNote:
    note = uow.load(NOTE_UPDATE, BinderNote, note_id, within=person_id)
    if note.removed_at is not None:
        raise NotFound(action=NOTE_UPDATE)
    return note


def remove_note(uow: UnitOfWork, person_id: UUID, note_id: UUID) -> str:
    """Take own words out; returns the section they were in."""
    note = _note(uow, person_id, note_id)
    note.removed_at = uow.now
    uow.audit(NOTE_UPDATE, note, reason="removed")
    return note.section


def finish_question(uow: UnitOfWork, person_id: UUID, note_id: UUID) -> None:
    """The question was asked; twice changes nothing."""
    note = _note(uow, person_id, note_id)
    if note.done_at is None:
        note.done_at = uow.now
        uow.audit(NOTE_UPDATE, note, reason="asked")


def accept_note(uow: UnitOfWork, person_id: UUID, note_id: UUID) -> str:
    """Keep what came from outside. It stays marked as unchecked: no clinician looked at it."""
    note = _note(uow, person_id, note_id)
    if note.accepted_at is None:
        note.accepted_at = uow.now
        uow.audit(NOTE_UPDATE, note, reason="kept")
    return note.section


# Papers --------------------------------------------------------------------------------------------------------------


def add_papers(uow: UnitOfWork, person_id: UUID, uploads: Iterable[Upload], *, is_private: bool) -> list[BadFile]:
    """Keep papers, each sealed; returns those that are not taken, with why. Good ones stay."""
    uow.require(NOTE_UPDATE, patient=person_id)
    is_private = is_private and uow.actor.person_id == person_id
    bad: list[BadFile] = []
    for upload in uploads:
        try:
            take_paper(uow, person_id, upload, account_id=uow.actor.account_id, is_private=is_private)
        except BadFile as error:
            bad.append(error)
    return bad


def take_paper(uow: UnitOfWork, person_id: UUID, upload: Upload, *, who: str = "", **columns: Any) -> BinderPaper:
    """Keep one paper. Raises `BadFile` (see `messaging.files`), also for one that is there already."""
    name = files.clean_name(upload.name)
    upload = Upload(name, upload.content)
    media_type = files.check(upload)
    digest = hashlib.sha256(person_id.bytes + upload.content).digest()
    job = uow.as_job("binder.count_papers")
    table = BinderPaper
    held, same = job.session.execute(
        job.select(
            NOTE_READ,
            table,
            func.coalesce(func.sum(table.size), 0),
            func.count().filter(table.digest == digest),
            within=person_id,
        ).where(table.removed_at.is_(None), table.state != "refused")
    ).one()
    if same:
        raise BadFile("same-file", name)
    if held + len(upload.content) > MOST_PAPERS_BYTES:
        raise BadFile("no-room", name)
    row = BinderPaper(
        patient_id=person_id,
        media_type=media_type,
        size=len(upload.content),
        digest=digest,
        state="checking" if uow.settings.clamav else "clean",
        name=b"",
        made_at=uow.now,
        **columns,
    )
    row.name = uow.seal(person_id, "binder_paper.name", row.id, name)
    row.who = uow.seal(person_id, "binder_paper.who", row.id, who) if who else None
    uow.add(row)
    uow.flush()
    kept = BinderPaperContent(patient_id=person_id, paper_id=row.id, content=b"")
    kept.content = uow.seal(person_id, _CONTENT, kept.id, upload.content)
    uow.add(kept)
    uow.audit(NOTE_UPDATE, row, reason=row.origin)
    if row.state == "checking":
        uow.later(SCAN, row.id, key=f"scan-paper:{row.id}")
    return row


def content_of(uow: UnitOfWork, row: BinderPaper) -> bytes:
    """The bytes of a paper the actor has loaded. Raises `NotFound` where they are gone."""
    table: Any = BinderPaperContent.__table__
    kept = uow.first(
        select(table.c.id, table.c.content)
        .where(table.c.paper_id == row.id, table.c.patient_id == row.patient_id)
        .execution_options(scoped=frozenset({BinderPaperContent.__tablename__}))
    )
    if kept is None:
        raise NotFound(action=NOTE_READ)
    return uow.unseal_bytes(row.patient_id, _CONTENT, kept.id, kept.content)


def open_paper(uow: UnitOfWork, person_id: UUID, paper_id: UUID) -> tuple[Paper, bytes]:
    """A paper with its bytes. Raises `NotFound` for one that is not clean, or was removed."""
    row = uow.load(NOTE_READ, BinderPaper, paper_id, within=person_id)
    if row.state != "clean" or row.removed_at is not None:
        raise NotFound(action=NOTE_READ)
    return Paper.of(uow, row, ""), content_of(uow, row)


def remove_paper(uow: UnitOfWork, person_id: UUID, paper_id: UUID) -> None:
    """Take a paper out; its bytes go at once."""
    row = uow.load(NOTE_UPDATE, BinderPaper, paper_id, within=person_id)
    if row.removed_at is not None:
        return
    row.removed_at = uow.now
    drop_content(uow, row)
    uow.audit(NOTE_UPDATE, row, reason="removed")


def drop_content(uow: UnitOfWork, row: BinderPaper) -> None:
    """Destroy the bytes of a paper."""
    table: Any = BinderPaperContent.__table__
    uow.change(table.delete().where(table.c.paper_id == row.id, table.c.patient_id == row.patient_id))


def accept_paper(uow: UnitOfWork, person_id: UUID, paper_id: UUID) -> None:
    """Keep a paper that came from outside. It stays marked as unchecked."""
    row = uow.load(NOTE_UPDATE, BinderPaper, paper_id, within=person_id)
    if row.accepted_at is None:
        row.accepted_at = uow.now
        uow.audit(NOTE_UPDATE, row, reason="kept")
