"""When somebody must have looked, and answered: the clinic's calendar applied to a decision (TAXONOMY.md 9)."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.infra.dates import WorkingCalendar, date_in
from portal.messaging.routing.types import ADMINISTRATIVE_TOPICS, Decision
from portal.work.unit_of_work import UnitOfWork


def calendar(uow: UnitOfWork) -> WorkingCalendar:
    """When this clinic works."""
    return WorkingCalendar(uow.settings.zone)


def dates(uow: UnitOfWork, decision: Decision, received: datetime) -> tuple[datetime | None, datetime | None]:
    """(looked at by, answered by) for a message received at `received`; nothing for one that is only filed."""
    if decision.destination in ("none", "patient"):
        return None, None
    if decision.destination == "liaison":
        return received + timedelta(days=2), received + timedelta(days=2)
    days = calendar(uow)
    if decision.urgency == "emergency":
        return received + timedelta(minutes=15), received + timedelta(minutes=15)
    start = days.next_opening(received)
    day = date_in(start, days.zone)
    if decision.urgency == "same_day":
        return days.add_working(start, timedelta(hours=1)), days.closing(day)
    within = 3 if decision.topic in ADMINISTRATIVE_TOPICS or decision.topic == "access_technical" else 2
    return days.closing(days.add_days(day, 1)), days.closing(days.add_days(day, within))


def again(uow: UnitOfWork, topic: str, at: datetime) -> tuple[datetime, datetime]:
    """The dates of a conversation that goes on after it was closed: those of a routine question received now."""
    days = calendar(uow)
    day = date_in(days.next_opening(at), days.zone)
    within = 3 if topic in ADMINISTRATIVE_TOPICS or topic == "access_technical" else 2
    return days.closing(days.add_days(day, 1)), days.closing(days.add_days(day, within))
