"""The whole record in parts, for pages, files and the binder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from portal.records import lines, words
from portal.records.parts import BY_KEY, PARTS
from portal.records.shown import Line
from portal.work.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class PartLines:
    """A part of a record with its lines.

    `state` is "filled", "empty" (it was read, and nothing is on file), "failed" (it could not be read) or "hidden"
    (this reader may not see the part at all). `has_more` says that not all lines are here.
    """

    key: str
    title: str
    state: str
    lines: tuple[Line, ...]
    has_more: bool = False


def parts(
    uow: UnitOfWork, person_id: UUID, keys: Iterable[str] | None = None, *, most: int = 1000, hidden: bool = False
) -> list[PartLines]:
    """The record of a person in parts, as far as the actor may see it: each line in plain words, newest first.

    `keys` names the parts (None: all, in their order, see `records.parts`); `most` is the number of lines of each.
    A part the actor may not see at all is left out, or is there without lines when `hidden` says so. What nobody
    stands by is in none. A part that can't be read is "failed", never empty. Words are in the language of the
    request. One statement a part, and one question to the policy. The look is recorded, part by part.
    """
    found = []
    for key in [part.key for part in PARTS] if keys is None else keys:
        part = BY_KEY[key]
        if not uow.may(part.action, patient=person_id):
            if hidden:
                found.append(PartLines(key, words.title_of(key), "hidden", ()))
            continue
        try:
            with uow.session.begin_nested():
                rows = lines.every(uow, part, person_id, most=most + 1)
            shown = tuple(Line.of(part, row) for row in rows[:most])
        except (SQLAlchemyError, ArithmeticError, LookupError, TypeError, ValueError):
            found.append(PartLines(key, words.title_of(key), "failed", ()))
            continue
        uow.seen(part.action, person_id)
        found.append(PartLines(key, words.title_of(key), "filled" if shown else "empty", shown, len(rows) > most))
    return found
