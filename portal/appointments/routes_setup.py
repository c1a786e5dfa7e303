"""Doors of setting the schedule up: hours, days unlike them, kinds of visits."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from portal.appointments import placing, reminding, schedule, setup, staff, words
from portal.appointments.desk_forms import ExceptionForm, HoursForm, KindForm, minutes_of
from portal.appointments.forms import uuid_of
from portal.appointments.setup_pages import EditKindPage, ShowSetupPage
from portal.infra.errors import Conflict, Invalid, NotFound
from portal.models import VisitType
from portal.policy.actions import Action
from portal.web.door import Door
from portal.web.forms import blame
from portal.web.responses import respond, see_other
from portal.work.unit_of_work import UnitOfWork

door = Door("appointments", prefix="/desk/schedule/setup")


@door.get("", may=Action.SCHEDULE_SETUP_READ)
def show_setup(uow: UnitOfWork) -> ResponseReturnValue:
    if not setup.may(uow):
        uow.refuse(Action.SCHEDULE_SETUP_READ)
        raise NotFound(action=Action.SCHEDULE_SETUP_READ)
    return _page(uow)


def _page(
    uow: UnitOfWork, hours: HoursForm | None = None, days: ExceptionForm | None = None, status: int = 200
) -> Response:
    hours = hours or HoursForm(formdata=None, data={"starts_on": setup.tomorrow(uow)})
    days = days or ExceptionForm(formdata=None)
    people = [SelectChoice(str(one.id), one.name) for one in setup.people(uow)]
    places = [SelectChoice(str(one.id), one.name) for one in schedule.places(uow)]
    kinds = setup.kinds(uow)
    hours.clinician.choices, hours.place.choices = people, places
    hours.types.choices = _offered(uow)
    everybody = [SelectChoice("", _("Everybody"))] if kinds else []
    days.who.choices, days.site.choices = [*everybody, *people], [SelectChoice("", _("Any place")), *places]
    today = staff.today(uow)
    page = ShowSetupPage.of(
        setup.hours(uow, today),
        setup.exceptions(uow, today),
        kinds,
        hours,
        days,
        places=placing.places(uow),
        steps=reminding.plan(uow)[0],
    )
    return respond(page, "appointments/show_setup.html", status=status)


def _offered(uow: UnitOfWork) -> list[SelectChoice]:
    """The kinds of visits hours may be for."""
    return [SelectChoice(str(one.id), words.type_name(one)) for one in schedule.visit_types(uow, online_only=False)]


@door.post("/hours", may=Action.SCHEDULE_SETUP_UPDATE)
def create_hours(uow: UnitOfWork) -> ResponseReturnValue:
    form = HoursForm()
    form.types.choices = _offered(uow)
    who, place = uuid_of(form.clinician.data), uuid_of(form.place.data)
    setup.people(uow)
    opens, closes = minutes_of(form.opens.data), minutes_of(form.closes.data)
    if not form.validate_on_submit() or who is None or place is None or opens is None or closes is None:
        return _page(uow, hours=form, status=422)
    try:
        new = setup.NewHours(
            who, place, int(form.weekday.data), opens, closes, form.starts_on.data or staff.today(uow), form.mode.data,
            tuple(UUID(one) for one in form.types.data or ()),
        )  # fmt: skip
        setup.add_hours(uow, new)
    except Invalid:
        blame(form.closes, _("Choose a time after the first one, in whole five minutes."))
        return _page(uow, hours=form, status=422)
    except Conflict:
        blame(form.opens, _("These hours share time with others of this person on that weekday."))
        return _page(uow, hours=form, status=422)
    flash(_("The hours hold from their first day on."), "success")
    return see_other("appointments.show_setup")


@door.post("/hours/<uuid:hours_id>/end", may=Action.SCHEDULE_SETUP_UPDATE)
def end_hours(uow: UnitOfWork, hours_id: UUID) -> ResponseReturnValue:
    setup.end_hours(uow, hours_id)
    flash(_("These hours end today. Visits that are booked stay booked."), "success")
    return see_other("appointments.show_setup")


@door.post("/exceptions", may=Action.SCHEDULE_SETUP_UPDATE)
def create_exception(uow: UnitOfWork) -> ResponseReturnValue:
    form = ExceptionForm()
    setup.people(uow)
    opens, closes = minutes_of(form.start.data), minutes_of(form.end.data)
    if not form.validate_on_submit() or opens is None or closes is None or form.day.data is None:
        return _page(uow, days=form, status=422)
    try:
        new = setup.NewException(
            uuid_of(form.who.data), uuid_of(form.site.data), form.day.data, opens, closes,
            form.what.data == "open", form.why.data or "",
        )  # fmt: skip
        setup.add_exception(uow, new)
    except Invalid as error:
        field = form.end if error.field == "closes" else form.who
        blame(field, _("Choose a time after the first one.") if error.field == "closes" else _("Choose who and where."))
        return _page(uow, days=form, status=422)
    flash(_("That day is different now. Visits that are booked stay booked."), "success")
    return see_other("appointments.show_setup")


@door.post("/exceptions/<uuid:exception_id>/drop", may=Action.SCHEDULE_SETUP_UPDATE)
def drop_exception(uow: UnitOfWork, exception_id: UUID) -> ResponseReturnValue:
    setup.drop_exception(uow, exception_id)
    flash(_("That day is like its week again."), "success")
    return see_other("appointments.show_setup")


# Kinds of visits -----------------------------------------------------------------------------------------------------


@door.get("/kinds/new", may=Action.SCHEDULE_SETUP_READ)
def new_kind(uow: UnitOfWork) -> ResponseReturnValue:
    if not setup.kinds(uow) and not uow.actor.is_admin:
        raise NotFound(action=Action.SCHEDULE_SETUP_READ)
    return respond(EditKindPage.of(KindForm(formdata=None), None), "appointments/new_kind.html")


@door.get("/kinds/<uuid:kind_id>", may=Action.SCHEDULE_SETUP_READ)
def edit_kind(uow: UnitOfWork, kind_id: UUID) -> ResponseReturnValue:
    kind = uow.load(Action.SCHEDULE_SETUP_READ, VisitType, kind_id)
    given: dict[str, Any] = {name: getattr(kind, name) for name in (*KindForm(formdata=None).to_values(), "version")}
    return respond(EditKindPage.of(KindForm(formdata=None, data=given), kind_id), "appointments/edit_kind.html")


@door.post("/kinds", may=Action.SCHEDULE_SETUP_UPDATE)
def create_kind(uow: UnitOfWork) -> ResponseReturnValue:
    return _save(uow, None)


@door.post("/kinds/<uuid:kind_id>", may=Action.SCHEDULE_SETUP_UPDATE)
def update_kind(uow: UnitOfWork, kind_id: UUID) -> ResponseReturnValue:
    return _save(uow, kind_id)


def _save(uow: UnitOfWork, kind_id: UUID | None) -> ResponseReturnValue:
    form = KindForm()
    setup.people(uow)
    if kind_id is not None:
        uow.load(Action.SCHEDULE_SETUP_UPDATE, VisitType, kind_id)
    if not form.validate_on_submit():
        return respond(EditKindPage.of(form, kind_id), "appointments/edit_kind.html", status=422)
    setup.save_kind(uow, kind_id, {**form.to_values(), **({"version": form.version.data} if kind_id else {})})
    flash(_("It holds for what is booked from now on."), "success")
    return see_other("appointments.show_setup")
