"""How often each reason for routing was right: questions it sent somewhere, and how many were passed on since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func
from sqlalchemy.orm import aliased

from portal.models import RouteStep
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

# Reasons for passing on that say the router was wrong; the others say that work went on.
WRONG = ("other_topic", "other_person", "more_urgent", "needs_clinician", "needs_office")


@dataclass(frozen=True, slots=True)
class Tally:
    """One way of routing: the code of its reason, the clinic's own rule if one decided, and its counts."""

    reason: str
    rule: str | None
    routed: int
    wrong: int
    kinds: dict[str, int]

    @property
    def share(self) -> float:
        """The part that was passed on as wrong, between 0 and 1."""
        return self.wrong / self.routed if self.routed else 0.0


def tallies(uow: UnitOfWork, days: int) -> list[Tally]:
    """Per reason and rule over the last `days` days, the most often wrong first. Counts only, of all patients.

    A question counts once, however often it was passed on.
    """
    uow.require_admin(Action.ADMIN_ROUTING_READ)
    job = uow.as_job("messaging.route")
    since = uow.now - timedelta(days=days)
    routed: Any = RouteStep
    passed = aliased(RouteStep)
    rule = routed.facts["rule"].as_string()
    wrong = job.select(Action.MESSAGE_THREAD_READ, passed, passed.thread_id, func.min(passed.reason).label("kind"))
    wrong = wrong.where(passed.kind == "passed_on", passed.reason.in_(WRONG), passed.at >= since)
    found = wrong.group_by(passed.thread_id).subquery()
    statement = (
        job.select(
            Action.MESSAGE_THREAD_READ,
            routed,
            routed.reason,
            rule.label("rule"),
            found.c.kind,
            func.count(func.distinct(routed.thread_id)).label("number"),
        )
        .outerjoin(found, found.c.thread_id == routed.thread_id)
        .where(routed.kind == "routed", routed.at >= since, routed.reason.is_not(None))
        .group_by(routed.reason, rule, found.c.kind)
    )
    sums: dict[tuple[str, str | None], dict[str | None, int]] = {}
    for row in uow.rows(statement):
        sums.setdefault((row.reason, row.rule), {})[row.kind] = row.number
    made = [
        Tally(reason, key, sum(kinds.values()), sum(n for kind, n in kinds.items() if kind), _named(kinds))
        for (reason, key), kinds in sums.items()
    ]
    return sorted(made, key=lambda tally: (-tally.wrong, -tally.routed, tally.reason, tally.rule or ""))


def _named(kinds: dict[str | None, int]) -> dict[str, int]:
    return {kind: number for kind, number in kinds.items() if kind}
