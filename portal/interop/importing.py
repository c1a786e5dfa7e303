"""`portal import`: read everything, sort it by patient, store the directory, then each patient in one transaction.

Memory holds a window of the file being read and a few hundred resources, whatever the size of the input. Killed at
any moment, it leaves whole patients and no files; run again, it goes on where it was.
"""

from __future__ import annotations

import gc
import json
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal
from uuid import UUID

import structlog
from sqlalchemy import insert, update

from portal.appointments import outside
from portal.infra.ids import new_id
from portal.interop import directory, limits, namespaces, persons, reading, references, sources
from portal.interop.mapping import LAST, RANKS
from portal.interop.patients import PatientImport, Untaken
from portal.interop.reading import Found, Missed
from portal.interop.reasons import REMARKS, Place, Refused
from portal.interop.report import ImportReport
from portal.interop.sources import Source
from portal.interop.spool import NEW, Spool, Spooled, Target
from portal.models import ImportRun, Person
from portal.policy.actors import Actor
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork

log = structlog.get_logger("import")

ACTOR: Final = Actor.system("interop.import")
Trust = Literal["trusted", "review"]
# stage ("reading", "directory", "patients"), done, of how many (0: not known)
Progress = Callable[[str, int, int], None]


class ReviewNotAvailable(Exception):
    """Papers that are not the clinic's own wait for a clinician's review (domain.md EHR-1): they come in elsewhere."""


class _DryRun(Exception):
    """Undo a transaction that was only a rehearsal."""


def _quiet(_stage: str, _done: int, _all: int) -> None:
    return


def import_paths(
    services: Services,
    paths: Iterable[str | Path],
    *,
    source: str = namespaces.OWN,
    dry_run: bool = False,
    trust: Trust = "trusted",
    progress: Progress = _quiet,
) -> ImportReport:
    """Import FHIR R4 files, folders or standard input (`-`).

    What is trusted fills the record: it is the clinic's own system speaking, or another that it trusts. `source`
    names the system: ids of two systems never mean the same row. Never raises for what is in the files; the report
    tells. Raises `ReviewNotAvailable` for `trust="review"`.
    """
    if trust != "trusted":
        raise ReviewNotAvailable
    with UnitOfWork.open(services, ACTOR, write=False) as uow:
        namespace = namespaces.of_source(uow, source[:120])
    with _collecting_seldom(), Spool(services.settings.data_dir / "spool", namespace) as spool:
        report = _Import(services, spool, source, dry_run, progress).run([str(path) for path in paths])
    if not dry_run:
        outside.occupy(services)  # visits that came take their time at once
    return report


def import_resources(
    services: Services, found: Iterable[tuple[str, dict[str, Any]]], *, source: str, actor: Actor = ACTOR
) -> ImportReport:
    """Import FHIR R4 resources that another reader made: pairs of compact JSON and the same parsed.

    They are trusted as the files of `import_paths` are, and go the same way. Never raises for what is in them.
    """
    with UnitOfWork.open(services, actor, write=False) as uow:
        namespace = namespaces.of_source(uow, source[:120])
    with Spool(services.settings.data_dir / "spool", namespace) as spool:
        return _Import(services, spool, source, False, _quiet, actor).run_found(found)


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    """Parsed JSON is a great many objects and no cycles: looking for cycles as often as usual costs a tenth of
    the time and more. Memory is given back by counting references, as ever.
    """
    before = gc.get_threshold()
    gc.set_threshold(200_000, 10, 10)
    try:
        yield
    finally:
        gc.set_threshold(*before)


class _Import:
    def __init__(
        self, services: Services, spool: Spool, source: str, dry_run: bool, progress: Progress,
        actor: Actor = ACTOR,
    ) -> None:  # fmt: skip
        self.services = services
        self.actor = actor
        self.spool = spool
        self.progress = progress
        self.files: dict[int, str] = {}
        self.report = ImportReport(source=source[:120], is_dry_run=dry_run)
        self.run_id: UUID = new_id()
        self.directory_known: OrderedDict[str, Target] = OrderedDict()

    def run(self, paths: list[str]) -> ImportReport:
        self._read(paths)
        return self._store()

    def run_found(self, found: Iterable[tuple[str, dict[str, Any]]]) -> ImportReport:
        source = Source("message", None, 0)
        self.files[0] = source.name
        self.report.files = 1
        for number, (text, resource) in enumerate(found):
            self._wait(self.report, source, 0, Found(f"entry[{number}]", text, resource))
        return self._store()

    def _store(self) -> ImportReport:
        self._sort()
        if not self.report.is_dry_run:
            self._begin()
        self._store_directory()
        self._store_patients()
        if not self.report.is_dry_run:
            self._end()
        return self.report

    # Reading

    def _read(self, paths: list[str]) -> None:
        found = list(sources.find(paths))
        size = sum(each.size for each in found if isinstance(each, Source))
        done = 0
        for each in found:
            if isinstance(each, Source):
                self._read_file(each, done, size)
                done += each.size
            else:
                self.report.refuse_file(each[1], Place(each[0]))
            self.progress("reading", done, size)

    def _read_file(self, source: Source, before: int, size: int) -> None:
        number = len(self.files)
        self.files[number] = source.name
        self.report.files += 1
        kept = ImportReport()
        try:
            with source.open() as stream:
                for count, found in enumerate(reading.read(stream, lines=source.is_lines), 1):
                    if isinstance(found, Missed):
                        self._miss(kept, source, found)
                    else:
                        self._wait(kept, source, number, found)
                    if count % 200 == 0:
                        self.progress("reading", before + min(stream.taken, source.size), size)
        except Refused as error:
            self.spool.forget_file(number)
            self.report.refuse_file(error.code, Place(source.name, error.inside))
            return
        self.report.add(kept)

    def _miss(self, report: ImportReport, source: Source, missed: Missed) -> None:
        place = Place(source.name, missed.place, missed.resource_type)
        (report.remark if missed.code in REMARKS else report.skip)(missed.code, place)

    def _wait(self, report: ImportReport, source: Source, number: int, found: Found) -> None:
        resource = found.resource
        kind = resource["resourceType"]
        place = Place(source.name, found.place, kind)
        if not references.is_type(kind):
            report.skip("bad-type", Place(source.name, found.place))
            return
        if kind == "OperationOutcome":  # a server's remark on its own answer, no part of a record
            return
        given = resource.get("id")
        own_id = given if given is not None else references.id_in(found.full_url)
        if own_id is None:
            report.skip("no-id", place)
            return
        if not references.is_id(own_id):
            report.skip("bad-id", place)
            return
        key = f"{kind}/{own_id}"
        base = references.base_of(found.full_url)
        urn = found.full_url.lower() if found.full_url and found.full_url.startswith("urn:") else None
        patient: str | None = None
        via: str | None = None
        rank = RANKS.get(kind, LAST)
        if kind == "Patient":
            patient = key
            if urn and urn.rpartition(":")[2] != str(own_id).lower():
                self.spool.call_also(f"Patient/{urn.rpartition(':')[2]}", key)
        else:
            patient, via = references.subject(resource, base)
            if patient is None and via is None:
                if kind not in references.DIRECTORY:
                    report.skip("no-patient", place)
                    return
                rank = directory.RANKS.get(kind, directory.LAST)
        if rank >= 100 or kind == "Patient":
            identifiers = resource.get("identifier")
            for each in identifiers if isinstance(identifiers, list) else []:
                if named := references.identifier_token(kind, each):
                    self.spool.call_also(named, key)
        self.spool.add(
            file=number, place=found.place, resource_type=kind, rank=rank, key=key, alias=urn, base=base,
            patient=patient, via=via, text=reading.compact(found.text),
        )  # fmt: skip

    def _sort(self) -> None:
        self.spool.sort()
        self._refuse_two_in_one()
        for file, place, kind, same_file, same in self.spool.twins():
            where = Place(self.files[file], place, kind)
            if same_file and not same:
                self.report.skip("twice", where)
            elif kind not in references.DIRECTORY:  # every Bundle brings its practitioners along
                self.report.remark("repeated", where)
        for file, place, kind in self.spool.strays():
            self.report.skip("no-patient", Place(self.files[file], place, kind))

    def _refuse_two_in_one(self) -> None:
        """One id for two people in one input: whose the rest is can't be known, so nothing of either is taken."""
        for mark, twins in self.spool.patient_twins():
            first, *others = twins
            known = self._told(first)
            for other in others:
                told = self._told(other)
                if known is None or told is None or persons.is_same(Person(**known), told):
                    continue
                place = Place(self.files[other.file], other.place, other.type)
                self._skip_all(mark, "patient-refused", Untaken("identity-differs", place))
                self.spool.leave(mark)
                break

    def _told(self, waiting: Spooled) -> dict[str, Any] | None:
        """The person a Patient resource tells of; None where that is refused later, for a reason of its own."""
        settings, now = self.services.settings, self.services.clock.now()
        try:
            resource = json.loads(waiting.text, parse_float=Decimal)
            return persons.demographics(resource, waiting.key, now, settings.zone).columns
        except (Refused, RecursionError):
            return None

    # Storing

    def _begin(self) -> None:
        with UnitOfWork.open(self.services, self.actor, write=True) as uow:
            self._add_run(uow)
        self.report.run_id = str(self.run_id)

    def _add_run(self, uow: UnitOfWork) -> None:
        row = {"id": self.run_id, "source": self.report.source, "trust": "trusted", "started_at": uow.now,
               "finished_at": None, "counts": {}}  # fmt: skip
        uow.session.execute(insert(ImportRun), [row])

    def _end(self) -> None:
        with UnitOfWork.open(self.services, self.actor, write=True) as uow:
            values = {"finished_at": uow.now, "counts": self.report.summary()}
            uow.session.execute(update(ImportRun).where(ImportRun.id == self.run_id).values(**values))

    def _store_directory(self) -> None:
        total = self.spool.count(f"patient IS NULL AND rank>=100 AND state={NEW}", ())
        done = 0
        where = f"patient IS NULL AND rank=? AND state={NEW}"
        for rank in range(100, directory.LAST + 1):
            for chunk in self.spool.chunks(where, (rank,), limits.ENTRIES_AT_A_TIME):
                self._store_chunk(chunk)
                done += len(chunk)
                self.progress("directory", done, total)

    def _store_chunk(self, chunk: list[Spooled]) -> None:
        part = ImportReport()
        try:
            with UnitOfWork.open(self.services, self.actor, write=True) as uow:
                if self.report.is_dry_run:
                    self._add_run(uow)
                directory.store(uow, self.spool, chunk, self.run_id, self.files, part)
                if self.report.is_dry_run:
                    raise _DryRun
        except _DryRun:
            pass
        except Exception as error:  # noqa: BLE001 - nor may a directory entry's
            log.error("import.directory_failed", kind=type(error).__name__)
            for waiting in chunk:
                place = Place(self.files[waiting.file], waiting.place, waiting.type)
                self.report.skip("not-stored", place)
            return
        self.report.add(part)

    def _store_patients(self) -> None:
        total = self.spool.patients()
        for number in range(1, total + 1):
            mark, _ = self.spool.patient(number)
            self._store_patient(mark)
            self.progress("patients", number, total)

    def _store_patient(self, mark: bytes) -> None:
        refused: Untaken | None = None
        code = "not-stored"
        try:
            with UnitOfWork.open(self.services, self.actor, write=True) as uow:
                if self.report.is_dry_run:
                    self._add_run(uow)
                one = PatientImport(
                    uow, self.spool, mark, self.run_id, self.files, self.directory_known, self.report.is_dry_run
                )
                one.run()
                if self.report.is_dry_run:
                    raise _DryRun
        except _DryRun:
            pass
        except Untaken as error:
            refused = error
            code = error.code if error.code == "unknown-patient" else "patient-refused"
        except Exception as error:  # noqa: BLE001 - one patient's trouble, whatever it is, must not stop the others
            log.error("import.patient_failed", kind=type(error).__name__)
            self._skip_all(mark, code, None)
            return
        if refused is not None:
            self._skip_all(mark, code, refused)
            return
        self.report.patients += 1
        self.report.add(one.report)

    def _skip_all(self, mark: bytes, code: str, refused: Untaken | None) -> None:
        """Nothing of this patient was taken: say the reason once, and then where each resource stands."""
        self.report.patients_refused += 1
        for file, place, kind in self.spool.places(mark):
            where = Place(self.files[file], place, kind)
            is_cause = refused is not None and where == refused.place
            self.report.skip(refused.code if refused and is_cause else code, where)
