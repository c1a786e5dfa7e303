"""Conversations. A thread has exactly one owner from its first second; its trail says how it came there."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, PatientOwned

OPEN = "state IN ('open', 'waiting_on_patient')"


class Thread(PatientOwned, Base):
    """A question and all that was said about it.

    Exactly one of the four owner columns is set, unless it was filed with no task (`destination = 'none'`).
    States: open, waiting_on_patient, answered, closed.
    """

    __tablename__ = "thread"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN owner_practitioner_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN owner_pool_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN owner_relationship_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN owner_is_patient THEN 1 ELSE 0 END)"
            " = (CASE WHEN destination = 'none' THEN 0 ELSE 1 END)",
            name="one_owner",
        ),
        UniqueConstraint("author_id", "once"),
        Index(None, "patient_id", "last_at", "id"),
        Index(None, "author_id"),
        Index(
            "ix_thread_open_practitioner",
            "owner_practitioner_id",
            "due_at",
            "id",
            sqlite_where=text(OPEN),
            postgresql_where=text(OPEN),
        ),
        Index(
            "ix_thread_open_pool", "owner_pool_id", "due_at", "id", sqlite_where=text(OPEN), postgresql_where=text(OPEN)
        ),
        Index("ix_thread_relationship", "owner_relationship_id"),
        Index(
            "ix_thread_of_patient",
            "patient_id",
            sqlite_where=text("owner_is_patient = 1"),
            postgresql_where=text("owner_is_patient"),
        ),
        Index("ix_thread_done_practitioner", "owner_practitioner_id", "last_at", "id"),
        Index("ix_thread_done_pool", "owner_pool_id", "last_at", "id"),
    )

    subject: Mapped[bytes] = mapped_column(LargeBinary)  # sealed
    preview: Mapped[bytes] = mapped_column(LargeBinary)  # sealed: the start of the last message
    topic: Mapped[str] = mapped_column(String(30))
    urgency: Mapped[str] = mapped_column(String(12))
    destination: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(20), default="open")
    owner_practitioner_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("practitioner.id"))
    owner_pool_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("pool.id"))
    owner_relationship_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("relationship.id"))
    owner_is_patient: Mapped[bool] = mapped_column(default=False)
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    author_role: Mapped[str] = mapped_column(String(20))  # patient, liaison, family_other, provider
    once: Mapped[uuid.UUID]  # the form's one-time id: a double click makes one thread
    # Privacy, evaluated live with the grants of today (TAXONOMY.md 5)
    scope: Mapped[str | None] = mapped_column(String(30))  # the scope a caregiver needs to read it; null: none needed
    sensitivity: Mapped[str | None] = mapped_column(String(20))  # sexual_health mental_health substance_use abuse
    is_hidden_from_liaison: Mapped[bool] = mapped_column(default=False)
    is_liaison_readable: Mapped[bool] = mapped_column(default=False)
    is_restricted_reply: Mapped[bool] = mapped_column(default=False)
    # Of several asks in one message, each other one is a conversation of its own that names the first
    parent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("thread.id"), index=True)
    # A relative's question that another conversation answers: the one it was passed on in, or was put together with
    follows_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("thread.id"), index=True)
    held_until: Mapped[datetime | None]  # the liaison comes back to it then
    about_kind: Mapped[str | None] = mapped_column(String(20))  # result, report, medication, appointment, referral
    about_id: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime]
    last_at: Mapped[datetime]
    look_by: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    first_answer_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    message_count: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class Message(PatientOwned, Base):
    """One thing said, or a team note the patient can't see. Never edited."""

    __tablename__ = "message"
    __table_args__ = (UniqueConstraint("author_id", "once"), Index(None, "thread_id", "sent_at", "id"))

    thread_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("thread.id"))
    kind: Mapped[str] = mapped_column(String(10), default="message")  # message, note
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    author_name: Mapped[str] = mapped_column(String(200))
    author_role: Mapped[str] = mapped_column(String(20))
    author_relation: Mapped[str | None] = mapped_column(String(60))
    body: Mapped[bytes] = mapped_column(LargeBinary)  # sealed
    files: Mapped[int] = mapped_column(default=0, server_default="0")  # how many go with it
    sent_at: Mapped[datetime]
    once: Mapped[uuid.UUID]
    # A later message can put an earlier one right; one taken back stays, sealed (MSG-6, MSG-7)
    corrects_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("message.id"))
    retracted_at: Mapped[datetime | None]
    was_opened: Mapped[bool] = mapped_column(default=False, server_default=false())  # before it was taken back


class RouteStep(PatientOwned, Base):
    """One step of a thread's trail: where it went, why, by whom. `facts` hold ids and keys, never words."""

    __tablename__ = "route_step"
    __table_args__ = (Index(None, "thread_id", "at"),)

    thread_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("thread.id"))
    at: Mapped[datetime]
    # received, routed, taken, passed_on, escalated, answered, closed, reopened
    kind: Mapped[str] = mapped_column(String(20))
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    to_practitioner_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("practitioner.id"))
    to_pool_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("pool.id"))
    to_relationship_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("relationship.id"))
    reason: Mapped[str | None] = mapped_column(String(60))
    facts: Mapped[dict[str, Any]]
    note: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed; staff only


class ThreadUnread(PatientOwned, Base):
    """A thread with something an account has not read yet. The row goes when it is opened."""

    __tablename__ = "thread_unread"
    __table_args__ = (UniqueConstraint("account_id", "thread_id"), Index(None, "thread_id"))

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    thread_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"))
    since: Mapped[datetime]


class Draft(PatientOwned, Base):
    """What somebody was writing. It belongs to its writer alone and outlives the session."""

    __tablename__ = "draft"
    __table_args__ = (
        Index(None, "account_id", "updated_at"),
        Index(None, "account_id", "place"),
        UniqueConstraint("account_id", "once"),
    )

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    place: Mapped[str] = mapped_column(String(120))  # where it goes on: new:<person>, thread:<id>, result:<id>
    fields: Mapped[bytes] = mapped_column(LargeBinary)  # sealed JSON of the form's fields
    once: Mapped[uuid.UUID]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
