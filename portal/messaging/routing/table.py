"""The clinic's routing table: whom each topic belongs to, the clinic's own rules, and its service levels.

Safety and privacy are not in it. Emergencies, what must be looked at today, what a liaison may see, relatives and
concerns are decided before the table is asked (TAXONOMY.md 6.2), so no edit of it can send them astray. Pure: a table
is a value, read from JSON and written back to the same JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from functools import cached_property
from typing import Any

from portal.messaging.escalation import DEFAULTS, Levels
from portal.messaging.routing.phrases import PhraseIndex
from portal.messaging.routing.text import Text, flatten
from portal.messaging.routing.types import ADMINISTRATIVE_TOPICS, TRIAGE, Incoming

# Steps that need a record which the message matches; where none matches the next step of the chain is asked.
RECORD_STEPS: Mapping[str, tuple[str, ...]] = {
    "test_result": ("ordering_provider",),
    "medication_refill": ("prescriber",),
    "medication_question": ("prescriber", "infusion_visit"),
    "appointment_question": ("visit", "next_visit"),
    "follow_up_symptom": ("recent_visit",),
    "referral": ("referring_provider",),
    "forms_paperwork": ("form_visit",),
}
PERSONS = ("pcp", "care_manager")
DEFAULT_CHAINS: Mapping[str, tuple[str, ...]] = {
    "new_symptom": (TRIAGE,),
    "follow_up_symptom": ("recent_visit", TRIAGE),
    "medication_question": ("prescriber", "infusion_visit", "pcp"),
    "test_result": ("ordering_provider", "pcp"),
    "medication_refill": ("prescriber", "pcp"),
    "appointment_question": ("visit", "next_visit", "pcp"),
    "referral": ("referring_provider", "pcp"),
    "care_coordination": ("care_manager",),
    "forms_paperwork": ("form_visit", "pcp"),
    "appointment_scheduling": ("pool:scheduling",),
    "records_request": ("pool:records",),
    "billing_insurance": ("pool:billing",),
}
EDITABLE = tuple(DEFAULT_CHAINS)
MOST_RULES, MOST_PHRASES, MOST_WORDS = 1000, 50, 120
LEVEL_HOURS = ("same_day_look", "same_day_answer", "liaison_unread")
LEVEL_DAYS = ("routine_look_days", "clinical_days", "administrative_days", "reply_days", "symptom_reply_days")
LEVEL_MINUTES = ("emergency_look",)
# A clinic may promise more than the defaults, and not much less (TAXONOMY.md 9).
LEVEL_RANGE: Mapping[str, tuple[int, int]] = {
    "emergency_look": (1, 60),
    "same_day_look": (1, 4),
    "same_day_answer": (1, 8),
    "liaison_unread": (4, 96),
    **dict.fromkeys(LEVEL_DAYS, (1, 10)),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a table: a key of the place (`topics.referral`, `rules.2.words`, `levels`) and a code."""

    place: str
    code: str


class BadTable(ValueError):
    """A table that can't be used; `problems` say where and why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(", ".join(f"{p.place}: {p.code}" for p in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the clinic's own: messages of these topics that hold one of these phrases go to `to`.

    No topics: every topic that the table decides. No phrases: every message of the topics. Ages are inclusive.
    """

    key: str
    name: str
    to: str
    topics: frozenset[str] = frozenset()
    phrases: tuple[str, ...] = ()
    youngest: int | None = None
    oldest: int | None = None

    def fits(self, topic: str, age: int | None) -> bool:
        """Whether the rule speaks of this topic and of somebody of this age. An unknown age fits no age limit."""
        if self.topics and topic not in self.topics:
            return False
        if self.youngest is None and self.oldest is None:
            return True
        return age is not None and (self.youngest or 0) <= age <= (200 if self.oldest is None else self.oldest)


@dataclass(frozen=True)
class RoutingTable:
    """One version of the table. `version` 0 is the one that comes with the product."""

    version: int = 0
    chains: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: DEFAULT_CHAINS)
    rules: tuple[Rule, ...] = ()
    levels: Levels = DEFAULTS

    def rule_for(self, topic: str, age: int | None, message: Incoming) -> Rule | None:
        """The first rule of the list that fits. The cost does not grow with the rules whose words do not occur."""
        found = {int(hit.name) for hit in self._index.find(Text.of(message.subject, message.text))}
        found.update(self._wordless)
        return next((self.rules[n] for n in sorted(found) if self.rules[n].fits(topic, age)), None)

    @cached_property
    def _index(self) -> PhraseIndex:
        return PhraseIndex(
            (str(number), 1.0, _flat(phrase)) for number, rule in enumerate(self.rules) for phrase in rule.phrases
        )

    @cached_property
    def _wordless(self) -> tuple[int, ...]:
        return tuple(number for number, rule in enumerate(self.rules) if not rule.phrases)

    @classmethod
    def parse(cls, body: Mapping[str, Any], version: int, pools: Mapping[str, bool] | None = None) -> RoutingTable:
        """Read the JSON of a table. `pools` (key: is it clinical) are those of the clinic; without, any is taken.

        Raises `BadTable` with every problem found. What the JSON does not name keeps its default.
        """
        problems: list[Problem] = []
        chains = {**DEFAULT_CHAINS, **_chains(body.get("topics", {}), pools, problems)}
        rules = _rules(body.get("rules", []), pools, problems)
        levels = _levels(body.get("levels", {}), problems)
        if problems:
            raise BadTable(problems)
        return cls(version, chains, rules, levels)

    def as_dict(self) -> dict[str, Any]:
        """The JSON of the table, whole."""
        return {
            "topics": {topic: list(self.chains[topic]) for topic in EDITABLE},
            "rules": [
                {
                    "key": rule.key,
                    "name": rule.name,
                    "to": rule.to,
                    "topics": sorted(rule.topics),
                    "phrases": list(rule.phrases),
                    "youngest": rule.youngest,
                    "oldest": rule.oldest,
                }
                for rule in self.rules
            ],
            "levels": {item.name: _as_number(item.name, getattr(self.levels, item.name)) for item in fields(Levels)},
        }


def steps_for(topic: str, pools: Mapping[str, bool]) -> tuple[str, ...]:
    """What may stand in the chain of a topic: its record steps, then persons and pools that may answer it."""
    return (*RECORD_STEPS.get(topic, ()), *sure_steps(topic, pools))


def sure_steps(topic: str, pools: Mapping[str, bool]) -> tuple[str, ...]:
    """Those of them that always name somebody. What is clinical stays with clinicians."""
    named = tuple(f"pool:{key}" for key, is_clinical in pools.items() if is_clinical or topic in ADMINISTRATIVE_TOPICS)
    return (*PERSONS, *named) if topic != "new_symptom" else named


def _flat(phrase: str) -> str:
    """A clinic's phrase as the phrase language takes it: plain words, each as written, in the folded line."""
    return " ".join(word for word in flatten(phrase).split() if word not in ".?!;,")


def _chains(body: Any, pools: Mapping[str, bool] | None, problems: list[Problem]) -> dict[str, tuple[str, ...]]:
    if not isinstance(body, Mapping):
        problems.append(Problem("topics", "not-a-table"))
        return {}
    read = {}
    for topic, chain in body.items():
        if topic not in DEFAULT_CHAINS or not isinstance(chain, list) or not all(isinstance(s, str) for s in chain):
            problems.append(Problem(f"topics.{topic}", "unknown"))
            continue
        steps = tuple(dict.fromkeys(chain))
        records = RECORD_STEPS.get(topic, ())
        if not steps or steps[-1] in records or any(step not in records for step in steps[:-1]):
            problems.append(Problem(f"topics.{topic}", "no-sure-end"))
        elif not _may_answer(steps[-1], topic, pools):
            problems.append(Problem(f"topics.{topic}", "may-not-answer"))
        read[topic] = steps
    return read


def _may_answer(step: str, topic: str, pools: Mapping[str, bool] | None) -> bool:
    if pools is None:
        return step in PERSONS or step.startswith("pool:")
    return step in sure_steps(topic, pools)


def _rules(body: Any, pools: Mapping[str, bool] | None, problems: list[Problem]) -> tuple[Rule, ...]:
    if not isinstance(body, list) or len(body) > MOST_RULES:
        problems.append(Problem("rules", "too-many" if isinstance(body, list) else "not-a-list"))
        return ()
    read: list[Rule] = []
    for number, one in enumerate(body):
        rule = _rule(one, f"rules.{number}", pools, problems)
        if rule is not None and any(rule.key == other.key for other in read):
            problems.append(Problem(f"rules.{number}", "key-taken"))
        elif rule is not None:
            read.append(rule)
    return tuple(read)


def _rule(one: Any, place: str, pools: Mapping[str, bool] | None, problems: list[Problem]) -> Rule | None:
    if not isinstance(one, Mapping):
        problems.append(Problem(place, "not-a-rule"))
        return None
    before = len(problems)
    topics = one.get("topics") or []
    phrases = one.get("phrases") or []
    if not isinstance(topics, list) or not set(map(str, topics)) <= set(EDITABLE):
        problems.append(Problem(f"{place}.topics", "unknown"))
        topics = []
    if not isinstance(phrases, list) or not all(isinstance(p, str) for p in phrases) or len(phrases) > MOST_PHRASES:
        problems.append(Problem(f"{place}.phrases", "too-many"))
        phrases = []
    if any(not _flat(p) or len(p) > MOST_WORDS for p in phrases):
        problems.append(Problem(f"{place}.phrases", "no-words"))
    if not topics and not phrases:
        problems.append(Problem(place, "catches-all"))
    name, key, to = (str(one.get(part) or "").strip() for part in ("name", "key", "to"))
    if not name or len(name) > MOST_WORDS:
        problems.append(Problem(f"{place}.name", "needed"))
    if not key or len(key) > 40:
        problems.append(Problem(f"{place}.key", "needed"))
    if any(not _may_answer(to, topic, pools) for topic in topics or EDITABLE):
        problems.append(Problem(f"{place}.to", "may-not-answer"))
    ages = [_age(one.get(part), f"{place}.{part}", problems) for part in ("youngest", "oldest")]
    if None not in ages and ages[0] > ages[1]:  # type: ignore[operator]
        problems.append(Problem(f"{place}.oldest", "order"))
    if len(problems) > before:
        return None
    return Rule(key, name, to, frozenset(topics), tuple(phrases), ages[0], ages[1])


def _age(value: Any, place: str, problems: list[Problem]) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 130:
        problems.append(Problem(place, "out-of-range"))
        return None
    return value


def _levels(body: Any, problems: list[Problem]) -> Levels:
    if not isinstance(body, Mapping):
        problems.append(Problem("levels", "not-a-table"))
        return Levels()
    values: dict[str, Any] = {}
    for name, value in body.items():
        low, high = LEVEL_RANGE.get(name, (1, 0))
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            problems.append(Problem(f"levels.{name}", "out-of-range" if name in LEVEL_RANGE else "unknown"))
            continue
        values[name] = _from_number(name, value)
    return Levels(**values)


def _from_number(name: str, value: int) -> int | timedelta:
    if name in LEVEL_MINUTES:
        return timedelta(minutes=value)
    return timedelta(hours=value) if name in LEVEL_HOURS else value


def _as_number(name: str, value: Any) -> int:
    if isinstance(value, timedelta):
        return int(value.total_seconds() // (60 if name in LEVEL_MINUTES else 3600))
    return int(value)


def changed_topics(one: RoutingTable, other: RoutingTable) -> list[str]:
    """The topics whose chain differs between two tables."""
    return [topic for topic in EDITABLE if one.chains[topic] != other.chains[topic]]


DEFAULT = RoutingTable()
