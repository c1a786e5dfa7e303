"""Whose accounts may read a row at this moment: the patient's own, and those caregivers whom the policy lets."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import literal, select

from portal.models import Account, Relationship
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.policy.scope import condition
from portal.work.unit_of_work import UnitOfWork


def accounts(uow: UnitOfWork, action: Action, model: Any, patient_id: UUID, row_id: UUID) -> list[UUID]:
    """The accounts in use that may do `action` on this row, the patient's own first; each once.

    For jobs that may read relationships. A sensitive row is for those alone who hold its category.
    """
    own = list(uow.prepared(_of_patient, patient=patient_id).scalars())
    others = sorted(set(uow.prepared(_of_caregivers, within=patient_id).scalars()) - set(own))
    return own + [one for one in others if may_read(uow, action, model, row_id, one)]


def may_read(uow: UnitOfWork, action: Action, model: Any, row_id: UUID, account_id: UUID) -> bool:
    """Whether the policy lets this caregiver's account do `action` on the row now."""
    return uow.prepared(_readable, action, model, row=row_id, reader=account_id).first() is not None


def _of_patient(uow: UnitOfWork, *, within: None, patient: Any) -> Any:
    return select(Account.id).where(Account.person_id == patient, Account.is_active).order_by(Account.id)


def _of_caregivers(uow: UnitOfWork, *, within: Any) -> Any:
    return (
        uow.select(Action.CAREGIVER_RELATIONSHIP_READ, Relationship, Relationship.account_id, within=within)
        .join(Account, Account.id == Relationship.account_id)
        .where(Relationship.state == "active", Account.is_active)
    )


def _readable(uow: UnitOfWork, action: Action, model: Any, *, within: None, row: Any, reader: Any) -> Any:
    rule = condition(Actor("caregiver", account_id=reader), action, model, uow.now)
    statement = select(literal(1)).select_from(model).where(model.id == row, rule)
    return statement.execution_options(scoped=frozenset({model.__tablename__}))
