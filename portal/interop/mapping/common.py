"""What all mappings share: the patient's frame of time, references resolved, texts cut to size."""

from __future__ import annotations

from collections.abc import Mapping as Readable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from portal.interop import dates, fhir, references, terms
from portal.interop.dates import When
from portal.interop.reasons import Refused
from portal.interop.spool import Spooled, Target
from portal.interop.text import Cut

Row = dict[str, Any]
DAY = timedelta(days=1)  # zones: the same moment may be tomorrow elsewhere
UNBORN = timedelta(days=300)


@dataclass(slots=True)
class Frame:
    """The patient's frame: what is before birth, and what lies in the future."""

    now: datetime
    zone: ZoneInfo
    birth_on: date | None


@dataclass(slots=True)
class Mapping:
    """One resource on its way into our columns. `remarks` gathers keys of `reasons.REMARKS`."""

    frame: Frame
    waiting: Spooled
    resource: fhir.Resource
    targets: Readable[str, Target]
    medicines: Readable[UUID, Any] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    cut: Cut = field(default_factory=Cut)

    # References

    def target(self, element: Any, *types: str) -> Target | None:
        """What a Reference leads to, if it is of the types asked for and within this patient's reach."""
        token = references.of(element, self.waiting.base)
        found = self.targets.get(token) if token else None
        if found is None or found.is_other_patients or not found.is_stored or (types and found.type not in types):
            return None
        return found

    def practitioner(self, *elements: Any) -> UUID | None:
        """The first of the references that leads to a practitioner, directly or through a role."""
        for element in elements:
            found = self.target(element, "Practitioner", "PractitionerRole")
            if found is not None:
                who = found.practitioner if found.type == "PractitionerRole" else found.row_id
                if who is not None:
                    return who
        return None

    def organization(self, *elements: Any) -> UUID | None:
        for element in elements:
            if found := self.target(element, "Organization"):
                return found.row_id
        return None

    def seen_by(self) -> UUID | None:
        """Who is behind the visit this belongs to."""
        for element in (self.resource.get("encounter"), *fhir.items(self.resource.get("context"), "encounter")):
            if found := self.target(element, "Encounter"):
                return found.practitioner
        return None

    # Dates

    def when(self, *values: Any) -> When | None:
        """The first date given. Raises `Refused("impossible-date")`."""
        for value in values:
            if isinstance(value, str) and value:
                try:
                    return dates.parse(value)
                except dates.Impossible as error:
                    raise Refused("impossible-date") from error
        return None

    def period(self, element: Any) -> tuple[When | None, When | None]:
        if not isinstance(element, dict):
            return None, None
        return self.when(element.get("start")), self.when(element.get("end"))

    def chosen(self, stem: str) -> When | None:
        """When a choice such as `onset[x]` says it was: a date, the start of a period; None for an age or words."""
        for name in fhir.choices(self.resource, stem):
            value = self.resource[name]
            if name.endswith("Period"):
                start, end = self.period(value)
                return start or end
            if name.endswith(("DateTime", "Date", "Instant")):
                return self.when(value)
        return None

    def done(self, when: When | None, *, unborn: bool = False) -> When | None:
        """Check the date of something that has happened. Raises `Refused`."""
        if when is None:
            return None
        if when.day > (self.frame.now + DAY).date():
            raise Refused("in-the-future")
        birth = self.frame.birth_on
        if birth is not None and when.last_day < birth - (UNBORN if unborn else DAY):
            raise Refused("before-birth")
        return when

    def instant(self, when: When | None) -> datetime | None:
        return when.at(self.frame.zone) if when else None

    # Texts and codes

    def words(self, concept: Any, most: int = 400) -> str | None:
        return fhir.words(concept, self.cut, most)

    def plain(self, value: Any, most: int) -> str | None:
        return self.cut.plain(value, most)

    def notes(self, most: int) -> str | None:
        """The annotations, one after the other."""
        texts = [t for note in fhir.items(self.resource, "note") if (t := note.get("text")) and isinstance(t, str)]
        return self.plain(" ".join(texts), most)

    def sensitivity(self, *concepts: Any, more: str = "", is_medicine: bool = False) -> str | None:
        """The category these concepts reveal (domain.md PRX-6), or one that the source labels it with."""
        pairs: list[tuple[str, str]] = []
        said: list[str] = []
        for concept in concepts:
            pairs += fhir.codes(concept)
            if isinstance(concept, dict):
                said += [
                    v
                    for v in (concept.get("text"), *(c.get("display") for c in fhir.items(concept, "coding")))
                    if isinstance(v, str)
                ]
        for label in fhir.items(self.resource.get("meta"), "security"):
            if label.get("code") in terms.CATEGORIES:
                return str(label["code"])
        return terms.sensitivity(tuple(pairs), " ".join([*said, more])[:1000], is_medicine=is_medicine)

    def entry(
        self,
        concept: Any,
        status: str,
        *,
        happened: When | None,
        recorded: When | None = None,
        name: str | None = None,
        sensitivity: str | None = None,
    ) -> Row:
        """The columns every line of the record has. Raises `Refused("no-code")` when nothing says what it is."""
        code, system = fhir.best(concept)
        shown = name or self.words(concept)
        if not shown:
            raise Refused("no-code")
        if fhir.is_foreign(concept):
            self.remarks.append("unknown-system")
        return {
            "id": self.waiting.row_id,
            "source_id": self.waiting.row_id,
            "code": code[:60] if code else None,
            "code_system": system[:120] if system else None,
            "name": shown,
            "status": status[:30],
            "sensitivity": sensitivity or self.sensitivity(concept, more=name or ""),
            "recorded_at": self.instant(recorded),
            "happened": happened.text[:40] if happened else None,
            "happened_on": happened.day if happened else None,
        }


def status(resource: fhir.Resource, default: str = "unknown") -> str:
    return fhir.text(resource, "status") or default
