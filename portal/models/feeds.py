"""Messages of other systems as they came (HL7 v2)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, HasId


class FeedMessage(HasId, Base):
    """One message, kept whole and sealed with the master key: whose it is may not be known yet.

    States: received (stored, not looked at), taken, warned (taken, but not all of it), waiting (a person has to
    look), dropped.
    """

    __tablename__ = "feed_message"
    __table_args__ = (UniqueConstraint("sender", "control_id"), Index(None, "state", "received_at"))

    sender: Mapped[str] = mapped_column(String(200))
    control_id: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10))
    code: Mapped[str | None] = mapped_column(String(40))
    place: Mapped[str | None] = mapped_column(String(20))  # segment and field, as PID-3
    content_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    body: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)  # sealed
    received_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class FeedVersion(Base):
    """When the newest message about a thing was written at its source: what is older changes nothing."""

    __tablename__ = "feed_version"

    thing: Mapped[str] = mapped_column(String(100), primary_key=True)  # a hash
    written_at: Mapped[datetime]
