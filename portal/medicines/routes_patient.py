"""Doors of the list of medicines: reading it, saying what is missing or different, asking for more."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.infra.dates import date_in
from portal.infra.errors import Conflict, Invalid
from portal.medicines import keeping, printing, proposing, renewing, search, service, sig, words
from portal.medicines.forms import DoseForm, FindForm, MedicineForm, OnceForm, TakingForm
from portal.medicines.listing import sort_of
from portal.medicines.pages import ListMedicinesPage, NewMedicinePage, NewReportPage, ShowDayPage
from portal.medicines.terminology import understand
from portal.models import Medication
from portal.policy.actions import Action
from portal.web import pdf
from portal.web.door import Door
from portal.web.filters import language
from portal.web.responses import respond, see_other
from portal.work.limits import COPYING
from portal.work.unit_of_work import UnitOfWork

door = Door("medicines", prefix="/people/<uuid:person_id>/medicines")
ABILITIES = (
    ("tell", Action.MEDICINE_REPORT_CREATE),
    ("renew", Action.MEDICINE_RENEWAL_CREATE),
    ("ask", Action.MESSAGE_THREAD_CREATE),
    ("review", Action.MEDICINE_REPORT_DECIDE),
)


def _may(uow: UnitOfWork, person_id: UUID) -> frozenset[str]:
    """What the reader may do with this list."""
    found = {name for name, action in ABILITIES if uow.may(action, patient=person_id)}
    if uow.actor.is_staff:
        return frozenset(found - {"ask"} | {"staff"})
    return frozenset(found | ({"own"} if uow.actor.person_id == person_id else set()))


@door.get("", may=Action.RECORD_MEDICATION_READ)
def list_medicines(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(Action.RECORD_MEDICATION_READ, patient=person_id)
    listed = service.current(uow, person_id)
    sees_allergies = uow.may(Action.RECORD_ALLERGY_READ, patient=person_id)
    allergies = service.allergies(uow, person_id) if sees_allergies else None
    uow.seen(Action.RECORD_MEDICATION_READ, person_id)
    if sees_allergies:
        uow.seen(Action.RECORD_ALLERGY_READ, person_id)
    page = ListMedicinesPage.of(listed, allergies, service.flags(listed, allergies or ()), _may(uow, person_id))
    return respond(page, "medicines/list_medicines.html")


# Adding ---------------------------------------------------------------------------------------------------------------


@door.get("/new", may=Action.RECORD_MEDICATION_READ)
def new_medicine(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(Action.RECORD_MEDICATION_READ, patient=person_id)
    uow.require(Action.MEDICINE_REPORT_CREATE, patient=person_id)
    find = FindForm(request.args)
    name = " ".join((request.args.get("name") or "").split())[:200]
    form = None
    if name:
        sort = sort_of(name, "reported")
        form = MedicineForm(formdata=None, data={"name": name, "sort": sort if understand(name).is_known else None})
    return _medicine_page(uow, person_id, find, form)


def _medicine_page(
    uow: UnitOfWork, person_id: UUID, find: FindForm, form: MedicineForm | None, status: int = 200
) -> Response:
    found = search.find(find.q.data or "") if form is None else ()
    is_known = form is None or not form.name.data or understand(form.name.data).is_known
    is_own = uow.actor.person_id == person_id
    page = NewMedicinePage.of(person_id, find, form, found, is_own=is_own, is_known=is_known)
    return respond(page, "medicines/new_medicine.html", status=status)


@door.post("/new", may=Action.MEDICINE_REPORT_CREATE)
def create_medicine(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(Action.MEDICINE_REPORT_CREATE, patient=person_id)
    form = MedicineForm()
    if not form.validate_on_submit():
        return _medicine_page(uow, person_id, FindForm(formdata=None), form, 422)
    proposing.report(uow, form.to_command(person_id))
    flash(_("It is on the list, marked as not yet confirmed. Your care team looks at it."), "success")
    return see_other("medicines.list_medicines", person_id=person_id)


@door.get("/<uuid:medication_id>/tell", may=Action.RECORD_MEDICATION_READ)
def new_report(uow: UnitOfWork, person_id: UUID, medication_id: UUID) -> ResponseReturnValue:
    line = uow.load(Action.RECORD_MEDICATION_READ, Medication, medication_id, within=person_id)
    uow.require(Action.MEDICINE_REPORT_CREATE, patient=person_id, model=Medication, row_id=medication_id)
    return _report_page(person_id, line, TakingForm(formdata=None))


def _report_page(person_id: UUID, line: Any, form: TakingForm, status: int = 200) -> Response:
    how = words.taking_words(sig.read(line.sig)) or line.sig or ""
    return respond(NewReportPage.of(person_id, line, how, form), "medicines/new_report.html", status=status)


@door.post("/<uuid:medication_id>/tell", may=Action.MEDICINE_REPORT_CREATE)
def create_report(uow: UnitOfWork, person_id: UUID, medication_id: UUID) -> ResponseReturnValue:
    line = uow.load(Action.MEDICINE_REPORT_CREATE, Medication, medication_id, within=person_id)
    form = TakingForm()
    if not form.validate_on_submit():
        return _report_page(person_id, line, form, 422)
    proposing.report(uow, form.to_command(person_id, medication_id, line.name))
    flash(_("Your care team sees what you said, and looks at it. Do not change anything else until then."), "success")
    return see_other("medicines.list_medicines", person_id=person_id)


@door.post("/told/<uuid:report_id>/withdraw", may=Action.MEDICINE_REPORT_WITHDRAW)
def withdraw_report(uow: UnitOfWork, person_id: UUID, report_id: UUID) -> ResponseReturnValue:
    try:
        proposing.withdraw(uow, person_id, report_id)
    except Conflict:
        uow.undo()
        flash(_("Your care team has looked at it already. Say something new if it is not right."), "warning")
    else:
        flash(_("What you said is taken back."), "success")
    return see_other("medicines.list_medicines", person_id=person_id)


@door.post("/right-today", may=Action.MEDICINE_LIST_CONFIRM)
def confirm_list(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(Action.MEDICINE_LIST_CONFIRM, patient=person_id)
    form = OnceForm()
    if not form.validate_on_submit():
        flash(_("Load this page again, then send it once more."), "warning")
    else:
        proposing.confirm(uow, person_id, form.once.value, is_none=bool(form.is_none.data))
        flash(_("Thank you. The list says that you confirmed it today."), "success")
    return see_other("medicines.list_medicines", person_id=person_id)


# Asking for more ------------------------------------------------------------------------------------------------------


@door.post("/<uuid:medication_id>/more", may=Action.MEDICINE_RENEWAL_CREATE)
def ask_for_more(uow: UnitOfWork, person_id: UUID, medication_id: UUID) -> ResponseReturnValue:
    uow.load(Action.MEDICINE_RENEWAL_CREATE, Medication, medication_id, within=person_id)
    form = OnceForm()
    here = {"person_id": person_id}
    if not form.validate_on_submit():
        flash(_("Load this page again, then send it once more."), "warning")
        return see_other("medicines.list_medicines", **here)
    try:
        renewing.ask(uow, person_id, medication_id, form.once.value)
    except Conflict as conflict:
        uow.undo()
        flash(_refused(conflict.code), "warning")
    else:
        flash(_("You asked for more. The list shows how far it is, and your messages hold the answer."), "success")
    return see_other("medicines.list_medicines", **here)


def _refused(code: str) -> str:
    if code == "already-there":
        code = "already-asked"
    return {
        "already-asked": _("More of it was asked for already. The list shows how far it is."),
        "not-prescribed": _("It can’t be renewed here. Ask your care team about it."),
    }.get(code, _("Write to your care team about it."))


# The day and the paper ------------------------------------------------------------------------------------------------


@door.get("/day", may=Action.RECORD_MEDICATION_READ)
def show_day(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(Action.RECORD_MEDICATION_READ, patient=person_id)
    listed = service.current(uow, person_id)
    doses = None
    if uow.may(Action.MEDICINE_CHECK_IN_READ, patient=person_id):
        doses = keeping.check_ins(uow, person_id, keeping.week_of(listed.today)[0])
        uow.seen(Action.MEDICINE_CHECK_IN_READ, person_id)
    uow.seen(Action.RECORD_MEDICATION_READ, person_id)
    return respond(ShowDayPage.of(listed, doses), "medicines/show_day.html")


@door.post("/day", may=Action.MEDICINE_CHECK_IN_UPDATE)
def note_dose(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(Action.MEDICINE_CHECK_IN_UPDATE, patient=person_id)
    form = DoseForm()
    try:
        if not form.validate_on_submit():
            raise Invalid("slot")
        key, _sign, slot = (form.slot.data or "").partition(":")
        keeping.note(uow, person_id, service.current(uow, person_id), UUID(key), slot, form.state.data or "")
    except (Invalid, ValueError):
        uow.undo()
        flash(_("Load this page again, then send it once more."), "warning")
    return see_other("medicines.show_day", person_id=person_id)


@door.get("/list.pdf", may=Action.RECORD_MEDICATION_READ, at_most=COPYING)
def print_list(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    """The list in large print, as a tagged PDF; allergies always stand on it, or that they may not be seen."""
    uow.require(Action.RECORD_MEDICATION_READ, patient=person_id)
    listed = service.current(uow, person_id)
    sees_allergies = uow.may(Action.RECORD_ALLERGY_READ, patient=person_id)
    allergies = service.allergies(uow, person_id) if sees_allergies else None
    uow.seen(Action.RECORD_MEDICATION_READ, person_id)
    whose = printing.whose(uow, person_id)
    data = printing.data(listed, allergies, whose, uow.settings.clinic_name, language(), uow.now)
    response = Response(pdf.render("medicines", data), mimetype="application/pdf")
    day = date_in(uow.now, uow.settings.zone).isoformat()
    response.headers["Content-Disposition"] = f'attachment; filename="medicines-{day}.pdf"'
    return response
