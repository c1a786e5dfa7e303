"""The door of one patient's page at the desk. Its address belongs to people; it gathers from features above them."""

from __future__ import annotations

from uuid import UUID

from flask.typing import ResponseReturnValue

from portal.appointments import service as appointments
from portal.caregivers import evidence
from portal.caregivers import service as caregivers
from portal.home import service
from portal.home.desk import ShowPatientPage
from portal.infra.errors import NotFound
from portal.medicines import service as medicines
from portal.people import teams
from portal.people.service import find_person
from portal.policy.actions import Action
from portal.records import service as records
from portal.results import service as results
from portal.web.door import Door
from portal.web.responses import respond
from portal.work.unit_of_work import UnitOfWork

door = Door("people", prefix="/desk/patients")


@door.get("/<uuid:person_id>", may=Action.PEOPLE_PERSON_READ)
def show_patient(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    if not uow.actor.is_staff:
        uow.refuse(Action.PEOPLE_PERSON_READ, patient=person_id)
        raise NotFound()
    person = find_person(uow, person_id)
    held = caregivers.relationships(uow, person_id)
    page = ShowPatientPage.of(
        person,
        now=uow.now,
        team=teams.around(uow, person_id),
        held=held,
        papers=evidence.papers(uow, person_id) if any(one.kind in evidence.KINDS for one in held) else {},
        sees_record=uow.actor.is_clinical,
        problems=records.problems(uow, person_id),
        allergies=records.allergies(uow, person_id),
        medicines=medicines.taken_now(uow, person_id),
        values=results.last_values(uow, person_id),
        visits=appointments.upcoming(uow, person_id, most=3),
        questions=service.unanswered_of(uow, person_id),
    )
    for action in (Action.PEOPLE_PERSON_READ, Action.RECORD_CONDITION_READ, Action.RECORD_ALLERGY_READ):
        uow.seen(action, person_id)
    for action in (Action.RECORD_MEDICATION_READ, Action.RESULT_READ, Action.APPOINTMENT_READ):
        uow.seen(action, person_id)
    return respond(page, "people/show_patient.html")
