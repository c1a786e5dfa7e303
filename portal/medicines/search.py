"""Finding a medicine by brand, substance or misspelling, in memory. Pure.

The index is built when somebody first looks, from the tables in `data/`: about 8,000 names.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from portal.medicines.terminology import tables

MOST = 8
_SHORTEST = 2
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A name to choose. `is_near` says that it is not what was typed, but like it."""

    name: str
    ingredients: tuple[str, ...]
    is_brand: bool
    kind: str  # rx, otc, both, supp, or nothing where nobody knows
    purpose: str
    is_near: bool = False


class _Index:
    def __init__(self) -> None:
        known = tables()
        self.names: dict[str, Suggestion] = {}
        for name, ingredients in known.names.items():
            common = known.common.get(name)
            if ingredients == (name,):
                self.names[name] = Suggestion(
                    name, ingredients, False, common.kind if common else "", common.purpose if common else ""
                )
        for name, ingredients in known.brands.items():
            common = known.common.get(ingredients[0]) if len(ingredients) == 1 else None
            self.names[name] = Suggestion(
                known.brand_names[name],
                ingredients,
                True,
                common.kind if common else "",
                common.purpose if common else "",
            )
        self.weight = {name: _weight(one, known.common) for name, one in self.names.items()}
        self.pieces: dict[str, list[str]] = {}
        for name in self.names:
            for piece in _pieces(name):
                self.pieces.setdefault(piece, []).append(name)


def _weight(one: Suggestion, common: Mapping[str, object]) -> int:
    """Common medicines first, then brands of common ones, then all others."""
    if one.ingredients[0] in common and len(one.ingredients) == 1:
        return 0 if not one.is_brand else 1
    return 2 if all(each in common for each in one.ingredients) else 3


@cache
def _index() -> _Index:
    return _Index()


def warm() -> None:
    """Build the index now."""
    _index()


@lru_cache(maxsize=2048)
def find(text: str, most: int = MOST) -> tuple[Suggestion, ...]:
    """Medicines whose name begins with, contains, or is spelled nearly like the text; the likeliest first.

    Strengths and forms in the text are left out. Nothing is found for less than two letters.
    """
    wanted = _plain(text)
    if len(wanted) < _SHORTEST:
        return ()
    index = _index()
    exact = [name for name in index.names if name.startswith(wanted)]
    exact.sort(key=lambda name: (name != wanted, index.weight[name], len(name), name))
    inside = [name for name in index.names if f" {wanted}" in name and name not in exact]
    inside.sort(key=lambda name: (index.weight[name], len(name), name))
    found = [index.names[name] for name in (*exact, *inside)[:most]]
    if len(found) < most and len(wanted) > 3:
        known = {one.name.lower() for one in found}
        near = [name for name in _near(wanted) if name not in known]
        found += [_marked(index.names[name]) for name in near[: most - len(found)]]
    return tuple(found)


def _marked(one: Suggestion) -> Suggestion:
    return Suggestion(one.name, one.ingredients, one.is_brand, one.kind, one.purpose, is_near=True)


def _plain(text: str) -> str:
    text = re.sub(r"\d[\d.,/]*\s*(mg|mcg|g|ml|units?|iu|%)?\b", " ", text.lower()[:_LONGEST].replace("’", "'"))
    return " ".join(re.sub(r"\b(tablets?|capsules?|pills?|caps?|tabs?)\b", " ", text).split())


def _pieces(name: str) -> set[str]:
    padded = f"  {name} "
    return {padded[at : at + 3] for at in range(len(padded) - 2)}


def _near(wanted: str) -> list[str]:
    """Names within a few slips of the pen, and names that sound the same."""
    index, allowed = _index(), 1 if len(wanted) < 5 else 2 if len(wanted) < 9 else 3
    votes = Counter(name for piece in _pieces(wanted) for name in index.pieces.get(piece, ()))
    close: list[tuple[int, int, int, str]] = []
    sound = _sound(wanted)
    for name, shared in votes.most_common(250):
        if abs(len(name) - len(wanted)) > allowed + 1:
            continue
        slips = _slips(wanted, name, allowed + 1)
        if slips <= allowed or (_sound(name) == sound and slips <= allowed + 1):
            close.append((slips, index.weight[name], -shared, name))
    return [name for *_, name in sorted(close)]


def _sound(name: str) -> str:
    """The consonants as they are heard: "ibuprophen" and "ibuprofen" sound the same."""
    for written, heard in (
        ("ph", "f"),
        ("ck", "k"),
        ("c", "k"),
        ("q", "k"),
        ("x", "ks"),
        ("z", "s"),
        ("y", "i"),
        ("v", "f"),
    ):
        name = name.replace(written, heard)
    name = re.sub(r"[^a-z]", "", name)
    return name[:1] + re.sub(r"(.)\1+", r"\1", re.sub(r"[aeiouh]", "", name[1:]))


def _slips(one: str, other: str, most: int) -> int:
    """Letters left out, added, changed or swapped between two words; `most + 1` where there are more."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]
