"""What people were told. Rows hold kinds and ids; the words are templates that know no health content."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, HasId


class Delivery(HasId, Base):
    """One notice to one account by one channel. `key` makes a second delivery of the same thing impossible."""

    __tablename__ = "delivery"
    __table_args__ = (
        Index(None, "account_id", "created_at"),
        Index(None, "account_id", "state"),
        Index(None, "state", "created_at"),
    )

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    role: Mapped[str | None] = mapped_column(String(12))  # as what they are told: self, caregiver, staff
    kind: Mapped[str] = mapped_column(String(60))
    channel: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(160), unique=True)
    state: Mapped[str] = mapped_column(String(20))  # due, held, sending, sent, delivered, failed, bounced, dropped
    why: Mapped[str | None] = mapped_column(String(20))  # of those that did not go: no_address, read, left, not_theirs
    path: Mapped[str | None] = mapped_column(String(200))  # the page it leads to, behind a link that names nothing
    created_at: Mapped[datetime]
    held_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    carrier_id: Mapped[str | None] = mapped_column(String(64), index=True)  # what the carrier of texts calls it


class NoticeAddress(HasId, Base):
    """Where somebody is told by a channel, beside the address they sign in with; and whether it still works.

    `pending` is not used before a code that was sent there comes back; `code` is a keyed hash of it.
    """

    __tablename__ = "notice_address"
    __table_args__ = (UniqueConstraint("account_id", "channel"), Index(None, "channel", "value"))

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    channel: Mapped[str] = mapped_column(String(20))
    value: Mapped[str | None] = mapped_column(String(254))
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    why: Mapped[str | None] = mapped_column(String(20))  # of those that ended: bounced, stopped
    pending: Mapped[str | None] = mapped_column(String(254))
    code: Mapped[str | None] = mapped_column(String(64))
    code_until: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)


class NoticeSetting(HasId, Base):
    """When somebody wants to be told: at once or gathered, and not in their quiet hours (minutes of their day)."""

    __tablename__ = "notice_setting"

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), unique=True)
    digest: Mapped[str] = mapped_column(String(10))  # now, daily, weekly
    quiet_from: Mapped[int | None]
    quiet_until: Mapped[int | None]
    # What nobody opened within a day goes by the next channel they have
    is_passed_on: Mapped[bool] = mapped_column(default=True, server_default=true())
    changed_at: Mapped[datetime]


class NoticeChoice(HasId, Base):
    """Whether somebody is told of a topic by a channel, as the one they are there; without a row, as at first."""

    __tablename__ = "notice_choice"
    __table_args__ = (UniqueConstraint("account_id", "role", "topic", "channel"),)

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    role: Mapped[str] = mapped_column(String(12))
    topic: Mapped[str] = mapped_column(String(20))
    channel: Mapped[str] = mapped_column(String(20))
    is_on: Mapped[bool]
