"""What the patient, or who helps them, says about the list: it counts at once, and a clinician looks at it (MED-1)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from portal.infra.errors import Conflict
from portal.medicines import terminology
from portal.models import Medication, MedicineReport, MedicineStamp
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

ADDED = ("add", "missing")
ABOUT = ("not_taking", "differently")


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody says. Texts are as typed; `medication_id` names the line where it is about one."""

    person_id: UUID
    kind: str
    once: UUID
    name: str = ""
    sort: str = "other"
    strength: str = ""
    amount: str = ""
    code: str = ""
    how: str = ""
    purpose: str = ""
    prescriber: str = ""
    since: str = ""
    medication_id: UUID | None = None
    is_private: bool = False

    def words(self) -> dict[str, str]:
        """What is kept, sealed; nothing empty."""
        fields = ("name", "strength", "amount", "code", "how", "purpose", "prescriber", "since")
        return {field: value for field in fields if (value := getattr(self, field))}


def report(uow: UnitOfWork, told: Told) -> UUID:
    """Put it on the list as reported; sent twice it is one. Returns its id.

    Something new about a line takes the place of what the same person said about it before. Raises `NotFound` and
    `NotAllowed`; `Conflict("sent-before")` where the same form said something else.
    """
    line = None
    if told.medication_id is not None:
        line = uow.load(Action.MEDICINE_REPORT_CREATE, Medication, told.medication_id, within=told.person_id)
    else:
        uow.require(Action.MEDICINE_REPORT_CREATE, patient=told.person_id)
    before = _sent_before(uow, told)
    if before is not None:
        return before
    is_own = uow.actor.person_id == told.person_id
    row = MedicineReport(
        patient_id=told.person_id,
        kind=told.kind,
        sort=told.sort if line is None else "prescription",
        medication_id=told.medication_id,
        words=b"",
        sensitivity=line.sensitivity if line else terminology.sensitivity_of(told.name, told.purpose),
        is_private=told.is_private and is_own,
        account_id=uow.actor.account_id,
        made_at=uow.now,
        once=told.once,
    )
    text = json.dumps(told.words(), ensure_ascii=False, sort_keys=True)
    row.words = uow.seal(told.person_id, "medicine_report.words", row.id, text)
    if line is not None:
        _take_back(uow, told.person_id, line.id)
    uow.add(row)
    uow.audit(Action.MEDICINE_REPORT_CREATE, row)
    uow.flush()
    return row.id


def _sent_before(uow: UnitOfWork, told: Told) -> UUID | None:
    statement = uow.select(Action.MEDICINE_REPORT_READ, MedicineReport, within=told.person_id)
    statement = statement.where(MedicineReport.account_id == uow.actor.account_id, MedicineReport.once == told.once)
    found: Any = next(iter(uow.scalars(statement)), None)
    if found is None:
        return None
    said = json.loads(uow.unseal(told.person_id, "medicine_report.words", found.id, found.words))
    if said == told.words() and found.kind == told.kind:
        return found.id
    raise Conflict("sent-before")


def _take_back(uow: UnitOfWork, person_id: UUID, medication_id: UUID) -> None:
    """What this account said about the line before, and nobody looked at, gives way."""
    statement = uow.select(Action.MEDICINE_REPORT_READ, MedicineReport, within=person_id).where(
        MedicineReport.medication_id == medication_id,
        MedicineReport.account_id == uow.actor.account_id,
        MedicineReport.state == "waiting",
    )
    for row in uow.scalars(statement):
        row.state, row.decided_at, row.decided_by_id = "withdrawn", uow.now, uow.actor.account_id
        uow.audit(Action.MEDICINE_REPORT_WITHDRAW, row, reason="replaced")


def withdraw(uow: UnitOfWork, person_id: UUID, report_id: UUID) -> None:
    """Take back what one said, as long as nobody decided. Raises `NotFound`, `Conflict("decided")`."""
    row = uow.load(Action.MEDICINE_REPORT_WITHDRAW, MedicineReport, report_id, within=person_id)
    if row.state == "withdrawn":
        return
    if row.state != "waiting":
        raise Conflict("decided")
    row.state, row.decided_at, row.decided_by_id = "withdrawn", uow.now, uow.actor.account_id
    uow.audit(Action.MEDICINE_REPORT_WITHDRAW, row)


def confirm(uow: UnitOfWork, person_id: UUID, once: UUID, *, is_none: bool = False) -> None:
    """The patient, or who helps them, says that the list is right today; twice the same day is once.

    `is_none` says that no medicines are taken: only the patient may say so, as others may not see all.
    """
    uow.require(Action.MEDICINE_LIST_CONFIRM, patient=person_id)
    is_own = uow.actor.person_id == person_id
    statement = uow.select(Action.MEDICINE_STAMP_READ, MedicineStamp, MedicineStamp.id, within=person_id)
    if uow.first(statement.where(MedicineStamp.account_id == uow.actor.account_id, MedicineStamp.once == once)):
        return
    row = MedicineStamp(
        patient_id=person_id,
        kind="confirmed",
        sources=["patient" if is_own else "caregiver"],
        is_none=is_none and is_own,
        account_id=uow.actor.account_id,
        made_at=uow.now,
        once=once,
    )
    uow.add(row)
    uow.audit(Action.MEDICINE_LIST_CONFIRM, row)
