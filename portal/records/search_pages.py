"""What the page of the search may know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from portal.records import words
from portal.records.lines import Slice
from portal.records.parts import BY_KEY
from portal.records.record_pages import line_href
from portal.records.shown import names_of
from portal.web import filters


@dataclass(frozen=True, slots=True)
class Hit:
    href: str
    said: str
    name: str
    part: str
    when: str

    @classmethod
    def of(cls, person_id: UUID, row: Any) -> Hit:
        part = BY_KEY[row.part]
        name, plain = names_of(part, row)
        when = filters.short_day(row.day) if row.day and row.day.year > 1 else ""
        href = line_href(person_id, row.part, row.id)
        return cls(href, plain or name, name if plain else "", words.title_of(row.part), when)


@dataclass(frozen=True)
class SearchRecordPage:
    """What was found in the whole record."""

    person_id: UUID
    title: str
    is_staff: bool
    back_href: str
    form: Any
    search_href: str
    hits: list[Hit] | None
    last: str
    has_more: bool
    room: str = "record"

    @property
    def has_errors(self) -> bool:
        return bool(self.form.errors)

    @classmethod
    def of(cls, person_id: UUID, form: Any, found: Slice | None, *, is_staff: bool) -> SearchRecordPage:
        rows = found.rows if found is not None else ()
        return cls(
            person_id=person_id,
            title=_("Search the record"),
            is_staff=is_staff,
            back_href=url_for("records.show_record", person_id=person_id),
            form=form,
            search_href=url_for("records.search_record", person_id=person_id),
            hits=[Hit.of(person_id, row) for row in rows] if found is not None else None,
            last=str(rows[-1].id) if rows else "",
            has_more=found is not None and found.has_later,
        )
