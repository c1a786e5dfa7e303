"""Papers from elsewhere: brought, recognised, kept sealed, read, and taken back."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select

from portal.infra.errors import Conflict
from portal.interop.mapping import Frame
from portal.interop.papers import Unreadable
from portal.messaging.files import clean_name
from portal.models import BinderPaper, OutsideContent, OutsideLine, OutsidePaper, Person
from portal.outside import lines, matching
from portal.outside.kinds import ENDINGS, MEDIA_TYPES, Read
from portal.outside.lines import RECONCILED, SCOPES, Told
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.policy.scope import condition
from portal.work.unit_of_work import UnitOfWork

READ, CREATE, REMOVE = Action.OUTSIDE_PAPER_READ, Action.OUTSIDE_PAPER_CREATE, Action.OUTSIDE_PAPER_REMOVE
LINE_READ = Action.OUTSIDE_LINE_READ
SCAN, TELL = "outside.scan_paper", "outside.tell_clinician"
OPEN = ("checking", "received", "matched")
MOST_OPEN = 40
MOST_BYTES = 500 * 1024 * 1024  # of all papers of one record
_CONTENT = "outside_content.content"


class Known(Exception):
    """It is here already. `code`: same-file, same-document, same-content; `at` when that came."""

    def __init__(self, code: str, at: datetime) -> None:
        super().__init__(code)
        self.code, self.at = code, at


class SomebodyElse(Exception):
    """It is about another person. `differs` names what: name, birth, sex."""

    def __init__(self, differs: tuple[str, ...]) -> None:
        super().__init__("patient_mismatch")
        self.differs = differs


class NoRoom(Exception):
    """Too many papers wait, or there is no room for more. `code`: too-many, no-room."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Brought:
    """A file somebody brings for a person's record, read already."""

    person_id: UUID
    name: str
    read: Read
    once: UUID


def bring(uow: UnitOfWork, brought: Brought) -> UUID:
    """Keep a paper, sealed, with all its lines; sent twice it is one. Returns its id.

    Raises `NotFound` and `NotAllowed`; `Known`, `SomebodyElse`, `NoRoom`; `Unreadable`; nothing is kept then.
    """
    person_id = brought.person_id
    uow.require(CREATE, patient=person_id)
    before = uow.select(READ, OutsidePaper, OutsidePaper.id, within=person_id).where(
        OutsidePaper.account_id == uow.actor.account_id, OutsidePaper.once == brought.once
    )
    if found := uow.first(before):
        first: UUID = found.id
        return first
    person = uow.load(Action.PEOPLE_PERSON_READ, Person, person_id, within=person_id)
    told, left = _told(uow, person, brought.read)
    if brought.read.paper is not None and not told and not brought.read.paper.sections:
        raise Unreadable("nothing")
    row = OutsidePaper(
        patient_id=person_id,
        kind=brought.read.kind,
        origin="upload",
        media_type=brought.read.media_type,
        account_id=uow.actor.account_id,
        once=brought.once,
        state="received",
    )
    earlier = _recognise(uow, row, brought.read, told)
    match = _match(person, brought.read)
    if match.state == matching.OTHER:
        uow.refuse(CREATE, patient=person_id)
        raise SomebodyElse(match.differs)
    row.is_matched = match.state == matching.MATCHED
    row.name = uow.seal(person_id, "outside_paper.name", row.id, named(brought.name, brought.read.kind))
    facts = _facts(brought.read, left, match)
    if earlier is not None:
        facts["earlier"] = earlier.isoformat()
    row.facts = uow.seal(person_id, "outside_paper.facts", row.id, json.dumps(facts, ensure_ascii=False))
    keep(uow, row, brought.read.content)
    for number, one in enumerate(told):
        uow.add(_line(uow, row, number, one))
    uow.audit(CREATE, row, reason=row.kind)
    uow.flush()
    return row.id


def keep(uow: UnitOfWork, row: OutsidePaper, content: bytes, *, is_scanned: bool = False) -> None:
    """Store a paper with its sealed bytes; have it scanned, or told of at once where nothing scans."""
    row.size, row.made_at = len(content), uow.now
    row.state = "checking" if uow.settings.clamav and not is_scanned else came_as(row)
    uow.add(row)
    uow.flush()  # the paper first: the others point to it
    kept = OutsideContent(patient_id=row.patient_id, paper_id=row.id, content=b"")
    kept.content = uow.seal(row.patient_id, _CONTENT, kept.id, content)
    uow.add(kept)
    if row.state == "checking":
        uow.later(SCAN, row.id, key=f"scan-outside:{row.id}")
    else:
        uow.later(TELL, row.id, key=f"tell-outside:{row.id}")


def take_from_binder(uow: UnitOfWork, paper: BinderPaper, content: bytes) -> None:
    """Put a paper that came back through a link beside those that were brought; the same one again changes nothing."""
    person_id = paper.patient_id
    row = OutsidePaper(
        patient_id=person_id,
        kind="pdf" if paper.media_type == MEDIA_TYPES["pdf"] else "paper",
        origin="link",
        media_type=paper.media_type,
        binder_paper_id=paper.id,
        once=paper.id,
        state="received",
        digest=hashlib.sha256(person_id.bytes + content).digest(),
    )
    same = uow.select(READ, OutsidePaper, OutsidePaper.id, within=person_id)
    if uow.first(same.where(OutsidePaper.digest == row.digest, OutsidePaper.state != "removed").limit(1)):
        return
    name = uow.unseal(person_id, "binder_paper.name", paper.id, paper.name)
    row.name = uow.seal(person_id, "outside_paper.name", row.id, name)
    if paper.who:
        who = uow.unseal(person_id, "binder_paper.who", paper.id, paper.who)
        row.who = uow.seal(person_id, "outside_paper.who", row.id, who)
    row.facts = uow.seal(person_id, "outside_paper.facts", row.id, "{}")
    keep(uow, row, content, is_scanned=True)
    uow.audit(CREATE, row, reason="link")


def may_see(uow: UnitOfWork, account_id: UUID, own_id: UUID | None, row: OutsidePaper) -> bool:
    """Whether the holder of an account may see a paper at this moment."""
    actor = Actor("caregiver", account_id=account_id, person_id=own_id)
    asked = select(OutsidePaper.id).where(OutsidePaper.id == row.id, condition(actor, READ, OutsidePaper, uow.now))
    return uow.first(asked.execution_options(scoped=frozenset({OutsidePaper.__tablename__}))) is not None


def came_as(row: OutsidePaper) -> str:
    """The state of a paper that nothing is wrong with."""
    return "matched" if row.is_matched else "received"


def named(name: str, kind: str) -> str:
    """A name of a file that ends as what it is."""
    clean = clean_name(name)
    ending = ENDINGS.get(kind, "")
    if clean.lower().endswith(ending):
        return clean
    stem, dot, last = clean.rpartition(".")
    return f"{(stem if dot and len(last) <= 5 else clean)[:110]}{ending}"


def _told(uow: UnitOfWork, person: Person, read: Read) -> tuple[list[Told], list[tuple[str, str]]]:
    if read.paper is None:
        return [], []
    told, left = lines.read(read.paper.items, Frame(uow.now, uow.settings.zone, person.birth_on))
    return told, [*read.paper.left_out, *left]


def _match(person: Person, read: Read) -> matching.Match:
    if read.paper is None:
        return matching.Match(matching.UNSURE)
    known = matching.Known(
        person.given_name, person.family_name, person.birth_on, person.sex, person.phone or "", person.email or "",
        person.address or "", person.mrn or "",
    )  # fmt: skip
    return matching.compare(known, read.paper.patient)


def _facts(read: Read, left: list[tuple[str, str]], match: matching.Match) -> dict[str, Any]:
    paper = read.paper
    if paper is None:
        return {}
    return {
        "title": paper.title,
        "type": paper.type_code,
        "made": paper.made[:40],
        "author": paper.author,
        "organization": paper.organization,
        "sections": paper.sections,
        "left": left[:200],
        "differs": match.differs,
    }


def _recognise(uow: UnitOfWork, row: OutsidePaper, read: Read, told: list[Told]) -> datetime | None:
    """Give the paper its digests; returns when another version of it came. Raises `Known`, `NoRoom`.

    Compared with all papers of the record: also with those that who brings it may not see.
    """
    person_id, paper = row.patient_id, read.paper
    row.digest = hashlib.sha256(person_id.bytes + read.content).digest()
    if paper is not None:
        version = "" if paper.version is None else str(paper.version)
        row.number_digest = lines.keyed(person_id, "number", paper.number, version) if paper.number else None
        row.series_digest = lines.keyed(person_id, "series", paper.series) if paper.series else None
        row.said_digest = lines.said(person_id, told)
        row.sensitivity = lines.sensitivity_of(told, (text for _title, text in paper.sections))
    job = uow.as_job("outside.compare")
    table = OutsidePaper
    counted = job.select(READ, table, func.count(), func.coalesce(func.sum(table.size), 0), within=person_id)
    waiting = uow.first(counted.where(table.state.in_(OPEN)))[0]
    held = uow.first(counted.where(table.state != "removed"))[1]
    if waiting >= MOST_OPEN:
        raise NoRoom("too-many")
    if held + len(read.content) > MOST_BYTES:
        raise NoRoom("no-room")
    same = [table.digest == row.digest]
    for column, value in ((table.number_digest, row.number_digest), (table.said_digest, row.said_digest)):
        if value is not None:
            same.append(column == value)
    statement = job.select(
        READ, table, table.digest, table.number_digest, table.said_digest, table.made_at, within=person_id
    )
    statement = statement.where(table.state != "removed", or_(*same)).order_by(table.made_at.desc()).limit(20)
    for other in uow.rows(statement):
        if other.digest == row.digest:
            raise Known("same-file", other.made_at)
        if row.number_digest is not None and other.number_digest == row.number_digest:
            raise Known("same-document", other.made_at)
        raise Known("same-content", other.made_at)
    if row.series_digest is None:
        return None
    series = job.select(READ, table, func.max(table.made_at), within=person_id)
    found: datetime | None = uow.first(series.where(table.series_digest == row.series_digest))[0]
    return found


def _line(uow: UnitOfWork, paper: OutsidePaper, number: int, told: Told) -> OutsideLine:
    waits = told.part in RECONCILED
    line = OutsideLine(
        patient_id=paper.patient_id,
        paper_id=paper.id,
        number=number,
        part=told.part,
        scope=SCOPES[told.part],
        sensitivity=told.sensitivity,
        identity=lines.identity(paper.patient_id, told.part, told.row),
        words=b"",
        happened_on=told.happened_on,
        state="waiting" if waits else "kept",
    )
    line.words = uow.seal(paper.patient_id, "outside_line.words", line.id, lines.written(told))
    return line


# Taken back ---------------------------------------------------------------------------------------------------------


def remove(uow: UnitOfWork, person_id: UUID, paper_id: UUID) -> None:
    """Take a paper back before somebody has decided about it; what it held goes at once. Twice changes nothing.

    Raises `NotFound`, `NotAllowed`, `Conflict("decided")`.
    """
    row = uow.load(REMOVE, OutsidePaper, paper_id, within=person_id)
    if row.state == "removed":
        return
    job = uow.as_job("outside.compare")
    decided = job.select(LINE_READ, OutsideLine, OutsideLine.id, within=person_id)
    decided = decided.where(OutsideLine.paper_id == row.id, OutsideLine.decided_at.is_not(None)).limit(1)
    if row.state not in OPEN or uow.first(decided):
        raise Conflict("decided")
    row.state = "removed"
    drop(uow, row)
    uow.audit(REMOVE, row)


def drop(uow: UnitOfWork, row: OutsidePaper) -> None:
    """Destroy what a paper held: its bytes, its lines, what was known of it. That there was one stays."""
    tables: tuple[Any, ...] = (OutsideContent.__table__, OutsideLine.__table__)
    for table in tables:
        uow.change(table.delete().where(table.c.paper_id == row.id, table.c.patient_id == row.patient_id))
    row.facts = uow.seal(row.patient_id, "outside_paper.facts", row.id, "{}")
    row.number_digest = row.series_digest = row.said_digest = row.sensitivity = None
