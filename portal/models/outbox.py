"""Work that leaves the request: written in its transaction, done by a worker."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, HasId


class Job(HasId, Base):
    """A kind and an id, never content. States: ready, running, done, dead."""

    __tablename__ = "job"
    __table_args__ = (Index(None, "state", "run_at"),)

    kind: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(80))
    key: Mapped[str | None] = mapped_column(String(160), unique=True)
    run_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default="ready")
    attempts: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None]
    worker: Mapped[str | None] = mapped_column(String(60))
    error: Mapped[str | None] = mapped_column(String(80))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class PatientKey(Base):
    """A patient's data key, wrapped by the master key. Destroying the row erases what was sealed with it."""

    __tablename__ = "patient_key"

    patient_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
