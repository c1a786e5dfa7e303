"""Doors of clinicians: stop somebody who acts by law, and let them go on (PRX-9)."""

from __future__ import annotations

from uuid import UUID

from flask import flash, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.caregivers import limits
from portal.caregivers.invitations import today
from portal.caregivers.limit_pages import LimitForm, ListLimitsPage, NewLimitPage
from portal.infra.errors import Conflict, Invalid
from portal.policy.actions import Action
from portal.web.door import Door
from portal.web.forms import blame
from portal.web.responses import respond, see_other
from portal.work.unit_of_work import UnitOfWork

door = Door("caregivers", prefix="/desk/patients/<uuid:person_id>/limits")
READ, CHANGE = Action.CAREGIVER_LIMIT_READ, Action.CAREGIVER_LIMIT_UPDATE


@door.get("", may=READ)
def list_limits(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    page = ListLimitsPage.of(person_id, limits.by_law(uow, person_id), uow.now)
    return respond(page, "caregivers/list_limits.html")


@door.get("/<uuid:held_id>/new", may=READ)
def new_limit(uow: UnitOfWork, person_id: UUID, held_id: UUID) -> ResponseReturnValue:
    return _form_page(uow, person_id, held_id, LimitForm(formdata=None))


def _form_page(
    uow: UnitOfWork, person_id: UUID, held_id: UUID, form: LimitForm, status: int = 200
) -> ResponseReturnValue:
    one = next((one for one in limits.by_law(uow, person_id) if one.id == held_id), None)
    if one is None:
        raise Conflict("state-changed")
    page = NewLimitPage(
        title=_("Stop %(name)s", name=one.name),
        form=form,
        action=url_for("caregivers.create_limit", person_id=person_id, held_id=held_id),
        back_href=url_for("caregivers.list_limits", person_id=person_id),
        min_day=today(uow).isoformat(),
    )
    return respond(page, "caregivers/new_limit.html", status=status)


@door.post("/<uuid:held_id>/new", may=CHANGE, step_up=True)
def create_limit(uow: UnitOfWork, person_id: UUID, held_id: UUID) -> ResponseReturnValue:
    form = LimitForm()
    uow.require(CHANGE, patient=person_id)
    if not form.validate_on_submit():
        return _form_page(uow, person_id, held_id, form, 422)
    try:
        limits.make(uow, person_id, held_id, form.to_command())
    except Invalid as error:
        sentences = {
            "until": _("Choose a day that is not before the first."),
            "since": _("Choose today or a later day."),
        }
        blame(form[error.field], sentences.get(error.field, _("Look at this again.")))
        return _form_page(uow, person_id, held_id, form, 422)
    flash(_("Saved. They read only that their access is paused."), "success")
    return see_other("caregivers.list_limits", person_id=person_id)


@door.post("/lift/<uuid:limit_id>", may=CHANGE, step_up=True)
def lift_limit(uow: UnitOfWork, person_id: UUID, limit_id: UUID) -> ResponseReturnValue:
    uow.require(CHANGE, patient=person_id)
    limits.lift(uow, person_id, limit_id)
    flash(_("Lifted. Their access goes on unless something else stops it."), "success")
    return see_other("caregivers.list_limits", person_id=person_id)
