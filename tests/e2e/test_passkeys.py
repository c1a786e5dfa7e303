"""A passkey from end to end, in a browser with an authenticator of its own; and sign-in without scripts."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support import canary
from tests.support.browser import check_accessibility, check_reflow
from tests.support.live_server import LiveServer
from tests.support.people_at_provider import PASSWORD, make_user

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def authenticator(page: Page, context: BrowserContext) -> Any:
    """A phone's fingerprint reader that always says yes."""
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return lambda verified: session.send(
        "WebAuthn.setUserVerified",
        {"authenticatorId": made["authenticatorId"], "isUserVerified": verified},
    )


def with_password(page: Page, server: LiveServer) -> None:
    page.goto(server.url("/sign-in"))
    page.get_by_label("E-mail").fill(canary.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()


def test_somebody_adds_a_passkey_and_signs_in_with_it(
    page: Page, context: BrowserContext, live_server: LiveServer, services: Any, authenticator: Any
) -> None:
    make_user(services)
    with_password(page, live_server)
    expect(page.get_by_role("heading", level=1)).to_have_text("Add a second step to your sign-in?")
    check_accessibility(page, themes=("light", "dark"))
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("What do you want to call it?").fill("My phone")
    check_accessibility(page)
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Keep your recovery codes")
    check_reflow(page)
    check_accessibility(page)
    page.goto(live_server.url("/idp/security"))
    expect(page.get_by_text("My phone")).to_be_visible()
    check_accessibility(page)

    context.clear_cookies()
    page.goto(live_server.url("/sign-in?next=/profile"))
    check_accessibility(page, themes=("light", "dark"))
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your profile")


def test_a_passkey_that_does_not_verify_its_owner_opens_nothing(
    page: Page, context: BrowserContext, live_server: LiveServer, services: Any, authenticator: Any
) -> None:
    make_user(services)
    with_password(page, live_server)
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("What do you want to call it?").fill("My phone")
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Keep your recovery codes")
    context.clear_cookies()
    authenticator(False)
    page.goto(live_server.url("/sign-in"))
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert")).to_have_text(
        "The passkey was not used. Try again, or use another way to sign in."
    )
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_sign_in_works_without_scripts(browser: Browser, live_server: LiveServer, services: Any) -> None:
    make_user(services)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    with_password(page, live_server)
    page.get_by_role("button", name="Not now").click()
    page.goto(live_server.url("/profile"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Your profile")
    page.goto(live_server.url("/idp/sign-in"))
    expect(page.get_by_role("button", name="Use a passkey")).to_be_hidden()
    context.close()
