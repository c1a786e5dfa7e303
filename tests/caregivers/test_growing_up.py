"""A child grows up: what parents see narrows and ends by the clinic's ages, and the new adult is asked (PRX-8)."""

from __future__ import annotations

import re
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from portal.caregivers import ages
from portal.caregivers.answering import Offer, _relationship
from portal.infra.settings import Settings
from portal.models import AccessEvidence, AccessInvitation, AuditEvent, Delivery, Person, Relationship
from portal.policy.vocabulary import SCOPES
from portal.work.unit_of_work import UnitOfWork
from portal.worker import keep_ages, run_once
from tests.factories.people import account_of, actor_for, made, make_account, make_patient
from tests.factories.record import make_result
from tests.support.page import PageClient

ZONE = ZoneInfo("America/New_York")
BORN = date(2008, 6, 30)  # 12 in 2020, 18 on 30 June 2026


@pytest.fixture
def family(services: Any, client: PageClient) -> Any:
    """Somebody who is 17, with their own sign-in, and a parent with papers."""
    with made(services) as session:
        child = make_patient(session, "Young", "Person", birth_on=BORN)
        account = account_of(session, child)
        account.email = "young@example.org"
        parent = make_account(session, "Pat Parent", email="pat@example.org")
        make_result(session, child)
        actor = actor_for(session, parent)
    with UnitOfWork.open(services, actor, write=True) as uow:
        offer = Offer(uuid4(), child.id, "", "", None, "parent", "mother", frozenset(SCOPES), None, None)
        held_id = _relationship(uow, offer, parent.id).id
    return SimpleNamespace(
        id=child.id, child=account, parent=parent, held_id=held_id, place=f"/people/{child.id}", client=client
    )


def at(clock: Any, text: str) -> None:
    clock.set(datetime.fromisoformat(text).replace(tzinfo=ZONE))


def work(services: Any) -> None:
    """What the worker does in an hour."""
    keep_ages(services)
    run_once(services, [])


def held(services: Any, family: Any) -> Relationship:
    with made(services) as session:
        found = session.get(Relationship, family.held_id)
        assert found is not None
        return found


def all_of(services: Any, model: Any, **values: Any) -> list[Any]:
    with made(services) as session:
        return list(session.query(model).filter_by(**values))


def test_a_corrected_birth_date_moves_both_days_and_is_in_the_trail(family: Any, services: Any) -> None:
    with made(services) as session:
        person = session.get(Person, family.id)
        assert person is not None
        person.birth_on = date(2012, 2, 29)
    work(services)
    now = held(services, family)
    assert now.narrows_at is not None and now.ends_at is not None
    assert now.narrows_at.astimezone(ZONE).isoformat() == "2024-02-29T00:00:00-05:00"
    assert now.ends_at.astimezone(ZONE).isoformat() == "2030-03-01T00:00:00-05:00"
    changed = [row for row in all_of(services, AuditEvent, patient_id=family.id) if row.reason == "ages"]
    assert len(changed) == 1
    work(services)
    assert len([row for row in all_of(services, AuditEvent, patient_id=family.id) if row.reason == "ages"]) == 1


def test_other_ages_of_the_clinic_hold_for_everybody_who_has_access(family: Any, services: Any, clock: Any) -> None:
    services.settings = services.settings.model_copy(update={"teen_age": 13, "adult_age": 19})
    work(services)
    now = held(services, family)
    assert now.narrows_at is not None and now.ends_at is not None
    assert (now.narrows_at.astimezone(ZONE).year, now.ends_at.astimezone(ZONE).year) == (2021, 2027)
    at(clock, "2026-07-01T12:00:00")
    work(services)
    family.client.as_(family.parent).get(f"{family.place}/appointments")


@pytest.mark.parametrize(("teen", "adult"), [(9, 18), (18, 18), (12, 17)])
def test_ages_that_no_law_knows_stop_the_start(teen: int, adult: int, settings: Settings) -> None:
    with pytest.raises(ValueError, match="age"):
        Settings(**{**settings.model_dump(), "teen_age": teen, "adult_age": adult})


def test_a_paper_that_ends_earlier_is_not_made_longer(family: Any, services: Any, clock: Any) -> None:
    with made(services) as session:
        asked = AccessInvitation(
            patient_id=family.id, state="accepted", kind="parent", relation="mother", name="Pat Parent", scopes=[],
            made_by_id=family.parent.id, made_at=session.info["now"], relationship_id=family.held_id,
        )  # fmt: skip
        session.add(asked)
        session.flush()
        session.add(
            AccessEvidence(
                patient_id=family.id, invitation_id=asked.id, relationship_id=family.held_id, what="court_order",
                details=b"-", expires_on=date(2026, 5, 1), filed_by_id=family.parent.id,
                filed_at=session.info["now"], checked_at=session.info["now"],
            )
        )  # fmt: skip
    work(services)
    now = held(services, family)
    assert now.ends_at is not None and now.ends_at.astimezone(ZONE).isoformat() == "2026-05-02T00:00:00-04:00"
    at(clock, "2026-05-02T00:00:00")
    family.client.as_(family.parent).get(f"{family.place}/home", status=404)
    work(services)
    assert held(services, family).state == "expired"
    assert all_of(services, AccessInvitation, state="draft") == []


def test_on_the_birthday_the_parents_access_is_over_and_both_are_told(family: Any, services: Any, clock: Any) -> None:
    at(clock, "2026-06-29T23:59:59")
    work(services)
    assert held(services, family).state == "active"
    family.client.as_(family.parent).get(f"{family.place}/appointments")
    at(clock, "2026-06-30T00:00:00")
    family.client.as_(family.parent).get(f"{family.place}/home", status=404)
    for _ in range(2):
        work(services)
    over = held(services, family)
    assert over.state == "ended" and over.ended_at == over.ends_at
    told = {(row.account_id, row.kind) for row in all_of(services, Delivery)}
    assert (family.parent.id, "access_ended") in told and (family.child.id, "access_adult") in told
    assert len([row for row in all_of(services, Delivery) if row.kind == "access_adult"]) == 1
    assert "Your access as mother ended" in family.client.as_(family.parent).get("/access-ended").text


def test_the_new_adult_is_asked_whom_to_keep_and_nothing_is_open_before(family: Any, services: Any, clock: Any) -> None:
    at(clock, "2026-06-30T08:00:00")
    work(services)
    young, parent = family.client.as_(family.child), family.client.as_(family.parent)
    assert "whom do you want to keep?" in young.get(f"{family.place}/home").text
    page = young.get(f"{family.place}/family-access")
    assert "You decide now whom you want to keep" in page.text and "Pat Parent" in page.text
    (begun,) = all_of(services, AccessInvitation, state="draft")
    assert (begun.kind, begun.relation, begun.made_by_id) == ("proxy", "mother", family.child.id)
    assert begun.scopes == ["appointments_view", "billing", "forms"]
    parent.get(f"{family.place}/appointments", status=404)
    rights = young.get(f"{family.place}/family-access/invitations/{begun.id}/rights")
    review = young.follow(rights.submit({"sees": ["appointments_view"], "does": []}))
    code = review.submit({}, status=200)
    found = re.search(r"[A-Z2-9]{4}(-[A-Z2-9]{4}){4}", code.text)
    assert found
    offer = parent.get(f"/access/{found.group().replace('-', '')}")
    offer.submit({"knows_duties": "y", "is_adult": "y"}, form=f"/access/{found.group().replace('-', '')}/accept")
    parent.get(f"{family.place}/appointments")
    parent.get(f"{family.place}/results", status=403)
    assert "whom do you want to keep?" not in young.get(f"{family.place}/home").text


def test_a_new_adult_who_wants_nobody_throws_it_away_and_is_asked_no_more(
    family: Any, services: Any, clock: Any
) -> None:
    at(clock, "2026-06-30T08:00:00")
    work(services)
    young = family.client.as_(family.child)
    (begun,) = all_of(services, AccessInvitation, state="draft")
    place = f"{family.place}/family-access"
    young.get(place).submit({}, form=f"{place}/invitations/{begun.id}/withdraw")
    clock.move(hours=2)
    work(services)
    assert all_of(services, AccessInvitation, state="draft") == []
    assert "whom do you want to keep?" not in family.client.as_(family.child).get(f"{family.place}/home").text


def test_who_has_no_sign_in_yet_is_asked_once_they_have_one(family: Any, services: Any, clock: Any) -> None:
    with made(services) as session:
        session.merge(family.child).is_active = False
    at(clock, "2026-06-30T08:00:00")
    work(services)
    assert held(services, family).state == "ended" and all_of(services, AccessInvitation) == []
    with made(services) as session:
        session.merge(family.child).is_active = True
    clock.move(days=20)
    work(services)
    assert len(all_of(services, AccessInvitation, state="draft")) == 1


def test_a_parent_the_clinic_stopped_ends_on_the_birthday_too(family: Any, services: Any, clock: Any) -> None:
    with made(services) as session:
        row = session.get(Relationship, family.held_id)
        assert row is not None
        row.state, row.suspended_by = "suspended", "clinic"
    at(clock, "2026-06-30T08:00:00")
    work(services)
    assert held(services, family).state == "ended"


def test_notices_follow_the_day_as_it_is_now(family: Any, services: Any, clock: Any) -> None:
    """60 and 7 days ahead of the corrected birthday, and not of the one that was wrong."""
    with made(services) as session:
        person = session.get(Person, family.id)
        assert person is not None
        person.birth_on = date(2008, 8, 31)
    work(services)
    for day, count in (("2026-05-02", 0), ("2026-06-23", 0), ("2026-07-02", 2), ("2026-08-24", 4)):
        at(clock, f"{day}T12:00:00")
        work(services)
        assert len(all_of(services, Delivery, kind="access_age")) == count, day


def test_somebody_whose_age_nobody_knows_may_help_others(settings: Settings, clock: Any) -> None:
    assert ages.is_of_age(settings, None, clock.now())
    assert not ages.is_of_age(settings, BORN, clock.now())
