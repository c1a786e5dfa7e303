"""An invitation connects one person with one account, once."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from portal.identity.invitations import invite, normal_code
from portal.identity.tickets import open_ticket, seal_ticket
from portal.models import Identity, Invitation, ProviderUser
from portal.policy.actors import Actor
from portal.work.unit_of_work import UnitOfWork
from tests.factories.people import account_of, made, make_account, make_patient, make_staff
from tests.support.page import Page, PageClient
from tests.support.people_at_provider import PASSWORD, SECRET, make_user, totp_code, walk

BORN = {"born-month": "4", "born-day": "12", "born-year": "1950"}


def invited(services: Any, account_id: Any) -> str:
    """The address of a new invitation."""
    with UnitOfWork.open(services, Actor.system("demo.build"), write=True) as uow:
        return f"/invitation/{normal_code(invite(uow, account_id))}"


@pytest.fixture
def patient_account(services: Any) -> Any:
    with made(services) as session:
        patient = make_patient(session, birth_on=date(1950, 4, 12))
        return account_of(session, patient).id


def register(client: PageClient, page: Page, email: str = "new@example.org", password: str = PASSWORD) -> Page:
    """From the checked invitation to the end of registration."""
    page = walk(client, page.submit(button="Create my sign-in", form="/create"))
    assert page.h1 == "Create your sign-in"
    return walk(client, page.submit({"email": email, "password": password}))


def test_a_patient_proves_the_birth_date_and_makes_a_sign_in(
    client: PageClient, services: Any, patient_account: Any, canary: Any
) -> None:
    path = invited(services, patient_account)
    page = client.get(path)
    assert canary.given not in page.html, "no name before the birth date"
    page = client.follow(page.submit(BORN))
    assert page.h1 == "Welcome"
    assert canary.given in page.text
    page = register(client, page)
    assert page.h1 == "Add a second step to your sign-in?"
    assert walk(client, page.submit(button="Not now")).location == "/"
    assert canary.given in client.get("/profile").text
    with services.database.connect() as connection:
        connected = connection.execute(select(Identity.account_id, Identity.issuer)).all()
    assert connected == [(patient_account, "self")]


def test_an_invitation_is_used_once(client: PageClient, services: Any, patient_account: Any) -> None:
    path = invited(services, patient_account)
    walk(client, register(client, client.follow(client.get(path).submit(BORN))).submit(button="Not now"))
    PageClient(client.app, client.base_url).get(path, status=410)


def test_an_invitation_ends(client: PageClient, services: Any, patient_account: Any, clock: Any) -> None:
    path = invited(services, patient_account)
    clock.move(days=services.settings.invitation_days)
    client.get(path, status=410)


def test_an_invitation_that_ends_meanwhile_connects_nothing(
    client: PageClient, services: Any, patient_account: Any
) -> None:
    path = invited(services, patient_account)
    page = client.follow(client.get(path).submit(BORN))
    invited(services, patient_account)  # a new one replaces it
    client.send(page.form("/create").action, page.form("/create").values, status=410)


def test_a_new_invitation_replaces_the_one_before(client: PageClient, services: Any, patient_account: Any) -> None:
    first = invited(services, patient_account)
    second = invited(services, patient_account)
    client.get(first, status=410)
    client.get(second)


def test_five_wrong_birth_dates_end_it(client: PageClient, services: Any, patient_account: Any) -> None:
    path = invited(services, patient_account)
    page = client.get(path)
    for _ in range(5):
        page = page.submit({**BORN, "born-year": "1951"}, status=422)
    client.send(path, page.form().filled(BORN, None), status=410)
    client.get(path, status=410)


def test_a_date_that_is_none_costs_no_try(client: PageClient, services: Any, patient_account: Any) -> None:
    page = client.get(invited(services, patient_account))
    for wrong in ({"born-month": "13"}, {"born-day": "x"}, {"born-year": ""}):
        page = page.submit({**BORN, **wrong}, status=422)
        assert page.errors == ["Enter your birth date as numbers, such as 4 17 1958."]
    page.submit(BORN)


def test_the_birth_date_can_not_be_skipped(client: PageClient, services: Any, patient_account: Any) -> None:
    path = invited(services, patient_account)
    page = client.get(path)
    token = page.form().values["csrf_token"]
    for step in ("create", "existing"):
        answer = client.send(f"{path}/{step}", {"csrf_token": token})
        assert answer.location == path


def test_the_birth_date_counts_for_the_browser_that_gave_it(
    client: PageClient, services: Any, patient_account: Any
) -> None:
    path = invited(services, patient_account)
    client.get(path).submit(BORN)
    other = PageClient(client.app, client.base_url)
    assert other.get(path).h1 == "Confirm that it is you"


def test_a_typed_code_finds_the_invitation(client: PageClient, services: Any, patient_account: Any) -> None:
    code = invited(services, patient_account).rsplit("/", 1)[1]
    page = client.get("/invitation").submit({"code": f" {code[:4].lower()}-{code[4:]} "})
    assert client.follow(page).h1 == "Confirm that it is you"
    page = client.get("/invitation").submit({"code": "AAAA-BBBB"}, status=422)
    assert "That code does not work" in " ".join(page.errors)


def test_codes_can_not_be_guessed(client: PageClient, services: Any) -> None:
    for _ in range(20):
        client.get("/invitation/" + "A" * 20, status=410)
    client.get("/invitation/" + "A" * 20, status=429)


def test_staff_set_up_a_second_step_with_their_sign_in(client: PageClient, services: Any) -> None:
    with made(services) as session:
        account_id = account_of(session, make_staff(session)).id
    page = register(client, client.get(invited(services, account_id)), password="green boat")
    assert page.h1 == "Set up a second step"
    with services.database.connect() as connection:
        assert connection.execute(select(ProviderUser.needs_second_factor)).scalar_one() is True


def test_a_patient_s_password_is_longer_than_staff_s(client: PageClient, services: Any, patient_account: Any) -> None:
    page = client.follow(client.get(invited(services, patient_account)).submit(BORN))
    page = walk(client, page.submit(form="/create"))
    page = page.submit({"email": "new@example.org", "password": "green boat"}, status=422)
    assert page.errors == ["Choose a longer password: at least 15 characters."]


def test_a_sign_in_one_has_already_can_be_connected(client: PageClient, services: Any) -> None:
    from tests.support import canary

    make_user(services, totp_secret=SECRET)
    with made(services) as session:
        session.query(Identity).delete()
        account_id = make_account(session).id
    page = client.get(invited(services, account_id))
    page = sign_in_at(client, walk(client, page.submit(form="/existing")), services, canary.email)
    assert page.location == "/"


def sign_in_at(client: PageClient, page: Page, services: Any, email: str) -> Page:
    page = walk(client, page.submit({"email": email, "password": PASSWORD}, form="/idp/sign-in"))
    return walk(client, page.submit({"code": totp_code(services)}))


def test_a_sign_in_of_another_account_is_not_taken_over(client: PageClient, services: Any) -> None:
    from tests.support import canary

    make_user(services, totp_secret=SECRET)
    with made(services) as session:
        account_id = make_account(session).id
    page = client.get(invited(services, account_id))
    page = sign_in_at(client, walk(client, page.submit(form="/existing")), services, canary.email)
    assert page.status == 409
    assert page.h1 == "This sign-in already opens another account"


def test_nobody_registers_without_an_invitation(client: PageClient, services: Any) -> None:
    page = walk(client, client.get("/sign-in", status=303))
    request = page.url.split("request=")[1]
    answer = client.get(f"/idp/register?request={request}", status=303)
    assert answer.location.startswith("/idp/sign-in")


def test_a_taken_e_mail_makes_no_second_sign_in(client: PageClient, services: Any, patient_account: Any) -> None:
    make_user(services, "taken@example.org")
    page = client.follow(client.get(invited(services, patient_account)).submit(BORN))
    page = walk(client, page.submit(form="/create"))
    page = page.submit({"email": "Taken@Example.org", "password": PASSWORD}, status=422)
    assert "We can’t make a new sign-in with this e-mail" in " ".join(page.errors)


def test_only_the_hash_of_a_code_is_stored(services: Any, patient_account: Any) -> None:
    code = invited(services, patient_account).rsplit("/", 1)[1]
    with services.database.connect() as connection:
        assert code not in str(connection.execute(select(Invitation.__table__)).all())


def test_a_ticket_is_for_one_purpose_and_half_an_hour(services: Any, clock: Any) -> None:
    ticket = seal_ticket(services.ring, "register", {"name": "x"}, clock.now())
    assert open_ticket(services.ring, "register", ticket, clock.now()) is not None
    assert open_ticket(services.ring, "other", ticket, clock.now()) is None
    assert open_ticket(services.ring, "register", ticket[:-2] + "AA", clock.now()) is None
    assert open_ticket(services.ring, "register", "%%%", clock.now()) is None
    clock.move(minutes=31)
    assert open_ticket(services.ring, "register", ticket, clock.now()) is None
