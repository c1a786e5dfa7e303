"""The facts a decision rests on: the patient's team, liaison, records and absences, at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


class ContextError(ValueError):
    """A context or message lacks something or holds something impossible. The text names the place, never content."""


def _get(data: Any, key: str, where: str, kind: type | tuple[type, ...], required: bool = True) -> Any:
    if not isinstance(data, Mapping):
        raise ContextError(f"{where} must be an object")
    value = data.get(key)
    if value is None:
        if required:
            raise ContextError(f"{where} lacks the field '{key}'")
        return None
    if not isinstance(value, kind):
        raise ContextError(f"{where}.{key} has the wrong type ({type(value).__name__})")
    return value


def _text(data: Any, key: str, where: str, required: bool = True) -> Any:
    return _get(data, key, where, str, required)


def _items(data: Any, key: str, where: str) -> list[tuple[Any, str]]:
    values = _get(data, key, where, list, required=False) or []
    return [(value, f"{where}.{key}[{i}]") for i, value in enumerate(values)]


def _texts(data: Any, key: str, where: str) -> tuple[str, ...]:
    values = _get(data, key, where, list, required=False) or []
    if not all(isinstance(value, str) for value in values):
        raise ContextError(f"{where}.{key} must hold texts only")
    return tuple(values)


def _date(data: Any, key: str, where: str, required: bool = True) -> date | None:
    value = _text(data, key, where, required)
    if value is None:
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        raise ContextError(f"{where}.{key} is not a date (YYYY-MM-DD)") from None


@dataclass(frozen=True, slots=True)
class Member:
    """Someone on the care team. Who has left (`active` false) resolves as absent without cover."""

    key: str
    name: str
    role: str = ""
    pool: str | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class Relative:
    """A family member with an account."""

    key: str
    name: str
    relationship: str = ""


@dataclass(frozen=True, slots=True)
class Liaison:
    """The one communication liaison and what the patient granted; the backup inherits the scopes."""

    key: str
    name: str
    relationship: str
    active: bool
    scopes: frozenset[str]
    backup: str | None = None
    backup_name: str | None = None


@dataclass(frozen=True, slots=True)
class Medication:
    """A medicine on the list."""

    name: str
    prescriber: str | None
    aka: tuple[str, ...] = ()
    purpose: str = ""
    status: str = "active"
    sensitive: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """A test result, final or still awaited."""

    name: str
    kind: str
    ordering_provider: str | None
    date: date | None
    status: str = ""
    sensitive: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Appointment:
    """A visit or procedure, upcoming or completed."""

    date: date
    type: str
    provider: str | None
    status: str
    sensitive: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Referral:
    """A referral that exists."""

    to: str
    referring_provider: str | None
    status: str = ""
    date: date | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody away from `start` to `end`, both days included; no end: until further notice."""

    who: str
    start: date
    end: date | None
    covering: str | None

    def on(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day <= self.end)


@dataclass(frozen=True)
class Context:
    """Everything about one patient that a decision may use."""

    context_id: str
    as_of: datetime
    patient_name: str = ""
    patient_age: int | None = None
    patient_language: str = "en"
    conditions: tuple[str, ...] = ()
    care_team: tuple[Member, ...] = ()
    pcp: str | None = None
    care_manager: str | None = None
    liaison: Liaison | None = None
    family: tuple[Relative, ...] = ()
    medications: tuple[Medication, ...] = ()
    results: tuple[Result, ...] = ()
    appointments: tuple[Appointment, ...] = ()
    referrals: tuple[Referral, ...] = ()
    absences: tuple[Absence, ...] = ()

    @property
    def today(self) -> date:
        return self.as_of.date()

    @property
    def active_liaison(self) -> Liaison | None:
        """The liaison while the designation is in force."""
        return self.liaison if self.liaison and self.liaison.active else None

    def member(self, key: str | None) -> Member | None:
        """The care-team member of that key."""
        return next((m for m in self.care_team if m.key == key), None)

    def name_of(self, key: str) -> str | None:
        """The name of a member, the liaison or the backup."""
        member = self.member(key)
        if member:
            return member.name
        if self.liaison and key == self.liaison.key:
            return self.liaison.name
        if self.liaison and key == self.liaison.backup:
            return self.liaison.backup_name
        return next((r.name for r in self.family if r.key == key), None)

    @classmethod
    def parse(cls, data: Any) -> Context:
        """Read the JSON of one context. Raises ContextError, which names the field that is missing or wrong."""
        where = "context"
        context_id = _text(data, "context_id", where)
        stated = _text(data, "as_of", where)
        try:
            as_of = datetime.fromisoformat(stated)
        except ValueError:
            raise ContextError("context.as_of is not a date and time (YYYY-MM-DDTHH:MM)") from None
        patient = _get(data, "patient", where, Mapping, required=False) or {}
        age = _get(patient, "age", "context.patient", (int, float), required=False)
        return cls(
            context_id=context_id,
            as_of=as_of,
            patient_name=_text(patient, "name", "context.patient", required=False) or "",
            patient_age=int(age) if age is not None else None,
            patient_language=_text(patient, "language", "context.patient", required=False) or "en",
            conditions=_texts(patient, "conditions", "context.patient"),
            care_team=tuple(_member(item, at) for item, at in _items(data, "care_team", where)),
            pcp=_text(data, "pcp", where, required=False),
            care_manager=_text(data, "care_manager", where, required=False),
            liaison=_liaison(_get(data, "liaison", where, Mapping, required=False)),
            family=tuple(
                Relative(
                    _text(item, "key", at),
                    _text(item, "name", at, False) or "",
                    _text(item, "relationship", at, False) or "",
                )
                for item, at in _items(data, "family", where)
            ),
            medications=tuple(_medication(item, at) for item, at in _items(data, "medications", where)),
            results=tuple(_result(item, at) for item, at in _items(data, "results", where)),
            appointments=tuple(_appointment(item, at) for item, at in _items(data, "appointments", where)),
            referrals=tuple(_referral(item, at) for item, at in _items(data, "referrals", where)),
            absences=tuple(_absence(item, at) for item, at in _items(data, "absences", where)),
        )


def _member(data: Any, at: str) -> Member:
    status = _text(data, "status", at, False) or "active"
    gone = data.get("active") is False or status.lower() in {"left", "departed", "inactive", "retired", "former"}
    return Member(
        _text(data, "key", at),
        _text(data, "name", at),
        _text(data, "role", at, False) or "",
        _text(data, "pool", at, False),
        not gone,
    )


def _liaison(data: Any) -> Liaison | None:
    if data is None:
        return None
    at, backup, backup_name = "context.liaison", data.get("backup"), None
    if isinstance(backup, Mapping):
        backup, backup_name = _text(backup, "key", f"{at}.backup"), _text(backup, "name", f"{at}.backup", False)
    elif backup is not None and not isinstance(backup, str):
        raise ContextError(f"{at}.backup has the wrong type ({type(backup).__name__})")
    return Liaison(
        key=_text(data, "key", at),
        name=_text(data, "name", at, False) or "",
        relationship=_text(data, "relationship", at, False) or "",
        active=_get(data, "active", at, bool),
        scopes=frozenset(_texts(data, "scopes", at)),
        backup=backup,
        backup_name=backup_name,
    )


def _id(data: Any, at: str) -> str | None:
    value = _get(data, "id", at, (str, int), required=False)
    return None if value is None else str(value)


def _medication(data: Any, at: str) -> Medication:
    return Medication(
        name=_text(data, "name", at),
        prescriber=_text(data, "prescriber", at, False),
        aka=_texts(data, "aka", at),
        purpose=_text(data, "for", at, False) or "",
        status=_text(data, "status", at, False) or "active",
        sensitive=_text(data, "sensitive", at, False),
        id=_id(data, at),
    )


def _result(data: Any, at: str) -> Result:
    return Result(
        name=_text(data, "name", at),
        kind=_text(data, "kind", at, False) or "",
        ordering_provider=_text(data, "ordering_provider", at, False),
        date=_date(data, "date", at, False),
        status=_text(data, "status", at, False) or "",
        sensitive=_text(data, "sensitive", at, False),
        id=_id(data, at),
    )


def _appointment(data: Any, at: str) -> Appointment:
    day = _date(data, "date", at)
    assert day is not None
    return Appointment(
        date=day,
        type=_text(data, "type", at, False) or "",
        provider=_text(data, "provider", at, False),
        status=_text(data, "status", at, False) or "upcoming",
        sensitive=_text(data, "sensitive", at, False),
        id=_id(data, at),
    )


def _referral(data: Any, at: str) -> Referral:
    return Referral(
        to=_text(data, "to", at),
        referring_provider=_text(data, "referring_provider", at, False),
        status=_text(data, "status", at, False) or "",
        date=_date(data, "date", at, False),
        id=_id(data, at),
    )


def _absence(data: Any, at: str) -> Absence:
    start = _date(data, "from", at)
    assert start is not None
    return Absence(_text(data, "who", at), start, _date(data, "to", at, False), _text(data, "covering", at, False))
