"""Doors of what stands beside an answer: offers, side questions, tasks, quick texts, another notice."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Response, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from portal.infra.dates import date_in
from portal.infra.errors import Conflict, Invalid, NotFound
from portal.messaging import colleagues, due, holding, offers, quick_texts, tasks, unopened
from portal.messaging.desk_forms import ColleagueAnswerForm, ColleagueForm, CommentForm, DeclineForm, TaskForm
from portal.messaging.desk_pages import TakenPage
from portal.messaging.desk_tools import ListTasksPage, NewTaskPage, ShowOfferPage
from portal.messaging.forms import ReplyForm
from portal.messaging.routes_staff import patient_of, taken, thread_page
from portal.messaging.service import Reply
from portal.models import Thread
from portal.policy.actions import Action
from portal.results import service as results
from portal.web import filters
from portal.web.door import Door
from portal.web.forms import blame
from portal.web.responses import respond, see_other
from portal.work.limits import SENDING
from portal.work.unit_of_work import UnitOfWork

door = Door("messaging", prefix="/desk")


# Offers ---------------------------------------------------------------------------------------------------------------


@door.get("/inbox/<uuid:thread_id>/offer", may=Action.DESK_OFFER_READ)
def show_offer(uow: UnitOfWork, thread_id: UUID) -> ResponseReturnValue:
    page = ShowOfferPage.of(offers.opened(uow, thread_id), DeclineForm(formdata=None))
    return respond(page, "messaging/show_offer.html")


@door.post("/inbox/<uuid:thread_id>/offer/accept", may=Action.DESK_OFFER_UPDATE)
def accept_offer(uow: UnitOfWork, thread_id: UUID) -> ResponseReturnValue:
    take = request.form.get("then") == "take"
    try:
        offers.accept(uow, thread_id, take=take)
    except (Conflict, NotFound):
        return _offer_gone(uow, thread_id)
    flash(_("This conversation is yours now.") if take else _("This conversation is with your team now."), "success")
    return see_other("messaging.show_desk_thread", thread_id=thread_id)


@door.post("/inbox/<uuid:thread_id>/offer/decline", may=Action.DESK_OFFER_UPDATE)
def decline_offer(uow: UnitOfWork, thread_id: UUID) -> ResponseReturnValue:
    form = DeclineForm()
    try:
        if not form.validate_on_submit():
            page = ShowOfferPage.of(offers.opened(uow, thread_id), form)
            return respond(page, "messaging/show_offer.html", status=422)
        offers.decline(uow, thread_id, form.why_not.data or "")
    except (Conflict, NotFound):
        return _offer_gone(uow, thread_id)
    flash(_("You declined it. Whoever offered it reads why."), "success")
    return see_other("messaging.list_inbox")


def _offer_gone(uow: UnitOfWork, thread_id: UUID) -> Response:
    """A colleague was first, or it was taken back. Raises `NotFound` if it was never offered to us."""
    uow.undo()
    if not offers.was_ours(uow, thread_id):
        raise NotFound(action=Action.DESK_OFFER_UPDATE)
    return respond(TakenPage.of("", None), "messaging/taken.html", status=409)


@door.post("/inbox/<uuid:thread_id>/offer/withdraw", may=Action.MESSAGE_THREAD_PASS_ON)
def withdraw_offer(uow: UnitOfWork, thread_id: UUID) -> ResponseReturnValue:
    person_id = patient_of(uow, thread_id)
    try:
        offers.withdraw(uow, person_id, thread_id)
    except Conflict:
        return taken(uow, person_id, thread_id)
    flash(_("You took the offer back."), "success")
    return see_other("messaging.show_desk_thread", thread_id=thread_id)


# Side questions -------------------------------------------------------------------------------------------------------


@door.post("/inbox/<uuid:thread_id>/ask", may=Action.MESSAGE_NOTE_CREATE, at_most=SENDING)
def ask_colleague(uow: UnitOfWork, thread_id: UUID) -> ResponseReturnValue:
    person_id, form = patient_of(uow, thread_id), ColleagueForm()
    uow.require(Action.MESSAGE_NOTE_CREATE, patient=person_id, model=Thread, row_id=thread_id)
    if not form.validate_on_submit():
        return thread_page(uow, thread_id, status=422, asking=form)
    asked = Reply(person_id, thread_id, form.side_question.data or "", form.once.value)
    try:
        colleagues.ask(uow, asked, UUID(form.colleague.data))
    except (Invalid, ValueError):
        blame(form.colleague, _("Choose somebody from this list."))
        return thread_page(uow, thread_id, status=422, asking=form)
    flash(_("Your colleague was asked. The patient can’t see it."), "success")
    return see_other("messaging.show_desk_thread", thread_id=thread_id)


@door.post("/inbox/<uuid:thread_id>/ask/<uuid:question_id>", may=Action.DESK_QUESTION_ANSWER)
def answer_colleague(uow: UnitOfWork, thread_id: UUID, question_id: UUID) -> ResponseReturnValue:
    person_id, form = patient_of(uow, thread_id), ColleagueAnswerForm()
    if not form.validate_on_submit():
        return thread_page(uow, thread_id, status=422, answering=form)
    said = Reply(person_id, thread_id, form.side_answer.data or "", form.once.value)
    try:
        colleagues.answer(uow, said, question_id)
    except Conflict:
        return taken(uow, person_id, thread_id)
    flash(_("Your colleague has your answer. The patient can’t see it."), "success")
    return see_other("messaging.show_desk_thread", thread_id=thread_id)


# What a message turns into --------------------------------------------------------------------------------------------


def _kind() -> str:
    wanted = request.args.get("kind", "todo")
    return wanted if wanted in tasks.KINDS else "todo"


@door.get("/inbox/<uuid:thread_id>/tasks/new", may=Action.MESSAGE_THREAD_READ)
def new_task(uow: UnitOfWork, thread_id: UUID) -> ResponseReturnValue:
    kind, tomorrow = _kind(), due.calendar(uow).add_days(date_in(uow.now, uow.settings.zone), 1)
    given: dict[str, Any] = {"due_on": tomorrow}
    if kind == "appointment":
        given["who"] = f"pool:{tasks.SCHEDULING}"
    if kind == "call":
        given["what"] = _("Call about the answer; it was not opened.")
    return _task_page(uow, thread_id, TaskForm(formdata=None, data=given))


def _task_page(uow: UnitOfWork, thread_id: UUID, form: TaskForm, status: int = 200) -> Response:
    thread = holding.desk_thread(uow, thread_id)
    subject = uow.unseal(thread.patient_id, "thread.subject", thread.id, thread.subject)
    today = date_in(uow.now, uow.settings.zone)
    page = NewTaskPage.of(thread_id, _kind(), subject, form, tasks.choices(uow, thread), today)
    return respond(page, "messaging/new_task.html", status=status)


@door.post("/inbox/<uuid:thread_id>/tasks", may=Action.DESK_TASK_CREATE)
def create_task(uow: UnitOfWork, thread_id: UUID) -> ResponseReturnValue:
    person_id, form = patient_of(uow, thread_id), TaskForm()
    uow.require(Action.DESK_TASK_CREATE, patient=person_id, model=Thread, row_id=thread_id)
    if not form.validate_on_submit() or form.due_on.data is None:
        return _task_page(uow, thread_id, form, status=422)
    if form.due_on.data < date_in(uow.now, uow.settings.zone) - timedelta(days=1):
        blame(form.due_on, _("Choose a day that is not over."))
        return _task_page(uow, thread_id, form, status=422)
    words, who = form.what.data or "", form.who.data
    new = tasks.New(person_id, thread_id, _kind(), words, who, form.due_on.data, form.once.value)
    try:
        tasks.make(uow, new)
    except Invalid:
        blame(form.who, _("Choose somebody from this list."))
        return _task_page(uow, thread_id, form, status=422)
    flash(_("The task was made."), "success")
    return see_other("messaging.show_desk_thread", thread_id=thread_id)


@door.get("/tasks", may=Action.DESK_TASK_READ)
def list_tasks(uow: UnitOfWork) -> ResponseReturnValue:
    if not uow.actor.is_staff:
        uow.refuse(Action.DESK_TASK_READ)
        raise NotFound()
    view = "done" if request.args.get("view") == "done" else "open"
    lines, more = tasks.mine(uow, view, tasks.cursor(request.args.get("after")))
    return respond(ListTasksPage.of(lines, more, view), "messaging/list_tasks.html")


@door.post("/tasks/<uuid:task_id>/done", may=Action.DESK_TASK_UPDATE)
def finish_task(uow: UnitOfWork, task_id: UUID) -> ResponseReturnValue:
    tasks.finish(uow, task_id)
    flash(_("The task is done."), "success")
    return see_other("messaging.list_tasks")


@door.post("/tasks/<uuid:task_id>/reopen", may=Action.DESK_TASK_UPDATE)
def reopen_task(uow: UnitOfWork, task_id: UUID) -> ResponseReturnValue:
    tasks.reopen(uow, task_id)
    flash(_("The task is open again."), "success")
    return see_other("messaging.list_tasks")


@door.post("/inbox/<uuid:thread_id>/comment", may=Action.RESULT_COMMENT_CREATE)
def comment_on_result(uow: UnitOfWork, thread_id: UUID) -> ResponseReturnValue:
    thread, form = holding.desk_thread(uow, thread_id), CommentForm()
    uow.require(Action.RESULT_COMMENT_CREATE, patient=thread.patient_id)
    if thread.about_kind != "result" or thread.about_id is None:
        raise NotFound()
    if not form.validate_on_submit():
        return thread_page(uow, thread_id, status=422, commenting=form)
    with suppress(Conflict):  # sent twice: it is there already
        results.comment_on(uow, thread.patient_id, thread.about_id, form.comment.data or "", form.once.value)
    flash(_("Your comment stands with the result. The patient can read it there."), "success")
    return see_other("messaging.show_desk_thread", thread_id=thread_id)


# Words and notices ----------------------------------------------------------------------------------------------------


@door.post("/inbox/<uuid:thread_id>/fill", may=Action.MESSAGE_THREAD_REPLY)
def fill_reply(uow: UnitOfWork, thread_id: UUID) -> ResponseReturnValue:
    """Put a quick text into the answer that is being written. Nothing is sent."""
    thread, form = holding.desk_thread(uow, thread_id), ReplyForm()
    uow.require(Action.MESSAGE_THREAD_REPLY, patient=thread.patient_id, model=Thread, row_id=thread_id)
    with suppress(NotFound, ValueError):
        chosen = UUID(request.form.get("quick_text", ""))
        words = quick_texts.for_thread(uow, thread, chosen, _due_day(thread))
        form.reply.data = "\n\n".join(part for part in (form.reply.data, words) if part)
    return thread_page(uow, thread_id, form)


def _due_day(thread: Thread) -> dict[str, str]:
    """When the answer is due, in each language."""
    found = {}
    for code in ("en", "es"):
        with force_locale(code):
            found[code] = filters.short_day(filters.local(thread.due_at)) if thread.due_at else ""
    return found


@door.post("/inbox/<uuid:thread_id>/tell-again", may=Action.MESSAGE_NOTE_CREATE, at_most=SENDING)
def tell_again(uow: UnitOfWork, thread_id: UUID) -> ResponseReturnValue:
    try:
        unopened.tell_again(uow, patient_of(uow, thread_id), thread_id)
    except Invalid:
        flash(_("It was opened meanwhile, or there is no way to tell them from here."), "warning")
        return see_other("messaging.show_desk_thread", thread_id=thread_id)
    flash(
        _("They are told again that something waits for them. The notice says nothing of what it is about."), "success"
    )
    return see_other("messaging.show_desk_thread", thread_id=thread_id)
