"""Who is told of a visit: the patient, and caregivers who may see that very visit at this moment."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import literal, select

from portal.models import Account, Appointment, Relationship
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.policy.scope import condition
from portal.work.unit_of_work import UnitOfWork


def path_of(patient_id: UUID, visit_id: UUID) -> str:
    """The page of a visit, for a notice to lead to."""
    return f"/people/{patient_id}/appointments/{visit_id}"


def accounts(uow: UnitOfWork, patient_id: UUID, visit_id: UUID) -> list[UUID]:
    """The accounts to tell, the patient's own first; never one that would not find the visit in the portal.

    For jobs that may read relationships. A sensitive visit is told to those alone who hold its category.
    """
    found = list(
        uow.scalars(select(Account.id).where(Account.person_id == patient_id, Account.is_active).order_by(Account.id))
    )
    held = uow.select(Action.CAREGIVER_RELATIONSHIP_READ, Relationship, Relationship.account_id, within=patient_id)
    held = held.join(Account, Account.id == Relationship.account_id)
    held = held.where(Relationship.state == "active", Account.is_active)
    others = sorted(set(uow.scalars(held)) - set(found))
    return found + [who for who in others if uow.prepared(_sees, visit=visit_id, reader=who).first() is not None]


def _sees(uow: UnitOfWork, *, within: None, visit: Any, reader: Any) -> Any:
    rule = condition(Actor("caregiver", account_id=reader), Action.APPOINTMENT_READ, Appointment, uow.now)
    statement = select(literal(1)).select_from(Appointment).where(Appointment.id == visit, rule)
    return statement.execution_options(scoped=frozenset({Appointment.__tablename__}))
