"""How somebody keeps their own view of conversations: folders and the archive. It changes nobody else's view."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, PatientOwned


class Folder(PatientOwned, Base):
    """A folder of one account, for the conversations about one person."""

    __tablename__ = "folder"
    __table_args__ = (Index(None, "account_id", "patient_id"),)

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    name: Mapped[bytes] = mapped_column(LargeBinary)  # sealed
    created_at: Mapped[datetime]


class Filing(PatientOwned, Base):
    """Where an account has put a conversation: a folder, or the archive (no folder). What is new since comes back."""

    __tablename__ = "filing"
    __table_args__ = (
        Index(None, "account_id", "thread_id", unique=True),
        Index(None, "folder_id"),
        Index(None, "thread_id"),
    )

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    thread_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"))
    folder_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("folder.id"))
    filed_at: Mapped[datetime]
