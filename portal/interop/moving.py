"""Moving the dates of generated patients, so that a demonstration is always about these days."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache

# a date at the start of a JSON string: clinical texts and identifiers are left as they are
_DATE = re.compile(r'(?<=":")(\d{4}-\d\d-\d\d)(?=["T])')


@lru_cache(maxsize=8192)
def _moved(day: str, days: int) -> str:
    try:
        return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
    except (ValueError, OverflowError):
        return day


def moved(text: str, days: int) -> str:
    """Compact JSON with every full date moved by `days`; dates of birth stay, as nobody gets younger."""

    def move(found: re.Match[str]) -> str:
        if text[max(0, found.start() - 13) : found.start()] == '"birthDate":"':
            return found[1]
        return _moved(found[1], days)

    return _DATE.sub(move, text)
