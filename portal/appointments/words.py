"""Words of visits that pages and forms share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.appointments import slots
from portal.infra.i18n import known
from portal.web import filters

# Why a visit is cancelled (APT-3).
REASONS = {
    "better": _l("I feel better"),
    "work": _l("Work or school"),
    "transport": _l("I can’t get there"),
    "cost": _l("It costs too much"),
    "illness": _l("I am ill"),
    "other_clinician": _l("I see somebody else about it"),
    "fear": _l("I am worried about the visit"),
    "other": _l("Another reason"),
}
INTERPRETERS = {
    "": _l("No interpreter"),
    "es": _l("Spanish"),
    "vi": _l("Vietnamese"),
    "zh": _l("Chinese"),
    "ar": _l("Arabic"),
    "asl": _l("American Sign Language"),
    "other": _l("Another language"),
}
MOBILITY = {
    "": _l("No help needed"),
    "walker": _l("I use a cane or a walker"),
    "wheelchair": _l("I use a wheelchair"),
    "lift": _l("I need help to get on the exam table"),
}
TRANSPORT = {
    "": _l("I come by myself"),
    "family": _l("Somebody drives me"),
    "needed": _l("I need a ride"),
}
TIMES = {"any": _l("Any time"), "mornings": _l("Mornings"), "afternoons": _l("Afternoons")}


def type_name(kind: Any) -> str:
    """The name of a kind of visit in the reader's language."""
    return str(kind.name_es if filters.language() == "es" else kind.name_en)


def what(row: Any) -> str:
    """The kind of a visit: from the clinic's list where it has one, else as it came."""
    if getattr(row, "name_en", None):
        return type_name(row)
    return known(row.kind)


def before(kind: Any) -> str:
    """What to do before such a visit."""
    return (kind.before_es if filters.language() == "es" else kind.before_en) or ""


def directions(place: Any) -> str:
    return (place.directions_es if filters.language() == "es" else place.directions_en) or ""


def wall(starts_at: datetime, time_zone: str) -> datetime:
    """The clock of the place at an instant, naive; of an hour that comes twice, the second is marked by its fold."""
    return starts_at.astimezone(ZoneInfo(time_zone)).replace(tzinfo=None)


def moment(starts_at: datetime, time_zone: str) -> str:
    """When it is on the clock of its place; the zone is named if the reader's differs, or if that hour comes twice."""
    local, zone = wall(starts_at, time_zone), ZoneInfo(time_zone)
    text = filters.visit_moment(local, time_zone)
    name = local.replace(tzinfo=zone).tzname() or ""
    is_twice = len(slots.instants(local.replace(fold=0), zone)) > 1
    return f"{text} {name}" if is_twice and name not in text else text


def clock(starts_at: datetime, time_zone: str) -> str:
    """The time of day on the clock of the place."""
    return filters._clock(wall(starts_at, time_zone))


def zone_note(starts_at: datetime, time_zone: str) -> str:
    """The zone's name, where its clock shows another time than the reader's; else ""."""
    there = starts_at.astimezone(ZoneInfo(time_zone))
    here = starts_at.astimezone(filters.reader_zone())
    return "" if here.utcoffset() == there.utcoffset() else there.tzname() or ""


def epoch(at: datetime) -> int:
    return int(at.timestamp())


def instant(text: str) -> datetime:
    """The instant in an address. Raises ValueError."""
    return datetime.fromtimestamp(int(text), UTC)


def who_cancelled(by: str | None, name: str, *, is_own: bool) -> str:
    """Who cancelled a visit, as a sentence."""
    if is_own:
        return _("You cancelled it.")
    if by == "clinic":
        return _("The clinic cancelled it.")
    if by == "caregiver":
        return _("%(name)s cancelled it.", name=name) if name else _("A caregiver cancelled it.")
    return _("The patient cancelled it.") if by == "patient" else ""
