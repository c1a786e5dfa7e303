"""Attacks on the built-in OpenID provider: crafted requests, half sign-ins, devices and codes past their day."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import urlencode

import pytest

from portal.identity.provider.service import end_sessions, find_user, set_password
from portal.policy.actors import Actor
from tests.identity.test_provider import REQUEST, code_of, redeem
from tests.security.nasty import VALUES, encoded
from tests.support import canary
from tests.support.page import PageClient
from tests.support.people_at_provider import PASSWORD, SECRET, enter, make_user, sign_in, start, totp_code, walk

NEW = "nine yellow kites over water"


def statuses(client: PageClient, path: str, queries: list[str], **how: Any) -> set[int]:
    found = set()
    for query in queries:
        answer = client.http.get(path, base_url=client.base_url, query_string=query, **how)
        found.add(answer.status_code)
    return found


@pytest.mark.parametrize("name", [*REQUEST, "resume", "max_age", "prompt", "registration", "request", "ui_locales"])
def test_no_request_breaks_the_provider(client: PageClient, name: str) -> None:
    values = [value[:3000] for value in VALUES]
    queries = [encoded({**REQUEST, name: value}.items()) for value in values]
    queries += [encoded([*REQUEST.items(), (name, value)]) for value in values]
    assert statuses(client, "/idp/authorize", queries) <= {302, 303, 400}


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"%ff", b"&&&=%", b"a=%zz"])
def test_bytes_that_are_no_text_are_a_bad_request_at_the_most(client: PageClient, raw: bytes) -> None:
    query = (urlencode(REQUEST).encode() + b"&x=" + raw).decode("latin-1")
    answer = client.http.get("/idp/authorize", base_url=client.base_url, environ_overrides={"QUERY_STRING": query})
    assert answer.status_code in (302, 303, 400)


@pytest.mark.parametrize("pair", [b"\xff\xfe:x", b"no-colon", b"portal:\xff", b"\x00:\x00", b""])
@pytest.mark.parametrize("path", ["/idp/token", "/idp/revoke"])
def test_a_secret_that_is_no_text_is_a_wrong_one(client: PageClient, path: str, pair: bytes) -> None:
    headers = {"Authorization": "Basic " + base64.b64encode(pair).decode()}
    sent = {"grant_type": "authorization_code", "code": "x", "token": "x"}
    answer = client.http.post(path, base_url=client.base_url, data=sent, headers=headers)
    assert answer.status_code in (400, 401)
    assert answer.json["error"] in ("invalid_client", "invalid_request")


@pytest.mark.parametrize("nonce", ["x" * 256, "a\x00b", "a\nb"])
def test_a_nonce_that_no_column_holds_is_refused(client: PageClient, services: Any, nonce: str) -> None:
    make_user(services)
    sign_in(client)
    answer = client.http.get("/idp/authorize", base_url=client.base_url, query_string={**REQUEST, "nonce": nonce})
    assert "error=invalid_request" in answer.headers.get("Location", "")


@pytest.mark.parametrize("cookie", ["é.é", "a.é~b.c", "~~~~", "." * 80])
def test_a_crafted_device_cookie_says_nothing_about_an_account(client: PageClient, services: Any, cookie: str) -> None:
    make_user(services)
    told = set()
    for email in (canary.email, "nobody@example.org"):
        browser = PageClient(client.app, client.base_url)
        page = start(browser)
        token = page.form("/idp/sign-in").values["csrf_token"]
        held = browser.http.get_cookie("idp")
        assert held is not None
        answer = browser.app.test_client(use_cookies=False).post(
            page.form("/idp/sign-in").action,
            base_url=browser.base_url,
            data={"email": email, "password": "a wrong password, surely", "csrf_token": token},
            headers={"Cookie": f"idp={held.value}; device={cookie.encode().decode('latin-1')}"},
        )
        told.add(answer.status_code)
    assert told == {422}


def test_a_half_sign_in_ends_with_the_password_it_began_with(client: PageClient, services: Any, clock: Any) -> None:
    """Somebody with a stolen password waits at the second step; the owner chooses a new one."""
    user = make_user(services, totp_secret=SECRET)
    page = sign_in(client)
    assert page.form("/idp/second-factor")
    clock.move(seconds=20)
    set_password(services, Actor.nobody(), user.id, NEW)
    answer = page.submit({"code": totp_code(services)}, form="/idp/second-factor")
    assert answer.location.startswith("/idp/sign-in")


def test_a_half_sign_in_cannot_set_up_a_factor_after_the_password_changed(
    client: PageClient, services: Any, clock: Any
) -> None:
    user = make_user(services, needs_second_factor=True)
    sign_in(client)
    clock.move(seconds=20)
    set_password(services, Actor.nobody(), user.id, NEW)
    assert client.get("/idp/security/authenticator", status=303).location.startswith("/idp/sign-in")
    assert client.get("/idp/security/password", status=303).location.startswith("/idp/sign-in")


def test_a_code_of_a_moment_ago_opens_nothing_after_signing_out_everywhere(client: PageClient, services: Any) -> None:
    user = make_user(services)
    sign_in(client)
    code = code_of(client, services)
    end_sessions(services, user.id)
    assert redeem(client, services, code).status_code == 400


def test_a_device_that_was_signed_out_from_afar_must_prove_who_sits_there(client: PageClient, services: Any) -> None:
    make_user(services)
    thief = PageClient(client.app, client.base_url)
    for browser in (thief, client):
        sign_in(browser)
        walk(browser, browser.get("/sign-in", status=303))
    page = client.get("/profile/sessions")
    others = [form for form in page.forms if form.action.endswith("/end")]
    assert others
    for form in others:
        client.post(form.action, form.values)
    assert start(thief).form("/idp/sign-in")


def test_a_totp_code_works_once_even_in_two_browsers(client: PageClient, services: Any) -> None:
    make_user(services, totp_secret=SECRET)
    other = PageClient(client.app, client.base_url)
    first, second = sign_in(client), sign_in(other)
    code = totp_code(services)
    assert walk(client, first.submit({"code": code}, form="/idp/second-factor")).status == 303
    second.submit({"code": code}, form="/idp/second-factor", status=422)


def test_a_second_step_is_no_way_around_its_limit_by_new_sign_ins(client: PageClient, services: Any) -> None:
    make_user(services, totp_secret=SECRET)
    statuses = []
    for _ in range(7):
        page = sign_in(PageClient(client.app, client.base_url))
        sent = {**page.form("/idp/second-factor").values, "code": "000000"}
        answer = page.client.http.post("/idp/second-factor", base_url=client.base_url, data=sent)
        statuses.append(answer.status_code)
    assert statuses == [422] * 5 + [429] * 2


def test_somebody_elses_failures_lock_nobody_out_of_a_known_device(client: PageClient, services: Any) -> None:
    make_user(services)
    sign_in(client)
    client.http.delete_cookie("idp")
    attacker = PageClient(client.app, client.base_url)
    for _ in range(12):
        page = start(attacker)
        sent = {**page.form("/idp/sign-in").values, "email": canary.email, "password": "wrong wrong wrong"}
        attacker.http.post("/idp/sign-in", base_url=client.base_url, data=sent)
    assert enter(start(client)).status == 303
    assert find_user(services, email=canary.email) is not None
    assert PASSWORD


def test_each_jar_has_a_token_of_its_own(client: PageClient, services: Any) -> None:
    """A form's token of the portal opens nothing at the provider, nor the other way round."""
    make_user(services)
    page = start(client)
    provider = page.form("/idp/sign-in").values["csrf_token"][0]
    portal = client.csrf_token("/invitation")
    sent = {"email": canary.email, "password": PASSWORD}
    client.post("/idp/sign-in", {**sent, "csrf_token": portal}, status=400)
    answer = client.http.post("/invitation", base_url=client.base_url, data={"code": "x", "csrf_token": provider})
    assert answer.status_code in (303, 400)
    assert "/invitation/" not in answer.headers.get("Location", "")
