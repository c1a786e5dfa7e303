"""Doors of the binder itself: looking, confirming, choosing, own words and papers."""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

from flask import Response, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.binder import contents, keeping
from portal.binder.contents import Facts
from portal.binder.forms import NoteForm, PaperForm
from portal.binder.keeping import NewNote
from portal.binder.outline import SECTIONS
from portal.binder.pages import ShowBinderPage, ShowSectionPage
from portal.binder.sections import Binder, Section, bind
from portal.infra.errors import Conflict, NotFound
from portal.infra.ids import new_id
from portal.medicines import proposing
from portal.messaging.file_pages import problem_words
from portal.messaging.files import Upload
from portal.policy.actions import Action
from portal.web import filters, uploads
from portal.web.door import Door
from portal.web.responses import respond, see_other
from portal.work.unit_of_work import UnitOfWork

door = Door("binder", prefix="/people/<uuid:person_id>/binder")
SECTION = f"/sections/<any({', '.join(SECTIONS)}):section>"


def whole(uow: UnitOfWork, person_id: UUID, sections: tuple[str, ...] = SECTIONS) -> tuple[Facts, Binder]:
    """All that the reader may see, left out sections among them; for pages of the binder itself."""
    facts = contents.read(uow, person_id, contents.reach_of(uow, person_id, sections))
    return facts, bind(facts, filters.today(), is_own=uow.actor.person_id == person_id)


def one_section(uow: UnitOfWork, person_id: UUID, key: str) -> tuple[Facts, Section]:
    """A section with the number it has in the whole. Raises `NotFound` where the reader may not see it."""
    facts, binder = whole(uow, person_id, (key,))
    found = binder.section(key)
    if found is None:
        raise NotFound(action=Action.BINDER_READ)
    return facts, found


@door.get("", may=Action.BINDER_READ)
def show_binder(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(Action.BINDER_READ, patient=person_id)
    facts, binder = whole(uow, person_id)
    is_own = uow.actor.person_id == person_id
    keeps = Action.BINDER_UPDATE in facts.held
    may = {
        "keep": keeps,
        "export": Action.BINDER_EXPORT_READ in facts.held,
        "share": Action.BINDER_SHARE_READ in facts.held,
        "visit": {Action.BINDER_PACKET_UPDATE, Action.APPOINTMENT_READ} <= facts.held,
        "card": Action.BINDER_CARD_READ in facts.held,
    }
    if uow.actor.is_staff:
        may["visit"] = True
    page = ShowBinderPage.of(binder, is_staff=uow.actor.is_staff, is_own=is_own, may=may)
    return respond(page, "binder/show_binder.html")


@door.get(SECTION, may=Action.BINDER_READ)
def show_section(uow: UnitOfWork, person_id: UUID, section: str) -> ResponseReturnValue:
    return _section_page(uow, person_id, section, NoteForm(formdata=None))


def _section_page(uow: UnitOfWork, person_id: UUID, key: str, form: NoteForm, status: int = 200) -> Response:
    uow.require(Action.BINDER_READ, patient=person_id)
    facts, section = one_section(uow, person_id, key)
    page = ShowSectionPage.of(
        person_id,
        section,
        {note.id: note for note in facts.of("notes")},
        {paper.id: paper for paper in facts.of("papers")},
        form,
        may_keep=Action.BINDER_UPDATE in facts.held,
        is_own=uow.actor.person_id == person_id,
    )
    return respond(page, "binder/show_section.html", status=status)


def _back(person_id: UUID, section: str) -> ResponseReturnValue:
    if request.args.get("then") == "binder":
        return see_other("binder.show_binder", person_id=person_id)
    return see_other("binder.show_section", person_id=person_id, section=section)


@door.post(SECTION + "/confirm", may=Action.BINDER_UPDATE)
def confirm_section(uow: UnitOfWork, person_id: UUID, section: str) -> ResponseReturnValue:
    uow.require(Action.BINDER_UPDATE, patient=person_id)
    _facts, found = one_section(uow, person_id, section)
    keeping.confirm(uow, person_id, section, found.fingerprint)
    if section == "medicines" and uow.may(Action.MEDICINE_LIST_CONFIRM, patient=person_id):
        proposing.confirm(uow, person_id, new_id())  # the list itself says so, too
    flash(_("Confirmed: %(section)s", section=found.title), "success")
    return _back(person_id, section)


@door.post(SECTION + "/none", may=Action.BINDER_UPDATE)
def say_none(uow: UnitOfWork, person_id: UUID, section: str) -> ResponseReturnValue:
    uow.require(Action.BINDER_UPDATE, patient=person_id)
    _facts, found = one_section(uow, person_id, section)
    try:
        keeping.say_none(uow, person_id, section, is_empty=not found.lines)
    except Conflict:
        flash(_("There is something in this section now. Look at it first."), "warning")
        return see_other("binder.show_section", person_id=person_id, section=section)
    flash(_("Noted: there is nothing to say under “%(section)s”.", section=found.title), "success")
    return _back(person_id, section)


@door.post(SECTION + "/choose", may=Action.BINDER_UPDATE)
def choose_section(uow: UnitOfWork, person_id: UUID, section: str) -> ResponseReturnValue:
    uow.require(Action.BINDER_UPDATE, patient=person_id)
    is_included = request.form.get("take") == "yes"
    keeping.choose(uow, person_id, section, is_included=is_included)
    flash(_("This section goes along.") if is_included else _("This section stays at home."), "success")
    return _back(person_id, section)


@door.post(SECTION + "/notes", may=Action.BINDER_NOTE_UPDATE)
def create_note(uow: UnitOfWork, person_id: UUID, section: str) -> ResponseReturnValue:
    uow.require(Action.BINDER_NOTE_UPDATE, patient=person_id)
    form = NoteForm()
    if not form.validate_on_submit():
        return _section_page(uow, person_id, section, form, 422)
    keeping.add_note(uow, form.to_command(person_id, section))
    flash(_("Your binder has it now."), "success")
    return see_other("binder.show_section", person_id=person_id, section=section)


@door.post(SECTION + "/lines/<uuid:line_id>/ask", may=Action.BINDER_NOTE_UPDATE)
def ask_about(uow: UnitOfWork, person_id: UUID, section: str, line_id: UUID) -> ResponseReturnValue:
    """What the clinic does not know yet becomes a question for the next visit (PHR-3)."""
    uow.require(Action.BINDER_NOTE_UPDATE, patient=person_id)
    _facts, found = one_section(uow, person_id, section)
    line = next((one for one in found.to_discuss if one.id == line_id), None)
    if line is None:
        raise NotFound(action=Action.BINDER_NOTE_UPDATE)
    words = _("Please look at this with me: %(what)s", what=line.title)
    keeping.add_note(uow, NewNote(person_id, "questions", words, new_id()))
    flash(_("It is on your list of questions for the next visit."), "success")
    return see_other("binder.show_section", person_id=person_id, section="questions")


@door.post("/notes/<uuid:note_id>/remove", may=Action.BINDER_NOTE_UPDATE)
def remove_note(uow: UnitOfWork, person_id: UUID, note_id: UUID) -> ResponseReturnValue:
    section = keeping.remove_note(uow, person_id, note_id)
    flash(_("It is no longer in your binder."), "success")
    return see_other("binder.show_section", person_id=person_id, section=section)


@door.post("/notes/<uuid:note_id>/asked", may=Action.BINDER_NOTE_UPDATE)
def finish_question(uow: UnitOfWork, person_id: UUID, note_id: UUID) -> ResponseReturnValue:
    keeping.finish_question(uow, person_id, note_id)
    return see_other("binder.show_section", person_id=person_id, section="questions")


@door.post("/notes/<uuid:note_id>/keep", may=Action.BINDER_NOTE_UPDATE)
def accept_note(uow: UnitOfWork, person_id: UUID, note_id: UUID) -> ResponseReturnValue:
    section = keeping.accept_note(uow, person_id, note_id)
    return see_other("binder.show_section", person_id=person_id, section=section)


# Papers --------------------------------------------------------------------------------------------------------------


@door.post("/papers", may=Action.BINDER_NOTE_UPDATE, upload=True)
def create_papers(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(Action.BINDER_NOTE_UPDATE, patient=person_id)
    found = [Upload(name, content) for name, content in uploads.files("files")]
    if not found:
        flash(_("Choose a file first."), "warning")
        return see_other("binder.show_section", person_id=person_id, section="notes")
    bad = keeping.add_papers(uow, person_id, found, is_private=bool(PaperForm().is_private.data))
    for one in bad:
        flash(problem_words(one), "warning")
    if len(bad) < len(found):
        flash(_("Your binder has it now."), "success")
    return see_other("binder.show_section", person_id=person_id, section="notes")


@door.get("/papers/<uuid:paper_id>", may=Action.BINDER_NOTE_READ)
def show_paper(uow: UnitOfWork, person_id: UUID, paper_id: UUID) -> ResponseReturnValue:
    paper, content = keeping.open_paper(uow, person_id, paper_id)
    return attachment(content, paper.media_type, paper.name)


def attachment(content: bytes, media_type: str, name: str) -> Response:
    """A file to be saved: never run or shown by the browser as a page of ours."""
    response = Response(content, mimetype=media_type)
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
    response.headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@door.post("/papers/<uuid:paper_id>/remove", may=Action.BINDER_NOTE_UPDATE)
def remove_paper(uow: UnitOfWork, person_id: UUID, paper_id: UUID) -> ResponseReturnValue:
    keeping.remove_paper(uow, person_id, paper_id)
    flash(_("It is no longer in your binder."), "success")
    return see_other("binder.show_section", person_id=person_id, section="notes")


@door.post("/papers/<uuid:paper_id>/keep", may=Action.BINDER_NOTE_UPDATE)
def accept_paper(uow: UnitOfWork, person_id: UUID, paper_id: UUID) -> ResponseReturnValue:
    keeping.accept_paper(uow, person_id, paper_id)
    return see_other("binder.show_section", person_id=person_id, section="notes")
