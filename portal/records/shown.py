"""A line as pages, files and the binder show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from portal.infra.dates import date_in
from portal.infra.i18n import reader_language
from portal.records import words
from portal.records.names import spoken
from portal.records.parts import Part
from portal.records.plain import plain_name
from portal.results.explanations import plain_name as plain_test
from portal.web import filters


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a record in the reader's words.

    `name` is the clinical name, `plain_name` what people call it (empty where it is the same or not known). `details`
    are pairs of label and text. `status` is the code as recorded, `status_words` its words (empty where there is
    nothing to say). `happened_on` is the day it is sorted by, `when` the same as precise as it was recorded.
    `arrived_at` is when this portal took it over, `version` counts its corrections from 1. `source_id` leads to the
    original, None where there is none.
    """

    part: str
    id: UUID
    name: str
    plain_name: str
    details: tuple[tuple[str, str], ...]
    status: str
    status_words: str
    tone: str
    is_now: bool
    happened_on: date | None
    when: str
    recorded_at: datetime | None
    author: str
    source: str
    source_id: UUID | None
    arrived_at: datetime | None
    version: int

    @property
    def said(self) -> str:
        """The name to read first: the plain one, else the clinical one."""
        return self.plain_name or self.name

    @property
    def text(self) -> str:
        return " · ".join(text for _, text in self.details)

    @property
    def is_corrected(self) -> bool:
        return self.version > 1

    @classmethod
    def of(cls, part: Part, row: Any) -> Line:
        status_words, tone = words.state_of(part.key, row.status)
        name, plain = names_of(part, row)
        if part.is_measured:
            day: date | None = date_in(row.effective_at, filters.reader_zone())
            when = filters.short_day(row.effective_at)
        else:
            day, when = row.happened_on, words.partial_day(row.happened, row.happened_on)
        return cls(
            part=part.key,
            id=row.id,
            name=name,
            plain_name=plain,
            details=words.details_of(part.key, row),
            status=row.status,
            status_words=status_words,
            tone=tone,
            is_now=not part.now or row.status in part.now,
            happened_on=day,
            when=when,
            recorded_at=row.recorded_at,
            author=row.author or "",
            source=words.source_words(row.source),
            source_id=row.source_id,
            arrived_at=row.imported_at,
            version=row.version or 1,
        )


def names_of(part: Part, row: Any) -> tuple[str, str]:
    """The clinical name and the plain one, which is empty where it says nothing more."""
    name, language = spoken(row.name), reader_language()
    if part.is_measured:
        plain = plain_test(row.code, "", language)
        return name, plain if plain.casefold() != name.casefold() else ""
    return name, plain_name(row.code, row.code_system, row.name, language)
