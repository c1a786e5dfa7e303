"""How soon a clinician must look. Findings that hold, taken together, raise the flags of data/red_flags.txt."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from portal.messaging.routing import concepts
from portal.messaging.routing.assertion import Assertion
from portal.messaging.routing.context import Context
from portal.messaging.routing.facts import facts, medicine_classes
from portal.messaging.routing.lexicon import index, lines
from portal.messaging.routing.measurements import measurements
from portal.messaging.routing.phrases import Hit
from portal.messaging.routing.text import Text
from portal.messaging.routing.types import Matches

MUST_NOT_STOP = frozenset({"insulin", "anticoagulant", "seizure", "antirejection", "parkinson", "opioid_use"})
_NEVER_SETTLED = frozenset({"self_harm", "violence"})
_AMBIENT = frozenset(  # true or not, these describe the setting and are never denied away
    {"on_thinner", "chemo", "transplant", "pregnant", "opioid", "immune_weak", "critical_medicine", "infant", "child",
     "recovery", "stable", "new_medicine"}
)  # fmt: skip
_SYMPTOMS_EXCLUDED = _AMBIENT | {"run_out", "missed_dose"}


@dataclass(frozen=True, slots=True)
class Flag:
    """One line of red_flags.txt."""

    level: str
    concern: str
    needs: tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """What holds of the patient, and how urgent that is."""

    level: str
    concern: str | None
    live: frozenset[str]
    hits: tuple[Hit, ...]  # the live ones, in the order of the text
    decided_by: frozenset[str] = frozenset()
    dropped: tuple[Hit, ...] = ()  # denied, past, imagined or somebody else's
    settled: bool = False

    @property
    def symptoms(self) -> list[Hit]:
        """Live findings about body or mind."""
        return [hit for hit in self.hits if hit.name not in _SYMPTOMS_EXCLUDED and not hit.name.startswith("is_")]


@cache
def flags() -> tuple[Flag, ...]:
    """All red flags, emergencies first, in the order of the file."""
    read = []
    for line in lines("red_flags.txt"):
        head, needs = line.split(":", 1)
        level, concern = head.split()
        read.append(Flag(level, concern, tuple(frozenset(n.strip().split("|")) for n in needs.split("+"))))
    return tuple(sorted(read, key=lambda flag: flag.level != "emergency"))


def _critical(context: Context, matches: Matches) -> set[str]:
    """Whether one of the medicines named must not be stopped; a diuretic only in heart failure."""
    found = set()
    for medicine in matches.medications:
        classes = medicine_classes((medicine.name, *medicine.aka))
        if classes & MUST_NOT_STOP or ("diuretic" in classes and "is_heart_failure" in facts(context)):
            found.add("is_critical_medicine")
    return found


def find(context: Context, text: Text, assertion: Assertion, matches: Matches) -> Findings:
    """Read the urgency of a text from its findings."""
    hits = index("findings").find(text) + concepts.find(text) + measurements(text)
    hits.sort(key=lambda hit: (hit.start, hit.end))
    live: list[Hit] = []
    dropped: list[Hit] = []
    for hit in hits:
        (live if hit.name in _AMBIENT or assertion.holds(hit) else dropped).append(hit)
    names = {hit.name for hit in live} | facts(context) | _critical(context, matches)
    settled = assertion.settled
    for flag in flags():
        if all(names & need for need in flag.needs) and not (settled and flag.concern not in _NEVER_SETTLED):
            decided = frozenset(name for need in flag.needs for name in need & names)
            return Findings(flag.level, flag.concern, frozenset(names), tuple(live), decided, tuple(dropped), settled)
    return Findings("routine", None, frozenset(names), tuple(live), dropped=tuple(dropped), settled=settled)
