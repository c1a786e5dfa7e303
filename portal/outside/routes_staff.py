"""Doors of papers from elsewhere for clinicians: what waits, a paper line by line, whose it is, turning it away."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.infra.errors import Conflict, Invalid, NotAllowed
from portal.models import OutsidePaper, Person
from portal.outside import deciding, reading, reviewing, words
from portal.outside.deciding import Choice, Decision, NotDecided
from portal.outside.forms import DecideForm, FinishForm, IdentityForm, RejectForm, choices_of
from portal.outside.review_pages import EditPaperPage, ListWaitingPage, suggested
from portal.policy.actions import Action
from portal.policy.rules_outside import DECIDERS, OF_MEDICINES
from portal.web.door import Door
from portal.web.forms import blame
from portal.web.responses import respond, see_other
from portal.work.unit_of_work import UnitOfWork

door = Door("outside")
READ, DECIDE = Action.OUTSIDE_PAPER_READ, Action.OUTSIDE_PAPER_DECIDE
PAPER = "/desk/patients/<uuid:person_id>/outside/<uuid:paper_id>"
PRESCRIBE = ("pcp", "specialist")


@door.get("/desk/outside", may=READ)
def list_waiting(uow: UnitOfWork) -> ResponseReturnValue:
    if uow.actor.role not in (*DECIDERS, OF_MEDICINES):
        uow.refuse(READ)
        raise NotAllowed(action=READ)
    usual = "mine" if uow.actor.role in PRESCRIBE else "team"
    view = request.args.get("view") if request.args.get("view") in ("mine", "team") else usual
    rows = reviewing.waiting(uow, mine=view == "mine")
    uow.services.patient_keys.warm(uow.session, dict.fromkeys(row.patient_id for row in rows))
    return respond(
        ListWaitingPage.of([(row, _title(uow, row)) for row in rows], view or usual), "outside/list_waiting.html"
    )


def _title(uow: UnitOfWork, row: Any) -> str:
    facts = json.loads(uow.unseal(row.patient_id, "outside_paper.facts", row.id, row.facts) or "{}")
    return facts.get("title") or words.type_words(facts.get("type", "")) or ""


@door.get(PAPER, may=READ)
def edit_paper(uow: UnitOfWork, person_id: UUID, paper_id: UUID) -> ResponseReturnValue:
    uow.require(READ, patient=person_id)
    uow.require(DECIDE, patient=person_id)
    return _page(uow, person_id, paper_id, with_suggestions=request.args.get("fill") == "yes")


def _page(
    uow: UnitOfWork,
    person_id: UUID,
    paper_id: UUID,
    status: int = 200,
    *,
    choices: Mapping[UUID, Choice] | None = None,
    with_suggestions: bool = False,
    refused: NotDecided | None = None,
    conflict: str = "",
    **forms: Any,
) -> Response:
    paper = reading.paper(uow, person_id, paper_id)
    person = uow.load(Action.PEOPLE_PERSON_READ, Person, person_id, within=person_id)
    if paper.state not in reviewing.WAITING:
        return see_other("outside.show_paper", person_id=person_id, paper_id=paper_id)  # type: ignore[return-value]
    table = reviewing.table(uow, person_id, paper_id) if paper.state == "matched" else None
    if with_suggestions and table is not None:
        choices = suggested(table)
    kept = reading.lines_of(uow, person_id, paper_id, states=("kept",), most=1000)
    page = EditPaperPage.of(
        paper,
        person,
        table,
        choices=choices or {},
        problems=refused.problems if refused else (),
        grave=refused.flags if refused else (),
        conflict=conflict,
        forms=forms,
        others=len(kept),
    )
    return respond(page, "outside/edit_paper.html", status=status)


def _gone(uow: UnitOfWork, person_id: UUID, paper_id: UUID, code: str) -> ResponseReturnValue:
    uow.undo()
    said = {
        "decided": _("A colleague has decided about it already, or it was taken back."),
        "unconfirmed": _("Say first whose document it is."),
        "undecided": _("There are lines that wait for a decision."),
    }
    flash(said.get(code, said["decided"]), "warning")
    return see_other("outside.edit_paper", person_id=person_id, paper_id=paper_id)


@door.post(PAPER + "/decide", may=Action.OUTSIDE_LINE_DECIDE)
def decide_lines(uow: UnitOfWork, person_id: UUID, paper_id: UUID) -> ResponseReturnValue:
    uow.load(DECIDE, OutsidePaper, paper_id, within=person_id)
    uow.require(Action.OUTSIDE_LINE_DECIDE, patient=person_id)
    form = DecideForm()
    is_valid = form.validate_on_submit()
    choices = choices_of(request.form, _lines(request.form))
    if not is_valid:
        return _page(uow, person_id, paper_id, 422, choices=choices, form=form)
    decision = Decision(person_id, paper_id, choices, form.mark.data or "", bool(form.seen.data), form.words.data or "")
    try:
        is_done = deciding.decide(uow, decision)
    except NotDecided as refused:
        uow.undo()
        return _page(uow, person_id, paper_id, 422, choices=choices, refused=refused, form=form)
    except Conflict as conflict:
        if conflict.code != "chart-changed":
            return _gone(uow, person_id, paper_id, conflict.code)
        uow.undo()
        changed = _("The record has changed since this page was made. Look at both sides again, then save once more.")
        return _page(uow, person_id, paper_id, 409, choices=choices, conflict=changed, form=form)
    if is_done:
        flash(_("Done. What you took over is in the record now, and who brought the document is told."), "success")
        return see_other("outside.show_paper", person_id=person_id, paper_id=paper_id)
    flash(_("Kept. There are more lines to decide."), "success")
    return see_other("outside.edit_paper", person_id=person_id, paper_id=paper_id)


def _lines(form: Mapping[str, str]) -> list[UUID]:
    found = []
    for name in list(form)[: reviewing.BATCH * 4]:
        if name.startswith("how-"):
            try:
                found.append(UUID(name.removeprefix("how-")))
            except ValueError:
                continue
    return found


@door.post(PAPER + "/confirm", may=DECIDE)
def confirm_paper(uow: UnitOfWork, person_id: UUID, paper_id: UUID) -> ResponseReturnValue:
    uow.load(DECIDE, OutsidePaper, paper_id, within=person_id)
    form = IdentityForm()
    if not form.validate_on_submit():
        return _page(uow, person_id, paper_id, 422, identity=form)
    assert form.birth.data is not None
    try:
        reviewing.confirm(uow, person_id, paper_id, name=form.name.data or "", birth=form.birth.data.isoformat())
    except Invalid:
        blame(form.name, _("Name and birth date are not those of this record. Compare them with the document."))
        return _page(uow, person_id, paper_id, 422, identity=form)
    except Conflict as conflict:
        return _gone(uow, person_id, paper_id, conflict.code)
    flash(_("It is certain now whose document it is."), "success")
    return see_other("outside.edit_paper", person_id=person_id, paper_id=paper_id)


@door.post(PAPER + "/reject", may=DECIDE)
def reject_paper(uow: UnitOfWork, person_id: UUID, paper_id: UUID) -> ResponseReturnValue:
    uow.load(DECIDE, OutsidePaper, paper_id, within=person_id)
    form = RejectForm()
    if not form.validate_on_submit():
        return _page(uow, person_id, paper_id, 422, reject=form)
    try:
        reviewing.reject(uow, person_id, paper_id, form.reason.data or "", form.words.data or "")
    except Conflict as conflict:
        return _gone(uow, person_id, paper_id, conflict.code)
    flash(_("Turned away. Who brought it reads why."), "success")
    return see_other("outside.list_waiting")


@door.post(PAPER + "/finish", may=DECIDE)
def finish_paper(uow: UnitOfWork, person_id: UUID, paper_id: UUID) -> ResponseReturnValue:
    uow.load(DECIDE, OutsidePaper, paper_id, within=person_id)
    form = FinishForm()
    if not form.validate_on_submit():
        return _page(uow, person_id, paper_id, 422, finish=form)
    try:
        reviewing.finish(uow, person_id, paper_id, form.words.data or "")
    except Conflict as conflict:
        return _gone(uow, person_id, paper_id, conflict.code)
    flash(_("Marked as looked at."), "success")
    return see_other("outside.show_paper", person_id=person_id, paper_id=paper_id)
