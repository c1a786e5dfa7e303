"""The independent OpenID provider that the sign-in tests lean on: it starts, signs in, and refuses what it must."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from tests.support.openid_provider import Provider, start_provider

CALLBACK = "http://localhost:8000/sign-in/callback"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-long"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with start_provider([CALLBACK], ["http://localhost:8000/"]) as running:
        yield running


def authorization(provider: Provider, **more: str) -> str:
    asked = {
        "client_id": provider.client_id,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid email profile",
        "state": "s",
        "nonce": "n",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **more,
    }
    return f"{provider.metadata['authorization_endpoint']}?{urlencode(asked)}"


def test_a_person_signs_in_and_the_code_gives_their_tokens(provider: Provider) -> None:
    with requests.Session() as browser:
        back = provider.sign_in(browser, authorization(provider), "amina")
        query = parse_qs(urlsplit(back).query)
        assert back.startswith(CALLBACK)
        assert query["state"] == ["s"]
        assert query["iss"] == [provider.issuer]
        sent = {"grant_type": "authorization_code", "code": query["code"][0], "redirect_uri": CALLBACK}
        answer = browser.post(
            provider.metadata["token_endpoint"],
            data={**sent, "code_verifier": VERIFIER},
            auth=(provider.client_id, requests.utils.quote(provider.client_secret)),
            timeout=10,
        )
        assert answer.status_code == 200, answer.text
        token = answer.json()["access_token"]
        person = browser.get(
            provider.metadata["userinfo_endpoint"], headers={"Authorization": f"Bearer {token}"}, timeout=10
        )
        assert person.json()["email"] == "amina@example.org"
        out = f"{provider.metadata['end_session_endpoint']}?" + urlencode(
            {"id_token_hint": answer.json()["id_token"], "post_logout_redirect_uri": "http://localhost:8000/"}
        )
        assert provider.sign_out(browser, out).startswith("http://localhost:8000/")


def test_turning_back_comes_back_with_an_error(provider: Provider) -> None:
    with requests.Session() as browser:
        back = provider.cancel(browser, authorization(provider))
    assert parse_qs(urlsplit(back).query)["error"] == ["access_denied"]


def test_a_request_without_proof_key_is_refused(provider: Provider) -> None:
    with requests.Session() as browser:
        url = authorization(provider).replace(f"&code_challenge={CHALLENGE}&code_challenge_method=S256", "")
        answer = browser.get(url, allow_redirects=False, timeout=10)
    assert "error=invalid_request" in answer.headers["Location"]
