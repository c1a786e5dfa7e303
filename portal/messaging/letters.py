"""What staff write to a patient's family: it goes to the liaison alone, or to the patient (TAXONOMY.md 6.1)."""

from __future__ import annotations

from dataclasses import dataclass

from portal.messaging import service
from portal.messaging.deciding import Ask, Plan, plan
from portal.messaging.service import Outcome
from portal.policy.actions import Action
from portal.work.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who would get it: a name, and what they are to the patient."""

    name: str
    relation: str
    is_patient: bool


def plan_letter(uow: UnitOfWork, ask: Ask) -> Plan:
    """Who would get a letter to the family. Staff who treat the patient may ask."""
    uow.require(Action.MESSAGE_THREAD_CREATE, patient=ask.person_id)
    return plan(uow, ask)


def receiver_of(made: Plan) -> Receiver:
    """Who gets it, in words for the writer."""
    held = made.facts.caregivers.get(made.owner.relationship_id) if made.owner.relationship_id else None
    if held is not None:
        return Receiver(held.name, held.relation, False)
    return Receiver(made.facts.context.patient_name, "", True)


def send_letter(uow: UnitOfWork, ask: Ask, *, seen: str | None) -> Outcome:
    """Send it. `seen` is the mark of the plan that was shown; another plan sends nothing and is shown again."""
    uow.require(Action.MESSAGE_THREAD_CREATE, patient=ask.person_id)
    return service.ask_question(uow, ask, seen=seen)
