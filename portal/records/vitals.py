"""Vital signs by kind: the newest value and how it has changed, in one statement whatever there is of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from flask import url_for
from sqlalchemy import func, select

from portal.models import Result
from portal.records.lines import Wish, narrowed
from portal.records.parts import BY_KEY
from portal.results.service import COLUMNS, TREND_POINTS
from portal.results.trend import Trend, trend_of
from portal.results.values import Shown
from portal.work.unit_of_work import UnitOfWork

PART = BY_KEY["vitals"]
MOST_KINDS = 40


@dataclass(frozen=True, slots=True)
class Vital:
    """One kind of measurement."""

    id: str
    name: str
    said: str
    words: str
    tone: str
    icon: str
    at: Any
    href: str
    trend: Trend | None


def newest_of_each(uow: UnitOfWork, person_id: UUID, wish: Wish) -> Sequence[Any]:
    """The newest values of each kind within the dates of the wish, newest first; at most so many as a picture holds."""
    same = func.coalesce(Result.code, Result.name)
    order = (Result.effective_at.desc(), Result.id.desc())
    place = func.row_number().over(partition_by=same, order_by=order).label("place")
    ranked = uow.select(PART.action, Result, Result.id, place, within=person_id).where(*PART.shown())
    ranked = narrowed(ranked, PART, wish, uow.settings.zone).subquery()
    wanted = select(ranked.c.id).where(ranked.c.place <= TREND_POINTS)
    statement = uow.select(PART.action, Result, *COLUMNS, Result.patient_id, within=person_id)
    return uow.rows(statement.where(Result.id.in_(wanted)).order_by(*order).limit(TREND_POINTS * MOST_KINDS))


def vitals_of(person_id: UUID, rows: Sequence[Any]) -> list[Vital]:
    """The kinds by their newest value, each with its trend."""
    kinds: dict[str, list[Any]] = {}
    for row in rows:
        kinds.setdefault(row.code or row.name, []).append(row)
    found = []
    for number, same in enumerate(kinds.values()):
        newest = same[0]
        shown = Shown.of(newest)
        trend = trend_of(newest, same, shown.name)
        if trend is not None:
            charts = [replace(one, id=f"vital-{number}-{i}") for i, one in enumerate(trend.charts)]
            trend = replace(trend, charts=charts)
        found.append(
            Vital(
                id=f"vital-{number}",
                name=shown.name,
                said=f"{shown.number} {shown.unit}".strip(),
                words=shown.words if shown.is_outside else "",
                tone=shown.tone,
                icon=shown.icon,
                at=shown.at,
                href=url_for("results.show_result", person_id=person_id, result_id=newest.id),
                trend=trend,
            )
        )
    return found
