"""How long a test usually takes: from the clinic's own last 90 days where there are enough, else by its kind. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

MEASURED_OVER = timedelta(days=90)
ENOUGH = 5  # fewer say more about those patients than about the laboratory
# Days from sample or picture to report, usual in practice; what the clinic measures itself goes before it.
BY_KIND = {"laboratory": (1, 2), "imaging": (1, 3), "pathology": (3, 10), "other": (1, 14)}
LOOKED_AT_WITHIN, ACTED_ON_WITHIN = 14, 7  # calendar days (RES-7)


@dataclass(frozen=True, slots=True)
class Usual:
    """From `low` to `high` days; `is_measured` in this clinic."""

    low: int
    high: int
    is_measured: bool


def usual(kind: str, measured: Sequence[timedelta]) -> Usual:
    """How long a test of this kind takes: eight of ten that were measured, in whole days begun, at least one.

    `kind` is laboratory, imaging, pathology or other; of fewer than five measurements none counts.
    """
    known = sorted(max(1, math.ceil(each / timedelta(days=1))) for each in measured if each >= timedelta(0))
    if len(known) < ENOUGH:
        return Usual(*BY_KIND.get(kind, BY_KIND["other"]), False)
    last = len(known) - 1
    return Usual(known[round(last * 0.1)], known[round(last * 0.9)], True)


def is_overdue(since: date, today: date, expected: Usual) -> bool:
    """Whether the result should be here, had the sample been taken on the day it was ordered for."""
    return today > since + timedelta(days=expected.high)
