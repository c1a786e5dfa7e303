"""Family updates: the liaison writes once, chosen relatives read it, the patient sees all of it (LIA-4).

Relatives need no access to the record for it. Nothing is published by itself, a published update is never edited, and
one that is withdrawn is gone for relatives at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, tuple_

from portal.infra.errors import Conflict, Invalid
from portal.infra.i18n import known
from portal.messaging import drafts
from portal.messaging.facts import Caregiver, gather
from portal.messaging.reading import Cursor
from portal.messaging.routing.classifier import RuleClassifier
from portal.messaging.routing.types import Incoming
from portal.models import Account, FamilyUpdate, FamilyUpdateReader, Message, Relationship, Thread
from portal.policy.actions import Action
from portal.policy.rules_liaison import CIRCLE
from portal.work.unit_of_work import UnitOfWork

PAGE = 20


@dataclass(frozen=True, slots=True)
class Relative:
    """Somebody in the family circle."""

    id: UUID
    account_id: UUID
    name: str
    relation: str


@dataclass(frozen=True, slots=True)
class Publish:
    """An update to be published. Without `readers` it is for the whole circle."""

    person_id: UUID
    text: str
    readers: tuple[UUID, ...]
    is_for_all: bool
    once: UUID


@dataclass(frozen=True, slots=True)
class Shown:
    """An update, opened. `readers` are names, for the patient and the liaison; a relative sees none."""

    id: UUID
    text: str
    author: str
    relation: str
    at: datetime
    is_withdrawn: bool
    readers: tuple[str, ...]
    may_withdraw: bool


def circle(uow: UnitOfWork, person_id: UUID) -> list[Relative]:
    """The relatives an update can be written to: family and backup with a relationship that holds now."""
    statement = (
        uow.select(
            Action.FAMILY_CIRCLE_READ,
            Relationship,
            Relationship.id,
            Relationship.account_id,
            Relationship.relation,
            Account.display_name,
            within=person_id,
        )
        .join(Account, Account.id == Relationship.account_id)
        .where(
            Relationship.kind.in_(CIRCLE),
            Relationship.state == "active",
            Relationship.starts_at <= uow.now,
            or_(Relationship.ends_at.is_(None), Relationship.ends_at > uow.now),
            Relationship.account_id != uow.actor.account_id,
            Account.is_active,
        )
        .order_by(Account.display_name, Relationship.id)
    )
    return [Relative(row.id, row.account_id, row.display_name, known(row.relation)) for row in uow.rows(statement)]


def private_matter(uow: UnitOfWork, person_id: UUID, text: str) -> str | None:
    """The private category that the words themselves name, if any.

    The record is left out on purpose: a warning that rested on it would tell the liaison what is hidden there.
    """
    context = gather(uow, person_id).context
    bare = replace(context, medications=(), results=(), appointments=(), referrals=(), conditions=())
    return RuleClassifier().read(bare, Incoming(text=text, sender_role="patient", lang=uow.actor.language)).sensitive


def publish(uow: UnitOfWork, command: Publish) -> UUID:
    """Publish an update and have its readers told that there is something new, without what it says.

    Raises `Invalid("readers")` when nobody would read it. The same `once` again gives the first one.
    """
    uow.require(Action.FAMILY_UPDATE_CREATE, patient=command.person_id)
    mine = uow.select(Action.FAMILY_UPDATE_READ, FamilyUpdate, within=command.person_id)
    before = uow.scalars(mine.where(FamilyUpdate.author_id == uow.actor.account_id, FamilyUpdate.once == command.once))
    if before:
        if uow.unseal(command.person_id, "family_update.body", before[0].id, before[0].body) == command.text:
            found: UUID = before[0].id
            return found
        raise Conflict("sent-before")
    relatives = {one.id: one for one in circle(uow, command.person_id)}
    chosen = list(relatives) if command.is_for_all else [key for key in command.readers if key in relatives]
    if not chosen:
        raise Invalid("readers")
    me = _author(uow, command.person_id)
    update = FamilyUpdate(
        patient_id=command.person_id,
        author_id=uow.actor.account_id,
        author_name=uow.actor.name,
        author_relation=me.relation if me else "",
        audience="circle" if command.is_for_all else "named",
        state="published",
        published_at=uow.now,
        once=command.once,
    )
    update.body = uow.seal(command.person_id, "family_update.body", update.id, command.text)
    uow.add(update)
    uow.flush()  # the update first: its readers point to it
    for key in chosen:
        uow.add(FamilyUpdateReader(patient_id=command.person_id, update_id=update.id, relationship_id=key))
    uow.audit(Action.FAMILY_UPDATE_CREATE, update)
    drafts.sent(uow, command.person_id, command.once)
    uow.later("messaging.tell_update", update.id, key=f"update:{update.id}")
    return update.id


def _author(uow: UnitOfWork, person_id: UUID) -> Caregiver | None:
    held = gather(uow, person_id).caregivers.values()
    return next((one for one in held if one.account_id == uow.actor.account_id), None)


def withdraw(uow: UnitOfWork, person_id: UUID, update_id: UUID) -> None:
    """Take an update back: relatives see it no more. Withdrawing it again changes nothing."""
    update = uow.load(Action.FAMILY_UPDATE_READ, FamilyUpdate, update_id, within=person_id)
    uow.require(Action.FAMILY_UPDATE_WITHDRAW, patient=person_id, model=FamilyUpdate, row_id=update_id)
    if update.state != "withdrawn":
        update.state, update.withdrawn_at = "withdrawn", uow.now
        uow.audit(Action.FAMILY_UPDATE_WITHDRAW, update)


def listed(
    uow: UnitOfWork, person_id: UUID, before: Cursor | None = None, most: int = PAGE
) -> tuple[list[Shown], Cursor | None]:
    """A page of updates that the reader may see, the newest first."""
    statement = uow.select(Action.FAMILY_UPDATE_READ, FamilyUpdate, within=person_id)
    if before is not None:
        statement = statement.where(tuple_(FamilyUpdate.published_at, FamilyUpdate.id) < before.pair())
    ordered = statement.order_by(FamilyUpdate.published_at.desc(), FamilyUpdate.id.desc())
    rows = list(uow.scalars(ordered.limit(most + 1)))
    oversees = uow.may(Action.FAMILY_CIRCLE_READ, patient=person_id)
    names = _readers(uow, person_id, [row.id for row in rows[:most]]) if oversees and rows else {}
    uow.seen(Action.FAMILY_UPDATE_READ, person_id)
    shown = [
        Shown(
            id=row.id,
            text=uow.unseal(person_id, "family_update.body", row.id, row.body),
            author=row.author_name,
            relation=known(row.author_relation),
            at=row.published_at,
            is_withdrawn=row.state == "withdrawn",
            readers=tuple(names.get(row.id, ())),
            may_withdraw=oversees and row.state == "published",
        )
        for row in rows[:most]
    ]
    return shown, Cursor(shown[-1].at, shown[-1].id) if len(rows) > most else None


def newest(uow: UnitOfWork, person_id: UUID, most: int = 2) -> list[tuple[datetime, str, str]]:
    """The newest updates the reader may see and nobody took back, for a first page: (when, by whom, what)."""
    statement = uow.select(Action.FAMILY_UPDATE_READ, FamilyUpdate, within=person_id)
    ordered = statement.where(FamilyUpdate.state == "published").order_by(
        FamilyUpdate.published_at.desc(), FamilyUpdate.id.desc()
    )
    found = uow.scalars(ordered.limit(most))
    if found:
        uow.seen(Action.FAMILY_UPDATE_READ, person_id)
    return [
        (row.published_at, row.author_name, uow.unseal(person_id, "family_update.body", row.id, row.body))
        for row in found
    ]


def _readers(uow: UnitOfWork, person_id: UUID, ids: list[UUID]) -> dict[UUID, list[str]]:
    """Whom updates are addressed to, by name: for the patient and the liaison alone."""
    statement = (
        uow.as_job("messaging.tell_update")
        .select(
            Action.FAMILY_UPDATE_READ,
            FamilyUpdateReader,
            FamilyUpdateReader.update_id,
            Account.display_name,
            within=person_id,
            joining=(Relationship,),
        )
        .join(Relationship, Relationship.id == FamilyUpdateReader.relationship_id)
        .join(Account, Account.id == Relationship.account_id)
        .where(FamilyUpdateReader.update_id.in_(ids))
        .order_by(Account.display_name)
    )
    found: dict[UUID, list[str]] = {}
    for row in uow.rows(statement):
        found.setdefault(row.update_id, []).append(row.display_name)
    return found


def accounts_to_tell(uow: UnitOfWork, update_id: UUID) -> list[UUID]:
    """The accounts of whom a published update is for, as their relationships stand now."""
    statement: Any = (
        uow.select(
            Action.FAMILY_UPDATE_READ,
            FamilyUpdateReader,
            Relationship.account_id,
            joining=(Relationship, FamilyUpdate),
        )
        .join(FamilyUpdate, FamilyUpdate.id == FamilyUpdateReader.update_id)
        .join(Relationship, Relationship.id == FamilyUpdateReader.relationship_id)
        .where(
            FamilyUpdate.id == update_id,
            FamilyUpdate.state == "published",
            Relationship.state == "active",
            or_(Relationship.ends_at.is_(None), Relationship.ends_at > uow.now),
        )
    )
    return list(dict.fromkeys(uow.scalars(statement)))


def words_of_team(uow: UnitOfWork, person_id: UUID, thread_id: UUID) -> str:
    """What the care team wrote in a conversation the liaison may read, to be used in an update. Raises `NotFound`."""
    uow.load(Action.MESSAGE_THREAD_READ, Thread, thread_id, within=person_id)
    statement = uow.select(Action.MESSAGE_THREAD_READ, Message, within=person_id).where(
        Message.thread_id == thread_id,
        Message.kind == "message",
        Message.author_role == "provider",
        Message.retracted_at.is_(None),
    )
    said = uow.scalars(statement.order_by(Message.sent_at.desc(), Message.id.desc()).limit(1))
    return uow.unseal(person_id, "message.body", said[0].id, said[0].body) if said else ""
