"""Clinicians stop whoever harms a patient they act for by law; why stays with clinicians (PRX-9)."""

from __future__ import annotations

from typing import Any

import pytest

from portal.models import AccessLimit, AuditEvent, Relationship
from portal.policy.vocabulary import SCOPES
from portal.worker import run_once
from tests.caregivers.house import House
from tests.factories.people import account_of, made, make_account, make_caregiver, make_staff

SAW = "Bruises on both arms, told me not to say."


@pytest.fixture
def ward(house: House) -> Any:
    """A patient with a guardian, a doctor who treats her, and one who does not."""
    with made(house.services) as session:
        patient = session.merge(house.patient)
        gus = make_account(session, "Gus Guardian", email="gus@example.org")
        _, held = make_caregiver(
            session, patient, kind="representative", relation="guardian", account=gus, scopes=SCOPES
        )
        doctor = account_of(session, make_staff(session, "Dr. Pia Prime", cares_for=[patient]))
        other = account_of(session, make_staff(session, "Dr. Olga Other"))
        clerk = account_of(session, make_staff(session, "Ben Book", "front_desk", cares_for=[patient]))
        admin = make_account(session, "Ada Admin", is_admin=True)
    house.held_id = held.id  # type: ignore[attr-defined]
    for name, account in (("gus", gus), ("doctor", doctor), ("other", other), ("clerk", clerk), ("admin", admin)):
        setattr(house, name, house.client.as_(account))
    house.place = f"/desk/patients/{house.patient.id}/limits"  # type: ignore[attr-defined]
    house.home = f"/people/{house.patient.id}/home"  # type: ignore[attr-defined]
    return house


def stop(ward: Any, status: int = 303, **more: Any) -> Any:
    page = ward.doctor.get(f"{ward.place}/{ward.held_id}/new")
    return page.submit({"why": "abuse", "details": SAW, **more}, status=status)


def state(ward: Any) -> str:
    with made(ward.services) as session:
        found = session.get(Relationship, ward.held_id)
        assert found is not None
        return found.state


def test_it_holds_from_the_next_request_on_and_says_nothing_of_why(ward: Any) -> None:
    ward.gus.get(ward.home)
    stop(ward)
    ward.gus.get(ward.home, status=404)
    ended = ward.gus.get("/access-ended")
    assert "Your access as guardian is paused." in ended.text
    assert "Bruises" not in ended.html and "Abuse" not in ended.html
    with made(ward.services) as session:
        limit = session.query(AccessLimit).one()
        assert b"Bruises" not in limit.details
        trail = {(row.action, row.reason) for row in session.query(AuditEvent).filter_by(patient_id=ward.patient.id)}
    assert {("caregivers:limit:update", "made"), ("caregivers:limit:update", "limited")} <= trail


def test_colleagues_read_why_and_lift_it(ward: Any) -> None:
    stop(ward)
    page = ward.doctor.get(ward.place)
    assert SAW in page.text and "Abuse, or a suspicion of it" in page.text and "by Dr. Pia Prime" in page.text
    page.submit({}, form=next(form.action for form in page.forms if "/lift/" in form.action))
    ward.gus.get(ward.home)
    assert SAW not in ward.doctor.get(ward.place).text


def test_a_day_ahead_is_waited_for_and_the_last_day_is_included(ward: Any, clock: Any) -> None:
    stop(ward, why="no_contact", since="2026-03-12", until="2026-03-14")
    assert "It does not hold yet." in ward.doctor.get(ward.place).text
    ward.gus.get(ward.home)
    for day, hour, wanted in ((12, 3, "active"), (12, 4, "suspended"), (15, 3, "suspended"), (15, 4, "active")):
        clock.set(clock.now().replace(day=day, hour=hour, minute=0))  # New York is four hours behind
        run_once(ward.services, [])
        assert state(ward) == wanted, (day, hour)


def test_what_was_lifted_before_its_day_never_holds(ward: Any, clock: Any) -> None:
    stop(ward, why="custody", since="2026-03-12")
    page = ward.doctor.get(ward.place)
    page.submit({}, form=next(form.action for form in page.forms if "/lift/" in form.action))
    clock.move(days=3)
    run_once(ward.services, [])
    assert state(ward) == "active"


def test_of_two_limits_the_last_one_lets_go(ward: Any) -> None:
    stop(ward)
    stop(ward, why="danger")
    for left in ("suspended", "active"):
        page = ward.doctor.get(ward.place)
        page.submit({}, form=next(form.action for form in page.forms if "/lift/" in form.action))
        assert state(ward) == left


def test_the_privacy_officer_does_not_undo_what_protects_the_patient(ward: Any) -> None:
    stop(ward)
    page = ward.admin.get("/representatives")
    assert "Bruises" not in page.html
    action = next(form.action for form in page.forms if form.action.endswith("/resume"))
    after = ward.admin.follow(page.submit({}, form=action))
    assert "Only the care team can lift that." in after.text
    assert state(ward) == "suspended"


@pytest.mark.parametrize("who", ["gus", "own", "theirs", "other", "clerk", "admin"])
def test_nobody_else_stops_anybody_or_reads_why(ward: Any, who: str) -> None:
    stop(ward)
    with made(ward.services) as session:
        limit = session.query(AccessLimit).one()
    browser = getattr(ward, who)
    status = 403 if who in ("own", "clerk") else 404
    browser.get(ward.place, status=status)
    browser.get(f"{ward.place}/{ward.held_id}/new", status=status)
    browser.post(f"{ward.place}/lift/{limit.id}", {}, csrf="/profile", status=status)
    browser.post(f"{ward.place}/{ward.held_id}/new", {"why": "abuse", "details": "x"}, csrf="/profile", status=status)
    with made(ward.services) as session:
        assert session.query(AccessLimit).filter_by(lifted_at=None).count() == 1


@pytest.mark.parametrize(
    "typed",
    [
        {"details": " "},
        {"since": "2026-03-09"},
        {"until": "2026-03-09"},
        {"since": "2026-04-02", "until": "2026-04-01"},
    ],
)
def test_what_makes_no_sense_is_said_in_words(ward: Any, typed: dict[str, str]) -> None:
    page = stop(ward, status=422, **typed)
    assert page.errors
    assert state(ward) == "active"


def test_only_what_is_given_by_law_is_stopped_here(ward: Any) -> None:
    with made(ward.services) as session:
        _, proxy = make_caregiver(
            session, session.merge(ward.patient), kind="proxy", name="Pia Proxy", scopes=["results"]
        )
    assert "Pia Proxy" not in ward.doctor.get(ward.place).text
    ward.doctor.post(f"{ward.place}/{proxy.id}/new", {"why": "abuse", "details": "x"}, csrf=ward.place, status=409)
