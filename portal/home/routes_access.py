"""Doors that look at several rooms for the sake of access: with a caregiver's eyes, and back at what ended."""

from __future__ import annotations

from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from portal.caregivers.listing import grant
from portal.home import ending, previewing
from portal.home.ending import EndedPage
from portal.home.previewing import PreviewPage
from portal.infra.errors import Conflict
from portal.models import Relationship
from portal.policy.actions import Action
from portal.web.door import Door
from portal.web.responses import respond
from portal.work.unit_of_work import UnitOfWork

door = Door("home")
PREVIEW = Action.CAREGIVER_PREVIEW_READ
ADDRESS = "/people/<uuid:person_id>/family-access/<uuid:held_id>/preview"


@door.get(ADDRESS, may=PREVIEW)
def preview_home(uow: UnitOfWork, person_id: UUID, held_id: UUID) -> ResponseReturnValue:
    """See what the caregiver sees. It is the patient's look, and is kept in the trail as theirs."""
    return _preview(uow, person_id, held_id, "home")


@door.get(f"{ADDRESS}/<any(messages,results,visits,medicines):part>", may=PREVIEW)
def preview_part(uow: UnitOfWork, person_id: UUID, held_id: UUID, part: str) -> ResponseReturnValue:
    return _preview(uow, person_id, held_id, part)


def _preview(uow: UnitOfWork, person_id: UUID, held_id: UUID, name: str) -> ResponseReturnValue:
    uow.load(PREVIEW, Relationship, held_id, within=person_id)
    held = grant(uow, person_id, held_id, PREVIEW)
    if held.state != "active":
        raise Conflict("state-changed")
    shown = previewing.part(uow, person_id, held, name, request.args.get("before"))
    return respond(PreviewPage.of(person_id, held, name, shown), "caregivers/preview.html")


@door.get("/access-ended", may=Action.CAREGIVER_ENDED_READ)
def list_ended(uow: UnitOfWork) -> ResponseReturnValue:
    """What ended for this account, without a name or a reason; and what they wrote and did not send, to copy."""
    over = ending.ended(uow)
    return respond(EndedPage.of(over, ending.kept_texts(uow)), "caregivers/list_ended.html")
