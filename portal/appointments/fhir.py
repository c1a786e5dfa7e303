"""Visits and times as FHIR R4 (4.0.1): Appointment, Schedule and Slot, as dicts. Pure.

An Appointment says when, where, with whom and what kind, and how it stands; what the patient wrote for the clinic is
sealed here and is not in it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from portal.appointments import slots

# Our states as those of FHIR's AppointmentStatus; a confirmed visit is booked with a patient who accepted.
STATUS = {
    "confirmed": "booked", "completed": "fulfilled", "kept": "fulfilled", "missed": "noshow", "no_show": "noshow",
    "requested": "proposed", "disrupted": "booked",
}  # fmt: skip
KNOWN = frozenset(
    {
        "proposed", "pending", "booked", "arrived", "fulfilled", "cancelled", "noshow", "entered-in-error",
        "checked-in", "waitlist",
    }
)  # fmt: skip
UID = "urn:ietf:rfc:3986"


def instant(at: datetime) -> str:
    """An instant as FHIR writes it, in UTC."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def reference(kind: str, row_id: UUID, display: str = "") -> dict[str, Any]:
    """A Reference, with words where there are any."""
    return {"reference": f"{kind}/{row_id}", **({"display": display} if display else {})}


def appointment(row: Any, *, practitioner: str = "", place: str = "", kind: str = "") -> dict[str, Any]:
    """An Appointment of a row of `Appointment`. Times are instants; the identifier is the UID of the calendar file."""
    status = STATUS.get(row.status, row.status)
    comes = "declined" if row.status == "cancelled" else "accepted" if row.confirmed_at else "needs-action"
    stands = "declined" if row.status == "cancelled" else "accepted"
    participants: list[dict[str, Any]] = [{"actor": reference("Patient", row.patient_id), "status": comes}]
    if row.practitioner_id is not None:
        who = reference("Practitioner", row.practitioner_id, practitioner)
        participants.append({"actor": who, "status": stands})
    if row.place_id is not None:
        participants.append({"actor": reference("Location", row.place_id, place or row.place or ""), "status": stands})
    found: dict[str, Any] = {
        "resourceType": "Appointment",
        "id": str(row.id),
        "identifier": [{"system": UID, "value": f"urn:uuid:{row.id}"}],
        "status": status if status in KNOWN else "booked",
        "description": kind or row.kind,
        "start": instant(row.starts_at),
        "end": instant(row.starts_at + timedelta(minutes=row.minutes)),
        "minutesDuration": row.minutes,
        "participant": participants,
    }
    if row.is_video:
        coding = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "VR", "display": "virtual"}
        found["serviceType"] = [{"coding": [coding]}]
    if row.instructions:
        found["patientInstruction"] = row.instructions
    if row.booked_at is not None:
        found["created"] = instant(row.booked_at)
    return found


def schedule(
    schedule_id: str, practitioner: tuple[UUID, str], place: tuple[UUID, str], begin: datetime, end: datetime
) -> dict[str, Any]:
    """The Schedule of a clinician at a place between two instants."""
    actors = [reference("Practitioner", *practitioner), reference("Location", *place)]
    horizon = {"start": instant(begin), "end": instant(end)}
    return {
        "resourceType": "Schedule", "id": schedule_id, "active": True, "actor": actors, "planningHorizon": horizon,
    }  # fmt: skip


def pieces(begin: datetime, end: datetime, taken: set[int]) -> list[tuple[datetime, datetime, bool]]:
    """A stretch cut where it changes between free and taken: (from, until, is it free)."""
    found: list[tuple[datetime, datetime, bool]] = []
    for cell in range(slots.cell_of(begin), slots.cell_of(end - timedelta(microseconds=1)) + 1):
        is_free, first = cell not in taken, slots.instant_of(cell)
        if found and found[-1][2] == is_free:
            found[-1] = (found[-1][0], first + slots.STEP, is_free)
        else:
            found.append((first, first + slots.STEP, is_free))
    return found


def slot(schedule_id: str, begin: datetime, end: datetime, *, is_free: bool) -> dict[str, Any]:
    """A Slot of a schedule. Its id is that of its schedule and its start: asked for again, it is the same."""
    return {
        "resourceType": "Slot",
        "id": f"{schedule_id}.{int(begin.timestamp()):x}"[:64],
        "schedule": {"reference": f"Schedule/{schedule_id}"},
        "status": "free" if is_free else "busy",
        "start": instant(begin),
        "end": instant(end),
    }
