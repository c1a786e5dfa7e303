"""Doors of places and rooms, and of when people are reminded."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.appointments import placing, reminding
from portal.appointments.place_forms import TYPED, PlaceForm, RemindersForm, RoomForm
from portal.appointments.setup_pages import EditPlacePage, EditRemindersPage
from portal.infra.errors import Conflict
from portal.models import Place
from portal.policy.actions import Action
from portal.web.door import Door
from portal.web.forms import blame
from portal.web.responses import respond, see_other
from portal.work.unit_of_work import UnitOfWork

door = Door("appointments", prefix="/desk/schedule/setup")


@door.get("/places/new", may=Action.SCHEDULE_SETUP_READ)
def new_place(uow: UnitOfWork) -> ResponseReturnValue:
    placing.require_lead(uow, Action.SCHEDULE_SETUP_READ)
    given: dict[str, Any] = {"time_zone": uow.settings.zone.key}
    return respond(EditPlacePage.of(PlaceForm(formdata=None, data=given), None), "appointments/new_place.html")


@door.get("/places/<uuid:place_id>", may=Action.SCHEDULE_SETUP_READ)
def edit_place(uow: UnitOfWork, place_id: UUID) -> ResponseReturnValue:
    return _place_page(uow, placing.place(uow, place_id))


def _place_page(
    uow: UnitOfWork, place: Place, form: PlaceForm | None = None, rooms: RoomForm | None = None, status: int = 200
) -> Response:
    given: dict[str, Any] = {name: getattr(place, name) for name in TYPED}
    shown = form or PlaceForm(formdata=None, data=given)
    page = EditPlacePage.of(shown, place.id, placing.rooms(uow, place.id), rooms)
    return respond(page, "appointments/edit_place.html", status=status)


@door.post("/places", may=Action.SCHEDULE_SETUP_UPDATE)
def create_place(uow: UnitOfWork) -> ResponseReturnValue:
    placing.require_lead(uow)
    form = PlaceForm()
    if not form.validate_on_submit():
        return respond(EditPlacePage.of(form, None), "appointments/new_place.html", status=422)
    place = placing.save_place(uow, None, form.to_values())
    flash(_("The place is there. Add its rooms, then the hours of those who work there."), "success")
    return see_other("appointments.edit_place", place_id=place.id)


@door.post("/places/<uuid:place_id>", may=Action.SCHEDULE_SETUP_UPDATE)
def update_place(uow: UnitOfWork, place_id: UUID) -> ResponseReturnValue:
    place, form = placing.place(uow, place_id), PlaceForm()
    if not form.validate_on_submit():
        return _place_page(uow, place, form=form, status=422)
    try:
        placing.save_place(uow, place_id, form.to_values())
    except Conflict:
        blame(form.time_zone, _("Visits are booked here on the old clock. Move or cancel them first."))
        return _place_page(uow, place, form=form, status=422)
    flash(_("The place is changed."), "success")
    return see_other("appointments.show_setup")


@door.post("/places/<uuid:place_id>/rooms", may=Action.SCHEDULE_SETUP_UPDATE)
def create_room(uow: UnitOfWork, place_id: UUID) -> ResponseReturnValue:
    place, form = placing.place(uow, place_id), RoomForm()
    if not form.validate_on_submit():
        return _place_page(uow, place, rooms=form, status=422)
    try:
        placing.add_room(uow, place_id, form.room_name.data or "")
    except Conflict:
        blame(form.room_name, _("There is a room of this name."))
        return _place_page(uow, place, rooms=form, status=422)
    flash(_("The room can be used now."), "success")
    return see_other("appointments.edit_place", place_id=place_id)


@door.post("/places/<uuid:place_id>/rooms/<uuid:room_id>/switch", may=Action.SCHEDULE_SETUP_UPDATE)
def switch_room(uow: UnitOfWork, place_id: UUID, room_id: UUID) -> ResponseReturnValue:
    placing.switch_room(uow, place_id, room_id)
    flash(_("That is changed. Visits that are booked keep their room."), "success")
    return see_other("appointments.edit_place", place_id=place_id)


# Reminders -----------------------------------------------------------------------------------------------------------


@door.get("/reminders", may=Action.SCHEDULE_SETUP_READ)
def edit_reminders(uow: UnitOfWork) -> ResponseReturnValue:
    placing.require_lead(uow, Action.SCHEDULE_SETUP_READ)
    chosen = [str(one) for one in reminding.plan(uow)[0]]
    page = EditRemindersPage.of(RemindersForm(formdata=None, data={"steps": chosen}))
    return respond(page, "appointments/edit_reminders.html")


@door.post("/reminders", may=Action.SCHEDULE_SETUP_UPDATE)
def update_reminders(uow: UnitOfWork) -> ResponseReturnValue:
    placing.require_lead(uow)
    form = RemindersForm()
    chosen = [int(one) for one in form.steps.data or ()] if form.validate_on_submit() else None
    if chosen is None or len(chosen) > reminding.MOST_STEPS:
        blame(form.steps, _("Choose five times at most."))
        return respond(EditRemindersPage.of(form), "appointments/edit_reminders.html", status=422)
    reminding.set_plan(uow, chosen)
    flash(_("It holds for reminders that come due from now on."), "success")
    return see_other("appointments.show_setup")
