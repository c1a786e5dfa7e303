"""What a list of medicines must be asked about: duplicates, interactions, allergies, doses (domain.md 4.2). Pure.

Every level and every sentence about an effect comes from the tables in `data/`; nothing here makes one up. The checks
know only what the tables know: no flag never means that a list is safe.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations

from portal.medicines.sig import Taking
from portal.medicines.terminology import FOLDER, LOCAL_ROUTES, Medicine, class_of, understand

# Levels that need a decision before a list can be verified; a hard stop ends only with another order.
TO_RESOLVE = frozenset({"high", "block", "conflict", "contraindicated", "serious", "hard_stop"})
HARD_STOP = "hard_stop"
_RANK = ("hard_stop", "contraindicated", "conflict", "serious", "block", "high", "caution", "look")
_TRUE_ALLERGY = re.compile(r"asthma|hive|urticaria|angio|swell|anaphyla|wheez|breath|throat", re.IGNORECASE)
_SIDE_EFFECT = re.compile(r"nausea|vomit|constipat|upset|drows|itch|dizz|diarrh|headache", re.IGNORECASE)
_CANCER = re.compile(r"cancer|leuk|lymphom|tumou?r|neoplas|carcinom|chemo", re.IGNORECASE)
_ONCE_A_WEEK = 0.15


@dataclass(frozen=True, slots=True)
class Entry:
    """One medicine that is taken. `key` names it for the caller and decides nothing."""

    key: str
    name: str
    medicine: Medicine
    taking: Taking = field(default_factory=Taking)
    purpose: str = ""
    is_otc: bool = False
    is_on_hold: bool = False
    has_hold_plan: bool = False  # until when, or who decides

    @classmethod
    def of(cls, key: str, name: str, taking: Taking | None = None, **more: object) -> Entry:
        """An entry of a name as it is written."""
        return cls(key, name, understand(name), taking or Taking(), **more)  # type: ignore[arg-type]

    @property
    def is_local(self) -> bool:
        return self.medicine.route in LOCAL_ROUTES

    def daily(self, ingredient: str) -> float | None:
        """At most how many milligrams of the ingredient a day, as far as it is said; at least one unit each time."""
        strength, taking = self.medicine.strengths.get(ingredient), self.taking
        if taking.mg is not None and len(self.medicine.ingredients) == 1:
            each: float | None = taking.mg
        else:
            each = strength * (taking.amount or 1) if strength is not None else None
        if each is None:
            return None
        if taking.is_as_needed and taking.most_per_day is not None and strength is not None:
            return strength * taking.most_per_day
        return each * taking.times_per_day if taking.times_per_day else None


@dataclass(frozen=True, slots=True)
class AllergyFact:
    """An allergy as the record has it."""

    name: str
    reaction: str = ""


@dataclass(frozen=True, slots=True)
class Flag:
    """Something to ask about. `source` is where the rule comes from; `rule` its number there, where it has one."""

    kind: str
    level: str
    keys: tuple[str, ...]
    about: tuple[str, ...]  # ingredients or classes
    rule: str = ""
    effect: str = ""
    action: str = ""
    source: str = ""
    amount: float | None = None  # milligrams a day, for MAX_DOSE
    limit: float | None = None

    @property
    def needs_decision(self) -> bool:
        return self.level in TO_RESOLVE

    @property
    def rank(self) -> tuple[int, str, tuple[str, ...]]:
        return _RANK.index(self.level), self.kind, self.keys

    @property
    def identity(self) -> str:
        """The same finding about the same medicines in the same doses has the same identity."""
        return "|".join((self.kind, self.level, self.rule, *sorted(self.about), *sorted(self.keys), str(self.amount)))


def check(entries: Sequence[Entry], allergies: Iterable[AllergyFact] = ()) -> tuple[Flag, ...]:
    """All flags of a list, the gravest first. What is on hold takes no part, but for a hold without a plan.

    The answer is the same in whatever order the entries come.
    """
    taken = sorted((one for one in entries if not one.is_on_hold), key=lambda one: one.key)
    facts = tuple(allergies)
    found: list[Flag] = []
    for first, second in combinations(taken, 2):
        found.extend(_pair(first, second))
    for entry in taken:
        found.extend(_alone(entry))
        found.extend(flag for fact in facts for flag in _allergy(entry, fact))
    found.extend(_doses(taken))
    waiting = (one for one in entries if one.is_on_hold and not one.has_hold_plan)
    found.extend(Flag("HOLD_NO_PLAN", "look", (one.key,), one.medicine.ingredients) for one in waiting)
    return tuple(sorted(dict.fromkeys(found), key=lambda flag: flag.rank))


# Pairs ----------------------------------------------------------------------------------------------------------------


def _pair(first: Entry, second: Entry) -> Iterator[Flag]:
    keys = (first.key, second.key)
    can_duplicate = first.medicine.route == second.medicine.route or not (first.is_local or second.is_local)
    shared = set(first.medicine.ingredients) & set(second.medicine.ingredients)
    if can_duplicate:
        for ingredient in sorted(shared):
            yield Flag("DUP_INGREDIENT", "high", keys, (ingredient,))
        yield from _classes(first, second, keys, shared)
    yield from _interactions(first, second, keys)


def _classes(first: Entry, second: Entry, keys: tuple[str, str], shared: set[str]) -> Iterator[Flag]:
    seen: set[tuple[str, str]] = set()
    for one in sorted(set(first.medicine.ingredients) - shared):
        for other in sorted(set(second.medicine.ingredients) - shared):
            pair = tuple(sorted((class_of(one), class_of(other))))
            rule = class_rules().get(pair)  # type: ignore[arg-type]
            if rule is None or rule[0] == "none" or pair in seen:
                continue
            seen.add(pair)  # type: ignore[arg-type]
            yield Flag("DUP_CLASS", rule[0], keys, (one, other), effect=rule[1])


def _interactions(first: Entry, second: Entry, keys: tuple[str, str]) -> Iterator[Flag]:
    groups, is_local = groups_of(), first.is_local or second.is_local
    best: dict[str, Flag] = {}
    for one in first.medicine.ingredients:
        for other in second.medicine.ingredients:
            if one == other:
                continue
            for left in groups.get(one, ()):
                for right in groups.get(other, ()):
                    for rule in interactions().get((left, right), ()):
                        level = "caution" if is_local else rule["severity"]
                        best.setdefault(
                            rule["rule_id"],
                            Flag(
                                "INTERACTION",
                                level,
                                keys,
                                (one, other),
                                rule["rule_id"],
                                rule["effect_plain"],
                                rule["action_plain"],
                                rule["source"],
                            ),
                        )
    yield from best.values()


# One entry ------------------------------------------------------------------------------------------------------------


def _alone(entry: Entry) -> Iterator[Flag]:
    keys, medicine, taking = (entry.key,), entry.medicine, entry.taking
    if not medicine.is_known:
        yield Flag("UNKNOWN_DRUG", "look", keys, medicine.ingredients)
    if taking.is_as_needed and ((not taking.reason and not entry.purpose) or taking.most_per_day is None):
        yield Flag("PRN_INCOMPLETE", "look", keys, medicine.ingredients)
    if not entry.purpose and not taking.reason:
        yield Flag("NO_PURPOSE", "look", keys, medicine.ingredients)
    for row in limits():
        if row["context"] == "weekly_only" and _is_weekly(entry, row):
            yield Flag(
                "WEEKLY_ONLY", HARD_STOP, keys, (row["ingredient"],), effect=row["source_note"], source="dose_limits"
            )


def _is_weekly(entry: Entry, row: dict[str, str]) -> bool:
    """Whether a once-a-week medicine is taken more often. The table's note says for which form it holds."""
    ingredient, note, times = row["ingredient"], row["source_note"].lower(), entry.taking.times_per_day
    if ingredient not in entry.medicine.ingredients or times is None or times <= _ONCE_A_WEEK:
        return False
    if note.startswith("injection"):
        return entry.medicine.route == "injection"
    if "non-cancer" in note and _CANCER.search(entry.purpose):
        return False
    only = re.match(r"(\d+) mg tablet is once a week", note)
    if only is not None:
        strength = entry.medicine.strengths.get(ingredient, entry.taking.mg)
        return strength == float(only.group(1))
    return not entry.is_local


def _doses(entries: Sequence[Entry]) -> Iterator[Flag]:
    """All products of an ingredient together against the most a day, in the strictest limit that applies."""
    amounts: dict[str, list[tuple[Entry, float]]] = {}
    for entry in entries:
        if entry.is_local:
            continue
        for ingredient in entry.medicine.ingredients:
            if (daily := entry.daily(ingredient)) is not None:
                amounts.setdefault(ingredient, []).append((entry, daily))
    present = {one for entry in entries if not entry.is_local for one in entry.medicine.ingredients}
    for ingredient, parts in sorted(amounts.items()):
        row = _limit(ingredient, present, all(entry.is_otc for entry, _ in parts))
        total = round(sum(daily for _, daily in parts), 6)
        if row is not None and total > float(row["max_per_day"]):
            keys = tuple(entry.key for entry, _ in parts)
            limit = float(row["max_per_day"])
            about = tuple(row["ingredient"].split("+"))
            yield Flag("MAX_DOSE", "high", keys, about, source=row["source_note"], amount=total, limit=limit)


def _limit(ingredient: str, present: set[str], is_otc: bool) -> dict[str, str] | None:
    wanted = {"any", "otc" if is_otc else "rx"}
    found = []
    for row in limits():
        parts = row["ingredient"].split("+")
        if row["unit"] == "mg" and parts[0] == ingredient and row["context"] in wanted and present.issuperset(parts):
            found.append(row)
    return min(found, key=lambda row: float(row["max_per_day"]), default=None)


# Allergies ------------------------------------------------------------------------------------------------------------


def _allergy(entry: Entry, fact: AllergyFact) -> Iterator[Flag]:
    named, groups = _meaning(fact.name)
    found: dict[str, Flag] = {}
    for ingredient in entry.medicine.ingredients:
        if ingredient in named:
            found["conflict"] = Flag("ALLERGY", "conflict", (entry.key,), (ingredient, fact.name), effect=fact.reaction)
        for group in groups:
            level = _level(group, ingredient, fact.reaction)
            if level and (level == "conflict" or not found):
                found[level] = Flag(
                    "ALLERGY",
                    level,
                    (entry.key,),
                    (ingredient, fact.name),
                    group["group_id"],
                    fact.reaction,
                    source=group["cross_reaction_rule"],
                )
    best = min(found.values(), key=lambda flag: flag.rank, default=None)
    if best is not None:
        yield best


def _meaning(name: str) -> tuple[frozenset[str], tuple[dict[str, str], ...]]:
    """The ingredients an allergy names, and the groups: by label ("Penicillin") or member ("amoxicillin")."""
    plain = re.sub(r"\b(allergy|allergic|to|drugs?|class|of|substance|medication)\b", " ", name.lower())
    plain = " ".join(re.sub(r"[^a-z' -]", " ", plain).split())
    named = frozenset(understand(plain).ingredients)
    stem = plain.removesuffix("s")
    groups: dict[str, dict[str, str]] = {}
    for row in allergy_groups():
        label = row["label"].lower()
        is_label = bool(stem) and (
            label.removesuffix("s") == stem or re.search(rf"\b{re.escape(stem)}", label) is not None
        )
        is_sulfa = stem in ("sulfa", "sulfonamide", "sulfa antibiotic") and row["group_id"] == "sulfonamide_antibiotics"
        if (is_label and len(stem) > 3) or is_sulfa or row["ingredient"].lower() in named:
            groups.setdefault(row["group_id"], row)
    return named, tuple(groups.values())


def _level(group: dict[str, str], ingredient: str, reaction: str) -> str:
    """The level the group's own rule gives to this ingredient, or nothing."""
    same, *others = (clause.strip() for clause in group["cross_reaction_rule"].split(";"))
    if ingredient in _members(group["group_id"]):
        if "when reaction is" in same:
            return "conflict" if not reaction or _TRUE_ALLERGY.search(reaction) else "caution"
        if "for true allergy" in same:
            is_side_effect = _SIDE_EFFECT.search(reaction) and not _TRUE_ALLERGY.search(reaction)
            return "caution" if is_side_effect else "conflict"
        return "conflict" if "conflict" in same else "caution"
    for clause in others:
        who, _, rule = clause.partition(":")
        if not rule or "no alert" in rule or not _is_of(who.strip().lower(), ingredient):
            continue
        if "contraindicated" in rule:
            return "contraindicated" if re.search("angio|swell", reaction, re.IGNORECASE) else "caution"
        if "caution" in rule:
            return "caution"
    return ""


def _is_of(who: str, ingredient: str) -> bool:
    """Whether a rule's word ("cephalosporins", "ARBs", "sacubitril") means the ingredient."""
    stem = who.removesuffix("s")
    return (
        stem == ingredient or ingredient in _members(who) or class_of(ingredient) in (stem, f"antibiotic_{stem}", who)
    )


@cache
def _members(group_id: str) -> frozenset[str]:
    return frozenset(row["ingredient"].lower() for row in allergy_groups() if row["group_id"] == group_id)


# Tables ---------------------------------------------------------------------------------------------------------------


@cache
def _read(name: str) -> tuple[dict[str, str], ...]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def limits() -> tuple[dict[str, str], ...]:
    return _read("dose_limits")


def allergy_groups() -> tuple[dict[str, str], ...]:
    return _read("allergy_groups")


@cache
def class_rules() -> dict[tuple[str, str], tuple[str, str]]:
    """Level and note by the two classes in the order of the alphabet."""
    rows = _read("duplicate_class_rules")
    return {tuple(sorted((row["class_a"], row["class_b"]))): (row["level"], row["note"]) for row in rows}  # type: ignore[misc]


@cache
def groups_of() -> dict[str, tuple[str, ...]]:
    """The interaction groups of each ingredient."""
    found: dict[str, list[str]] = {}
    for row in _read("interaction_groups"):
        found.setdefault(row["ingredient"].lower(), []).append(row["group_id"])
    return {name: tuple(groups) for name, groups in found.items()}


@cache
def interactions() -> dict[tuple[str, str], tuple[dict[str, str], ...]]:
    """The rules of each pair of groups, in both orders."""
    found: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in _read("interactions"):
        pair = row["group_a"], row["group_b"]
        for key in {pair, pair[::-1]}:
            found.setdefault(key, []).append(row)
    return {key: tuple(rules) for key, rules in found.items()}
