"""What people say about their medicines, who stands by the list, requests for more, and check-ins."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, PatientOwned

UNANSWERED = "state IN ('asked', 'looking', 'approved')"


class MedicineReport(PatientOwned, Base):
    """What somebody says about the list: a medicine to add, or how one on it is really taken.

    It counts at once, marked as reported. A clinician confirms or declines it with a reason the reporter reads.
    `words` holds what was typed, sealed: name, strength, amount, how often, what for, who prescribes, since when.
    """

    __tablename__ = "medicine_report"
    __table_args__ = (
        UniqueConstraint("account_id", "once"),
        Index(None, "patient_id", "state"),
    )

    kind: Mapped[str] = mapped_column(String(20))  # add, missing, not_taking, differently
    sort: Mapped[str] = mapped_column(String(20))  # prescription, otc, vitamin, herbal, other
    medication_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("medication.id"))
    words: Mapped[bytes] = mapped_column(LargeBinary)
    sensitivity: Mapped[str | None] = mapped_column(String(12))
    is_private: Mapped[bool] = mapped_column(default=False)  # for the patient and the care team alone
    state: Mapped[str] = mapped_column(String(12), default="waiting")  # waiting, accepted, declined, withdrawn
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    made_at: Mapped[datetime]
    once: Mapped[uuid.UUID]
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[datetime | None]
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed: why it was declined, or a word to go with it
    line_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("medication.id"))  # the line it became


class MedicineStamp(PatientOwned, Base):
    """Somebody stands by the list: a clinician who verified it, or the person who says that it is right today."""

    __tablename__ = "medicine_stamp"
    __table_args__ = (Index(None, "patient_id", "made_at"), UniqueConstraint("account_id", "once"))

    kind: Mapped[str] = mapped_column(String(12))  # verified (by staff), confirmed (by the person or a caregiver)
    sources: Mapped[list[Any]]  # patient, caregiver, bottle, pharmacy, clinic, hospital
    is_otc_asked: Mapped[bool] = mapped_column(default=False)
    is_none: Mapped[bool] = mapped_column(default=False)  # takes no medicines at all
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    made_at: Mapped[datetime]
    once: Mapped[uuid.UUID]


class MedicineRenewal(PatientOwned, Base):
    """A request for more of a medicine. Who answers is the owner of its conversation, if there is one."""

    __tablename__ = "medicine_renewal"
    __table_args__ = (
        UniqueConstraint("account_id", "once"),
        Index(None, "patient_id", "asked_at"),
        Index(
            "uq_medicine_renewal_open",
            "medication_id",
            unique=True,
            sqlite_where=text(UNANSWERED),
            postgresql_where=text(UNANSWERED),
        ),
    )

    medication_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("medication.id"))
    sensitivity: Mapped[str | None] = mapped_column(String(12))
    thread_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("thread.id"))
    state: Mapped[str] = mapped_column(String(12), default="asked")  # asked, looking, approved, sent, denied, expired
    words: Mapped[bytes] = mapped_column(LargeBinary)  # sealed: pharmacy and how many days are left
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    once: Mapped[uuid.UUID]
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    changed_at: Mapped[datetime]
    reason: Mapped[str | None] = mapped_column(String(20))  # why not: visit, blood_test, other_doctor, stopped, ...
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed: the clinician's words


class MedicineCheckIn(PatientOwned, Base):
    """Whether a dose was taken. For the person, and for caregivers who keep the list with them; never for staff."""

    __tablename__ = "medicine_check_in"
    __table_args__ = (UniqueConstraint("patient_id", "line_key", "taken_on", "slot"),)

    line_key: Mapped[uuid.UUID]  # the medication, or the report of one
    sensitivity: Mapped[str | None] = mapped_column(String(12))
    is_private: Mapped[bool] = mapped_column(default=False)
    taken_on: Mapped[date] = mapped_column(Date)
    slot: Mapped[str] = mapped_column(String(12))  # morning, noon, evening, bedtime, any
    state: Mapped[str] = mapped_column(String(12))  # taken, missed
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    made_at: Mapped[datetime]


class MedicineFlagAnswer(PatientOwned, Base):
    """What a clinician decided about a flag of the checks. `flag` is a digest: it names no medicine."""

    __tablename__ = "medicine_flag_answer"
    __table_args__ = (UniqueConstraint("patient_id", "flag"),)

    flag: Mapped[bytes] = mapped_column(LargeBinary(32))
    how: Mapped[str] = mapped_column(String(12))  # seen, overridden, intended
    reason: Mapped[str | None] = mapped_column(String(20))  # benefit, tolerated, monitored, bridging
    words: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed: how it is monitored, and the like
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    made_at: Mapped[datetime]
