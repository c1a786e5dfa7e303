"""Doors of the schedule for staff: day and week, requests, who needs a new time, booking for somebody."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from uuid import UUID

from flask import Response, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from portal.appointments import booking, schedule, setup, staff, words
from portal.appointments.desk_forms import AnswerForm, OverbookForm, minutes_of
from portal.appointments.desk_pages import (
    ListDeskRequestsPage,
    ListDisruptedPage,
    ListPeoplePage,
    NewOverbookingPage,
    ShowSchedulePage,
)
from portal.appointments.forms import day_of, uuid_of
from portal.infra.errors import Conflict, Invalid, NotFound
from portal.models import Practitioner, VisitRequest
from portal.policy.actions import Action
from portal.web.door import Door
from portal.web.forms import blame
from portal.web.responses import respond, see_other
from portal.work.unit_of_work import UnitOfWork

door = Door("appointments", prefix="/desk/schedule")
YEAR = timedelta(days=366)


def only_staff(uow: UnitOfWork, action: Action) -> None:
    """The desk is for those who work here. Raises `NotFound` for others."""
    if not uow.actor.is_staff:
        uow.refuse(action)
        raise NotFound(action=action)


@door.get("", may=Action.SCHEDULE_VISIT_READ)
def show_schedule(uow: UnitOfWork) -> ResponseReturnValue:
    only_staff(uow, Action.SCHEDULE_VISIT_READ)
    today = staff.today(uow)
    chosen = request.args.get("day") or today.isoformat()
    first = day_of(chosen, today - YEAR, today + YEAR)
    span = "week" if request.args.get("span") == "week" else "day"
    if span == "week":
        first -= timedelta(days=first.weekday())
    who, place = request.args.get("who", ""), request.args.get("place", "")
    last = first + timedelta(days=6) if span == "week" else first
    rows = staff.visits(uow, first, last, practitioner_id=uuid_of(who), place_id=uuid_of(place))
    needs = {row.id: booking.needs_of(uow, row) for row in rows if row.needs}
    page = ShowSchedulePage.of(
        rows,
        first,
        span,
        who,
        place,
        people=schedule.clinicians(uow),
        places=schedule.places(uow),
        needs=needs,
        may_set_up=setup.may(uow),
        now=uow.now,
    )
    return respond(page, "appointments/show_schedule.html")


@door.post("/visits/<uuid:visit_id>/<any(arrived,fulfilled,noshow,booked):state>", may=Action.SCHEDULE_VISIT_UPDATE)
def set_visit_state(uow: UnitOfWork, visit_id: UUID, state: str) -> ResponseReturnValue:
    try:
        visit = staff.set_state(uow, visit_id, state)
    except Conflict:
        flash(_("A colleague changed this visit meanwhile. Look again."), "warning")
        return see_other("appointments.show_schedule")
    flash(_("That is written down."), "success")
    return see_other("appointments.show_schedule", day=visit.local_start.date().isoformat())


@door.get("/people", may=Action.SCHEDULE_PERSON_READ)
def list_people(uow: UnitOfWork) -> ResponseReturnValue:
    only_staff(uow, Action.SCHEDULE_PERSON_READ)
    text = request.args.get("q", "")[:80]
    page = ListPeoplePage.of(text, staff.find_people(uow, text), may_set_up=setup.may(uow))
    return respond(page, "appointments/list_people.html")


# Requests ------------------------------------------------------------------------------------------------------------


@door.get("/requests", may=Action.SCHEDULE_VISIT_READ)
def list_desk_requests(uow: UnitOfWork) -> ResponseReturnValue:
    only_staff(uow, Action.SCHEDULE_VISIT_READ)
    return _requests_page(uow, AnswerForm(formdata=None))


def _requests_page(uow: UnitOfWork, form: AnswerForm, status: int = 200) -> Response:
    page = ListDeskRequestsPage.of(staff.requests(uow), form, may_set_up=setup.may(uow))
    return respond(page, "appointments/list_desk_requests.html", status=status)


@door.post("/requests/<uuid:request_id>/answer", may=Action.SCHEDULE_VISIT_UPDATE)
def answer_request(uow: UnitOfWork, request_id: UUID) -> ResponseReturnValue:
    form = AnswerForm()
    uow.load(Action.SCHEDULE_VISIT_UPDATE, VisitRequest, request_id)
    try:
        if not form.validate_on_submit():
            return _requests_page(uow, form, 422)
        staff.answer(uow, request_id, form.outcome.data or "", form.answer.data or "")
    except Invalid:
        blame(form.answer, _("Say why it is not possible, and what to do instead."))
        return _requests_page(uow, form, 422)
    except Conflict:
        flash(_("A colleague answered it meanwhile, or it was taken back."), "warning")
        return see_other("appointments.list_desk_requests")
    flash(_("The patient is told that there is an answer."), "success")
    return see_other("appointments.list_desk_requests")


# Absences ------------------------------------------------------------------------------------------------------------


@door.get("/disrupted", may=Action.SCHEDULE_VISIT_READ)
def list_disrupted(uow: UnitOfWork) -> ResponseReturnValue:
    only_staff(uow, Action.SCHEDULE_VISIT_READ)
    page = ListDisruptedPage.of(staff.disrupted(uow), may_set_up=setup.may(uow))
    return respond(page, "appointments/list_disrupted.html")


@door.post("/visits/<uuid:visit_id>/give-to-cover", may=Action.SCHEDULE_VISIT_UPDATE)
def give_to_cover(uow: UnitOfWork, visit_id: UUID) -> ResponseReturnValue:
    try:
        staff.give_to_cover(uow, visit_id)
    except Conflict as error:
        taken = error.code == "taken"
        flash(_("Who covers is not free then.") if taken else _("Nobody covers then, or it was changed."), "warning")
        return see_other("appointments.list_disrupted")
    flash(_("Who covers sees the patient at the same time. The patient is told."), "success")
    return see_other("appointments.list_disrupted")


# Overbooking ---------------------------------------------------------------------------------------------------------


@door.get("/people/<uuid:person_id>/beside", may=Action.SCHEDULE_VISIT_READ)
def new_overbooking(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    only_staff(uow, Action.SCHEDULE_VISIT_READ)
    uow.require(Action.SCHEDULE_VISIT_READ, patient=person_id)
    return _overbooking_page(uow, person_id, OverbookForm(formdata=None))


def _overbooking_page(uow: UnitOfWork, person_id: UUID, form: OverbookForm, status: int = 200) -> Response:
    kinds, people = schedule.visit_types(uow, online_only=False), schedule.clinicians(uow)
    form.kind.choices = [SelectChoice(str(kind.id), words.type_name(kind)) for kind in kinds]
    form.clinician.choices = [SelectChoice(str(one.id), one.name) for one in people]
    form.place.choices = [SelectChoice(str(one.id), f"{one.name} ({one.time_zone})") for one in schedule.places(uow)]
    page = NewOverbookingPage.of(person_id, staff.patient_name(uow, person_id), form)
    return respond(page, "appointments/new_overbooking.html", status=status)


@door.post("/people/<uuid:person_id>/beside", may=Action.SCHEDULE_VISIT_OVERBOOK)
def create_overbooking(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    form = OverbookForm()
    only_staff(uow, Action.SCHEDULE_VISIT_OVERBOOK)
    minutes = minutes_of(form.clock.data)
    ids = [uuid_of(field.data) for field in (form.kind, form.clinician, form.place)]
    uow.require(Action.SCHEDULE_VISIT_OVERBOOK, model=Practitioner, row_id=ids[1] or person_id)
    if not form.validate_on_submit() or None in ids or minutes is None or form.day.data is None:
        return _overbooking_page(uow, person_id, form, 422)
    wall = datetime.combine(form.day.data, time(minutes // 60 % 24, minutes % 60))
    kind, who, place = (one or person_id for one in ids)
    new = staff.Beside(
        person_id, kind, who, place, wall, form.reason.data or "", form.once.value, second=bool(form.second.data)
    )
    try:
        visit = staff.overbook(uow, new)
    except Invalid as error:
        text = _("That time does not exist: the clocks go forward then.") if error.code == "no-such-time" else ""
        blame(form.clock, text or _("Choose a time to come, in whole five minutes."))
        return _overbooking_page(uow, person_id, form, 422)
    except Conflict:
        blame(form.clock, _("The patient has another visit then, or too many are there already."))
        return _overbooking_page(uow, person_id, form, 422)
    flash(_("The visit is booked beside what is there. Your reason stands with it."), "success")
    return see_other("appointments.show_visit", person_id=person_id, visit_id=visit.id)
