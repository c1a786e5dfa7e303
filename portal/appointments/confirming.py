"""Saying that one comes: a visit that is booked becomes one that is confirmed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from portal.infra.errors import Conflict
from portal.models import Account, Appointment
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

OPENS = timedelta(days=30)


def is_open(visit: Any, now: datetime) -> bool:
    """Whether it can be confirmed now: booked, with its clinician there, within thirty days."""
    return visit.status == "booked" and visit.disrupted_at is None and now < visit.starts_at <= now + OPENS


def confirm_visit(uow: UnitOfWork, person_id: UUID, visit_id: UUID) -> Appointment:
    """Say that the patient comes. Saying it twice changes nothing.

    Raises `NotFound`, `NotAllowed` for who may only look, `Conflict("changed")` for a visit that is over, was
    cancelled, has lost its clinician, or is further away than thirty days.
    """
    uow.require(Action.APPOINTMENT_BOOK, patient=person_id)
    visit = uow.load(Action.APPOINTMENT_UPDATE, Appointment, visit_id, within=person_id)
    if visit.status == "confirmed" and visit.starts_at > uow.now:
        return visit
    if not is_open(visit, uow.now):
        raise Conflict("changed")
    visit.status, visit.confirmed_at, visit.confirmed_by_id = "confirmed", uow.now, uow.actor.account_id
    visit.version += 1
    uow.audit(Action.APPOINTMENT_UPDATE, visit, reason="confirmed")
    return visit


def names(uow: UnitOfWork, visit: Any) -> dict[str, str]:
    """Who booked, moved and confirmed a visit, by name; "" where nobody here did."""
    found = {}
    for what in ("booked", "moved", "confirmed"):
        key = getattr(visit, f"{what}_by_id")
        account = uow.session.get(Account, key) if key is not None else None
        found[what] = account.display_name if account else ""
    return found
