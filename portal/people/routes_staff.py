"""Doors of people for the desk. One patient's page is gathered higher up: `portal.home.routes_staff`."""

from __future__ import annotations

from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from portal.infra.errors import NotFound
from portal.people import service
from portal.people.pages import ListPatientsPage
from portal.policy.actions import Action
from portal.web.door import Door
from portal.web.forms import clean_text
from portal.web.paging import PAGE
from portal.web.responses import respond
from portal.work.limits import SEARCHING
from portal.work.unit_of_work import UnitOfWork

door = Door("people", prefix="/desk")


@door.get("/patients", may=Action.PEOPLE_PERSON_READ)
def list_patients(uow: UnitOfWork) -> ResponseReturnValue:
    return _listed(uow, Action.PEOPLE_PERSON_READ, "", _row_id(request.args.get("after")))


@door.post("/patients", may=Action.PEOPLE_PERSON_SEARCH, at_most=SEARCHING)
def search_patients(uow: UnitOfWork) -> ResponseReturnValue:
    """A POST, although it only looks: what is searched for is a name, and names do not belong in addresses."""
    return _listed(uow, Action.PEOPLE_PERSON_SEARCH, (clean_text(request.form.get("q")) or "")[:80], None)


def _listed(uow: UnitOfWork, action: Action, search: str, after: UUID | None) -> ResponseReturnValue:
    if not uow.actor.is_staff:
        uow.refuse(action)
        raise NotFound()
    rows, has_more = service.list_patients(uow, action, search, after=after, size=PAGE)
    uow.seen(Action.PEOPLE_PERSON_READ, None)
    page = ListPatientsPage.of(rows, search, has_more=has_more, is_first=after is None)
    return respond(page, "people/list_patients.html")


def _row_id(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
