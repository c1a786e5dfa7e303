"""Doors of conversations for patients and caregivers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.infra.errors import Conflict, NotFound, Unavailable
from portal.messaging import about, attachments, confirming, correcting, drafts, file_doors, filing, reading, service
from portal.messaging.about import Record
from portal.messaging.asking_pages import ConfirmQuestionPage, NewQuestionPage
from portal.messaging.deciding import Ask, Plan, plan, plan_one
from portal.messaging.forms import SAYABLE, DraftForm, QuestionForm, ReplyForm
from portal.messaging.pages import (
    MIND,
    ListDraftsPage,
    ListThreadsPage,
    ShowThreadPage,
)
from portal.messaging.reading import Cursor
from portal.models import Thread
from portal.policy.actions import Action
from portal.web.door import Door
from portal.web.responses import respond, see_other
from portal.work.limits import SENDING
from portal.work.unit_of_work import UnitOfWork

door = Door("messaging", prefix="/people/<uuid:person_id>")


@door.get("/messages", may=Action.MESSAGE_THREAD_READ)
def list_threads(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(Action.PEOPLE_PERSON_READ, patient=person_id)
    before = Cursor.parse(request.args.get("before"))
    shelves = filing.folders(uow, person_id) if "folder" in request.args else []
    place, folder = _place(shelves)
    lines, more = reading.lines(uow, person_id, before, place=place, folder=folder)
    page = ListThreadsPage.of(
        person_id,
        lines,
        more,
        drafts.count(uow, person_id),
        is_first=before is None,
        shelves=shelves,
        place=place,
        folder=folder,
    )
    return respond(page, "messaging/list_threads.html")


def _place(shelves: list[filing.Shelf]) -> tuple[str, UUID | None]:
    """Which part of the conversations is asked for. Raises `NotFound` for a folder that is not the reader's."""
    wanted = request.args.get("folder")
    if wanted is None:
        return ("archive" if request.args.get("place") == "archive" else "list"), None
    found = next((one.id for one in shelves if str(one.id) == wanted), None)
    if found is None:
        raise NotFound()
    return "folder", found


@door.get("/messages/<uuid:thread_id>", may=Action.MESSAGE_THREAD_READ)
def show_thread(uow: UnitOfWork, person_id: UUID, thread_id: UUID) -> ResponseReturnValue:
    return _thread_page(uow, person_id, thread_id)


def _thread_page(
    uow: UnitOfWork,
    person_id: UUID,
    thread_id: UUID,
    form: ReplyForm | None = None,
    status: int = 200,
    emergency: Plan | None = None,
) -> Response:
    talk = reading.conversation(uow, person_id, thread_id, Cursor.parse(request.args.get("before")))
    saved: drafts.Saved | None = None
    others: list[drafts.Saved] = []
    if form is None:
        saved, others = _reply_draft(uow, person_id, thread_id)
        form = ReplyForm(formdata=None, data={"reply": saved.text, "once": str(saved.once)} if saved else None)
    page = ShowThreadPage.of(
        talk,
        uow.actor.account_id,
        form,
        liaison=reading.liaison_line(uow, talk.thread),
        concern=emergency.decision.concern if emergency else None,
        is_emergency=emergency is not None,
        saved=saved,
        others=others,
        files=_files(uow, person_id, form) if saved or request.method == "POST" else (),
        was_opened=_receipt(uow, talk),
    )
    return respond(page, "messaging/show_thread.html", status=status)


def _receipt(uow: UnitOfWork, talk: reading.Conversation) -> bool | None:
    """Whether what the reader wrote last was opened; None where somebody else wrote last."""
    last = talk.said[-1] if talk.said else None
    if last is None or last.author_id != uow.actor.account_id or last.is_retracted or talk.thread.owner_is_patient:
        return None
    if talk.thread.destination == "none":
        return None
    return correcting.was_opened(uow, talk.thread, last.at, last.author_id, last.role)


def _reply_draft(uow: UnitOfWork, person_id: UUID, thread_id: UUID) -> tuple[drafts.Saved | None, list[drafts.Saved]]:
    """The draft to go on with in this conversation, and the others: `?draft=new` begins another one."""
    found = drafts.at_place(uow, person_id, f"thread:{thread_id}")
    wanted = request.args.get("draft")
    saved = next((one for one in found if wanted is None or str(one.id) == wanted), None)
    if saved is None and wanted not in (None, "new"):
        raise NotFound()
    return saved, [one for one in found if one is not saved]


def _files(uow: UnitOfWork, person_id: UUID, form: Any) -> list[attachments.Item]:
    """The files that wait with the form."""
    return attachments.of_draft(uow, person_id, drafts.once_of(form.once.data))


@door.get("/messages/<uuid:thread_id>/files/<uuid:attachment_id>", may=Action.MESSAGE_FILE_READ)
def open_file(uow: UnitOfWork, person_id: UUID, thread_id: UUID, attachment_id: UUID) -> ResponseReturnValue:
    return file_doors.give(uow, person_id, thread_id, attachment_id, request.args.get("part", "file"))


@door.post("/messages/<uuid:thread_id>/replies", may=Action.MESSAGE_THREAD_REPLY, upload=True, at_most=SENDING)
def create_reply(uow: UnitOfWork, person_id: UUID, thread_id: UUID) -> ResponseReturnValue:
    uow.require(Action.MESSAGE_THREAD_REPLY, patient=person_id, model=Thread, row_id=thread_id)
    form = ReplyForm()
    if not form.validate_on_submit():
        return _thread_page(uow, person_id, thread_id, form, status=422)
    if not file_doors.take(uow, person_id, form.once.value):
        fields = {"reply": form.reply.data or "", "thread": str(thread_id)}
        return _back_to(uow, person_id, drafts.save(uow, person_id, fields, form.once.value, has_files=True))
    try:
        outcome = service.reply(uow, form.to_command(person_id, thread_id), seen=form.seen.data)
    except Conflict as conflict:
        if conflict.code != "closed":
            raise
        return _thread_page(uow, person_id, thread_id, form, status=409)
    if outcome.thread_id is None:
        form.seen.data = "emergency"
        return _thread_page(uow, person_id, thread_id, form, emergency=outcome.plan)
    flash(_("Your message was sent."), "success")
    return see_other("messaging.show_thread", person_id=person_id, thread_id=thread_id)


@door.get("/messages/new", may=Action.PEOPLE_PERSON_READ)
def new_question(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    name = reading.given_name(uow, person_id)
    record = _asked_about(uow, person_id)
    saved = _draft_to_go_on(uow, person_id, record)
    form = QuestionForm(formdata=None)
    if saved is not None:
        form = QuestionForm(formdata=None, data={**saved.fields, "once": str(saved.once)})
        record = record or about.of_key(uow, person_id, saved.fields.get("about"))
    elif "thread" in request.args:
        form.question.data = _quoted(uow, person_id)
    form.about.data = record.key if record else ""
    if saved is None and request.args.get("topic") in SAYABLE:
        form.topic.data = request.args["topic"]
    return _question_page(uow, person_id, form, record, name, saved)


def _quoted(uow: UnitOfWork, person_id: UUID) -> str:
    """The question of somebody else (or an older one), quoted, to be asked of the care team. Raises `NotFound`."""
    try:
        words = reading.first_words(uow, person_id, UUID(request.args["thread"]))
    except ValueError as error:
        raise NotFound() from error
    return f"“{words}”\n\n"


def _question_page(
    uow: UnitOfWork,
    person_id: UUID,
    form: QuestionForm,
    record: Record | None,
    name: str,
    saved: drafts.Saved | None = None,
    status: int = 200,
) -> Response:
    for_name = None if uow.actor.person_id == person_id else name
    files = _files(uow, person_id, form)
    page = NewQuestionPage.of(person_id, form, record, saved, for_name, about.may_open(uow, person_id), files)
    return respond(page, "messaging/new_question.html", status=status)


def _asked_about(uow: UnitOfWork, person_id: UUID) -> Record | None:
    """The record named in the address: `?result=…`, `?medication=…`. Raises `NotFound`."""
    for kind in about.KINDS:
        if kind in request.args:
            try:
                return about.require(uow, person_id, kind, UUID(request.args[kind]))
            except ValueError as error:
                raise NotFound() from error
    return None


def _draft_to_go_on(uow: UnitOfWork, person_id: UUID, record: Record | None) -> drafts.Saved | None:
    """The draft asked for; else the one at this place; else, for a question of its own, the last one written."""
    wanted = request.args.get("draft")
    if wanted and wanted != "new":
        found = [one for one in drafts.of_person(uow, person_id) if str(one.id) == wanted]
        if not found:
            raise NotFound()
        return found[0]
    if "thread" in request.args or wanted == "new":
        return None
    if record is not None:
        return drafts.of_place(uow, person_id, f"about:{record.key}")
    return drafts.latest_question(uow, person_id)


@door.post("/messages/new", may=Action.MESSAGE_THREAD_CREATE, upload=True)
def confirm_question(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(Action.MESSAGE_THREAD_CREATE, patient=person_id)
    form = QuestionForm()
    if not form.validate_on_submit():
        return _invalid(uow, person_id, form)
    ask = form.to_command(person_id)
    about.require(uow, person_id, ask.about_kind, ask.about_id)
    took_all = file_doors.take(uow, person_id, ask.once)
    draft_id = drafts.save(uow, person_id, form.to_draft(), ask.once, has_files=True)
    if not took_all:
        return _back_to(uow, person_id, draft_id)
    return _confirm_page(uow, plan(uow, ask), form)


def _invalid(uow: UnitOfWork, person_id: UUID, form: QuestionForm) -> Response:
    record = about.of_key(uow, person_id, form.about.data)
    return _question_page(uow, person_id, form, record, reading.given_name(uow, person_id), status=422)


def _confirm_page(uow: UnitOfWork, made: Plan, form: QuestionForm, *, has_changed: bool = False) -> Response:
    form.seen.data = made.mark
    shown = confirming.confirmation(uow, made)
    is_patient = uow.actor.person_id == made.ask.person_id
    page = ConfirmQuestionPage.of(
        shown, form, is_patient, files=_files(uow, made.ask.person_id, form), has_changed=has_changed
    )
    return respond(page, "messaging/confirm_question.html")


@door.post("/messages", may=Action.MESSAGE_THREAD_CREATE, at_most=SENDING)
def create_question(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(Action.MESSAGE_THREAD_CREATE, patient=person_id)
    form = QuestionForm()
    if not form.validate_on_submit():
        return _invalid(uow, person_id, form)
    ask = form.to_command(person_id)
    about.require(uow, person_id, ask.about_kind, ask.about_id)
    outcome = service.ask_question(uow, ask, seen=form.seen.data)
    if outcome.thread_id is None:
        assert outcome.plan is not None
        return _confirm_page(uow, outcome.plan, form, has_changed=bool(form.seen.data))
    flash(_("Your question was sent."), "success")
    return see_other("messaging.show_thread", person_id=person_id, thread_id=outcome.thread_id)


@door.get("/messages/drafts", may=Action.MESSAGE_DRAFT_READ)
def list_drafts(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(Action.PEOPLE_PERSON_READ, patient=person_id)
    return respond(ListDraftsPage.of(person_id, drafts.of_person(uow, person_id)), "messaging/list_drafts.html")


@door.post("/messages/drafts", may=Action.MESSAGE_DRAFT_UPDATE, upload=True)
def save_draft(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    form = DraftForm()
    is_background = request.headers.get("X-Requested-With") == "draft"
    if not form.validate_on_submit():
        return Response(status=422)
    once = form.once.value
    took_all = file_doors.take(uow, person_id, once)
    if "remove" in request.args:
        attachments.remove(uow, person_id, drafts.once_of(request.args["remove"]) or once)
    uow.flush()
    has_files = bool(attachments.of_draft(uow, person_id, once))
    draft_id = drafts.save(uow, person_id, form.to_command(), once, has_files=has_files)
    if is_background:
        return _while_writing(uow, person_id, form)
    if not took_all or "remove" in request.args or request.args.get("then") == "back":
        return _back_to(uow, person_id, draft_id, form.thread.data)
    card = _card(uow, person_id, form)
    if card:
        number = uow.settings.crisis_number if card == "crisis" else uow.settings.emergency_number
        flash(
            _("What you wrote sounds like an emergency. Call %(number)s now. Nobody sees a draft.", number=number),
            "warning",
        )
    flash(_("Your draft was saved."), "success")
    return see_other("messaging.list_drafts", person_id=person_id)


def _back_to(uow: UnitOfWork, person_id: UUID, draft_id: UUID | None, thread: str | None = None) -> ResponseReturnValue:
    """To the form again, with the draft in it."""
    uow.flush()
    saved = next((one for one in drafts.of_person(uow, person_id) if one.id == draft_id), None)
    thread_id = drafts.once_of(saved.fields.get("thread") if saved else thread)
    where: dict[str, Any] = {"_anchor": "write", **({"draft": draft_id} if draft_id else {})}
    if thread_id is None:
        return see_other("messaging.new_question", person_id=person_id, **where)
    if uow.actor.is_staff:
        return see_other("messaging.show_desk_thread", thread_id=thread_id, **where)
    if uow.may(Action.MESSAGE_QUESTION_UPDATE, patient=person_id, model=Thread, row_id=thread_id):
        return see_other("messaging.show_question", person_id=person_id, thread_id=thread_id, _anchor="write")
    return see_other("messaging.show_thread", person_id=person_id, thread_id=thread_id, **where)


def _while_writing(uow: UnitOfWork, person_id: UUID, form: DraftForm) -> Response:
    """Which card to show, when what is being written reads like an emergency or a crisis; else nothing."""
    card = _card(uow, person_id, form)
    return Response(card, mimetype="text/plain") if card else Response(status=204)


def _card(uow: UnitOfWork, person_id: UUID, form: DraftForm) -> str:
    """`emergency`, `crisis`, or nothing."""
    text = form.question.data or form.reply.data or ""
    if uow.actor.is_staff or not text or not uow.may(Action.MESSAGE_THREAD_CREATE, patient=person_id):
        return ""
    try:
        decision = plan_one(uow, Ask(person_id, text, form.once.value)).decision
    except Unavailable:  # nobody could answer, but a draft is kept in any case
        return ""
    if decision.urgency != "emergency":
        return ""
    return "crisis" if (decision.concern or "") in MIND else "emergency"


@door.post("/messages/drafts/<uuid:draft_id>/discard", may=Action.MESSAGE_DRAFT_UPDATE)
def discard_draft(uow: UnitOfWork, person_id: UUID, draft_id: UUID) -> ResponseReturnValue:
    drafts.discard(uow, person_id, draft_id)
    flash(_("Your draft was thrown away."), "success")
    return see_other("messaging.list_drafts", person_id=person_id)
