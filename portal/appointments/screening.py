"""PHQ-2, PHQ-9, GAD-2 and GAD-7 by their public scoring rules. Pure.

Each item is answered 0 to 3 (not at all, several days, more than half the days, nearly every day). Bands and cut-offs:
Kroenke, Spitzer, Williams 2001 and 2003 (PHQ); Spitzer and others 2006, Kroenke and others 2007 (GAD). They may be
copied without permission. A missing answer gives no score.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

ITEMS = {"phq2": 2, "phq9": 9, "gad2": 2, "gad7": 7}
# From this sum on the long form follows the short one, or the long one is positive.
POSITIVE = {"phq2": 3, "phq9": 10, "gad2": 3, "gad7": 10}
LONG = {"phq2": "phq9", "gad2": "gad7"}
_BANDS = {
    "phq9": ((0, "minimal"), (5, "mild"), (10, "moderate"), (15, "moderately_severe"), (20, "severe")),
    "gad7": ((0, "minimal"), (5, "mild"), (10, "moderate"), (15, "severe")),
}
SELF_HARM = 8  # the ninth item of PHQ-9, counted from 0


@dataclass(frozen=True, slots=True)
class Score:
    """A complete answer: its sum, its band ("" for the short forms), and what it asks for."""

    instrument: str
    total: int
    band: str
    is_positive: bool
    is_crisis: bool


def missing(instrument: str, answers: Sequence[int | None]) -> list[int]:
    """Which items have no answer from 0 to 3, counted from 0."""
    given = [*answers, *([None] * ITEMS[instrument])][: ITEMS[instrument]]
    return [number for number, one in enumerate(given) if one not in (0, 1, 2, 3)]


def score(instrument: str, answers: Sequence[int | None]) -> Score | None:
    """The score of complete answers, or None where an answer is missing.

    Any answer above 0 to the ninth item of PHQ-9 is a crisis, whatever the sum.
    """
    if missing(instrument, answers):
        return None
    given = [one for one in answers[: ITEMS[instrument]] if one is not None]
    total = sum(given)
    band = ""
    for least, name in _BANDS.get(instrument, ()):
        if total >= least:
            band = name
    is_crisis = instrument == "phq9" and given[SELF_HARM] > 0
    return Score(instrument, total, band, total >= POSITIVE[instrument], is_crisis)


def follows(done: Score) -> str | None:
    """The long form that a positive short one asks for, or None."""
    return LONG.get(done.instrument) if done.is_positive else None
