"""Test results and vital signs."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, Numeric, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, PatientOwned


class Report(PatientOwned, Base):
    """A panel or a report as one order gave it (FHIR DiagnosticReport)."""

    __tablename__ = "report"
    __table_args__ = (Index(None, "patient_id", "effective_at", "id"), Index(None, "issued_at"))

    source_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("source_resource.id"), unique=True)
    code: Mapped[str | None] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(400))
    category: Mapped[str] = mapped_column(String(20))  # laboratory, imaging, pathology, other
    status: Mapped[str] = mapped_column(String(20))
    conclusion: Mapped[str | None] = mapped_column(String(4000))
    sensitivity: Mapped[str | None] = mapped_column(String(12))
    orderer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("practitioner.id"))
    laboratory_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organization.id"))
    effective_at: Mapped[datetime]
    issued_at: Mapped[datetime | None]
    released_at: Mapped[datetime | None]
    outside_count: Mapped[int] = mapped_column(default=0)  # values outside their range
    # Released, and not shown yet all the same (`ResultHold`): to nobody but clinicians; to the patient and clinicians
    held_until: Mapped[datetime | None]
    kept_until: Mapped[datetime | None]
    order_id: Mapped[uuid.UUID | None]  # source of the order it answers (`OrderedTest.source_id`)


class Result(PatientOwned, Base):
    """One measured thing (FHIR Observation): laboratory value, vital sign, or a text finding."""

    __tablename__ = "result"
    __table_args__ = (
        Index(None, "patient_id", "category", "effective_at", "id"),
        Index(None, "patient_id", "code", "effective_at"),
        Index(None, "report_id"),
    )

    source_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("source_resource.id"), unique=True)
    report_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("report.id"))
    code: Mapped[str | None] = mapped_column(String(60))
    code_system: Mapped[str | None] = mapped_column(String(120))
    name: Mapped[str] = mapped_column(String(400))
    category: Mapped[str] = mapped_column(String(20))  # laboratory, vital-signs, survey, social-history, other
    status: Mapped[str] = mapped_column(String(20))  # final, preliminary, corrected, entered-in-error …
    value: Mapped[Decimal | None] = mapped_column(Numeric(18, 6))
    # decimals as the laboratory wrote them (1.50 -> 2); None when it is no measured precision (more than six)
    decimals: Mapped[int | None]
    value_text: Mapped[str | None] = mapped_column(String(4000))
    comparator: Mapped[str | None] = mapped_column(String(4))
    unit: Mapped[str | None] = mapped_column(String(60))
    # FHIR components in the order sent: [{"code", "name", "value", "unit", "text"}], such as a blood pressure.
    # `value` is a number or None; `text` says what a component without a number says.
    components: Mapped[list[Any]]
    low: Mapped[Decimal | None] = mapped_column(Numeric(18, 6))
    high: Mapped[Decimal | None] = mapped_column(Numeric(18, 6))
    range_text: Mapped[str | None] = mapped_column(String(200))
    flag: Mapped[str | None] = mapped_column(String(8))  # L H LL HH N A AA as the laboratory sent it
    note: Mapped[str | None] = mapped_column(String(1000))  # the laboratory's own remark
    sensitivity: Mapped[str | None] = mapped_column(String(12))
    orderer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("practitioner.id"))
    effective_at: Mapped[datetime]
    issued_at: Mapped[datetime | None]
    released_at: Mapped[datetime | None]
    corrected_at: Mapped[datetime | None]
    held_until: Mapped[datetime | None]  # as its report's
    kept_until: Mapped[datetime | None]


class ResultComment(PatientOwned, Base):
    """What a clinician says about a result; it stands before any general explanation (RES-9)."""

    __tablename__ = "result_comment"
    __table_args__ = (Index(None, "result_id"),)

    result_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("result.id"))
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("practitioner.id"))
    body: Mapped[bytes] = mapped_column(LargeBinary)  # sealed
    created_at: Mapped[datetime]


class ReportReview(PatientOwned, Base):
    """A clinician looked at a report as it stood, and decided what follows (RES-6). One for each of its states."""

    __tablename__ = "report_review"
    __table_args__ = (UniqueConstraint("report_id", "report_status"), Index(None, "patient_id"))

    report_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"))
    report_status: Mapped[str] = mapped_column(String(20))
    plan: Mapped[str] = mapped_column(String(20))  # none, message, call, repeat, treat, refer
    was_read_back: Mapped[bool] = mapped_column(default=False)
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("practitioner.id"))
    at: Mapped[datetime]


class ReportUnread(PatientOwned, Base):
    """A report that an account has not opened yet. The row goes when it is opened."""

    __tablename__ = "report_unread"
    __table_args__ = (UniqueConstraint("account_id", "report_id"), Index(None, "report_id"))

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    report_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("report.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
