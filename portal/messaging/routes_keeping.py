"""Doors of keeping conversations: search, folders, archive, putting right, paper."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.infra.errors import Conflict, Invalid, NotFound
from portal.messaging import correcting, filing, reading, searching, service
from portal.messaging.keeping_pages import (
    CorrectionForm,
    CorrectionPage,
    FilingForm,
    FolderForm,
    FoldersPage,
    KeepPage,
    SearchForm,
    SearchPage,
    paper_of,
)
from portal.messaging.service import Reply
from portal.models import Message, Thread
from portal.policy.actions import Action
from portal.web import pdf
from portal.web.door import Door
from portal.web.filters import language
from portal.web.forms import blame
from portal.web.responses import respond, see_other
from portal.work.limits import COPYING, SEARCHING
from portal.work.unit_of_work import UnitOfWork

door = Door("messaging", prefix="/people/<uuid:person_id>")
THREAD = "/messages/<uuid:thread_id>"


# Searching -----------------------------------------------------------------------------------------------------------


@door.get("/messages/search", may=Action.MESSAGE_THREAD_READ)
def new_search(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    reading.given_name(uow, person_id)
    uow.may(Action.MESSAGE_THREAD_READ, patient=person_id, model=Thread, row_id=person_id)
    return respond(SearchPage.of(person_id, SearchForm(formdata=None), None), "messaging/new_search.html")


@door.post("/messages/search", may=Action.MESSAGE_THREAD_SEARCH, at_most=SEARCHING)
def search_threads(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    """It is a POST because what is looked for does not belong in addresses."""
    form = SearchForm()
    uow.may(Action.MESSAGE_THREAD_SEARCH, patient=person_id, model=Thread, row_id=person_id)
    reading.given_name(uow, person_id)
    if not form.validate_on_submit():
        return respond(SearchPage.of(person_id, form, None), "messaging/new_search.html", status=422)
    results = searching.search(uow, person_id, form.words.data or "")
    return respond(SearchPage.of(person_id, form, results), "messaging/new_search.html")


# Folders and the archive ---------------------------------------------------------------------------------------------


@door.get("/messages/folders", may=Action.MESSAGE_FILING_READ)
def list_folders(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    return _folders_page(uow, person_id, FolderForm(formdata=None))


def _folders_page(uow: UnitOfWork, person_id: UUID, form: FolderForm, status: int = 200) -> Response:
    uow.require(Action.PEOPLE_PERSON_READ, patient=person_id)
    page = FoldersPage.of(person_id, form, filing.folders(uow, person_id))
    return respond(page, "messaging/list_folders.html", status=status)


def _problem(code: str) -> str:
    return {
        "name-needed": _("Give the folder a name."),
        "name-taken": _("You have a folder of that name already."),
        "too-many": _("You have 30 folders. Remove one first."),
    }[code]


@door.post("/messages/folders", may=Action.MESSAGE_FILING_UPDATE)
def make_folder(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    form = FolderForm()
    if not form.validate_on_submit():
        return _folders_page(uow, person_id, form, 422)
    try:
        filing.make(uow, person_id, form.name.data or "")
    except Invalid as error:
        blame(form.name, _problem(error.code))
        return _folders_page(uow, person_id, form, 422)
    flash(_("The folder is there."), "success")
    return see_other("messaging.list_folders", person_id=person_id)


@door.post("/messages/folders/<uuid:folder_id>/rename", may=Action.MESSAGE_FILING_UPDATE)
def rename_folder(uow: UnitOfWork, person_id: UUID, folder_id: UUID) -> ResponseReturnValue:
    form = FolderForm()
    try:
        filing.rename(uow, person_id, folder_id, form.name.data or "" if form.validate_on_submit() else "")
    except Invalid as error:
        uow.undo()
        flash(_problem(error.code), "warning")
        return see_other("messaging.list_folders", person_id=person_id)
    flash(_("The folder has a new name."), "success")
    return see_other("messaging.list_folders", person_id=person_id)


@door.post("/messages/folders/<uuid:folder_id>/remove", may=Action.MESSAGE_FILING_UPDATE)
def remove_folder(uow: UnitOfWork, person_id: UUID, folder_id: UUID) -> ResponseReturnValue:
    try:
        filing.remove(uow, person_id, folder_id)
    except Conflict:
        flash(_("There are conversations in this folder. Move them first."), "warning")
        return see_other("messaging.list_folders", person_id=person_id)
    flash(_("The folder was removed."), "success")
    return see_other("messaging.list_folders", person_id=person_id)


@door.get(f"{THREAD}/keep", may=Action.MESSAGE_THREAD_READ)
def choose_place(uow: UnitOfWork, person_id: UUID, thread_id: UUID) -> ResponseReturnValue:
    """Where to keep a conversation, and how to take it along."""
    thread = uow.load(Action.MESSAGE_THREAD_READ, Thread, thread_id, within=person_id)
    kept = filing.place_of(uow, thread)
    place = "list" if kept is None else str(kept.folder_id) if kept.folder_id else "archive"
    form = FilingForm(formdata=None, data={"to": place}).offer(filing.folders(uow, person_id))
    return respond(KeepPage.of(person_id, thread_id, form), "messaging/choose_place.html")


@door.post(f"{THREAD}/keep", may=Action.MESSAGE_FILING_UPDATE)
def keep_thread(uow: UnitOfWork, person_id: UUID, thread_id: UUID) -> ResponseReturnValue:
    shelves = filing.folders(uow, person_id)
    form = FilingForm().offer(shelves)
    if not form.validate_on_submit():
        raise NotFound()
    chosen = form.to.data
    if chosen == "list":
        filing.take_back(uow, person_id, thread_id)
        said = _("The conversation is among your messages again.")
    else:
        filing.put(uow, person_id, thread_id, None if chosen == "archive" else UUID(chosen))
        said = _("The conversation was put away. When somebody writes in it, it comes back to your messages.")
    flash(said, "success")
    return see_other("messaging.list_threads", person_id=person_id)


# Putting right -------------------------------------------------------------------------------------------------------


@door.get(f"{THREAD}/written/<uuid:message_id>", may=Action.MESSAGE_THREAD_READ)
def edit_message(uow: UnitOfWork, person_id: UUID, thread_id: UUID, message_id: UUID) -> ResponseReturnValue:
    return _correction_page(uow, person_id, thread_id, message_id, None)


def _correction_page(
    uow: UnitOfWork, person_id: UUID, thread_id: UUID, message_id: UUID, form: CorrectionForm | None, status: int = 200
) -> Response:
    thread = uow.load(Action.MESSAGE_THREAD_READ, Thread, thread_id, within=person_id)
    message = _unretracted(correcting.own_message(uow, person_id, thread_id, message_id))
    text = correcting.words_of(uow, message)
    form = form or CorrectionForm(formdata=None, data={"reply": text})
    opened = correcting.was_opened(uow, thread, message.sent_at, message.author_id, message.author_role)
    page = CorrectionPage.of(person_id, thread_id, message_id, form, text, was_opened=opened)
    return respond(page, "messaging/edit_message.html", status=status)


def _unretracted(message: Message) -> Message:
    if message.retracted_at is not None:
        raise NotFound()
    return message


@door.post(f"{THREAD}/written/<uuid:message_id>", may=Action.MESSAGE_MESSAGE_CORRECT)
def correct_message(uow: UnitOfWork, person_id: UUID, thread_id: UUID, message_id: UUID) -> ResponseReturnValue:
    """A later message puts it right; both stay. What reads like an emergency goes to the nurses first, as ever."""
    message = _unretracted(correcting.own_message(uow, person_id, thread_id, message_id))
    form = CorrectionForm()
    if not form.validate_on_submit():
        return _correction_page(uow, person_id, thread_id, message_id, form, 422)
    reply = Reply(person_id, thread_id, form.reply.data or "", form.once.value, corrects=message.id)
    try:
        service.reply(uow, reply, seen="emergency")
    except Conflict as conflict:
        if conflict.code != "closed":
            raise
        blame(form.reply, _("This conversation is closed. Ask a new question instead."))
        return _correction_page(uow, person_id, thread_id, message_id, form, 422)
    flash(_("Your correction was sent. Both messages stay in the conversation."), "success")
    return see_other("messaging.show_thread", person_id=person_id, thread_id=thread_id)


@door.post(f"{THREAD}/written/<uuid:message_id>/retract", may=Action.MESSAGE_MESSAGE_CORRECT)
def retract_message(uow: UnitOfWork, person_id: UUID, thread_id: UUID, message_id: UUID) -> ResponseReturnValue:
    try:
        was_opened = correcting.retract(uow, person_id, thread_id, message_id)
    except Conflict:
        uow.undo()
        was_opened = False
    flash(
        _("The message is taken back. Your care team had opened it already, so they can still see what it said.")
        if was_opened
        else _("The message is taken back. Nobody had opened it, and nobody can read it any more."),
        "success",
    )
    return see_other("messaging.show_thread", person_id=person_id, thread_id=thread_id)


# Paper ---------------------------------------------------------------------------------------------------------------


@door.get(f"{THREAD}/pdf", may=Action.MESSAGE_THREAD_READ, at_most=COPYING)
def print_thread(uow: UnitOfWork, person_id: UUID, thread_id: UUID) -> ResponseReturnValue:
    """The whole conversation as a tagged PDF."""
    talk = reading.conversation(uow, person_id, thread_id, most=reading.ALL)
    paper: dict[str, Any] = paper_of(talk, uow.actor.account_id, uow.settings.clinic_name, language(), uow.now)
    response = Response(pdf.render("thread", paper), mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="messages-{uow.now.date().isoformat()}.pdf"'
    return response
