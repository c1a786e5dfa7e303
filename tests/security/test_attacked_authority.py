"""Whoever decides for a patient stretches what a paper gave them; whoever was stopped tries another door."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from portal.caregivers import answering, changing, invitations, limits
from portal.caregivers.consent import LIAISON_BASE
from portal.identity.invitations import normal_code
from portal.infra.errors import Invalid, NotAllowed, NotFound
from portal.infra.ids import digest
from portal.models import AccessEvidence, AccessInvitation, Relationship
from portal.policy.vocabulary import SCOPES
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork
from tests.factories.people import account_of, actor_for, made, make_account, make_caregiver, make_patient, make_staff

CODE = "ABCD" * 5


class Ward:
    """A patient, a guardian whose paper holds for ninety days, a liaison, and a doctor."""

    def __init__(self, services: Services) -> None:
        self.services = services
        with made(services) as session:
            self.patient = make_patient(session)
            self.until = session.info["now"] + timedelta(days=90)
            gus = make_account(session, "Gus Guardian")
            self.gus_id, self.gus_held = gus.id, self._represents(session, gus)
            _, liaison = make_caregiver(session, self.patient, scopes=[*LIAISON_BASE, "results"], ends_at=self.until)
            self.liaison = liaison.id
            doctor = make_staff(session, cares_for=[self.patient])
            owners: dict[str, Any] = {"gus": gus, "patient": account_of(session, self.patient), "doctor": doctor}
            self.actors = {name: actor_for(session, owner) for name, owner in owners.items()}

    def _represents(self, session: Any, account: Any) -> UUID:
        _, held = make_caregiver(
            session, self.patient, kind="representative", relation="guardian", account=account, scopes=SCOPES,
            ends_at=self.until,
        )  # fmt: skip
        asked = self.asked(session, account.id, "accepted")
        session.add(
            AccessEvidence(
                patient_id=self.patient.id, invitation_id=asked.id, relationship_id=held.id, what="court_order",
                details=b"-", filed_by_id=account_of(session, self.patient).id, filed_at=session.info["now"],
                checked_at=session.info["now"],
            )
        )  # fmt: skip
        return held.id

    def asked(self, session: Any, by: UUID, state: str, **more: Any) -> AccessInvitation:
        values = {"kind": "representative", "scopes": sorted(SCOPES), "name": "Gus Guardian", **more}
        one = AccessInvitation(
            patient_id=self.patient.id, state=state, relation="guardian", made_by_id=by,
            made_at=session.info["now"], expires_at=session.info["now"] + timedelta(days=9), **values,
        )  # fmt: skip
        session.add(one)
        session.flush()
        return one

    def open(self, who: str) -> Any:
        return UnitOfWork.open(self.services, self.actors[who], write=True)

    @property
    def person_id(self) -> UUID:
        return self.patient.id

    def states(self, account_id: UUID) -> set[str]:
        with made(self.services) as session:
            return {row.state for row in session.query(Relationship).filter_by(account_id=account_id)}


@pytest.fixture
def ward(services: Services) -> Ward:
    return Ward(services)


@pytest.mark.parametrize("ends_on", [None, date(2027, 1, 1)])
def test_nobody_gives_access_that_outlives_their_own_paper(ward: Ward, ends_on: date | None) -> None:
    with ward.open("gus") as uow:
        asked = invitations.begin(
            uow, ward.person_id, name="Hal", relation="friend", email=None, kind="proxy", preset="view"
        )
        uow.flush()
        begun = invitations.find(uow, ward.person_id, asked)
        assert begun.ends_on is not None and begun.ends_on <= ward.until.date()
        with pytest.raises(Invalid, match="beyond-authority"):
            invitations.choose(uow, ward.person_id, asked, scopes=["results"], categories=[], ends_on=ends_on)
    with ward.open("gus") as uow, pytest.raises(Invalid, match="beyond-authority"):
        changing.change(uow, ward.person_id, ward.liaison, scopes=["results"], categories=[], ends_on=ends_on)
    if ends_on:
        with ward.open("gus") as uow, pytest.raises(Invalid, match="beyond-authority"):
            changing.renew(uow, ward.person_id, ward.liaison, ends_on)
        with ward.open("patient") as uow:
            changing.renew(uow, ward.person_id, ward.liaison, ends_on)


def test_a_representative_reads_no_private_matter_in_what_the_patient_has_begun(ward: Ward) -> None:
    with made(ward.services) as session:
        mine = ward.actors["patient"].account_id
        assert mine
        draft = ward.asked(session, mine, "draft", kind="proxy", scopes=["results", "sensitive:PSY"], name="Rosa").id
    with ward.open("gus") as uow, pytest.raises(NotFound):
        invitations.find(uow, ward.person_id, draft)
    with ward.open("patient") as uow:
        assert invitations.find(uow, ward.person_id, draft).name == "Rosa"


@pytest.mark.parametrize("since", [None, date(2026, 4, 1)])
def test_a_new_paper_is_no_way_past_a_limit(ward: Ward, since: date | None) -> None:
    with ward.open("doctor") as uow:
        limits.make(uow, ward.person_id, ward.gus_held, limits.Wanted("abuse", "Bruises.", since, None))
    with made(ward.services) as session:
        clerk = make_account(session, "Clerk")
        asked = ward.asked(session, clerk.id, "invited", code_hash=digest(normal_code(CODE)))
        session.add(
            AccessEvidence(
                patient_id=ward.person_id, invitation_id=asked.id, what="court_order", details=b"-",
                filed_by_id=clerk.id, filed_at=session.info["now"], checked_at=session.info["now"],
            )
        )  # fmt: skip
    with ward.open("gus") as uow, pytest.raises(NotAllowed, match="limited"):
        answering.accept(uow, answering.by_code(uow, CODE), is_adult=True)
    assert ward.states(ward.gus_id) == ({"suspended"} if since is None else {"active"})
