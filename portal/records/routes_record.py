"""Doors of the record: its parts, their lines, search, and saying that a list is right. Staff read the same pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError

from portal.infra.errors import NotFound
from portal.models import SourceResource
from portal.policy.actions import Action
from portal.records import lines, looking, originals, overview, vitals
from portal.records.lines import Slice, Wish
from portal.records.parts import BY_KEY, PAGES, Part
from portal.records.record_forms import SearchForm, WishForm
from portal.records.record_pages import ListLinesPage, ShowLinePage, ShowRecordPage
from portal.records.search_pages import SearchRecordPage
from portal.records.shown import Line
from portal.web.door import Door
from portal.web.responses import respond, see_other
from portal.work.limits import SEARCHING
from portal.work.unit_of_work import UnitOfWork

door = Door("records", prefix="/people/<uuid:person_id>/record")
_NAMES = ", ".join(f'"{part.key}"' for part in PAGES)  # quoted: a key may hold a hyphen
KEY = f"<any({_NAMES}):key>"
BROKEN = (SQLAlchemyError, ArithmeticError, LookupError, TypeError, ValueError)
MOST_NOTES = 50


@door.get("", may=Action.RECORD_READ)
def show_record(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(Action.RECORD_READ, patient=person_id)
    parts = overview.visible(uow, person_id)
    facts = overview.facts(uow, person_id, parts, looking.looks(uow, person_id))
    uow.seen(Action.RECORD_READ, person_id)
    page = ShowRecordPage.of(
        person_id,
        parts,
        facts,
        looking.checks(uow, person_id),
        is_staff=uow.actor.is_staff,
        may_export=uow.may(Action.RECORD_EXPORT_READ, patient=person_id),
        may_amend=uow.actor.is_staff or uow.may(Action.RECORD_AMENDMENT_CREATE, patient=person_id),
        sees_papers=uow.may(Action.OUTSIDE_PAPER_READ, patient=person_id),
        search_form=SearchForm(formdata=None),
    )
    return respond(page, "records/show_record.html")


@door.get(f"/{KEY}", may=Action.RECORD_READ)
def list_lines(uow: UnitOfWork, person_id: UUID, key: str) -> ResponseReturnValue:
    part = BY_KEY[key]
    uow.require(Action.RECORD_READ, patient=person_id)
    uow.require(part.action, patient=person_id)
    form = WishForm(request.args)
    is_fine = form.validate()
    wish = form.to_command(_row_id("before"), _row_id("after")) if is_fine else Wish()
    looks = looking.looks(uow, person_id)
    check = looking.checks(uow, person_id).get(key) if part.is_confirmed else None
    found, shown, pictures = _read(uow, part, person_id, wish)
    if found is not None:
        uow.seen(part.action, person_id)
        looking.remember(uow, person_id, key, looks.get(key))
    page = ListLinesPage.of(
        person_id,
        part,
        found,
        shown,
        form,
        wish,
        is_staff=uow.actor.is_staff,
        is_own=uow.actor.person_id == person_id,
        may=_may(uow, person_id),
        since=looking.marks_since(uow, looks.get(key)),
        check=check,
        vitals=pictures,
    )
    return respond(page, "records/list_lines.html", status=200 if is_fine else 422)


def _read(uow: UnitOfWork, part: Part, person_id: UUID, wish: Wish) -> tuple[Slice | None, list[Line], list[Any]]:
    """The page of lines (None: it could not be read), and for vital signs how each has changed."""
    try:
        with uow.session.begin_nested():
            found = lines.page(uow, part, person_id, wish)
            shown = [Line.of(part, row) for row in found.rows]
            is_first = wish.before is None and wish.after is None
            measured = vitals.newest_of_each(uow, person_id, wish) if part.key == "vitals" and is_first else []
        return found, shown, vitals.vitals_of(person_id, measured)
    except BROKEN:
        return None, [], []


def _may(uow: UnitOfWork, person_id: UUID) -> set[str]:
    asked = {
        "export": Action.RECORD_EXPORT_READ,
        "confirm": Action.RECORD_CHECK_CREATE,
        "amend": Action.RECORD_AMENDMENT_CREATE,
    }
    return {name for name, action in asked.items() if uow.may(action, patient=person_id)}


def _row_id(name: str) -> UUID | None:
    try:
        return UUID(request.args.get(name, ""))
    except ValueError:
        return None


@door.get(f"/{KEY}/<uuid:line_id>", may=Action.RECORD_READ)
def show_line(uow: UnitOfWork, person_id: UUID, key: str, line_id: UUID) -> ResponseReturnValue:
    part = BY_KEY[key]
    if part.is_measured:  # results and reports have pages of their own
        raise NotFound(action=part.action)
    uow.require(Action.RECORD_READ, patient=person_id)
    row = lines.one(uow, part, person_id, line_id, SourceResource.body, SourceResource.id.label("original_id"))
    uow.seen(part.action, person_id)
    line = Line.of(part, row)
    texts, others, original, has_failed = _original(uow, part, person_id, row)
    page = ShowLinePage.of(
        person_id,
        line,
        texts=texts,
        others=others,
        text_failed=has_failed,
        notes=_notes_of(uow, person_id, line_id) if key == "visits" else [],
        original=original,
        is_staff=uow.actor.is_staff,
        may_amend=uow.may(Action.RECORD_AMENDMENT_CREATE, patient=person_id),
    )
    return respond(page, "records/show_line.html")


def _original(
    uow: UnitOfWork, part: Part, person_id: UUID, row: Any
) -> tuple[list[tuple[str, str]], list[str], str, bool]:
    """The words of a document, what of it is no text, and the whole original for those who see the whole record."""
    sees_all = uow.actor.is_staff or uow.actor.person_id == person_id
    if row.body is None or not (part.has_text or sees_all):
        return [], [], "", False
    try:
        resource = originals.opened(uow, person_id, row.original_id, row.body)
    except BROKEN:
        return [], [], "", True
    texts = originals.text_of(resource) if part.has_text else []
    others = originals.other_forms(resource) if part.has_text else []
    return texts, others, originals.pretty(resource) if sees_all else "", False


def _notes_of(uow: UnitOfWork, person_id: UUID, visit_id: UUID) -> list[Line]:
    """The notes and summaries of a visit that the reader may see."""
    part = BY_KEY["documents"]
    statement = lines.base(uow, part, person_id).where(part.model.encounter_id == visit_id)
    statement = statement.order_by(lines.day_of(part).desc(), part.model.id.desc()).limit(MOST_NOTES)
    return [Line.of(part, row) for row in uow.rows(statement)]


@door.post(f"/{KEY}/confirmed", may=Action.RECORD_CHECK_CREATE)
def confirm_part(uow: UnitOfWork, person_id: UUID, key: str) -> ResponseReturnValue:
    part = BY_KEY[key]
    uow.require(Action.RECORD_CHECK_CREATE, patient=person_id)
    uow.require(part.action, patient=person_id)
    if not part.is_confirmed:
        raise NotFound(action=Action.RECORD_CHECK_CREATE)
    ids = [row.id for row in lines.every(uow, part, person_id, most=lines.PAGE * 40)]
    looking.confirm(uow, person_id, key, ids)
    flash(_("Thank you. Your care team sees that you looked at this list today."), "success")
    return see_other("records.list_lines", person_id=person_id, key=key)


@door.get("/search", may=Action.RECORD_READ)
def new_search(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(Action.RECORD_READ, patient=person_id)
    page = SearchRecordPage.of(person_id, SearchForm(formdata=None), None, is_staff=uow.actor.is_staff)
    return respond(page, "records/new_search.html")


@door.post("/search", may=Action.RECORD_SEARCH, at_most=SEARCHING)
def search_record(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    """A POST, although it only looks: what is looked for is of the record, and does not belong in addresses."""
    uow.require(Action.RECORD_SEARCH, patient=person_id)
    form = SearchForm()
    if not form.validate_on_submit():
        page = SearchRecordPage.of(person_id, form, None, is_staff=uow.actor.is_staff)
        return respond(page, "records/new_search.html", status=422)
    after = _uuid(form.after.data)
    parts = overview.visible(uow, person_id)
    found = lines.find(uow, person_id, form.words.data or "", parts, after=after)
    uow.seen(Action.RECORD_READ, person_id)
    return respond(SearchRecordPage.of(person_id, form, found, is_staff=uow.actor.is_staff), "records/new_search.html")


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
