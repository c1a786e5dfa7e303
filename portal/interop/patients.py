"""One patient, one transaction: compare with what is known, map what is new, write rows in bulk."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, insert, update

from portal.infra.ids import new_id
from portal.interop import directory, fhir, limits, namespaces, persons, references, validation, whose
from portal.interop.care_teams import apply_care_team, guess_pcp
from portal.interop.mapping import MAPPERS, Frame, Mapping, map_resource
from portal.interop.mapping.health import contacts
from portal.interop.mapping.results import is_note
from portal.interop.news import Arrived, announce
from portal.interop.reasons import Place, Refused
from portal.interop.report import ImportReport
from portal.interop.reports_of_results import Tally
from portal.interop.spool import CHANGED, LEFT, NEW, UNCHANGED, Spool, Spooled, Target
from portal.models import (
    EmergencyContact,
    Encounter,
    Person,
    Report,
    Result,
    SourceResource,
    SourceVersion,
)
from portal.policy.actions import Action
from portal.results.release import CORRECTED
from portal.work.unit_of_work import UnitOfWork

MAY = Action.INTEROP_IMPORT_CREATE
_MINE = f"patient=? AND rank=? AND (state IN ({NEW},{CHANGED}) OR (state={UNCHANGED} AND type='DiagnosticReport'))"
_SHOWN = frozenset({*MAPPERS, "Observation", "CareTeam", "Patient"})


class Untaken(Exception):
    """Nothing of this patient is taken; `code` says why (a key of `reasons.REFUSALS`), `place` where."""

    def __init__(self, code: str, place: Place) -> None:
        super().__init__(code)
        self.code = code
        self.place = place


@dataclass
class PatientImport:
    """The import of one patient's waiting resources within one unit of work. `report` counts what happens."""

    uow: UnitOfWork
    spool: Spool
    mark: bytes
    run_id: UUID
    files: dict[int, str]
    directory_known: OrderedDict[str, Target]
    is_rehearsal: bool = False
    report: ImportReport = field(default_factory=ImportReport)

    def __post_init__(self) -> None:
        self.namespace = self.spool.namespace
        self.directory = directory.Directory(self.uow, self.spool, self.directory_known)
        self.is_new = False
        self.is_changed = False
        self.medicines: dict[UUID, Any] = {}
        self.tally = Tally()
        self.new_reports: list[UUID] = []
        self.arrived = Arrived()
        self.pcp_id: UUID | None = None
        self.manager_id: UUID | None = None

    def run(self) -> None:
        """Take what is new. Raises `Untaken` when the patient can't be told or the Patient resource is refused."""
        first, resource = self._patient_resource()
        person = self._person(first, resource)
        self.person_id: UUID = person.id
        self.frame = Frame(self.uow.now, self.uow.settings.zone, person.birth_on)
        self._compare()
        self.spool.refresh(first)
        has_news = self.is_changed or self.spool.count(f"patient=? AND state IN ({NEW},{CHANGED})", (self.mark,))
        self._count_unchanged()
        if has_news:
            if first.type == "Patient" and first.state != UNCHANGED:
                self._store([first])
                self._count(first, "Patient")
            for rank in range(1, 6):
                for chunk in self.spool.chunks(_MINE, (self.mark, rank), limits.ENTRIES_AT_A_TIME):
                    self._take(chunk)
            self.tally.settle(self.uow, self.person_id, recount=not self.is_new)
            if first.type == "Patient" and first.state != UNCHANGED:
                self._contacts(first, resource)
            self._after(person, first, resource)
            if self.report.total("new") or self.report.total("changed") or self.uow.session.is_modified(person):
                self.uow.audit(MAY, person, patient=self.person_id)

    # The patient

    def _patient_resource(self) -> tuple[Spooled, dict[str, Any]]:
        """The Patient resource in the input, or any resource of theirs when the patient is known already."""
        chunk = next(self.spool.chunks("patient=? AND state<>?", (self.mark, LEFT), 1))
        waiting = chunk[0]
        try:
            resource = json.loads(waiting.text, parse_float=Decimal)
            if waiting.type == "Patient":
                self.remarks = validation.check(resource, waiting.text)
        except (Refused, RecursionError) as error:
            raise Untaken(error.code if isinstance(error, Refused) else "too-deep", self._place(waiting)) from error
        return waiting, resource

    def _person(self, waiting: Spooled, resource: dict[str, Any]) -> Person:
        if waiting.type != "Patient":
            found = whose.person_of(self.uow, self.namespace, waiting, resource)
            if found is None:
                raise Untaken("unknown-patient", self._place(waiting))
            return found
        place = self._place(waiting)
        try:
            told = persons.demographics(resource, self.namespace + waiting.key, self.uow.now, self.uow.settings.zone)
        except Refused as error:
            raise Untaken(error.code, place) from error
        person = whose.named(self.uow, self.namespace, waiting.key)
        if person is not None and not persons.is_same(person, told.columns):
            raise Untaken("identity-differs", place)
        if person is None and told.columns["mrn"]:
            try:
                person = whose.numbered(self.uow, self.namespace, told.columns)
            except Refused as error:
                raise Untaken(error.code, place) from error
        for remark in (*told.remarks, *self.remarks):
            self.report.remark(remark, place)
        if person is None:
            self.is_new = self.is_changed = True
            person = Person(id=new_id(), **told.columns)
            self.uow.add(person)
            self.uow.flush()  # the rows below point to it
        self.told = told.columns
        return person

    # What is known already

    def _compare(self) -> None:
        if self.is_new:
            self.spool.know(())
            return
        table = SourceResource
        columns = (table.source_key, table.id, table.version, table.content_hash, table.resource_type)
        statement = self.uow.select(MAY, table, *columns, within=self.person_id)
        rows = self.uow.session.execute(statement.execution_options(yield_per=2000))
        mark = self.namespace
        self.spool.know(
            (key.removeprefix(mark), row_id, version, content, kind)
            for key, row_id, version, content, kind in rows
            if namespaces.of_key(key) == mark
        )
        self.spool.compare("entry.patient=?", (self.mark,))

    def _count_unchanged(self) -> None:
        question = f"SELECT type, count(*) FROM entry WHERE patient=? AND state={UNCHANGED} GROUP BY type"  # noqa: S608
        for kind, count in self.spool.db.execute(question, (self.mark,)):
            self.report.count(kind, "unchanged", count)

    # Mapping

    def _take(self, chunk: list[Spooled]) -> None:
        texts = {waiting.seq: waiting.text for waiting in chunk}
        tokens = {waiting.seq: references.in_text(texts[waiting.seq], waiting.base) for waiting in chunk}
        targets = self._resolve(set().union(*tokens.values()))
        rows: dict[Any, list[tuple[Spooled, dict[str, Any]]]] = {}
        stored: list[Spooled] = []
        teams: list[Mapping] = []
        behind: list[tuple[UUID | None, int]] = []
        for waiting in chunk:
            place = self._place(waiting)
            try:
                resource = json.loads(texts[waiting.seq], parse_float=Decimal)
                mapping = Mapping(self.frame, waiting, resource, targets, self.medicines)
                if waiting.state == UNCHANGED:  # a report that may hold new results
                    self._note_results(mapping, None)
                    continue
                remarks = validation.check(resource, texts[waiting.seq])
                mapped = map_resource(mapping)
                self._links(mapping, mapped, behind)
            except (Refused, RecursionError) as error:
                self._leave(waiting, error.code if isinstance(error, Refused) else "too-deep")
                continue
            stored.append(waiting)
            if waiting.type == "CareTeam":
                teams.append(mapping)
            if mapped is not None:
                rows.setdefault(mapped[0], []).append((waiting, mapped[1]))
            self._count(waiting, waiting.type if mapped is not None or waiting.type == "CareTeam" else None)
            if waiting.type in _SHOWN:
                self._remark(mapping, remarks, tokens[waiting.seq], targets, place)
        self._store(stored)
        for model in sorted(rows, key=lambda m: m is Result):
            self._write(model, rows[model])
        for team in teams:
            pcp, manager = apply_care_team(self.uow, self.person_id, team)
            self.pcp_id, self.manager_id = pcp or self.pcp_id, manager or self.manager_id
        if behind:
            self.spool.note_practitioners(behind)

    def _resolve(self, tokens: set[str]) -> dict[str, Target]:
        targets = self.directory.resolve(tokens, self.mark)
        if self.is_rehearsal:
            for target in targets.values():
                target.is_stored = target.type not in ("Practitioner", "PractitionerRole", "Organization")
        if not self.is_new:
            lonely = [t for t in targets.values() if t.type == "Encounter" and t.practitioner is None]
            for batch in _slices(lonely):
                question = self.uow.select(
                    MAY, Encounter, Encounter.id, Encounter.practitioner_id, within=self.person_id
                )
                rows: Any = self.uow.rows(question.where(Encounter.id.in_([t.row_id for t in batch])))
                found = dict(rows)
                for target in batch:
                    target.practitioner = found.get(target.row_id)
        self.medicines = {
            target.row_id: self.directory.original(target.row_id).get("code")
            for target in targets.values()
            if target.type == "Medication"
        }
        return targets

    def _links(
        self, mapping: Mapping, mapped: tuple[Any, dict[str, Any]] | None, behind: list[tuple[UUID | None, int]]
    ) -> None:
        """Remember what later resources lean on: who saw the patient, who ordered, which results a report lists."""
        waiting, row = mapping.waiting, mapped[1] if mapped else None
        if waiting.type == "Encounter" and row is not None:
            behind.append((row["practitioner_id"], waiting.seq))
        elif waiting.type == "ServiceRequest":
            requester = mapping.practitioner(mapping.resource.get("requester")) or mapping.seen_by()
            behind.append((requester, waiting.seq))
        elif waiting.type == "DiagnosticReport" and row is not None and not is_note(mapping.resource):
            self._note_results(mapping, row["orderer_id"])
            self.tally.keep_private(waiting.row_id, row["sensitivity"])
            is_news = waiting.state == NEW or (waiting.state == CHANGED and row["status"] in CORRECTED)
            if is_news and row["released_at"] is not None:
                self.new_reports.append(waiting.row_id)
            self.arrived.note(Report, waiting.row_id, is_new=waiting.state == NEW)
        elif waiting.type == "Observation" and row is not None:
            self.tally.count(row)
            self.arrived.note(Result, waiting.row_id, is_new=waiting.state == NEW)

    def _note_results(self, mapping: Mapping, orderer: UUID | None) -> None:
        waiting = mapping.waiting
        listed = [t for each in fhir.items(mapping.resource, "result") if (t := references.of(each, waiting.base))]
        self.spool.note_reports(self.mark, [(waiting.row_id, orderer, token) for token in listed])
        if not self.is_new and waiting.state != UNCHANGED:
            found = (mapping.targets.get(token) for token in listed)
            self.tally.relink(waiting.row_id, [t.row_id for t in found if t and not t.is_other_patients])

    def _remark(
        self, mapping: Mapping, remarks: list[str], tokens: set[str], targets: dict[str, Target], place: Place
    ) -> None:
        for remark in (*remarks, *dict.fromkeys(mapping.remarks)):
            self.report.remark(remark, place)
        if mapping.cut.happened:
            self.report.remark("long-text", place)
        if any(token not in targets for token in tokens):
            self.report.remark("loose-reference", place)
        if any(token in targets and targets[token].is_other_patients for token in tokens):
            self.report.remark("other-patient", place)

    def _leave(self, waiting: Spooled, code: str) -> None:
        self.report.skip(code, self._place(waiting))
        self.spool.db.execute(f"UPDATE entry SET state={LEFT} WHERE seq=?", (waiting.seq,))  # noqa: S608

    def _count(self, waiting: Spooled, shown_as: str | None) -> None:
        self.report.count(waiting.type, "changed" if waiting.state == CHANGED else "new")
        if shown_as is None:
            self.report.count(waiting.type, "kept")

    def _place(self, waiting: Spooled) -> Place:
        return Place(self.files[waiting.file], waiting.place, waiting.type)

    # Writing

    def _store(self, chunk: list[Spooled]) -> None:
        """Write the originals, sealed; those that change leave their earlier version behind."""
        fresh, changed = [], []
        for waiting in chunk:
            row = {
                "patient_id": self.person_id,
                "resource_type": waiting.type,
                "source_key": self.namespace + waiting.key,
                "fhir_id": waiting.key.partition("/")[2],
                "version": waiting.version + (waiting.state == CHANGED),
                "content_hash": waiting.hash,
                "body": self.uow.seal(self.person_id, "source_resource.body", waiting.row_id, waiting.packed),
                "import_run_id": self.run_id,
                "place": waiting.place,
                "imported_at": self.uow.now,
            }
            if waiting.state == CHANGED:
                changed.append({"row_id": waiting.row_id, **row})
            else:
                fresh.append({"id": waiting.row_id, **row})
        table = SourceResource.__table__
        if fresh:
            self._execute(insert(table), fresh)
        for batch in _slices(changed):
            self._keep_versions([row["row_id"] for row in batch])
            self._execute(update(table).where(table.c.id == bindparam("row_id")), batch)

    def _keep_versions(self, ids: list[UUID]) -> None:
        s = SourceResource
        columns = (s.id, s.version, s.content_hash, s.body, s.import_run_id, s.place, s.imported_at)
        rows = self.uow.rows(self.uow.select(MAY, s, *columns, within=self.person_id).where(s.id.in_(ids)))
        names = ("source_id", "version", "content_hash", "body", "import_run_id", "place", "imported_at")
        earlier = [{"id": new_id(), "patient_id": self.person_id, **dict(zip(names, row, strict=True))} for row in rows]
        self._execute(insert(SourceVersion.__table__), earlier)

    def _write(self, model: Any, pairs: list[tuple[Spooled, dict[str, Any]]]) -> None:
        table = model.__table__
        for _, row in pairs:
            row["patient_id"] = self.person_id
        fresh = [row for waiting, row in pairs if waiting.state == NEW]
        changed = [row for waiting, row in pairs if waiting.state == CHANGED]
        for batch in _slices(changed):
            question = self.uow.select(MAY, model, model.id, within=self.person_id)
            there = set(self.uow.scalars(question.where(model.id.in_([row["id"] for row in batch]))))
            fresh += [row for row in batch if row["id"] not in there]
            rows = [{("row_id" if k == "id" else k): v for k, v in row.items()} for row in batch if row["id"] in there]
            if model is Result:  # which report it belongs to stays, unless a report in this input says otherwise
                self._update(table, [r for r in rows if r["report_id"] is not None])
                rows = [{k: v for k, v in r.items() if k != "report_id"} for r in rows if r["report_id"] is None]
            self._update(table, rows)
        if fresh:
            self._execute(insert(table), fresh)

    def _update(self, table: Any, rows: list[dict[str, Any]]) -> None:
        if rows:
            self._execute(update(table).where(table.c.id == bindparam("row_id")), rows)

    def _execute(self, statement: Any, rows: list[dict[str, Any]]) -> None:
        # Core, many rows at once: an ORM bulk update would need every primary key by its mapped name.
        self.uow.session.connection().execute(statement, rows)

    def _contacts(self, waiting: Spooled, resource: dict[str, Any]) -> None:
        """Those whom the Patient resource names: the ones it named before go, the ones it names now come."""
        table = EmergencyContact.__table__
        rows = contacts(Mapping(self.frame, waiting, resource, {}), self.person_id)
        if not self.is_new:
            mine = (table.c.patient_id == self.person_id, table.c.named_in_id == waiting.row_id)
            self.uow.session.connection().execute(delete(table).where(*mine))
        if rows:
            self._execute(insert(table), rows)

    # Afterwards

    def _after(self, person: Person, waiting: Spooled, resource: dict[str, Any]) -> None:
        is_theirs = not self.namespace or person.source_key == self.namespace + waiting.key
        if waiting.type == "Patient" and not self.is_new and waiting.state == CHANGED and is_theirs:
            for name, value in self.told.items():
                setattr(person, name, value)
            person.version += 1
        if person.pcp_id is None:
            named = fhir.items(resource, "generalPractitioner") if waiting.type == "Patient" else []
            targets = self._resolve({t for n in named if (t := references.of(n, waiting.base))})
            mapping = Mapping(self.frame, waiting, resource, targets)
            person.pcp_id = mapping.practitioner(*named) or self.pcp_id or guess_pcp(self.uow, self.person_id)
        if person.care_manager_id is None:
            person.care_manager_id = self.manager_id
        if not self.is_new:  # nobody waits for what came with the patient
            self.arrived.hold(self.uow, self.person_id)
        if not self.is_new and self.new_reports:
            announce(self.uow, self.person_id, self.new_reports)


def _slices(rows: list[Any]) -> Iterable[list[Any]]:
    for start in range(0, len(rows), limits.ENTRIES_AT_A_TIME):
        yield rows[start : start + limits.ENTRIES_AT_A_TIME]
