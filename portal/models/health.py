"""Parts of the record beside the clinical lists, and what readers do with a line: confirm it, ask to amend it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, PatientOwned
from portal.models.records import Entry

OPEN = "state IN ('asked', 'extended', 'disputed')"


class FamilyHistory(Entry, Base):
    """What a relative has or had (FHIR FamilyMemberHistory). `name` is who it is."""

    __tablename__ = "family_history"
    __table_args__ = (Index(None, "patient_id"),)

    # [{"name", "code", "system", "onset", "outcome"}]; all but the name may be None
    conditions: Mapped[list[Any]]
    deceased: Mapped[str | None] = mapped_column(String(60))  # "yes", "no", or when or at what age


class Device(Entry, Base):
    """An implant or a device in use (FHIR Device with a patient)."""

    __tablename__ = "device"
    __table_args__ = (Index(None, "patient_id"),)

    identifier: Mapped[str | None] = mapped_column(String(200))  # the UDI, else the serial number
    maker: Mapped[str | None] = mapped_column(String(200))
    model: Mapped[str | None] = mapped_column(String(200))
    lot: Mapped[str | None] = mapped_column(String(80))
    expires: Mapped[str | None] = mapped_column(String(40))


class Coverage(Entry, Base):
    """Insurance (FHIR Coverage). `name` is the plan as the card says it."""

    __tablename__ = "coverage"
    __table_args__ = (Index(None, "patient_id"),)

    payer: Mapped[str | None] = mapped_column(String(200))
    member_number: Mapped[str | None] = mapped_column(String(80))
    group_number: Mapped[str | None] = mapped_column(String(80))
    holder: Mapped[str | None] = mapped_column(String(60))  # self, spouse, child …
    ended: Mapped[str | None] = mapped_column(String(40))


class AdvanceDirective(Entry, Base):
    """What the patient decided ahead (FHIR Consent with scope `adr` or a category of advance care documents)."""

    __tablename__ = "advance_directive"
    __table_args__ = (Index(None, "patient_id"),)

    decision: Mapped[str | None] = mapped_column(String(20))  # permit, deny
    agent: Mapped[str | None] = mapped_column(String(200))
    ended: Mapped[str | None] = mapped_column(String(40))


class EmergencyContact(Entry, Base):
    """Whom to call (FHIR RelatedPerson, or `Patient.contact`). `name` is the person's."""

    __tablename__ = "emergency_contact"
    __table_args__ = (Index(None, "patient_id"),)

    relation: Mapped[str | None] = mapped_column(String(120))
    phone: Mapped[str | None] = mapped_column(String(60))
    email: Mapped[str | None] = mapped_column(String(200))
    address: Mapped[str | None] = mapped_column(String(300))
    is_emergency: Mapped[bool] = mapped_column(default=False)
    # Which Patient resource names them, for contacts that are no resource of their own
    named_in_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("source_resource.id"))


class ImagingStudy(Entry, Base):
    """Pictures that were taken (FHIR ImagingStudy); what they show is in the report."""

    __tablename__ = "imaging_study"
    __table_args__ = (Index(None, "patient_id", "happened_on"),)

    modality: Mapped[str | None] = mapped_column(String(120))
    body_site: Mapped[str | None] = mapped_column(String(200))
    series: Mapped[int | None]
    pictures: Mapped[int | None]
    performer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("practitioner.id"))


class RecordSeen(PatientOwned, Base):
    """When an account looked at a part of a record: this time, and the time before."""

    __tablename__ = "record_seen"
    __table_args__ = (UniqueConstraint("account_id", "patient_id", "part"), Index(None, "patient_id"))

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    part: Mapped[str] = mapped_column(String(30))
    seen_at: Mapped[datetime]
    before_at: Mapped[datetime | None]  # when they looked before; what came since is marked


class RecordCheck(PatientOwned, Base):
    """Somebody looked at a list and said that it is still right (domain.md PHR-2)."""

    __tablename__ = "record_check"
    __table_args__ = (Index(None, "patient_id", "part", "checked_at"),)

    part: Mapped[str] = mapped_column(String(30))
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    checked_at: Mapped[datetime]
    lines: Mapped[list[Any]]  # ids of the lines they had before them, as text


class RecordAmendment(PatientOwned, Base):
    """A request to amend a line (45 CFR 164.526), from asking to the last word.

    `state`: asked, extended, accepted, denied, disputed (a statement of disagreement was filed), withdrawn.
    """

    __tablename__ = "record_amendment"
    __table_args__ = (
        CheckConstraint("(owner_practitioner_id IS NULL) <> (owner_pool_id IS NULL)", name="one_owner"),
        Index(None, "patient_id", "asked_at"),
        Index("ix_record_amendment_open_practitioner", "owner_practitioner_id", "due_at",
              sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
        Index("ix_record_amendment_open_pool", "owner_pool_id", "due_at",
              sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
    )  # fmt: skip

    part: Mapped[str] = mapped_column(String(30))
    line_id: Mapped[uuid.UUID | None]  # None: something is missing from this part
    sensitivity: Mapped[str | None] = mapped_column(String(12))  # that of the line
    state: Mapped[str] = mapped_column(String(12), default="asked")
    wrong: Mapped[bytes] = mapped_column(LargeBinary)  # sealed: the line as it stood, what is wrong, what is right
    asked_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    owner_practitioner_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("practitioner.id"))
    owner_pool_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("pool.id"))
    reason: Mapped[str | None] = mapped_column(String(20))  # of a denial: not_ours, not_kept, not_open, right
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed
    answered_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    answered_at: Mapped[datetime | None]
    statement: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed: of disagreement
    disputed_at: Mapped[datetime | None]
    longer: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed: why the answer takes 30 days longer
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
