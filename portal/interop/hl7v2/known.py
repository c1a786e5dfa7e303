"""What is known already of a source: originals, and which of two messages about one thing is newer."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from portal.interop.hl7v2.telling import Number, Resource, identity
from portal.models import FeedVersion, SourceResource
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

MAY = Action.INTEROP_IMPORT_CREATE


def original(uow: UnitOfWork, namespace: str, person_id: UUID, name: str) -> Resource | None:
    """The original of `Type/id`, its numbers as written; None when that source sent none for this person."""
    statement = uow.select(MAY, SourceResource, SourceResource.id, SourceResource.body, within=person_id)
    row = uow.session.execute(statement.where(SourceResource.source_key == namespace + name)).first()
    if row is None:
        return None
    packed = uow.unseal_bytes(person_id, "source_resource.body", row.id, row.body)
    found: Resource = json.loads(zlib.decompress(packed), parse_float=Number)
    return found


def row_id(uow: UnitOfWork, namespace: str, person_id: UUID, name: str) -> UUID | None:
    """The row that `Type/id` of a source became."""
    statement = uow.select(MAY, SourceResource, SourceResource.id, within=person_id)
    found: UUID | None = uow.session.scalar(statement.where(SourceResource.source_key == namespace + name))
    return found


def older(uow: UnitOfWork, namespace: str, written: dict[str, datetime]) -> set[str]:
    """Those of the things of which something newer was taken before."""
    things = {identity(namespace, name): name for name in written}
    found: set[str] = set()
    names = list(things)
    for first in range(0, len(names), 400):
        rows = uow.session.execute(select(FeedVersion).where(FeedVersion.thing.in_(names[first : first + 400])))
        found |= {things[row.thing] for (row,) in rows if row.written_at > written[things[row.thing]]}
    return found


def note(uow: UnitOfWork, namespace: str, written: dict[str, datetime], taken: Iterable[str]) -> None:
    """Remember how new what was taken is."""
    for name in taken:
        if name in written:
            uow.session.merge(FeedVersion(thing=identity(namespace, name), written_at=written[name]))
    uow.flush()
