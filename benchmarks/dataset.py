"""The people, conversations and results of a run, made up from a seed: the same seed makes the same ones.

These are plain values. `seeding` writes them into the portal's tables, `limits.store` into the floors' tables.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

SEED = 7
# Everything happened before this instant, so that a run next year measures the same pages.
ANCHOR = datetime(2025, 11, 12, 15, 0, tzinfo=UTC)
PASSWORD = "a long walk beside the river"

GIVEN = "Ada Ben Carla Dev Elena Farid Grace Hugo Ines Jonas Kira Liam Mona Nils Olga Pavel Quinn Rosa Sami".split()
FAMILY = "Abbott Brandt Castillo Dietrich Eriksen Fuentes Gruber Hansen Ivanov Jensen Keller Lopez Meyer Novak".split()
WORDS = (
    "again after appointment ask before better blood bring call can change clinic could day did doctor dose each "
    "evening feel first food for from give has have help hour how if is it last little long may morning much my new "
    "next night no not of on once or our out over pain pharmacy please question ready result same see since sleep "
    "some still take tell than that the them then this time to today took two until visit was water week well what "
    "when which will with worse would you your"
).split()
TOPICS = ("medication_question", "test_result", "appointment_question", "follow_up_symptom", "referral")
PANELS = (
    ("24323-8", "Comprehensive metabolic panel"),
    ("58410-2", "Complete blood count"),
    ("24331-1", "Lipid panel"),
    ("4548-4", "Hemoglobin A1c"),
    ("3016-3", "Thyroid stimulating hormone"),
)
ANALYTES = (
    ("2345-7", "Glucose", "mg/dL", 70, 99),
    ("2160-0", "Creatinine", "mg/dL", 0.6, 1.2),
    ("2951-2", "Sodium", "mmol/L", 135, 145),
    ("2823-3", "Potassium", "mmol/L", 3.5, 5.1),
    ("718-7", "Hemoglobin", "g/dL", 12, 16),
)


@dataclass(frozen=True)
class Size:
    """How much there is of everything."""

    patients: int
    threads_each: int = 5
    inboxes: tuple[int, ...] = (100, 2000, 5000)
    conversations: tuple[int, ...] = (3, 50, 5000)
    reports: int = 300
    desk: int = 2000


@dataclass(frozen=True, slots=True)
class Person:
    id: UUID
    account_id: UUID
    given: str
    family: str
    number: int

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}"

    @property
    def born(self) -> date:
        return date(1940 + self.number % 60, 1 + self.number % 12, 1 + self.number % 28)


@dataclass(frozen=True, slots=True)
class Doctor:
    id: UUID
    account_id: UUID
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Message:
    id: UUID
    once: UUID
    text: str
    is_answer: bool
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation with its messages, oldest first."""

    id: UUID
    person: Person
    doctor: Doctor
    once: UUID
    subject: str
    topic: str
    state: str
    is_unread: bool
    messages: list[Message] = field(repr=False)

    @property
    def created_at(self) -> datetime:
        return self.messages[0].sent_at

    @property
    def last_at(self) -> datetime:
        return self.messages[-1].sent_at

    @property
    def preview(self) -> str:
        return self.messages[-1].text[:120]


@dataclass(frozen=True, slots=True)
class Report:
    id: UUID
    person: Person
    doctor: Doctor
    code: str
    name: str
    effective_at: datetime
    is_unread: bool
    results: list[Result]


@dataclass(frozen=True, slots=True)
class Result:
    id: UUID
    code: str
    name: str
    unit: str
    value: float
    low: float
    high: float

    @property
    def flag(self) -> str | None:
        return "H" if self.value > self.high else "L" if self.value < self.low else None


class Dataset:
    """All of it. `people` are the many; the named ones have the long lists."""

    def __init__(self, size: Size, seed: int = SEED) -> None:
        self.size, self.seed = size, seed
        self._begin("people", 0)
        self.doctors = [
            Doctor(self.id(), self.id(), f"Dr. {FAMILY[n % len(FAMILY)]}", "pcp" if n < 8 else "nurse")
            for n in range(10)
        ]
        self.pool = self.id()
        self.busy = {count: self.person() for count in size.inboxes}
        self.talker = self.person()
        self.main = self.busy[2000] if 2000 in self.busy else self.busy[max(size.inboxes)]
        self.conversations = {count: self.thread(self.talker, count, n) for n, count in enumerate(size.conversations)}
        self.reply_to = self.thread(self.talker, 4, 90)
        self.people = [self.person() for _ in range(size.patients)]

    def _begin(self, what: str, first: int) -> None:
        self._random = random.Random(f"throughline {self.seed} {what}")
        self._numbers = itertools.count(first)

    @property
    def everybody(self) -> list[Person]:
        return [*self.busy.values(), self.talker, *self.people]

    def id(self) -> UUID:
        return UUID(int=self._random.getrandbits(128), version=4)

    def words(self, least: int, most: int) -> str:
        chosen = self._random.choices(WORDS, k=self._random.randint(least, most))
        return " ".join(chosen).capitalize()

    def person(self) -> Person:
        number = next(self._numbers)
        return Person(self.id(), self.id(), GIVEN[number % len(GIVEN)], FAMILY[number // 3 % len(FAMILY)], number)

    def thread(self, person: Person, count: int, age: int) -> Thread:
        """A conversation of `count` messages whose last one is about `age` hours older than the anchor."""
        number = next(self._numbers)
        last = ANCHOR - timedelta(hours=age, minutes=self._random.randint(0, 50))
        messages = [
            Message(
                self.id(), self.id(), f"{self.words(8, 40)} {number:06d}-{n}.", n % 2 == 1,
                last - timedelta(minutes=7 * (count - 1 - n)),
            )
            for n in range(count)
        ]  # fmt: skip
        return Thread(
            self.id(), person, self.doctors[person.number % 8], self.id(), f"{self.words(3, 6)} {number:06d}",
            TOPICS[number % len(TOPICS)], "open" if count % 2 else "answered", age % 20 == 3, messages,
        )  # fmt: skip

    def threads(self) -> Iterator[Thread]:
        """Every conversation, the long ones last; the same ones each time."""
        self._begin("threads", 1_000_000)
        for person in self.people:
            for age in range(self.size.threads_each):
                yield self.thread(person, 1 + (age % 2), 24 * age + person.number % 24)
        for count, person in self.busy.items():
            for age in range(count):
                yield self.thread(person, 1 + (age % 3 == 0), age)
        yield from self.conversations.values()
        yield self.reply_to

    def reports(self) -> Iterator[Report]:
        """A few reports for each of the many, `size.reports` for the main person."""
        self._begin("reports", 5_000_000)
        for person in self.people[: len(self.people) // 5]:
            yield self.report(person, 5)
        for age in range(self.size.reports):
            yield self.report(self.main, age)

    def report(self, person: Person, age: int) -> Report:
        number = next(self._numbers)
        code, name = PANELS[number % len(PANELS)]
        results = [
            Result(self.id(), c, n, unit, round(low + (high - low) * self._random.uniform(-0.1, 1.2), 1), low, high)
            for c, n, unit, low, high in ANALYTES
        ]
        at = ANCHOR - timedelta(days=7 * age + 1)
        return Report(self.id(), person, self.doctors[person.number % 8], code, name, at, age < 3, results)
