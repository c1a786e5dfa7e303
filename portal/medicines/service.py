"""Reading the list of medicines: the record's lines, what people say about them, and who stands by it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case, or_

from portal.infra.dates import date_in
from portal.medicines import sig, words
from portal.medicines.checks import AllergyFact, Entry, Flag, check
from portal.medicines.listing import STOPPED_DAYS, TAKEN, Line, Listed, Renewal, Report, Stamp, sort_of
from portal.medicines.sig import Taking
from portal.medicines.terminology import understand
from portal.models import (
    Account,
    Allergy,
    Medication,
    MedicineRenewal,
    MedicineReport,
    MedicineStamp,
    Practitioner,
)
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

WRONG = ("entered-in-error", "refuted", "draft", "cancelled")
MOST = 200
ADDED = ("add", "missing")


def current(uow: UnitOfWork, person_id: UUID) -> Listed:
    """The whole list under the reader's own rules. Four statements, whatever its size; raises nothing."""
    today = date_in(uow.now, uow.settings.zone)
    told = reports(uow, person_id)
    asked = renewals(uow, person_id)
    groups = _by_name(medicines(uow, person_id))
    lines: list[Line] = []
    over: list[Line] = []
    for rows in groups:
        line = _line(rows, told, asked)
        (lines if line.status in TAKEN else over).append(line)
    known = {row.id for rows in groups for row in rows}
    lines += [
        _reported(one) for one in told if one.kind in ADDED and one.state == "waiting" and one.line_id not in known
    ]
    verified, confirmed = _newest(_stamps(uow, person_id))
    since = today - timedelta(days=STOPPED_DAYS)
    stopped = [line for line in over if (_ended_on(line) or date.min) >= since]
    return Listed(
        person_id=person_id,
        lines=tuple(sorted(lines, key=lambda line: line.name.lower())),
        stopped=tuple(stopped),
        earlier=tuple(line for line in over if line not in stopped),
        reports=tuple(told),
        verified=verified,
        confirmed=confirmed,
        is_partial=not uow.actor.is_staff and uow.actor.person_id != person_id,
        today=today,
        changed_at=max((*(one.made_at for one in told), *_recorded(groups)), default=None),
    )


def _recorded(groups: list[list[Any]]) -> list[datetime]:
    return [row.recorded_at for rows in groups for row in rows if row.recorded_at is not None]


def taken_now(uow: UnitOfWork, person_id: UUID) -> list[Any]:
    """The record's medicines that are taken now, by name, each name once: the newest order of it."""
    newest = [rows[0] for rows in _by_name(medicines(uow, person_id)) if rows[0].status in TAKEN]
    return sorted(newest, key=lambda row: row.name.lower())


def medicines(uow: UnitOfWork, person_id: UUID) -> Sequence[Any]:
    """The record's own rows, those taken now first, then the newest; what nobody stands by is left out.

    However many were stopped, none of those taken is cut off by them.
    """
    statement = (
        uow.select(
            Action.RECORD_MEDICATION_READ,
            Medication,
            Medication.id,
            Medication.name,
            Medication.sig,
            Medication.purpose,
            Medication.status,
            Medication.kind,
            Medication.happened,
            Medication.happened_on,
            Medication.ended,
            Medication.recorded_at,
            Medication.sensitivity,
            Practitioner.name.label("prescriber"),
            within=person_id,
        )
        .outerjoin(Practitioner, Practitioner.id == Medication.prescriber_id)
        .where(Medication.status.notin_(WRONG))
        .order_by(
            case((Medication.status.in_(TAKEN), 0), else_=1),
            Medication.happened_on.desc(),
            Medication.name,
            Medication.id,
        )
        .limit(MOST)
    )
    return uow.rows(statement)


def _by_name(rows: Sequence[Any]) -> list[list[Any]]:
    """Orders of the same name are one line: the newest that is taken speaks for them, else the newest of all."""
    groups: dict[str, list[Any]] = {}
    for row in rows:
        groups.setdefault(" ".join(row.name.lower().split()), []).append(row)
    return [sorted(each, key=lambda row: row.status not in TAKEN) for each in groups.values()]


def _line(rows: list[Any], told: list[Report], asked: dict[UUID, Renewal]) -> Line:
    row, ids = rows[0], {each.id for each in rows}
    said = next((one for one in told if one.medication_id in ids and one.state in ("waiting", "accepted")), None)
    became = next((one for one in told if one.line_id in ids and one.kind in ADDED), None)
    taking = {"not_taking": "no", "differently": "differently"}.get(said.kind, "yes") if said else "yes"
    doses = sig.read(row.sig)
    if said is not None and taking == "differently":
        doses = taken(said.words) if taken(said.words).code else doses
    renewal = max((asked[each] for each in ids if each in asked), key=lambda one: one.asked_at, default=None)
    return Line(
        id=row.id,
        medication_id=row.id,
        name=row.name,
        how=words.taking_words(sig.read(row.sig)) or row.sig or "",
        written=row.sig or "",
        purpose=row.purpose or "",
        prescriber=row.prescriber or (became.words.get("prescriber", "") if became else ""),
        since=row.happened or "",
        since_on=row.happened_on,
        status=row.status,
        sort=became.sort if became else sort_of(row.name, row.kind),
        is_reported=False,
        taking=taking,
        taking_words=how_of(said.words) if said and taking == "differently" else "",
        sensitivity=row.sensitivity,
        ended=row.ended or "",
        doses=doses,
        report=said or became,
        renewal=renewal,
        is_private=bool(became and became.is_private),
    )


def _reported(one: Report) -> Line:
    name = " ".join(part for part in (one.words.get("name", ""), one.words.get("strength", "")) if part)
    return Line(
        id=one.id,
        medication_id=None,
        name=name,
        how=how_of(one.words),
        written="",
        purpose=one.words.get("purpose", ""),
        prescriber=one.words.get("prescriber", ""),
        since=one.words.get("since", ""),
        since_on=None,
        status="active",
        sort=one.sort,
        is_reported=True,
        taking="yes",
        taking_words="",
        sensitivity=one.sensitivity,
        ended="",
        doses=taken(one.words),
        report=one,
        is_private=one.is_private,
    )


def taken(said: dict[str, str]) -> Taking:
    """What somebody typed about how they take it, as far as it is understood."""
    read = sig.read(f"{said.get('amount', '')} {said.get('how', '')}")
    code = said.get("code", "")
    if not code:
        return read
    is_needed = code == "PRN" or read.is_as_needed
    reason = read.reason or (said.get("purpose", "") if is_needed else "")
    times = sig.frequencies().get(code)
    return replace(read, code=code, times_per_day=times, is_as_needed=is_needed, reason=reason)


def how_of(said: dict[str, str]) -> str:
    """The same in the reader's words: amount and frequency, and what was typed beside them."""
    amount = sig.read(said.get("amount", ""))
    parts = [words.amount_words(amount.amount, amount.unit) or said.get("amount", "")]
    parts += [words.frequency_words(said.get("code", "")), said.get("how", "")]
    return ", ".join(part for part in parts if part)


def _ended_on(line: Line) -> date | None:
    text = (line.ended or line.since)[:10]
    try:
        return date.fromisoformat(text if len(text) == 10 else f"{text}-01" if len(text) == 7 else f"{text}-12-31")
    except ValueError:
        return line.since_on


# What people say ------------------------------------------------------------------------------------------------------


def reports(uow: UnitOfWork, person_id: UUID) -> list[Report]:
    """What was said about the list, newest first, with who decided and why."""
    decider = Account.__table__.alias("decider")
    statement = (
        uow.select(
            Action.MEDICINE_REPORT_READ,
            MedicineReport,
            *MedicineReport.__table__.c,
            Account.display_name.label("by"),
            Account.person_id.label("by_person"),
            decider.c.display_name.label("decided_by"),
            within=person_id,
        )
        .join(Account, Account.id == MedicineReport.account_id)
        .outerjoin(decider, decider.c.id == MedicineReport.decided_by_id)
        .where(MedicineReport.state != "withdrawn")
        .order_by(MedicineReport.made_at.desc(), MedicineReport.id)
        .limit(MOST)
    )
    return [_report(uow, person_id, row) for row in uow.rows(statement)]


def _report(uow: UnitOfWork, person_id: UUID, row: Any) -> Report:
    answer = uow.unseal(person_id, "medicine_report.answer", row.id, row.answer) if row.answer else ""
    said = json.loads(uow.unseal(person_id, "medicine_report.words", row.id, row.words))
    return Report(
        id=row.id,
        kind=row.kind,
        sort=row.sort,
        medication_id=row.medication_id,
        line_id=row.line_id,
        words=said,
        state=row.state,
        by=row.by,
        is_by_reader=row.account_id == uow.actor.account_id,
        is_by_patient=row.by_person == person_id,
        made_at=row.made_at,
        decided_by=row.decided_by or "",
        decided_at=row.decided_at,
        answer=answer,
        sensitivity=row.sensitivity,
        is_private=row.is_private,
    )


def renewals(uow: UnitOfWork, person_id: UUID) -> dict[UUID, Renewal]:
    """The newest request for each medicine."""
    statement = (
        uow.select(
            Action.MEDICINE_RENEWAL_READ,
            MedicineRenewal,
            *MedicineRenewal.__table__.c,
            Account.display_name.label("by"),
            within=person_id,
        )
        .join(Account, Account.id == MedicineRenewal.account_id)
        .order_by(MedicineRenewal.asked_at.desc(), MedicineRenewal.id)
        .limit(MOST)
    )
    found: dict[UUID, Renewal] = {}
    for row in uow.rows(statement):
        if row.medication_id in found:
            continue
        answer = uow.unseal(person_id, "medicine_renewal.answer", row.id, row.answer) if row.answer else ""
        found[row.medication_id] = Renewal(
            id=row.id,
            medication_id=row.medication_id,
            state=row.state,
            asked_at=row.asked_at,
            due_at=row.due_at,
            changed_at=row.changed_at,
            by=row.by,
            reason=row.reason or "",
            answer=answer,
            words=json.loads(uow.unseal(person_id, "medicine_renewal.words", row.id, row.words)),
            thread_id=row.thread_id,
        )
    return found


def _stamps(uow: UnitOfWork, person_id: UUID) -> list[Stamp]:
    statement = (
        uow.select(
            Action.MEDICINE_STAMP_READ,
            MedicineStamp,
            *MedicineStamp.__table__.c,
            Account.display_name.label("by"),
            Account.person_id.label("by_person"),
            within=person_id,
        )
        .join(Account, Account.id == MedicineStamp.account_id)
        .order_by(MedicineStamp.made_at.desc(), MedicineStamp.id)
        .limit(20)
    )
    return [
        Stamp(
            kind=row.kind,
            by=row.by,
            at=row.made_at,
            on=date_in(row.made_at, uow.settings.zone),
            sources=tuple(row.sources),
            is_none=row.is_none,
            is_otc_asked=row.is_otc_asked,
            is_by_patient=row.by_person == person_id,
            is_by_reader=row.account_id == uow.actor.account_id,
        )
        for row in uow.rows(statement)
    ]


def _newest(stamps: list[Stamp]) -> tuple[Stamp | None, Stamp | None]:
    found = [next((one for one in stamps if one.kind == kind), None) for kind in ("verified", "confirmed")]
    return found[0], found[1]


# Checks ---------------------------------------------------------------------------------------------------------------


def allergies(uow: UnitOfWork, person_id: UUID) -> Sequence[Any]:
    """Allergies that still hold, the dangerous ones first, as far as the reader may see them."""
    statement = uow.select(
        Action.RECORD_ALLERGY_READ,
        Allergy,
        Allergy.id,
        Allergy.name,
        Allergy.reaction,
        Allergy.severity,
        Allergy.criticality,
        within=person_id,
    ).where(
        Allergy.status.notin_((*WRONG, "resolved", "inactive")),
        or_(Allergy.verification.is_(None), Allergy.verification.notin_(WRONG)),
    )
    rows = uow.rows(statement.order_by(Allergy.name, Allergy.id).limit(MOST))
    return sorted(rows, key=lambda row: row.criticality != "high")


def entry_of(line: Line) -> Entry:
    """A line as the checks know it."""
    return Entry(
        key=str(line.id),
        name=line.name,
        medicine=understand(line.name, line.written or line.how),
        taking=line.doses,
        purpose=line.purpose,
        is_otc=line.sort in ("otc", "vitamin", "herbal"),
        is_on_hold=line.status == "on-hold",
    )


def flags(listed: Listed, allergy_rows: Sequence[Any]) -> tuple[Flag, ...]:
    """What the list must be asked about, found among the lines and allergies that the reader may see, and no others."""
    facts = [AllergyFact(row.name, row.reaction or "") for row in allergy_rows]
    return check([entry_of(line) for line in listed.lines], facts)
