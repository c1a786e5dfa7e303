"""Doors of waiting: when the patient wants to hear of results, showing a held one, holding one to prevent harm."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from flask import flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.infra.errors import Conflict, NotAllowed
from portal.models import Report
from portal.policy.actions import Action
from portal.results import service, waiting
from portal.results.waiting import HARM, Harm
from portal.results.waiting_forms import HoldForm, WishForm
from portal.results.waiting_pages import EditWishesPage, HoldLine, ListHoldsPage, NewHoldPage
from portal.web.door import Door
from portal.web.responses import respond, see_other
from portal.work.unit_of_work import UnitOfWork

door = Door("results")
HERE = "/people/<uuid:person_id>"
LICENSED = ("pcp", "specialist")
DUE = timedelta(hours=24)


@door.get(f"{HERE}/results/when", may=Action.RESULT_WISH_READ)
def edit_wishes(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(Action.RESULT_WISH_UPDATE, patient=person_id)
    known = waiting.wishes(uow, person_id)
    uow.seen(Action.RESULT_WISH_READ, person_id)
    return respond(EditWishesPage.of(person_id, WishForm(formdata=None).offer(known)), "results/edit_wishes.html")


@door.post(f"{HERE}/results/when", may=Action.RESULT_WISH_UPDATE)
def save_wishes(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(Action.RESULT_WISH_UPDATE, patient=person_id)
    form = WishForm().offer()
    if not form.validate_on_submit():
        return respond(EditWishesPage.of(person_id, form), "results/edit_wishes.html", status=422)
    waiting.wish(uow, person_id, form.chosen)
    flash(_("Saved. It counts for results that come from now on."), "success")
    return see_other("results.list_reports", person_id=person_id)


@door.post(f"{HERE}/results/held/<uuid:hold_id>/show", may=Action.RESULT_HOLD_SHOW)
def tell_now(uow: UnitOfWork, person_id: UUID, hold_id: UUID) -> ResponseReturnValue:
    hold = waiting.show_now(uow, person_id, hold_id)
    if any((one.report_id, one.result_id) == (hold.report_id, hold.result_id) for one in waiting.held(uow, person_id)):
        flash(_("A clinician holds this result back, too. Below you see until when, and what you can do."), "info")
        return see_other("results.list_reports", person_id=person_id)
    if hold.report_id is not None:
        return see_other("results.show_report", person_id=person_id, report_id=hold.report_id)
    return see_other("results.show_result", person_id=person_id, result_id=hold.result_id)


@door.post(f"{HERE}/results/held/<uuid:hold_id>/release", may=Action.RESULT_HOLD_RELEASE)
def release_hold(uow: UnitOfWork, person_id: UUID, hold_id: UUID) -> ResponseReturnValue:
    hold = waiting.release(uow, person_id, hold_id)
    flash(_("The patient sees it from now on."), "success")
    if hold.report_id is not None:
        return see_other("results.show_report", person_id=person_id, report_id=hold.report_id)
    return see_other("results.show_result", person_id=person_id, result_id=hold.result_id)


@door.get("/desk/results/held", may=Action.RESULT_HOLD_READ)
def list_holds(uow: UnitOfWork) -> ResponseReturnValue:
    if not uow.actor.is_clinical:
        uow.refuse(Action.RESULT_HOLD_READ)
        raise NotAllowed(action=Action.RESULT_HOLD_READ)
    found = waiting.desk(uow)
    for person_id in {one.patient_id for one in found}:
        uow.seen(Action.RESULT_HOLD_READ, person_id)
    page = ListHoldsPage.of(found, may_hold=uow.actor.role in LICENSED, due_at=uow.now + DUE)
    return respond(page, "results/list_holds.html")


@door.get(f"{HERE}/reports/<uuid:report_id>/hold", may=Action.RESULT_HOLD_READ)
def new_hold(uow: UnitOfWork, person_id: UUID, report_id: UUID) -> ResponseReturnValue:
    return _hold_page(uow, person_id, report_id, HoldForm(formdata=None, days="7").offer())


@door.post(f"{HERE}/reports/<uuid:report_id>/hold", may=Action.RESULT_HOLD_CREATE)
def create_hold(uow: UnitOfWork, person_id: UUID, report_id: UUID) -> ResponseReturnValue:
    uow.load(Action.RESULT_HOLD_CREATE, Report, report_id, within=person_id)
    form = HoldForm().offer()
    if not form.validate_on_submit():
        return _hold_page(uow, person_id, report_id, form, status=422)
    command = Harm(person_id, report_id, form.ground.data, form.reason.data or "", int(form.days.data), form.once.value)
    with suppress(Conflict):  # sent twice: it is held already
        waiting.hold(uow, command)
    flash(_("It is held back. You find it under results that are held back until you look at it again."), "success")
    return see_other("results.show_report", person_id=person_id, report_id=report_id)


def _hold_page(
    uow: UnitOfWork, person_id: UUID, report_id: UUID, form: HoldForm, *, status: int = 200
) -> ResponseReturnValue:
    uow.require(Action.RESULT_HOLD_CREATE, patient=person_id)
    report = service.load_report(uow, person_id, report_id)
    found = [one for one in waiting.of_report(uow, person_id, report_id) if one.kind == HARM]
    before = HoldLine.of(found[0], may_hold=True, due_at=uow.now) if found else None
    was_opened = not found and not waiting.is_unread(uow, person_id, report_id)
    page = NewHoldPage.of(report, form, before, was_opened=was_opened)
    return respond(page, "results/new_hold.html", status=status)
