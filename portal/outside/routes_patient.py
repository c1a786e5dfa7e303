"""Doors of papers from elsewhere for the person, who helps them, and those who treat: bring, look, take back."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote
from uuid import UUID

from flask import Response, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.infra.errors import Conflict
from portal.interop.papers import Unreadable
from portal.models import OutsidePaper
from portal.outside import keeping, kinds, reading, words
from portal.outside.forms import PaperForm
from portal.outside.keeping import Brought, Known, NoRoom, SomebodyElse
from portal.outside.pages import ListEntriesPage, ListPapersPage, ShowPaperPage
from portal.policy.actions import Action
from portal.records.parts import BY_KEY
from portal.web import uploads
from portal.web.door import Door, current_actor, services
from portal.web.forms import blame
from portal.web.responses import respond, see_other
from portal.work import limits
from portal.work.limits import Window
from portal.work.unit_of_work import UnitOfWork

door = Door("outside", prefix="/people/<uuid:person_id>/outside")
READ, LINE_READ = Action.OUTSIDE_PAPER_READ, Action.OUTSIDE_LINE_READ
BRINGING = Window("bringing-papers", 30, timedelta(minutes=10))
_PARTS = ", ".join(f'"{key}"' for key in BY_KEY)
PART = f"<any({_PARTS}):part>"


@door.get("", may=READ)
def list_papers(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(READ, patient=person_id)
    return _list(uow, person_id, PaperForm(formdata=None))


def _list(uow: UnitOfWork, person_id: UUID, form: PaperForm, status: int = 200) -> Response:
    may_bring = uow.may(Action.OUTSIDE_PAPER_CREATE, patient=person_id)
    uow.seen(READ, person_id)
    page = ListPapersPage.of(
        person_id,
        reading.papers(uow, person_id),
        reading.counts(uow, person_id),
        form=form if may_bring else None,
        account_id=uow.actor.account_id,
        is_staff=uow.actor.is_staff,
    )
    return respond(page, "outside/list_papers.html", status=status)


@door.post("/papers", may=Action.OUTSIDE_PAPER_CREATE, upload=True)
def create_paper(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    """What was brought is read before the transaction begins: reading takes time, and nobody should wait for it."""
    limits.take(services(), BRINGING, str(current_actor().account_id))
    found = uploads.files("file")
    read, refusal = None, None
    try:
        read = kinds.look(found[0][1]) if found else None
    except Unreadable as error:
        refusal = error
    uow.require(Action.OUTSIDE_PAPER_CREATE, patient=person_id)
    form = PaperForm()
    is_valid = form.validate_on_submit()
    if refusal is not None:
        blame(form.file, words.refusal_words(refusal.code, refusal.place))
    elif read is None:
        blame(form.file, _("Choose a document first."))
    if not is_valid or read is None:
        return _list(uow, person_id, form, 413 if refusal is not None and refusal.code == "too-large" else 422)
    status = 422
    try:
        paper_id = keeping.bring(uow, Brought(person_id, found[0][0], read, form.once.value))
    except Unreadable as error:
        blame(form.file, words.refusal_words(error.code))
    except Known as known:
        blame(form.file, words.known_words(known.code, known.at))
    except SomebodyElse as other:
        blame(form.file, words.mismatch_words(other.differs))
        status = 409
    except NoRoom as full:
        blame(form.file, words.room_words(full.code))
    else:
        flash(_("Your care team will look at it. Until then it is kept apart from your record."), "success")
        return see_other("outside.show_paper", person_id=person_id, paper_id=paper_id)
    uow.undo()
    return _list(uow, person_id, form, status)


@door.get("/papers/<uuid:paper_id>", may=READ)
def show_paper(uow: UnitOfWork, person_id: UUID, paper_id: UUID) -> ResponseReturnValue:
    paper = reading.paper(uow, person_id, paper_id)
    lines = [line for _number, line in reading.lines_of(uow, person_id, paper_id, most=500)]
    may_remove = paper.state in keeping.OPEN and not any(line.decided_at for line in lines)
    page = ShowPaperPage.of(
        paper,
        lines,
        account_id=uow.actor.account_id,
        is_staff=uow.actor.is_staff,
        may_remove=may_remove
        and uow.may(Action.OUTSIDE_PAPER_REMOVE, patient=person_id, model=OutsidePaper, row_id=paper_id),
        may_decide=paper.state in ("received", "matched") and uow.may(Action.OUTSIDE_PAPER_DECIDE, patient=person_id),
    )
    return respond(page, "outside/show_paper.html")


@door.get("/papers/<uuid:paper_id>/file", may=READ)
def show_file(uow: UnitOfWork, person_id: UUID, paper_id: UUID) -> ResponseReturnValue:
    name, media_type, content = reading.original(uow, person_id, paper_id)
    return _attachment(content, media_type, name)


def _attachment(content: bytes, media_type: str, name: str) -> Response:
    """A file to be saved: never run or shown by the browser as a page of ours."""
    response = Response(content, mimetype=media_type)
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
    response.headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@door.post("/papers/<uuid:paper_id>/remove", may=Action.OUTSIDE_PAPER_REMOVE)
def remove_paper(uow: UnitOfWork, person_id: UUID, paper_id: UUID) -> ResponseReturnValue:
    try:
        keeping.remove(uow, person_id, paper_id)
    except Conflict:
        uow.undo()
        flash(_("Your care team has begun to look at it. It can’t be taken back any more."), "warning")
        return see_other("outside.show_paper", person_id=person_id, paper_id=paper_id)
    flash(_("The document is taken back, and what was in it is gone."), "success")
    return see_other("outside.list_papers", person_id=person_id)


@door.get(f"/entries/{PART}", may=LINE_READ)
def list_entries(uow: UnitOfWork, person_id: UUID, part: str) -> ResponseReturnValue:
    uow.require(READ, patient=person_id)
    found, cursor = reading.entries(uow, person_id, part, reading.cursor_of(request.args.get("after")))
    page = ListEntriesPage.of(person_id, part, found, cursor, is_staff=uow.actor.is_staff)
    return respond(page, "outside/list_entries.html")
