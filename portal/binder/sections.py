"""A binder in words: sixteen sections in order, each with its lines, or with a word in their place (PHR-1)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from portal.binder import words
from portal.binder.contents import Facts
from portal.binder.lines import CLINIC, LINES, Line, note_line
from portal.binder.outline import NOT_CONFIRMED, Standing, freshness, score, standing
from portal.web import filters

KINDS = {  # which kinds of rows a section is made of
    "contacts": ("relations", "small"),
    "providers": ("team", "small"),
    "directives": ("small",),
    "family": ("small",),
    "history": ("procedures", "stays", "small"),
    "plan": ("plans", "goals"),
}


@dataclass(frozen=True, slots=True)
class Section:
    """A section as any page or paper prints it. `state` is filled, none, empty or failed."""

    key: str
    number: int
    title: str
    state: str
    words: str
    lines: tuple[Line, ...]
    is_included: bool
    confirmed_at: datetime | None
    confirmed_words: str
    freshness: str
    is_changed: bool
    to_discuss: tuple[Line, ...]
    standing: Standing
    days: int | None

    @property
    def groups(self) -> list[tuple[str, list[Line]]]:
        """The lines under their small headings, in order."""
        found: dict[str, list[Line]] = {}
        for line in self.lines:
            found.setdefault(line.group, []).append(line)
        return list(found.items())

    @property
    def fingerprint(self) -> bytes:
        return hashlib.sha256("\n".join(sorted(line.stamp for line in self.lines)).encode()).digest()


@dataclass(frozen=True, slots=True)
class Binder:
    """All sections that the reader may see, whether they go along or not."""

    person_id: UUID
    name: str
    given_name: str
    born_on: date | None
    born: str
    sections: tuple[Section, ...]

    @property
    def included(self) -> tuple[Section, ...]:
        return tuple(one for one in self.sections if one.is_included)

    def only(self, keys: Sequence[str]) -> Binder:
        """The same with these sections alone, numbered anew: what is left out leaves no gap."""
        kept = [one for one in self.sections if one.key in keys]
        return replace(self, sections=tuple(replace(one, number=n) for n, one in enumerate(kept, 1)))

    @property
    def taken_along(self) -> Binder:
        return self.only([one.key for one in self.included])

    @property
    def failed(self) -> list[str]:
        return [one.title for one in self.sections if one.state == "failed"]

    @property
    def score(self) -> int:
        return score([one.standing for one in self.included])

    def section(self, key: str) -> Section | None:
        return next((one for one in self.sections if one.key == key), None)


def bind(facts: Facts, today: date, *, is_own: bool = True) -> Binder:
    """The binder of what was read. `is_own` says whether its owner reads it: words about "you" depend on it."""
    sections = [_section(facts, key, number, today, is_own) for number, key in enumerate(facts.visible, 1)]
    person = facts.person
    born = filters.born(person.birth_on) if person.birth_on else ""
    return Binder(person.id, facts.name, person.given_name, person.birth_on, born, tuple(sections))


def _section(facts: Facts, key: str, number: int, today: date, is_own: bool) -> Section:
    kept = facts.kept.get(key)
    own = [note_line(note, is_own) for note in facts.of("notes") if note.section == key and key != "notes"]
    lines = [] if key == "questions" else LINES[key](facts, is_own)
    lines = [*lines, *own]
    is_failed = any(
        kind in facts.failed for kind in (*KINDS.get(key, (key,)), "notes", "papers" if key == "notes" else "")
    )
    says_none = (kept is not None and kept.is_none) or (key == "medicines" and facts.medicines.says_none)
    state = "failed" if is_failed else "filled" if lines else "none" if says_none else "empty"
    confirmed_at, by = _last_confirmed(facts, key, kept)
    confirmed_on = confirmed_at.astimezone(filters.reader_zone()).date() if confirmed_at else None
    fresh = freshness(key, confirmed_on, today)
    made = Section(
        key=key,
        number=number,
        title=words.section_title(key),
        state=state,
        words="" if state == "filled" else words.state_words(state),
        lines=tuple(lines),
        is_included=kept is None or kept.is_included,
        confirmed_at=confirmed_at,
        confirmed_words=_confirmed(by, facts, confirmed_on),
        freshness=fresh,
        is_changed=False,
        to_discuss=_to_discuss(key, lines, kept),
        standing=Standing(key, 0, "", ""),
        days=(today - confirmed_on).days if confirmed_on else None,
    )
    print_ = kept.fingerprint if kept is not None else None
    changed = is_own and print_ is not None and print_ != made.fingerprint and key not in NOT_CONFIRMED
    conflicts = 1 if kept is not None and kept.is_none and lines else 0
    stands = standing(key, state, fresh, is_changed=changed, conflicts=conflicts)
    return replace(made, is_changed=changed, standing=stands)


def _last_confirmed(facts: Facts, key: str, kept: Any) -> tuple[datetime | None, str]:
    """The newest word that a section is right, here or on the page of that list, and who said it."""
    at, by = (kept.confirmed_at, kept.confirmed_by or "") if kept is not None else (None, "")
    elsewhere = [(when, "") for section, when in facts.of("checks") if section == key]
    if key == "medicines" and facts.medicines.stamp is not None:
        elsewhere.append((facts.medicines.stamp.at, facts.medicines.stamp.by))
    for other_at, other_by in elsewhere:
        if at is None or other_at > at:
            at, by = other_at, other_by
    return at, by


def _confirmed(by: str, facts: Facts, on: date | None) -> str:
    if on is None:
        return ""
    day = filters.born(on)
    if by and by != facts.name:
        return _("Last confirmed on %(day)s by %(name)s", day=day, name=by)
    return _("Last confirmed by you on %(day)s", day=day)


def _to_discuss(key: str, lines: Sequence[Line], kept: Any) -> tuple[Line, ...]:
    """What its owner says and the clinic does not, in what the clinic treats by (PHR-3)."""
    if key not in ("allergies", "medicines", "problems", "history", "immunizations"):
        return ()
    return tuple(line for line in lines if line.mark != CLINIC and not line.is_over)
