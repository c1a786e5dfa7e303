"""Doors of the record."""

from __future__ import annotations

from uuid import UUID

from flask.typing import ResponseReturnValue

from portal.policy.actions import Action
from portal.records import service
from portal.records.pages import ListMedicinesPage
from portal.web.door import Door
from portal.web.responses import respond
from portal.work.unit_of_work import UnitOfWork

door = Door("records", prefix="/people/<uuid:person_id>")


@door.get("/medicines", may=Action.RECORD_MEDICATION_READ)
def list_medicines(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(Action.RECORD_MEDICATION_READ, patient=person_id)
    sees_allergies = uow.may(Action.RECORD_ALLERGY_READ, patient=person_id)
    allergies = service.allergies(uow, person_id) if sees_allergies else None
    active = service.active_medicines(uow, person_id)
    earlier = service.medicines(uow, person_id, active=False, most=50)
    uow.seen(Action.RECORD_MEDICATION_READ, person_id)
    page = ListMedicinesPage.of(person_id, allergies, active, earlier, is_staff=uow.actor.is_staff)
    return respond(page, "records/list_medicines.html")
