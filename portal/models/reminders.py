"""Reminders of visits: the steps the clinic set, and what was seen to already."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, HasId


class ReminderPlan(HasId, Base):
    """When the clinic reminds of visits: `steps` are minutes before the start. Without a row, the usual ones hold."""

    __tablename__ = "reminder_plan"

    key: Mapped[str] = mapped_column(String(20), unique=True)  # one row: clinic
    steps: Mapped[list[Any]]
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))


class VisitReminder(Base):
    """One step of one visit at one time was seen to. A visit that moves has another time, and so other reminders."""

    __tablename__ = "visit_reminder"

    appointment_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("appointment.id", ondelete="CASCADE"), primary_key=True
    )
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    minutes: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    done_at: Mapped[datetime]
