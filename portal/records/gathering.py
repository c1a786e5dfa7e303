"""What goes into a file of the record, gathered for one reader under the policy of the pages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from portal.models import Person, SourceResource
from portal.policy.actions import Action
from portal.records import lines, originals
from portal.records.export import MOST, Original
from portal.records.lines import Wish
from portal.records.parts import PARTS, Part
from portal.records.shown import Line
from portal.records.whole import PartLines
from portal.records.words import title_of
from portal.work.unit_of_work import UnitOfWork

BROKEN = (SQLAlchemyError, ArithmeticError, LookupError, TypeError, ValueError)


def gather(
    uow: UnitOfWork, person_id: UUID, keys: Sequence[str], wish: Wish, *, most: int = MOST, with_texts: bool = False,
    with_originals: bool = False,
) -> tuple[list[PartLines], dict[UUID, list[tuple[str, str]]], list[Original], list[str]]:  # fmt: skip
    """The parts, the texts of documents by line, the originals, and the titles of parts with lines without one.

    With originals the parts come without their lines in words.

    A part that the reader may not see is "hidden", one that fails is "failed": each is named in the file. Raises
    `NotAllowed` where the reader may not take the record along at all.
    """
    uow.require(Action.RECORD_EXPORT_READ, patient=person_id)
    found: list[PartLines] = []
    texts: dict[UUID, list[tuple[str, str]]] = {}
    bodies: list[Original] = []
    without: list[str] = []
    allowed: dict[Action, bool] = {}
    for part in [part for part in PARTS if part.key in keys]:
        if part.action not in allowed:
            allowed[part.action] = uow.may(part.action, patient=person_id)
        if not allowed[part.action]:
            found.append(PartLines(part.key, title_of(part.key), "hidden", ()))
            continue
        needs_body = with_originals or (with_texts and part.has_text)
        more = (SourceResource.body, SourceResource.id.label("original_id"), SourceResource.resource_type,
                SourceResource.fhir_id) if needs_body else ()  # fmt: skip
        try:
            with uow.session.begin_nested():
                rows = lines.every(uow, part, person_id, wish, *more, most=most + 1)
            # a FHIR file is the originals; the words of 20,000 lines would cost more than all else of it
            shown = () if with_originals else tuple(Line.of(part, row) for row in rows[:most])
            if with_texts and part.has_text:
                texts |= _texts(uow, person_id, rows[:most])
            if with_originals:
                own = _originals(uow, person_id, part, rows[:most])
                bodies += own
                if any(row.body is None for row in rows[:most]):
                    without.append(title_of(part.key))
        except BROKEN:
            found.append(PartLines(part.key, title_of(part.key), "failed", ()))
            continue
        uow.seen(part.action, person_id)
        found.append(PartLines(part.key, title_of(part.key), "filled" if rows else "empty", shown, len(rows) > most))
    uow.seen(Action.RECORD_EXPORT_READ, person_id)
    return found, texts, bodies, without


def _texts(uow: UnitOfWork, person_id: UUID, rows: Sequence[Any]) -> dict[UUID, list[tuple[str, str]]]:
    return {
        row.id: originals.text_of(originals.opened(uow, person_id, row.original_id, row.body))
        for row in rows
        if row.body is not None
    }


def _originals(uow: UnitOfWork, person_id: UUID, part: Part, rows: Sequence[Any]) -> list[Original]:
    found = []
    for row in rows:
        if row.body is None or row.resource_type == "Patient":  # contacts that the Patient names come with it
            continue
        text = originals.opened_text(uow, person_id, row.original_id, row.body)
        found.append(Original(row.resource_type, row.fhir_id, text))
    return found


def patient_original(uow: UnitOfWork, person: Person, *, whole: bool) -> Original | None:
    """The Patient resource: as it came for those who see the whole record, name and birth date for others."""
    columns = (SourceResource.id, SourceResource.fhir_id, SourceResource.body)
    statement = uow.select(Action.RECORD_EXPORT_READ, SourceResource, *columns, within=person.id)
    statement = statement.where(SourceResource.resource_type == "Patient").order_by(SourceResource.imported_at)
    row = uow.first(statement.limit(1))
    if row is None:
        return None
    if whole:
        return Original("Patient", row.fhir_id, originals.opened_text(uow, person.id, row.id, row.body))
    told: dict[str, Any] = {"resourceType": "Patient", "id": row.fhir_id}
    name = {"family": person.family_name, "given": person.given_name.split()}
    told["name"] = [{key: value for key, value in name.items() if value}]
    if person.birth_on:
        told["birthDate"] = person.birth_on.isoformat()
    return Original("Patient", row.fhir_id, json.dumps(told, ensure_ascii=False, separators=(",", ":")))
