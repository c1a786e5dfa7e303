"""Doors of check-in, screenings and the summary after the visit."""

from __future__ import annotations

from uuid import UUID

from flask import Response, flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.appointments import changing, checkin, screening
from portal.appointments.checkin_pages import (
    CheckInForm,
    EditCheckInPage,
    EditScreeningPage,
    ScreeningForm,
    ShowCrisisPage,
    SummaryForm,
)
from portal.infra.errors import Conflict, Invalid
from portal.policy.actions import Action
from portal.web.door import Door
from portal.web.responses import respond, see_other
from portal.work.unit_of_work import UnitOfWork

door = Door("appointments", prefix="/people/<uuid:person_id>/appointments/<uuid:visit_id>")
KINDS = "<any(phq2,phq9,gad2,gad7):instrument>"


def _not_open(person_id: UUID, visit_id: UUID) -> ResponseReturnValue:
    flash(_("Check-in opens 7 days before the visit and ends when it begins."), "warning")
    return see_other("appointments.show_visit", person_id=person_id, visit_id=visit_id)


@door.get("/check-in", may=Action.APPOINTMENT_CHECK_IN_READ)
def edit_check_in(uow: UnitOfWork, person_id: UUID, visit_id: UUID) -> ResponseReturnValue:
    uow.require(Action.APPOINTMENT_CHECK_IN_READ, patient=person_id)
    uow.require(Action.APPOINTMENT_CHECK_IN_UPDATE, patient=person_id)
    before = checkin.of_visit(uow, person_id, visit_id)
    given = {name: getattr(before[1], name) for name in before[1].__dataclass_fields__} if before else None
    visit = changing.load(uow, Action.APPOINTMENT_READ, person_id, visit_id)
    if not checkin.is_open(visit.row, uow.now):
        return _not_open(person_id, visit_id)
    return _page(uow, person_id, visit, CheckInForm(formdata=None, data=given))


def _page(uow: UnitOfWork, person_id: UUID, visit: changing.Visit, form: CheckInForm, status: int = 200) -> Response:
    page = EditCheckInPage.of(visit, checkin.record(uow, person_id), form)
    return respond(page, "appointments/edit_check_in.html", status=status)


@door.post("/check-in", may=Action.APPOINTMENT_CHECK_IN_UPDATE)
def update_check_in(uow: UnitOfWork, person_id: UUID, visit_id: UUID) -> ResponseReturnValue:
    uow.require(Action.APPOINTMENT_CHECK_IN_UPDATE, patient=person_id)
    form = CheckInForm()
    visit = changing.load(uow, Action.APPOINTMENT_READ, person_id, visit_id)
    if not form.validate_on_submit():
        return _page(uow, person_id, visit, form, 422)
    try:
        checkin.save(uow, person_id, visit_id, form.to_told())
    except Conflict:
        return _not_open(person_id, visit_id)
    return _go_on(uow, person_id, visit)


def _go_on(uow: UnitOfWork, person_id: UUID, visit: changing.Visit) -> ResponseReturnValue:
    """To the next screening, or back to the visit."""
    following = checkin.next_screening(uow, person_id, visit.row)
    if following is not None:
        here = {"person_id": person_id, "visit_id": visit.row.id}
        return see_other("appointments.edit_screening", instrument=following, **here)
    flash(_("You are checked in. Your clinician reads it before the visit."), "success")
    return see_other("appointments.show_visit", person_id=person_id, visit_id=visit.row.id)


@door.get(f"/questions/{KINDS}", may=Action.APPOINTMENT_SCREENING_READ)
def edit_screening(uow: UnitOfWork, person_id: UUID, visit_id: UUID, instrument: str) -> ResponseReturnValue:
    uow.require(Action.APPOINTMENT_SCREENING_READ, patient=person_id)
    uow.require(Action.APPOINTMENT_SCREENING_CREATE, patient=person_id)
    visit = changing.load(uow, Action.APPOINTMENT_READ, person_id, visit_id)
    if not checkin.is_open(visit.row, uow.now):
        return _not_open(person_id, visit_id)
    page = EditScreeningPage.of(person_id, visit_id, instrument, ScreeningForm(formdata=None))
    return respond(page, "appointments/edit_screening.html")


@door.post(f"/questions/{KINDS}", may=Action.APPOINTMENT_SCREENING_CREATE)
def update_screening(uow: UnitOfWork, person_id: UUID, visit_id: UUID, instrument: str) -> ResponseReturnValue:
    uow.require(Action.APPOINTMENT_SCREENING_CREATE, patient=person_id)
    form = ScreeningForm()
    visit = changing.load(uow, Action.APPOINTMENT_READ, person_id, visit_id)
    valid, answers = form.validate_on_submit(), form.answers(instrument)
    try:
        if not valid:
            raise Invalid("answers")
        found = checkin.screen(uow, person_id, visit_id, instrument, answers, form.once.value)
    except Invalid:
        page = EditScreeningPage.of(person_id, visit_id, instrument, form, screening.missing(instrument, answers))
        return respond(page, "appointments/edit_screening.html", status=422)
    except Conflict:
        return _not_open(person_id, visit_id)
    if found.is_crisis:
        return see_other("appointments.show_crisis", person_id=person_id, visit_id=visit_id)
    return _go_on(uow, person_id, visit)


@door.get("/help", may=Action.APPOINTMENT_SCREENING_READ)
def show_crisis(uow: UnitOfWork, person_id: UUID, visit_id: UUID) -> ResponseReturnValue:
    uow.require(Action.APPOINTMENT_SCREENING_READ, patient=person_id)
    return respond(ShowCrisisPage.of(person_id, visit_id), "appointments/show_crisis.html")


@door.post("/summary", may=Action.APPOINTMENT_SUMMARY_UPDATE)
def update_summary(uow: UnitOfWork, person_id: UUID, visit_id: UUID) -> ResponseReturnValue:
    uow.require(Action.APPOINTMENT_SUMMARY_UPDATE, patient=person_id)
    form = SummaryForm()
    if not form.validate_on_submit():
        flash(_("Write the summary first. Nothing was changed."), "warning")
        return see_other("appointments.show_visit", person_id=person_id, visit_id=visit_id)
    try:
        checkin.write_summary(uow, person_id, visit_id, form.summary.data or "")
    except Conflict:
        flash(_("A summary is written once the visit has begun."), "warning")
        return see_other("appointments.show_visit", person_id=person_id, visit_id=visit_id)
    flash(_("The patient can read it and is told so."), "success")
    return see_other("appointments.show_visit", person_id=person_id, visit_id=visit_id)
