"""Sessions end when they should, everywhere, at once."""

from __future__ import annotations

from typing import Any

import pytest

from portal.models import Account, WebSession
from tests.factories.people import account_of, made, make_account, make_patient, make_staff
from tests.support.page import PageClient
from tests.support.people_at_provider import make_user, sign_in


@pytest.fixture
def settings_values(settings_values: dict[str, Any]) -> dict[str, Any]:
    return {**settings_values, "demo": True}


@pytest.fixture
def account(services: Any) -> Account:
    with made(services) as session:
        return account_of(session, make_patient(session))


def test_an_idle_session_ends_and_says_why(client: PageClient, account: Account, clock: Any) -> None:
    mine = client.as_(account)
    mine.get("/profile")
    clock.move(minutes=20)
    page = mine.follow(mine.get("/profile", status=303))
    assert page.h1 == "You were signed out to keep your record safe"
    assert "What you were writing is saved." in page.text
    assert page.link("Sign in again").href == "/sign-in?next=%2Fprofile"


def test_using_the_portal_keeps_the_session(client: PageClient, account: Account, clock: Any) -> None:
    mine = client.as_(account)
    for _ in range(5):
        clock.move(minutes=15)
        mine.get("/profile")


def test_staff_sessions_end_sooner(client: PageClient, services: Any, clock: Any) -> None:
    with made(services) as session:
        staff = account_of(session, make_staff(session))
    mine = client.as_(staff)
    clock.move(minutes=15)
    mine.get("/profile", status=303)


def test_what_runs_in_the_background_keeps_nothing_alive(client: PageClient, account: Account, clock: Any) -> None:
    mine = client.as_(account)
    for _ in range(3):
        clock.move(minutes=6)
        mine.get("/profile", headers={"X-Portal-Background": "1"})
    clock.move(minutes=6)
    mine.get("/profile", status=303)


def test_staying_keeps_the_session(client: PageClient, account: Account, clock: Any) -> None:
    mine = client.as_(account)
    token = mine.get("/profile").form("/profile").values["csrf_token"]
    clock.move(minutes=19)
    mine.send("/session/stay", {}, status=204, headers={"X-CSRFToken": str(_one(token))})
    clock.move(minutes=19)
    mine.get("/profile")


def _one(value: Any) -> Any:
    return value[0] if isinstance(value, list) else value


def test_no_session_lives_longer_than_half_a_day(client: PageClient, account: Account, clock: Any) -> None:
    mine = client.as_(account)
    for _ in range(47):
        clock.move(minutes=15)
        mine.get("/profile")
    clock.move(minutes=15)
    mine.get("/profile", status=303)


def test_a_session_ended_on_another_device_is_over_at_its_next_request(
    client: PageClient, account: Account, services: Any
) -> None:
    mine, other = client.as_(account), client.as_(account)
    page = mine.get("/profile/sessions")
    assert len(page.select("ul.items li")) == 2
    ends = [form for form in page.forms if form.action.endswith("/end")]
    assert len(ends) == 1, "one does not end the session one is in"
    page = page.submit(form=ends[0].action.split("/profile")[1])
    assert "That device is signed out." in mine.follow(page).text
    other.get("/profile", status=303)
    mine.get("/profile")


def test_all_others_can_be_ended_at_once(client: PageClient, account: Account) -> None:
    mine, *others = (client.as_(account) for _ in range(3))
    mine.get("/profile/sessions").submit(form="/end-others")
    for other in others:
        other.get("/profile", status=303)
    mine.get("/profile")


def test_somebody_else_s_session_is_not_there(client: PageClient, account: Account, services: Any) -> None:
    with made(services) as session:
        stranger = make_account(session, "Somebody Else")
    other = client.as_(stranger)
    with made(services) as session:
        row = session.query(WebSession).filter(WebSession.account_id == stranger.id).one()
    mine = client.as_(account)
    mine.post(f"/profile/sessions/{row.id}/end", csrf="/profile", status=404)
    other.get("/profile")


def test_signing_out_everywhere_ends_portal_and_provider(client: PageClient, services: Any) -> None:
    make_user(services)
    other = PageClient(client.app, client.base_url)
    sign_in(client)
    sign_in(other)
    client.post("/sign-out", {"everywhere": "1"}, csrf="/profile")
    other.get("/profile", status=303)
    assert other.get("/idp/security", status=303).location.startswith("/idp/sign-in")


def test_a_closed_account_is_out_at_its_next_request(client: PageClient, account: Account, services: Any) -> None:
    mine = client.as_(account)
    with made(services) as session:
        session.query(Account).filter(Account.id == account.id).update({"is_active": False})
    mine.get("/profile", status=303)


def test_a_fragment_gets_no_sign_in_page(client: PageClient, account: Account, clock: Any) -> None:
    mine = client.as_(account)
    clock.move(minutes=30)
    answer = mine.get("/profile", status=401, htmx=True)
    assert answer.headers["HX-Redirect"].startswith("/sign-in?next=%2Fprofile")
    assert not answer.data


def test_signing_out_works_with_a_session_that_is_over(client: PageClient, account: Account, clock: Any) -> None:
    mine = client.as_(account)
    token = mine.get("/profile").form("/profile").values["csrf_token"]
    clock.move(minutes=30)
    page = mine.send("/sign-out", {"csrf_token": _one(token)})
    assert page.location.startswith(("/sign-in", "/signed-out"))


def test_the_profile_keeps_language_and_zone(client: PageClient, account: Account) -> None:
    mine = client.as_(account)
    page = mine.get("/profile").submit({"language": "es", "time_zone": "America/Denver"}, form="/profile")
    page = mine.follow(page)
    assert page.one("html")["lang"] == "es"
    assert page.form("/profile").values["time_zone"] in ("America/Denver", ["America/Denver"])


def test_a_language_nobody_offers_is_refused(client: PageClient, account: Account) -> None:
    mine = client.as_(account)
    sent = mine.get("/profile").form("/profile").values
    mine.send("/profile", {**sent, "language": "tlh"}, status=422)


def test_one_s_own_profile_only(client: PageClient) -> None:
    client.get("/profile", status=303)
    client.get("/profile/sessions", status=303)
