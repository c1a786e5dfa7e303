"""What an import did: counts by type, reasons with their first places. It names files and places, never content."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from portal.interop.reasons import REFUSALS, REMARKS, Place

PLACES: Final = 200  # of each reason that are kept; all are counted
OUTCOMES = ("new", "changed", "unchanged", "kept", "skipped")


@dataclass
class Reason:
    """How often something happened, and where first."""

    count: int = 0
    places: list[Place] = field(default_factory=list)


@dataclass
class ImportReport:
    """`counts` by resource type and outcome. `kept` are those of the new and changed that are kept as originals only,
    because no page shows their type.
    """

    source: str = ""
    is_dry_run: bool = False
    files: int = 0
    files_refused: int = 0
    patients: int = 0
    patients_refused: int = 0
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    refusals: dict[str, Reason] = field(default_factory=dict)
    remarks: dict[str, Reason] = field(default_factory=dict)
    run_id: str | None = None

    def count(self, resource_type: str, outcome: str, by: int = 1) -> None:
        self.counts.setdefault(resource_type, Counter())[outcome] += by

    def skip(self, code: str, place: Place) -> None:
        """A resource that was not taken."""
        self.count(place.resource_type or "?", "skipped")
        _note(self.refusals, code, place)

    def refuse_file(self, code: str, place: Place) -> None:
        """A file of which nothing was taken."""
        self.files_refused += 1
        _note(self.refusals, code, place)

    def remark(self, code: str, place: Place) -> None:
        _note(self.remarks, code, place)

    def add(self, other: ImportReport) -> None:
        """Take over what happened to one patient."""
        for kind, counts in other.counts.items():
            self.counts.setdefault(kind, Counter()).update(counts)
        for ours, theirs in ((self.refusals, other.refusals), (self.remarks, other.remarks)):
            for code, reason in theirs.items():
                mine = ours.setdefault(code, Reason())
                mine.count += reason.count
                mine.places += reason.places[: PLACES - len(mine.places)]

    def total(self, outcome: str) -> int:
        return sum(counts[outcome] for counts in self.counts.values())

    @property
    def taken(self) -> int:
        return self.total("new") + self.total("changed") + self.total("unchanged")

    @property
    def exit_code(self) -> int:
        """0: all was taken. 1: something was not. 2: nothing could be done."""
        if not self.refusals and self.files:
            return 0
        return 1 if self.taken else 2

    def as_dict(self) -> dict[str, Any]:
        """The whole report for `--report` (JSON)."""
        return {
            "source": self.source,
            "run": self.run_id,
            "dry_run": self.is_dry_run,
            "files": {"read": self.files, "refused": self.files_refused},
            "patients": {"done": self.patients, "refused": self.patients_refused},
            "resources": {kind: {o: counts[o] for o in OUTCOMES} for kind, counts in sorted(self.counts.items())},
            "totals": {outcome: self.total(outcome) for outcome in OUTCOMES},
            "refused": _listed(self.refusals, REFUSALS),
            "remarks": _listed(self.remarks, REMARKS),
        }

    def summary(self) -> dict[str, Any]:
        """What the import run keeps in the database: numbers only, no file names."""
        return {
            "files": self.files,
            "patients": self.patients,
            "totals": {outcome: self.total(outcome) for outcome in OUTCOMES},
            "refused": {code: reason.count for code, reason in self.refusals.items()},
        }


def _note(reasons: dict[str, Reason], code: str, place: Place) -> None:
    reason = reasons.setdefault(code, Reason())
    reason.count += 1
    if len(reason.places) < PLACES:
        reason.places.append(place)


def _listed(reasons: dict[str, Reason], sentences: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "reason": code,
            "says": sentences[code],
            "count": reason.count,
            "places": [{"file": p.file, "place": p.inside, "type": p.resource_type} for p in reason.places],
        }
        for code, reason in sorted(reasons.items(), key=lambda item: -item[1].count)
    ]
