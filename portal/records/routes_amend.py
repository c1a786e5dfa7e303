"""Doors of corrections: asking, following, answering, disagreeing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.infra.errors import Conflict, NotFound
from portal.models import RecordAmendment
from portal.policy.actions import Action
from portal.records import amendments, lines
from portal.records.amend_pages import ListAmendmentsPage, NewAmendmentPage, ShowAmendmentPage
from portal.records.amendments import ANSWER_WITHIN, AskToAmend
from portal.records.parts import BY_KEY
from portal.records.record_forms import AmendForm, AnswerForm, LongerForm, StatementForm
from portal.records.routes_record import KEY, door
from portal.records.shown import names_of
from portal.web.responses import respond, see_other
from portal.work.unit_of_work import UnitOfWork

ONE = "/corrections/<uuid:amendment_id>"


@door.get("/corrections", may=Action.RECORD_AMENDMENT_READ)
def list_amendments(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(Action.RECORD_AMENDMENT_READ, patient=person_id)
    found = amendments.listed(uow, person_id)
    uow.seen(Action.RECORD_AMENDMENT_READ, person_id)
    page = ListAmendmentsPage.of(person_id, found, is_staff=uow.actor.is_staff)
    return respond(page, "records/list_amendments.html")


def _line_id() -> UUID | None:
    try:
        return UUID(request.args.get("line", ""))
    except ValueError:
        return None


def _line_words(uow: UnitOfWork, person_id: UUID, key: str, line_id: UUID | None) -> str:
    """The line a request is about, in both names. Raises `NotFound` where it is not the reader's to see."""
    part = BY_KEY[key]
    uow.require(part.action, patient=person_id)
    if part.is_measured and line_id is not None:
        raise NotFound(action=part.action)
    if line_id is None:
        return ""
    name, plain = names_of(part, lines.one(uow, part, person_id, line_id))
    return plain or name


@door.get(f"/{KEY}/correction", may=Action.RECORD_READ)
def new_amendment(uow: UnitOfWork, person_id: UUID, key: str) -> ResponseReturnValue:
    uow.require(Action.RECORD_READ, patient=person_id)
    uow.require(Action.RECORD_AMENDMENT_CREATE, patient=person_id)
    line_id = _line_id()
    line = _line_words(uow, person_id, key, line_id)
    page = NewAmendmentPage.of(person_id, key, line_id, line, AmendForm(formdata=None), ANSWER_WITHIN.days)
    return respond(page, "records/new_amendment.html")


@door.post(f"/{KEY}/correction", may=Action.RECORD_AMENDMENT_CREATE)
def create_amendment(uow: UnitOfWork, person_id: UUID, key: str) -> ResponseReturnValue:
    uow.require(Action.RECORD_AMENDMENT_CREATE, patient=person_id)
    line_id = _line_id()
    line = _line_words(uow, person_id, key, line_id)
    form = AmendForm()
    if not form.validate_on_submit():
        page = NewAmendmentPage.of(person_id, key, line_id, line, form, ANSWER_WITHIN.days)
        return respond(page, "records/new_amendment.html", status=422)
    command = AskToAmend(person_id, key, line_id, form.wrong.data or "", form.right.data or "", form.once.value)
    try:
        amendments.ask(uow, command)
    except Conflict as error:
        if error.code != "already-there":
            raise
        uow.undo()
    flash(_("We passed it on. You can follow here what becomes of it."), "success")
    return see_other("records.show_amendment", person_id=person_id, amendment_id=form.once.value)


@door.get(ONE, may=Action.RECORD_AMENDMENT_READ)
def show_amendment(uow: UnitOfWork, person_id: UUID, amendment_id: UUID) -> ResponseReturnValue:
    return _shown(uow, person_id, amendment_id)


def _shown(
    uow: UnitOfWork,
    person_id: UUID,
    amendment_id: UUID,
    *,
    answer_form: AnswerForm | None = None,
    statement_form: StatementForm | None = None,
    longer_form: LongerForm | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    found = amendments.one(uow, person_id, amendment_id)
    uow.seen(Action.RECORD_AMENDMENT_READ, person_id)
    row: dict[str, Any] = {"patient": person_id, "model": RecordAmendment, "row_id": amendment_id}
    decides = uow.may(Action.RECORD_AMENDMENT_DECIDE, **row)
    asks = uow.may(Action.RECORD_AMENDMENT_CREATE, **row)
    if decides and found.is_open and answer_form is None:
        answer_form = AnswerForm(formdata=None, version=str(found.version))
    if decides and found.state == "asked" and not found.is_late and longer_form is None:
        longer_form = LongerForm(formdata=None)
    if asks and found.state == "denied" and statement_form is None:
        statement_form = StatementForm(formdata=None)
    page = ShowAmendmentPage.of(
        person_id, found, answer_form, statement_form, longer_form, is_staff=uow.actor.is_staff, may_withdraw=asks
    )
    return respond(page, "records/show_amendment.html", status=status)


@door.post(f"{ONE}/answer", may=Action.RECORD_AMENDMENT_DECIDE)
def answer_amendment(uow: UnitOfWork, person_id: UUID, amendment_id: UUID) -> ResponseReturnValue:
    uow.load(Action.RECORD_AMENDMENT_DECIDE, RecordAmendment, amendment_id, within=person_id)
    form = AnswerForm()
    if not form.validate_on_submit():
        return _shown(uow, person_id, amendment_id, answer_form=form, status=422)
    told = form.version.data or ""
    version = int(told) if told.isdecimal() else 0
    amendments.answer(
        uow, person_id, amendment_id, decision=form.decision.data, reason=form.reason.data or "",
        words=form.answer.data or "", version=version,
    )  # fmt: skip
    flash(_("Your answer is with the patient."), "success")
    return see_other("records.show_amendment", person_id=person_id, amendment_id=amendment_id)


@door.post(f"{ONE}/longer", may=Action.RECORD_AMENDMENT_DECIDE)
def extend_amendment(uow: UnitOfWork, person_id: UUID, amendment_id: UUID) -> ResponseReturnValue:
    uow.load(Action.RECORD_AMENDMENT_DECIDE, RecordAmendment, amendment_id, within=person_id)
    form = LongerForm()
    if not form.validate_on_submit():
        return _shown(uow, person_id, amendment_id, longer_form=form, status=422)
    amendments.extend(uow, person_id, amendment_id, form.why.data or "")
    flash(_("The answer is due 30 days later. The patient sees that, and why."), "success")
    return see_other("records.show_amendment", person_id=person_id, amendment_id=amendment_id)


@door.post(f"{ONE}/withdrawn", may=Action.RECORD_AMENDMENT_CREATE)
def withdraw_amendment(uow: UnitOfWork, person_id: UUID, amendment_id: UUID) -> ResponseReturnValue:
    amendments.withdraw(uow, person_id, amendment_id)
    flash(_("You took it back. The record stays as it is."), "success")
    return see_other("records.show_amendment", person_id=person_id, amendment_id=amendment_id)


@door.post(f"{ONE}/disagreement", may=Action.RECORD_AMENDMENT_CREATE)
def dispute_amendment(uow: UnitOfWork, person_id: UUID, amendment_id: UUID) -> ResponseReturnValue:
    uow.load(Action.RECORD_AMENDMENT_CREATE, RecordAmendment, amendment_id, within=person_id)
    form = StatementForm()
    if not form.validate_on_submit():
        return _shown(uow, person_id, amendment_id, statement_form=form, status=422)
    amendments.dispute(uow, person_id, amendment_id, form.statement.data or "")
    flash(_("Your statement stays with the record."), "success")
    return see_other("records.show_amendment", person_id=person_id, amendment_id=amendment_id)
