"""What belongs to the liaison's work: the patient's wishes by topic, and updates for the family."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, PatientOwned


class LiaisonMode(PatientOwned, Base):
    """How the patient's own questions of one family of topics reach the liaison.

    `scope` is the scope that such threads need (`Thread.scope`). Modes: first (the liaison gets it first), never (the
    liaison does not see it). No row: the liaison gets a copy, as far as the grants go. A mode never widens a grant.
    """

    __tablename__ = "liaison_mode"
    __table_args__ = (UniqueConstraint("patient_id", "scope"),)

    scope: Mapped[str] = mapped_column(String(30))
    mode: Mapped[str] = mapped_column(String(10))
    set_at: Mapped[datetime]


class FamilyUpdate(PatientOwned, Base):
    """News the liaison wrote once for relatives. States: published, withdrawn. Never edited.

    Relatives read it because it is addressed to them, without any access to the record.
    """

    __tablename__ = "family_update"
    __table_args__ = (UniqueConstraint("author_id", "once"), Index(None, "patient_id", "published_at", "id"))

    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    author_name: Mapped[str] = mapped_column(String(200))
    author_relation: Mapped[str] = mapped_column(String(60))
    body: Mapped[bytes] = mapped_column(LargeBinary)  # sealed
    audience: Mapped[str] = mapped_column(String(10))  # circle, named
    state: Mapped[str] = mapped_column(String(10), default="published")
    published_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    once: Mapped[uuid.UUID]


class FamilyUpdateReader(PatientOwned, Base):
    """One relative an update is addressed to. Whoever joins the family later reads what comes later."""

    __tablename__ = "family_update_reader"
    __table_args__ = (UniqueConstraint("update_id", "relationship_id"), Index(None, "relationship_id"))

    update_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("family_update.id", ondelete="CASCADE"))
    relationship_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("relationship.id", ondelete="CASCADE"))
