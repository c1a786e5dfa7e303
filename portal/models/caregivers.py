"""Who acts for whom, and how far. A grant belongs to a relationship and ends with it."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, PatientOwned

ACTIVE_LIAISON = "kind = 'liaison' AND state = 'active'"


class Relationship(PatientOwned, Base):
    """A caregiver's relationship with a patient (FHIR RelatedPerson with Consent; domain.md 8.1).

    Kinds: liaison, backup, proxy, representative, family. States: invited, accepted, active, suspended, expired,
    revoked, ended. The database holds at most one active liaison a patient (LIA-1).
    """

    __tablename__ = "relationship"
    __table_args__ = (
        Index(None, "account_id", "patient_id"),
        Index(None, "patient_id"),
        Index(
            "uq_relationship_active_liaison",
            "patient_id",
            unique=True,
            sqlite_where=text(ACTIVE_LIAISON),
            postgresql_where=text(ACTIVE_LIAISON),
        ),
    )

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(String(20))
    relation: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(20), default="active")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    away_until: Mapped[datetime | None]
    is_away_by_patient: Mapped[bool] = mapped_column(default=False)  # only the patient ends this absence early
    handover: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed: what the one who stands in must know


class RelationshipScope(PatientOwned, Base):
    """One thing the relationship opens: a scope of domain.md 8.1, or `sensitive:<category>` with an HL7 code."""

    __tablename__ = "relationship_scope"
    __table_args__ = (Index(None, "relationship_id", "scope", unique=True),)

    relationship_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("relationship.id", ondelete="CASCADE"))
    scope: Mapped[str] = mapped_column(String(60))
