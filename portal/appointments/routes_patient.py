"""Doors of a patient's visits: lists, one visit, cancelling, requests, the calendar."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from flask import Response, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from portal.appointments import (
    booking,
    changing,
    checkin,
    confirming,
    feeds,
    fhir,
    ics,
    schedule,
    service,
    staff,
    waitlist,
)
from portal.appointments.booking_pages import NewRequestPage
from portal.appointments.checkin_pages import SummaryForm, score_lines, told_lines
from portal.appointments.forms import CancelForm, RequestForm, WordsForm, uuid_of
from portal.appointments.pages import ListAppointmentsPage, ListCancelledPage, ListRequestsPage
from portal.appointments.routes_booking import for_whom
from portal.appointments.visit_pages import (
    ConfirmCancelPage,
    EditVisitPage,
    ListFeedsPage,
    ShowVideoPage,
    ShowVisitPage,
    when_of,
)
from portal.infra.errors import Conflict
from portal.models import Appointment
from portal.policy.actions import Action
from portal.web.door import Door
from portal.web.paging import PAGE, key_of
from portal.web.responses import respond, see_other
from portal.work.limits import SENDING
from portal.work.unit_of_work import UnitOfWork

door = Door("appointments", prefix="/people/<uuid:person_id>/appointments")
public = Door("appointments")


@door.get("", may=Action.APPOINTMENT_READ)
def list_appointments(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(Action.APPOINTMENT_READ, patient=person_id)
    before = key_of(request.args.get("before"))
    upcoming = service.upcoming(uow, person_id) if before is None else ()
    past, has_older = service.past(uow, person_id, before=before, size=PAGE)
    uow.seen(Action.APPOINTMENT_READ, person_id)
    is_clinical = uow.actor.is_staff and uow.actor.is_clinical
    page = ListAppointmentsPage.of(
        person_id,
        upcoming,
        past,
        has_older=has_older,
        is_first=before is None,
        back_href=url_for("people.show_patient", person_id=person_id) if is_clinical else "",
        is_staff=uow.actor.is_staff,
        may_book=uow.may(Action.APPOINTMENT_BOOK, patient=person_id),
        asked=0 if uow.actor.is_staff else changing.open_requests(uow, person_id),
    )
    return respond(page, "appointments/list_appointments.html")


@door.get("/cancelled", may=Action.APPOINTMENT_READ)
def list_cancelled(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(Action.APPOINTMENT_READ, patient=person_id)
    rows = changing.cancelled(uow, person_id)
    uow.seen(Action.APPOINTMENT_READ, person_id)
    asked = changing.open_requests(uow, person_id)
    page = ListCancelledPage.of(person_id, rows, uow.actor.account_id, asked)
    return respond(page, "appointments/list_cancelled.html")


@door.get("/requests", may=Action.APPOINTMENT_REQUEST_READ)
def list_requests(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(Action.APPOINTMENT_REQUEST_READ, patient=person_id)
    rows = changing.asked_for(uow, person_id)
    uow.seen(Action.APPOINTMENT_REQUEST_READ, person_id)
    may_book = uow.may(Action.APPOINTMENT_BOOK, patient=person_id)
    page = ListRequestsPage.of(person_id, rows, waitlist.mine(uow, person_id), may_book=may_book)
    return respond(page, "appointments/list_requests.html")


@door.get("/requests/new", may=Action.APPOINTMENT_REQUEST_READ)
def new_request(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    return _request_page(uow, person_id, RequestForm(formdata=None, data={"visit_type": request.args.get("kind", "")}))


def _request_page(uow: UnitOfWork, person_id: UUID, form: RequestForm, status: int = 200) -> Response:
    uow.require(Action.APPOINTMENT_REQUEST_READ, patient=person_id)
    uow.require(Action.APPOINTMENT_BOOK, patient=person_id)
    visit_id = uuid_of(request.args.get("visit"))
    when = when_of(changing.load(uow, Action.APPOINTMENT_UPDATE, person_id, visit_id)) if visit_id else ""
    form.fill(schedule.visit_types(uow, online_only=False), schedule.clinicians(uow))
    page = NewRequestPage.of(person_id, form, visit_id, when)
    return respond(page, "appointments/new_request.html", status=status)


@door.post("/requests", may=Action.APPOINTMENT_BOOK, at_most=SENDING)
def create_request(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(Action.APPOINTMENT_BOOK, patient=person_id)
    form, visit_id = RequestForm(), uuid_of(request.args.get("visit"))
    if not form.validate_on_submit():
        return _request_page(uow, person_id, form, status=422)
    kinds = {kind.id for kind in schedule.visit_types(uow, online_only=False)}
    people = {one.id for one in schedule.clinicians(uow)}
    kind, who = uuid_of(form.visit_type.data), uuid_of(form.clinician.data)
    changing.ask(
        uow,
        changing.Ask(
            person_id,
            "move" if visit_id else "book",
            form.words.data or "",
            form.once.value,
            appointment_id=visit_id,
            visit_type_id=kind if kind in kinds else None,
            practitioner_id=who if who in people else None,
            is_video=form.how.data == "video",
            times=form.times.data or "any",
        ),
    )
    flash(_("Your request was sent. It is not a booking yet: you are told when the clinic answers."), "success")
    return see_other("appointments.list_requests", person_id=person_id)


@door.post("/requests/<uuid:request_id>/withdraw", may=Action.APPOINTMENT_REQUEST_UPDATE)
def withdraw_request(uow: UnitOfWork, person_id: UUID, request_id: UUID) -> ResponseReturnValue:
    try:
        changing.withdraw(uow, person_id, request_id)
    except Conflict:
        flash(_("The clinic had answered already."), "warning")
        return see_other("appointments.list_requests", person_id=person_id)
    flash(_("You took your request back."), "success")
    return see_other("appointments.list_requests", person_id=person_id)


# One visit ------------------------------------------------------------------------------------------------------------


@door.get("/<uuid:visit_id>", may=Action.APPOINTMENT_READ)
def show_visit(uow: UnitOfWork, person_id: UUID, visit_id: UUID) -> ResponseReturnValue:
    visit = changing.load(uow, Action.APPOINTMENT_READ, person_id, visit_id)
    row, is_staff = visit.row, uow.actor.is_staff
    summary, summary_by = checkin.summary_of(uow, row)
    before = checkin.of_visit(uow, person_id, visit_id)
    told = []
    if is_staff:
        told = [*told_lines(before[1])] if before else []
        told += score_lines(checkin.answered(uow, person_id, visit_id))
    may_write = is_staff and row.starts_at <= uow.now and row.status != "cancelled"
    may_write = may_write and uow.may(Action.APPOINTMENT_SUMMARY_UPDATE, patient=person_id)
    may_change = uow.may(Action.APPOINTMENT_UPDATE, patient=person_id, model=Appointment, row_id=visit_id)
    # The patient's words are for who manages the visit, and of staff for who treats.
    reads = uow.may(Action.APPOINTMENT_CHECK_IN_READ, patient=person_id) if is_staff else may_change
    page = ShowVisitPage.of(
        visit,
        needs=booking.needs_of(uow, row),
        agenda=booking.agenda_of(uow, row) if reads else "",
        now=uow.now,
        may_change=may_change,
        reader_id=uow.actor.account_id,
        summary=summary,
        summary_by=summary_by,
        check_in=("", "") if is_staff else _check_in(uow, person_id, row, before is not None),
        patient=for_whom(uow, person_id),
        overbooked=staff.overbook_reason(uow, row),
        told=told,
        names=confirming.names(uow, row),
        summary_form=SummaryForm(formdata=None, data={"summary": summary}) if may_write else None,
    )
    return respond(page, "appointments/show_visit.html")


def _check_in(uow: UnitOfWork, person_id: UUID, row: Appointment, is_done: bool) -> tuple[str, str]:
    """Where to check in, and what is still to do; nothing outside its days or for whoever may not."""
    if not checkin.is_open(row, uow.now) or not uow.may(Action.APPOINTMENT_CHECK_IN_UPDATE, patient=person_id):
        return "", ""
    if not is_done:
        href = url_for("appointments.edit_check_in", person_id=person_id, visit_id=row.id)
        return href, _("Confirm your medicines, allergies and how we reach you. It takes 5 minutes.")
    following = checkin.next_screening(uow, person_id, row)
    if following is None:
        return "", ""
    here: dict[str, Any] = {"person_id": person_id, "visit_id": row.id, "instrument": following}
    return url_for("appointments.edit_screening", **here), _("A few questions are left.")


@door.post("/<uuid:visit_id>/confirm", may=Action.APPOINTMENT_UPDATE)
def confirm_visit(uow: UnitOfWork, person_id: UUID, visit_id: UUID) -> ResponseReturnValue:
    try:
        confirming.confirm_visit(uow, person_id, visit_id)
    except Conflict:
        flash(_("This visit can’t be confirmed now: look at what changed."), "warning")
        return see_other("appointments.show_visit", person_id=person_id, visit_id=visit_id)
    flash(_("Thank you. The clinic knows that you come."), "success")
    return see_other("appointments.show_visit", person_id=person_id, visit_id=visit_id)


@door.get("/<uuid:visit_id>/words", may=Action.APPOINTMENT_READ)
def edit_visit(uow: UnitOfWork, person_id: UUID, visit_id: UUID) -> ResponseReturnValue:
    visit = changing.load(uow, Action.APPOINTMENT_READ, person_id, visit_id)
    uow.require(Action.APPOINTMENT_UPDATE, patient=person_id, model=Appointment, row_id=visit_id)
    needs = booking.needs_of(uow, visit.row)
    given = {name: getattr(needs, name) for name in needs.__dataclass_fields__}
    form = WordsForm(formdata=None, data={"agenda": booking.agenda_of(uow, visit.row), **given})
    return respond(EditVisitPage.of(visit, form), "appointments/edit_visit.html")


@door.post("/<uuid:visit_id>/words", may=Action.APPOINTMENT_UPDATE)
def update_visit(uow: UnitOfWork, person_id: UUID, visit_id: UUID) -> ResponseReturnValue:
    form = WordsForm()
    if not form.validate_on_submit():
        visit = changing.load(uow, Action.APPOINTMENT_UPDATE, person_id, visit_id)
        return respond(EditVisitPage.of(visit, form), "appointments/edit_visit.html", status=422)
    try:
        booking.update_words(uow, person_id, visit_id, form.to_needs(), form.agenda.data or "")
    except Conflict:
        flash(_("This visit is over or was cancelled. Nothing was changed."), "warning")
        return see_other("appointments.show_visit", person_id=person_id, visit_id=visit_id)
    flash(_("The clinic has what you wrote."), "success")
    return see_other("appointments.show_visit", person_id=person_id, visit_id=visit_id)


@door.get("/<uuid:visit_id>/cancel", may=Action.APPOINTMENT_READ)
def confirm_cancel(uow: UnitOfWork, person_id: UUID, visit_id: UUID) -> ResponseReturnValue:
    visit = changing.load(uow, Action.APPOINTMENT_READ, person_id, visit_id)
    if visit.row.status not in booking.LIVE:
        return see_other("appointments.show_visit", person_id=person_id, visit_id=visit_id)
    return _cancel_page(uow, visit, CancelForm(formdata=None))


def _cancel_page(uow: UnitOfWork, visit: changing.Visit, form: CancelForm, status: int = 200) -> Response:
    whose = for_whom(uow, visit.row.patient_id)
    page = ConfirmCancelPage.of(visit, form, uow.now, uow.settings.clinic_phone, whose)
    return respond(page, "appointments/confirm_cancel.html", status=status)


@door.post("/<uuid:visit_id>/cancel", may=Action.APPOINTMENT_UPDATE)
def cancel_visit(uow: UnitOfWork, person_id: UUID, visit_id: UUID) -> ResponseReturnValue:
    form = CancelForm()
    if not form.validate_on_submit():
        return _cancel_page(uow, changing.load(uow, Action.APPOINTMENT_UPDATE, person_id, visit_id), form, 422)
    try:
        is_done = changing.cancel(uow, person_id, visit_id, form.reason.data or "", form.once.value)
    except Conflict:
        flash(_("This visit is over or was cancelled. Nothing was changed."), "warning")
        return see_other("appointments.show_visit", person_id=person_id, visit_id=visit_id)
    if is_done:
        flash(_("The visit is cancelled. Somebody else can have the time now."), "success")
        return see_other("appointments.show_visit", person_id=person_id, visit_id=visit_id)
    flash(_("The clinic was asked to cancel. Until it answers, the visit stays booked."), "success")
    return see_other("appointments.list_requests", person_id=person_id)


@door.get("/<uuid:visit_id>/video", may=Action.APPOINTMENT_READ)
def show_video(uow: UnitOfWork, person_id: UUID, visit_id: UUID) -> ResponseReturnValue:
    visit = changing.load(uow, Action.APPOINTMENT_READ, person_id, visit_id)
    return respond(ShowVideoPage.of(visit, uow.now), "appointments/show_video.html")


# Calendars ------------------------------------------------------------------------------------------------------------


def _page_of(uow: UnitOfWork, person_id: UUID, visit_id: UUID) -> str:
    return uow.settings.base_url + url_for("appointments.show_visit", person_id=person_id, visit_id=visit_id)


def _calendar(body: str) -> Response:
    response = Response(body, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = "attachment; filename=appointment.ics"
    response.headers["Cache-Control"] = "no-store"
    return response


@door.get("/<uuid:visit_id>/appointment.ics", may=Action.APPOINTMENT_READ)
def show_calendar_file(uow: UnitOfWork, person_id: UUID, visit_id: UUID) -> ResponseReturnValue:
    visit = changing.load(uow, Action.APPOINTMENT_READ, person_id, visit_id).row
    event = feeds.event_of(visit, uow.now, lambda person, row: _page_of(uow, person, row))
    return _calendar(ics.calendar([event], summary=_("Appointment"), publish=False))


@door.get("/<uuid:visit_id>/appointment.json", may=Action.APPOINTMENT_READ)
def show_fhir(uow: UnitOfWork, person_id: UUID, visit_id: UUID) -> ResponseReturnValue:
    visit = changing.load(uow, Action.APPOINTMENT_READ, person_id, visit_id)
    found = fhir.appointment(
        visit.row,
        practitioner=visit.practitioner.name if visit.practitioner else "",
        place=visit.place.name if visit.place else "",
        kind=visit.kind.name_en if visit.kind else "",
    )
    response = Response(json.dumps(found, ensure_ascii=False), content_type="application/fhir+json; charset=utf-8")
    response.headers["Content-Disposition"] = "attachment; filename=appointment.json"
    response.headers["Cache-Control"] = "no-store"
    return response


@door.get("/calendar", may=Action.APPOINTMENT_FEED_READ)
def list_feeds(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(Action.APPOINTMENT_FEED_READ, patient=person_id)
    return respond(ListFeedsPage.of(person_id, feeds.mine(uow, person_id)), "appointments/list_feeds.html")


@door.post("/calendar", may=Action.APPOINTMENT_FEED_UPDATE)
def create_feed(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    token = feeds.make(uow, person_id)
    uow.flush()
    address = uow.settings.base_url + url_for("appointments.feed", token=token)
    return respond(ListFeedsPage.of(person_id, feeds.mine(uow, person_id), address), "appointments/list_feeds.html")


@door.post("/calendar/<uuid:feed_id>/revoke", may=Action.APPOINTMENT_FEED_UPDATE)
def revoke_feed(uow: UnitOfWork, person_id: UUID, feed_id: UUID) -> ResponseReturnValue:
    feeds.revoke(uow, person_id, feed_id)
    flash(_("That address shows nothing any more."), "success")
    return see_other("appointments.list_feeds", person_id=person_id)


@public.public(
    "/calendar/<string(length=43):token>.ics", because="a calendar program reads it; 256 random bits are the key"
)
def feed(uow: UnitOfWork, token: str) -> ResponseReturnValue:
    found, language = feeds.events(uow, token, lambda person, row: _page_of(uow, person, row))
    with force_locale(language):
        return _calendar(ics.calendar(found, summary=_("Appointment"), name=_("Appointments")))
