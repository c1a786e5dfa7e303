"""When the database was last copied."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, HasId


class BackupRun(HasId, Base):
    """One backup that was made, whole and on the disk; `key_name` names the key it opens with."""

    __tablename__ = "backup_run"
    __table_args__ = (Index(None, "finished_at"),)

    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    bytes: Mapped[int] = mapped_column(BigInteger)
    key_name: Mapped[str] = mapped_column(String(16))
