"""Doors of clinicians: what was reported, what the checks found, requests for more, and the stamp."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.infra.errors import Conflict, Invalid
from portal.medicines import deciding, renewing
from portal.medicines.forms import DecideForm, FlagForm, RenewalForm, VerifyForm
from portal.medicines.review_pages import EditListPage
from portal.models import MedicineRenewal, MedicineReport
from portal.policy.actions import Action
from portal.policy.rules_medicines import PRESCRIBERS
from portal.web.door import Door
from portal.web.forms import blame
from portal.web.responses import respond, see_other
from portal.work.unit_of_work import UnitOfWork

door = Door("medicines", prefix="/desk/patients/<uuid:person_id>/medicines")


@door.get("", may=Action.MEDICINE_FLAG_READ)
def edit_list(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(Action.MEDICINE_FLAG_READ, patient=person_id)
    uow.require(Action.MEDICINE_REPORT_DECIDE, patient=person_id)
    return _page(uow, person_id)


def _page(uow: UnitOfWork, person_id: UUID, form: Any = None, about: str = "", status: int = 200) -> Response:
    listed, flags = deciding.current_flags(uow, person_id)
    for action in (Action.RECORD_MEDICATION_READ, Action.RECORD_ALLERGY_READ, Action.MEDICINE_FLAG_READ):
        uow.seen(action, person_id)
    page = EditListPage.of(
        listed,
        flags,
        deciding.answers(uow, person_id),
        is_prescriber=uow.actor.role in PRESCRIBERS,
        form=form,
        about=about,
    )
    return respond(page, "medicines/edit_list.html", status=status)


def _back(person_id: UUID) -> ResponseReturnValue:
    return see_other("medicines.edit_list", person_id=person_id)


@door.post("/told/<uuid:report_id>", may=Action.MEDICINE_REPORT_DECIDE)
def decide_report(uow: UnitOfWork, person_id: UUID, report_id: UUID) -> ResponseReturnValue:
    uow.load(Action.MEDICINE_REPORT_DECIDE, MedicineReport, report_id, within=person_id)
    form = DecideForm()
    if not form.validate_on_submit():
        return _page(uow, person_id, form, str(report_id), 422)
    is_accepted = form.verdict.data == "accept"
    try:
        deciding.decide(uow, person_id, report_id, accept=is_accepted, answer=form.answer.data or "")
    except Invalid:
        blame(form.answer, _("Say why you decline it. Who reported it reads this."))
        return _page(uow, person_id, form, str(report_id), 422)
    except Conflict:
        uow.undo()
        flash(_("A colleague has decided it already, or it was taken back."), "warning")
        return _back(person_id)
    flash(
        _("Confirmed. It is part of the list.") if is_accepted else _("Declined. Who reported it reads why."), "success"
    )
    return _back(person_id)


@door.post("/flags/<string(length=64):key>", may=Action.MEDICINE_FLAG_ANSWER)
def answer_flag(uow: UnitOfWork, person_id: UUID, key: str) -> ResponseReturnValue:
    uow.require(Action.MEDICINE_FLAG_ANSWER, patient=person_id)
    form = FlagForm()
    if not form.validate_on_submit():
        return _page(uow, person_id, form, key, 422)
    try:
        deciding.answer_flag(uow, person_id, key, form.how.data or "", form.reason.data or "", form.words.data or "")
    except Invalid:
        blame(form.reason, _("Choose why it may stay. If it is watched, write how."))
        return _page(uow, person_id, form, key, 422)
    except Conflict as conflict:
        uow.undo()
        if conflict.code == "hard-stop":
            blame(form.how, _("Only another order ends this."))
            return _page(uow, person_id, form, key, 409)
        flash(_("The list has changed since. Look at it again."), "warning")
        return _back(person_id)
    flash(_("Your decision is kept with the list."), "success")
    return _back(person_id)


@door.post("/verify", may=Action.MEDICINE_LIST_VERIFY)
def verify_list(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(Action.MEDICINE_LIST_VERIFY, patient=person_id)
    form = VerifyForm()
    if not form.validate_on_submit():
        return _page(uow, person_id, form, status=422)
    try:
        deciding.verify(
            uow,
            person_id,
            form.sources.data or [],
            form.once.value,
            is_otc_asked=bool(form.is_otc_asked.data),
            is_none=bool(form.is_none.data),
        )
    except Conflict as conflict:
        uow.undo()
        blame(form.sources, _in_the_way(conflict.code))
        return _page(uow, person_id, form, status=409)
    flash(_("The list says that you checked it today."), "success")
    return _back(person_id)


def _in_the_way(code: str) -> str:
    return {
        "undecided": _("Confirm or decline what was reported first."),
        "open-flags": _("Decide first about what the checks found."),
        "not-empty": _("The list has medicines on it. It can’t say that none are taken."),
    }.get(code, _("The list has changed since. Look at it again."))


@door.post("/requests/<uuid:renewal_id>", may=Action.MEDICINE_RENEWAL_DECIDE)
def decide_renewal(uow: UnitOfWork, person_id: UUID, renewal_id: UUID) -> ResponseReturnValue:
    uow.load(Action.MEDICINE_RENEWAL_DECIDE, MedicineRenewal, renewal_id, within=person_id)
    form = RenewalForm()
    if not form.validate_on_submit():
        return _page(uow, person_id, form, str(renewal_id), 422)
    state = form.state.data or ""
    try:
        renewing.decide(uow, person_id, renewal_id, state, reason=form.reason.data or "", answer=form.answer.data or "")
    except Invalid:
        blame(form.reason, _("Choose why it is not renewed. Who asked reads this."))
        return _page(uow, person_id, form, str(renewal_id), 422)
    except Conflict:
        uow.undo()
        flash(_("A colleague took it further already. Look at it again."), "warning")
        return _back(person_id)
    flash(_("Who asked sees it on the list and in their messages."), "success")
    return _back(person_id)
