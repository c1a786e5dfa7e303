"""Doors of the work that was given up: read it, have it tried again, drop it."""

from __future__ import annotations

from uuid import UUID

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.admin.job_pages import Backup, DeadJobRow, DeadJobsPage
from portal.policy.actions import Action
from portal.web.door import Door
from portal.web.responses import respond, see_other
from portal.work import backups, dead_letters
from portal.work.unit_of_work import UnitOfWork

door = Door("admin_jobs", prefix="/admin/jobs")
READ, UPDATE = Action.ADMIN_JOB_READ, Action.ADMIN_JOB_UPDATE


@door.get("", may=READ)
def list_dead_jobs(uow: UnitOfWork) -> ResponseReturnValue:
    """The newest first. A job has a kind and a code to show, never content."""
    uow.require_admin(READ)
    after = request.args.get("after", type=UUID)
    found, has_more = dead_letters.listed(uow.session, after=after)
    page = DeadJobsPage(
        title=_("Jobs that were given up"),
        backup=Backup.of(backups.last(uow.session), uow.now),
        rows=[DeadJobRow.of(one) for one in found],
        first_href=url_for("admin_jobs.list_dead_jobs") if after else None,
        older_href=url_for("admin_jobs.list_dead_jobs", after=found[-1].id) if has_more else None,
    )
    return respond(page, "admin/list_dead_jobs.html")


@door.post("/<uuid:job_id>/retry", may=UPDATE, step_up=True)
def retry_job(uow: UnitOfWork, job_id: UUID) -> ResponseReturnValue:
    uow.require_admin(UPDATE)
    if dead_letters.retry(uow.session, job_id, uow.now):
        uow.audit(UPDATE, reason="retry")
        flash(_("The job is tried again."), "success")
    else:
        flash(_("Somebody has seen to that job already."), "warning")
    return see_other("admin_jobs.list_dead_jobs")


@door.post("/<uuid:job_id>/drop", may=UPDATE, step_up=True)
def drop_job(uow: UnitOfWork, job_id: UUID) -> ResponseReturnValue:
    uow.require_admin(UPDATE)
    if dead_letters.drop(uow.session, job_id, uow.now):
        uow.audit(UPDATE, reason="drop")
        flash(_("The job is dropped. It will not be tried again."), "success")
    else:
        flash(_("Somebody has seen to that job already."), "warning")
    return see_other("admin_jobs.list_dead_jobs")
