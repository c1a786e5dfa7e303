"""Each system counts from one: an id means something only together with the source it comes from.

What the clinic's own system names is stored as it names it (`Patient/1`); what another source names carries a mark of
that source before it (`3f9a…|Patient/1`), so that the same id of two systems is never the same row. A FHIR id holds
no bar. A source whose records were stored without a mark goes on without one.
"""

from __future__ import annotations

import hashlib
from typing import Final

from sqlalchemy import select

from portal.models import ImportRun, SourceResource
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

OWN: Final = "clinic record system"
BAR: Final = "|"


def of_source(uow: UnitOfWork, source: str) -> str:
    """What stands before the ids of `source` here: nothing for the clinic's own system, else twelve signs and a bar."""
    if _folded(source) == OWN:
        return ""
    runs = uow.scalars(select(ImportRun.id).where(ImportRun.source == source))
    if runs:
        statement = uow.select(Action.INTEROP_IMPORT_CREATE, SourceResource, SourceResource.id)
        plain = statement.where(SourceResource.import_run_id.in_(runs), ~SourceResource.source_key.contains(BAR))
        if uow.first(plain.limit(1)) is not None:
            return ""
    return hashlib.blake2b(_folded(source).encode(), digest_size=6).hexdigest() + BAR


def of_key(key: str | None) -> str:
    """The mark a stored key begins with."""
    mark, bar, _ = (key or "").partition(BAR)
    return mark + bar if bar else ""


def stored(namespace: str, token: str) -> str:
    """The stored name of `Type/id` of a source, or of an identifier.

    An identifier in a system of its own name (`http://hl7.org/fhir/sid/us-npi|…`) means the same everywhere.
    """
    _, has_identifier, identifier = token.partition("?identifier=")
    if has_identifier and ":" in identifier.partition("|")[0]:
        return token
    return namespace + token


def _folded(source: str) -> str:
    return " ".join(source.split()).casefold()
