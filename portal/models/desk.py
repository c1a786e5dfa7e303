"""What staff work with beside conversations: tasks, offers to other teams, questions to colleagues, quick texts."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, HasId, PatientOwned

OPEN = "state = 'open'"


class Task(PatientOwned, Base):
    """Something a person or a pool has to do for a patient by a day. Exactly one of the two owner columns is set."""

    __tablename__ = "task"
    __table_args__ = (
        CheckConstraint("(owner_practitioner_id IS NULL) <> (owner_pool_id IS NULL)", name="one_owner"),
        UniqueConstraint("made_by_id", "once"),
        Index(None, "thread_id"),
        Index(
            "ix_task_open_practitioner",
            "owner_practitioner_id",
            "due_on",
            "id",
            sqlite_where=text(OPEN),
            postgresql_where=text(OPEN),
        ),
        Index(
            "ix_task_open_pool", "owner_pool_id", "due_on", "id", sqlite_where=text(OPEN), postgresql_where=text(OPEN)
        ),
    )

    thread_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("thread.id"))
    kind: Mapped[str] = mapped_column(String(20), default="todo")  # todo, appointment, call
    words: Mapped[bytes] = mapped_column(LargeBinary)  # sealed: what is to be done
    # What the portal itself asks for, said in each reader's language; `words` hold its values then (`people.tasks`)
    wording: Mapped[str | None] = mapped_column(String(30))
    owner_practitioner_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("practitioner.id"))
    owner_pool_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("pool.id"))
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(10), default="open")  # open, done
    made_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    made_at: Mapped[datetime]
    once: Mapped[uuid.UUID]
    done_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    done_at: Mapped[datetime | None]


class ThreadOffer(PatientOwned, Base):
    """A thread offered to a pool its owner does not belong to. The owner stays until the pool accepts."""

    __tablename__ = "thread_offer"
    __table_args__ = (
        Index("uq_thread_offer_open", "thread_id", unique=True, sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
        Index("ix_thread_offer_pool", "pool_id", "at", sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
    )

    thread_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("thread.id"))
    pool_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("pool.id"))
    state: Mapped[str] = mapped_column(String(10), default="open")  # open, accepted, declined, withdrawn
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    at: Mapped[datetime]
    reason: Mapped[str | None] = mapped_column(String(60))
    note: Mapped[bytes] = mapped_column(LargeBinary)  # sealed: why, for colleagues
    answered_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    answered_at: Mapped[datetime | None]


class SideQuestion(PatientOwned, Base):
    """A question to one colleague inside a thread. Question and answer are team notes; the owner stays who it was."""

    __tablename__ = "side_question"
    __table_args__ = (
        Index(None, "thread_id"),
        Index("ix_side_question_open", "asked_id", "at", sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
    )

    thread_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("thread.id"))
    asked_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("practitioner.id"))
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default="open")  # open, answered
    question_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("message.id"))
    answer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("message.id"))


class QuickText(HasId, Base):
    """Words that one person or one pool uses again and again, in both languages, with variables."""

    __tablename__ = "quick_text"
    __table_args__ = (
        CheckConstraint("(owner_practitioner_id IS NULL) <> (owner_pool_id IS NULL)", name="one_owner"),
        Index(None, "owner_practitioner_id"),
        Index(None, "owner_pool_id"),
    )

    owner_practitioner_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("practitioner.id"))
    owner_pool_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("pool.id"))
    title: Mapped[str] = mapped_column(String(80))
    english: Mapped[str] = mapped_column(Text)
    spanish: Mapped[str] = mapped_column(Text)
    changed_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
