"""Doors of family access."""

from __future__ import annotations

from uuid import UUID

from flask.typing import ResponseReturnValue

from portal.caregivers import authority, invitations, listing
from portal.caregivers.pages import ListCaregiversPage
from portal.policy.actions import Action
from portal.web.door import Door
from portal.web.responses import respond
from portal.work.unit_of_work import UnitOfWork

door = Door("caregivers", prefix="/people/<uuid:person_id>")


@door.get("/family-access", may=Action.CAREGIVER_RELATIONSHIP_READ)
def list_caregivers(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    """Who decides sees everybody with access; another caregiver their own access and nobody else's (PRX-4)."""
    uow.require(Action.PEOPLE_PERSON_READ, patient=person_id)
    is_own = uow.actor.person_id == person_id
    held = listing.grants(uow, person_id)
    decides = is_own or uow.may(Action.CAREGIVER_INVITATION_READ, patient=person_id)
    held = authority.seen(uow, person_id, held) if decides else held
    asked = invitations.waiting(uow, person_id) if decides else ()
    uow.seen(Action.CAREGIVER_RELATIONSHIP_READ, person_id)
    page = ListCaregiversPage.of(person_id, held, asked, is_own=is_own, decides=decides)
    return respond(page, "caregivers/list_caregivers.html")
