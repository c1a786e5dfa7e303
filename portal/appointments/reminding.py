"""Reminding of visits, worked out from what is stored: safe to run twice, late, and after the worker was away.

A reminder says only that something waits. It stops by itself when a visit is cancelled or moved: it is for the state
and the start that stand in the row at that moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import and_, exists, or_, select

from portal.appointments import placing, steps, told
from portal.appointments.booking import LIVE
from portal.infra.errors import Invalid
from portal.models import Appointment, Person, ReminderPlan, VisitReminder
from portal.notifications.choices import reader
from portal.notifications.rules import held_until
from portal.notifications.service import notify
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork

JOB = "appointments.remind"
KEY = "clinic"
MOST_STEPS = 5
SHORTEST = 30
AT_ONCE = 2000


def plan(uow: UnitOfWork) -> tuple[tuple[int, ...], datetime | None]:
    """The clinic's steps in minutes before a visit, the longest first, and since when they hold."""
    row = uow.first(select(ReminderPlan.steps, ReminderPlan.changed_at).where(ReminderPlan.key == KEY))
    if row is None:
        return steps.USUAL, None
    return tuple(sorted((int(one) for one in row.steps), reverse=True)), row.changed_at


def set_plan(uow: UnitOfWork, wanted: Sequence[int]) -> ReminderPlan:
    """Set the clinic's steps (minutes before a visit); none means no reminders. It holds for what comes due from now.

    For whoever sets up the whole schedule: raises `NotAllowed` for others, `Invalid` for more than five steps, and
    for one of less than half an hour or more than thirty days.
    """
    placing.require_lead(uow)
    chosen = sorted(set(wanted), reverse=True)
    if len(chosen) > MOST_STEPS or any(not SHORTEST <= one <= steps.LONGEST for one in chosen):
        raise Invalid("steps")
    rows = uow.scalars(select(ReminderPlan).where(ReminderPlan.key == KEY))
    row: ReminderPlan = rows[0] if rows else ReminderPlan(key=KEY, steps=[], changed_at=uow.now)
    if not rows:
        uow.add(row)
    row.steps, row.changed_at, row.changed_by_id = chosen, uow.now, uow.actor.account_id
    uow.audit(Action.SCHEDULE_SETUP_UPDATE, row, reason="reminders")
    uow.flush()
    return row


def look(services: Services) -> int:
    """Have everybody reminded for whom a step has come; returns how many visits. One job a visit and step, ever."""
    with UnitOfWork.open(services, Actor.system(JOB), write=False) as uow:
        wanted, _since = plan(uow)
        rows = uow.rows(_near(uow, wanted)) if wanted else ()
        due = [(row, found) for row in rows if (found := _current(uow, row, wanted, ())) is not None]
    if not due:
        return 0
    with UnitOfWork.open(services, Actor.system(JOB), write=True) as uow:
        for row, (minutes, _at) in due:
            uow.later(JOB, row.id, key=f"remind:{row.id}:{int(row.starts_at.timestamp())}:{minutes}")
    return len(due)


def _near(uow: UnitOfWork, wanted: Sequence[int]) -> Any:
    """Visits for which a step may have come that nobody has seen to."""
    visit = Appointment
    near = []
    for minutes in wanted:
        done = exists().where(
            VisitReminder.appointment_id == visit.id,
            VisitReminder.starts_at == visit.starts_at,
            VisitReminder.minutes <= minutes,
        )
        latest = uow.now + timedelta(minutes=minutes) + steps.EARLIER_AT_MOST
        near.append(and_(visit.starts_at <= latest, ~done))
    statement = uow.select(
        Action.APPOINTMENT_READ, visit, visit.id, visit.starts_at, Person.time_zone.label("own_zone"), joining=(Person,)
    ).join(Person, Person.id == visit.patient_id)
    live = statement.where(visit.status.in_(LIVE), visit.starts_at > uow.now, or_(*near))
    return live.order_by(visit.starts_at, visit.id).limit(AT_ONCE)


def _current(uow: UnitOfWork, row: Any, wanted: Sequence[int], done: Sequence[int]) -> tuple[int, datetime] | None:
    zone = ZoneInfo(row.own_zone) if row.own_zone else uow.settings.zone
    return steps.current(row.starts_at, wanted, zone, uow.now, done)


def remind(uow: UnitOfWork, visit_id: UUID) -> None:
    """Remind of one visit, if a step has come that nobody has seen to; whoever booked or moved it since knows."""
    visits = uow.scalars(uow.select(Action.APPOINTMENT_READ, Appointment).where(Appointment.id == visit_id))
    if not visits or visits[0].status not in LIVE:
        return
    visit = visits[0]
    own_zone = uow.first(
        uow.select(Action.APPOINTMENT_READ, Person, Person.time_zone, within=visit.patient_id)
    ).time_zone
    zone = ZoneInfo(own_zone) if own_zone else uow.settings.zone
    wanted, since = plan(uow)
    done = uow.scalars(
        select(VisitReminder.minutes).where(
            VisitReminder.appointment_id == visit.id, VisitReminder.starts_at == visit.starts_at
        )
    )
    found = steps.current(visit.starts_at, wanted, zone, uow.now, done)
    if found is None:
        return
    minutes, at = found
    uow.add(VisitReminder(appointment_id=visit.id, starts_at=visit.starts_at, minutes=minutes, done_at=uow.now))
    uow.flush()
    known_at = max((one for one in (visit.booked_at, visit.moved_at, since) if one is not None), default=None)
    if known_at is not None and at <= known_at:
        return
    for account_id in told.accounts(uow, visit.patient_id, visit.id):
        _tell(uow, account_id, visit, minutes)


def _tell(uow: UnitOfWork, account_id: UUID, visit: Any, minutes: int) -> None:
    """A notice, in the reader's own hours where that is still in time; what would wait too long goes out at once."""
    one = reader(uow, account_id)
    if one is None:
        return
    later = held_until(uow.now, one.zone, one.timing, is_urgent=False, is_fixed=False)
    last = visit.starts_at - timedelta(minutes=min(minutes, steps.DAY))
    key = f"reminder:{visit.id}:{int(visit.starts_at.timestamp())}:{minutes}:{account_id}"
    too_late = later is not None and later > last
    path = told.path_of(visit.patient_id, visit.id)
    notify(uow, account_id, "visit_reminder", key, about=visit.patient_id, is_urgent=too_late, path=path)
