"""People: patients and other humans, the practitioners among them, teams and pools."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, HasId, PatientOwned


class Organization(HasId, Base):
    """A practice, hospital or laboratory (FHIR Organization)."""

    __tablename__ = "organization"

    source_key: Mapped[str | None] = mapped_column(String(255), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    phone: Mapped[str | None] = mapped_column(String(60))
    address: Mapped[str | None] = mapped_column(String(300))


class Person(HasId, Base):
    """A human with a record here, or one who acts for somebody with a record (FHIR Patient, RelatedPerson)."""

    __tablename__ = "person"

    is_patient: Mapped[bool] = mapped_column(default=True)
    mrn: Mapped[str | None] = mapped_column(String(80), unique=True)
    source_key: Mapped[str | None] = mapped_column(String(255), unique=True)
    given_name: Mapped[str] = mapped_column(String(120), default="")
    family_name: Mapped[str] = mapped_column(String(120), default="")
    sort_name: Mapped[str] = mapped_column(String(250), default="", index=True)
    birth_on: Mapped[date | None]
    died_at: Mapped[datetime | None]
    is_deceased: Mapped[bool] = mapped_column(default=False)  # also when the day is not known
    sex: Mapped[str | None] = mapped_column(String(20))
    pronouns: Mapped[str | None] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(20), default="en")
    time_zone: Mapped[str | None] = mapped_column(String(60))
    phone: Mapped[str | None] = mapped_column(String(60))
    email: Mapped[str | None] = mapped_column(String(254))
    address: Mapped[str | None] = mapped_column(String(300))
    pcp_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("practitioner.id"))
    care_manager_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("practitioner.id"))
    version: Mapped[int] = mapped_column(default=1)

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()


class Practitioner(HasId, Base):
    """Somebody who works in care (FHIR Practitioner with PractitionerRole)."""

    __tablename__ = "practitioner"

    source_key: Mapped[str | None] = mapped_column(String(255), unique=True)
    npi: Mapped[str | None] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    sort_name: Mapped[str] = mapped_column(String(200), default="")
    # pcp, specialist, nurse, care_manager, pharmacist, front_desk, admin, other (domain.md 0)
    role: Mapped[str] = mapped_column(String(30), default="other")
    specialty: Mapped[str | None] = mapped_column(String(120))
    # physician, nurse_practitioner …: whether "Dr." stands before the name is in the name itself
    organization_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organization.id"))
    pool_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("pool.id"))
    is_active: Mapped[bool] = mapped_column(default=True)
    languages: Mapped[str | None] = mapped_column(String(60))  # besides English, codes with commas: es, vi


class Pool(HasId, Base):
    """A group that answers together: nurse triage, scheduling, billing, records, portal support, a doctor's team."""

    __tablename__ = "pool"

    key: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    is_clinical: Mapped[bool] = mapped_column(default=False)


class PoolMember(HasId, Base):
    """Who answers for a pool."""

    __tablename__ = "pool_member"
    __table_args__ = (UniqueConstraint("pool_id", "practitioner_id"), Index(None, "practitioner_id"))

    pool_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("pool.id"))
    practitioner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("practitioner.id"))
    is_lead: Mapped[bool] = mapped_column(default=False)


class CareTeamMember(PatientOwned, Base):
    """A practitioner who cares for a patient now (FHIR CareTeam participant). It opens the record to them."""

    __tablename__ = "care_team_member"
    __table_args__ = (UniqueConstraint("patient_id", "practitioner_id"), Index(None, "practitioner_id"))

    practitioner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("practitioner.id"))
    role: Mapped[str] = mapped_column(String(120))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    # the CareTeam that named them; empty when somebody here did
    source_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("source_resource.id"))


class Absence(HasId, Base):
    """A practitioner is away; whoever covers answers (TAXONOMY.md 8). Both dates are inclusive, practice zone."""

    __tablename__ = "absence"
    __table_args__ = (Index(None, "practitioner_id", "ends_on"),)

    practitioner_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("practitioner.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    covering_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("practitioner.id"))
