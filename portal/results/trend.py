"""How one value has changed: pictures and a table that say the same (RES-10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.infra.i18n import reader_language
from portal.models import Result
from portal.results.explanations import plain_name
from portal.results.ranges import same_unit
from portal.results.values import Shown, component_number, in_order, plain, state_words
from portal.web import filters
from portal.web.charts import LineChart, Reading, line_chart


@dataclass(frozen=True, slots=True)
class TrendRow:
    """A line of the table beside the chart."""

    at: datetime
    said: str
    words: str
    state_words: str
    href: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class Trend:
    """How a value changed: pictures, and the same as a table."""

    charts: list[LineChart]
    rows: list[TrendRow]
    other_units: str


def trend_of(result: Result, history: Sequence[Any], name: str) -> Trend | None:
    """Values of the same test in the same unit; others are counted, never mixed in (RES-10)."""
    same = [
        row for row in history if same_unit(row.unit, result.unit) and (row.value is None) == (result.value is None)
    ]
    if len(same) < 2 or (result.value is None and not result.components):
        return None
    rows = []
    for row in same:
        shown = Shown.of(row)
        rows.append(
            TrendRow(
                at=row.effective_at,
                said=f"{shown.number} {shown.unit}".strip(),
                words=shown.words or _("No usual range given"),
                state_words=state_words(shown.state),
                href=url_for("results.show_result", person_id=result.patient_id, result_id=row.id),
                is_here=row.id == result.id,
            )
        )
    others = sum(row.value is not None and not same_unit(row.unit, result.unit) for row in history)
    return Trend(
        charts=_charts(result, same, name),
        rows=rows,
        other_units=ngettext(
            "%(num)s value in another unit is not drawn here.",
            "%(num)s values in another unit are not drawn here.",
            others,
        )
        if others
        else "",
    )


def _charts(result: Result, same: Sequence[Any], name: str) -> list[LineChart]:
    if result.value is not None:
        readings = [Reading(row.effective_at, row.value, Shown.of(row).number) for row in same]
        return _drawn(readings, name, result.unit, result.low, result.high, "chart")
    charts: list[LineChart] = []
    for index, component in enumerate(in_order(result.components)):
        if component.get("value") is None:
            continue
        readings = []
        for row in same:
            for each in row.components:
                if _is_same_part(each, component):
                    readings.append(Reading(row.effective_at, Decimal(str(each["value"])), component_number(each)))
        title = plain_name(component.get("code"), component.get("name") or name, reader_language())
        low, high = component.get("low"), component.get("high")
        charts += _drawn(readings, title, component.get("unit"), low, high, f"chart-{index}")
    return charts


def _is_same_part(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return (
        one.get("value") is not None
        and one.get("code") == other.get("code")
        and same_unit(one.get("unit"), other.get("unit"))
    )


def _day_of(at: date | datetime) -> date | datetime:
    return filters.local(at) if isinstance(at, datetime) else at


def _drawn(readings: list[Reading], title: str, unit: str | None, low: Any, high: Any, key: str) -> list[LineChart]:
    chart = line_chart(
        [Reading(_day_of(r.at), r.value, r.shown) for r in readings],
        title=title,
        unit=unit or "",
        low=low,
        high=high,
        id=key,
        day=filters.short_day,
        long_day=filters.day,
        number=lambda value: plain(Decimal(str(value))),
    )
    return [chart] if chart else []
