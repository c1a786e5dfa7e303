"""Papers before a clinician: what waits and for whom, ours beside theirs, whose paper it is, and turning one away."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import case, or_, select

from portal.infra.dates import date_in
from portal.infra.errors import Conflict, Invalid
from portal.medicines import service as medicines
from portal.medicines import sig
from portal.medicines.checks import AllergyFact, Entry, Flag, check
from portal.medicines.listing import Listed
from portal.models import Absence, Account, Allergy, Condition, OutsidePaper, Person
from portal.outside import keeping, reading
from portal.outside.lines import NONE_KNOWN, RECONCILED
from portal.outside.reading import Line
from portal.outside.reconciliation import SAME, Pair, Side, compare
from portal.policy.actions import Action
from portal.records.service import WRONG
from portal.work.unit_of_work import UnitOfWork

READ, DECIDE = Action.OUTSIDE_PAPER_READ, Action.OUTSIDE_PAPER_DECIDE
LINE_DECIDE = Action.OUTSIDE_LINE_DECIDE
TELL = "outside.tell_decided"
WAITING = ("received", "matched")
REJECTIONS = ("other_person", "unreadable", "not_needed", "again")
AT_ONCE = 50
BATCH = 60  # lines on one page
MOST = 300


# What waits ----------------------------------------------------------------------------------------------------------


def waiting(uow: UnitOfWork, *, mine: bool) -> Sequence[Any]:
    """Papers that wait for a decision, the oldest first; at most `AT_ONCE` and one more.

    `mine` are those of patients the actor is the primary care provider of, or covers today, or whose provider is not
    here any more; else of all patients the actor treats.
    """
    statement = (
        uow.select(
            READ,
            OutsidePaper,
            OutsidePaper.id,
            OutsidePaper.patient_id,
            OutsidePaper.kind,
            OutsidePaper.state,
            OutsidePaper.origin,
            OutsidePaper.made_at,
            OutsidePaper.facts,
            Person.given_name,
            Person.family_name,
            Person.birth_on,
            joining=(Person,),
        )
        .join(Person, Person.id == OutsidePaper.patient_id)
        .where(OutsidePaper.state.in_(WAITING))
        .order_by(OutsidePaper.made_at, OutsidePaper.id)
        .limit(AT_ONCE + 1)
    )
    if mine:
        here = select(Account.practitioner_id).where(Account.practitioner_id.is_not(None), Account.is_active)
        gone = or_(Person.pcp_id.is_(None), Person.pcp_id.notin_(here))
        statement = statement.where(or_(Person.pcp_id.in_(_answered_for(uow)), gone))
    rows = uow.rows(statement)
    for patient_id in dict.fromkeys(row.patient_id for row in rows):
        uow.seen(READ, patient_id)
    return rows


def _answered_for(uow: UnitOfWork) -> list[UUID]:
    """The actor, and those who are away today and covered by them."""
    today = date_in(uow.now, uow.settings.zone)
    away = select(Absence.practitioner_id).where(
        Absence.covering_id == uow.actor.practitioner_id, Absence.starts_on <= today, Absence.ends_on >= today
    )
    own = [uow.actor.practitioner_id] if uow.actor.practitioner_id else []
    return [*own, *uow.scalars(away)]


# Side by side --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Chart:
    """Our three lists as they are now. `mark` changes with whatever changes on them."""

    sides: dict[str, list[Side]]
    rows: dict[UUID, Any]
    listed: Listed
    allergies: tuple[AllergyFact, ...]
    mark: str


@dataclass(frozen=True, slots=True)
class Table:
    """A paper beside the chart: the lines that wait for the actor, each with its pair, and flags of medicines."""

    chart: Chart
    lines: list[Line]
    pairs: dict[UUID, Pair]
    flags: dict[UUID, tuple[Flag, ...]] = field(default_factory=dict)
    has_more: bool = False


def chart(uow: UnitOfWork, person_id: UUID) -> Chart:
    """Our problems, allergies and medicines, those that hold first."""
    problems = _rows(uow, Action.RECORD_CONDITION_READ, Condition, person_id)
    allergies = _rows(uow, Action.RECORD_ALLERGY_READ, Allergy, person_id)
    listed = medicines.current(uow, person_id)
    sides = {
        "conditions": [_side(row) for row in problems],
        "allergies": [_side(row, row.reaction or "") for row in allergies if row.verification not in WRONG],
        "medicines": [
            Side(line.id, line.name, how=line.written or line.how, status=line.status)
            for line in (*listed.lines, *listed.stopped, *listed.earlier)
        ],
    }
    rows: dict[UUID, Any] = {row.id: row for row in (*problems, *allergies)}
    rows |= {line.id: line for line in (*listed.lines, *listed.stopped, *listed.earlier)}
    facts = tuple(
        AllergyFact(row.name, row.reaction or "")
        for row in allergies
        if row.status not in ("resolved", "inactive") and row.verification not in WRONG and row.code not in NONE_KNOWN
    )
    told = sorted(f"{part}|{s.key}|{s.name}|{s.how}|{s.status}" for part, each in sides.items() for s in each)
    mark = hashlib.sha256("\x1f".join([str(person_id), *told]).encode()).hexdigest()[:32]
    return Chart(sides, rows, listed, facts, mark)


def _rows(uow: UnitOfWork, action: Action, model: Any, person_id: UUID) -> Sequence[Any]:
    is_over = case((model.status.in_(("active", "recurrence", "relapse", "unknown")), 0), else_=1)
    statement = uow.select(action, model, within=person_id).where(model.status.notin_(WRONG))
    uow.seen(action, person_id)
    return uow.scalars(statement.order_by(is_over, model.happened_on.desc(), model.name, model.id).limit(MOST))


def _side(row: Any, how: str = "") -> Side:
    none = row.code in NONE_KNOWN or row.name.casefold().startswith(("no known allerg", "no known drug allerg"))
    return Side(
        row.id, row.name, row.code or "", row.code_system or "", how, row.status, none and row.status == "active"
    )


def table(uow: UnitOfWork, person_id: UUID, paper_id: UUID) -> Table:
    """The lines of a paper that wait for the actor beside the chart as it is now. `BATCH` lines at a time."""
    found = reading.lines_of(
        uow, person_id, paper_id, action=LINE_DECIDE, states=("waiting",), parts=RECONCILED, most=BATCH + 1
    )
    each = [line for _number, line in found[:BATCH]]
    now = chart(uow, person_id)
    pairs = {
        pair.theirs: pair
        for part in RECONCILED
        for pair in compare(part, now.sides[part], [side_of(line) for line in each if line.part == part])
    }
    return Table(now, each, pairs, flags_of(now, each, pairs), len(found) > BATCH)


def side_of(line: Line) -> Side:
    """A line of a paper as the comparison knows it."""
    row = line.words.row
    how = row.get("sig") if line.part == "medicines" else row.get("reaction")
    return Side(
        line.id, row.get("name") or "", row.get("code") or "", row.get("code_system") or "", how or "",
        row.get("status") or "unknown", line.words.is_none,
    )  # fmt: skip


# Checks --------------------------------------------------------------------------------------------------------------


def flags_of(now: Chart, each: Sequence[Line], pairs: Mapping[UUID, Pair]) -> dict[UUID, tuple[Flag, ...]]:
    """What the checks would find for each medicine of the paper beside ours, and with the allergies of both sides.

    It is thought to take the place of the one of ours it is like; one that is on both lists brings nothing new.
    """
    theirs = [line for line in each if line.part == "medicines" and is_taken(line) and pairs[line.id].kind != SAME]
    allergies = [*now.allergies, *(fact for line in each if (fact := allergy_of(line)))]
    found: dict[UUID, tuple[Flag, ...]] = {}
    for line in theirs:
        key, like = str(line.id), pairs[line.id].ours
        ours = [medicines.entry_of(one) for one in now.listed.lines if one.id != like]
        flags = check([*ours, entry_of(line)], allergies)
        found[line.id] = tuple(flag for flag in flags if key in flag.keys and flag.level != "look")
    return found


def result_flags(
    now: Chart, added: Sequence[Line], ended: frozenset[UUID], allergies: Sequence[Line]
) -> tuple[Flag, ...]:
    """What the checks find in the list as it would be, of what comes new into it."""
    entries = [medicines.entry_of(line) for line in now.listed.lines if line.id not in ended]
    new = [entry_of(line) for line in added if is_taken(line)]
    facts = [*now.allergies, *(fact for line in allergies if (fact := allergy_of(line)))]
    before = set(check(entries, now.allergies))
    return tuple(flag for flag in check([*entries, *new], facts) if flag not in before)


def is_taken(line: Line) -> bool:
    """Whether a medicine of a paper is taken now."""
    return line.words.row.get("status") in ("active", "on-hold", "intended", "unknown")


def entry_of(line: Line) -> Entry:
    row = line.words.row
    return Entry.of(str(line.id), row["name"], sig.read(row.get("sig")), purpose=row.get("purpose") or "")


def allergy_of(line: Line) -> AllergyFact | None:
    row = line.words.row
    if line.part != "allergies" or line.words.is_none or row.get("status") not in ("active", "unknown"):
        return None
    return AllergyFact(row["name"], row.get("reaction") or "")


# Whose it is, and turning it away ------------------------------------------------------------------------------------


def confirm(uow: UnitOfWork, person_id: UUID, paper_id: UUID, *, name: str, birth: str) -> None:
    """Say that a paper is this person's: the second step is to type the person's own name and birth date (EHR-2).

    Raises `Invalid("identity")` where they are not those of the record; `Conflict("decided")`.
    """
    row = _open(uow, person_id, paper_id)
    if row.state == "matched":
        return
    person = uow.load(Action.PEOPLE_PERSON_READ, Person, person_id, within=person_id)
    told = person.birth_on.isoformat() if person.birth_on else ""
    if name.casefold().split() != f"{person.given_name} {person.family_name}".casefold().split() or birth != told:
        raise Invalid("identity")
    row.state, row.confirmed_by_id = "matched", uow.actor.account_id
    uow.audit(DECIDE, row, reason="confirmed")


def reject(uow: UnitOfWork, person_id: UUID, paper_id: UUID, reason: str, words: str) -> None:
    """Turn a paper away; what it held goes, why it was turned away is told. Twice changes nothing.

    Raises `Conflict("decided")` where lines of it are in the record already, or it was taken back.
    """
    row = uow.load(DECIDE, OutsidePaper, paper_id, within=person_id)
    if row.state == "rejected":
        return
    row = _open(uow, person_id, paper_id)
    taken = reading.lines_of(uow, person_id, paper_id, states=("added", "merged", "replaced"), most=1)
    if taken:
        raise Conflict("decided")
    row.state, row.reason, row.decided_at, row.decided_by_id = "rejected", reason, uow.now, uow.actor.account_id
    row.answer = uow.seal(person_id, "outside_paper.answer", row.id, words) if words else None
    keeping.drop(uow, row)
    uow.audit(DECIDE, row, reason=reason)
    uow.later(TELL, row.id, key=f"decided-outside:{row.id}")


def finish(uow: UnitOfWork, person_id: UUID, paper_id: UUID, words: str = "") -> None:
    """Say that a paper without lines to decide was looked at. Raises `Conflict`: decided, unconfirmed, undecided."""
    row = _open(uow, person_id, paper_id)
    if row.state != "matched":
        raise Conflict("unconfirmed")
    close(uow, row, words)
    if row.state != "reconciled":
        raise Conflict("undecided")


def close(uow: UnitOfWork, row: OutsidePaper, words: str = "") -> None:
    """Once no line waits any more, the paper is reconciled and its bringer is told."""
    job = uow.as_job("outside.compare")
    if reading.lines_of(job, row.patient_id, row.id, states=("waiting",), most=1):
        return
    row.state, row.decided_at, row.decided_by_id = "reconciled", uow.now, uow.actor.account_id
    if words:
        row.answer = uow.seal(row.patient_id, "outside_paper.answer", row.id, words)
    uow.audit(DECIDE, row, reason="reconciled")
    uow.later(TELL, row.id, key=f"decided-outside:{row.id}")


def _open(uow: UnitOfWork, person_id: UUID, paper_id: UUID) -> OutsidePaper:
    """A paper that can still be decided on. Raises `NotFound`, `NotAllowed`, `Conflict("decided")`."""
    row = uow.load(DECIDE, OutsidePaper, paper_id, within=person_id)
    if row.state not in WAITING:
        raise Conflict("decided")
    return row


def opened(uow: UnitOfWork, person_id: UUID, paper_id: UUID) -> OutsidePaper:
    """A paper whose lines can be decided on. Raises `Conflict`: decided, unconfirmed."""
    row = _open(uow, person_id, paper_id)
    if row.state != "matched":
        raise Conflict("unconfirmed")
    return row
