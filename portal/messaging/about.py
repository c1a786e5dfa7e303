"""The record a question is about, as far as the reader may see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from portal.infra.errors import NotFound
from portal.infra.i18n import reader_language
from portal.models import Appointment, Medication, Referral, Report, Result
from portal.policy.actions import Action
from portal.results.explanations import plain_name
from portal.work.unit_of_work import UnitOfWork

KINDS: dict[str, tuple[Action, Any, Any, Any]] = {
    "result": (Action.RESULT_READ, Result, Result.name, Result.effective_at),
    "report": (Action.RESULT_READ, Report, Report.name, Report.effective_at),
    "medication": (Action.RECORD_MEDICATION_READ, Medication, Medication.name, Medication.happened_on),
    "appointment": (Action.APPOINTMENT_READ, Appointment, Appointment.kind, Appointment.starts_at),
    "referral": (Action.RECORD_REFERRAL_READ, Referral, Referral.name, Referral.happened_on),
}
CODED = ("result", "report")


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the record: its kind, id, name and day."""

    kind: str
    id: UUID
    name: str
    day: date | datetime | None

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.id}"


def find(uow: UnitOfWork, person_id: UUID, kind: str | None, record_id: UUID | None) -> Record | None:
    """The record, if the actor may see it now; else nothing, whatever the reason."""
    if kind not in KINDS or record_id is None:
        return None
    row = uow.prepared(_found, kind, within=person_id, row=record_id).first()
    if row is None:
        return None
    has_code = kind in CODED
    return Record(kind, record_id, plain_name(row[2], row[0], reader_language()) if has_code else row[0], row[1])


def _found(uow: UnitOfWork, kind: str, *, within: Any, row: Any) -> Any:
    action, model, name, day = KINDS[kind]
    code = (model.code,) if kind in CODED else ()
    return uow.select(action, model, name, day, *code, within=within).where(model.id == row)


def may_open(uow: UnitOfWork, person_id: UUID) -> list[str]:
    """The kinds of record that the actor may look at."""
    return [kind for kind, (action, *_rest) in KINDS.items() if uow.may(action, patient=person_id)]


def require(uow: UnitOfWork, person_id: UUID, kind: str | None, record_id: UUID | None) -> Record | None:
    """The same for a question that starts from a record. Raises `NotFound` when it is not theirs to see."""
    if kind is None or record_id is None:
        return None
    found = find(uow, person_id, kind, record_id)
    if found is None:
        raise NotFound()
    return found


def of_key(uow: UnitOfWork, person_id: UUID, key: str | None) -> Record | None:
    """The record behind a key such as `result:<id>`, as far as the actor may see it."""
    kind, _, record_id = (key or "").partition(":")
    try:
        return find(uow, person_id, kind, UUID(record_id))
    except ValueError:
        return None
