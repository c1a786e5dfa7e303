"""Doors of a team: who is away, what nobody can see to."""

from __future__ import annotations

from uuid import UUID

from flask import flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.infra.errors import Conflict, Invalid, NotFound
from portal.messaging import absences, orphans
from portal.messaging.desk_forms import AbsenceForm
from portal.messaging.team_pages import ListAbsencesPage, ListOrphansPage, choose_away
from portal.policy.actions import Action
from portal.web.door import Door
from portal.web.forms import blame
from portal.web.responses import respond, see_other
from portal.work.unit_of_work import UnitOfWork

door = Door("messaging", prefix="/desk")


@door.get("/away", may=Action.DESK_ABSENCE_READ)
def list_absences(uow: UnitOfWork) -> ResponseReturnValue:
    return _absences_page(uow, AbsenceForm(formdata=None))


def _absences_page(uow: UnitOfWork, form: AbsenceForm, status: int = 200) -> ResponseReturnValue:
    _for_staff(uow, Action.DESK_ABSENCE_READ)
    today = absences.today_of(uow)
    page = ListAbsencesPage.of(absences.coming(uow), absences.may_enter_for(uow), absences.covers(uow), form, today)
    return respond(page, "messaging/list_absences.html", status=status)


def _for_staff(uow: UnitOfWork, action: Action) -> None:
    """Raises `NotFound` to patients and caregivers: they need not know the page exists."""
    if not (uow.actor.is_staff or uow.actor.is_admin):
        uow.refuse(action)
        raise NotFound(action=action)


@door.post("/away", may=Action.DESK_ABSENCE_UPDATE)
def create_absence(uow: UnitOfWork) -> ResponseReturnValue:
    _for_staff(uow, Action.DESK_ABSENCE_UPDATE)
    form = AbsenceForm()
    who, covers = absences.may_enter_for(uow), absences.covers(uow)
    choose_away(form, who, covers)
    if not form.validate_on_submit() or not form.check_days(absences.today_of(uow)):
        return _absences_page(uow, form, 422)
    people, standing_in = ({str(key): key for key, _name in listed} for listed in (who, covers))
    if form.who.data not in people or (form.cover.data and form.cover.data not in standing_in):
        blame(form.who, _("Choose somebody from this list."))
        return _absences_page(uow, form, 422)
    cover = standing_in[form.cover.data] if form.cover.data else None
    first, last = form.first_day.data, form.last_day.data
    assert first and last, "the days were checked above"
    try:
        absences.enter(uow, people[form.who.data], first, last, cover)
    except Invalid:
        blame(form.cover, _("Choose somebody else to cover."))
        return _absences_page(uow, form, 422)
    except Conflict:
        blame(form.first_day, _("Some of these days are entered already. End that time away first."))
        return _absences_page(uow, form, 422)
    flash(_("The time away was entered."), "success")
    return see_other("messaging.list_absences")


@door.post("/away/<uuid:absence_id>/end", may=Action.DESK_ABSENCE_UPDATE)
def end_absence(uow: UnitOfWork, absence_id: UUID) -> ResponseReturnValue:
    absences.end(uow, absence_id)
    flash(_("The time away has ended. Conversations that were passed on stay where they are."), "success")
    return see_other("messaging.list_absences")


@door.get("/watch", may=Action.DESK_ORPHAN_READ)
def list_orphans(uow: UnitOfWork) -> ResponseReturnValue:
    return respond(ListOrphansPage.of(orphans.found(uow)), "messaging/list_orphans.html")


@door.post("/watch", may=Action.DESK_ORPHAN_UPDATE)
def move_orphans(uow: UnitOfWork) -> ResponseReturnValue:
    number = orphans.move_on(uow)
    flash(
        ngettext("%(num)d conversation is being passed on.", "%(num)d conversations are being passed on.", number),
        "success",
    )
    return see_other("messaging.list_orphans")
