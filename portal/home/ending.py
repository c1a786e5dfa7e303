"""After access has ended: that it did, and the words that were not sent. They can be copied, not sent (PRX-3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import aliased

from portal.caregivers.handing_over import SHOWN
from portal.infra.i18n import known
from portal.messaging import drafts
from portal.models import Draft, Relationship
from portal.policy.actions import Action
from portal.web import filters
from portal.work.unit_of_work import UnitOfWork

MOST = 50
Living = aliased(Relationship)


def ended(uow: UnitOfWork, *, lately: bool = False) -> Sequence[Any]:
    """The actor's own relationships that are over or paused, the newest first. Nothing of the patient comes with it.

    `is_handed_over` says that another liaison began at the instant this one ended. `lately` asks for what ended in the
    last week alone.
    """
    following = select(Living.id).where(
        Living.patient_id == Relationship.patient_id,
        Living.kind == "liaison",
        Living.id != Relationship.id,
        Living.starts_at == Relationship.ended_at,
        Relationship.kind == "liaison",
    )
    statement = uow.select(
        Action.CAREGIVER_ENDED_READ, Relationship, Relationship.relation, Relationship.kind, Relationship.state,
        Relationship.ended_at, Relationship.ends_at,
        following.correlate(Relationship).exists().label("is_handed_over"),
    ).order_by(Relationship.starts_at.desc(), Relationship.id)  # fmt: skip
    if lately:
        statement = statement.where(Relationship.ended_at > uow.now - SHOWN)
    uow.seen(Action.CAREGIVER_ENDED_READ, None)
    return uow.rows(statement.limit(MOST))


def kept_texts(uow: UnitOfWork) -> list[tuple[datetime, str]]:
    """What the actor wrote for people whose pages are closed to them now."""
    living = select(Living.id).where(
        Living.patient_id == Draft.patient_id,
        Living.account_id == uow.actor.account_id,
        Living.state == "active",
        or_(Living.ends_at.is_(None), Living.ends_at > uow.now),
    )
    closed = ~living.correlate(Draft).exists()
    own = Draft.patient_id == uow.actor.person_id if uow.actor.person_id else None
    statement = uow.select(Action.MESSAGE_DRAFT_READ, Draft).where(and_(closed, ~own) if own is not None else closed)
    rows = uow.scalars(statement.order_by(Draft.updated_at.desc(), Draft.id).limit(MOST))
    return [(row.updated_at, drafts._opened(uow, row).text) for row in rows]


@dataclass(frozen=True, slots=True)
class EndedLine:
    """One access that is over."""

    text: str
    is_paused: bool

    @classmethod
    def of(cls, row: Any) -> EndedLine:
        relation = known(row.relation)
        if row.state == "suspended":
            return cls(_("Your access as %(relation)s is paused.", relation=relation), True)
        at = row.ended_at or row.ends_at
        if row.is_handed_over:
            thanks = _(
                "Somebody else has been the liaison since %(day)s. Thank you for all you did.", day=filters.day(at)
            )
            return cls(thanks, False)
        if at is None:
            return cls(_("Your access as %(relation)s ended.", relation=relation), False)
        return cls(_("Your access as %(relation)s ended on %(day)s.", relation=relation, day=filters.day(at)), False)


@dataclass(frozen=True)
class EndedPage:
    """Access that ended, and words that are kept."""

    title: str
    lines: list[EndedLine]
    texts: list[tuple[str, str]]
    room: str = "people"

    @classmethod
    def of(cls, rows: Sequence[Any], texts: Sequence[tuple[datetime, str]]) -> EndedPage:
        return cls(
            _("Access that ended"),
            [EndedLine.of(row) for row in rows],
            [(filters.moment(at), text) for at, text in texts],
        )
