"""Doors of the liaison's desk: one page for all questions, one for each, and what can be done with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Response, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.caregivers import handing_over
from portal.infra.errors import Conflict, Invalid, NotFound
from portal.messaging import (
    attachments,
    circle,
    circle_reading,
    confirming,
    drafts,
    file_doors,
    following,
    reading,
    service,
)
from portal.messaging.asking_pages import ConfirmQuestionPage
from portal.messaging.circle_forms import ActForm, ForwardForm, GiveBackForm, HoldForm, TogetherForm
from portal.messaging.circle_pages import KeptPage, ListQuestionsPage, NewForwardPage, ShowQuestionPage, asker_words
from portal.messaging.deciding import Plan
from portal.messaging.forms import ReplyForm
from portal.messaging.reading import Cursor
from portal.models import Thread
from portal.policy.actions import Action
from portal.web.door import Door
from portal.web.forms import blame
from portal.web.responses import respond, see_other
from portal.work.limits import SENDING
from portal.work.unit_of_work import UnitOfWork

door = Door("messaging")
ONE = "/people/<uuid:person_id>/questions/<uuid:thread_id>"


@door.get("/questions", may=Action.MESSAGE_THREAD_READ)
def list_all_questions(uow: UnitOfWork) -> ResponseReturnValue:
    if not circle_reading.serves(uow):
        uow.refuse(Action.MESSAGE_THREAD_READ)
        raise NotFound()
    after = Cursor.parse(request.args.get("after"))
    waiting, more = circle_reading.waiting(uow, None, after)
    done = [] if after else circle_reading.done(uow, None)
    page = ListQuestionsPage.of(None, waiting, more, done, is_first=after is None)
    return respond(page, "messaging/list_all_questions.html")


@door.get("/people/<uuid:person_id>/questions", may=Action.MESSAGE_THREAD_READ)
def list_questions(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(Action.PEOPLE_PERSON_READ, patient=person_id)
    held: Any = reading.own_relationship(uow, person_id)
    if held is None:
        raise NotFound()
    after = Cursor.parse(request.args.get("after"))
    waiting, more = circle_reading.waiting(uow, person_id, after)
    done = [] if after else circle_reading.done(uow, person_id)
    uow.seen(Action.MESSAGE_THREAD_READ, person_id)
    new = handing_over.lately(uow, person_id)
    page = ListQuestionsPage.of(person_id, waiting, more, done, is_first=after is None, new=new)
    return respond(page, "messaging/list_questions.html")


@door.get(ONE, may=Action.MESSAGE_THREAD_READ)
def show_question(uow: UnitOfWork, person_id: UUID, thread_id: UUID) -> ResponseReturnValue:
    return _question_page(uow, person_id, thread_id)


def _question_page(
    uow: UnitOfWork,
    person_id: UUID,
    thread_id: UUID,
    status: int = 200,
    form: ReplyForm | None = None,
    **failed: Any,
) -> Response:
    uow.load(Action.MESSAGE_THREAD_READ, Thread, thread_id, within=person_id)
    uow.require(Action.MESSAGE_QUESTION_UPDATE, patient=person_id, model=Thread, row_id=thread_id)
    talk = reading.conversation(uow, person_id, thread_id, Cursor.parse(request.args.get("before")))
    answer = circle_reading.answer_to(uow, talk.thread) if talk.thread.state in following.OPEN else None
    saved = drafts.of_place(uow, person_id, f"thread:{thread_id}") if form is None else None
    if form is None:
        begun: dict[str, Any] | None = {"reply": saved.text, "once": str(saved.once)} if saved else None
        form = ReplyForm(formdata=None, data=begun or ({"reply": answer.text} if answer else None))
    page = ShowQuestionPage.of(
        talk,
        uow.actor.account_id,
        form,
        files=attachments.of_draft(uow, person_id, drafts.once_of(form.once.data)),
        answer=answer,
        alike=circle_reading.alike_waiting(uow, talk.thread),
        also=[other.author for other in _together(uow, talk.thread)],
        saved_at=saved.updated_at if saved else None,
        **failed,
    )
    return respond(page, "messaging/show_question.html", status=status)


def _together(uow: UnitOfWork, thread: Thread) -> list[circle_reading.Alike]:
    """Whose questions the answer to this one goes to, too."""
    followers = {one.id for one in following.followers(uow, thread)}
    return [one for one in circle_reading.alike_led(uow, thread) if one.id in followers]


@door.post(f"{ONE}/answers", may=Action.MESSAGE_THREAD_REPLY, upload=True, at_most=SENDING)
def create_answer(uow: UnitOfWork, person_id: UUID, thread_id: UUID) -> ResponseReturnValue:
    for action in (Action.MESSAGE_THREAD_REPLY, Action.MESSAGE_QUESTION_UPDATE):
        uow.require(action, patient=person_id, model=Thread, row_id=thread_id)
    form = ReplyForm()
    if not form.validate_on_submit():
        return _question_page(uow, person_id, thread_id, 422, form)
    if not file_doors.take(uow, person_id, form.once.value):
        fields = {"reply": form.reply.data or "", "thread": str(thread_id)}
        drafts.save(uow, person_id, fields, form.once.value, has_files=True)
        return see_other("messaging.show_question", person_id=person_id, thread_id=thread_id, _anchor="write")
    try:
        outcome = service.reply(uow, form.to_command(person_id, thread_id), seen="emergency")
    except Conflict as conflict:
        if conflict.code != "closed":
            raise
        return _question_page(uow, person_id, thread_id, 409, form)
    flash(_("Your answer was sent."), "success")
    if outcome.thread_id is None:
        raise NotFound()
    return see_other("messaging.list_questions", person_id=person_id)


# Passing on ---------------------------------------------------------------------------------------------------------


@door.get(f"{ONE}/pass-on", may=Action.MESSAGE_THREAD_READ)
def new_forward(uow: UnitOfWork, person_id: UUID, thread_id: UUID) -> ResponseReturnValue:
    saved = drafts.of_place(uow, person_id, f"pass:{thread_id}")
    form = ForwardForm(formdata=None, data={**saved.fields, "once": str(saved.once)} if saved else None)
    return _forward_page(uow, person_id, thread_id, form, saved=saved)


def _forward_page(
    uow: UnitOfWork,
    person_id: UUID,
    thread_id: UUID,
    form: ForwardForm,
    status: int = 200,
    saved: drafts.Saved | None = None,
) -> Response:
    thread = circle.waiting(uow, person_id, thread_id)
    quote = circle.asked_words(uow, thread)
    name, relation = circle_reading.asker_of(uow, thread)
    who = asker_words(name, thread.author_role, relation)
    page = NewForwardPage.of(thread, quote, who, form, saved.updated_at if saved else None)
    return respond(page, "messaging/new_forward.html", status=status)


@door.post(f"{ONE}/pass-on", may=Action.MESSAGE_QUESTION_UPDATE)
def confirm_forward(uow: UnitOfWork, person_id: UUID, thread_id: UUID) -> ResponseReturnValue:
    circle.waiting(uow, person_id, thread_id)
    form = ForwardForm()
    if not form.validate_on_submit():
        return _forward_page(uow, person_id, thread_id, form, status=422)
    drafts.save(uow, person_id, form.to_saved(thread_id), form.once.value)
    return _confirm_page(uow, circle.plan_forward(uow, form.to_forward(person_id, thread_id)), form, thread_id)


def _confirm_page(
    uow: UnitOfWork, made: Plan, form: ForwardForm, thread_id: UUID, *, has_changed: bool = False
) -> Response:
    form.seen.data = made.mark
    person_id = made.ask.person_id
    here: dict[str, Any] = {"person_id": person_id, "thread_id": thread_id}
    page = ConfirmQuestionPage.of(confirming.confirmation(uow, made), form, False, has_changed=has_changed)
    page = replace(
        page,
        children=[],
        source=str(thread_id),
        alike=[
            (one.subject, url_for("messaging.show_thread", person_id=person_id, thread_id=one.id))
            for one in circle_reading.alike_asked(uow, person_id, made.decision.topic)
        ],
        confirm_href=url_for("messaging.confirm_forward", **here),
        send_href=url_for("messaging.create_forward", **here),
        back_href=url_for("messaging.new_forward", **here),
        room="questions",
    )
    return respond(page, "messaging/confirm_question.html")


@door.post(f"{ONE}/passed-on", may=Action.MESSAGE_QUESTION_UPDATE, at_most=SENDING)
def create_forward(uow: UnitOfWork, person_id: UUID, thread_id: UUID) -> ResponseReturnValue:
    form = ForwardForm()
    if not form.validate_on_submit():
        return _forward_page(uow, person_id, thread_id, form, status=422)
    try:
        outcome = circle.pass_on(uow, form.to_forward(person_id, thread_id), seen=form.seen.data)
    except Conflict as conflict:
        if conflict.code != "passed-on":
            raise
        flash(_("This question was passed on before."), "info")
        return see_other("messaging.list_questions", person_id=person_id)
    if outcome.thread_id is None:
        assert outcome.plan is not None
        return _confirm_page(uow, outcome.plan, form, thread_id, has_changed=bool(form.seen.data))
    flash(_("The question was passed on. The answer comes back to you."), "success")
    return see_other("messaging.list_questions", person_id=person_id)


# Holding, giving back, putting together -----------------------------------------------------------------------------


@door.post(f"{ONE}/hold", may=Action.MESSAGE_QUESTION_UPDATE)
def hold_question(uow: UnitOfWork, person_id: UUID, thread_id: UUID) -> ResponseReturnValue:
    circle.waiting(uow, person_id, thread_id)
    form = HoldForm()
    if not form.validate_on_submit() or form.until.data is None:
        return _question_page(uow, person_id, thread_id, 422, hold=form)
    try:
        circle.hold(uow, person_id, thread_id, form.until.data, form.note.data or "", form.once.value)
    except Invalid:
        blame(form.until, _("Choose a day from tomorrow on, at most 30 days away."))
        return _question_page(uow, person_id, thread_id, 422, hold=form)
    flash(_("The question is on hold. Whoever asked sees until when."), "success")
    return see_other("messaging.list_questions", person_id=person_id)


@door.post(f"{ONE}/give-back", may=Action.MESSAGE_QUESTION_UPDATE)
def give_back_question(uow: UnitOfWork, person_id: UUID, thread_id: UUID) -> ResponseReturnValue:
    circle.waiting(uow, person_id, thread_id)
    form = GiveBackForm()
    if not form.validate_on_submit():
        return _question_page(uow, person_id, thread_id, 422, give_back=form)
    circle.give_back(uow, person_id, thread_id, form.why.data or "", form.once.value)
    flash(_("The question went back, with your reason."), "success")
    return see_other("messaging.list_questions", person_id=person_id)


@door.post(f"{ONE}/put-together", may=Action.MESSAGE_QUESTION_UPDATE)
def put_questions_together(uow: UnitOfWork, person_id: UUID, thread_id: UUID) -> ResponseReturnValue:
    circle.waiting(uow, person_id, thread_id)
    form = TogetherForm()
    if not form.validate_on_submit() or form.lead_id is None:
        return _question_page(uow, person_id, thread_id, 422, together=form)
    lead = circle.put_together(uow, person_id, thread_id, form.lead_id)
    flash(_("The two questions are put together. Your answer goes to both."), "success")
    return see_other("messaging.show_question", person_id=person_id, thread_id=lead.id)


@door.post(f"{ONE}/give-to-patient", may=Action.MESSAGE_QUESTION_UPDATE, at_most=SENDING)
def give_to_patient(uow: UnitOfWork, person_id: UUID, thread_id: UUID) -> ResponseReturnValue:
    form = ActForm()
    if not form.validate_on_submit():
        return _question_page(uow, person_id, thread_id, 422)
    circle.give_to_patient(uow, person_id, thread_id)
    flash(_("It is with the patient now."), "success")
    return see_other("messaging.list_questions", person_id=person_id)


@door.post(f"{ONE}/read", may=Action.MESSAGE_QUESTION_UPDATE)
def note_question_read(uow: UnitOfWork, person_id: UUID, thread_id: UUID) -> ResponseReturnValue:
    form = ActForm()
    if not form.validate_on_submit():
        return _question_page(uow, person_id, thread_id, 422)
    circle.note_read(uow, person_id, thread_id)
    flash(_("Thank you. Nothing is left to do."), "success")
    return see_other("messaging.list_questions", person_id=person_id)


@door.get("/kept-drafts", may=Action.MESSAGE_DRAFT_READ)
def list_kept_drafts(uow: UnitOfWork) -> ResponseReturnValue:
    """What the reader wrote for people they may not act for any more: their own words stay theirs."""
    return respond(KeptPage.of(drafts.kept(uow)), "messaging/list_kept_drafts.html")
