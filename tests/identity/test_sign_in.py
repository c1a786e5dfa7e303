"""Signing in with a password, through the whole OpenID Connect exchange with the built-in provider."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal.models import AuditEvent, Job, WebSession
from tests.support import canary
from tests.support.page import PageClient
from tests.support.people_at_provider import PASSWORD, enter, make_user, sign_in, start, walk

SESSIONS: Any = WebSession.__table__


@pytest.fixture
def settings_values(settings_values: dict[str, Any]) -> dict[str, Any]:
    """In the demo nobody is asked about a second step on the way in."""
    return {**settings_values, "demo": True}


def rows(services: Any, table: Any) -> list[Any]:
    with services.database.connect() as connection:
        return list(connection.execute(select(table)))


def test_a_password_opens_the_portal(client: PageClient, services: Any) -> None:
    make_user(services)
    page = sign_in(client)
    assert page.location == "/"
    opened = [row for row in rows(services, SESSIONS) if row.account_id]
    assert len(opened) == 1
    assert opened[0].methods == "pwd"
    assert client.get("/profile").h1 == "Your profile"


def test_one_comes_back_to_where_one_was(client: PageClient, services: Any) -> None:
    make_user(services)
    asked = client.get("/profile/sessions", status=303)
    page = walk(client, enter(start(client, asked.location)))
    assert page.location == "/profile/sessions"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_one_is_never_sent_to_another_site(client: PageClient, services: Any, target: str) -> None:
    make_user(services)
    client.get("/sign-in", query={"next": target}, status=303)
    page = walk(client, enter(start(client, f"/sign-in?next={target.replace('?', '')}")))
    assert page.location == "/"


def test_sign_in_gives_the_session_a_new_name(client: PageClient, services: Any) -> None:
    make_user(services)
    start(client)
    before = client.http.get_cookie("session")
    provider_before = client.http.get_cookie("idp")
    sign_in(client)
    after, provider_after = client.http.get_cookie("session"), client.http.get_cookie("idp")
    assert before and after and before.value != after.value
    assert provider_before and provider_after and provider_before.value != provider_after.value


def test_a_session_name_chosen_by_somebody_else_is_not_taken(client: PageClient, services: Any) -> None:
    make_user(services)
    client.http.set_cookie("session", "chosen-by-somebody-else")
    sign_in(client)
    cookie = client.http.get_cookie("session")
    assert cookie and cookie.value != "chosen-by-somebody-else"


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(client: PageClient, services: Any) -> None:
    make_user(services)
    wrong = enter(start(client), password="not the password", status=422)
    unknown = enter(start(client), email="nobody@example.org", password="not the password", status=422)
    assert wrong.title == unknown.title == "Error: Sign in – Throughline"
    assert "do not match" in wrong.text
    assert wrong.text.replace(canary.email, "") == unknown.text.replace("nobody@example.org", "")
    assert [row for row in rows(services, SESSIONS) if row.account_id] == []


def test_both_are_hashed(client: PageClient, services: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown name costs the same hash as a known one: time tells nothing."""
    make_user(services)
    seen: list[bool] = []
    kind = type(services.passwords._hasher)
    verify = kind.verify
    monkeypatch.setattr(kind, "verify", lambda *given: seen.append(True) or verify(*given))
    enter(start(client), password="not the password", status=422)
    enter(start(client), email="nobody@example.org", status=422)
    assert seen == [True, True]


def test_what_is_missing_is_said_beside_the_field(client: PageClient, services: Any) -> None:
    page = enter(start(client), email="", password="", status=422)
    assert page.errors == ["Enter your e-mail.", "Enter your password."]


def test_a_form_without_its_token_is_refused(client: PageClient, services: Any) -> None:
    make_user(services)
    page = start(client)
    client.send(page.form("/idp/sign-in").action, {"email": canary.email, "password": PASSWORD}, status=400)


def test_a_form_sent_from_another_site_is_refused(client: PageClient, services: Any) -> None:
    make_user(services)
    page = start(client)
    sent = page.form("/idp/sign-in").filled({"email": canary.email, "password": PASSWORD})
    client.send(page.form("/idp/sign-in").action, sent, status=403, headers={"Sec-Fetch-Site": "cross-site"})


def test_a_closed_account_is_told_so(client: PageClient, services: Any) -> None:
    from portal.models import Account
    from tests.factories.people import made

    make_user(services)
    with made(services) as session:
        session.query(Account).update({"is_active": False})
    page = sign_in(client)
    assert page.status == 403
    assert page.h1 == "This account is closed"


def test_a_sign_in_nobody_invited_is_told_what_to_do(client: PageClient, services: Any) -> None:
    from portal.models import Identity
    from tests.factories.people import made

    make_user(services)
    with made(services) as session:
        session.query(Identity).delete()
    page = sign_in(client)
    assert page.status == 403
    assert page.h1 == "We don’t know this sign-in yet"
    assert page.link("Use my invitation").href == "/invitation"


def test_the_trail_tells_of_good_and_bad_tries(client: PageClient, services: Any) -> None:
    make_user(services)
    enter(start(client), password="not the password", status=422)
    sign_in(client)
    told = [(row.action, row.outcome) for row in rows(services, AuditEvent.__table__)]
    assert ("identity:sign_in:create", "failed") in told
    assert told.count(("identity:sign_in:create", "done")) >= 2  # once at the provider, once at the portal


def test_signing_out_ends_both_sessions_and_clears_the_browser(client: PageClient, services: Any) -> None:
    make_user(services)
    sign_in(client)
    page = client.post("/sign-out", csrf="/profile")
    assert page.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert canary.email not in page.location
    assert walk(client, page).h1 == "You are signed out"
    assert [row for row in rows(services, SESSIONS) if row.account_id] == []
    assert start(client).h1 == "Sign in"
    client.get("/profile", status=303)


def test_a_link_alone_signs_nobody_out_at_the_provider(client: PageClient, services: Any) -> None:
    make_user(services)
    sign_in(client)
    page = client.get("/idp/logout")
    assert page.h1 == "Do you want to sign out?"
    assert client.get("/sign-in", query={"again": "1"}, status=303)
    page.submit(form="/idp/sign-out", status=200)


def test_signing_in_again_asks_for_the_password_although_one_is_signed_in(
    client: PageClient, services: Any, clock: Any
) -> None:
    make_user(services)
    sign_in(client)
    clock.move(minutes=6)
    page = start(client, "/sign-in?again=1&next=/profile")
    assert page.h1 == "Sign in"
    assert walk(client, enter(page)).location == "/profile"
    row = next(row for row in rows(services, SESSIONS) if row.account_id)
    assert services.clock.now() - row.factor_at < timedelta(seconds=5)


def test_the_provider_signs_nobody_in_silently_after_the_idle_limit(
    client: PageClient, services: Any, clock: Any
) -> None:
    make_user(services)
    sign_in(client)
    clock.move(minutes=16)
    client.http.delete_cookie("session")
    assert start(client).h1 == "Sign in"


def test_the_language_chosen_stays_through_sign_in(client: PageClient, services: Any) -> None:
    page = start(client)
    spanish = page.link("Español").href
    assert "request=" in spanish
    assert client.get(spanish).one("html")["lang"] == "es"


def test_mail_and_jobs_name_nobody(client: PageClient, services: Any) -> None:
    user = make_user(services)
    from portal.identity.provider.service import set_password
    from portal.policy.actors import Actor

    set_password(services, Actor.nobody(), user.id, "another long password here")
    jobs = rows(services, Job.__table__)
    assert [(job.kind, job.subject) for job in jobs] == [("identity.tell_security_changed", str(user.id))]


def test_a_state_is_used_once(client: PageClient, services: Any) -> None:
    make_user(services)
    page = enter(start(client))
    page = client.follow(page, status=302)
    client.get(page.location, status=303)
    again = client.get(page.location, status=400)
    assert again.h1 == "This sign-in page was too old"
    assert again.link("Try again").href.startswith("/sign-in")


def test_an_answer_of_another_browser_is_not_taken(client: PageClient, services: Any) -> None:
    make_user(services)
    answer = client.follow(enter(start(client)), status=302).location
    other = PageClient(client.app, client.base_url)
    assert other.get(answer, status=400).h1 == "This sign-in page was too old"


def test_turning_back_is_not_an_error(client: PageClient, services: Any) -> None:
    page = client.get("/sign-in", status=303)
    state = page.location.split("state=")[1].split("&")[0]
    answer = f"/sign-in/callback?error=access_denied&state={state}&iss=http://localhost/idp"
    assert client.get(answer, status=400).h1 == "You did not finish signing in"


def test_an_answer_that_names_another_issuer_is_a_mix_up(client: PageClient, services: Any) -> None:
    make_user(services)
    answer = client.follow(enter(start(client)), status=302).location
    forged = answer.replace("iss=http%3A%2F%2Flocalhost%2Fidp", "iss=https%3A%2F%2Fevil.example")
    assert forged != answer
    assert client.get(forged, status=400).h1 == "We could not check your sign-in"


def test_an_answer_without_the_issuer_is_not_taken(client: PageClient, services: Any) -> None:
    make_user(services)
    answer = client.follow(enter(start(client)), status=302).location
    client.get(answer.split("&iss=")[0], status=400)


def test_people_on_another_address_of_the_portal_are_sent_to_the_right_one(app: Any) -> None:
    answer = app.test_client().get("/sign-in", base_url="http://127.0.0.1")
    assert answer.status_code == 303
    assert answer.location == "http://localhost/sign-in"
