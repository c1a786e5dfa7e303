"""Dates people write: "April 21", "4/21", "el 21", "next Tuesday", "mañana". Resolved against the day of the message."""  # noqa: E501

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("january jan enero", "february feb febrero", "march mar marzo", "april apr abril", "may mayo", "june jun junio",  # noqa: E501
         "july jul julio", "august aug agosto", "september sept sep septiembre setiembre", "october oct octubre",
         "november nov noviembre", "december dec diciembre"), 1)
    for name in names.split()
}  # fmt: skip
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        ("monday mon mondays lunes", "tuesday tues tue martes", "wednesday wed miercoles", "thursday thurs thu jueves",
         "friday fri viernes", "saturday sat saturdays sabado", "sunday sun sundays domingo"))
    for name in names.split()
}  # fmt: skip
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_MONTH_DAY = re.compile(rf" ({_MONTH}) (?:the )?(\d{{1,2}})(?:st|nd|rd|th)?(?= )")
_DAY_MONTH = re.compile(rf" (\d{{1,2}})(?:st|nd|rd|th)? (?:of |de )?({_MONTH})(?= )")
_NUMERIC = re.compile(r" (\d{1,2})[/-](\d{1,2})(?:[/-](\d{2,4}))?(?= )")
_ISO = re.compile(r" (\d{4})-(\d{2})-(\d{2})(?= )")
_DAY = re.compile(r" (?:the|el|del|dia) (\d{1,2})(?:st|nd|rd|th)?(?= )| (\d{1,2})(?:st|nd|rd|th)(?= )")
_WEEKDAY = re.compile(
    rf" (?:(last|past|next|this|proximo|este|pasado|siguiente) )?({'|'.join(_WEEKDAYS)})(?: (pasado|proximo))?(?= )"
)
_RELATIVE = re.compile(
    r" (day after tomorrow|tomorrow|tommorrow|tommorow|tomorow|tmrw|tmrow|tmw|2moro|2morrow|today|tonight|this morning|this afternoon|yesterday|pasado manana|(?<!la )manana|hoy|ayer|antier)(?= )"  # noqa: E501
)
_OFFSETS = {
    "day after tomorrow": 2,
    "pasado manana": 2,
    **dict.fromkeys(("tomorrow", "tommorrow", "tommorow", "tomorow", "tmrw", "tmrow", "tmw", "2moro", "2morrow"), 1),
    "manana": 1,
    "yesterday": -1,
    "ayer": -1,
    "antier": -2,
}


@dataclass(frozen=True, slots=True)
class Mention:
    """A day somebody may mean. A bare weekday or day of the month may look ahead or back."""

    days: frozenset[date]
    start: int


def _safe(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _near(today: date, month: int, day: int) -> frozenset[date]:
    around = (_safe(today.year + shift, month, day) for shift in (-1, 0, 1))
    return frozenset(d for d in around if d and abs((d - today).days) <= 200)


def _day_of_month(today: date, day: int) -> frozenset[date]:
    found = set()
    for shift in (-1, 0, 1):
        month = (today.month - 1 + shift) % 12 + 1
        year = today.year + (today.month - 1 + shift) // 12
        at = _safe(year, month, day)
        if at and abs((at - today).days) <= 31:
            found.add(at)
    return frozenset(found)


def _weekday(today: date, word: str, how: str | None) -> frozenset[date]:
    ahead = timedelta(days=(_WEEKDAYS[word] - today.weekday()) % 7)
    back = timedelta(days=(today.weekday() - _WEEKDAYS[word]) % 7 or 7)
    if how in {"last", "past", "pasado"}:
        return frozenset({today - back})
    if how in {"next", "proximo", "siguiente"}:
        first = today + (ahead or timedelta(days=7))
        return frozenset({first, first + timedelta(days=7)})
    return frozenset({today + ahead, today - back})


def mentions(flat: str, today: date) -> list[Mention]:
    """All days a flat line names, in its order."""
    found: list[tuple[frozenset[date], int]] = []
    for m in _ISO.finditer(flat):
        exact = _safe(*(int(g) for g in m.groups()))
        found.append((frozenset({exact} if exact else ()), m.start()))
    found += [(_near(today, _MONTHS[m[1]], int(m[2])), m.start()) for m in _MONTH_DAY.finditer(flat)]
    found += [(_near(today, _MONTHS[m[2]], int(m[1])), m.start()) for m in _DAY_MONTH.finditer(flat)]
    found += [(_near(today, int(m[1]), int(m[2])), m.start()) for m in _NUMERIC.finditer(flat) if 1 <= int(m[1]) <= 12]
    found += [(_day_of_month(today, int(m[1] or m[2])), m.start()) for m in _DAY.finditer(flat)]
    found += [(_weekday(today, m[2], m[1] or m[3]), m.start()) for m in _WEEKDAY.finditer(flat)]
    found += [(frozenset({today + timedelta(days=_OFFSETS.get(m[1], 0))}), m.start()) for m in _RELATIVE.finditer(flat)]
    return [Mention(days, start) for days, start in sorted(found, key=lambda item: item[1]) if days]
