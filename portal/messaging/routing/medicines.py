"""Which medicine of the list a message means: by generic or brand name, misspelt or in Spanish, or by what it is for."""  # noqa: E501

from __future__ import annotations

import re
from functools import cache, lru_cache

from portal.messaging.routing.context import Medication
from portal.messaging.routing.lexicon import groups, table
from portal.messaging.routing.text import Text, flatten

_FORMS = frozenset(
    "inhaler tablet tablets capsule cream gel patch drops injection insulin oral solution extended release er xr xl hcl "  # noqa: E501
    "sodium acid hydrochloride succinate tartrate besylate calcium potassium spray ointment nasal vitamin suspension "
    "and with de la the over counter supplement actuat metered dose pack injectable delayed chewable day".split()
)
_FORM_SAID = (
    r"(?:pills?|tablets?|meds?|medicines?|medications?|shots?|injections?|inhalers?|drops|cream|patch(?:es)?|spray|dose"
    r"|pastill\w+|medicinas?|medicamentos?|remedios?|inyeccion\w*|inhalador\w*|gotas|gotitas|crema|parches?|jarabe|dosis)"
)
_REMARK = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_SOUNDS = (
    ("ph", "f"),
    ("th", "t"),
    ("y", "i"),
    ("qu", "k"),
    ("q", "k"),
    ("x", "ks"),
    ("z", "s"),
    ("h", ""),
    ("w", "u"),
)
_SOFT_C = re.compile(r"c(?=[ei])")
_DOUBLE = re.compile(r"(.)\1+")
_ENDING = re.compile(r"(?:[aeo])$")
_LEAST = 5  # letters; shorter words must be spelt as listed


@lru_cache(maxsize=8192)
def sound(word: str) -> str:
    """A word by its sound in English and Spanish alike, so that `gabapentina` and `gabapentin` agree."""
    for old, new in _SOUNDS:
        word = word.replace(old, new)
    word = _SOFT_C.sub("s", word).replace("c", "k")
    return _ENDING.sub("", _DOUBLE.sub(r"\1", word))


def within(a: str, b: str, most: int) -> bool:
    """Whether at most `most` letters need changing, adding, leaving out or swapping."""
    if abs(len(a) - len(b)) > most:
        return False
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        older, before, row = before, row, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return False
    return row[-1] <= most


@cache
def _known() -> dict[str, frozenset[str]]:
    """Every known name (brand or generic) with its ingredients."""
    known: dict[str, set[str]] = {}
    for row in table("medicines.csv"):
        for name in (row["ingredient"], *row["brands"].split("|")):
            if name and len(name) > 3:
                known.setdefault(flatten(name).strip(), set()).add(row["ingredient"])
    return {name: frozenset(of) for name, of in known.items()}


def _words(name: str) -> set[str]:
    """The words of a listed name that may be the medicine: no strength, form, remark in brackets or ordinary word."""
    bare = _REMARK.sub(" ", name)
    words = {word for word in flatten(bare).split() if len(word) > 2 and word[0].isalpha()}
    known = {word for word in words if word in _known() and word not in _FORMS}
    return known or words - _FORMS - _ordinary_words()


@cache
def _nicknames() -> dict[str, frozenset[str]]:
    """What people call a medicine for short, by the words its listed name may have."""
    found: dict[str, set[str]] = {}
    for short, names in groups("medicine_nicknames.txt").items():
        for name in names:
            found.setdefault(name, set()).add(short)
    return {name: frozenset(shorts) for name, shorts in found.items()}


@lru_cache(maxsize=4096)
def _names(medicine: Medication) -> frozenset[str]:
    """The single words that stand for a medicine, its common brands included."""
    names: set[str] = set()
    for name in (medicine.name, *medicine.aka):
        names |= _words(name)
    generics = {g for name in names for g in _known().get(name, ())}
    parts = set(flatten(medicine.name).split())
    for row in table("medicines.csv"):
        if row["ingredient"] in generics and row["ingredient"] in parts:
            names |= {flatten(b).strip() for b in row["brands"].split("|") if b and " " not in b}
    for name in names | generics | parts:
        names |= _nicknames().get(name, frozenset())
    return frozenset(names)


def _closeness(word: str) -> int:
    return 0 if len(word) < _LEAST else 1 if len(word) < 9 else 2


def _place(text: Text, names: frozenset[str], candidates: list[tuple[str, str]]) -> int | None:
    """Where one of the names stands in the text, spelt right or nearly."""
    places = []
    for name in names:
        if name in text.words:
            places.append(text.flat.find(f" {name} "))
            continue
        if len(name) < _LEAST:
            continue
        key = sound(name)
        for word, said in candidates:
            if (said[:1] == key[:1] and (said == key or (len(said) > 3 and within(said, key, _closeness(key))))) or (
                word[:2] == name[:2] and within(word, name, _closeness(name))
            ):
                places.append(text.flat.find(f" {word} "))
                break
        else:
            at = text.flat.find(f" {name[:3]}") if name in text.joined else -1
            if at >= 0:
                places.append(at)
    return min(places) if places else None


def find_medicines(text: Text, medications: tuple[Medication, ...]) -> list[tuple[int, Medication]]:
    """(place, medicine) of each medicine meant, the first named first; a current one before a stopped one of the same name."""  # noqa: E501
    ordinary = _ordinary_words()
    candidates = [(w, sound(w)) for w in text.words if len(w) >= _LEAST and w.isalpha() and w not in ordinary]
    found: list[tuple[int, Medication]] = []
    for medicine in sorted(medications, key=lambda m: m.status.lower() != "active"):
        place = _place(text, _names(medicine), candidates)
        if place is not None and not any(p == place for p, _ in found):
            found.append((place, medicine))
    if not found:
        found = _by_purpose(text, medications)
    else:
        found += [(p, m) for p, m in _by_purpose(text, medications) if m not in [f for _, f in found]]
    return sorted(found, key=lambda item: item[0])


@cache
def _ordinary_words() -> frozenset[str]:
    return frozenset(word for words in groups("ordinary_words.txt").values() for word in words)


@cache
def _said_for() -> re.Pattern[str]:
    """A form of medicine beside what it is for: "the pill for my Parkinson's", "la pastilla del colesterol"."""
    words = "|".join(sorted(groups("purpose_words.txt"), key=len, reverse=True))
    return re.compile(
        rf" {_FORM_SAID} (?:(?:for|of|de|del|para|pa|contra) )(?:\w+ ){{0,2}}?({words})(?= )"
        rf"| ({words}) {_FORM_SAID}(?= )"
    )


def _purposes(text: Text) -> list[tuple[int, tuple[str, ...]]]:
    """Where a message calls a medicine by what it is for, with the words that the listed one must have."""
    spelt = [(text.flat.find(f" {phrase} "), marks) for phrase, marks in groups("medicine_purposes.txt").items()]
    said = [(m.start(), groups("purpose_words.txt")[m[1] or m[2]]) for m in _said_for().finditer(text.flat)]
    return [(place, marks) for place, marks in (*spelt, *said) if place >= 0]


def _by_purpose(text: Text, medications: tuple[Medication, ...]) -> list[tuple[int, Medication]]:
    """Medicines called by what they are for ("my water pill"): the first of the list that fits."""
    found = []
    for place, marks in _purposes(text):
        for medicine in medications:
            if medicine.status.lower() not in {"active", ""}:
                continue
            said = f" {' '.join((medicine.name, *medicine.aka, medicine.purpose))} ".lower()
            if any(mark in said for mark in marks):
                found.append((place, medicine))
                break
    return found


def names_unlisted(text: Text) -> frozenset[str]:
    """Ingredients of well-known medicines the text names, listed or not."""
    known = _known()
    return frozenset(i for word in text.words if len(word) > 3 for i in known.get(word, ()))
