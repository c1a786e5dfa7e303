"""When and where visits can be: places, rooms, kinds of visits, working hours, and what is taken.

Free times are worked out from working hours less what is taken; they are never stored. What is taken is, as one row for
each five minutes of each clinician, room and patient: its primary key is what makes double booking impossible.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, HasId, PatientOwned


class Place(HasId, Base):
    """Where visits take place (FHIR Location): its clock is the one that working hours and visits keep.

    `video_url` is the beginning of the address of its video visits; the visit's own key follows it.
    """

    __tablename__ = "place"

    source_key: Mapped[str | None] = mapped_column(String(255), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str | None] = mapped_column(String(300))
    phone: Mapped[str | None] = mapped_column(String(60))
    directions_en: Mapped[str | None] = mapped_column(Text)
    directions_es: Mapped[str | None] = mapped_column(Text)
    map_url: Mapped[str | None] = mapped_column(String(300))
    video_url: Mapped[str | None] = mapped_column(String(300))
    time_zone: Mapped[str] = mapped_column(String(60))
    keeps_holidays: Mapped[bool] = mapped_column(default=True)
    is_active: Mapped[bool] = mapped_column(default=True)


class Room(HasId, Base):
    """A room that one visit at a time can use."""

    __tablename__ = "room"
    __table_args__ = (Index(None, "place_id"),)

    place_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("place.id"))
    name: Mapped[str] = mapped_column(String(80))
    is_active: Mapped[bool] = mapped_column(default=True)


class VisitType(HasId, Base):
    """A kind of visit: its name in both languages, its length, the pause after it, and who may book it how."""

    __tablename__ = "visit_type"

    key: Mapped[str] = mapped_column(String(60), unique=True)
    name_en: Mapped[str] = mapped_column(String(120))
    name_es: Mapped[str] = mapped_column(String(120))
    minutes: Mapped[int]
    buffer_minutes: Mapped[int] = mapped_column(default=0)
    is_online: Mapped[bool] = mapped_column(default=False)  # patients book it themselves
    is_video: Mapped[bool] = mapped_column(default=False)  # may be by video
    is_in_person: Mapped[bool] = mapped_column(default=True)
    needs_room: Mapped[bool] = mapped_column(default=False)
    before_en: Mapped[str | None] = mapped_column(String(1000))
    before_es: Mapped[str | None] = mapped_column(String(1000))
    forms: Mapped[list[Any]]  # screenings asked at check-in: phq, gad
    is_active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class WorkingHours(HasId, Base):
    """Every week on `weekday` (Monday is 0), from `opens` to `closes` in minutes after midnight on the place's clock.

    `mode` is both, video or in_person. `types` names the kinds of visits taken then; empty means all.
    """

    __tablename__ = "working_hours"
    __table_args__ = (Index(None, "practitioner_id"), Index(None, "place_id"))

    practitioner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("practitioner.id"))
    place_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("place.id"))
    weekday: Mapped[int]
    opens: Mapped[int]
    closes: Mapped[int]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    mode: Mapped[str] = mapped_column(String(10), default="both")
    types: Mapped[list[Any]]


class ScheduleException(HasId, Base):
    """One day that is not like its template: closed from `opens` to `closes`, or open then although it is not usually.

    Without a practitioner it holds for all at the place, without a place for the practitioner everywhere.
    """

    __tablename__ = "schedule_exception"
    __table_args__ = (Index(None, "day"), Index(None, "practitioner_id", "day"))

    practitioner_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("practitioner.id"))
    place_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("place.id"))
    day: Mapped[date]
    opens: Mapped[int] = mapped_column(default=0)
    closes: Mapped[int] = mapped_column(default=1440)
    is_open: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(String(200), default="")
    source_key: Mapped[str | None] = mapped_column(String(255), unique=True)
    made_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    made_at: Mapped[datetime]


class Occupied(Base):
    """Five minutes (`cell` since 1970, UTC) of a clinician, room or patient that a visit or a hold has taken.

    `seat` is 0, except for visits that staff put beside another one on purpose. `until` is when a hold lapses; anybody
    may take the cell over from then on.
    """

    __tablename__ = "occupied"
    __table_args__ = (Index(None, "claim_id"),)

    resource_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    seat: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    cell: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    claim_id: Mapped[uuid.UUID]
    until: Mapped[datetime | None]


class Hold(PatientOwned, Base):
    """A time kept for somebody while they fill in the form. The visit that comes of it has the same id."""

    __tablename__ = "hold"
    __table_args__ = (Index(None, "account_id", "patient_id"), Index(None, "expires_at"))

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    visit_type_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("visit_type.id"))
    practitioner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("practitioner.id"))
    place_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("place.id"))
    room_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("room.id"))
    is_video: Mapped[bool] = mapped_column(default=False)
    starts_at: Mapped[datetime]
    minutes: Mapped[int]
    moves_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("appointment.id"))  # the visit that would move here
    offer_id: Mapped[uuid.UUID | None]  # the waitlist offer it is kept for
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class VisitRequest(PatientOwned, Base):
    """A visit that was asked for, or a change to one; never a booking.

    `wants` is book, move or cancel. States: open, booked, done, declined, withdrawn, expired.
    """

    __tablename__ = "visit_request"
    __table_args__ = (
        UniqueConstraint("account_id", "once"),
        Index(None, "patient_id", "made_at"),
        Index(None, "state", "made_at"),
    )

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    wants: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(12), default="open")
    appointment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("appointment.id"))
    visit_type_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("visit_type.id"))
    practitioner_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("practitioner.id"))
    place_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("place.id"))
    is_video: Mapped[bool] = mapped_column(default=False)
    times: Mapped[str] = mapped_column(String(20), default="any")  # any, mornings, afternoons
    reason: Mapped[str | None] = mapped_column(String(20))
    words: Mapped[bytes] = mapped_column(LargeBinary)  # sealed
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    answered_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    answered_at: Mapped[datetime | None]
    once: Mapped[uuid.UUID]


class WaitlistEntry(PatientOwned, Base):
    """Somebody who would come sooner. States: waiting, offered, accepted, left, over."""

    __tablename__ = "waitlist_entry"
    __table_args__ = (
        UniqueConstraint("account_id", "once"),
        Index(None, "patient_id"),
        Index(None, "state", "visit_type_id", "made_at"),
    )

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    visit_type_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("visit_type.id"))
    practitioner_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("practitioner.id"))
    appointment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("appointment.id"))  # what it would replace
    until_on: Mapped[date]
    is_urgent: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    made_at: Mapped[datetime]
    once: Mapped[uuid.UUID]


class WaitlistOffer(PatientOwned, Base):
    """A freed time, kept for one who waits until a moment. States: open, accepted, passed, expired."""

    __tablename__ = "waitlist_offer"
    __table_args__ = (Index(None, "entry_id"), Index(None, "state", "until"))

    entry_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("waitlist_entry.id"))
    hold_id: Mapped[uuid.UUID]
    practitioner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("practitioner.id"))
    starts_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default="open")
    made_at: Mapped[datetime]
    until: Mapped[datetime]
    answered_at: Mapped[datetime | None]


class CalendarFeed(PatientOwned, Base):
    """A private address of one account's view of a patient's visits; what it shows is decided at each reading."""

    __tablename__ = "calendar_feed"
    __table_args__ = (Index(None, "patient_id", "account_id"),)

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    made_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class CheckIn(PatientOwned, Base):
    """What the patient said before a visit: sealed answers, and which parts are done."""

    __tablename__ = "check_in"

    appointment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("appointment.id"), unique=True)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    answers: Mapped[bytes] = mapped_column(LargeBinary)  # sealed
    made_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class Screening(PatientOwned, Base):
    """Answers to a public screening (phq2, phq9, gad2, gad7) with their sum: sealed, for the patient and who treats."""

    __tablename__ = "screening"
    __table_args__ = (
        UniqueConstraint("account_id", "once"),
        Index(None, "patient_id", "made_at"),
        Index(None, "appointment_id"),
    )

    appointment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("appointment.id"))
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    instrument: Mapped[str] = mapped_column(String(10))
    answers: Mapped[bytes] = mapped_column(LargeBinary)  # sealed: items, sum and band
    made_at: Mapped[datetime]
    once: Mapped[uuid.UUID]
