"""What pages show of conversations: lists by key, and one conversation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, and_, literal, or_, tuple_

from portal.infra.columns import UTCDateTime
from portal.infra.i18n import known
from portal.messaging import about, attachments, filing, following, threads, trail, unread
from portal.messaging.about import Record
from portal.models import (
    Account,
    Filing,
    Message,
    Person,
    Pool,
    Practitioner,
    Relationship,
    RouteStep,
    Thread,
    ThreadUnread,
)
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

PAGE = 25
MESSAGES = 50
ALL = 5000  # messages of one conversation on paper


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a list goes on: an instant and an id."""

    at: datetime
    id: UUID

    def __str__(self) -> str:
        return f"{self.at.isoformat()}_{self.id.hex}"

    @classmethod
    def parse(cls, text: str | None) -> Cursor | None:
        """Read what `str` wrote; anything else is no cursor."""
        at, _, key = (text or "").partition("_")
        try:
            instant, found = datetime.fromisoformat(at), UUID(key)
            return cls(instant.astimezone(UTC), found) if instant.tzinfo else None
        except (ValueError, OverflowError):  # the first and the last day of all years have no time in every zone
            return None

    def pair(self) -> Any:
        return tuple_(literal(self.at, UTCDateTime()), literal(self.id, Uuid()))


@dataclass(frozen=True, slots=True)
class Line:
    """One conversation in a person's list."""

    id: UUID
    subject: str
    preview: str
    state: str
    last_at: datetime
    due_at: datetime | None
    owner: str | None
    is_mine: bool
    is_unread: bool
    author: str
    author_role: str


def _lines(
    uow: UnitOfWork,
    most: int,
    place: str,
    *,
    within: Any,
    before_at: Any = None,
    before_id: Any = None,
    owned_by: Any = None,
    folder: Any = None,
) -> Any:
    """The statement of one page of a person's list; `place` is that of `filing.in_place`, or `all`."""
    statement = (
        uow.select(
            Action.MESSAGE_THREAD_READ,
            Thread,
            Thread.id,
            Thread.subject,
            Thread.preview,
            Thread.state,
            Thread.last_at,
            Thread.due_at,
            Thread.author_id,
            Thread.author_role,
            Account.display_name.label("author"),
            Practitioner.name.label("practitioner"),
            Pool.name.label("pool"),
            ThreadUnread.id.label("unread"),
            within=within,
            joining=(ThreadUnread, Filing),
        )
        .join(Account, Account.id == Thread.author_id)
        .outerjoin(Practitioner, Practitioner.id == Thread.owner_practitioner_id)
        .outerjoin(Pool, Pool.id == Thread.owner_pool_id)
        .outerjoin(
            ThreadUnread, and_(ThreadUnread.thread_id == Thread.id, ThreadUnread.account_id == uow.actor.account_id)
        )
        .order_by(Thread.last_at.desc(), Thread.id.desc())
        .limit(most + 1)
    )
    if before_at is not None:
        statement = statement.where(tuple_(Thread.last_at, Thread.id) < tuple_(before_at, before_id))
    if place != "all":
        statement = statement.where(filing.in_place(place, uow.actor.account_id, folder))
    if owned_by is not None:
        statement = statement.where(Thread.owner_relationship_id == owned_by, Thread.state.in_(("open", "answered")))
    return statement


def lines(
    uow: UnitOfWork,
    person_id: UUID,
    before: Cursor | None = None,
    *,
    owned_by: UUID | None = None,
    most: int = PAGE,
    place: str = "all",
    folder: UUID | None = None,
) -> tuple[list[Line], Cursor | None]:
    """A page of conversations, newest first, and where the next page begins. `owned_by` names a relationship.

    `place` is `all`, `list` (what the reader has not put away), `archive`, or `folder` with its id.
    """
    values: dict[str, Any] = {"before_at": before.at, "before_id": before.id} if before else {}
    if owned_by is not None:
        values["owned_by"] = owned_by
    if folder is not None:
        values["folder"] = folder
    rows = uow.prepared(_lines, most, place, within=person_id, **values).all()
    found = [
        Line(
            id=row.id,
            subject=uow.unseal(person_id, "thread.subject", row.id, row.subject),
            preview=uow.unseal(person_id, "thread.preview", row.id, row.preview),
            state=row.state,
            last_at=row.last_at,
            due_at=row.due_at,
            owner=row.practitioner or known(row.pool),
            is_mine=row.author_id == uow.actor.account_id,
            is_unread=row.unread is not None,
            author=row.author,
            author_role=row.author_role,
        )
        for row in rows[:most]
    ]
    uow.seen(Action.MESSAGE_THREAD_READ, person_id)
    more = Cursor(found[-1].last_at, found[-1].id) if len(rows) > most else None
    return found, more


@dataclass(frozen=True, slots=True)
class Said:
    """One message, opened."""

    id: UUID
    kind: str
    author_id: UUID
    author: str
    role: str
    relation: str | None
    text: str
    at: datetime
    files: tuple[attachments.Item, ...] = ()
    is_retracted: bool = False
    corrects_id: UUID | None = None


@dataclass(frozen=True)
class Conversation:
    """A thread as its reader may see it."""

    thread: Thread
    subject: str
    said: list[Said]
    earlier: Cursor | None
    steps: list[RouteStep]
    names: dict[UUID, str]
    notes: dict[UUID, str]
    given_name: str
    about: Record | None
    may_reply: bool
    askers: tuple[tuple[str, str], ...] = ()  # whose question the liaison passed on: (name, relation)
    related: tuple[tuple[UUID, str], ...] = ()  # other conversations that the same message began: (id, topic)

    @property
    def owner(self) -> str:
        t = self.thread
        key = t.owner_practitioner_id or t.owner_pool_id or t.owner_relationship_id
        return self.names.get(key, "") if key else ""


def conversation(
    uow: UnitOfWork, person_id: UUID, thread_id: UUID, before: Cursor | None = None, *, most: int = MESSAGES
) -> Conversation:
    """The conversation with its newest messages (or those before a cursor), and its trail. Marks it read."""
    thread = uow.load(Action.MESSAGE_THREAD_READ, Thread, thread_id, within=person_id)
    values = {"before_at": before.at, "before_id": before.id} if before is not None else {}
    newest = uow.prepared(_messages, most, within=person_id, thread=thread.id, **values).scalars().all()
    shown = newest[:most][::-1]
    steps = trail.steps_of(uow, thread)
    given = uow.prepared(_given_name, within=person_id).scalars().all()
    uow.clear_unread(ThreadUnread, thread_id=thread.id)
    held = attachments.of_messages(uow, person_id, shown)
    return Conversation(
        thread=thread,
        subject=uow.unseal(person_id, "thread.subject", thread.id, thread.subject),
        said=[
            Said(
                m.id,
                m.kind,
                m.author_id,
                m.author_name,
                m.author_role,
                m.author_relation,
                uow.unseal(person_id, "message.body", m.id, m.body) if threads.is_readable(uow, m) else "",
                m.sent_at,
                tuple(held.get(m.id, ())) if threads.is_readable(uow, m) else (),
                m.retracted_at is not None,
                m.corrects_id,
            )
            for m in shown
        ],
        earlier=Cursor(shown[0].sent_at, shown[0].id) if len(newest) > most else None,
        steps=steps,
        names=trail.names(uow, thread, steps),
        notes=trail.notes(uow, thread, steps),
        given_name=given[0] if given else "",
        about=about.find(uow, person_id, thread.about_kind, thread.about_id),
        may_reply=thread.state != "closed"
        and uow.may(Action.MESSAGE_THREAD_REPLY, patient=person_id, model=Thread, row_id=thread.id),
        askers=tuple(following.askers_of(uow, thread)),
        related=_related(uow, thread, steps),
    )


def _messages(
    uow: UnitOfWork, most: int, *, within: Any, thread: Any, before_at: Any = None, before_id: Any = None
) -> Any:
    """The statement of the newest messages of a thread, or of those before a place."""
    action = Action.MESSAGE_NOTE_READ if uow.actor.is_staff else Action.MESSAGE_THREAD_READ
    statement = uow.select(action, Message, within=within).where(Message.thread_id == thread)
    if before_at is not None:
        statement = statement.where(tuple_(Message.sent_at, Message.id) < tuple_(before_at, before_id))
    return statement.order_by(Message.sent_at.desc(), Message.id.desc()).limit(most + 1)


def _given_name(uow: UnitOfWork, *, within: Any) -> Any:
    return uow.select(Action.PEOPLE_PERSON_READ, Person, Person.given_name, within=within)


def _related(uow: UnitOfWork, thread: Thread, steps: list[RouteStep]) -> tuple[tuple[UUID, str], ...]:
    """The conversations that began with the same message, as far as the reader may see them."""
    if thread.parent_id is None and not any(step.facts.get("children") for step in steps):
        return ()
    first = thread.parent_id or thread.id
    statement = uow.select(Action.MESSAGE_THREAD_READ, Thread, Thread.id, Thread.topic, within=thread.patient_id).where(
        or_(Thread.id == first, Thread.parent_id == first), Thread.id != thread.id
    )
    return tuple((row.id, row.topic) for row in uow.rows(statement.order_by(Thread.id).limit(10)))


def first_words(uow: UnitOfWork, person_id: UUID, thread_id: UUID) -> str:
    """What a conversation began with, for a question that goes on from it. Raises `NotFound`."""
    uow.load(Action.MESSAGE_THREAD_READ, Thread, thread_id, within=person_id)
    statement = uow.select(Action.MESSAGE_THREAD_READ, Message, within=person_id).where(Message.thread_id == thread_id)
    first = uow.scalars(statement.order_by(Message.sent_at, Message.id).limit(1))[0]
    if not threads.is_readable(uow, first):
        return ""
    return uow.unseal(person_id, "message.body", first.id, first.body)


def owner_name(uow: UnitOfWork, person_id: UUID, thread_id: UUID) -> str:
    """Who holds a thread now, for whoever came second."""
    statement = (
        uow.select(Action.MESSAGE_THREAD_READ, Thread, Practitioner.name, Pool.name.label("pool"), within=person_id)
        .select_from(Thread)
        .outerjoin(Practitioner, Practitioner.id == Thread.owner_practitioner_id)
        .outerjoin(Pool, Pool.id == Thread.owner_pool_id)
    )
    row = uow.first(statement.where(Thread.id == thread_id))
    return (row.name or known(row.pool)) if row else ""


def own_relationship(uow: UnitOfWork, person_id: UUID) -> Any:
    """The actor's liaison or backup relationship with this person: a row with id, kind; or nothing."""
    statement = uow.select(
        Action.CAREGIVER_RELATIONSHIP_READ, Relationship, Relationship.id, Relationship.kind, within=person_id
    ).where(
        Relationship.account_id == uow.actor.account_id,
        Relationship.kind.in_(("liaison", "backup")),
        Relationship.state == "active",
        Relationship.starts_at <= uow.now,
        or_(Relationship.ends_at.is_(None), Relationship.ends_at > uow.now),
    )
    return uow.first(statement)


def given_name(uow: UnitOfWork, person_id: UUID) -> str:
    """What the person is called. Raises `NotFound` to whom may not know."""
    uow.require(Action.PEOPLE_PERSON_READ, patient=person_id)
    return uow.scalars(uow.select(Action.PEOPLE_PERSON_READ, Person, Person.given_name, within=person_id))[0]


def liaison_line(uow: UnitOfWork, thread: Thread) -> tuple[str, bool] | None:
    """For the patient only: the liaison's name and whether they can read this conversation now."""
    if uow.actor.person_id != thread.patient_id:
        return None
    held = uow.prepared(_liaison, within=thread.patient_id).first()
    return (held.display_name, unread.may_read(uow, thread, held.account_id)) if held else None


def _liaison(uow: UnitOfWork, *, within: Any) -> Any:
    return (
        uow.select(
            Action.CAREGIVER_RELATIONSHIP_READ,
            Relationship,
            Relationship.account_id,
            Account.display_name,
            within=within,
        )
        .join(Account, Account.id == Relationship.account_id)
        .where(Relationship.kind == "liaison", Relationship.state == "active")
    )
