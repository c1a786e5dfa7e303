"""Doors of results. Staff who treat the patient read the same pages."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.infra.errors import Conflict
from portal.models import Report, Result
from portal.policy.actions import Action
from portal.results import orders, reviewing, service, waiting
from portal.results.forms import CommentForm
from portal.results.pages import KINDS, SINGLES, ListReportsPage, ShowReportPage, ShowResultPage
from portal.results.pausing import PausePage
from portal.results.release import PRELIMINARY, pause_before
from portal.results.review_pages import ReviewForm, Seen
from portal.results.reviewing import Review
from portal.results.waiting_pages import HoldLine, WaitingPart
from portal.web.door import Door
from portal.web.paging import PAGE, key_of
from portal.web.responses import respond, see_other
from portal.work.unit_of_work import UnitOfWork

door = Door("results", prefix="/people/<uuid:person_id>")
LICENSED = ("pcp", "specialist")


@door.get("/results", may=Action.RESULT_READ)
def list_reports(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(Action.RESULT_READ, patient=person_id)
    kind = request.args.get("kind", "")
    kind = kind if kind in KINDS else ""
    before, after = key_of(request.args.get("before")), key_of(request.args.get("after"))
    found = service.list_reports(uow, person_id, KINDS[kind], before=before, after=after, size=PAGE)
    outside = {row.id: row.outside_count for row in found.rows}
    if not (uow.actor.is_staff or uow.actor.person_id == person_id):
        outside = service.outside_counts(uow, person_id, list(outside))
    singles = []
    if kind in SINGLES and not (before or after):
        singles = list(service.list_latest(uow, person_id, SINGLES[kind], alone=kind == "laboratory"))
    uow.seen(Action.RESULT_READ, person_id)
    page = ListReportsPage.of(person_id, kind, found, outside, singles, is_staff=uow.actor.is_staff)
    if not (before or after):
        page = replace(page, waiting=_waiting(uow, person_id))
    return respond(page, "results/list_reports.html")


def _waiting(uow: UnitOfWork, person_id: UUID) -> WaitingPart:
    is_staff, is_own = uow.actor.is_staff, uow.actor.person_id == person_id
    may_choose = not is_staff and (is_own or uow.may(Action.RESULT_WISH_UPDATE, patient=person_id))
    held = waiting.held(uow, person_id) if may_choose else []
    ordered = orders.waited_for(uow, person_id)
    return WaitingPart.of(person_id, held, ordered, may_choose=may_choose, is_staff=is_staff)


@door.get("/reports/<uuid:report_id>", may=Action.RESULT_READ)
def show_report(uow: UnitOfWork, person_id: UUID, report_id: UUID) -> ResponseReturnValue:
    report = service.load_report(uow, person_id, report_id)
    if (pause := _pause(uow, report, report)) is not None:
        return pause
    results = service.results_of(uow, person_id, report_id)
    orderer, review = reviewing.looked_at(uow, report)
    names = {report.orderer_id: orderer} if report.orderer_id and orderer else {}
    seen = _seen(uow, report, orderer, review)
    service.mark_opened(uow, report_id)
    page = ShowReportPage.of(report, results, names, is_staff=uow.actor.is_staff, seen=seen)
    if uow.actor.is_staff:
        may_hold = uow.actor.role in LICENSED
        is_held = any(at is not None and at > uow.now for at in (report.held_until, report.kept_until))
        found = waiting.of_report(uow, person_id, report_id) if is_held else []
        holds = [HoldLine.of(one, may_hold=may_hold, due_at=uow.now) for one in found]
        place: dict[str, Any] = {"person_id": person_id, "report_id": report_id}
        hold_href = url_for("results.new_hold", **place) if may_hold else ""
        page = replace(page, holds=holds, hold_href="" if any(one.is_harm for one in holds) else hold_href)
    return respond(page, "results/show_report.html")


def _seen(uow: UnitOfWork, report: Report, orderer: str, review: Review | None) -> Seen | None:
    """Whether a clinician looked at it. Not said of what is not finished, nor of what came long before."""
    is_staff = uow.actor.is_staff
    is_recent = (report.issued_at or report.effective_at) >= uow.now - reviewing.SINCE
    if report.status in PRELIMINARY or (review is None and not is_recent):
        return None
    may = is_staff and review is None and uow.may(Action.RESULT_REVIEW_UPDATE, patient=report.patient_id)
    return Seen.of(
        report,
        review,
        orderer,
        form=ReviewForm(formdata=None).offer() if may else None,
        is_critical=may and reviewing.is_critical(uow, report),
        is_staff=is_staff,
    )


@door.get("/results/<uuid:result_id>", may=Action.RESULT_READ)
def show_result(uow: UnitOfWork, person_id: UUID, result_id: UUID) -> ResponseReturnValue:
    return _result_page(uow, person_id, result_id)


@door.post("/results/<uuid:result_id>/comments", may=Action.RESULT_COMMENT_CREATE)
def create_comment(uow: UnitOfWork, person_id: UUID, result_id: UUID) -> ResponseReturnValue:
    form = CommentForm()
    uow.require(Action.RESULT_COMMENT_CREATE, patient=person_id)
    if not form.validate_on_submit():
        return _result_page(uow, person_id, result_id, form, status=422)
    with suppress(Conflict):  # sent twice: it is there already
        service.comment_on(uow, person_id, result_id, form.comment.data or "", form.once.value)
    return see_other("results.show_result", person_id=person_id, result_id=result_id)


def _result_page(
    uow: UnitOfWork, person_id: UUID, result_id: UUID, form: CommentForm | None = None, status: int = 200
) -> ResponseReturnValue:
    result = service.load_result(uow, person_id, result_id)
    report = service.find_report(uow, person_id, result.report_id)
    if form is None and (pause := _pause(uow, report, result)) is not None:
        return pause
    history = service.history_of(uow, person_id, result)
    comments = service.comments_on(uow, person_id, result_id)
    names = service.names_of(uow, [result.orderer_id, report.orderer_id if report else None])
    service.mark_opened(uow, result.report_id)
    if form is None and uow.actor.role in ("pcp", "specialist"):
        form = CommentForm()
    staff = uow.actor.is_staff
    page = ShowResultPage.of(result, report, history, comments, names, is_staff=staff, comment_form=form)
    return respond(page, "results/show_result.html", status=status)


def _pause(uow: UnitOfWork, report: Report | None, shown: Report | Result) -> ResponseReturnValue | None:
    """The screen before results that may be hard to read; the choice is asked for each time. Not for staff."""
    sensitivity = shown.sensitivity or (report.sensitivity if report else None)
    pause = pause_before(report.category if report else "", sensitivity)
    if pause is None or uow.actor.is_staff or request.args.get("view") == "now":
        return None
    person_id = shown.patient_id
    about: dict[str, Any] = {"result": shown.id} if shown.__tablename__ == Result.__tablename__ else {}
    ask = url_for("messaging.new_question", person_id=person_id, **about)
    return respond(PausePage.of(person_id, pause, f"{request.path}?view=now", ask), "results/pause.html")
