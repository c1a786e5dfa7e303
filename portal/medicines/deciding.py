"""Clinicians look at what was reported, line by line; answer what the checks found; and stand by the list."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from portal.infra.errors import Conflict, Invalid, NotAllowed
from portal.medicines import service, sig
from portal.medicines.checks import HARD_STOP, Flag
from portal.medicines.listing import Listed
from portal.models import Account, Medication, MedicineFlagAnswer, MedicineReport, MedicineStamp
from portal.policy.actions import Action
from portal.policy.rules_medicines import PRESCRIBERS
from portal.work.unit_of_work import UnitOfWork

OVERRIDES = ("benefit", "tolerated", "monitored", "bridging")
HOWS = ("seen", "overridden", "intended")


@dataclass(frozen=True, slots=True)
class Answered:
    """What was decided about a flag."""

    how: str
    reason: str
    words: str
    by: str
    at: Any


# Reports --------------------------------------------------------------------------------------------------------------


def decide(uow: UnitOfWork, person_id: UUID, report_id: UUID, *, accept: bool, answer: str) -> None:
    """Confirm or decline what was reported; the reporter reads `answer`. The same decision twice is one.

    Confirmed, a medicine that was missing becomes a line of the record; one that is not taken is stopped; one that is
    taken differently keeps its order, and says how it is taken. Raises `Invalid("reason")` for a decline without words,
    `Conflict("decided")` when a colleague was first.
    """
    row = uow.load(Action.MEDICINE_REPORT_DECIDE, MedicineReport, report_id, within=person_id)
    wanted = "accepted" if accept else "declined"
    if row.state == wanted:
        return
    if row.state != "waiting":
        raise Conflict("decided")
    if not accept and not answer:
        raise Invalid("reason")
    if answer:
        row.answer = uow.seal(person_id, "medicine_report.answer", row.id, answer)
    row.state, row.decided_at, row.decided_by_id = wanted, uow.now, uow.actor.account_id
    if accept:
        _apply(uow, row)
    uow.audit(Action.MEDICINE_REPORT_DECIDE, row, reason=wanted)
    uow.flush()


def _apply(uow: UnitOfWork, row: MedicineReport) -> None:
    if row.kind == "not_taking":
        assert row.medication_id is not None
        line = uow.load(Action.RECORD_MEDICATION_READ, Medication, row.medication_id, within=row.patient_id)
        line.status, line.ended = "not-taken", row.made_at.date().isoformat()
        uow.audit(Action.MEDICINE_REPORT_DECIDE, line)
    elif row.medication_id is None:
        said = json.loads(uow.unseal(row.patient_id, "medicine_report.words", row.id, row.words))
        line = Medication(
            patient_id=row.patient_id,
            name=" ".join(part for part in (said.get("name"), said.get("strength")) if part)[:400],
            status="active",
            kind="reported",
            setting="community",
            sig=written(said)[:500] or None,
            purpose=said.get("purpose", "")[:300] or None,
            sensitivity=row.sensitivity,
            recorded_at=row.made_at,
            happened=said.get("since") or None,
        )
        line.happened_on = sig.day_of(line.happened)
        uow.add(line)
        uow.audit(Action.MEDICINE_REPORT_DECIDE, line)
        uow.flush()  # the line first: the report points to it
        row.line_id = line.id


def written(said: dict[str, str]) -> str:
    """An instruction in the language of the record, as `sig.read` understands it."""
    parts = [said.get("amount", ""), sig.plain(said.get("code", "")), said.get("how", "")]
    return " ".join(part for part in parts if part)


# Flags ----------------------------------------------------------------------------------------------------------------


def digest(person_id: UUID, flag: Flag) -> bytes:
    """What a flag is kept under: it names nothing."""
    return hashlib.sha256(f"{person_id}|{flag.identity}".encode()).digest()


def answers(uow: UnitOfWork, person_id: UUID) -> dict[bytes, Answered]:
    """What was decided about flags of this list, now or earlier."""
    table: Any = MedicineFlagAnswer.__table__
    statement = uow.select(
        Action.MEDICINE_FLAG_READ,
        MedicineFlagAnswer,
        *table.c,
        Account.display_name.label("by"),
        within=person_id,
    ).join(Account, Account.id == MedicineFlagAnswer.account_id)
    place = "medicine_flag_answer.words"
    return {
        row.flag: Answered(
            row.how,
            row.reason or "",
            uow.unseal(person_id, place, row.id, row.words) if row.words else "",
            row.by,
            row.made_at,
        )
        for row in uow.rows(statement.order_by(MedicineFlagAnswer.made_at.desc()).limit(500))
    }


def answer_flag(uow: UnitOfWork, person_id: UUID, key: str, how: str, reason: str, words: str) -> None:
    """Say what is to be thought of a flag of the list as it is now. A second answer takes the place of the first.

    Raises `NotFound` or `NotAllowed`; `Conflict("gone")` when the list has changed so that the flag is not there any
    more; `Conflict("hard-stop")` for what only another order can end; `NotAllowed` for an override by somebody who
    does not prescribe; `Invalid("reason")` for one without a reason.
    """
    uow.require(Action.MEDICINE_FLAG_ANSWER, patient=person_id)
    found = {digest(person_id, one).hex(): one for one in current_flags(uow, person_id)[1]}
    flag = found.get(key)
    if flag is None:
        raise Conflict("gone")
    if flag.level == HARD_STOP:
        raise Conflict("hard-stop")
    if flag.needs_decision:
        if how == "seen":
            raise Invalid("how")
        if uow.actor.role not in PRESCRIBERS:
            raise NotAllowed(action=Action.MEDICINE_FLAG_ANSWER)
        if reason not in OVERRIDES or (reason == "monitored" and not words):
            raise Invalid("reason")
    mark = digest(person_id, flag)
    statement = uow.select(Action.MEDICINE_FLAG_READ, MedicineFlagAnswer, within=person_id)
    row = next(iter(uow.scalars(statement.where(MedicineFlagAnswer.flag == mark))), None)
    if row is None:
        row = MedicineFlagAnswer(patient_id=person_id, flag=mark)
        uow.add(row)
    row.how, row.reason, row.account_id, row.made_at = how, reason or None, uow.actor.account_id, uow.now
    row.words = uow.seal(person_id, "medicine_flag_answer.words", row.id, words) if words else None
    uow.audit(Action.MEDICINE_FLAG_ANSWER, row, reason=how)
    uow.flush()


def current_flags(uow: UnitOfWork, person_id: UUID) -> tuple[Listed, tuple[Flag, ...]]:
    """The list and what the checks find in it now."""
    listed = service.current(uow, person_id)
    return listed, service.flags(listed, service.allergies(uow, person_id))


# The stamp ------------------------------------------------------------------------------------------------------------


def verify(
    uow: UnitOfWork, person_id: UUID, sources: Sequence[str], once: UUID, *, is_otc_asked: bool, is_none: bool = False
) -> None:
    """Stand by the list: it was compared with these sources today.

    Raises `Invalid("sources")` without one, `Invalid("otc")` unless medicines without a prescription were asked about,
    `Conflict("undecided")` while something reported waits, `Conflict("open-flags")` while a flag that needs a decision
    has none, `Conflict("not-empty")` where "takes none" is said of a list that has lines.
    """
    uow.require(Action.MEDICINE_LIST_VERIFY, patient=person_id)
    statement = uow.select(Action.MEDICINE_STAMP_READ, MedicineStamp, MedicineStamp.id, within=person_id)
    if uow.first(statement.where(MedicineStamp.account_id == uow.actor.account_id, MedicineStamp.once == once)):
        return
    if not sources:
        raise Invalid("sources")
    if not is_otc_asked:
        raise Invalid("otc")
    listed, flags = current_flags(uow, person_id)
    if listed.waiting:
        raise Conflict("undecided")
    if open_flags(flags, answers(uow, person_id), person_id):
        raise Conflict("open-flags")
    if is_none and listed.lines:
        raise Conflict("not-empty")
    row = MedicineStamp(
        patient_id=person_id,
        kind="verified",
        sources=list(sources),
        is_otc_asked=is_otc_asked,
        is_none=is_none,
        account_id=uow.actor.account_id,
        made_at=uow.now,
        once=once,
    )
    uow.add(row)
    uow.audit(Action.MEDICINE_LIST_VERIFY, row)


def open_flags(flags: Iterable[Flag], answered: dict[bytes, Answered], person_id: UUID) -> list[Flag]:
    """Those that need a decision and have none."""
    return [one for one in flags if one.needs_decision and digest(person_id, one) not in answered]
