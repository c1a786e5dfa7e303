"""Doors of the inbox for staff."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.infra.errors import Conflict, Invalid, NotFound
from portal.messaging import attachments, colleagues, desk, drafts, file_doors, holding, inbox, offers, reading, service
from portal.messaging.desk_forms import CloseForm, ColleagueAnswerForm, ColleagueForm, CommentForm, ReleaseForm
from portal.messaging.desk_pages import ListInboxPage, NewPassOnPage, ShowDeskThreadPage, TakenPage
from portal.messaging.desk_tools import Asides, tools_of
from portal.messaging.forms import NoteForm, PassOnForm, ReplyForm, VersionForm
from portal.messaging.reading import Cursor
from portal.models import Thread
from portal.policy.actions import Action
from portal.web.door import Door
from portal.web.responses import respond, see_other, wants_fragment
from portal.work.limits import SENDING
from portal.work.unit_of_work import UnitOfWork

door = Door("messaging", prefix="/desk/inbox")


def _view() -> str:
    wanted = request.args.get("view", "all-open")
    return wanted if wanted in inbox.VIEWS else "all-open"


@door.get("", may=Action.DESK_THREAD_READ)
def list_inbox(uow: UnitOfWork) -> ResponseReturnValue:
    return respond(_listed(uow), "messaging/list_inbox.html", fragment="messaging/_inbox_rows.html")


def _listed(uow: UnitOfWork, current: UUID | None = None) -> ListInboxPage:
    view, after = _view(), Cursor.parse(request.args.get("after"))
    items, more = inbox.items(uow, view, after)
    if wants_fragment():
        return ListInboxPage.of(items, more, view, uow.now, inbox.Counts({}, False), is_first=after is None)
    asides = Asides() if current else Asides.of(offers.to_my_pools(uow), colleagues.asked_of_me(uow))
    counts, is_first = inbox.counts(uow), after is None
    return ListInboxPage.of(items, more, view, uow.now, counts, is_first=is_first, current=current, asides=asides)


@door.get("/<uuid:thread_id>", may=Action.MESSAGE_THREAD_READ)
def show_desk_thread(uow: UnitOfWork, thread_id: UUID) -> ResponseReturnValue:
    return thread_page(uow, thread_id)


def patient_of(uow: UnitOfWork, thread_id: UUID) -> UUID:
    """Whose conversation it is. Raises `NotFound` for staff who may not read it, and for everybody else."""
    return holding.desk_thread(uow, thread_id).patient_id


def thread_page(
    uow: UnitOfWork,
    thread_id: UUID,
    form: ReplyForm | None = None,
    note: NoteForm | None = None,
    status: int = 200,
    asking: ColleagueForm | None = None,
    answering: ColleagueAnswerForm | None = None,
    commenting: CommentForm | None = None,
    **more: Any,
) -> Response:
    """The page of one conversation, with what was typed so far. Raises `NotFound` to who may not read it."""
    person_id = patient_of(uow, thread_id)
    talk = reading.conversation(uow, person_id, thread_id, Cursor.parse(request.args.get("before")))
    if form is None:
        saved = drafts.of_place(uow, person_id, f"thread:{thread_id}")
        form = ReplyForm(formdata=None, data={"reply": saved.text, "once": str(saved.once)} if saved else None)
        more["saved_at"] = saved.updated_at if saved else None
    more["files"] = attachments.of_draft(uow, person_id, drafts.once_of(form.once.data))
    side = desk.beside(uow, talk.thread)
    listed = _listed(uow, thread_id)
    note = note or NoteForm(formdata=None)
    tools = tools_of(uow, talk.thread, asking, answering, commenting)
    page = ShowDeskThreadPage.of(talk, side, listed, uow.actor, uow.now, form, note, tools, **more)
    return respond(page, "messaging/show_desk_thread.html", status=status)


@door.get("/<uuid:thread_id>/files/<uuid:attachment_id>", may=Action.MESSAGE_FILE_READ)
def open_desk_file(uow: UnitOfWork, thread_id: UUID, attachment_id: UUID) -> ResponseReturnValue:
    part = request.args.get("part", "file")
    return file_doors.give(uow, patient_of(uow, thread_id), thread_id, attachment_id, part)


@door.post("/<uuid:thread_id>/replies", may=Action.MESSAGE_THREAD_REPLY, upload=True, at_most=SENDING)
def create_desk_reply(uow: UnitOfWork, thread_id: UUID) -> ResponseReturnValue:
    form = ReplyForm()
    try:
        person_id = patient_of(uow, thread_id)
    except NotFound:
        return _taken_from_us(uow, thread_id, form.reply.data or "")
    uow.require(Action.MESSAGE_THREAD_REPLY, patient=person_id, model=Thread, row_id=thread_id)
    if not form.validate_on_submit():
        return thread_page(uow, thread_id, form, status=422)
    if not file_doors.take(uow, person_id, form.once.value):
        fields = {"reply": form.reply.data or "", "thread": str(thread_id)}
        drafts.save(uow, person_id, fields, form.once.value, has_files=True)
        return see_other("messaging.show_desk_thread", thread_id=thread_id, _anchor="write")
    closes = request.form.get("then") == "close"
    then = "closed" if closes else "waiting_on_patient" if form.waits.data else "answered"
    try:
        service.answer_as_staff(uow, form.to_command(person_id, thread_id), then=then)
    except Conflict:
        return thread_page(uow, thread_id, form, status=409, has_conflict=True)
    flash(
        _("Your answer was sent, and the conversation is closed.") if closes else _("Your answer was sent."), "success"
    )
    return see_other("messaging.show_desk_thread", thread_id=thread_id)


@door.post("/<uuid:thread_id>/notes", may=Action.MESSAGE_NOTE_CREATE, at_most=SENDING)
def create_note(uow: UnitOfWork, thread_id: UUID) -> ResponseReturnValue:
    person_id = patient_of(uow, thread_id)
    form = NoteForm()
    uow.require(Action.MESSAGE_NOTE_CREATE, patient=person_id, model=Thread, row_id=thread_id)
    if not form.validate_on_submit():
        return thread_page(uow, thread_id, note=form, status=422)
    service.add_note(uow, form.to_command(person_id, thread_id))
    flash(_("The team note was added. The patient can’t see it."), "success")
    return see_other("messaging.show_desk_thread", thread_id=thread_id)


@door.post("/<uuid:thread_id>/take", may=Action.MESSAGE_THREAD_CLAIM)
def take_thread(uow: UnitOfWork, thread_id: UUID) -> ResponseReturnValue:
    try:
        person_id = patient_of(uow, thread_id)
    except NotFound:
        return _taken_from_us(uow, thread_id)
    try:
        holding.take(uow, person_id, thread_id, VersionForm().version.data or 0)
    except Conflict:
        return taken(uow, person_id, thread_id)
    flash(_("This conversation is yours now."), "success")
    return see_other("messaging.show_desk_thread", thread_id=thread_id)


def _taken_from_us(uow: UnitOfWork, thread_id: UUID, text: str = "") -> Response:
    """A colleague of the pool was first, and it is theirs to read now. Raises `NotFound` if it never was ours."""
    owner = holding.taken_from_us(uow, thread_id)
    if owner is None:
        raise NotFound()
    return respond(TakenPage.of(owner, None, text), "messaging/taken.html", status=409)


def taken(uow: UnitOfWork, person_id: UUID, thread_id: UUID) -> Response:
    uow.undo()
    owner = reading.owner_name(uow, person_id, thread_id)
    return respond(TakenPage.of(owner, thread_id), "messaging/taken.html", status=409)


@door.get("/<uuid:thread_id>/pass-on", may=Action.MESSAGE_THREAD_READ)
def new_pass_on(uow: UnitOfWork, thread_id: UUID) -> ResponseReturnValue:
    return _pass_on_page(uow, thread_id, PassOnForm(formdata=None))


def _pass_on_page(uow: UnitOfWork, thread_id: UUID, form: PassOnForm, status: int = 200) -> Response:
    person_id = patient_of(uow, thread_id)
    talk = reading.conversation(uow, person_id, thread_id)
    page = NewPassOnPage.of(talk, desk.receivers(uow, talk.thread), offers.choices(uow, talk.thread), form)
    return respond(page, "messaging/new_pass_on.html", status=status)


@door.post("/<uuid:thread_id>/pass-on", may=Action.MESSAGE_THREAD_PASS_ON)
def pass_on(uow: UnitOfWork, thread_id: UUID) -> ResponseReturnValue:
    person_id = patient_of(uow, thread_id)
    form = PassOnForm()
    uow.require(Action.MESSAGE_THREAD_PASS_ON, patient=person_id, model=Thread, row_id=thread_id)
    if not form.validate_on_submit():
        return _pass_on_page(uow, thread_id, form, status=422)
    try:
        why, version = form.reason.data or "", form.version.data or 0
        if form.to.data.startswith("offer:"):
            pool_key = form.to.data.removeprefix("offer:")
            offers.offer(uow, person_id, thread_id, pool_key, why, version, form.kind.data)
            flash(_("The team was asked to accept it. Until they do, it stays with you."), "success")
            return see_other("messaging.show_desk_thread", thread_id=thread_id)
        holding.pass_on(uow, person_id, thread_id, form.to.data, why, version, form.kind.data)
    except Invalid:
        form.to.errors = [_("Choose somebody from this list.")]
        return _pass_on_page(uow, thread_id, form, status=422)
    except Conflict:
        return taken(uow, person_id, thread_id)
    flash(_("The conversation was passed on."), "success")
    return see_other("messaging.list_inbox")


@door.post("/<uuid:thread_id>/release", may=Action.MESSAGE_THREAD_PASS_ON)
def release_thread(uow: UnitOfWork, thread_id: UUID) -> ResponseReturnValue:
    person_id, form = patient_of(uow, thread_id), ReleaseForm()
    uow.require(Action.MESSAGE_THREAD_PASS_ON, patient=person_id, model=Thread, row_id=thread_id)
    if not form.validate_on_submit():
        return thread_page(uow, thread_id, giving_back=form, status=422)
    try:
        holding.release(uow, person_id, thread_id, form.why_back.data or "", form.version.data or 0)
    except (Conflict, Invalid):
        return taken(uow, person_id, thread_id)
    flash(_("The conversation is with its team again."), "success")
    return see_other("messaging.list_inbox")


@door.post("/<uuid:thread_id>/close", may=Action.MESSAGE_THREAD_CLOSE)
def close_thread(uow: UnitOfWork, thread_id: UUID) -> ResponseReturnValue:
    person_id, form = patient_of(uow, thread_id), CloseForm()
    outcome = form.outcome.data if form.validate_on_submit() else "no_action"
    holding.close(uow, person_id, thread_id, outcome)
    flash(_("The conversation is closed."), "success")
    return see_other("messaging.list_inbox")


@door.post("/<uuid:thread_id>/reopen", may=Action.MESSAGE_THREAD_CLOSE)
def reopen_thread(uow: UnitOfWork, thread_id: UUID) -> ResponseReturnValue:
    holding.reopen(uow, patient_of(uow, thread_id), thread_id)
    flash(_("The conversation is open again."), "success")
    return see_other("messaging.show_desk_thread", thread_id=thread_id)
