"""The built-in provider refuses what OAuth 2.0 Security Best Current Practice (RFC 9700) says it must."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from sqlalchemy import select

from portal.identity.oidc_client import own_client_secret
from portal.identity.provider.keys import rotate_signing_key
from portal.models import AuthorizationCode, OAuthToken, SigningKey
from tests.support.page import Page, PageClient
from tests.support.people_at_provider import enter, make_user, sign_in, start, walk

VERIFIER = "a-verifier-that-is-long-enough-for-the-rule-of-rfc-7636"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
CALLBACK = "http://localhost/sign-in/callback"
REQUEST = {
    "response_type": "code",
    "client_id": "portal",
    "redirect_uri": CALLBACK,
    "scope": "openid profile email",
    "state": "a-state",
    "nonce": "a-nonce",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


@pytest.fixture
def settings_values(settings_values: dict[str, Any]) -> dict[str, Any]:
    return {**settings_values, "demo": True}


def ask(client: PageClient, *, status: int, without: str = "", **changed: str) -> Page:
    request = {name: value for name, value in {**REQUEST, **changed}.items() if name != without}
    return client.get(f"/idp/authorize?{urlencode(request)}", status=status, inspected=status < 400)


def answer(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.location).query).items()}


def code_of(client: PageClient, services: Any, **changed: str) -> str:
    """A fresh code for somebody who is signed in at the provider."""
    return answer(ask(client, status=302, **changed))["code"]


def basic(services: Any, secret: str | None = None) -> dict[str, str]:
    pair = f"portal:{own_client_secret(services.ring) if secret is None else secret}"
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def redeem(client: PageClient, services: Any, code: str, *, secret: str | None = None, **changed: str) -> Any:
    sent = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
        **changed,
    }
    sent = {name: value for name, value in sent.items() if value}
    return client.http.post("/idp/token", base_url=client.base_url, data=sent, headers=basic(services, secret))


@pytest.fixture
def visitor(client: PageClient, services: Any) -> PageClient:
    """Somebody who is signed in at the provider."""
    make_user(services)
    sign_in(client)
    return client


def test_a_code_gives_tokens_once(visitor: PageClient, services: Any) -> None:
    code = code_of(visitor, services)
    first = redeem(visitor, services, code)
    assert first.status_code == 200
    assert first.json["token_type"] == "Bearer"
    assert "refresh_token" not in first.json
    info = visitor.http.get("/idp/userinfo", headers={"Authorization": f"Bearer {first.json['access_token']}"})
    assert info.status_code == 200
    second = redeem(visitor, services, code)
    assert second.status_code == 400
    assert second.json["error"] == "invalid_grant"
    info = visitor.http.get("/idp/userinfo", headers={"Authorization": f"Bearer {first.json['access_token']}"})
    assert info.status_code == 401, "a code used twice revokes what it gave"


def test_a_code_lives_a_minute(visitor: PageClient, services: Any, clock: Any) -> None:
    code = code_of(visitor, services)
    clock.move(seconds=61)
    assert redeem(visitor, services, code).json["error"] == "invalid_grant"


def test_only_hashes_of_codes_and_tokens_are_stored(visitor: PageClient, services: Any) -> None:
    code = code_of(visitor, services)
    token = redeem(visitor, services, code).json["access_token"]
    with services.database.connect() as connection:
        stored = [
            *connection.execute(select(AuthorizationCode.__table__)).all(),
            *connection.execute(select(OAuthToken.__table__)).all(),
        ]
    assert code not in str(stored)
    assert token not in str(stored)


def test_an_id_token_tells_who_when_and_how_and_no_name(visitor: PageClient, services: Any, clock: Any) -> None:
    token = redeem(visitor, services, code_of(visitor, services)).json["id_token"]
    header, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2])
    assert header["alg"] == "ES256"
    assert claims["iss"] == "http://localhost/idp"
    assert claims["aud"] == "portal"
    assert claims["nonce"] == "a-nonce"
    assert claims["amr"] == ["pwd"]
    assert claims["acr"] == "https://refeds.org/profile/sfa"
    assert claims["auth_time"] == int(clock.now().timestamp())
    assert {"name", "email"}.isdisjoint(claims)


@pytest.mark.parametrize(
    ("changed", "without"),
    [
        ({}, "code_challenge"),
        ({}, "code_challenge_method"),
        ({"code_challenge_method": "plain"}, ""),
        ({"code_challenge": "too-short"}, ""),
        ({}, "nonce"),
        ({"response_type": "token"}, ""),
        ({"response_type": "code id_token"}, ""),
        ({"scope": "openid admin"}, ""),
    ],
)
def test_a_bad_request_gives_no_code(visitor: PageClient, services: Any, changed: dict[str, str], without: str) -> None:
    page = _any(visitor, changed, without)
    assert "code" not in answer(page)
    if page.status == 302 or page.status == 303:
        assert answer(page)["error"]
        assert answer(page)["iss"] == "http://localhost/idp"
        assert page.location.startswith("/sign-in/callback")


def _any(client: PageClient, changed: dict[str, str], without: str) -> Page:
    request = {name: value for name, value in {**REQUEST, **changed}.items() if name != without}
    url = f"/idp/authorize?{urlencode(request)}"
    response = client.http.get(url, base_url=client.base_url)
    assert response.status_code in (302, 303, 400)
    return Page(client, url, response, fragment=False)


@pytest.mark.parametrize(
    "address",
    [
        "http://localhost/sign-in/callback/",
        "http://localhost/sign-in/callback?x=1",
        "http://localhost/SIGN-IN/callback",
        "https://localhost/sign-in/callback",
        "http://localhost.evil.example/sign-in/callback",
        "http://localhost/sign-in/callback/../../x",
        "",
    ],
)
def test_an_address_that_is_not_registered_exactly_is_not_used(
    visitor: PageClient, services: Any, address: str
) -> None:
    page = ask(visitor, status=400, redirect_uri=address)
    assert not page.location
    assert page.h1 == "We can’t sign you in from here"


def test_an_unknown_client_is_not_answered(visitor: PageClient, services: Any) -> None:
    assert not ask(visitor, status=400, client_id="somebody").location


@pytest.mark.parametrize(
    "changed",
    [
        {"code_verifier": ""},
        {"code_verifier": VERIFIER + "x"},
        {"redirect_uri": "http://localhost/elsewhere"},
        {"redirect_uri": ""},
        {"grant_type": "password"},
        {"grant_type": "client_credentials"},
        {"grant_type": "refresh_token"},
    ],
)
def test_a_code_is_bound_to_its_request(visitor: PageClient, services: Any, changed: dict[str, str]) -> None:
    answered = redeem(visitor, services, code_of(visitor, services), **changed)
    assert answered.status_code == 400
    assert "access_token" not in answered.json


def test_a_wrong_client_secret_opens_nothing(visitor: PageClient, services: Any) -> None:
    answered = redeem(visitor, services, code_of(visitor, services), secret="guessed")
    assert answered.status_code == 401


def test_an_access_token_ends_after_a_quarter_of_an_hour(visitor: PageClient, services: Any, clock: Any) -> None:
    token = redeem(visitor, services, code_of(visitor, services)).json["access_token"]
    clock.move(minutes=15, seconds=1)
    info = visitor.http.get("/idp/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert info.status_code == 401


def test_an_id_token_is_no_access_token(visitor: PageClient, services: Any) -> None:
    token = redeem(visitor, services, code_of(visitor, services)).json["id_token"]
    info = visitor.http.get("/idp/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert info.status_code == 401


def test_a_token_given_back_is_worth_nothing(visitor: PageClient, services: Any) -> None:
    token = redeem(visitor, services, code_of(visitor, services)).json["access_token"]
    given = visitor.http.post("/idp/revoke", base_url=visitor.base_url, data={"token": token}, headers=basic(services))
    assert given.status_code == 200
    info = visitor.http.get("/idp/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert info.status_code == 401


def test_nobody_is_asked_when_the_client_says_so(client: PageClient, services: Any) -> None:
    assert answer(ask(client, status=302, prompt="none"))["error"] == "login_required"


def test_an_old_proof_is_not_enough_when_the_client_sets_an_age(visitor: PageClient, services: Any, clock: Any) -> None:
    clock.move(minutes=3)
    assert "code" in answer(ask(visitor, status=302, max_age="600"))
    page = ask(visitor, status=303, max_age="60", nonce="another-nonce")
    assert page.location.startswith("/idp/sign-in")
    again = walk(visitor, page)
    done = visitor.follow(enter(again), status=302)
    assert "code" in answer(done)


def test_the_discovery_document_promises_what_is_done(client: PageClient) -> None:
    found = client.get("/idp/.well-known/openid-configuration").json
    assert found["issuer"] == "http://localhost/idp"
    assert found["id_token_signing_alg_values_supported"] == ["ES256"]
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["response_types_supported"] == ["code"]
    assert found["authorization_response_iss_parameter_supported"] is True


def test_the_key_set_holds_no_private_part(client: PageClient, services: Any) -> None:
    keys = client.get("/idp/jwks").json["keys"]
    assert [set(key) & {"d", "k", "p", "q"} for key in keys] == [set()]
    with services.database.connect() as connection:
        stored = connection.execute(select(SigningKey.private_jwk)).scalar_one()
    assert b'"d"' not in stored


def test_a_rotation_keeps_the_old_key_for_a_day(visitor: PageClient, services: Any, clock: Any) -> None:
    old = visitor.get("/idp/jwks").json["keys"][0]["kid"]
    rotate_signing_key(services)
    clock.move(minutes=6)  # processes look for new keys every five minutes
    both = [key["kid"] for key in visitor.get("/idp/jwks").json["keys"]]
    assert len(both) == 2
    assert both[1] == old
    visitor.http.delete_cookie("session")
    assert start(visitor).location == "/", "the client fetches the new key by itself"
    clock.move(days=1, minutes=6)
    assert [key["kid"] for key in visitor.get("/idp/jwks").json["keys"]] == both[:1]
