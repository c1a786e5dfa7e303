"""Doors of the waiting list for staff."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.appointments import queue, setup
from portal.appointments.desk_pages import ListWaitingPage
from portal.appointments.routes_staff import only_staff
from portal.infra.errors import Conflict
from portal.policy.actions import Action
from portal.web.door import Door
from portal.web.paging import PAGE
from portal.web.responses import respond, see_other
from portal.work.unit_of_work import UnitOfWork

door = Door("appointments", prefix="/desk/schedule/waiting")


def _key(text: str) -> queue.Key | None:
    """The place in the list after which a page begins; None for anything else."""
    urgent, _one, rest = text.partition(".")
    seconds, _two, row_id = rest.partition(".")
    try:
        return urgent == "1", datetime.fromtimestamp(int(seconds) / 1_000_000, UTC), UUID(row_id)
    except (ValueError, OverflowError, OSError):
        return None


@door.get("", may=Action.SCHEDULE_VISIT_READ)
def list_waiting(uow: UnitOfWork) -> ResponseReturnValue:
    only_staff(uow, Action.SCHEDULE_VISIT_READ)
    after = _key(request.args.get("after", "")[:80])
    rows, has_more = queue.waiting(uow, after=after, size=PAGE)
    key = ""
    if rows:
        last = rows[-1]
        micros = int(last.made_at.timestamp()) * 1_000_000 + last.made_at.microsecond
        key = f"{int(last.is_urgent)}.{micros}.{last.id}"
    page = ListWaitingPage.of(rows, may_set_up=setup.may(uow), has_more=has_more, is_first=after is None, key=key)
    return respond(page, "appointments/list_waiting.html")


@door.post("/<uuid:entry_id>/urgent/<any(yes,no):state>", may=Action.SCHEDULE_VISIT_UPDATE)
def set_urgent(uow: UnitOfWork, entry_id: UUID, state: str) -> ResponseReturnValue:
    try:
        queue.set_urgent(uow, entry_id, is_urgent=state == "yes")
    except Conflict:
        flash(_("This patient waits no more."), "warning")
        return see_other("appointments.list_waiting")
    flash(_("The next freed time is offered in this order."), "success")
    return see_other("appointments.list_waiting")


@door.post("/<uuid:entry_id>/drop", may=Action.SCHEDULE_VISIT_UPDATE)
def drop_waiting(uow: UnitOfWork, entry_id: UUID) -> ResponseReturnValue:
    queue.drop(uow, entry_id)
    flash(_("The patient is off the waiting list."), "success")
    return see_other("appointments.list_waiting")
