"""Whether doses were taken: for the patient, and for those who keep the list with them. The clinic never sees it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from portal.infra.dates import date_in
from portal.infra.errors import Invalid, NotFound
from portal.medicines.listing import Line, Listed
from portal.medicines.sig import SLOTS
from portal.models import MedicineCheckIn
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

DAYS = 7
STATES = ("taken", "missed")


def slots_of(line: Line) -> tuple[str, ...]:
    """When it is taken: times of day, `needed`, or `other` for days and times that are no part of a day."""
    if line.doses.is_as_needed:
        return ("needed",)
    return line.doses.slots or ("other",)


def by_slot(listed: Listed) -> dict[str, list[Line]]:
    """The day: what is taken in the morning, at noon, in the evening, at bedtime, and when needed."""
    found: dict[str, list[Line]] = {slot: [] for slot in (*SLOTS, "needed", "other")}
    for line in listed.lines:
        if line.status in ("active", "unknown") and line.taking != "no":
            for slot in slots_of(line):
                found[slot].append(line)
    return found


def check_ins(uow: UnitOfWork, person_id: UUID, since: date) -> Sequence[Any]:
    """What was noted since that day, as far as the reader may see it."""
    statement = uow.select(
        Action.MEDICINE_CHECK_IN_READ,
        MedicineCheckIn,
        MedicineCheckIn.line_key,
        MedicineCheckIn.taken_on,
        MedicineCheckIn.slot,
        MedicineCheckIn.state,
        within=person_id,
    ).where(MedicineCheckIn.taken_on >= since)
    return uow.rows(statement.order_by(MedicineCheckIn.taken_on.desc(), MedicineCheckIn.id).limit(500))


def note(uow: UnitOfWork, person_id: UUID, listed: Listed, line_id: UUID, slot: str, state: str) -> None:
    """Note that a dose of today was taken or missed; the last word counts.

    Raises `NotFound` for a line that is not on the list the actor sees, `Invalid("slot")` for a time it is not taken.
    """
    uow.require(Action.MEDICINE_CHECK_IN_UPDATE, patient=person_id)
    line = next((one for one in listed.lines if one.id == line_id), None)
    if line is None:
        raise NotFound()
    if slot not in slots_of(line) or slot in ("needed", "other") or state not in STATES:
        raise Invalid("slot")
    today = date_in(uow.now, uow.settings.zone)
    statement = uow.select(Action.MEDICINE_CHECK_IN_UPDATE, MedicineCheckIn, within=person_id).where(
        MedicineCheckIn.line_key == line_id, MedicineCheckIn.taken_on == today, MedicineCheckIn.slot == slot
    )
    row = next(iter(uow.scalars(statement)), None)
    if row is None:
        row = MedicineCheckIn(
            patient_id=person_id,
            line_key=line_id,
            sensitivity=line.sensitivity,
            is_private=line.is_private,
            taken_on=today,
            slot=slot,
            state=state,
            account_id=uow.actor.account_id,
            made_at=uow.now,
        )
        uow.add(row)
    row.state, row.account_id, row.made_at = state, uow.actor.account_id, uow.now
    uow.audit(Action.MEDICINE_CHECK_IN_UPDATE, row)
    uow.flush()


def week_of(today: date) -> list[date]:
    """The last seven days, today last."""
    return [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
