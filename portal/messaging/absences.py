"""Who is away, until when, and who covers (TAXONOMY.md 8). Both days are inclusive, in the practice's zone.

From the first day on, what the person holds goes to the cover at once; it comes back only by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import aliased

from portal.infra.dates import at_wall, date_in
from portal.infra.errors import Conflict, Invalid
from portal.models import Absence, Account, Practitioner
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

MOST = 500


@dataclass(frozen=True, slots=True)
class Away:
    """One absence, and who really answers: the cover, or the cover's cover; nobody when the team has to."""

    id: UUID
    who_id: UUID
    who: str
    first: date
    last: date
    cover: str
    answers: str
    has_begun: bool


def today_of(uow: UnitOfWork) -> date:
    """Today at the practice."""
    return date_in(uow.now, uow.settings.zone)


def may_enter_for(uow: UnitOfWork) -> list[tuple[UUID, str]]:
    """Whose absences the actor may enter: their own, those of the people they lead; administrators, everybody's."""
    statement = uow.select(Action.DESK_ABSENCE_UPDATE, Practitioner, Practitioner.id, Practitioner.name)
    rows = uow.rows(statement.where(Practitioner.is_active).order_by(Practitioner.sort_name).limit(MOST))
    own = uow.actor.practitioner_id
    return sorted(((row.id, row.name) for row in rows), key=lambda one: one[0] != own)


def covers(uow: UnitOfWork) -> list[tuple[UUID, str]]:
    """Who may cover: everybody who works here and can sign in."""
    statement = (
        select(Practitioner.id, Practitioner.name)
        .join(Account, Account.practitioner_id == Practitioner.id)
        .where(Practitioner.is_active, Account.is_active)
        .order_by(Practitioner.sort_name)
        .limit(MOST)
    )
    return [(row.id, row.name) for row in uow.rows(statement)]


def coming(uow: UnitOfWork) -> list[Away]:
    """Absences of today and later that the actor may see, the soonest first."""
    today = today_of(uow)
    covering = aliased(Practitioner)
    statement = (
        uow.select(
            Action.DESK_ABSENCE_READ,
            Absence,
            Absence.id,
            Absence.practitioner_id,
            Absence.starts_on,
            Absence.ends_on,
            Absence.covering_id,
            Practitioner.name,
            covering.name.label("cover"),
        )
        .join(Practitioner, Practitioner.id == Absence.practitioner_id)
        .outerjoin(covering, covering.id == Absence.covering_id)
        .where(Absence.ends_on >= today)
        .order_by(Absence.starts_on, Practitioner.sort_name, Absence.id)
        .limit(MOST)
    )
    rows = uow.rows(statement)
    names = dict(covers(uow)) if rows else {}
    return [_away(uow, row, names, today) for row in rows]


def _away(uow: UnitOfWork, row: Any, names: Mapping[UUID, str], today: date) -> Away:
    stand_in = stand_in_on(uow, row.practitioner_id, max(row.starts_on, today))
    return Away(
        id=row.id,
        who_id=row.practitioner_id,
        who=row.name,
        first=row.starts_on,
        last=row.ends_on,
        cover=row.cover or "",
        answers=names.get(stand_in, "") if stand_in else "",
        has_begun=row.starts_on <= today,
    )


def stand_in_on(uow: UnitOfWork, practitioner_id: UUID, day: date) -> UUID | None:
    """Who answers for somebody who is away on that day: the first of the chain of covers who is there."""
    held = uow.rows(
        select(Absence.practitioner_id, Absence.covering_id).where(Absence.starts_on <= day, Absence.ends_on >= day)
    )
    chain: dict[UUID, UUID | None] = {}
    for row in held:
        chain[row.practitioner_id] = chain.get(row.practitioner_id) or row.covering_id
    seen, at = {practitioner_id}, chain.get(practitioner_id)
    while at is not None and at in chain and at not in seen:
        seen.add(at)
        at = chain[at]
    return None if at in seen else at


def enter(uow: UnitOfWork, who: UUID, first: date, last: date, cover: UUID | None) -> Absence:
    """Enter an absence. What the person holds goes to the cover on the first day: now, if that is today.

    Raises `NotFound` or `NotAllowed` for somebody whose absences are not the actor's to enter, `Invalid` for a cover
    who is the person or does not work here, and `Conflict` when another absence of theirs shares a day with it.
    """
    uow.load(Action.DESK_ABSENCE_UPDATE, Practitioner, who)
    if cover is not None and (cover == who or cover not in dict(covers(uow))):
        raise Invalid("cover")
    shared = select(Absence.id).where(
        Absence.practitioner_id == who, Absence.starts_on <= last, Absence.ends_on >= first
    )
    if uow.first(shared) is not None:
        raise Conflict("already-away")
    absence = Absence(practitioner_id=who, starts_on=first, ends_on=last, covering_id=cover)
    uow.add(absence)
    uow.audit(Action.DESK_ABSENCE_UPDATE, absence)
    begins = max(uow.now, at_wall(first, time(0), uow.settings.zone))
    uow.later("messaging.cover_absence", who, at=begins, key=f"cover:{absence.id}")
    uow.later("appointments.look_at_absences", who)
    return absence


def end(uow: UnitOfWork, absence_id: UUID) -> None:
    """The person is back, or does not go: the absence ends with yesterday, or is taken away. Work is not moved back."""
    absence = uow.load(Action.DESK_ABSENCE_UPDATE, Absence, absence_id)
    today = today_of(uow)
    if absence.starts_on < today:
        absence.ends_on = today - timedelta(days=1)
    else:
        uow.session.delete(absence)
    uow.audit(Action.DESK_ABSENCE_UPDATE, absence, reason="ended")
    uow.later("appointments.look_at_absences", absence.practitioner_id)
