"""Lines of the record, as lists of columns. What nobody stands by (entered in error, refuted) is never shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import or_

from portal.models import Allergy, Condition
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork

WRONG = ("entered-in-error", "refuted")
MOST = 200


def allergies(uow: UnitOfWork, person_id: UUID) -> Sequence[Any]:
    """Allergies and intolerances that still hold, the dangerous ones first."""
    statement = uow.select(
        Action.RECORD_ALLERGY_READ,
        Allergy,
        Allergy.id,
        Allergy.name,
        Allergy.reaction,
        Allergy.severity,
        Allergy.criticality,
        Allergy.status,
        within=person_id,
    ).where(
        Allergy.status.notin_((*WRONG, "resolved", "inactive")),
        or_(Allergy.verification.is_(None), Allergy.verification.notin_(WRONG)),
    )
    rows = uow.rows(statement.order_by(Allergy.name, Allergy.id).limit(MOST))
    return sorted(rows, key=lambda row: row.criticality != "high")


def problems(uow: UnitOfWork, person_id: UUID) -> Sequence[Any]:
    """Problems that are active now, newest first."""
    statement = uow.select(
        Action.RECORD_CONDITION_READ,
        Condition,
        Condition.id,
        Condition.name,
        Condition.status,
        Condition.happened,
        Condition.happened_on,
        within=person_id,
    ).where(Condition.status.in_(("active", "recurrence", "relapse")))
    return uow.rows(statement.order_by(Condition.happened_on.desc(), Condition.name, Condition.id).limit(MOST))
