"""Accounts of this portal, the identities that open them, their sessions and invitations."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, HasId


class Account(HasId, Base):
    """Somebody who may sign in. Keyed by identities, never by e-mail (OpenID Connect Core 5.7)."""

    __tablename__ = "account"

    display_name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(10), default="en")
    time_zone: Mapped[str | None] = mapped_column(String(60))
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"), unique=True)
    practitioner_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("practitioner.id"), unique=True)
    is_admin: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)


class Identity(HasId, Base):
    """One (issuer, subject) pair that opens an account."""

    __tablename__ = "identity"
    __table_args__ = (UniqueConstraint("issuer", "subject"), Index(None, "account_id"))

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    issuer: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime]


class WebSession(HasId, Base):
    """A browser's session. The cookie holds a 256-bit token; only its SHA-256 is here."""

    __tablename__ = "web_session"
    __table_args__ = (Index(None, "account_id"), Index(None, "seen_at"))

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    signed_in_at: Mapped[datetime | None]
    factor_at: Mapped[datetime | None]
    methods: Mapped[str] = mapped_column(String(60), default="")
    browser: Mapped[str] = mapped_column(String(120), default="")
    address: Mapped[str] = mapped_column(String(64), default="")
    # RP-initiated logout needs the ID token as a hint; OpenID Connect back-channel logout needs `sid`
    provider_sid: Mapped[str | None] = mapped_column(String(255))


class Invitation(HasId, Base):
    """A single-use link that connects somebody to the account made for them."""

    __tablename__ = "invitation"
    __table_args__ = (Index(None, "account_id"),)

    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    invited_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
