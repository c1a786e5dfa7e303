"""When somebody must have looked, and answered: the rules of `escalation` on this clinic's calendar."""

from __future__ import annotations

from datetime import datetime

from portal.infra.dates import WorkingCalendar
from portal.messaging import escalation, tables
from portal.messaging.routing.types import Decision
from portal.models import Thread
from portal.work.unit_of_work import UnitOfWork


def calendar(uow: UnitOfWork) -> WorkingCalendar:
    """When this clinic works."""
    return WorkingCalendar(uow.settings.zone)


def dates(uow: UnitOfWork, decision: Decision, received: datetime) -> tuple[datetime | None, datetime | None]:
    """(looked at by, answered by) for a message received at `received`; nothing for one that is only filed."""
    if decision.destination in ("none", "patient"):
        return None, None
    kind = escalation.kind_of(decision.topic, decision.destination)
    found = escalation.due(decision.urgency, kind, received, calendar(uow), tables.live(uow).levels)
    return found.first_look_at, found.answer_by


def again(uow: UnitOfWork, thread: Thread) -> tuple[datetime, datetime]:
    """The dates of a conversation that goes on after it was closed: those of a routine question received now."""
    found = escalation.due("routine", kind(thread), uow.now, calendar(uow), tables.live(uow).levels)
    return found.first_look_at, found.answer_by


def kind(thread: Thread) -> str:
    """What sort of work a thread is."""
    return escalation.kind_of(thread.topic, thread.destination)


def next_look(uow: UnitOfWork, thread: Thread, received: datetime) -> datetime | None:
    """When it must be looked at again if nobody answers."""
    levels = tables.live(uow).levels
    step = escalation.next_step(thread.urgency, kind(thread), received, calendar(uow), uow.now, levels=levels)
    return step.at if step else None
