"""My binder: what its owner confirmed, wrote and added, what was sent to a visit, and the links that share it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, PatientOwned


class BinderSection(PatientOwned, Base):
    """What the owner said of one section (domain.md 12): goes along or not, confirmed when, and that there is nothing.

    `fingerprint` is of the section as it was confirmed; another one today means that it changed since.
    """

    __tablename__ = "binder_section"
    __table_args__ = (UniqueConstraint("patient_id", "section"),)

    section: Mapped[str] = mapped_column(String(20))
    is_included: Mapped[bool] = mapped_column(default=True)
    is_none: Mapped[bool] = mapped_column(default=False)  # "there is none", said by the owner
    fingerprint: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))


class BinderNote(PatientOwned, Base):
    """Own words in a section, a question for the next visit, or what a receiver of a link sent back.

    `origin` is own or outside; nobody has checked what came from outside. A question has `done_at` once it was asked.
    """

    __tablename__ = "binder_note"
    __table_args__ = (UniqueConstraint("account_id", "once"), Index(None, "patient_id", "made_at"))

    section: Mapped[str] = mapped_column(String(20))
    text: Mapped[bytes] = mapped_column(LargeBinary)  # sealed
    who: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed: who sent it, from outside
    origin: Mapped[str] = mapped_column(String(10), default="own")
    is_private: Mapped[bool] = mapped_column(default=False)  # for its owner alone, and in nothing that leaves
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    share_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("binder_share.id"))
    once: Mapped[uuid.UUID]
    made_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]  # the owner took over what came from outside
    done_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


class BinderPaper(PatientOwned, Base):
    """A paper in the binder. States: checking (a scanner has not answered yet), clean, refused."""

    __tablename__ = "binder_paper"
    __table_args__ = (Index(None, "patient_id", "made_at"), Index(None, "share_id"))

    name: Mapped[bytes] = mapped_column(LargeBinary)  # sealed
    who: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed: who sent it, from outside
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    digest: Mapped[bytes] = mapped_column(LargeBinary)  # keyed by the patient: the same paper twice
    state: Mapped[str] = mapped_column(String(10))
    origin: Mapped[str] = mapped_column(String(10), default="own")
    is_private: Mapped[bool] = mapped_column(default=False)
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    share_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("binder_share.id"))
    made_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


class BinderPaperContent(PatientOwned, Base):
    """The sealed bytes of a paper."""

    __tablename__ = "binder_paper_content"

    paper_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("binder_paper.id", ondelete="CASCADE"), unique=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)  # sealed


class BinderPacket(PatientOwned, Base):
    """The binder as it was sent ahead to a visit; the clinic's receipt is when somebody there opened it first."""

    __tablename__ = "binder_packet"
    __table_args__ = (UniqueConstraint("account_id", "once"), Index(None, "patient_id"), Index(None, "appointment_id"))

    appointment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("appointment.id"))
    practitioner_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("practitioner.id"))  # whom the visit is with
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    content: Mapped[bytes] = mapped_column(LargeBinary)  # sealed: the sections as they were, agenda, who comes along
    sections: Mapped[list[Any]]
    once: Mapped[uuid.UUID]
    sent_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    opened_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    task_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("task.id"))


class BinderShare(PatientOwned, Base):
    """A way into chosen sections for somebody without an account: a SMART Health Link, or the card's emergency page.

    `token_hash` finds it; the token itself is kept sealed only where it must be shown or printed again. The key of a
    link to a fixed copy is never stored; of a link that stays up to date it is, sealed. `held` names what a caregiver
    who made it held then: when they hold less, the share is closed.
    """

    __tablename__ = "binder_share"
    __table_args__ = (UniqueConstraint("account_id", "once"), Index(None, "patient_id", "made_at"))

    kind: Mapped[str] = mapped_column(String(10))  # link, card
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    label: Mapped[bytes] = mapped_column(LargeBinary)  # sealed
    sections: Mapped[list[Any]]
    is_sensitive: Mapped[bool] = mapped_column(default=False)  # sensitive categories go along
    is_live: Mapped[bool] = mapped_column(default=False)  # always the newest; else as it was when made
    is_direct: Mapped[bool] = mapped_column(default=False)  # flag U: one file without a manifest
    takes_replies: Mapped[bool] = mapped_column(default=False)
    held: Mapped[list[Any]]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    token: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed
    key: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed
    passcode_hash: Mapped[str | None] = mapped_column(String(200))
    tries_left: Mapped[int | None]  # wrong passcodes that are left, for its whole life
    most_openings: Mapped[int | None]
    openings: Mapped[int] = mapped_column(default=0)
    appointment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("appointment.id"))
    once: Mapped[uuid.UUID]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class BinderShareFile(PatientOwned, Base):
    """The encrypted copy behind a link (JWE, RFC 7516). Its key is in the link alone."""

    __tablename__ = "binder_share_file"

    share_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("binder_share.id", ondelete="CASCADE"), unique=True)
    jwe: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]


class BinderOpening(PatientOwned, Base):
    """Somebody came to a share, and what became of it: opened, passcode, revoked, expired, used-up, closed, reply."""

    __tablename__ = "binder_opening"
    __table_args__ = (Index(None, "share_id", "at"), Index(None, "patient_id", "at"))

    share_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("binder_share.id", ondelete="CASCADE"))
    outcome: Mapped[str] = mapped_column(String(12))
    who: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed: who they said they were
    at: Mapped[datetime]
