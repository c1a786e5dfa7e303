"""The trail. Append-only: the database itself refuses to change or delete a row."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base


class AuditEvent(Base):
    """Who did or saw what, when, for whom, and whether it was allowed. Ids only: no names, no words."""

    __tablename__ = "audit_event"
    __table_args__ = (Index(None, "patient_id", "at"), Index(None, "account_id", "at"))

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(60))  # patient, caregiver, staff, admin, nobody, system:<kind>
    account_id: Mapped[uuid.UUID | None]
    patient_id: Mapped[uuid.UUID | None]
    action: Mapped[str] = mapped_column(String(60))
    object_type: Mapped[str | None] = mapped_column(String(40))
    object_id: Mapped[str | None] = mapped_column(String(40))
    outcome: Mapped[str] = mapped_column(String(10))  # done, refused, failed
    reason: Mapped[str | None] = mapped_column(String(60))
    request_id: Mapped[str | None] = mapped_column(String(36))
    session: Mapped[str | None] = mapped_column(String(16))  # the start of the session's hash
    address: Mapped[str | None] = mapped_column(String(64))


class AuditSeal(Base):
    """A link of the hash chain over a batch of events, signed with a key outside the database."""

    __tablename__ = "audit_seal"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    first_id: Mapped[int] = mapped_column(BigInteger)
    last_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    count: Mapped[int]
    at: Mapped[datetime]
    previous: Mapped[bytes] = mapped_column(LargeBinary(32))
    mac: Mapped[bytes] = mapped_column(LargeBinary(32))
