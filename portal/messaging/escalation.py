"""By when somebody must look at a message and answer it, and who is told when they don't.

Two clocks run on every message, and the earlier one counts: the service levels of the routing table (first look and
answer, by urgency), and the reply promise shown before sending (three business days, one for a symptom; a message after
17:00, on a weekend or a holiday counts as received on the next business day). The clock runs on the message, not on its
owner: handing it on changes nothing. Pure: nothing here reads the clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from portal.infra.dates import WorkingCalendar, at_wall, date_in

ADMINISTRATIVE = frozenset({"appointment_scheduling", "billing_insurance", "records_request", "access_technical"})
SYMPTOMS = frozenset({"new_symptom", "follow_up_symptom"})
CUT_OFF = time(17)
WARN_BEFORE = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Levels:
    """Service levels, configurable per clinic. Days are business days."""

    emergency_look: timedelta = timedelta(minutes=15)
    same_day_look: timedelta = timedelta(hours=1)
    same_day_answer: timedelta = timedelta(hours=4)
    routine_look_days: int = 1
    clinical_days: int = 2
    administrative_days: int = 3
    reply_days: int = 3
    symptom_reply_days: int = 1
    liaison_unread: timedelta = timedelta(days=2)


DEFAULTS = Levels()


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Aware UTC instants. `on_call`: an emergency outside staffed hours goes to the on-call line."""

    first_look_at: datetime
    answer_by: datetime
    on_call: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """Whom to tell, from when on. `to` is a role: owner, triage_lead, on_call_physician, cover, team_lead, pool_lead,
    care_manager or backup_liaison; `why` a key for the page that shows it."""

    at: datetime
    to: str
    why: str


def kind_of(topic: str, destination: str = "") -> str:
    """What sort of work a topic is: `liaison`, `symptom`, `administrative` or `clinical`."""
    if destination == "liaison":
        return "liaison"
    if topic in SYMPTOMS:
        return "symptom"
    return "administrative" if topic in ADMINISTRATIVE else "clinical"


def day_zero(received_at: datetime, calendar: WorkingCalendar) -> date:
    """The business day a message counts as received: that day up to 17:00:00, otherwise the next business day."""
    day = date_in(received_at, calendar.zone)
    if calendar.works_on(day) and received_at <= at_wall(day, CUT_OFF, calendar.zone):
        return day
    return calendar.add_days(day, 1)


def reply_due(received_at: datetime, calendar: WorkingCalendar, days: int = DEFAULTS.reply_days) -> datetime:
    """17:00 of the `days`-th business day after day zero, in the clinic's zone."""
    return at_wall(calendar.add_days(day_zero(received_at, calendar), days), CUT_OFF, calendar.zone)


def due(
    urgency: str, kind: str, received_at: datetime, calendar: WorkingCalendar, levels: Levels = DEFAULTS
) -> Deadlines:
    """When to look first and by when to answer.

    `urgency` is emergency, same_day or routine; `kind` comes from `kind_of`. Raises ValueError for other values and for
    a naive instant.
    """
    if kind not in {"liaison", "symptom", "administrative", "clinical"}:
        raise ValueError(f"unknown kind of message: {kind}")
    received = received_at.astimezone(UTC) if received_at.tzinfo else None
    if received is None:
        raise ValueError("An instant needs a time zone.")
    if urgency == "emergency":
        look = received + levels.emergency_look
        return Deadlines(look, look, on_call=not calendar.is_open(received))
    if urgency == "same_day":
        return _same_day(received, calendar, levels)
    if urgency != "routine":
        raise ValueError(f"unknown urgency: {urgency}")
    zero = day_zero(received, calendar)
    look = at_wall(calendar.add_days(zero, levels.routine_look_days), CUT_OFF, calendar.zone)
    days = {
        "symptom": min(levels.symptom_reply_days, levels.clinical_days),
        "clinical": min(levels.clinical_days, levels.reply_days),
        "administrative": min(levels.administrative_days, levels.reply_days),
        "liaison": levels.reply_days,
    }[kind]
    answer = at_wall(calendar.add_days(zero, days), CUT_OFF, calendar.zone)
    if kind == "liaison":
        look = received + levels.liaison_unread
        answer = max(answer, look)
    return Deadlines(min(look, answer), answer)


def _same_day(received: datetime, calendar: WorkingCalendar, levels: Levels) -> Deadlines:
    """One working hour to look, and an answer before the day's work ends; late in the day at least the hour is kept."""
    look = calendar.add_working(received, levels.same_day_look)
    start = calendar.next_opening(received)
    closing = calendar.closing(date_in(start, calendar.zone))
    return Deadlines(look, max(look, closing))


def ladder(
    urgency: str, kind: str, received_at: datetime, calendar: WorkingCalendar, levels: Levels = DEFAULTS
) -> tuple[Step, ...]:
    """Every step of the escalation of a message that nobody looks at or answers, in the order of time."""
    deadlines = due(urgency, kind, received_at, calendar, levels)
    look, answer = deadlines.first_look_at, deadlines.answer_by
    if urgency == "emergency":
        first = "on_call_physician" if deadlines.on_call else "triage_lead"
        return (Step(look, first, "unread"), Step(look + levels.emergency_look, "on_call_physician", "unanswered"))
    if urgency == "same_day":
        late = calendar.add_working(received_at, levels.same_day_answer)
        return (Step(look, "triage_lead", "unread"), Step(max(late, look), "triage_lead", "unanswered"))
    if kind == "liaison":
        later = look + levels.liaison_unread
        return (Step(look, "backup_liaison", "unread"), Step(later, "care_manager", "unread"))
    next_day = at_wall(calendar.add_days(date_in(answer, calendar.zone), 1), CUT_OFF, calendar.zone)
    warn = calendar.subtract_working(answer, WARN_BEFORE)
    lead = "pool_lead" if kind == "administrative" else "team_lead"
    steps = [Step(warn, "owner", "due_soon"), Step(answer, lead, "overdue"), Step(next_day, "care_manager", "overdue")]
    unread = "pool_lead" if kind == "administrative" else "cover"
    steps.append(Step(look, unread, "unread"))
    return tuple(sorted(steps, key=lambda step: (step.at, step.why != "due_soon", step.to)))


def next_step(
    urgency: str,
    kind: str,
    received_at: datetime,
    calendar: WorkingCalendar,
    now: datetime,
    *,
    looked: bool = False,
    answered: bool = False,
    levels: Levels = DEFAULTS,
) -> Step | None:
    """The next step still ahead at `now`; none once it is answered. What has been looked at is no longer unread."""
    if answered:
        return None
    steps = ladder(urgency, kind, received_at, calendar, levels)
    return next((s for s in steps if s.at > now and not (looked and s.why == "unread")), None)


def steps_taken(
    urgency: str,
    kind: str,
    received_at: datetime,
    calendar: WorkingCalendar,
    now: datetime,
    *,
    looked: bool = False,
    levels: Levels = DEFAULTS,
) -> tuple[Step, ...]:
    """The steps whose time has come at `now`, for a message not yet answered. Overdue begins at the deadline itself."""
    steps = ladder(urgency, kind, received_at, calendar, levels)
    return tuple(s for s in steps if s.at <= now and not (looked and s.why == "unread"))
