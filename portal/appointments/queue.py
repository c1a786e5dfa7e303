"""The waiting list as staff see it: in the order in which freed times are offered, urgent ones first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_

from portal.appointments import waitlist
from portal.infra.errors import Conflict
from portal.models import Person, Practitioner, VisitType, WaitlistEntry, WaitlistOffer
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

READ, UPDATE = Action.SCHEDULE_VISIT_READ, Action.SCHEDULE_VISIT_UPDATE
Key = tuple[bool, datetime, UUID]


def waiting(uow: UnitOfWork, *, after: Key | None, size: int) -> tuple[Sequence[Any], bool]:
    """Who waits, `size` at a time after a key (urgent, since, id), and whether there are more; one statement."""
    entry = WaitlistEntry
    statement = (
        uow.select(
            READ, entry, entry.id, entry.patient_id, entry.visit_type_id, entry.is_urgent, entry.made_at, entry.state,
            Person.given_name, Person.family_name, VisitType.name_en, VisitType.name_es,
            Practitioner.name.label("with_name"), WaitlistOffer.until,
            joining=(Person, WaitlistOffer),
        )
        .join(Person, Person.id == entry.patient_id)
        .join(VisitType, VisitType.id == entry.visit_type_id)
        .outerjoin(Practitioner, Practitioner.id == entry.practitioner_id)
        .outerjoin(WaitlistOffer, and_(WaitlistOffer.entry_id == entry.id, WaitlistOffer.state == "open"))
        .where(entry.state.in_(("waiting", "offered")))
        .order_by(entry.is_urgent.desc(), entry.made_at, entry.id)
        .limit(size + 1)
    )  # fmt: skip
    if after is not None:
        urgent, since, row_id = after
        later = or_(entry.made_at > since, and_(entry.made_at == since, entry.id > row_id))
        same = and_(entry.is_urgent.is_(urgent), later)
        statement = statement.where(or_(same, entry.is_urgent.is_(False)) if urgent else same)
    rows = uow.rows(statement)
    for patient_id in {row.patient_id for row in rows[:size]}:
        uow.seen(READ, patient_id)
    return rows[:size], len(rows) > size


def set_urgent(uow: UnitOfWork, entry_id: UUID, *, is_urgent: bool) -> None:
    """Put somebody before those who wait longer, or back. An offer that was made stands. Twice changes nothing.

    Raises `Conflict("changed")` for one who waits no more.
    """
    entry = uow.load(UPDATE, WaitlistEntry, entry_id)
    if entry.state not in ("waiting", "offered"):
        raise Conflict("changed")
    if entry.is_urgent != is_urgent:
        entry.is_urgent = is_urgent
        uow.audit(UPDATE, entry, reason="urgent" if is_urgent else "not-urgent")


def drop(uow: UnitOfWork, entry_id: UUID) -> None:
    """Take somebody off the list, such as who called to say so; what is kept for them goes to the next."""
    entry = uow.load(UPDATE, WaitlistEntry, entry_id)
    waitlist.leave(uow, entry.patient_id, entry.id)
