"""Doors about the liaison: the patient's wishes, and the liaison's own absence."""

from __future__ import annotations

from uuid import UUID

from flask import Response, flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.caregivers import handing_over, liaison, service
from portal.caregivers.liaison_pages import (
    AwayForm,
    BackupForm,
    ConfirmForm,
    ModesForm,
    ShowDutyPage,
    ShowLiaisonPage,
)
from portal.infra.errors import Conflict, Invalid
from portal.policy.actions import Action
from portal.policy.vocabulary import families
from portal.web.door import Door
from portal.web.forms import blame
from portal.web.responses import respond, see_other
from portal.work.unit_of_work import UnitOfWork

door = Door("caregivers", prefix="/people/<uuid:person_id>/liaison")


@door.get("", may=Action.CAREGIVER_LIAISON_READ)
def show_liaison(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    return _liaison_page(uow, person_id)


def _liaison_page(
    uow: UnitOfWork,
    person_id: UUID,
    status: int = 200,
    form: ModesForm | None = None,
    backup_form: BackupForm | None = None,
) -> Response:
    found = liaison.arrangement(uow, person_id)
    held = service.active_liaison(uow, person_id)
    granted = frozenset(families(held.scopes)) if held else frozenset()
    new = handing_over.lately(uow, person_id)
    page = ShowLiaisonPage.of(person_id, found, uow.now, granted, form, backup_form, new)
    return respond(page, "caregivers/show_liaison.html", status=status)


@door.post("/modes", may=Action.CAREGIVER_LIAISON_UPDATE)
def update_modes(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    form = ModesForm()
    uow.require(Action.CAREGIVER_LIAISON_UPDATE, patient=person_id)
    if not form.validate_on_submit():
        return _liaison_page(uow, person_id, 422, form=form)
    liaison.set_modes(uow, person_id, form.to_command())
    flash(_("Saved. It holds from now on."), "success")
    return see_other("caregivers.show_liaison", person_id=person_id)


@door.post("/backup", may=Action.CAREGIVER_LIAISON_UPDATE)
def activate_backup(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    form = BackupForm()
    uow.require(Action.CAREGIVER_LIAISON_UPDATE, patient=person_id)
    if not form.validate_on_submit() or form.until.data is None:
        return _liaison_page(uow, person_id, 422, backup_form=form)
    try:
        liaison.activate_backup(uow, person_id, form.until.data)
    except Invalid:
        blame(form.until, _("Choose a day from tomorrow on, within a year."))
        return _liaison_page(uow, person_id, 422, backup_form=form)
    except Conflict:
        flash(_("You have no backup yet. Name one first."), "warning")
        return see_other("caregivers.show_liaison", person_id=person_id)
    flash(_("The backup acts now."), "success")
    return see_other("caregivers.show_liaison", person_id=person_id)


@door.post("/backup/end", may=Action.CAREGIVER_LIAISON_UPDATE)
def end_backup(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    if ConfirmForm().validate_on_submit():
        liaison.end_backup(uow, person_id)
        flash(_("Your liaison acts again."), "success")
    return see_other("caregivers.show_liaison", person_id=person_id)


@door.post("/off", may=Action.CAREGIVER_LIAISON_UPDATE)
def switch_off_liaison(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    if ConfirmForm().validate_on_submit():
        liaison.switch_off(uow, person_id)
        flash(_("It is done. They see nothing more from now on."), "success")
    return see_other("caregivers.show_liaison", person_id=person_id)


# For the liaison themselves -----------------------------------------------------------------------------------------


@door.get("/duty", may=Action.CAREGIVER_RELATIONSHIP_READ)
def show_duty(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    return _duty_page(uow, person_id)


def _duty_page(uow: UnitOfWork, person_id: UUID, status: int = 200, form: AwayForm | None = None) -> Response:
    page = ShowDutyPage.of(person_id, liaison.duty(uow, person_id), uow.now, form)
    return respond(page, "caregivers/show_duty.html", status=status)


@door.post("/away", may=Action.CAREGIVER_LIAISON_SERVE)
def mark_away(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    form = AwayForm()
    uow.require(Action.CAREGIVER_LIAISON_SERVE, patient=person_id)
    if not form.validate_on_submit() or form.until.data is None:
        return _duty_page(uow, person_id, 422, form)
    try:
        liaison.mark_away(uow, person_id, form.until.data, form.note.data or "")
    except Invalid:
        blame(form.until, _("Choose a day from tomorrow on, within a year."))
        return _duty_page(uow, person_id, 422, form)
    flash(_("You are marked away. New questions go to who stands in."), "success")
    return see_other("caregivers.show_duty", person_id=person_id)


@door.post("/back", may=Action.CAREGIVER_LIAISON_SERVE)
def come_back(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    if ConfirmForm().validate_on_submit():
        liaison.come_back(uow, person_id)
        flash(_("Welcome back. Questions come to you again."), "success")
    return see_other("caregivers.show_duty", person_id=person_id)


@door.post("/resign", may=Action.CAREGIVER_LIAISON_SERVE)
def resign(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    if ConfirmForm().validate_on_submit():
        liaison.resign(uow, person_id)
        flash(_("You have given it up. Thank you for what you did."), "success")
    return see_other("people.list_people")
