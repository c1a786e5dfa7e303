"""Appointments. A future one keeps the wall time and zone of its place; the instant is derived from them."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, Index, LargeBinary, String, false
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, PatientOwned


class Appointment(PatientOwned, Base):
    """A visit asked for, booked, kept or missed (FHIR Appointment; states of domain.md 10)."""

    __tablename__ = "appointment"
    __table_args__ = (
        Index(None, "patient_id", "starts_at"),
        Index(None, "practitioner_id", "starts_at"),
        Index(None, "place_id", "starts_at"),
    )

    source_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("source_resource.id"), unique=True)
    practitioner_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("practitioner.id"))
    kind: Mapped[str] = mapped_column(String(200))
    place: Mapped[str | None] = mapped_column(String(200))
    is_video: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(String(20))
    local_start: Mapped[datetime] = mapped_column(DateTime(timezone=False))  # wall time of the place
    time_zone: Mapped[str] = mapped_column(String(60))
    starts_at: Mapped[datetime]
    minutes: Mapped[int] = mapped_column(default=30)
    instructions: Mapped[str | None] = mapped_column(String(1000))
    sensitivity: Mapped[str | None] = mapped_column(String(12))
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    version: Mapped[int] = mapped_column(default=1)
    # What only visits booked here know. `sequence` counts changes of time, for calendars.
    visit_type_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("visit_type.id"))
    place_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("place.id"))
    room_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("room.id"))
    booked_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    booked_at: Mapped[datetime | None]
    moved_at: Mapped[datetime | None]
    moved_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    sequence: Mapped[int] = mapped_column(default=0, server_default="0")
    video_key: Mapped[str | None] = mapped_column(String(43))
    needs: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed: companion, interpreter, mobility, transport
    agenda: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed: what the patient wants to talk about
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[str | None] = mapped_column(String(10))  # patient, caregiver, clinic
    cancelled_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    cancel_reason: Mapped[str | None] = mapped_column(String(20))
    is_overbooked: Mapped[bool] = mapped_column(default=False, server_default=false())
    overbook_reason: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed: for staff
    arrived_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    disrupted_at: Mapped[datetime | None]  # its clinician can't be there, and nobody has seen to it yet
    summary: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed: what was said and decided
    summary_at: Mapped[datetime | None]
    summary_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
