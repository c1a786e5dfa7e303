"""What a browser is told besides the page: where to go, what to keep, whom to believe."""

from __future__ import annotations

import re
from typing import Any

import pytest

from portal.app import create_app
from portal.infra.settings import Settings
from portal.work.services import Services
from tests.messaging.world import World
from tests.security.nasty import address, ask, routes
from tests.support.page import PageClient
from tests.support.people_at_provider import make_user, sign_in

OUTSIDE = (
    "//evil.example", "/\\evil.example", "https://evil.example/", "javascript:alert(1)", "/\t/evil.example",
    "\\\\evil.example", "http:evil.example", "///evil.example", "/\n/evil.example", " //evil.example",
)  # fmt: skip

# Web viewers of health links call it from their own sites, as the specification asks; no cookie counts there, and 256
# random bits in the address are the key.
FOR_OTHER_SITES = ("binder.open_manifest", "notifications.report_text")


@pytest.mark.parametrize("target", OUTSIDE)
def test_signing_in_leads_to_this_portal_only(client: PageClient, services: Services, target: str) -> None:
    make_user(services)
    page = sign_in(client)
    assert page is not None
    for query in ({"next": target}, {"next": target, "again": "1"}, {"next": target, "ended": "1"}):
        answer = client.http.get("/sign-in", base_url=client.base_url, query_string=query)
        assert "evil" not in answer.headers.get("Location", "")
        for link in re.findall(r'href="([^"]*)"', answer.get_data(as_text=True)):
            assert re.match(r"/[^/\\]|/$|#|tel:|http://localhost/idp/", link), link
            assert "evil" not in link or "lang=" in link  # the same page in another language asks again


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "localhost:80@evil.example", "evil.example:80"]
)
def test_a_strange_host_is_not_answered(client: PageClient, host: str) -> None:
    answer = client.http.get("/about", base_url=client.base_url, headers={"Host": host})
    assert answer.status_code == 400
    assert "evil" not in answer.get_data(as_text=True)


def test_words_of_a_proxy_that_is_not_there_are_not_believed(world: World, client: PageClient) -> None:
    browser = client.as_(world.accounts["patient"])
    lies = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "X-Forwarded-For": "1.2.3.4",
            "X-Forwarded-Prefix": "/evil", "X-Original-URL": "/admin/accounts", "X-HTTP-Method-Override": "POST",
            "Forwarded": "host=evil.example"}  # fmt: skip
    for url in ("/", "/profile", "/profile/sessions", "/sign-in"):
        answer = ask(browser, "GET", url, **lies)
        assert "evil" not in answer.get_data(as_text=True) + str(answer.headers)
        assert "1.2.3.4" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("where", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_no_form_of_another_site_is_taken_even_with_a_token(
    world: World, client: PageClient, where: dict[str, str]
) -> None:
    browser = client.as_(world.accounts["patient"])
    token = browser.csrf_token("/profile")
    for rule in routes(browser, "POST"):
        if rule.rule in ("/idp/token", "/idp/revoke") or rule.endpoint in FOR_OTHER_SITES:
            continue
        sent: Any = {"csrf_token": token}
        assert ask(browser, "POST", address(rule, {}), data=sent, **where).status_code == 403, rule.rule


def test_no_form_is_taken_without_a_token_nor_with_one_of_somebody_else(world: World, client: PageClient) -> None:
    browser, other = client.as_(world.accounts["patient"]), client.as_(world.accounts["stranger"])
    for token in ("", "x", other.csrf_token("/profile")):
        for rule in routes(browser, "POST"):
            if rule.endpoint in ("provider.token", "provider.revoke", "provider.post_logout", *FOR_OTHER_SITES):
                continue
            status = ask(browser, "POST", address(rule, {}), data={"csrf_token": token}).status_code
            assert status == 400, (rule.rule, status)


def test_a_session_of_the_attackers_choice_is_not_taken_up(client: PageClient, services: Services) -> None:
    make_user(services)
    for name in ("session", "idp"):
        client.http.set_cookie(name, "A" * 43, domain="localhost")
    sign_in(client)
    for name in ("session", "idp"):
        held = client.http.get_cookie(name)
        assert held is not None
        assert held.value != "A" * 43


def test_cookies_over_https_are_bound_to_the_host(settings_values: dict[str, Any], services: Services) -> None:
    settings = Settings(**{**settings_values, "base_url": "https://portal.example.org"})
    ready = Services(settings, services.database, services.ring, services.clock)
    app = create_app(settings, services=ready)
    for path in ("/invitation", "/idp/sign-in"):
        answer = app.test_client().get(path, base_url="https://portal.example.org")
        cookies = answer.headers.getlist("Set-Cookie")
        assert cookies
        for cookie in cookies:
            assert cookie.startswith("__Host-")
            for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
                assert part in cookie
            assert "Domain" not in cookie
        assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "POST"])
def test_no_answer_about_anybody_stays_in_a_cache(world: World, client: PageClient, method: str) -> None:
    browser = client.as_(world.accounts["patient"])
    for rule in routes(browser, "OPTIONS"):
        answer = ask(browser, method, address(rule, {"person_id": world.person_id}))
        if rule.endpoint != "identity.sign_out":
            assert "no-store" in answer.headers["Cache-Control"], rule.rule
            assert answer.status_code < 500, rule.rule
