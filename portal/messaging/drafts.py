"""What somebody was writing: kept on the server while they type, theirs alone, there after the session ends."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func

from portal.infra.errors import NotFound
from portal.messaging import attachments
from portal.models import Draft
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

MOST_AT_ONCE = 20
FIELDS = ("question", "reply", "note", "about", "to", "private", "thread", "topic", "source", "update", "letter")


@dataclass(frozen=True, slots=True)
class Saved:
    """A draft, opened."""

    id: UUID
    place: str
    once: UUID
    fields: dict[str, str]
    updated_at: datetime

    @property
    def text(self) -> str:
        return self.fields.get("question") or self.fields.get("reply") or self.fields.get("note") or ""


def once_of(text: str | None) -> UUID | None:
    """The one-time id (or another id) that a form carries; None where it is none."""
    try:
        return UUID(text or "")
    except ValueError:
        return None


def place_of(person_id: UUID, fields: dict[str, str]) -> str:
    """Where a draft goes on: an update for the family, the reply to a thread, a question to be passed on, a question
    about a record, or a question of its own.
    """
    if fields.get("letter"):
        return f"letter:{person_id}"
    if fields.get("update"):
        return f"update:{person_id}"
    if fields.get("thread"):
        return f"thread:{fields['thread']}"
    if fields.get("source"):
        return f"pass:{fields['source']}"
    return f"about:{fields['about']}" if fields.get("about") else f"new:{person_id}"


def save(
    uow: UnitOfWork, person_id: UUID, fields: dict[str, str], once: UUID, *, has_files: bool = False
) -> UUID | None:
    """Keep the fields as they are, however unfinished; a draft without text and files is taken away.

    `once` names the form that is being written: the same form, open in two windows, is one draft, and the one saved
    last is kept; another form in the same place is a draft of its own. Returns the draft's id, if there is one now.
    """
    uow.require(Action.PEOPLE_PERSON_READ, patient=person_id)
    kept = {name: value for name, value in fields.items() if name in FIELDS and value}
    place = place_of(person_id, kept)
    found = uow.scalars(uow.select(Action.MESSAGE_DRAFT_READ, Draft).where(Draft.once == once))
    draft = found[0] if found else None
    if draft is not None and draft.patient_id != person_id:  # a conversation or a record of somebody else
        raise NotFound(action=Action.MESSAGE_DRAFT_UPDATE)
    if not has_files and not any(kept.get(name, "").strip() for name in ("question", "reply", "note")):
        if draft is not None:
            uow.session.delete(draft)
        uow.audit(Action.MESSAGE_DRAFT_UPDATE, patient=person_id)
        return None
    if draft is None:
        draft = Draft(
            patient_id=person_id,
            account_id=uow.actor.account_id,
            place=place,
            created_at=uow.now,
            once=once,
            fields=b"",
        )
        uow.add(draft)
    draft.place, draft.updated_at = place, uow.now
    draft.fields = uow.seal(person_id, "draft.fields", draft.id, json.dumps(kept))
    uow.audit(Action.MESSAGE_DRAFT_UPDATE, draft)
    return draft.id


def of_person(uow: UnitOfWork, person_id: UUID) -> list[Saved]:
    """The actor's drafts about this person, newest first."""
    rows = uow.scalars(_mine(uow, person_id).order_by(Draft.updated_at.desc()).limit(50))
    return [_opened(uow, row) for row in rows]


def count(uow: UnitOfWork, person_id: UUID) -> int:
    """How many drafts the actor has about this person."""
    found: int = uow.prepared(_counted, within=person_id).scalar_one()
    return found


def _counted(uow: UnitOfWork, *, within: Any) -> Any:
    return uow.select(Action.MESSAGE_DRAFT_READ, Draft, func.count(), within=within)


def of_place(uow: UnitOfWork, person_id: UUID, place: str) -> Saved | None:
    """The actor's draft at one place; of several, the one written last."""
    found = at_place(uow, person_id, place)
    return found[0] if found else None


def at_place(uow: UnitOfWork, person_id: UUID, place: str) -> list[Saved]:
    """The actor's drafts at one place, the one written last first."""
    return [_opened(uow, row) for row in uow.prepared(_at_place, within=person_id, place=place).scalars()]


def _at_place(uow: UnitOfWork, *, within: Any, place: Any) -> Any:
    statement = _mine(uow, within).where(Draft.place == place).order_by(Draft.updated_at.desc(), Draft.id)
    return statement.limit(MOST_AT_ONCE)


def kept(uow: UnitOfWork) -> list[Saved]:
    """The actor's drafts for people they may not act for any more, newest first. Nothing of a record is in them."""
    statement = uow.select(Action.MESSAGE_DRAFT_READ, Draft).order_by(Draft.updated_at.desc(), Draft.id)
    rows = uow.scalars(statement.limit(100))
    over = {one for one in {row.patient_id for row in rows} if not uow.may(Action.PEOPLE_PERSON_READ, patient=one)}
    return [_opened(uow, row) for row in rows if row.patient_id in over]


def latest_question(uow: UnitOfWork, person_id: UUID) -> Saved | None:
    """The question the actor wrote at last and did not send."""
    statement = (
        _mine(uow, person_id)
        .where(
            Draft.place.notlike("thread:%"),
            Draft.place.notlike("pass:%"),
            Draft.place.notlike("update:%"),
            Draft.place.notlike("letter:%"),
        )
        .order_by(Draft.updated_at.desc())
        .limit(1)
    )
    rows = uow.scalars(statement)
    return _opened(uow, rows[0]) if rows else None


def discard(uow: UnitOfWork, person_id: UUID, draft_id: UUID) -> None:
    """Throw a draft away, for good. Raises `NotFound`."""
    rows = uow.scalars(_mine(uow, person_id, Action.MESSAGE_DRAFT_UPDATE).where(Draft.id == draft_id))
    if not rows:
        raise NotFound(action=Action.MESSAGE_DRAFT_UPDATE)
    attachments.drop(uow, person_id, rows[0].once)
    uow.audit(Action.MESSAGE_DRAFT_UPDATE, rows[0], reason="discarded")
    uow.session.delete(rows[0])


def sent(uow: UnitOfWork, person_id: UUID, once: UUID) -> None:
    """Take away the draft of what has just been sent; one that holds something newer stays."""
    for row in uow.prepared(_of_form, within=person_id, once=once).scalars():
        uow.session.delete(row)
        uow.audit(Action.MESSAGE_DRAFT_UPDATE, row, reason="sent")


def _of_form(uow: UnitOfWork, *, within: Any, once: Any) -> Any:
    return _mine(uow, within, Action.MESSAGE_DRAFT_UPDATE).where(Draft.once == once)


def _mine(uow: UnitOfWork, person_id: UUID, action: Action = Action.MESSAGE_DRAFT_READ) -> Any:
    return uow.select(action, Draft, within=person_id)


def _opened(uow: UnitOfWork, row: Draft) -> Saved:
    fields = json.loads(uow.unseal(row.patient_id, "draft.fields", row.id, row.fields))
    return Saved(row.id, row.place, row.once, fields, row.updated_at)
