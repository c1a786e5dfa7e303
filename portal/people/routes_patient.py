"""Doors of people for patients and caregivers."""

from __future__ import annotations

from uuid import UUID

from flask.typing import ResponseReturnValue

from portal.people import service, teams
from portal.people.pages import ListPeoplePage, ShowCareTeamPage
from portal.policy.actions import Action
from portal.web.door import Door
from portal.web.responses import respond
from portal.work.unit_of_work import UnitOfWork

door = Door("people")


@door.get("/people", may=Action.CAREGIVER_RELATIONSHIP_READ)
def list_people(uow: UnitOfWork) -> ResponseReturnValue:
    page = ListPeoplePage.of(service.people_helped(uow), uow.actor.person_id)
    return respond(page, "people/list_people.html")


@door.get("/people/<uuid:person_id>/care-team", may=Action.PEOPLE_CARE_TEAM_READ)
def show_care_team(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(Action.PEOPLE_CARE_TEAM_READ, patient=person_id)
    team = teams.around(uow, person_id)
    uow.seen(Action.PEOPLE_CARE_TEAM_READ, person_id)
    page = ShowCareTeamPage.of(person_id, team, is_own=uow.actor.person_id == person_id)
    return respond(page, "people/show_care_team.html")
