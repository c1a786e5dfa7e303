"""Practitioners, organizations and what else belongs to no patient. Stored before the patients who point to them."""

from __future__ import annotations

import json
import re
import zlib
from collections import OrderedDict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, insert, select, update

from portal.interop import fhir, limits, namespaces, references, times, validation
from portal.interop.reasons import Place, Refused
from portal.interop.report import ImportReport
from portal.interop.spool import CHANGED, LEFT, UNCHANGED, Spool, Spooled, Target
from portal.interop.text import Cut, without_digits
from portal.models import DirectoryIdentifier, DirectoryResource, Organization, Practitioner
from portal.work.unit_of_work import UnitOfWork

RANKS = {"Organization": 100, "Location": 101, "Practitioner": 102, "PractitionerRole": 103, "Medication": 104,
         "Schedule": 105, "Slot": 106}  # fmt: skip
LAST = 107
SHOWN = frozenset({"Organization", "Practitioner", "PractitionerRole", "Medication", "Schedule", "Slot"})

_PRIMARY_CARE = re.compile(
    r"(?:family|general|primary care|internal medicine|pediatrics?(?: physician)?$|geriatric|physician$|doctor$)",
    re.IGNORECASE,
)
_NURSE = re.compile(r"\b(?:RN|LPN|BSN|MSN|nurse)\b", re.IGNORECASE)
_DOCTOR = re.compile(r"\b(?:Dr|MD|DO|MBBS|physician|doctor|PA|NP|DNP)\b\.?", re.IGNORECASE)
_PHARMACIST = re.compile(r"\b(?:PharmD|RPh|pharmacist)\b", re.IGNORECASE)
_MANAGER = re.compile(r"\b(?:care (?:coordinator|manager)|case manager)\b", re.IGNORECASE)


def store(
    uow: UnitOfWork, spool: Spool, chunk: list[Spooled], run_id: UUID, places: dict[int, str], report: ImportReport
) -> None:
    """Store one chunk of waiting directory resources. Call inside one transaction."""
    table = DirectoryResource.__table__
    mark = spool.namespace
    keys = [mark + w.key for w in chunk]
    known = {
        key.removeprefix(mark): (row_id, content)
        for key, row_id, content in uow.session.execute(
            select(table.c.source_key, table.c.id, table.c.content_hash).where(table.c.source_key.in_(keys))
        )
    }
    ours: dict[str, UUID] = {}
    for model in (Organization, Practitioner):
        named = model.__table__
        rows = uow.session.execute(select(named.c.source_key, named.c.id).where(named.c.source_key.in_(keys)))
        ours |= {key.removeprefix(mark): row_id for key, row_id in rows}
    parsed: list[tuple[Spooled, dict[str, Any]]] = []
    for waiting in chunk:
        place = Place(places[waiting.file], waiting.place, waiting.type)
        if waiting.key in known:
            waiting.row_id, content = known[waiting.key]
            waiting.state = UNCHANGED if content == waiting.hash else CHANGED
        elif waiting.key in ours:
            waiting.row_id = ours[waiting.key]
        if waiting.state == UNCHANGED and waiting.type != "PractitionerRole":
            report.count(waiting.type, "unchanged")
            continue
        try:
            resource = json.loads(waiting.text, parse_float=Decimal)
            remarks = validation.check(resource, waiting.text)
            if waiting.type == "Slot":
                times.check(resource)
        except (Refused, RecursionError) as error:
            report.skip(error.code if isinstance(error, Refused) else "too-deep", place)
            waiting.state = LEFT
            continue
        if waiting.state == UNCHANGED:
            report.count(waiting.type, "unchanged")
        else:
            report.count(waiting.type, "changed" if waiting.state == CHANGED else "new")
            if waiting.type not in SHOWN:
                report.count(waiting.type, "kept")
            for remark in remarks:
                report.remark(remark, place)
        parsed.append((waiting, resource))
    spool.db.executemany(
        "UPDATE entry SET row_id=?, state=? WHERE seq=?", [(w.row_id.bytes, w.state, w.seq) for w in chunk]
    )
    _write_originals(uow, [pair for pair in parsed if pair[0].state != UNCHANGED], run_id, mark)
    _write_people(uow, spool, parsed, ours)
    slots = [pair for pair in parsed if pair[0].type == "Slot"]
    if slots:
        calendar = times.Times(uow, spool, Directory(uow, spool), places)
        for waiting, resource in slots:
            calendar.store(waiting, resource, report)


def _write_originals(uow: UnitOfWork, parsed: list[tuple[Spooled, dict[str, Any]]], run_id: UUID, mark: str) -> None:
    table = DirectoryResource.__table__
    fresh, changed, identifiers = [], [], []
    for waiting, resource in parsed:
        row = {
            "resource_type": waiting.type,
            "source_key": mark + waiting.key,
            "content_hash": waiting.hash,
            "body": waiting.packed,
            "import_run_id": run_id,
            "imported_at": uow.now,
        }
        if waiting.state == CHANGED:
            changed.append({"row_id": waiting.row_id, **row})
        else:
            fresh.append({"id": waiting.row_id, **row})
        tokens = {references.identifier_token(waiting.type, each) for each in fhir.items(resource, "identifier")}
        named = sorted(namespaces.stored(mark, token)[:400] for token in tokens if token)
        identifiers += [{"token": token, "resource_id": waiting.row_id} for token in named]
    if fresh:
        uow.session.execute(insert(table), fresh)
    if changed:
        uow.session.connection().execute(update(table).where(table.c.id == bindparam("row_id")), changed)
        of_changed = DirectoryIdentifier.resource_id.in_([row["row_id"] for row in changed])
        uow.session.execute(delete(DirectoryIdentifier).where(of_changed))
    if identifiers:
        uow.session.execute(insert(DirectoryIdentifier), identifiers)


def _write_people(
    uow: UnitOfWork, spool: Spool, parsed: list[tuple[Spooled, dict[str, Any]]], ours: dict[str, UUID]
) -> None:
    by_model: dict[Any, list[dict[str, Any]]] = {Organization: [], Practitioner: []}
    roles: list[tuple[UUID | None, int]] = []
    for waiting, resource in parsed:
        if waiting.type == "Organization":
            by_model[Organization].append(_organization(waiting, resource, spool.namespace))
        elif waiting.type == "Practitioner":
            by_model[Practitioner].append(_practitioner(waiting, resource, spool.namespace))
        elif waiting.type == "PractitionerRole":
            practitioner = _apply_role(uow, spool, waiting, resource)
            roles.append((practitioner, waiting.seq))
    for model, rows in by_model.items():
        known = {spool.namespace + key for key in ours}
        fresh = [row for row in rows if row["source_key"] not in known]
        changed = [{"row_id": row.pop("id"), **row} for row in rows if row["source_key"] in known]
        if fresh:
            uow.session.execute(insert(model), fresh)
        if changed:
            table = model.__table__
            if model is Practitioner:  # what a role or a person here said of them stands
                for row in changed:
                    del row["role"], row["specialty"], row["organization_id"]
            uow.session.connection().execute(update(table).where(table.c.id == bindparam("row_id")), changed)
    if roles:
        spool.note_practitioners(roles)


def _organization(waiting: Spooled, r: fhir.Resource, mark: str) -> dict[str, Any]:
    cut = Cut()
    return {
        "id": waiting.row_id,
        "source_key": mark + waiting.key,
        "name": cut.plain(r.get("name"), 200) or "Unnamed organization",
        "phone": cut.plain(fhir.contact(r, "phone"), 60),
        "address": cut.plain(fhir.address(r), 300),
    }


def _practitioner(waiting: Spooled, r: fhir.Resource, mark: str) -> dict[str, Any]:
    prefix, given, family, suffix = fhir.human_name(r.get("name") if isinstance(r.get("name"), list) else [])
    given, family = without_digits(given), without_digits(family)
    name = " ".join(part for part in (prefix, given, family) if part)
    name = f"{name}, {suffix}" if suffix and name else name or "Unnamed practitioner"
    qualifications = " ".join(c for q in fhir.items(r, "qualification") for _, c in fhir.codes(q.get("code")))
    said = f"{prefix} {suffix} {qualifications}"
    npi = next(
        (
            i["value"]
            for i in fhir.items(r, "identifier")
            if i.get("system") == "http://hl7.org/fhir/sid/us-npi" and isinstance(i.get("value"), str)
        ),
        None,
    )
    cut = Cut()
    return {
        "id": waiting.row_id,
        "source_key": mark + waiting.key,
        "npi": npi[:20] if npi else None,
        "name": cut.plain(name, 200),
        "sort_name": (cut.plain(f"{family}, {given}".strip(", "), 200) or "").casefold(),
        "role": _role_of(said, None),
        "specialty": None,
        "organization_id": None,
        "is_active": r.get("active") is not False,
    }


def _role_of(said: str, specialty: str | None) -> str:
    """The role (domain.md 0). A doctor whose specialty nobody names is taken for a generalist."""
    if _MANAGER.search(said):
        return "care_manager"
    if _PHARMACIST.search(said):
        return "pharmacist"
    if _NURSE.search(said) and not re.search(r"\bnurse practitioner\b|\bNP\b", said, re.IGNORECASE):
        return "nurse"
    if _DOCTOR.search(said):
        return "pcp" if not specialty or _PRIMARY_CARE.match(specialty) else "specialist"
    return "other"


def _apply_role(uow: UnitOfWork, spool: Spool, waiting: Spooled, r: fhir.Resource) -> UUID | None:
    """Say of a practitioner what their PractitionerRole says; returns who it is about."""
    tokens = {name: references.of(r.get(name), waiting.base) for name in ("practitioner", "organization")}
    found = Directory(uow, spool).resolve({t for t in tokens.values() if t})
    who = found.get(tokens["practitioner"] or "")
    if who is None or who.type != "Practitioner":
        return None
    if waiting.state == UNCHANGED:
        return who.row_id
    cut = Cut()
    specialty = next((w for each in fhir.items(r, "specialty") if (w := fhir.words(each, cut, 120))), None)
    said = " ".join(w for each in fhir.items(r, "code") if (w := fhir.words(each, cut, 120)))
    where = found.get(tokens["organization"] or "")
    table = Practitioner.__table__
    name = uow.session.execute(select(table.c.name).where(table.c.id == who.row_id)).scalar() or ""
    values: dict[str, Any] = {"specialty": specialty}
    role = _role_of(f"{said} {name}", specialty)
    if role != "other":
        values["role"] = role
    if where is not None and where.type == "Organization":
        values["organization_id"] = where.row_id
    uow.session.execute(update(table).where(table.c.id == who.row_id).values(**values))
    return who.row_id


class Directory:
    """Finds directory resources by token: in the input first, then among those stored; remembers the busiest."""

    def __init__(self, uow: UnitOfWork, spool: Spool, known: OrderedDict[str, Target] | None = None) -> None:
        self._uow = uow
        self._spool = spool
        self._known: OrderedDict[str, Target] = known if known is not None else OrderedDict()

    def resolve(self, tokens: Iterable[str], mark: bytes | None = None) -> dict[str, Target]:
        """What the tokens lead to: in the input, in the patient's known record, or in the directory."""
        wanted = set(tokens)
        found = {token: self._known[token] for token in wanted if token in self._known}
        wanted -= found.keys()
        for batch in _batches(sorted(wanted)):
            found |= self._spool.resolve(batch, mark)
        wanted -= found.keys()
        for batch in _batches(sorted(t for t in wanted if "/" in t or "?" in t)):
            stored = self._stored(batch)
            found |= stored
            self._known |= stored
            while len(self._known) > 20000:
                self._known.popitem(last=False)
        return found

    def _stored(self, tokens: list[str]) -> dict[str, Target]:
        """Those known by their stored names, under the names they are asked by."""
        asked = {namespaces.stored(self._spool.namespace, token): token for token in tokens}
        found = self._known_as(list(asked))
        return {asked[name]: target for name, target in found.items()}

    def _known_as(self, tokens: list[str]) -> dict[str, Target]:
        execute = self._uow.session.execute
        table = DirectoryResource.__table__
        found: dict[str, Target] = {}
        if any("?" in token for token in tokens):
            named = DirectoryIdentifier.__table__
            rows = execute(
                select(named.c.token, table.c.resource_type, table.c.id)
                .join(table, table.c.id == named.c.resource_id)
                .where(named.c.token.in_(tokens))
            )
            found |= {token: Target(kind, row_id) for token, kind, row_id in rows}
        rows = execute(
            select(table.c.source_key, table.c.resource_type, table.c.id).where(table.c.source_key.in_(tokens))
        )
        found |= {token: Target(kind, row_id) for token, kind, row_id in rows}
        for model, kind in ((Practitioner, "Practitioner"), (Organization, "Organization")):
            if any(kind in token and token not in found for token in tokens):
                mine = model.__table__
                made_here = execute(select(mine.c.source_key, mine.c.id).where(mine.c.source_key.in_(tokens)))
                found |= {token: Target(kind, row_id) for token, row_id in made_here}
        for target in found.values():
            if target.type == "PractitionerRole":
                target.practitioner = self._behind(target.row_id)
        return found

    def _behind(self, role_id: UUID) -> UUID | None:
        resource = self.original(role_id)
        token = references.of(resource.get("practitioner"), "")
        who = self.resolve({token}).get(token) if token else None
        return who.row_id if who and who.type == "Practitioner" else None

    def original(self, row_id: UUID) -> dict[str, Any]:
        """The stored original of a directory resource."""
        table = DirectoryResource.__table__
        body = self._uow.session.execute(select(table.c.body).where(table.c.id == row_id)).scalar()
        found: dict[str, Any] = json.loads(zlib.decompress(body)) if body else {}
        return found


def _batches(tokens: list[str]) -> Iterable[list[str]]:
    size = limits.ENTRIES_AT_A_TIME * 2
    for start in range(0, len(tokens), size):
        yield tokens[start : start + size]
