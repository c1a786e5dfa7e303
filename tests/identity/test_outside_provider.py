"""The client against providers that are not ours: an independent one, one that forges, one that is down."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from requests.adapters import BaseAdapter

from portal.identity.loopback import LoopbackAdapter
from portal.identity.oidc_client import SignInClient
from portal.models import Account, Identity
from tests.factories.people import made, make_account
from tests.support import canary
from tests.support.page import PageClient

FORGED = "https://provider.example"


def connect(services: Any, issuer: str, subject: str) -> Account:
    with made(services) as session:
        account = make_account(session, f"{canary.given} {canary.family}")
        session.add(Identity(account_id=account.id, issuer=issuer, subject=subject, created_at=services.clock.now()))
    return account


class Forger:
    """A provider that answers as it is told."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "a", "use": "sig"}, private=True)
        self.nonce = ""
        self.claims: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.algorithm = "RS256"
        self.signer = self.key
        self.sends_id_token = True
        self.app = Flask("forger")
        self.app.add_url_rule("/.well-known/openid-configuration", view_func=self.configuration)
        self.app.add_url_rule("/keys", view_func=self.keys)
        self.app.add_url_rule("/authorize", view_func=self.authorize)
        self.app.add_url_rule("/token", view_func=self.token, methods=["POST"])

    def configuration(self) -> Any:
        return jsonify(
            {
                "issuer": FORGED,
                "authorization_endpoint": f"{FORGED}/authorize",
                "token_endpoint": f"{FORGED}/token",
                "jwks_uri": f"{FORGED}/keys",
                "id_token_signing_alg_values_supported": ["none", "RS256", "HS256"],
                **self.metadata,
            }
        )

    def keys(self) -> Any:
        return jsonify(KeySet([self.key]).as_dict(private=False))

    def authorize(self) -> Any:
        self.nonce = request.args["nonce"]
        return redirect(f"{request.args['redirect_uri']}?code=x&state={request.args['state']}")

    def token(self) -> Any:
        now = int(time.time())
        claims = {
            "iss": FORGED,
            "aud": "portal",
            "sub": "victim",
            "nonce": self.nonce,
            "iat": now,
            "exp": now + 60,
            **self.claims,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        answer: dict[str, Any] = {"access_token": "x", "token_type": "Bearer"}
        if self.sends_id_token:
            answer["id_token"] = self._signed(claims)
        return jsonify(answer)

    def _signed(self, claims: dict[str, Any]) -> str:
        if self.algorithm == "none":
            return f"{_part({'alg': 'none'})}.{_part(claims)}."
        return jwt.encode({"alg": self.algorithm, "kid": "a"}, claims, self.signer, [self.algorithm])


def _part(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


class TestForgery:
    """Nobody is signed in by what a provider can't have said."""

    @pytest.fixture
    def settings_values(self, settings_values: dict[str, Any]) -> dict[str, Any]:
        return {**settings_values, "oidc_issuer": FORGED}

    @pytest.fixture
    def forger(self, app: Any, services: Any) -> Forger:
        forger = Forger()
        use(app, services, LoopbackAdapter(forger.app))
        connect(services, FORGED, "victim")
        return forger

    def attempt(self, client: PageClient, forger: Forger, *, status: int) -> Any:
        target = client.get("/sign-in", status=303 if status != 503 else 503)
        if status == 503:
            return target
        answer = forger.app.test_client().get(target.location)
        return client.get(urlsplit(answer.location)._replace(scheme="", netloc="").geturl(), status=status)

    def test_an_honest_provider_opens_the_account(self, client: PageClient, forger: Forger) -> None:
        assert self.attempt(client, forger, status=303).location == "/"

    def test_an_unsigned_token_is_refused_although_discovery_offers_none(
        self, client: PageClient, forger: Forger
    ) -> None:
        forger.algorithm = "none"
        assert self.attempt(client, forger, status=400).h1 == "We could not check your sign-in"

    @pytest.mark.parametrize(
        "claims",
        [
            {"iss": "http://elsewhere.example"},
            {"aud": "another-client"},
            {"nonce": "replayed"},
            {"nonce": None},
            {"exp": 1_000_000_000},
            {"exp": None},
            {"sub": None},
            {"aud": ["portal", "other"], "azp": "other"},
        ],
    )
    def test_a_token_about_something_else_is_refused(
        self, client: PageClient, forger: Forger, claims: dict[str, Any]
    ) -> None:
        forger.claims = claims
        assert self.attempt(client, forger, status=400).h1 == "We could not check your sign-in"

    def test_a_token_signed_by_somebody_else_is_refused(self, client: PageClient, forger: Forger) -> None:
        forger.signer = RSAKey.generate_key(2048, {"kid": "a", "use": "sig"}, private=True)
        self.attempt(client, forger, status=400)

    def test_no_id_token_is_no_sign_in(self, client: PageClient, forger: Forger) -> None:
        forger.sends_id_token = False
        self.attempt(client, forger, status=400)

    def test_a_discovery_document_of_another_issuer_is_refused(self, client: PageClient, forger: Forger) -> None:
        forger.metadata = {"issuer": "http://elsewhere.example"}
        assert self.attempt(client, forger, status=503).h1 == "We could not check your sign-in"

    def test_a_proof_that_is_not_fresh_is_no_step_up(self, client: PageClient, forger: Forger, clock: Any) -> None:
        forger.claims = {"auth_time": int(clock.now().timestamp()) - 3600}
        target = client.get("/sign-in?again=1", status=303)
        assert "prompt=login" in target.location
        answer = forger.app.test_client().get(target.location)
        path = urlsplit(answer.location)._replace(scheme="", netloc="").geturl()
        assert client.get(path, status=403).h1 == "We need you to sign in again"

    def test_every_attempt_has_fresh_secrets(self, client: PageClient, forger: Forger) -> None:
        first, second = (parse_qs(client.get("/sign-in", status=303).location) for _ in range(2))
        for name in ("state", "nonce", "code_challenge"):
            assert first[name] != second[name]
        assert first["code_challenge_method"] == ["S256"]

    def test_a_provider_that_does_not_answer_is_a_readable_page(
        self, client: PageClient, app: Any, services: Any
    ) -> None:
        use(app, services, Dead())
        page = client.get("/sign-in", status=503)
        assert page.h1 == "The sign-in service does not answer"
        assert page.link("Try again").href == "/sign-in"

    def test_it_works_again_when_the_provider_is_back(self, client: PageClient, forger: Forger, app: Any) -> None:
        real = app.extensions["sign-in"]
        use(app, app.extensions["portal"], Dead())
        client.get("/sign-in", status=503)
        app.extensions["sign-in"] = real
        assert self.attempt(client, forger, status=303).location == "/"


class Dead(BaseAdapter):
    """A network without anybody at the other end."""

    def send(self, *_args: Any, **_kwargs: Any) -> requests.Response:
        raise requests.ConnectTimeout("nobody there")

    def close(self) -> None:
        """Nothing is open."""


def use(app: Any, services: Any, transport: BaseAdapter) -> None:
    """Let the portal reach its provider by `transport`."""
    app.extensions["sign-in"] = SignInClient(app, services.settings, services.ring, services.clock, transport)


class TestIndependentProvider:
    """The certified `oidc-provider`, over a real socket."""

    @pytest.fixture(autouse=True)
    def today(self, clock: Any) -> None:
        clock.set(datetime.now(UTC))  # the provider has a clock of its own

    @pytest.fixture
    def provider(self, openid_provider: Any) -> Any:
        return openid_provider(
            redirect_uris=["http://localhost/sign-in/callback"],
            post_logout_redirect_uris=["http://localhost/signed-out"],
        )

    @pytest.fixture
    def settings_values(self, settings_values: dict[str, Any], provider: Any) -> dict[str, Any]:
        return {
            **settings_values,
            "oidc_issuer": provider.issuer,
            "oidc_client_id": provider.client_id,
            "oidc_client_secret": provider.client_secret,
        }

    @pytest.fixture
    def browser(self) -> Iterator[requests.Session]:
        with requests.Session() as session:
            yield session

    def test_somebody_signs_in_and_out(
        self, client: PageClient, services: Any, provider: Any, browser: requests.Session
    ) -> None:
        connect(services, provider.issuer, "amina")
        answer = provider.sign_in(browser, client.get("/sign-in?next=/profile", status=303).location, "amina")
        page = client.get(answer, status=303)
        assert page.location == "/profile"
        page = client.get("/profile", inspected=False)  # its policy names a provider without TLS
        assert canary.given in page.text
        out = client.post("/sign-out", csrf="/profile")
        assert out.location.startswith(provider.issuer)
        back = provider.sign_out(browser, out.location)
        assert client.get(back, inspected=False).h1 == "You are signed out"

    def test_a_stranger_is_told_to_use_the_invitation(
        self, client: PageClient, provider: Any, browser: requests.Session
    ) -> None:
        answer = provider.sign_in(browser, client.get("/sign-in", status=303).location, "boris")
        assert client.get(answer, status=403, inspected=False).h1 == "We don’t know this sign-in yet"

    def test_an_invitation_connects_the_sign_in(
        self, client: PageClient, services: Any, provider: Any, browser: requests.Session
    ) -> None:
        from tests.identity.test_invitations import invited

        with made(services) as session:
            account_id = make_account(session).id
        page = client.get(invited(services, account_id), inspected=False).submit(form="/create")
        answer = provider.sign_in(browser, page.location, "boris")
        assert client.get(answer, status=303).location == "/"

    def test_turning_back_leads_back(self, client: PageClient, provider: Any, browser: requests.Session) -> None:
        answer = provider.cancel(browser, client.get("/sign-in", status=303).location)
        assert client.get(answer, status=400, inspected=False).h1 == "You did not finish signing in"
