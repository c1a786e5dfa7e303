"""Setting the schedule up: working hours with their exceptions, and the kinds of visits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from portal.infra.dates import date_in
from portal.infra.errors import Conflict, Invalid, NotAllowed
from portal.models import Place, Practitioner, ScheduleException, VisitType, WorkingHours
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

READ, UPDATE = Action.SCHEDULE_SETUP_READ, Action.SCHEDULE_SETUP_UPDATE
MOST = 400


@dataclass(frozen=True, slots=True)
class NewHours:
    """Hours of every week. Times are minutes after midnight on the clock of the place."""

    practitioner_id: UUID
    place_id: UUID
    weekday: int
    opens: int
    closes: int
    starts_on: date
    mode: str = "both"
    types: tuple[UUID, ...] = ()  # the kinds of visits taken then; none is all


@dataclass(frozen=True, slots=True)
class NewException:
    """One day unlike the template; without a practitioner it is for everybody at the place."""

    practitioner_id: UUID | None
    place_id: UUID | None
    day: date
    opens: int
    closes: int
    is_open: bool
    reason: str


def may(uow: UnitOfWork) -> bool:
    """Whether the actor sets up anything at all."""
    return bool(people(uow))


def people(uow: UnitOfWork) -> Sequence[Any]:
    """Whose hours the actor may set, by name."""
    statement = uow.select(UPDATE, Practitioner, Practitioner.id, Practitioner.name)
    clinical = Practitioner.role.in_(("pcp", "specialist", "nurse", "care_manager", "pharmacist"))
    return uow.rows(statement.where(Practitioner.is_active, clinical).order_by(Practitioner.sort_name).limit(MOST))


def hours(uow: UnitOfWork, today: date) -> Sequence[Any]:
    """Working hours that hold or will, by clinician and day."""
    statement = (
        uow.select(
            READ, WorkingHours, WorkingHours.id, WorkingHours.weekday, WorkingHours.opens, WorkingHours.closes,
            WorkingHours.starts_on, WorkingHours.ends_on, WorkingHours.types, Practitioner.name,
            Place.name.label("place"), Place.time_zone,
        )
        .join(Practitioner, Practitioner.id == WorkingHours.practitioner_id)
        .join(Place, Place.id == WorkingHours.place_id)
        .where(or_(WorkingHours.ends_on.is_(None), WorkingHours.ends_on >= today))
        .order_by(Practitioner.sort_name, Practitioner.id, WorkingHours.weekday, WorkingHours.opens)
        .limit(MOST)
    )  # fmt: skip
    return uow.rows(statement)


def exceptions(uow: UnitOfWork, today: date) -> Sequence[Any]:
    """Days unlike the template, from today on."""
    statement = (
        uow.select(
            READ, ScheduleException, ScheduleException.id, ScheduleException.day, ScheduleException.opens,
            ScheduleException.closes, ScheduleException.is_open, ScheduleException.reason, Practitioner.name,
            Place.name.label("place"),
        )
        .outerjoin(Practitioner, Practitioner.id == ScheduleException.practitioner_id)
        .outerjoin(Place, Place.id == ScheduleException.place_id)
        .where(ScheduleException.day >= today)
        .order_by(ScheduleException.day, ScheduleException.opens, ScheduleException.id)
        .limit(MOST)
    )  # fmt: skip
    return uow.rows(statement)


def add_hours(uow: UnitOfWork, new: NewHours) -> WorkingHours:
    """Add weekly hours. Raises `Invalid` for a time that ends before it begins, `Conflict("overlap")` where the
    clinician works on that weekday at that time already, wherever.
    """
    uow.load(UPDATE, Practitioner, new.practitioner_id)
    if not 0 <= new.opens < new.closes <= 1440 or new.opens % 5 or new.closes % 5 or not 0 <= new.weekday <= 6:
        raise Invalid("closes")
    if uow.session.get(Place, new.place_id) is None:
        raise Invalid("place")
    known = uow.scalars(select(VisitType.id).where(VisitType.id.in_(new.types), VisitType.is_active))
    if len(known) != len(set(new.types)):
        raise Invalid("types")
    shared = select(WorkingHours.id).where(
        WorkingHours.practitioner_id == new.practitioner_id,
        WorkingHours.weekday == new.weekday,
        WorkingHours.opens < new.closes,
        WorkingHours.closes > new.opens,
        or_(WorkingHours.ends_on.is_(None), WorkingHours.ends_on >= new.starts_on),
    )
    if uow.first(shared) is not None:
        raise Conflict("overlap")
    row = WorkingHours(
        practitioner_id=new.practitioner_id,
        place_id=new.place_id,
        weekday=new.weekday,
        opens=new.opens,
        closes=new.closes,
        starts_on=new.starts_on,
        mode=new.mode,
        types=sorted(str(one) for one in known),
    )
    uow.add(row)
    uow.audit(UPDATE, row, reason="hours")
    return row


def end_hours(uow: UnitOfWork, hours_id: UUID) -> None:
    """From tomorrow on these hours hold no more. Visits that are booked stay booked."""
    row = uow.load(UPDATE, WorkingHours, hours_id)
    today = date_in(uow.now, uow.settings.zone)
    if row.starts_on > today:
        uow.session.delete(row)
    else:
        row.ends_on = today
    uow.audit(UPDATE, row, reason="ended")


def add_exception(uow: UnitOfWork, new: NewException) -> ScheduleException:
    """Close or open a piece of one day. Whoever sets up all may do it for everybody; a clinician for themselves.

    Raises `Invalid` for a time that ends before it begins, and for hours that open for nobody or nowhere.
    """
    if not 0 <= new.opens < new.closes <= 1440:
        raise Invalid("closes")
    if new.is_open and (new.practitioner_id is None or new.place_id is None):
        raise Invalid("who")
    if new.practitioner_id is not None:
        uow.load(UPDATE, Practitioner, new.practitioner_id)
    elif uow.first(uow.select(UPDATE, VisitType, VisitType.id).limit(1)) is None:
        raise NotAllowed(action=UPDATE)
    row = ScheduleException(
        practitioner_id=new.practitioner_id,
        place_id=new.place_id,
        day=new.day,
        opens=new.opens,
        closes=new.closes,
        is_open=new.is_open,
        reason=new.reason,
        made_by_id=uow.actor.account_id,
        made_at=uow.now,
    )
    uow.add(row)
    uow.audit(UPDATE, row, reason="exception")
    return row


def drop_exception(uow: UnitOfWork, exception_id: UUID) -> None:
    """The day is like its template again."""
    row = uow.load(UPDATE, ScheduleException, exception_id)
    uow.session.delete(row)
    uow.audit(UPDATE, row, reason="dropped")


def kinds(uow: UnitOfWork) -> Sequence[Any]:
    """All kinds of visits the actor may set up."""
    return uow.scalars(uow.select(READ, VisitType).order_by(VisitType.name_en, VisitType.id).limit(MOST))


def save_kind(uow: UnitOfWork, kind_id: UUID | None, values: dict[str, Any]) -> VisitType:
    """Change a kind of visit, or add one. It applies to what is booked from now on.

    Raises `Conflict("version-conflict")` when a colleague changed it meanwhile.
    """
    version = values.pop("version", None)
    if kind_id is None:
        if uow.first(uow.select(UPDATE, VisitType, VisitType.id).limit(1)) is None and not uow.actor.is_admin:
            raise NotAllowed(action=UPDATE)
        kind = VisitType(key=f"kind-{uow.now:%Y%m%d%H%M%S%f}", forms=[], **values)
        uow.add(kind)
    else:
        kind = uow.load(UPDATE, VisitType, kind_id)
        if version is not None and kind.version != version:
            raise Conflict("version-conflict")
        for name, value in values.items():
            setattr(kind, name, value)
    uow.audit(UPDATE, kind, reason="kind")
    uow.flush()
    return kind


def tomorrow(uow: UnitOfWork) -> date:
    return date_in(uow.now, uow.settings.zone) + timedelta(days=1)
