"""Medicines as the list of medicines knows them, and the smaller parts of the record, all in one statement."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import String, cast, literal, null, union_all

from portal.binder.reach import Reach
from portal.medicines import marks
from portal.medicines import service as medicines
from portal.medicines.listing import Line, Stamp
from portal.models import AdvanceDirective, Coverage, Device, EmergencyContact, FamilyHistory, Medication, RecordCheck
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

WRONG = ("entered-in-error", "refuted")
MOST = 200


@dataclass(frozen=True, slots=True)
class Medicine:
    """One medicine: of the record, or reported and not yet confirmed."""

    id: UUID
    name: str
    code: str | None
    code_system: str | None
    status: str
    kind: str  # prescribed, reported
    sig: str
    how: str
    purpose: str
    prescriber: str
    happened: str
    happened_on: date | None
    ended: str
    taking: str
    said: str  # what was said about it, and is not yet confirmed
    is_over: bool

    @classmethod
    def of(cls, line: Line, code: Any, *, is_over: bool) -> Medicine:
        is_reported = line.is_reported or (code is not None and code.kind == "reported")
        return cls(
            line.id,
            line.name,
            code.code if code is not None else None,
            code.code_system if code is not None else None,
            line.status,
            "reported" if is_reported else "prescribed",
            line.written,
            line.how,
            line.purpose,
            line.prescriber,
            line.since,
            line.since_on,
            line.ended,
            line.taking,
            "" if line.is_reported else marks.mark_words(line),
            is_over,
        )


@dataclass(frozen=True)
class Listing:
    """The medicines that go along, and who stood by the list last."""

    rows: tuple[Medicine, ...]
    stamp: Stamp | None
    says_none: bool


def read_medicines(uow: UnitOfWork, person_id: UUID, reach: Reach) -> Sequence[Any]:
    """One `Listing`: those taken now by name, then those that ended in the last twelve months."""
    listed = medicines.current(uow, person_id)
    statement = uow.select(
        Action.RECORD_MEDICATION_READ,
        Medication,
        Medication.id,
        Medication.code,
        Medication.code_system,
        Medication.kind,
        within=person_id,
    )
    codes = {row.id: row for row in uow.rows(statement.where(Medication.status.notin_(WRONG)).limit(500))}

    def goes(line: Line) -> bool:
        is_open = line.sensitivity is None or reach.with_sensitive
        return is_open and (reach.with_private or not line.is_private)

    now = [Medicine.of(line, codes.get(line.id), is_over=False) for line in listed.lines if goes(line)]
    over = [Medicine.of(line, codes.get(line.id), is_over=True) for line in listed.stopped if goes(line)]
    return [Listing((*now, *over), listed.last_stamp, listed.says_none)]


@dataclass(frozen=True, slots=True)
class Small:
    """A line of one of the smaller parts: `said` are its words in order, `conditions` those of a relative."""

    part: str
    id: UUID
    name: str
    code: str | None
    code_system: str | None
    status: str
    happened: str | None
    happened_on: date | None
    said: tuple[str, ...]
    conditions: tuple[dict[str, Any], ...] = ()


# Part, action, model, up to three columns of words, and a column of JSON.
SMALL: tuple[tuple[str, Action, Any, tuple[str, ...], str], ...] = (
    ("contacts", Action.RECORD_CONTACT_READ, EmergencyContact, ("relation", "phone", "address"), ""),
    ("directives", Action.RECORD_DIRECTIVE_READ, AdvanceDirective, ("decision", "agent", "ended"), ""),
    ("coverage", Action.RECORD_COVERAGE_READ, Coverage, ("payer", "member_number", "group_number"), ""),
    ("devices", Action.RECORD_DEVICE_READ, Device, ("maker", "model", "identifier"), ""),
    ("family", Action.RECORD_FAMILY_HISTORY_READ, FamilyHistory, ("deceased",), "conditions"),
)
NOT_NOW = ("inactive", "draft", "rejected", "cancelled", "completed", "proposed")


def read_small(uow: UnitOfWork, person_id: UUID, reach: Reach) -> Sequence[Any]:
    """All lines of the smaller parts that hold now; one statement."""
    selects = []
    tables = set()
    for part, action, model, said, extra in SMALL:
        columns = [getattr(model, name) for name in said]
        columns += [cast(null(), String)] * (3 - len(columns))
        statement = uow.select(
            action,
            model,
            literal(part).label("part"),
            model.id,
            model.name,
            model.code,
            model.code_system,
            model.status,
            model.happened,
            model.happened_on,
            *(column.label(label) for column, label in zip(columns, ("one", "two", "three"), strict=True)),
            (cast(getattr(model, extra), String) if extra else cast(null(), String)).label("extra"),
            within=person_id,
        ).where(model.status.notin_((*WRONG, *(NOT_NOW if part != "family" else ()))))
        if not reach.with_sensitive:
            statement = statement.where(model.sensitivity.is_(None))
        selects.append(statement.order_by(None))
        tables.add(model.__tablename__)
    whole = union_all(*selects).execution_options(scoped=frozenset(tables))
    rows = sorted(uow.rows(whole), key=lambda row: (row.part, row.name, str(row.id)))[: MOST * len(SMALL)]
    return [
        Small(
            row.part,
            row.id,
            row.name,
            row.code,
            row.code_system,
            row.status,
            row.happened,
            row.happened_on,
            tuple(each for each in (row.one, row.two, row.three) if each),
            tuple(one for one in json.loads(row.extra) if isinstance(one, dict)) if row.extra else (),
        )
        for row in rows
    ]


CHECKED = {"allergies": "allergies", "conditions": "problems", "contacts": "contacts"}


def read_checks(uow: UnitOfWork, person_id: UUID, reach: Reach) -> Sequence[Any]:
    """When somebody last said elsewhere in the portal that a list is still right: (section, instant)."""
    statement = uow.select(
        Action.RECORD_CHECK_READ, RecordCheck, RecordCheck.part, RecordCheck.checked_at, within=person_id
    ).where(RecordCheck.part.in_(CHECKED))
    rows = uow.rows(statement.order_by(RecordCheck.checked_at.desc()).limit(60))
    found: dict[str, Any] = {}
    for row in rows:
        found.setdefault(CHECKED[row.part], row.checked_at)
    return list(found.items())
