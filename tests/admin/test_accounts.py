"""Administrators invite people and close accounts, and see nothing of anybody's record."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from portal.identity.provider.service import find_user
from portal.models import Account, AuditEvent, Invitation
from tests.factories.people import account_of, made, make_account, make_patient, make_staff
from tests.support import canary
from tests.support.page import PageClient
from tests.support.people_at_provider import SECRET, make_user


@pytest.fixture
def admin(client: PageClient, services: Any) -> PageClient:
    with made(services) as session:
        account = make_account(session, "Ada Administrator", is_admin=True)
    return client.as_(account)


def test_others_do_not_know_that_there_is_such_a_page(client: PageClient, services: Any) -> None:
    with made(services) as session:
        patient = account_of(session, make_patient(session))
        doctor = account_of(session, make_staff(session))
    for account in (patient, doctor):
        theirs = client.as_(account)
        for path in ("/admin/accounts", f"/admin/accounts/{patient.id}", "/admin/invitations/new"):
            theirs.get(path, status=404)
    client.get("/admin/accounts", status=303)


def test_accounts_are_listed_by_name_a_page_at_a_time(admin: PageClient, services: Any) -> None:
    with made(services) as session:
        for number in range(60):
            make_account(session, f"Person {number:02}")
    seen: list[str] = []
    page = admin.get("/admin/accounts")
    while True:
        seen += [cell.text for cell in page.select("table tbody td a")]
        if not page.has_link("More accounts"):
            break
        page = page.follow("More accounts")
    assert seen == ["Ada Administrator", *(f"Person {number:02}" for number in range(60))]


def test_people_are_found_by_name_and_no_name_is_in_an_address(admin: PageClient, services: Any) -> None:
    with made(services) as session:
        make_account(session, f"{canary.given} {canary.family}")
    page = admin.get("/admin/accounts").submit({"name": canary.given.lower()}, button="Search")
    assert page.location == "/admin/accounts"
    page = admin.follow(page)
    assert [cell.text for cell in page.select("table tbody td a")] == [f"{canary.given} {canary.family}"]
    page = admin.follow(page.submit({"name": "nobody like that"}))
    assert "Nobody found" in page.text
    page = admin.follow(page.submit({"name": ""}))
    assert len(page.select("table tbody tr")) == 2


def test_signs_of_the_search_language_are_letters(admin: PageClient, services: Any) -> None:
    page = admin.follow(admin.get("/admin/accounts").submit({"name": "%"}))
    assert "Nobody found" in page.text


def test_a_patient_is_invited_by_record_number(admin: PageClient, services: Any) -> None:
    with made(services) as session:
        patient = make_patient(session, mrn="MRN-77", birth_on=date(1950, 4, 12), with_account=False)
    page = admin.get("/admin/invitations/new").submit({"record_number": "MRN-77", "email": ""})
    page = admin.follow(page)
    assert page.h1 == f"{canary.given} {canary.family}"
    link = page.one("code.key").text
    assert link.startswith("http://localhost/invitation/")
    assert not admin.get(page.url).select("code.key"), "the code is shown once"
    visitor = PageClient(admin.app, admin.base_url)
    assert visitor.get(link).h1 == "Confirm that it is you"
    with services.database.connect() as connection:
        told = connection.execute(
            select(AuditEvent.patient_id).where(AuditEvent.action == "admin:invitation:create")
        ).scalars()
        assert patient.id in list(told)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"mrn": "OTHER"}, "no patient with that record number"),
        ({"mrn": "MRN-77", "birth_on": None}, "no birth date"),
        ({"mrn": "MRN-77", "with_account": True}, "have an account already"),
    ],
)
def test_a_patient_who_can_not_be_invited(admin: PageClient, services: Any, more: dict[str, Any], said: str) -> None:
    with made(services) as session:
        make_patient(session, **{"with_account": False, **more})
    page = admin.get("/admin/invitations/new").submit({"record_number": "MRN-77"}, status=422)
    assert said in " ".join(page.errors)


def test_staff_are_invited_from_the_directory_or_as_new(admin: PageClient, services: Any) -> None:
    with made(services) as session:
        doctor = make_staff(session, with_account=False)
    page = admin.get("/admin/invitations/new?kind=staff")
    page = admin.follow(page.submit({"practitioner": str(doctor.id)}))
    assert page.h1 == doctor.name
    page = admin.get("/admin/invitations/new?kind=staff").submit({"practitioner": ""}, status=422)
    assert page.errors == ["Choose somebody from the list, or enter a name."]
    page = admin.follow(page.submit({"name": "Nora Nurse", "role": "nurse"}))
    assert page.h1 == "Nora Nurse"
    with made(services) as session:
        found = session.query(Account).filter(Account.display_name == "Nora Nurse").one()
        assert found.practitioner_id is not None
        assert found.is_admin is False


def test_a_caregiver_is_invited_by_name(admin: PageClient) -> None:
    page = admin.get("/admin/invitations/new?kind=caregiver")
    page = admin.follow(page.submit({"name": "Carla Caregiver", "email": "carla@example.org"}))
    assert page.h1 == "Carla Caregiver"
    page = admin.get("/admin/invitations/new?kind=caregiver")
    page = page.submit({"name": "Carla Caregiver", "email": "not an e-mail"}, status=422)
    assert page.errors == ["Enter an e-mail like name@example.org."]


def test_a_new_invitation_can_be_made(admin: PageClient, services: Any) -> None:
    with made(services) as session:
        account = make_account(session, "Carla Caregiver")
    page = admin.get(f"/admin/accounts/{account.id}")
    assert "Not invited" in page.text
    page = admin.follow(page.submit(form="/invite-again"))
    assert page.select("code.key")
    assert "Invited" in page.text


def test_a_closed_account_is_out_everywhere_and_can_be_opened_again(
    admin: PageClient, client: PageClient, services: Any
) -> None:
    with made(services) as session:
        account = make_account(session, "Carla Caregiver")
    user = make_user(services, account=account)
    theirs = client.as_(account)
    theirs.get("/profile")
    page = admin.follow(admin.get(f"/admin/accounts/{account.id}").submit(form="/close"))
    assert "The account is closed" in page.text
    theirs.get("/profile", status=303)
    found = find_user(services, user_id=user.id)
    assert found is not None
    assert not found.is_active
    page = admin.follow(page.submit(form="/open"))
    assert "Active" in page.text


def test_nobody_closes_their_own_account(admin: PageClient) -> None:
    me = admin.signed_in_as
    page = admin.get(f"/admin/accounts/{me.id}")
    assert not [form for form in page.forms if form.action.endswith("/close")]
    admin.post(f"/admin/accounts/{me.id}/close", csrf="/admin/accounts", status=409)


def test_somebody_is_signed_out_everywhere(admin: PageClient, client: PageClient, services: Any) -> None:
    with made(services) as session:
        account = make_account(session, "Carla Caregiver")
    make_user(services, account=account)
    theirs = client.as_(account)
    admin.get(f"/admin/accounts/{account.id}").submit(form="/end-sessions")
    theirs.get("/profile", status=303)


def test_a_lost_second_step_is_reset(admin: PageClient, services: Any) -> None:
    with made(services) as session:
        account = make_account(session, "Carla Caregiver")
    user = make_user(services, account=account, totp_secret=SECRET)
    page = admin.follow(admin.get(f"/admin/accounts/{account.id}").submit(form="/reset-second-step"))
    assert "second step is reset" in page.text
    found = find_user(services, user_id=user.id)
    assert found is not None
    assert not found.has_totp


def test_changes_need_a_fresh_proof(client: PageClient, services: Any, clock: Any) -> None:
    with made(services) as session:
        me = make_account(session, "Ada Administrator", is_admin=True)
        other = make_account(session, "Carla Caregiver")
    mine = client.as_(me)
    page = mine.get(f"/admin/accounts/{other.id}")
    clock.move(minutes=6)
    page = page.submit(form="/close")
    assert page.location == f"/sign-in?next=%2Fadmin%2Faccounts%2F{other.id}&again=1"
    with made(services) as session:
        assert session.get(Account, other.id).is_active  # type: ignore[union-attr]
        assert session.query(Invitation).count() == 0


def test_an_administrator_reads_no_record(admin: PageClient, services: Any) -> None:
    with made(services) as session:
        patient = make_patient(session)
    for room in ("home", "messages", "results", "medicines", "appointments", "care-team"):
        admin.get(f"/people/{patient.id}/{room}", status=404)


def test_an_account_that_is_not_there(admin: PageClient) -> None:
    admin.get("/admin/accounts/5f7b1c7e-4b5c-4f0e-9a44-2d6c3a0f5a11", status=404)
    admin.get("/admin/accounts?after=nonsense")
