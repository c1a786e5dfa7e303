"""How one value is said: number as written, unit, where it stands in words and as a shape, and its range (RES-5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from portal.infra.i18n import reader_language
from portal.results.explanations import explain, plain_name
from portal.results.ranges import Standing, component_standing, same_unit, standing, worst
from portal.results.release import State

SYSTOLIC, DIASTOLIC = "8480-6", "8462-4"


@dataclass(frozen=True, slots=True)
class Shown:
    """One result as any page prints it. `tone` and `icon` belong to `words`, which say it all by themselves."""

    id: UUID
    name: str
    number: str
    unit: str
    standing: Standing
    words: str
    tone: str
    icon: str
    range_words: str
    state: State
    is_text: bool
    at: datetime

    @property
    def is_outside(self) -> bool:
        return self.standing.is_outside

    @classmethod
    def of(cls, row: Any) -> Shown:
        """From a Result, or a row with its columns."""
        stands = standing_of(row)
        number, unit, is_text = said(row, stands)
        tone, icon = LOOKS.get(stands, ("neutral", ""))
        return cls(
            id=row.id,
            name=plain_name(row.code, row.name, reader_language()),
            number=number,
            unit=unit,
            standing=stands,
            words=standing_words(stands),
            tone=tone,
            icon=icon,
            range_words=range_words(row.low, row.high, row.range_text),
            state=State.of(row.status),
            is_text=is_text,
            at=row.effective_at,
        )


LOOKS: dict[Standing, tuple[str, str]] = {
    Standing.FAR_BELOW: ("late", "triangle-down"),
    Standing.BELOW: ("look", "triangle-down"),
    Standing.ABOVE: ("look", "triangle-up"),
    Standing.FAR_ABOVE: ("late", "triangle-up"),
    Standing.OUTSIDE: ("look", "circle-alert"),
    Standing.FAR_OUTSIDE: ("late", "circle-alert"),
    Standing.POSITIVE: ("look", "plus"),
    Standing.DETECTED: ("look", "plus"),
    Standing.USUAL: ("good", "check"),
}


def standing_of(row: Any) -> Standing:
    """Where a result stands; our own critical limits mark it only when no flag was sent and the unit agrees."""
    if row.components and row.value is None and row.flag is None:
        return worst(component_standing(each) for each in row.components)
    known = explain(row.code)
    limits = known if known and same_unit(known.unit, row.unit) else None
    return standing(
        row.flag,
        row.value,
        row.low,
        row.high,
        comparator=row.comparator,
        critical_low=limits.critical_low if limits else None,
        critical_high=limits.critical_high if limits else None,
    )


def said(row: Any, stands: Standing) -> tuple[str, str, bool]:
    """What is printed large, its unit, and whether it is words rather than a number."""
    if row.value is not None:
        return comparator_sign(row.comparator) + number_text(row, stands), row.unit or "", False
    if row.components:
        return components_text(row.components)
    return row.value_text or _("No value given"), "", True


def number_text(row: Any, stands: Standing | None = None) -> str:
    """The number with the decimals it was sent with.

    Where those are no measured precision (more than six), it is rounded, but never so far that it would seem to stand
    elsewhere against its range.
    """
    value: Decimal = row.value
    if row.decimals is not None:
        return f"{value:.{row.decimals}f}"
    size = abs(value)
    places = 1 if size >= 10 else 2 if size >= 1 else 3
    wanted = stands or standing_of(row)
    while places < 6:
        rounded = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
        if row.flag or standing(None, rounded, row.low, row.high) in (wanted, Standing.NO_RANGE) or wanted.is_far:
            break
        places += 1
    return plain(value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP))


def comparator_sign(comparator: str | None) -> str:
    return {"<=": "≤ ", ">=": "≥ ", "<": "< ", ">": "> "}.get(comparator or "", "")


def components_text(components: list[Mapping[str, Any]]) -> tuple[str, str, bool]:
    """142/84 for a blood pressure; else each part with its name."""
    by_code = {each.get("code"): each for each in components}
    if len(components) == 2 and {SYSTOLIC, DIASTOLIC} == set(by_code):
        high, low = by_code[SYSTOLIC], by_code[DIASTOLIC]
        if high.get("value") is not None and low.get("value") is not None:
            return f"{component_number(high)}/{component_number(low)}", high.get("unit") or "", False
    language = reader_language()
    parts = [
        f"{plain_name(each.get('code'), each.get('name') or '', language)}: {component_said(each)}"
        for each in components
    ]
    return "; ".join(parts), "", True


def in_order(components: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The parts in the order people say them: of a blood pressure the top number first; else as sent."""
    return sorted(components, key=lambda each: each.get("code") == DIASTOLIC)


def component_number(component: Mapping[str, Any]) -> str:
    value = component.get("value")
    return component.get("text") or ("" if value is None else plain(Decimal(str(value)).quantize(Decimal("0.1"))))


def component_said(component: Mapping[str, Any]) -> str:
    return f"{component_number(component)} {component.get('unit') or ''}".strip() or _("no value given")


def plain(value: Decimal | None) -> str:
    """A number without trailing zeros."""
    return "" if value is None else f"{Decimal(value).normalize():f}"


def range_words(low: Decimal | None, high: Decimal | None, text: str | None) -> str:
    """The usual range in words; empty when none was given."""
    if low is not None and high is not None:
        return _("%(low)s to %(high)s", low=plain(low), high=plain(high))
    if low is not None:
        return _("%(low)s or more", low=plain(low))
    if high is not None:
        return _("up to %(high)s", high=plain(high))
    return text or ""


def standing_words(stands: Standing) -> str:
    """Where a value stands, in words."""
    return {
        Standing.FAR_BELOW: _("Far below usual range"),
        Standing.BELOW: _("Below usual range"),
        Standing.USUAL: _("In the usual range"),
        Standing.ABOVE: _("Above usual range"),
        Standing.FAR_ABOVE: _("Far above usual range"),
        Standing.OUTSIDE: _("Outside what is usual"),
        Standing.FAR_OUTSIDE: _("Far outside what is usual"),
        Standing.POSITIVE: _("Positive"),
        Standing.NEGATIVE: _("Negative"),
        Standing.DETECTED: _("Detected"),
        Standing.NOT_DETECTED: _("Not detected"),
        Standing.SUSCEPTIBLE: _("Susceptible"),
        Standing.INTERMEDIATE: _("Intermediate"),
        Standing.RESISTANT: _("Resistant"),
        Standing.UNCLEAR: _("Not clear"),
        Standing.NO_RANGE: "",
    }[stands]


def state_words(state: State) -> str:
    return {State.PRELIMINARY: _("Preliminary"), State.CORRECTED: _("Corrected"), State.FINAL: ""}[state]
