"""A value over time as a picture, a sentence and a table: numbers in, coordinates out.

`templates/ui/chart.html` prints it. The picture is inline SVG without style or script, so it passes the content policy,
prints, and needs no JavaScript. What a point means never hangs on colour alone: a point outside the usual range has
another shape and is named in the summary and the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import ngettext

WIDTH, HEIGHT = 640, 256
LEFT, RIGHT, TOP, BOTTOM = 34, 600, 34, 210
DATE_Y = 244
BAND_LABEL_X = RIGHT + 6

GAP_DAYS = 731
"""Points further apart than two years are not joined: a line would claim to know what happened between them."""

UP, DOWN = 1, -1  # a label above or below its point
# How close two labels may stand, in units of the view box: on a wide page, and on a phone (larger letters).
VALUE_ROOM, VALUE_ROOM_PHONE = 34, 66
DATE_ROOM, DATE_ROOM_PHONE = 82, 190

Number = int | float | Decimal


@dataclass(frozen=True, slots=True)
class Reading:
    """One measured value. `shown` is how the source wrote it; without it `number` writes the value."""

    at: date | datetime
    value: Number
    shown: str | None = None


@dataclass(frozen=True, slots=True)
class Band:
    """The usual range as a rectangle, and where its words stand."""

    x: float
    y: float
    width: float
    height: float
    label: str
    label_x: float
    label_y: float


@dataclass(frozen=True, slots=True)
class Point:
    """A point of the picture. `state` is in, high, low or unknown; a label that is None would not fit.

    `label_on` and `date_on` are "all" or "wide" (left out on a phone).
    """

    x: float
    y: float
    state: str
    path: str
    label: str | None
    label_on: str
    label_y: float
    date: str | None
    date_on: str
    date_x: float


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table beside the picture."""

    date: str
    value: str
    note: str


@dataclass(frozen=True, slots=True)
class LineChart:
    """All the template needs."""

    id: str
    title: str
    summary: str
    width: int
    height: int
    date_y: int
    band: Band | None
    lines: list[str]
    points: list[Point]
    rows: list[Row]


def state_of(value: Number, low: Number | None, high: Number | None) -> str:
    """Where a value stands against the usual range: in, high, low, or unknown without one. Both ends belong to it."""
    if low is None and high is None:
        return "unknown"
    if high is not None and Decimal(str(value)) > Decimal(str(high)):
        return "high"
    if low is not None and Decimal(str(value)) < Decimal(str(low)):
        return "low"
    return "in"


def line_chart(
    readings: Iterable[Reading],
    *,
    title: str,
    unit: str = "",
    low: Number | None = None,
    high: Number | None = None,
    id: str = "chart",
    day: Callable[[date | datetime], str] = lambda at: f"{at:%b %Y}",
    long_day: Callable[[date | datetime], str] | None = None,
    number: Callable[[Number], str] = str,
) -> LineChart | None:
    """Lay out `readings` (in any order) by time; None when there are none.

    `low` and `high` are the usual range; either may be missing. `day` writes the short dates under the picture,
    `long_day` those of the table and the summary, `number` the values. `id` must be unique on the page.
    """
    ordered = sorted(readings, key=lambda r: _stamp(r.at))
    if not ordered:
        return None
    full_day = long_day or day
    xs, to_y = _scales(ordered, low, high)
    ys = [to_y(r.value) for r in ordered]
    states = [state_of(r.value, low, high) for r in ordered]
    shown = [r.shown or number(r.value) for r in ordered]
    with_unit = [f"{text} {unit}".strip() for text in shown]
    # The newest value and those outside the range keep their labels where room is short.
    rank = sorted(range(len(ordered)), key=lambda i: (i != len(ordered) - 1, states[i] not in ("high", "low"), i))
    sides = _sides(xs, ys, rank, VALUE_ROOM)
    values_all = {i for side in (UP, DOWN) for i in _fitting(xs, _on(sides, rank, side), VALUE_ROOM_PHONE)}
    ends = sorted(range(len(ordered)), key=lambda i: (i != len(ordered) - 1, i != 0, i))
    dates_all, dates_wide = _fitting(xs, ends, DATE_ROOM_PHONE), _fitting(xs, ends, DATE_ROOM)
    points = [
        Point(
            x=xs[i],
            y=ys[i],
            state=states[i],
            path=_mark(xs[i], ys[i], states[i]),
            label=shown[i] if i in sides else None,
            label_on="all" if i in values_all else "wide",
            label_y=round(ys[i] + 24 if sides.get(i) == DOWN else ys[i] - 14, 1),
            date=day(reading.at) if i in dates_wide or i in dates_all else None,
            date_on="all" if i in dates_all else "wide",
            date_x=min(max(xs[i], LEFT + 8), RIGHT - 8.0),
        )
        for i, reading in enumerate(ordered)
    ]
    notes = {"in": _("In the usual range"), "high": _("Above the usual range"), "low": _("Below the usual range")}
    rows = [
        Row(full_day(reading.at), with_unit[i], notes.get(states[i], _("No usual range on file")))
        for i, reading in enumerate(ordered)
    ]
    return LineChart(
        id=id,
        title=title,
        summary=_summary(ordered, states, with_unit, _range_words(low, high, unit, number), full_day),
        width=WIDTH,
        height=HEIGHT,
        date_y=DATE_Y,
        band=_band(low, high, to_y),
        lines=_lines(ordered, xs, ys),
        points=points,
        rows=rows[::-1],
    )


def _stamp(at: date | datetime) -> float:
    """Days since year 1: good for days and instants alike."""
    if isinstance(at, datetime):
        return at.toordinal() + (at.hour * 60 + at.minute) / 1440
    return float(at.toordinal())


def _scales(
    ordered: Sequence[Reading], low: Number | None, high: Number | None
) -> tuple[list[float], Callable[[Number], float]]:
    first, last = _stamp(ordered[0].at), _stamp(ordered[-1].at)
    span = last - first
    xs = [
        round(LEFT + (_stamp(r.at) - first) / span * (RIGHT - LEFT - 20), 1) if span else (LEFT + RIGHT) / 2
        for r in ordered
    ]
    known = [float(r.value) for r in ordered] + [float(end) for end in (low, high) if end is not None]
    least, most = min(known), max(known)
    room = (most - least) or abs(most) or 1.0
    bottom, top = least - room * 0.12, most + room * 0.08

    def to_y(value: Number) -> float:
        return round(BOTTOM - (float(value) - bottom) / (top - bottom) * (BOTTOM - TOP), 1)

    return xs, to_y


def _band(low: Number | None, high: Number | None, to_y: Callable[[Number], float]) -> Band | None:
    if low is None and high is None:
        return None
    upper = to_y(high) if high is not None else float(TOP - 12)
    lower = to_y(low) if low is not None else float(BOTTOM)
    return Band(
        x=LEFT,
        y=upper,
        width=RIGHT - LEFT,
        height=round(lower - upper, 1),
        label=_("usual"),
        label_x=BAND_LABEL_X,
        label_y=round((upper + lower) / 2 + 4, 1),
    )


def _lines(ordered: Sequence[Reading], xs: Sequence[float], ys: Sequence[float]) -> list[str]:
    """Polylines, broken where two readings are too far apart; a lone point needs none."""
    runs: list[list[int]] = [[0]]
    for i in range(1, len(ordered)):
        if _stamp(ordered[i].at) - _stamp(ordered[i - 1].at) > GAP_DAYS:
            runs.append([])
        runs[-1].append(i)
    return [" ".join(f"{xs[i]},{ys[i]}" for i in run) for run in runs if len(run) > 1]


def _mark(x: float, y: float, state: str) -> str:
    """The outline of a point outside the range: a triangle that points where it went."""
    if state == "high":
        return f"M{x} {round(y - 8, 1)}l7 12h-14z"
    if state == "low":
        return f"M{x} {round(y + 8, 1)}l7 -12h-14z"
    return ""


def _sides(xs: Sequence[float], ys: Sequence[float], order: Sequence[int], room: float) -> dict[int, int]:
    """Above or below its point each label stands, placed in this order; those that fit on neither side are left out.

    A point lower than its neighbours has the line above it, so its label goes below.
    """
    placed: dict[int, int] = {}
    for i in order:
        near = [ys[j] for j in (i - 1, i + 1) if 0 <= j < len(ys)]
        is_dip = bool(near) and all(ys[i] > y for y in near)
        for side in (DOWN, UP) if is_dip else (UP, DOWN):
            fits = all(abs(xs[i] - xs[j]) >= room for j, other in placed.items() if other == side)
            if fits and (side == UP or ys[i] + 24 <= BOTTOM + 12):
                placed[i] = side
                break
    return placed


def _on(sides: dict[int, int], order: Sequence[int], side: int) -> list[int]:
    return [i for i in order if sides.get(i) == side]


def _fitting(xs: Sequence[float], order: Sequence[int], room: float) -> set[int]:
    """Which labels fit when they are placed in this order."""
    placed: list[int] = []
    for i in order:
        if all(abs(xs[i] - xs[j]) >= room for j in placed):
            placed.append(i)
    return set(placed)


def _range_words(low: Number | None, high: Number | None, unit: str, number: Callable[[Number], str]) -> str:
    if low is not None and high is not None:
        return f"{_('%(low)s to %(high)s', low=number(low), high=number(high))} {unit}".strip()
    if high is not None:
        return f"{_('up to %(high)s', high=number(high))} {unit}".strip()
    if low is not None:
        return f"{_('%(low)s or more', low=number(low))} {unit}".strip()
    return ""


def _summary(
    ordered: Sequence[Reading],
    states: Sequence[str],
    values: Sequence[str],
    range_words: str,
    day: Callable[[date | datetime], str],
) -> str:
    """What the picture shows, in sentences, for those who do not see it and those who want it said."""
    latest, when = values[-1], day(ordered[-1].at)
    said = {
        "in": _("The latest value is %(value)s on %(day)s, in the usual range (%(range)s).",
                value=latest, day=when, range=range_words),
        "high": _("The latest value is %(value)s on %(day)s, above the usual range (%(range)s).",
                  value=latest, day=when, range=range_words),
        "low": _("The latest value is %(value)s on %(day)s, below the usual range (%(range)s).",
                 value=latest, day=when, range=range_words),
        "unknown": _("The latest value is %(value)s on %(day)s.", value=latest, day=when),
    }  # fmt: skip
    sentences = [said[states[-1]]]
    if len(ordered) > 1:
        sentences.append(_("There are %(count)s values since %(day)s.", count=len(ordered), day=day(ordered[0].at)))
        out = sum(state in ("high", "low") for state in states)
        if out:
            sentences.append(
                ngettext(
                    "%(num)s of them is outside the usual range.", "%(num)s of them are outside the usual range.", out
                )
            )
        elif states[-1] == "in":
            sentences.append(_("All of them are in the usual range."))
    return " ".join(sentences)
