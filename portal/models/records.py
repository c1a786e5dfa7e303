"""The record. Our columns beside the untouched original, which is the truth when the two seem to differ."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from portal.models.base import Base, HasId, PatientOwned


class ImportRun(HasId, Base):
    """One run of the importer: when, by whom, from what kind of source, with what outcome. No file names."""

    __tablename__ = "import_run"

    source: Mapped[str] = mapped_column(String(120))
    trust: Mapped[str] = mapped_column(String(20), default="trusted")  # trusted fills the record; review waits
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    counts: Mapped[dict[str, Any]]


class SourceResource(PatientOwned, Base):
    """An original FHIR resource, sealed as it came. `(source_key, content_hash)` makes a second import a no-op."""

    __tablename__ = "source_resource"
    __table_args__ = (
        UniqueConstraint("patient_id", "source_key"),
        Index(None, "patient_id", "resource_type"),
    )

    resource_type: Mapped[str] = mapped_column(String(40))
    source_key: Mapped[str] = mapped_column(String(255))  # ResourceType/id as the source names it
    fhir_id: Mapped[str] = mapped_column(String(120))
    version: Mapped[int] = mapped_column(default=1)
    content_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    body: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)  # zlib, then sealed with the patient's key
    import_run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("import_run.id"))
    place: Mapped[str] = mapped_column(String(120))  # entry[12] or line 40
    imported_at: Mapped[datetime]


class SourceVersion(PatientOwned, Base):
    """An original as it stood before the source sent a newer one. Nothing that was once shown is ever lost.

    `body` stays sealed for the place it was written to: `source_resource.body` of the row `source_id`.
    """

    __tablename__ = "source_version"
    __table_args__ = (UniqueConstraint("source_id", "version"), Index(None, "patient_id"))

    source_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("source_resource.id"))
    version: Mapped[int]
    content_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    body: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    import_run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("import_run.id"))
    place: Mapped[str] = mapped_column(String(120))
    imported_at: Mapped[datetime]


class DirectoryResource(HasId, Base):
    """An original resource that belongs to no patient (Practitioner, Organization, Location)."""

    __tablename__ = "directory_resource"

    resource_type: Mapped[str] = mapped_column(String(40))
    source_key: Mapped[str] = mapped_column(String(255), unique=True)
    content_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    body: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    import_run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("import_run.id"))
    imported_at: Mapped[datetime]


class DirectoryIdentifier(HasId, Base):
    """A business identifier of a directory resource, for references such as `Practitioner?identifier=system|value`."""

    __tablename__ = "directory_identifier"
    __table_args__ = (UniqueConstraint("token", "resource_id"), Index(None, "resource_id"))

    token: Mapped[str] = mapped_column(String(400))  # Practitioner?identifier=system|value
    resource_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("directory_resource.id", ondelete="CASCADE"))


class Entry(PatientOwned):
    """What every line of the record carries: where it came from, and whom it may be hidden from."""

    @declared_attr
    def source_id(cls) -> Mapped[uuid.UUID | None]:
        return mapped_column(ForeignKey("source_resource.id"), unique=True)

    code: Mapped[str | None] = mapped_column(String(60))
    code_system: Mapped[str | None] = mapped_column(String(120))
    name: Mapped[str] = mapped_column(String(400))
    status: Mapped[str] = mapped_column(String(30))
    sensitivity: Mapped[str | None] = mapped_column(String(12))  # HIV STD SEX PSY ETH SDV GDIS
    recorded_at: Mapped[datetime | None]
    # A clinical date may be partial: the text as recorded ("2019-04") beside a date for sorting.
    happened: Mapped[str | None] = mapped_column(String(40))
    happened_on: Mapped[date | None] = mapped_column(Date)


class Condition(Entry, Base):
    """A problem or diagnosis."""

    __tablename__ = "condition"
    __table_args__ = (Index(None, "patient_id", "happened_on"),)

    category: Mapped[str | None] = mapped_column(String(40))
    abated: Mapped[str | None] = mapped_column(String(40))
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("practitioner.id"))


class Allergy(Entry, Base):
    """An allergy or intolerance."""

    __tablename__ = "allergy"
    __table_args__ = (Index(None, "patient_id"),)

    category: Mapped[str | None] = mapped_column(String(40))
    criticality: Mapped[str | None] = mapped_column(String(20))
    reaction: Mapped[str | None] = mapped_column(String(300))
    severity: Mapped[str | None] = mapped_column(String(20))
    verification: Mapped[str | None] = mapped_column(String(30))
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("practitioner.id"))


class Medication(Entry, Base):
    """A medicine ordered here or taken anyway (MedicationRequest, MedicationStatement)."""

    __tablename__ = "medication"
    __table_args__ = (Index(None, "patient_id", "status"),)

    kind: Mapped[str] = mapped_column(String(20), default="prescribed")  # prescribed, reported
    setting: Mapped[str | None] = mapped_column(String(20))  # inpatient, outpatient, community, discharge
    sig: Mapped[str | None] = mapped_column(String(500))
    purpose: Mapped[str | None] = mapped_column(String(300))
    prescriber_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("practitioner.id"))
    ended: Mapped[str | None] = mapped_column(String(40))


class Immunization(Entry, Base):
    """A vaccine given."""

    __tablename__ = "immunization"
    __table_args__ = (Index(None, "patient_id", "happened_on"),)

    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("practitioner.id"))


class Procedure(Entry, Base):
    """Something done to or for the patient."""

    __tablename__ = "procedure"
    __table_args__ = (Index(None, "patient_id", "happened_on"),)

    performer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("practitioner.id"))


class Encounter(Entry, Base):
    """A visit or stay."""

    __tablename__ = "encounter"
    __table_args__ = (Index(None, "patient_id", "happened_on"),)

    kind: Mapped[str | None] = mapped_column(String(20))  # AMB, EMER, IMP … (HL7 v3 ActCode)
    reason: Mapped[str | None] = mapped_column(String(400))
    ended: Mapped[str | None] = mapped_column(String(40))
    practitioner_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("practitioner.id"))
    organization_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organization.id"))


class Document(Entry, Base):
    """A note, summary or letter. Its text stays in the sealed original."""

    __tablename__ = "document"
    __table_args__ = (Index(None, "patient_id", "happened_on"),)

    content_type: Mapped[str | None] = mapped_column(String(80))
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("practitioner.id"))
    encounter_id: Mapped[uuid.UUID | None] = mapped_column(index=True)  # the visit it tells of, where that was taken


class CarePlan(Entry, Base):
    """A plan of care with its activities."""

    __tablename__ = "care_plan"
    __table_args__ = (Index(None, "patient_id"),)

    activities: Mapped[list[Any]]
    ended: Mapped[str | None] = mapped_column(String(40))
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("practitioner.id"))


class Goal(Entry, Base):
    """What the patient and the team want to reach."""

    __tablename__ = "goal"
    __table_args__ = (Index(None, "patient_id"),)

    target: Mapped[str | None] = mapped_column(String(300))
    due: Mapped[str | None] = mapped_column(String(40))
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("practitioner.id"))


class Referral(Entry, Base):
    """A request that somebody else looks at the patient (ServiceRequest for a consult)."""

    __tablename__ = "referral"
    __table_args__ = (Index(None, "patient_id"),)

    specialty: Mapped[str | None] = mapped_column(String(200))
    requester_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("practitioner.id"))
