"""The clinic's routing table, in versions. One is live; what was live is kept and can come back."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, HasId

LIVE = "state = 'live'"
DRAFT = "state = 'draft'"


class RoutingVersion(HasId, Base):
    """One version of the routing table. The database holds at most one live version and one draft.

    States: draft, live, retired. A draft has no number until it goes live; what was live never changes again.
    """

    __tablename__ = "routing_version"
    __table_args__ = (
        Index("uq_routing_version_live", "state", unique=True, sqlite_where=text(LIVE), postgresql_where=text(LIVE)),
        Index("uq_routing_version_draft", "state", unique=True, sqlite_where=text(DRAFT), postgresql_where=text(DRAFT)),
    )

    number: Mapped[int | None] = mapped_column(Integer, unique=True)
    state: Mapped[str] = mapped_column(String(10))
    body: Mapped[dict[str, Any]]  # chains, rules, service levels: messaging.routing.table
    note: Mapped[str] = mapped_column(String(200), default="")
    based_on: Mapped[int | None]  # the number it was copied from; none: the table that comes with the product
    made_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    made_at: Mapped[datetime]
    live_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    live_at: Mapped[datetime | None]
    # What a draft would have changed on last month's messages: counts only, worked out apart (messaging.replay)
    replay: Mapped[dict[str, Any] | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
