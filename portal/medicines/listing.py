"""What the list of medicines is made of: its lines, and who stands by it. Pure values and rules about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from portal.medicines.sig import Taking
from portal.medicines.terminology import class_of, common_of, understand

AMBER_DAYS, RED_DAYS = 30, 90  # domain.md 15: list_amber_days, list_red_days
STOPPED_DAYS = 366
TAKEN = ("active", "on-hold", "intended", "unknown")


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody said about the list. `words` is what they typed: name, strength, amount, how, purpose, …"""

    id: UUID
    kind: str
    sort: str
    medication_id: UUID | None
    line_id: UUID | None
    words: dict[str, str]
    state: str
    by: str
    is_by_reader: bool
    is_by_patient: bool
    made_at: datetime
    decided_by: str
    decided_at: datetime | None
    answer: str
    sensitivity: str | None
    is_private: bool


@dataclass(frozen=True, slots=True)
class Renewal:
    """A request for more of a medicine."""

    id: UUID
    medication_id: UUID
    state: str
    asked_at: datetime
    due_at: datetime | None
    changed_at: datetime
    by: str
    reason: str
    answer: str
    words: dict[str, str]
    thread_id: UUID

    @property
    def is_open(self) -> bool:
        return self.state in ("asked", "looking", "approved")


@dataclass(frozen=True, slots=True)
class Line:
    """One medicine as it is shown, printed and checked."""

    id: UUID
    medication_id: UUID | None
    name: str
    how: str
    written: str
    purpose: str
    prescriber: str
    since: str
    since_on: date | None
    status: str
    sort: str
    is_reported: bool
    taking: str  # yes, no, differently
    taking_words: str
    sensitivity: str | None
    ended: str
    doses: Taking
    report: Report | None = None
    renewal: Renewal | None = None
    is_private: bool = False

    @property
    def is_prescribed_here(self) -> bool:
        return self.medication_id is not None and self.sort == "prescription"


@dataclass(frozen=True, slots=True)
class Stamp:
    """Somebody stood by the list."""

    kind: str
    by: str
    at: datetime
    on: date
    sources: tuple[str, ...]
    is_none: bool
    is_otc_asked: bool
    is_by_patient: bool
    is_by_reader: bool


@dataclass(frozen=True)
class Listed:
    """The list of one person, as far as the reader may see it."""

    person_id: UUID
    lines: tuple[Line, ...]
    stopped: tuple[Line, ...]
    earlier: tuple[Line, ...]
    reports: tuple[Report, ...]
    verified: Stamp | None
    confirmed: Stamp | None
    is_partial: bool
    today: date
    changed_at: datetime | None = field(default=None)

    @property
    def last_stamp(self) -> Stamp | None:
        """The newer of the two."""
        found = [one for one in (self.verified, self.confirmed) if one]
        return max(found, key=lambda one: one.at, default=None)

    @property
    def freshness(self) -> str:
        """`never`, `fresh`, `amber` (older than 30 days) or `red` (older than 90), since anybody stood by it."""
        last = self.last_stamp
        return freshness(last.on if last else None, self.today)

    @property
    def is_changed(self) -> bool:
        """Whether something was said about it after the last stamp."""
        last = self.last_stamp
        return last is not None and self.changed_at is not None and self.changed_at > last.at

    @property
    def says_none(self) -> bool:
        """Whether somebody said that no medicines are taken, and nothing says otherwise."""
        last = self.last_stamp
        return not self.lines and last is not None and last.is_none and not self.is_changed

    @property
    def waiting(self) -> tuple[Report, ...]:
        """What no clinician has looked at yet."""
        return tuple(one for one in self.reports if one.state == "waiting")


def freshness(stamped_on: date | None, today: date) -> str:
    """How old the last confirmation is (PHR-2)."""
    if stamped_on is None:
        return "never"
    days = (today - stamped_on).days
    return "red" if days > RED_DAYS else "amber" if days > AMBER_DAYS else "fresh"


def sort_of(name: str, kind: str) -> str:
    """What kind of medicine a line of the record is: prescribed here, or by what it is."""
    if kind == "prescribed":
        return "prescription"
    found = common_of(understand(name).ingredients)
    if found is None or found.kind == "rx":
        return "other"
    if found.kind == "supp":
        return "herbal" if class_of(found.ingredient.lower()).startswith("herbal") else "vitamin"
    return "otc"
