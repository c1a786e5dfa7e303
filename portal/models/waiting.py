"""Waiting for results: what was ordered, when a patient wants to be told, and results that are held back."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, PatientOwned
from portal.models.records import Entry

OPEN = "state = 'open'"


class ResultWish(PatientOwned, Base):
    """For one category of results the patient wants to hear from a clinician first (RES-2). No row: at once."""

    __tablename__ = "result_wish"
    __table_args__ = (
        CheckConstraint("days BETWEEN 1 AND 7", name="days"),
        UniqueConstraint("patient_id", "category"),
    )

    category: Mapped[str] = mapped_column(String(20))  # see `portal.results.release.CATEGORIES`
    days: Mapped[int]  # a result is shown this long after its release at the latest
    set_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    set_at: Mapped[datetime]


class ResultHold(PatientOwned, Base):
    """One result that is not shown yet: the patient asked for it (RES-2), or a clinician prevents harm (RES-3).

    It is of a report, or of a result that stands alone. Until when it keeps readers out stands in `held_until` and
    `kept_until` of those rows as well, where every question about results looks. `state`: open (until the end of
    `until`), shown (the patient wanted it now), released (by a clinician), renewed (another took its place).
    """

    __tablename__ = "result_hold"
    __table_args__ = (
        CheckConstraint("(report_id IS NULL) <> (result_id IS NULL)", name="one_result"),
        Index("uq_result_hold_report", "report_id", "kind", unique=True,
              sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
        Index("uq_result_hold_result", "result_id", "kind", unique=True,
              sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
        Index(None, "patient_id", "until"),
        Index(None, "until"),
    )  # fmt: skip

    report_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"))
    result_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("result.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(10))  # asked, harm
    audience: Mapped[str] = mapped_column(String(10), default="all")  # all, others: whoever is not the patient
    category: Mapped[str] = mapped_column(String(20))
    sensitivity: Mapped[str | None] = mapped_column(String(12))  # that of the result
    until: Mapped[datetime]
    ground: Mapped[str | None] = mapped_column(String(20))  # of harm: life, safety, other_person, by_others
    reason: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed: why, for clinicians
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("practitioner.id"))
    made_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default="open")
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))


class OrderedTest(Entry, Base):
    """A test that was ordered (FHIR ServiceRequest of a laboratory or of imaging)."""

    __tablename__ = "ordered_test"
    __table_args__ = (Index(None, "patient_id", "ordered_at"),)

    category: Mapped[str] = mapped_column(String(20))  # laboratory, imaging, pathology, other
    orderer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("practitioner.id"))
    ordered_at: Mapped[datetime]
