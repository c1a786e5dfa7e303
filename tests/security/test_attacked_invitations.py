"""Invitations in the wrong hands: whoever holds a code answers it once, and gets nothing that is somebody else's."""

from __future__ import annotations

from uuid import uuid4

import pytest

from portal.caregivers import evidence
from portal.identity import invitations
from portal.infra.errors import Conflict
from portal.models import Account, Delivery, FamilyUpdate, Identity, Invitation, Relationship
from portal.policy.actors import Actor
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork
from tests.caregivers.house import House
from tests.factories.people import actor_for, made, make_account, make_caregiver, make_patient
from tests.support.page import PageClient
from tests.support.people_at_provider import make_user


@pytest.fixture
def house(services: Services, client: PageClient) -> House:
    return House(services, client)


def account_called(services: Services, name: str) -> Account:
    with made(services) as session:
        account: Account = session.query(Account).filter_by(display_name=name).one()
        return account


def test_a_code_makes_no_second_sign_in_for_an_account_that_somebody_uses(house: House, services: Services) -> None:
    """Whoever sent the invitation knows its code; it must not open what the invited person has by now."""
    code = house.invite(name="Nadia Newcomer")
    house.client.get(f"/access/{code}").submit({}, form=f"/access/{code}/create")
    theirs = account_called(services, "Nadia Newcomer")
    make_user(services, account=theirs)
    with made(services) as session:
        other = make_patient(session, "Second", "Elsewhere")
        make_caregiver(session, other, account=session.merge(theirs), scopes=["results"])
        before = session.query(Invitation).filter_by(account_id=theirs.id, cancelled_at=None).count()
    page = house.client.get(f"/access/{code}").submit({}, form=f"/access/{code}/create")
    assert page.location.startswith("/sign-in")
    assert "registration" not in page.location
    with made(services) as session:
        assert session.query(Invitation).filter_by(account_id=theirs.id, cancelled_at=None).count() == before
        assert session.query(Identity).filter_by(account_id=theirs.id).count() == 1


def test_an_account_that_somebody_uses_is_not_invited_again_by_anybody(services: Services) -> None:
    with made(services) as session:
        account = make_account(session, "Rosa Friend")
    make_user(services, account=account)
    with (
        UnitOfWork.open(services, Actor.system("demo.build"), write=False) as uow,
        pytest.raises(Conflict, match="has-sign-in"),
    ):
        invitations.invite(uow, account.id)


def test_whoever_filed_or_checked_a_paper_does_not_become_the_representative(
    services: Services, client: PageClient
) -> None:
    """The code is shown to the administrator who looked again; it is for somebody else."""
    with made(services) as session:
        patient = make_patient(session, mrn="M-7")
        filer, checker = (make_account(session, name, is_admin=True) for name in ("Admin One", "Admin Two"))
        actors = [actor_for(session, one) for one in (filer, checker)]
    filing = evidence.Filing("M-7", "representative", "Real Guardian", "guardian", "court_order", "No. 7", None)
    with UnitOfWork.open(services, actors[0], write=True) as uow:
        asked = evidence.file(uow, filing)
    with UnitOfWork.open(services, actors[1], write=True) as uow:
        code = evidence.confirm(uow, asked).replace("-", "")
    for account, status in ((filer, 422), (checker, 403)):
        page = client.as_(account).get(f"/access/{code}")
        page.submit({"knows_duties": "y"}, form=f"/access/{code}/accept", status=status)
    with made(services) as session:
        assert session.query(Relationship).filter_by(patient_id=patient.id).count() == 0
        guardian = make_account(session, "Real Guardian")
    page = client.as_(guardian).get(f"/access/{code}")
    page.submit({"knows_duties": "y"}, form=f"/access/{code}/accept")


def test_what_waits_to_be_told_to_a_liaison_who_was_replaced_is_not_told(house: House, services: Services) -> None:
    """Notices that are queued stop with the access they belong to, however it ends (PRX-3)."""
    with made(services) as session:
        before = make_account(session, "Before", email="before@example.org")
        make_caregiver(session, house.patient, account=before)
        update = FamilyUpdate(
            patient_id=house.patient.id, author_id=before.id, author_name="Before", author_relation="son", body=b"",
            audience="circle", state="published", published_at=services.clock.now(), once=uuid4(),
        )  # fmt: skip
        session.add(update)
        session.flush()
        session.add(
            Delivery(
                account_id=before.id, kind="new_message", channel="email", state="due",
                created_at=services.clock.now(), key=f"update:{update.id}:{before.id}",
            )
        )  # fmt: skip
    house.accept(house.invite(kind="liaison"), is_adult=True)
    with made(services) as session:
        states = {row.kind: row.state for row in session.query(Delivery).filter_by(account_id=before.id)}
    assert states == {"new_message": "dropped", "access_ended": "due"}
