"""A clinician decides on each line of a paper; only then does it enter the record, with where it came from."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import insert

from portal.infra.dates import date_in
from portal.infra.errors import Conflict
from portal.infra.ids import new_id
from portal.medicines import deciding as reported
from portal.medicines.checks import HARD_STOP, TO_RESOLVE, Flag
from portal.models import Allergy, ImportRun, Medication, OutsideLine, OutsidePaper, Person, SourceResource
from portal.outside import reading, reviewing
from portal.outside.lines import NONE_KNOWN, RECONCILED, folded, keyed, settled
from portal.outside.reading import Line
from portal.outside.reconciliation import ADD, IGNORE, MERGE, REASONS, REPLACE
from portal.outside.reviewing import LINE_DECIDE, Chart
from portal.policy.actions import Action
from portal.records.parts import BY_KEY
from portal.work.unit_of_work import UnitOfWork

_STATES = {ADD: "added", MERGE: "merged", REPLACE: "replaced", IGNORE: "ignored"}
# What a merge may fill in where ours says nothing; what ours says stays.
_FILLED = {
    "conditions": (("code", "code_system"), ("happened", "happened_on"), ("abated",), ("category",)),
    "allergies": (("code", "code_system"), ("happened", "happened_on"), ("reaction",), ("severity",), ("criticality",),
                  ("category",)),
    "medicines": (("code", "code_system"), ("happened", "happened_on"), ("sig",), ("purpose",)),
}  # fmt: skip
PLACE = "source_resource.body"


@dataclass(frozen=True, slots=True)
class Choice:
    """What is chosen for a line: add, merge or replace with a line of ours, or ignore with a reason."""

    how: str
    ours: UUID | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a choice. `code`: undecided, no-partner, no-reason, not-replaced, hard-stop."""

    line: UUID
    code: str
    name: str


class NotDecided(Exception):
    """Nothing was changed. `code` is undecided_lines, or unseen_flags with the flags that were not acknowledged."""

    def __init__(self, code: str, problems: Sequence[Problem] = (), flags: Sequence[Flag] = ()) -> None:
        super().__init__(code)
        self.code, self.problems, self.flags = code, tuple(problems), tuple(flags)


@dataclass(frozen=True, slots=True)
class Decision:
    """Choices for lines of a paper by somebody who saw the chart with `mark` and, perhaps, what the checks found."""

    person_id: UUID
    paper_id: UUID
    choices: Mapping[UUID, Choice]
    mark: str
    has_seen_flags: bool = False
    words: str = ""


def decide(uow: UnitOfWork, decision: Decision) -> bool:
    """Put what was chosen into the record. Returns whether the paper is done, or more of its lines wait.

    Raises `NotFound`, `NotAllowed`; `Conflict`: decided, unconfirmed, chart-changed; `NotDecided` naming every line
    that has no decision or one that can't be: nothing is changed then (domain.md 4.3, M7).
    """
    person_id = decision.person_id
    paper = reviewing.opened(uow, person_id, decision.paper_id)
    table = reviewing.table(uow, person_id, decision.paper_id)
    if not table.lines:
        raise Conflict("decided")
    if table.chart.mark != decision.mark:
        raise Conflict("chart-changed")
    problems = [found for line in table.lines if (found := _problem(line, decision.choices.get(line.id), table.chart))]
    if problems:
        raise NotDecided("undecided_lines", problems)
    _check(table.chart, table.lines, decision)
    source = _source(uow, paper, table.lines, decision.choices)
    rows = uow.scalars(
        uow.select(LINE_DECIDE, OutsideLine, within=person_id).where(
            OutsideLine.paper_id == paper.id, OutsideLine.state == "waiting", OutsideLine.part.in_(RECONCILED)
        )
    )
    stored = {row.id: row for row in rows}
    for number, line in enumerate(table.lines):
        choice = decision.choices[line.id]
        row = stored[line.id]
        row.row_id = _apply(uow, paper, line, choice, source, number)
        row.state, row.reason = _STATES[choice.how], choice.reason if choice.how == IGNORE else None
        row.decided_at, row.decided_by_id = uow.now, uow.actor.account_id
        uow.audit(LINE_DECIDE, row, reason=row.state)
    uow.flush()
    reviewing.close(uow, paper, decision.words)
    uow.flush()
    return paper.state == "reconciled"


def _problem(line: Line, choice: Choice | None, chart: Chart) -> Problem | None:
    name = str(line.words.row.get("name") or "")
    if choice is None or choice.how not in _STATES:
        return Problem(line.id, "undecided", name)
    if choice.how == IGNORE and choice.reason not in REASONS:
        return Problem(line.id, "no-reason", name)
    if line.words.is_none and choice.how != IGNORE:
        return Problem(line.id, "only-ignored", name)
    if choice.how in (MERGE, REPLACE):
        partners = {side.key: side for side in chart.sides[line.part] if not side.is_none}
        if choice.ours not in partners:
            return Problem(line.id, "no-partner", name)
        if choice.how == REPLACE and (line.part != "medicines" or chart.rows[choice.ours].is_reported):
            return Problem(line.id, "not-replaced", name)
    return None


def _check(chart: Chart, lines: Sequence[Line], decision: Decision) -> None:
    """Interactions, duplicates, allergies and doses of the list as it would be (domain.md EHR-6)."""
    chosen = decision.choices
    added = [line for line in lines if line.part == "medicines" and chosen[line.id].how in (ADD, REPLACE)]
    allergies = [line for line in lines if line.part == "allergies" and chosen[line.id].how == ADD]
    ended = frozenset(c.ours for c in chosen.values() if c.how == REPLACE and c.ours is not None)
    flags = reviewing.result_flags(chart, added, ended, allergies)
    stops = [flag for flag in flags if flag.level == HARD_STOP]
    names = {str(line.id): str(line.words.row.get("name")) for line in added}
    if stops:
        keys = {key for flag in stops for key in flag.keys if key in names}
        raise NotDecided(
            "undecided_lines", [Problem(UUID(key), "hard-stop", names[key]) for key in sorted(keys)], stops
        )
    grave = [flag for flag in flags if flag.level in TO_RESOLVE]
    if grave and not decision.has_seen_flags:
        raise NotDecided("unseen_flags", (), grave)


# Into the record -----------------------------------------------------------------------------------------------------


def _source(uow: UnitOfWork, paper: OutsidePaper, lines: Sequence[Line], choices: Mapping[UUID, Choice]) -> UUID | None:
    """The run of imports that what is taken over names as its source: the house that wrote it, as far as known."""
    taken = [line for line in lines if choices[line.id].how in (ADD, REPLACE)]
    if not taken:
        return None
    shown = reading.paper(uow, paper.patient_id, paper.id)
    said = shown.facts.get("organization") or taken[0].words.organization or shown.facts.get("author")
    run = new_id()
    counts = {"lines": len(taken)}
    values = {"id": run, "source": str(said or "Paper from outside")[:120], "trust": "review", "started_at": uow.now,
              "finished_at": uow.now, "counts": counts}  # fmt: skip
    uow.session.execute(insert(ImportRun), [values])
    return run


def _apply(
    uow: UnitOfWork, paper: OutsidePaper, line: Line, choice: Choice, run: UUID | None, number: int
) -> UUID | None:
    if choice.how == IGNORE:
        return None
    if choice.how == MERGE:
        assert choice.ours is not None
        return _merge(uow, paper.patient_id, line, choice.ours)
    if choice.how == REPLACE:
        assert choice.ours is not None
        _end(uow, paper.patient_id, choice.ours)
    assert run is not None
    return _add(uow, paper, line, run, number)


def _add(uow: UnitOfWork, paper: OutsidePaper, line: Line, run: UUID, number: int) -> UUID:
    """A new line of the record, with the original it came from."""
    person_id, model = paper.patient_id, BY_KEY[line.part].model
    person = uow.load(Action.PEOPLE_PERSON_READ, Person, person_id, within=person_id)
    own = (person.source_key or "").rpartition("/")[2] or str(person_id)
    kind, text = settled(line.words, line.id, f"Patient/{own}")
    mark = keyed(person_id, "paper", str(paper.id)).hex()[:12]
    source = SourceResource(
        patient_id=person_id,
        resource_type=kind,
        source_key=f"{mark}|{kind}/{line.id}",
        fhir_id=str(line.id),
        content_hash=hashlib.sha256(text.encode()).digest(),
        body=b"",
        import_run_id=run,
        place=f"line {number + 1}",
        imported_at=uow.now,
    )
    source.body = uow.seal(person_id, PLACE, source.id, zlib.compress(text.encode()))
    uow.add(source)
    uow.audit(LINE_DECIDE, source)
    uow.flush()  # the original first: the line points to it
    columns = {**line.words.row, "recorded_at": line.words.row.get("recorded_at") or uow.now}
    row = model(patient_id=person_id, source_id=source.id, **columns)
    uow.add(row)
    uow.audit(LINE_DECIDE, row, reason="added")
    if line.part == "allergies":
        _end_none(uow, person_id)
    uow.flush()
    added: UUID = row.id
    return added


def _end_none(uow: UnitOfWork, person_id: UUID) -> None:
    """Once there is an allergy, "no known allergies" does not hold any more; it stays readable as it was."""
    statement = uow.select(Action.RECORD_ALLERGY_READ, Allergy, within=person_id).where(Allergy.status == "active")
    for row in uow.scalars(statement):
        if row.code in NONE_KNOWN or folded(row.name).startswith("no known"):
            row.status = "inactive"
            uow.audit(LINE_DECIDE, row, reason="no longer none")


def _merge(uow: UnitOfWork, person_id: UUID, line: Line, ours: UUID) -> UUID:
    """The same thing: ours stays as it is, and what it did not say is filled in."""
    model, action = BY_KEY[line.part].model, BY_KEY[line.part].action
    found = uow.scalars(uow.select(action, model, within=person_id).where(model.id == ours))
    if not found:  # a medicine the patient reported and nobody confirmed: this confirms it
        reported.decide(uow, person_id, ours, accept=True, answer="")
        return ours
    row = found[0]
    for names in _FILLED[line.part]:
        told = [line.words.row.get(name) for name in names]
        if told[0] and not any(getattr(row, name) for name in names):
            for name, value in zip(names, told, strict=True):
                setattr(row, name, value)
    uow.audit(LINE_DECIDE, row, reason="merged")
    return ours


def _end(uow: UnitOfWork, person_id: UUID, ours: UUID) -> None:
    """Our order gives way to theirs: it is stopped today, and stays readable."""
    row = uow.load(Action.RECORD_MEDICATION_READ, Medication, ours, within=person_id)
    row.status, row.ended = "stopped", date_in(uow.now, uow.settings.zone).isoformat()
    uow.audit(LINE_DECIDE, row, reason="replaced")
