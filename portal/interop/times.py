"""Schedule and Slot (FHIR R4): times of a clinician that the clinic's own system gives or takes away.

A free Slot opens its time beside the weekly hours; a busy one closes it. Each Slot is one piece of one day, known by
its id: sent again it changes that piece, and `entered-in-error` takes it away.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select

from portal.interop import dates, fhir, references
from portal.interop.reasons import Place as Where
from portal.interop.reasons import Refused
from portal.interop.report import ImportReport
from portal.interop.spool import Spool, Spooled, Target
from portal.interop.text import Cut
from portal.models import Place, ScheduleException, WorkingHours
from portal.work.unit_of_work import UnitOfWork

OPEN = frozenset({"free"})
CLOSED = frozenset({"busy", "busy-unavailable", "busy-tentative"})
STEP = 5
MIDNIGHT = 1440


def check(resource: fhir.Resource) -> None:
    """Raises `Refused`: `slot-time` for a slot that does not begin and end at an instant, ends before it begins, or
    is longer than a day; `slot-status` for one that is neither free nor busy.
    """
    if resource.get("status") not in OPEN | CLOSED | {"entered-in-error"}:
        raise Refused("slot-status")
    begin, end = _instant(resource, "start"), _instant(resource, "end")
    if not begin < end <= begin + timedelta(days=1):
        raise Refused("slot-time")


def _instant(resource: fhir.Resource, name: str) -> datetime:
    try:
        found = dates.parse(str(resource.get(name, ""))).instant
    except dates.Impossible as error:
        raise Refused("slot-time") from error
    if found is None:
        raise Refused("slot-time")
    return found


class Times:
    """Stores the slots of one chunk, looking up each schedule and place once."""

    def __init__(self, uow: UnitOfWork, spool: Spool, directory: Any, run_places: dict[int, str]) -> None:
        self._uow = uow
        self._spool = spool
        self._directory = directory
        self._files = run_places
        self._schedules: dict[str, tuple[UUID, Place] | None] = {}

    def store(self, waiting: Spooled, resource: fhir.Resource, report: ImportReport) -> None:
        """Open or close the time of one slot. Where its schedule leads to nobody here, that is remarked."""
        key = (self._spool.namespace + waiting.key)[:255]
        if resource["status"] == "entered-in-error":
            self._uow.change(delete(ScheduleException).where(ScheduleException.source_key == key))
            return
        token = references.of(resource.get("schedule"), waiting.base) or ""
        if token not in self._schedules:
            self._schedules[token] = self._whose(token)
        found = self._schedules[token]
        if found is None:
            report.remark("slot-whose", Where(self._files[waiting.file], waiting.place, waiting.type))
            self._uow.change(delete(ScheduleException).where(ScheduleException.source_key == key))
            return
        who, place = found
        values = piece(resource, ZoneInfo(place.time_zone))
        if values is None:
            report.remark("slot-night", Where(self._files[waiting.file], waiting.place, waiting.type))
            return
        values |= {"practitioner_id": who, "place_id": place.id}
        row = self._uow.session.scalar(select(ScheduleException).where(ScheduleException.source_key == key))
        if row is None:
            row = ScheduleException(source_key=key, made_at=self._uow.now, reason="", **values)
            self._uow.add(row)
        for name, value in values.items():
            setattr(row, name, value)
        self._uow.flush()

    def _whose(self, token: str) -> tuple[UUID, Place] | None:
        """The clinician and the place of a schedule."""
        found: dict[str, Target] = self._directory.resolve({token})
        target = found.get(token)
        if target is None or target.type != "Schedule":
            return None
        schedule = self._directory.original(target.row_id) or self._waiting(target.row_id)
        who: UUID | None = None
        site: Target | None = None
        for actor in fhir.items(schedule, "actor"):
            named = references.of(actor, "")
            led = self._directory.resolve({named}).get(named) if named else None
            if led is None:
                continue
            if led.type == "Practitioner":
                who = led.row_id
            elif led.type == "PractitionerRole":
                who = led.practitioner or who
            elif led.type == "Location":
                site = led
        if who is None:
            return None
        place = self._place(site) if site else self._usual(who)
        return (who, place) if place is not None else None

    def _waiting(self, row_id: UUID) -> dict[str, Any]:
        """The resource as it waits in this input, for a rehearsal, which stores nothing."""
        for chunk in self._spool.chunks("row_id=?", (row_id.bytes,), 1):
            found: dict[str, Any] = json.loads(chunk[0].text)
            return found
        return {}

    def _place(self, site: Target) -> Place | None:
        """The place of a Location: the one it became before, the one of its name, or a new one."""
        key = f"location:{site.row_id}"
        known = self._uow.session.scalar(select(Place).where(Place.source_key == key))
        if known is not None:
            return known
        location = self._directory.original(site.row_id) or self._waiting(site.row_id)
        cut = Cut()
        name = cut.plain(location.get("name"), 200)
        if not name:
            return None
        place = self._uow.session.scalar(select(Place).where(Place.name == name, Place.source_key.is_(None)))
        if place is None:
            address = location.get("address")
            place = Place(
                name=name,
                address=cut.plain(fhir.address({"address": [address]}), 300) if isinstance(address, dict) else None,
                phone=cut.plain(fhir.contact(location, "phone"), 60),
                time_zone=self._uow.settings.zone.key,
            )
            self._uow.add(place)
        place.source_key = key
        self._uow.flush()
        return place

    def _usual(self, practitioner_id: UUID) -> Place | None:
        """Where the clinician works by the weekly hours, else the only place there is."""
        hours = select(WorkingHours.place_id).where(WorkingHours.practitioner_id == practitioner_id).limit(1)
        place_id = self._uow.session.scalar(hours)
        if place_id is not None:
            return self._uow.session.get(Place, place_id)
        places = self._uow.session.scalars(select(Place).where(Place.is_active).limit(2)).all()
        return places[0] if len(places) == 1 else None


def piece(resource: fhir.Resource, zone: ZoneInfo) -> dict[str, Any] | None:
    """The day and the minutes of a slot on the clock of its place, in whole fives: an open one shrinks to them, a
    closed one grows. None where nothing is left, or it goes over midnight.
    """
    begin, end = _instant(resource, "start").astimezone(zone), _instant(resource, "end").astimezone(zone)
    is_open = resource["status"] in OPEN
    first, last = begin.hour * 60 + begin.minute, end.hour * 60 + end.minute
    if end.date() != begin.date():
        if end.date() != begin.date() + timedelta(days=1) or last:
            return None
        last = MIDNIGHT
    if is_open:
        opens, closes = -(-first // STEP) * STEP, last // STEP * STEP
    else:
        opens, closes = first // STEP * STEP, -(-last // STEP) * STEP
    return {"day": begin.date(), "opens": opens, "closes": closes, "is_open": is_open} if opens < closes else None
