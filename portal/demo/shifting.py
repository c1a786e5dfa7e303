"""Dates move with today: sample records are shifted by whole days, so that the newest thing is recent. Pure."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

_DATE = re.compile(r"^(\d{4}-\d{2}-\d{2})(T.*)?$")
STAYS = frozenset({"birthDate"})


def shift(value: Any, by: timedelta, *, key: str = "") -> Any:
    """The same JSON with every full date moved by `by`; birth dates, partial dates and all else stay."""
    if isinstance(value, dict):
        return {name: shift(item, by, key=name) for name, item in value.items()}
    if isinstance(value, list):
        return [shift(item, by, key=key) for item in value]
    if isinstance(value, str) and key not in STAYS and (match := _DATE.match(value)):
        try:
            moved = date.fromisoformat(match.group(1)) + by
        except (ValueError, OverflowError):
            return value
        return moved.isoformat() + (match.group(2) or "")
    return value
