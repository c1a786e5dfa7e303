"""Who acts for whom, and how far. A grant belongs to a relationship and ends with it."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, PatientOwned

ACTIVE_LIAISON = "kind = 'liaison' AND state = 'active'"
ASKED_LIAISON = "kind = 'liaison' AND state = 'invited'"


class Relationship(PatientOwned, Base):
    """A caregiver's relationship with a patient (FHIR RelatedPerson with Consent; domain.md 8.1).

    Kinds: liaison, backup, proxy, representative, parent, family. States: invited, accepted, active, suspended,
    expired, revoked, ended. The database holds at most one active liaison a patient (LIA-1).
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
    # Of a parent: when the child reaches the age from which parents see less (PRX-8); 00:00 at the practice
    narrows_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    suspended_by: Mapped[str | None] = mapped_column(String(10))  # patient, clinic: who suspended may resume
    is_away_by_patient: Mapped[bool] = mapped_column(default=False)  # only the patient ends this absence early
    handover: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed: what the one who stands in must know


class RelationshipScope(PatientOwned, Base):
    """One thing the relationship opens: a scope of domain.md 8.1, or `sensitive:<category>` with an HL7 code."""

    __tablename__ = "relationship_scope"
    __table_args__ = (Index(None, "relationship_id", "scope", unique=True),)

    relationship_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("relationship.id", ondelete="CASCADE"))
    scope: Mapped[str] = mapped_column(String(60))
    # Given by a young person to a parent: it holds beyond the age from which parents see less (PRX-8)
    is_lasting: Mapped[bool] = mapped_column(default=False, server_default=false())


class AccessInvitation(PatientOwned, Base):
    """Somebody is asked to help a patient: as what, with which rights, and until when (PRX-1).

    States: draft, filed (a representative's papers wait for a second look), invited, accepted, declined, cancelled.
    An invitation is answered once; of its two codes, one is shown and one is mailed, and only their SHA-256 is kept.
    The database holds at most one nomination of a liaison a patient that waits for its answer (LIA-1).
    """

    __tablename__ = "access_invitation"
    __table_args__ = (
        Index(None, "patient_id", "state"),
        Index(
            "uq_access_invitation_asked_liaison",
            "patient_id",
            unique=True,
            sqlite_where=text(ASKED_LIAISON),
            postgresql_where=text(ASKED_LIAISON),
        ),
    )

    state: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(20))
    relation: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(254))
    scopes: Mapped[list[Any]]
    ends_on: Mapped[date | None]  # the last day, by the calendar of the practice
    code_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    mail_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    made_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    relationship_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("relationship.id"))


class AccessSignature(PatientOwned, Base):
    """The patient's own signature under one sensitive category, for one person (PRX-6): withdrawn, never changed."""

    __tablename__ = "access_signature"
    __table_args__ = (Index(None, "relationship_id"), Index(None, "invitation_id"))

    invitation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("access_invitation.id"))
    relationship_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("relationship.id"))
    category: Mapped[str] = mapped_column(String(10))  # HL7 ActCode
    signed_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    signed_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class AccessEvidence(PatientOwned, Base):
    """The paper that a representative's authority rests on: what it is, who filed it, who looked at it again."""

    __tablename__ = "access_evidence"
    __table_args__ = (Index(None, "relationship_id"), Index(None, "invitation_id"))

    invitation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("access_invitation.id"))
    relationship_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("relationship.id"))
    what: Mapped[str] = mapped_column(String(40))
    details: Mapped[bytes] = mapped_column(LargeBinary)  # sealed: its number, and where it was seen
    expires_on: Mapped[date | None]  # the last day it holds
    filed_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    filed_at: Mapped[datetime]
    checked_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    checked_at: Mapped[datetime | None]


class AccessLimit(PatientOwned, Base):
    """A clinician, or a court, stops a representative or parent for a while, or for good (PRX-9).

    The reason is sealed and for clinicians alone; whoever is stopped learns only that their access is paused.
    """

    __tablename__ = "access_limit"
    __table_args__ = (Index(None, "relationship_id"), Index(None, "patient_id"))

    relationship_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("relationship.id", ondelete="CASCADE"))
    why: Mapped[str] = mapped_column(String(20))  # abuse, neglect, danger, no_contact, custody
    details: Mapped[bytes] = mapped_column(LargeBinary)  # sealed
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    made_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    made_at: Mapped[datetime]
    lifted_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    lifted_at: Mapped[datetime | None]
