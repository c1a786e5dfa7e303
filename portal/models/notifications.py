"""What people were told. Rows hold kinds and ids; the words are templates that know no health content."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, HasId


class Delivery(HasId, Base):
    """One notice to one account by one channel. `key` makes a second delivery of the same thing impossible."""

    __tablename__ = "delivery"
    __table_args__ = (Index(None, "account_id", "created_at"),)

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(String(60))
    channel: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(160), unique=True)
    state: Mapped[str] = mapped_column(String(20))  # due, sent, failed, dropped
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
