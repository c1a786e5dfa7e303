"""Doors of appointments."""

from __future__ import annotations

from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.appointments import service
from portal.appointments.pages import ListAppointmentsPage
from portal.policy.actions import Action
from portal.web.door import Door
from portal.web.paging import PAGE, key_of
from portal.web.responses import respond
from portal.work.unit_of_work import UnitOfWork

door = Door("appointments", prefix="/people/<uuid:person_id>")


@door.get("/appointments", may=Action.APPOINTMENT_READ)
def list_appointments(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(Action.APPOINTMENT_READ, patient=person_id)
    before = key_of(request.args.get("before"))
    upcoming = service.upcoming(uow, person_id) if before is None else ()
    past, has_older = service.past(uow, person_id, before=before, size=PAGE)
    uow.seen(Action.APPOINTMENT_READ, person_id)
    is_clinical = uow.actor.is_staff and uow.actor.is_clinical
    page = ListAppointmentsPage.of(
        person_id,
        upcoming,
        past,
        has_older=has_older,
        is_first=before is None,
        back_href=url_for("people.show_patient", person_id=person_id) if is_clinical else "",
        is_staff=uow.actor.is_staff,
    )
    return respond(page, "appointments/list_appointments.html")
