"""Doors of booking: choose a kind, choose a time, say what the clinic should know."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from flask import Response, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.appointments import booking, changing, schedule, staff, waitlist
from portal.appointments.booking_pages import EditBookingPage, ListTimesPage, NewVisitPage, Wish
from portal.appointments.forms import WordsForm, choice_of, day_of, uuid_of
from portal.appointments.visit_pages import when_of
from portal.infra.dates import date_in
from portal.infra.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.policy.actions import Action
from portal.web.door import Door
from portal.web.responses import respond, see_other
from portal.work.limits import HOLDING
from portal.work.unit_of_work import UnitOfWork

door = Door("appointments", prefix="/people/<uuid:person_id>/appointments")
FURTHER = timedelta(days=60)


@door.get("/new", may=Action.APPOINTMENT_READ)
def new_visit(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(Action.APPOINTMENT_READ, patient=person_id)
    uow.require(Action.APPOINTMENT_BOOK, patient=person_id)
    is_staff = uow.actor.is_staff
    page = NewVisitPage.of(
        person_id,
        schedule.visit_types(uow, online_only=not is_staff),
        for_whom(uow, person_id),
        may_beside=is_staff and staff.may_overbook(uow),
    )
    return respond(page, "appointments/new_visit.html")


def for_whom(uow: UnitOfWork, person_id: UUID) -> str:
    """The patient's name, for staff; patients and caregivers see in whose house they are."""
    return staff.patient_name(uow, person_id) if uow.actor.is_staff else ""


def _wish() -> Wish:
    given = {name: request.values.get(name, "") for name in Wish.__dataclass_fields__}
    return Wish(**{**given, "how": "video" if given["how"] == "video" else "in_person"})


@door.get("/times", may=Action.APPOINTMENT_READ)
def list_times(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(Action.APPOINTMENT_READ, patient=person_id)
    uow.require(Action.APPOINTMENT_BOOK, patient=person_id)
    return _times_page(uow, person_id, _wish())


def _times_page(uow: UnitOfWork, person_id: UUID, wish: Wish, *, gone: booking.Choice | None = None) -> Response:
    kind = schedule.visit_type(uow, uuid_of(wish.kind) or person_id)
    if kind is None or not (kind.is_online or uow.actor.is_staff):
        raise NotFound(action=Action.APPOINTMENT_BOOK)
    today = date_in(uow.now, uow.settings.zone)
    first = day_of(wish.start, today, today + schedule.HORIZON)
    is_video = (wish.how == "video" and kind.is_video) or not kind.is_in_person
    search = schedule.Search(
        visit_type=kind,
        patient_id=person_id,
        practitioner_id=uuid_of(wish.who),
        place_id=uuid_of(wish.place),
        is_video=is_video,
        language=wish.language,
        moves_id=uuid_of(wish.moves),
        not_before=uow.now if uow.actor.is_staff else uow.now + schedule.AHEAD,
    )
    moved = changing.load(uow, Action.APPOINTMENT_UPDATE, person_id, search.moves_id) if search.moves_id else None
    times = schedule.open_times(uow, search, first, first + timedelta(days=6))
    people = schedule.clinicians(uow)
    tongues = sorted({code for one in people for code in (one.languages or "").split(",") if code})
    page = ListTimesPage.of(
        person_id,
        kind,
        Wish(**{**wish.values(), "kind": str(kind.id), "how": "video" if is_video else "in_person"}),
        times,
        first,
        today,
        people=people,
        places=schedule.places(uow),
        languages=tongues,
        next_time=None if times else _next(uow, search, first),
        moving=when_of(moved) if moved else "",
        nearest=booking.alternatives(uow, gone) if gone else None,
        patient=for_whom(uow, person_id),
    )
    return respond(page, "appointments/list_times.html", status=409 if gone else 200)


def _next(uow: UnitOfWork, search: schedule.Search, first: date) -> schedule.OpenTime | None:
    """The first open time after an empty week."""
    found = schedule.open_times(uow, search, first, first + FURTHER)
    return found[0] if found else None


@door.post("/times", may=Action.APPOINTMENT_BOOK, at_most=HOLDING)
def hold_time(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    wish = _wish()
    try:
        choice = choice_of(person_id, request.form.get("slot", ""), wish.kind, wish.how, wish.moves)
    except (ValueError, OverflowError) as error:
        uow.require(Action.APPOINTMENT_BOOK, patient=person_id)
        raise NotFound(action=Action.APPOINTMENT_BOOK) from error
    try:
        kept = booking.hold(uow, choice)
    except (Conflict, Invalid) as error:
        uow.undo()
        uow.require(Action.APPOINTMENT_BOOK, patient=person_id)
        if error.code in ("too-late", "changed") and choice.moves_id:
            return _not_movable(person_id, choice.moves_id)
        return _times_page(uow, person_id, wish, gone=choice)
    except NotAllowed:
        return see_other("appointments.new_request", person_id=person_id, kind=wish.kind)
    return see_other("appointments.edit_booking", person_id=person_id, hold_id=kept.id)


def _not_movable(person_id: UUID, visit_id: UUID) -> ResponseReturnValue:
    flash(_("This visit can’t be moved here any more. Ask for another time, or call the clinic."), "warning")
    return see_other("appointments.show_visit", person_id=person_id, visit_id=visit_id)


@door.get("/holds/<uuid:hold_id>", may=Action.APPOINTMENT_HOLD_READ)
def edit_booking(uow: UnitOfWork, person_id: UUID, hold_id: UUID) -> ResponseReturnValue:
    return _booking_page(uow, person_id, hold_id, None)


def _booking_page(
    uow: UnitOfWork, person_id: UUID, hold_id: UUID, form: WordsForm | None, status: int = 200
) -> Response:
    held = booking.held(uow, person_id, hold_id)
    old = ""
    if held.hold.moves_id:
        visit = changing.load(uow, Action.APPOINTMENT_UPDATE, person_id, held.hold.moves_id)
        old = when_of(visit)
        if form is None:
            needs = booking.needs_of(uow, visit.row)
            given = {name: getattr(needs, name) for name in needs.__dataclass_fields__}
            form = WordsForm(formdata=None, data={"agenda": booking.agenda_of(uow, visit.row), **given})
    page = EditBookingPage.of(person_id, held, form or WordsForm(formdata=None), old, for_whom(uow, person_id))
    return respond(page, "appointments/edit_booking.html", status=status)


@door.post("/holds/<uuid:hold_id>/book", may=Action.APPOINTMENT_BOOK)
def book_visit(uow: UnitOfWork, person_id: UUID, hold_id: UUID) -> ResponseReturnValue:
    form = WordsForm()
    uow.require(Action.APPOINTMENT_BOOK, patient=person_id)
    if not form.validate_on_submit():
        return _booking_page(uow, person_id, hold_id, form, status=422)
    try:
        visit = booking.confirm(uow, person_id, hold_id, form.to_needs(), form.agenda.data or "")
    except Conflict:
        return _gone(uow, person_id, hold_id)
    text = _("Your visit is booked. Bring your medicine list, or open it here on your phone.")
    flash(_("The visit is booked. The patient is told.") if uow.actor.is_staff else text, "success")
    return see_other("appointments.show_visit", person_id=person_id, visit_id=visit.id)


def _gone(uow: UnitOfWork, person_id: UUID, hold_id: UUID) -> ResponseReturnValue:
    """Booked by the same form sent twice; or the time lapsed and somebody has it."""
    uow.undo()
    before = booking.booked_from(uow, person_id, hold_id)
    if before is not None:
        return see_other("appointments.show_visit", person_id=person_id, visit_id=before.id)
    kept = booking.held(uow, person_id, hold_id).hold
    choice = booking.Choice(
        person_id, kept.visit_type_id, kept.practitioner_id, kept.place_id, kept.starts_at, kept.is_video, kept.moves_id
    )
    wish = Wish(str(kept.visit_type_id), how="video" if kept.is_video else "in_person", moves=str(kept.moves_id or ""))
    return _times_page(uow, person_id, wish, gone=choice)


@door.post("/holds/<uuid:hold_id>/release", may=Action.APPOINTMENT_BOOK)
def release_time(uow: UnitOfWork, person_id: UUID, hold_id: UUID) -> ResponseReturnValue:
    booking.release(uow, person_id, hold_id)
    flash(_("Nothing was booked."), "info")
    return see_other("appointments.list_appointments", person_id=person_id)


# Waiting for a sooner time -------------------------------------------------------------------------------------------


@door.post("/waitlist", may=Action.APPOINTMENT_BOOK)
def join_waitlist(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    kind, once = uuid_of(request.form.get("kind")), uuid_of(request.form.get("once"))
    uow.require(Action.APPOINTMENT_BOOK, patient=person_id)
    if kind is None or once is None:
        raise NotFound(action=Action.APPOINTMENT_BOOK)
    who, moves = uuid_of(request.form.get("who")), uuid_of(request.form.get("moves"))
    waitlist.join(uow, waitlist.Wish(person_id, kind, once, who, moves))
    flash(_("You are on the waiting list. We tell you when a sooner time becomes free."), "success")
    return see_other("appointments.list_requests", person_id=person_id)


@door.post("/waitlist/<uuid:entry_id>/leave", may=Action.APPOINTMENT_REQUEST_UPDATE)
def leave_waitlist(uow: UnitOfWork, person_id: UUID, entry_id: UUID) -> ResponseReturnValue:
    waitlist.leave(uow, person_id, entry_id)
    flash(_("You are not on the waiting list any more."), "success")
    return see_other("appointments.list_requests", person_id=person_id)
