"""Papers from elsewhere: as they came, what they say line by line, and what was decided about each line."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, PatientOwned

WAITS = "state IN ('checking', 'received', 'matched')"


class OutsidePaper(PatientOwned, Base):
    """A document from elsewhere (domain.md EHR-1).

    States: checking (a scanner has not answered), received (somebody must say that it is this person's), matched,
    reconciled, rejected, removed. `facts` holds, sealed, what is known of it: title, date, who wrote it, headings and
    their words. Digests are keyed by the patient: of the bytes, of the number of this version, of the number of all its
    versions, and of what it says in whatever order.
    """

    __tablename__ = "outside_paper"
    __table_args__ = (
        UniqueConstraint("account_id", "once"),
        UniqueConstraint("binder_paper_id"),
        Index(None, "patient_id", "made_at"),
        Index("ix_outside_paper_waiting", "made_at", sqlite_where=text(WAITS), postgresql_where=text(WAITS)),
    )

    kind: Mapped[str] = mapped_column(String(10))  # fhir, ccda, pdf, paper
    origin: Mapped[str] = mapped_column(String(10), default="upload")  # upload, link
    name: Mapped[bytes] = mapped_column(LargeBinary)  # sealed: of the file
    who: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed: who sent it, through a link
    facts: Mapped[bytes] = mapped_column(LargeBinary)  # sealed
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    number_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    series_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    said_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    sensitivity: Mapped[str | None] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12))
    is_matched: Mapped[bool] = mapped_column(default=False)  # by its header alone; else somebody says so
    confirmed_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    reason: Mapped[str | None] = mapped_column(String(20))  # of a rejection
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed: words to the patient
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    binder_paper_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("binder_paper.id"))
    once: Mapped[uuid.UUID]
    made_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class OutsideContent(PatientOwned, Base):
    """The sealed bytes of a paper, as they came."""

    __tablename__ = "outside_content"

    paper_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("outside_paper.id", ondelete="CASCADE"), unique=True)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)  # sealed


class OutsideLine(PatientOwned, Base):
    """One thing a paper says. Problems, allergies and medicines wait for a decision; all else is kept, unchecked.

    `scope` is what a caregiver needs to see it. `words` holds, sealed, the FHIR resource, its columns, and who said it.
    States: waiting, added, merged, replaced (ours ended, theirs added), ignored, kept. `row_id` is the line of the
    record it became or was merged with. `identity` is a digest, keyed by the patient, of what the line is about.
    """

    __tablename__ = "outside_line"
    __table_args__ = (
        UniqueConstraint("paper_id", "number"),
        Index(None, "patient_id", "part"),
        Index(None, "patient_id", "identity"),
    )

    paper_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("outside_paper.id", ondelete="CASCADE"))
    number: Mapped[int]
    part: Mapped[str] = mapped_column(String(30))  # a key of records.parts
    scope: Mapped[str] = mapped_column(String(20))
    sensitivity: Mapped[str | None] = mapped_column(String(12))
    identity: Mapped[bytes] = mapped_column(LargeBinary(32))
    words: Mapped[bytes] = mapped_column(LargeBinary)  # sealed
    happened_on: Mapped[date | None] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str | None] = mapped_column(String(20))  # of ignoring it
    row_id: Mapped[uuid.UUID | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
