"""Doors of results for clinicians: what waits for their eye."""

from __future__ import annotations

from uuid import UUID

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.infra.errors import Conflict, Invalid, NotAllowed
from portal.policy.actions import Action
from portal.results import reviewing
from portal.results.review_pages import ListReviewsPage, ReviewForm
from portal.web.door import Door
from portal.web.responses import respond, see_other
from portal.work.unit_of_work import UnitOfWork

door = Door("results")
REVIEWERS = ("pcp", "specialist")


@door.get("/desk/results", may=Action.RESULT_READ)
def list_reviews(uow: UnitOfWork) -> ResponseReturnValue:
    _clinician(uow)
    return respond(ListReviewsPage.of(reviewing.waiting(uow), uow.now), "results/list_reviews.html")


@door.post("/desk/results/usual", may=Action.RESULT_REVIEW_UPDATE)
def review_usual(uow: UnitOfWork) -> ResponseReturnValue:
    _clinician(uow)
    wanted = []
    for text in request.form.getlist("report")[: reviewing.AT_ONCE]:
        try:
            wanted.append(UUID(text))
        except ValueError:
            continue
    done, left = reviewing.review_usual(uow, wanted)
    uow.audit(Action.RESULT_REVIEW_UPDATE)
    if done:
        words = ngettext("%(num)s report is marked as looked at.", "%(num)s reports are marked as looked at.", done)
        flash(words, "success")
    if left or not done:
        flash(_("Reports with a value outside its range, or in words, want a look each."), "warning")
    return see_other("results.list_reviews")


@door.post("/people/<uuid:person_id>/reports/<uuid:report_id>/review", may=Action.RESULT_REVIEW_UPDATE)
def create_review(uow: UnitOfWork, person_id: UUID, report_id: UUID) -> ResponseReturnValue:
    form = ReviewForm().offer()
    plan = form.plan.data if form.validate_on_submit() else ""
    try:
        reviewing.review(uow, person_id, report_id, plan or "", was_read_back=bool(form.read_back.data))
    except Invalid as error:
        uow.undo()
        read_back = _("The value is critical: read it back to the laboratory, say so, and save again.")
        flash(read_back if error.code == "read-back" else _("Choose what follows, then save."), "warning")
        return see_other("results.show_report", person_id=person_id, report_id=report_id)
    except Conflict:
        uow.undo()
        flash(_("The laboratory has not finished this report. Look at it again when it has."), "warning")
        return see_other("results.show_report", person_id=person_id, report_id=report_id)
    flash(_("Marked as looked at."), "success")
    return see_other("results.show_report", person_id=person_id, report_id=report_id)


def _clinician(uow: UnitOfWork) -> None:
    """Only those who order and read results have such a list."""
    if uow.actor.role not in REVIEWERS:
        uow.refuse(Action.RESULT_READ)
        raise NotAllowed(action=Action.RESULT_READ)
