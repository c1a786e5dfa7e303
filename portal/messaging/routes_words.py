"""Doors of quick texts and of the figures of teams."""

from __future__ import annotations

from uuid import UUID

from flask import Response, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.infra.errors import Conflict, Invalid
from portal.messaging import figures, quick_texts
from portal.messaging.desk_forms import QuickTextForm
from portal.messaging.figures_pages import ListQuickTextsPage, QuickTextPage, ShowTeamFiguresPage
from portal.models import QuickText
from portal.policy.actions import Action
from portal.web.door import Door
from portal.web.forms import blame
from portal.web.responses import respond, see_other
from portal.work.unit_of_work import UnitOfWork

door = Door("messaging", prefix="/desk")
READ, UPDATE = Action.DESK_QUICK_TEXT_READ, Action.DESK_QUICK_TEXT_UPDATE


@door.get("/figures", may=Action.DESK_FIGURES_READ)
def show_team_figures(uow: UnitOfWork) -> ResponseReturnValue:
    days = 90 if request.args.get("days") == "90" else 30
    return respond(ShowTeamFiguresPage.of(figures.of_span(uow, days)), "messaging/show_team_figures.html")


@door.get("/quick-texts", may=READ)
def list_quick_texts(uow: UnitOfWork) -> ResponseReturnValue:
    quick_texts.for_staff(uow, READ)
    return respond(ListQuickTextsPage.of(quick_texts.mine(uow)), "messaging/list_quick_texts.html")


@door.get("/quick-texts/new", may=READ)
def new_quick_text(uow: UnitOfWork) -> ResponseReturnValue:
    quick_texts.for_staff(uow, READ)
    page = QuickTextPage.of(QuickTextForm(formdata=None), quick_texts.owners(uow), None)
    return respond(page, "messaging/new_quick_text.html")


def _read(uow: UnitOfWork, form: QuickTextForm, text: QuickText | None) -> quick_texts.Words | Response:
    """What was written; or the page again, with what is wrong."""
    page = QuickTextPage.of(form, quick_texts.owners(uow), text)
    is_good = form.validate_on_submit()
    for field in (form.english, form.spanish):
        for name in quick_texts.unknown_variables(field.data or ""):
            blame(field, _("Nothing fills in {%(name)s}. Use one of the names below.", name=name))
            is_good = False
    if not is_good:
        template = "messaging/edit_quick_text.html" if text is not None else "messaging/new_quick_text.html"
        return respond(page, template, status=422)
    data = form.owner.data, form.name.data, form.english.data, form.spanish.data
    return quick_texts.Words(*(value or "" for value in data))


@door.post("/quick-texts", may=UPDATE)
def create_quick_text(uow: UnitOfWork) -> ResponseReturnValue:
    quick_texts.for_staff(uow, UPDATE)
    form = QuickTextForm()
    words = _read(uow, form, None)
    if isinstance(words, Response):
        return words
    try:
        quick_texts.make(uow, words)
    except Invalid:
        blame(form.owner, _("Choose one from this list."))
        page = QuickTextPage.of(form, quick_texts.owners(uow), None)
        return respond(page, "messaging/new_quick_text.html", status=422)
    flash(_("The quick text is there."), "success")
    return see_other("messaging.list_quick_texts")


@door.get("/quick-texts/<uuid:text_id>", may=READ)
def edit_quick_text(uow: UnitOfWork, text_id: UUID) -> ResponseReturnValue:
    text = quick_texts.find(uow, text_id)
    given = {"name": text.title, "english": text.english, "spanish": text.spanish, "version": text.version}
    page = QuickTextPage.of(QuickTextForm(formdata=None, data=given), quick_texts.owners(uow), text)
    return respond(page, "messaging/edit_quick_text.html")


@door.post("/quick-texts/<uuid:text_id>", may=UPDATE)
def update_quick_text(uow: UnitOfWork, text_id: UUID) -> ResponseReturnValue:
    form, text = QuickTextForm(), quick_texts.find(uow, text_id)
    words = _read(uow, form, text)
    if isinstance(words, Response):
        return words
    try:
        quick_texts.change(uow, text_id, words, form.version.data or 0)
    except Conflict:
        blame(form.english, _("A colleague changed this text meanwhile. Load the page again before you change it."))
        page = QuickTextPage.of(form, quick_texts.owners(uow), text)
        return respond(page, "messaging/edit_quick_text.html", status=422)
    flash(_("The quick text was changed."), "success")
    return see_other("messaging.list_quick_texts")


@door.post("/quick-texts/<uuid:text_id>/throw-away", may=UPDATE)
def throw_away_quick_text(uow: UnitOfWork, text_id: UUID) -> ResponseReturnValue:
    quick_texts.throw_away(uow, text_id)
    flash(_("The quick text is gone."), "success")
    return see_other("messaging.list_quick_texts")
