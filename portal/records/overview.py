"""What is in the parts of a record, in one statement: how much, how new, and how much of it is news."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import literal, select
from sqlalchemy.exc import SQLAlchemyError

from portal.policy.actions import Action
from portal.records import lines
from portal.records.looking import Look, marks_since
from portal.records.parts import PARTS, Part
from portal.work.unit_of_work import UnitOfWork

MOST = 1000
BY_RESULTS = frozenset({Action.RESULT_READ})


def visible(uow: UnitOfWork, person_id: UUID) -> list[Part]:
    """The parts whose action the reader may do at all for this person: one question for each action."""
    allowed = {action: uow.may(action, patient=person_id) for action in dict.fromkeys(part.action for part in PARTS)}
    return [part for part in PARTS if allowed[part.action]]


def facts(
    uow: UnitOfWork, person_id: UUID, parts: Sequence[Part], looks: Mapping[str, Look]
) -> dict[str, tuple[int, Any, int]] | None:
    """For each part: how many lines (counted to `MOST`), the newest day, and how many are new to the reader.

    None when it can't be read.
    """
    columns = []
    for number, part in enumerate(parts):
        columns.append(lines.counted(uow, part, person_id, MOST).label(f"count_{number}"))
        columns.append(lines.newest(uow, part, person_id).label(f"newest_{number}"))
        since = marks_since(uow, looks.get(part.key))
        news = literal(0) if since is None else lines.news_since(uow, part, person_id, since)
        columns.append(news.label(f"news_{number}"))
    tables = frozenset({"source_resource", *(part.model.__tablename__ for part in parts)})
    if not columns:
        return {}
    try:
        with uow.session.begin_nested():
            row = uow.first(select(*columns).execution_options(scoped=tables))
    except SQLAlchemyError:
        return None
    return {part.key: tuple(row[number * 3 : number * 3 + 3]) for number, part in enumerate(parts)}
