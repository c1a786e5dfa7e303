"""Dates, times and numbers as the reader says them. Names of days and months come from CLDR, read once a language."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from flask import Flask, g
from flask_babel import get_locale, gettext

from portal.web.door import current_actor, services


def _here() -> dict[str, Any]:
    """What is kept for this request, as a plain dictionary: a list asks for the zone and the day at every row."""
    kept: dict[str, Any] = g._get_current_object().__dict__
    return kept


def reader_zone() -> ZoneInfo:
    """The reader's zone: their own setting, else the practice's."""
    here = _here()
    zone: ZoneInfo | None = here.get("zone")
    if zone is None:
        zone = here["zone"] = _zone(current_actor().time_zone or services().settings.time_zone)
    return zone


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=16)
def _names(code: str) -> tuple[list[str], list[str], list[str], list[str]]:
    locale = Locale.parse(code)
    days, months = locale.days["format"], locale.months["format"]
    return (
        [str(days["abbreviated"][i]).rstrip(".") for i in range(7)],
        [str(months["abbreviated"][i + 1]).rstrip(".") for i in range(12)],
        [str(days["wide"][i]) for i in range(7)],
        [str(months["wide"][i + 1]) for i in range(12)],
    )


def language() -> str:
    here = _here()
    found: str | None = here.get("language")
    if found is None:
        found = here["language"] = str(get_locale() or "en").split("_")[0]
    return found


def _local(value: datetime | date) -> datetime | date:
    return value.astimezone(reader_zone()) if isinstance(value, datetime) and value.tzinfo else value


def clock(value: datetime) -> str:
    """8:12 am; in Spanish 8:12 a. m."""
    at = _local(value)
    assert isinstance(at, datetime)
    return _clock(at)


def _clock(at: datetime) -> str:
    hour = at.hour % 12 or 12
    half = ("am", "pm") if language() == "en" else ("a. m.", "p. m.")
    return f"{hour}:{at.minute:02d} {half[at.hour >= 12]}"


def day(value: datetime | date) -> str:
    """Tue, Nov 24 in this year; Tue, Nov 24, 2025 in another. In Spanish mar, 24 nov."""
    return _day(_local(value))


def _day(at: datetime | date) -> str:
    days, months, _, _ = _names(language())
    year = "" if at.year == today().year else at.year
    if language() == "en":
        return f"{days[at.weekday()]}, {months[at.month - 1]} {at.day}" + (f", {year}" if year else "")
    return f"{days[at.weekday()]}, {at.day} {months[at.month - 1]}" + (f" {year}" if year else "")


def short_day(value: datetime | date) -> str:
    """Nov 24, or Nov 2025 in another year: for chart axes and chips."""
    return _short_day(_local(value))


def _short_day(at: datetime | date) -> str:
    months = _names(language())[1]
    if at.year != today().year:
        return f"{months[at.month - 1]} {at.year}"
    return f"{months[at.month - 1]} {at.day}" if language() == "en" else f"{at.day} {months[at.month - 1]}"


def born(value: date) -> str:
    """Apr 12, 1950: a day of birth, always with its year."""
    months = _names(language())[1]
    if language() == "en":
        return f"{months[value.month - 1]} {value.day}, {value.year}"
    return f"{value.day} {months[value.month - 1]} {value.year}"


def month(value: datetime | date) -> str:
    """November 2026; in Spanish noviembre de 2026."""
    at = _local(value)
    months = _names(language())[3]
    joined = " " if language() == "en" else " de "
    name = f"{months[at.month - 1]}{joined}{at.year}"
    return name[0].upper() + name[1:]


def local(value: datetime) -> datetime:
    """The instant in the reader's zone."""
    return value.astimezone(reader_zone())


def long_day(value: datetime | date) -> str:
    """Tuesday, November 24, 2026."""
    at = _local(value)
    _, _, days, months = _names(language())
    if language() == "en":
        return f"{days[at.weekday()]}, {months[at.month - 1]} {at.day}, {at.year}"
    return f"{days[at.weekday()]}, {at.day} de {months[at.month - 1]} de {at.year}"


def today() -> date:
    """The reader's date."""
    here = _here()
    found: date | None = here.get("today")
    if found is None:
        found = here["today"] = services().clock.now().astimezone(reader_zone()).date()
    return found


def moment(value: datetime) -> str:
    """Today, 8:12 am · Yesterday, 4:02 pm · Tue, Nov 24, 8:12 am."""
    at = _local(value)
    assert isinstance(at, datetime)
    distance = (today() - at.date()).days
    named = _near().get(distance) or _day(at)
    return f"{named}, {_clock(at)}"


def _near() -> dict[int, str]:
    """What the days around today are called, by their distance into the past."""
    here = _here()
    key = f"near-{language()}"
    found: dict[int, str] | None = here.get(key)
    if found is None:
        found = here[key] = {0: gettext("Today"), 1: gettext("Yesterday"), -1: gettext("Tomorrow")}
    return found


def visit_moment(local_start: datetime, time_zone: str, *, with_dot: bool = False) -> str:
    """When a visit is: the clock on the wall of its place; the zone is named where it differs from the reader's."""
    place = _zone(time_zone)
    there = local_start.replace(tzinfo=place)
    here = there.astimezone(reader_zone())
    zone = "" if here.utcoffset() == there.utcoffset() else f" {there.tzname()}"
    time_of_day = _clock(there) + zone
    if with_dot:
        return f"{_day(there)} · {time_of_day}"
    return gettext("%(day)s at %(time)s", day=_day(there), time=time_of_day)


def ago(value: datetime) -> str:
    """For dense lists: the clock today, Yesterday, the weekday in the last week, else the date."""
    at = _local(value)
    assert isinstance(at, datetime)
    distance = (today() - at.date()).days
    if distance == 0:
        return _clock(at)
    if distance == 1:
        return gettext("Yesterday")
    if 1 < distance < 7:
        return _names(language())[0][at.weekday()]
    return _short_day(at)


def iso(value: datetime | date) -> str:
    """For `<time datetime>`."""
    return value.isoformat()


def num(value: Decimal | float | int | None) -> str:
    """5.6, not 5.600000; a comma in Spanish is not used here: laboratories print a point in both."""
    if value is None:
        return ""
    number = Decimal(str(value)).normalize()
    return f"{number:f}"


def install(app: Flask) -> None:
    for function in (clock, day, short_day, long_day, month, moment, ago, iso, num):
        app.jinja_env.filters[function.__name__] = function
