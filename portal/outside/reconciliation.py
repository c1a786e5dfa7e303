"""Ours and theirs, side by side (domain.md EHR-1, 4.2; AHRQ MATCH). Pure: it proposes, a clinician decides.

Problems are the same by code, else by name; allergies also by ingredient; medicines by the set of ingredients and
the route, and equal when what is taken in a day is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from portal.medicines import sig
from portal.medicines.checks import Entry
from portal.medicines.terminology import LOCAL_ROUTES, understand

SAME, DIFFERS, NEW, PAST, NONE = "same", "differs", "new", "past", "none"
ADD, MERGE, REPLACE, IGNORE = "add", "merge", "replace", "ignore"
REASONS = ("known", "past", "wrong", "not_needed")
_FORMS = frozenset({"oral", "tablet", "capsule", "solution", "release", "extended", "actuat"})
OVER = frozenset({"completed", "stopped", "not-taken", "resolved", "inactive", "remission", "ended"})


@dataclass(frozen=True, slots=True)
class Side:
    """A line of either side. `key` names it for the caller; `is_none` says that there is nothing."""

    key: UUID
    name: str
    code: str = ""
    system: str = ""
    how: str = ""
    status: str = "active"
    is_none: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """What theirs is beside ours: `kind`, the line of ours it is like (None: none), and what is proposed.

    `reason` goes with a proposal to ignore it.
    """

    theirs: UUID
    kind: str
    ours: UUID | None = None
    proposal: str = ADD
    reason: str = ""
    is_other_name: bool = False  # the same medicine under another name
    is_conflict: bool = False  # one side says that there is nothing, the other that there is


def compare(part: str, ours: Sequence[Side], theirs: Iterable[Side]) -> tuple[Pair, ...]:
    """A pair for each line of theirs, in their order."""
    return tuple(_pair(part, ours, one) for one in theirs)


def _pair(part: str, ours: Sequence[Side], one: Side) -> Pair:
    real = [side for side in ours if not side.is_none]
    if one.is_none:
        return Pair(one.key, NONE, None, IGNORE, "known" if not real else "wrong", is_conflict=bool(real))
    found = next((side for side in real if _is_same(part, side, one)), None)
    nothing = any(side.is_none for side in ours)
    if found is not None:
        if part != "medicines":
            same = (found.status in OVER) == (one.status in OVER)
            return Pair(one.key, SAME if same else DIFFERS, found.key, MERGE)
        if one.status in OVER:
            return Pair(one.key, DIFFERS, found.key, IGNORE, "past")
        other_name = not _names(found.name) & _names(one.name)
        if _same_amount(found, one):
            return Pair(one.key, SAME, found.key, MERGE, is_other_name=other_name)
        return Pair(one.key, DIFFERS, found.key, REPLACE, is_other_name=other_name)
    if one.status in OVER:
        return Pair(one.key, PAST, None, IGNORE, "past", is_conflict=nothing)
    return Pair(one.key, NEW, None, ADD, is_conflict=nothing)


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("(disorder)", "").replace("(finding)", "").replace(",", " ").split())


def _names(text: str) -> set[str]:
    """The words of a medicine's name that can be names: no numbers, no units."""
    return {word for word in _plain(text).split() if word.isalpha() and len(word) > 3 and word not in _FORMS}


def _is_same(part: str, ours: Side, theirs: Side) -> bool:
    if ours.code and ours.code == theirs.code and ours.system == theirs.system:
        return True
    if _plain(ours.name) == _plain(theirs.name):
        return True
    if part == "conditions":
        return False
    here, there = understand(ours.name, ours.how), understand(theirs.name, theirs.how)
    if not here.ingredients or set(here.ingredients) != set(there.ingredients):
        return False
    if part == "allergies":
        return True
    return here.route == there.route or (
        not ({here.route, there.route} & LOCAL_ROUTES) and not (here.route == "injection" or there.route == "injection")
    )


def _same_amount(ours: Side, theirs: Side) -> bool:
    """Whether as much is taken in a day, as far as both sides say; without that, whether the strength is the same."""
    here, there = (Entry.of("", side.name, sig.read(side.how)) for side in (ours, theirs))
    for ingredient in here.medicine.ingredients:
        mine, other = here.daily(ingredient), there.daily(ingredient)
        if mine is not None and other is not None:
            if abs(mine - other) > 0.001 or here.taking.times_per_day != there.taking.times_per_day:
                return False
        elif here.medicine.strengths.get(ingredient) != there.medicine.strengths.get(ingredient):
            return False
    return True
