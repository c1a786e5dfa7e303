"""`portal export schedule`: the clinic's times and visits as FHIR R4, one resource a line (NDJSON).

Memory holds one day of one clinician, whatever the length of the calendar.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from portal.appointments import claims, fhir, schedule, slots
from portal.infra.dates import at_wall
from portal.models import Appointment, Place, Practitioner
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork

ACTOR: Final = Actor.system("interop.export_schedule")
AT_ONCE = 500
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which days, both included, on the clock of each place."""

    first: date
    last: date


def resources(services: Services, wanted: Wanted) -> Iterator[dict[str, Any]]:
    """Location and Schedule first, then Slot, then Appointment (of those days, cancelled ones too)."""
    with UnitOfWork.open(services, ACTOR, write=False) as uow:
        known = schedule.ground(uow, wanted.first, wanted.last)
        for place in sorted(known.places.values(), key=lambda one: one.id):
            yield _location(place)
        pairs = sorted(pair for pair in known.hours if pair[0] in known.practitioners)
        for who, place_id in pairs:
            place, person = known.places[place_id], known.practitioners[who]
            zone = ZoneInfo(place.time_zone)
            begin, end = (at_wall(day, time(0), zone) for day in (wanted.first, wanted.last + DAY))
            yield fhir.schedule(_id(who, place_id), (who, person.name), (place_id, place.name), begin, end)
        for who, place_id in pairs:
            yield from _slots(uow, known, (who, place_id), wanted)
        yield from _visits(uow, wanted)


def _id(who: UUID, place_id: UUID) -> str:
    """One id for a clinician at a place, the same at every export."""
    return blake2b(who.bytes + place_id.bytes, digest_size=16).hexdigest()


def _location(place: Place) -> dict[str, Any]:
    found: dict[str, Any] = {"resourceType": "Location", "id": str(place.id), "status": "active", "name": place.name}
    if place.phone:
        found["telecom"] = [{"system": "phone", "value": place.phone}]
    if place.address:
        found["address"] = {"text": place.address}
    return found


def _slots(
    uow: UnitOfWork, known: schedule.Ground, pair: tuple[UUID, UUID], wanted: Wanted
) -> Iterator[dict[str, Any]]:
    who, place_id = pair
    zone, key = ZoneInfo(known.places[place_id].time_zone), _id(who, place_id)
    begin, end = (at_wall(day, time(0), zone) for day in (wanted.first, wanted.last + DAY))
    taken = claims.taken_by(uow, [who], begin, end)[who]
    for offset in range((wanted.last - wanted.first).days + 1):
        day = wanted.first + DAY * offset
        done = begin
        for part in known.stretches(who, place_id, day):
            opens_at, closes_at = slots.span(day, part.opens, part.closes, zone)
            opens_at = max(opens_at, done)  # hours that overlap are given once
            if opens_at >= closes_at:
                continue
            for first, last, is_free in fhir.pieces(opens_at, closes_at, taken):
                yield fhir.slot(key, first, last, is_free=is_free)
            done = closes_at


def _visits(uow: UnitOfWork, wanted: Wanted) -> Iterator[dict[str, Any]]:
    zone = uow.settings.zone
    begin, end = (at_wall(day, time(0), zone) for day in (wanted.first, wanted.last + DAY))
    row = Appointment
    last: tuple[Any, Any] | None = None
    while True:
        statement = (
            uow.select(Action.APPOINTMENT_READ, row, row, Practitioner.name)
            .outerjoin(Practitioner, Practitioner.id == row.practitioner_id)
            .where(row.starts_at >= begin, row.starts_at < end, row.status != "waitlist")
            .order_by(row.starts_at, row.id)
            .limit(AT_ONCE)
        )
        if last is not None:
            statement = statement.where((row.starts_at > last[0]) | ((row.starts_at == last[0]) & (row.id > last[1])))
        rows = uow.rows(statement)
        for visit, name in (tuple(row) for row in rows):
            uow.seen(Action.APPOINTMENT_READ, visit.patient_id)
            yield fhir.appointment(visit, practitioner=name or "")
        if len(rows) < AT_ONCE:
            return
        last = (rows[-1][0].starts_at, rows[-1][0].id)
        uow.session.expunge_all()
