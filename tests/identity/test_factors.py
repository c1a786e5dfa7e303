"""The second factor: set up, asked for, used once, and lost."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from portal.identity.provider.service import find_user
from portal.models import AuditEvent, ProviderUser, RecoveryCode, WebSession
from tests.support import canary
from tests.support.page import Page, PageClient
from tests.support.people_at_provider import SECRET, enter, make_user, sign_in, start, totp_code, walk


def session_methods(services: Any) -> list[str]:
    with services.database.connect() as connection:
        return list(connection.execute(select(WebSession.methods).where(WebSession.account_id.is_not(None))).scalars())


def set_up_app(client: PageClient, services: Any, page: Page) -> tuple[Page, bytes]:
    """Follow the page's link to the app, confirm it with a code; the page of recovery codes, and the secret."""
    page = page.follow("Use an app")
    secret = page.one("code.key").text.replace(" ", "")
    import base64

    raw = base64.b32decode(secret)
    done = page.submit({"code": totp_code(services, raw)})
    return walk(client, done), raw


def test_a_code_of_the_app_is_asked_after_the_password(client: PageClient, services: Any) -> None:
    make_user(services, totp_secret=SECRET)
    page = sign_in(client)
    assert page.h1 == "Confirm that it is you"
    assert session_methods(services) == []
    assert walk(client, page.submit({"code": totp_code(services)})).location == "/"
    assert session_methods(services) == ["pwd otp mfa"]


@pytest.mark.parametrize("steps", [-1, 1])
def test_a_clock_that_is_a_little_off_is_forgiven(client: PageClient, services: Any, steps: int) -> None:
    make_user(services, totp_secret=SECRET)
    page = sign_in(client)
    assert walk(client, page.submit({"code": totp_code(services, steps=steps)})).location == "/"


@pytest.mark.parametrize("steps", [-3, 3])
def test_an_old_or_early_code_is_not_taken(client: PageClient, services: Any, steps: int) -> None:
    make_user(services, totp_secret=SECRET)
    page = sign_in(client).submit({"code": totp_code(services, steps=steps)}, status=422)
    assert "not right" in page.text


def test_a_code_is_taken_once(client: PageClient, services: Any) -> None:
    make_user(services, totp_secret=SECRET)
    code = totp_code(services)
    walk(client, sign_in(client).submit({"code": code}))
    other = PageClient(client.app, client.base_url)
    sign_in(other).submit({"code": code}, status=422)


def test_a_code_older_than_the_last_used_is_not_taken(client: PageClient, services: Any) -> None:
    make_user(services, totp_secret=SECRET)
    before, now = totp_code(services, steps=-1), totp_code(services)
    walk(client, sign_in(client).submit({"code": now}))
    other = PageClient(client.app, client.base_url)
    sign_in(other).submit({"code": before}, status=422)


def test_codes_can_not_be_guessed(client: PageClient, services: Any, clock: Any) -> None:
    make_user(services, totp_secret=SECRET)
    page = sign_in(client)
    for _ in range(5):
        page = page.submit({"code": "000000"}, status=422)
    page = page.submit({"code": totp_code(services)}, status=429)
    assert "Wait 5 minutes" in page.text


def test_the_password_alone_opens_nothing(client: PageClient, services: Any) -> None:
    make_user(services, totp_secret=SECRET)
    sign_in(client)
    assert start(client).h1 == "Sign in"
    assert client.get("/idp/security", status=303).location.startswith("/idp/sign-in")
    assert client.get("/idp/security/authenticator", status=303).location.startswith("/idp/sign-in")


def test_a_half_done_sign_in_ends_after_ten_minutes(client: PageClient, services: Any, clock: Any) -> None:
    make_user(services, totp_secret=SECRET)
    page = sign_in(client)
    clock.move(minutes=11)
    assert page.submit({"code": totp_code(services)}).location.startswith("/idp/sign-in")


def test_staff_set_up_a_second_step_before_anything_else(client: PageClient, services: Any) -> None:
    make_user(services, needs_second_factor=True)
    page = sign_in(client)
    assert page.h1 == "Set up a second step"
    assert "Not now" not in page.text
    client.post("/idp/offer", csrf="/idp/sign-in")
    assert session_methods(services) == [], "going on without one leads nowhere"
    codes, _ = set_up_app(client, services, page)
    assert codes.h1 == "Keep your recovery codes"
    assert len(codes.select("ul.codes li")) == 10
    assert walk(client, codes.client.get(codes.link("I have kept them").href, status=302)).location == "/"
    assert session_methods(services) == ["pwd otp mfa"]


def test_patients_are_offered_a_second_step_once(client: PageClient, services: Any) -> None:
    make_user(services)
    page = sign_in(client)
    assert page.h1 == "Add a second step to your sign-in?"
    assert walk(client, page.submit(button="Not now")).location == "/"
    other = PageClient(client.app, client.base_url)
    assert sign_in(other).location == "/"


def test_the_secret_and_the_codes_are_not_stored_in_clear(client: PageClient, services: Any) -> None:
    make_user(services, needs_second_factor=True)
    codes, secret = set_up_app(client, services, sign_in(client))
    shown = [item.text for item in codes.select("ul.codes li")]
    with services.database.connect() as connection:
        users = connection.execute(select(ProviderUser.__table__)).all()
        hashes = connection.execute(select(RecoveryCode.code_hash)).scalars().all()
    assert secret not in users[0].totp_secret
    assert len(hashes) == 10
    assert not any(code.encode() in bytes(found) for code in shown for found in hashes)


def test_recovery_codes_are_shown_once(client: PageClient, services: Any) -> None:
    make_user(services, needs_second_factor=True)
    codes, _ = set_up_app(client, services, sign_in(client))
    assert client.get(codes.url, status=303).location == "/idp/security"


def test_a_recovery_code_works_once_and_is_told_by_mail(client: PageClient, services: Any) -> None:
    make_user(services, needs_second_factor=True)
    codes, _ = set_up_app(client, services, sign_in(client))
    code = codes.select("ul.codes li")[0].text
    assert re.fullmatch(r"([A-Z2-9]{4}-){3}[A-Z2-9]{4}", code)
    for number, status in ((1, 303), (2, 422)):
        visitor = PageClient(client.app, client.base_url)
        page = sign_in(visitor).follow("Use a recovery code")
        page = page.submit({"code": code.lower().replace("-", " ")}, status=status)
        assert number == 2 or walk(visitor, page).location == "/"
    with services.database.connect() as connection:
        reasons = connection.execute(select(AuditEvent.reason)).scalars().all()
    assert "recovery-code-used" in reasons


def test_a_wrong_first_code_sets_nothing_up(client: PageClient, services: Any) -> None:
    user = make_user(services, needs_second_factor=True)
    page = sign_in(client).follow("Use an app")
    page = page.submit({"code": "000000"}, status=422)
    assert page.one("code.key").text, "the same key is still shown"
    found = find_user(services, user_id=user.id)
    assert found is not None
    assert not found.has_totp


def test_changing_how_one_signs_in_needs_a_fresh_proof(client: PageClient, services: Any, clock: Any) -> None:
    make_user(services, totp_secret=SECRET)
    walk(client, sign_in(client).submit({"code": totp_code(services)}))
    assert client.get("/idp/security").h1 == "How you sign in"
    clock.move(minutes=6)
    page = walk(client, client.get("/idp/security", status=303))
    assert page.h1 == "Sign in"
    page = walk(client, enter(page))
    page = walk(client, page.submit({"code": totp_code(services)}))
    assert page.h1 == "How you sign in"


def test_a_new_password_ends_every_other_session(client: PageClient, services: Any) -> None:
    make_user(services, totp_secret=SECRET)
    walk(client, sign_in(client).submit({"code": totp_code(services)}))
    other = PageClient(client.app, client.base_url)
    walk(other, sign_in(other).submit({"code": totp_code(services, steps=1)}))
    other.get("/profile")
    page = client.get("/idp/security").follow("Change password")
    page = page.submit({"password": "a whole new sentence, long enough"})
    assert client.follow(page).h1 == "How you sign in"
    client.get("/profile")
    other.get("/profile", status=303)
    assert other.get("/idp/security", status=303).location.startswith("/idp/sign-in")


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("short", "longer password"),
        ("password1234567", "easy to guess"),
        (f"{canary.given}{canary.family}1", "your name"),
        ("aaaaaaaaaaaaaaaa", "easy to guess"),
        ("x" * 1100, "too long"),
    ],
)
def test_a_password_that_is_easy_to_guess_is_refused_in_words(
    client: PageClient, services: Any, password: str, said: str
) -> None:
    make_user(services)
    walk(client, sign_in(client).submit(button="Not now"))
    page = client.get("/idp/security/password").submit({"password": password}, status=422)
    assert said in " ".join(page.errors)


def test_staff_can_not_remove_their_only_second_step(client: PageClient, services: Any) -> None:
    make_user(services, needs_second_factor=True, totp_secret=SECRET)
    walk(client, sign_in(client).submit({"code": totp_code(services)}))
    page = client.get("/idp/security").submit(form="/idp/security/authenticator/remove")
    page = client.follow(page)
    assert "Your role needs a second step" in page.text
    found = find_user(services, email=canary.email)
    assert found is not None
    assert found.has_totp


def test_a_reset_link_works_once_for_ten_minutes_and_skips_no_second_step(
    client: PageClient, services: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import portal.identity.jobs  # noqa: F401 - its handlers
    from portal.identity import notices
    from portal.work.running import Worker

    mails: list[str] = []

    class Box:
        def send(self, to: str, subject: str, body: str, *, message_id: str) -> None:
            mails.append(body)

    monkeypatch.setattr(notices, "mailer", lambda _settings: Box())
    make_user(services, totp_secret=SECRET)
    page = start(client).follow("I can’t sign in")
    assert client.follow(page.submit({"email": canary.email})).h1 == "Look at your mail"
    again = client.get("/idp/reset")
    assert client.follow(again.submit({"email": "nobody@example.org"})).h1 == "Look at your mail"
    assert Worker(services).run_due() == 2
    assert len(mails) == 1
    assert canary.given not in mails[0]
    link = re.search(r"http://localhost(/idp/reset/\S+)", mails[0])
    assert link
    path = link.group(1)
    page = client.get(path).submit({"password": "a whole new sentence, long enough"})
    assert "Your password is changed" in client.follow(page).text
    client.get(path, status=410)
    assert sign_in(client, password="a whole new sentence, long enough").h1 == "Confirm that it is you"


def test_a_reset_link_ends(client: PageClient, services: Any, clock: Any) -> None:
    from portal.identity.provider import resets

    user = make_user(services)
    path, token_hash = resets.new_link()
    with services.database.connect(write=True) as connection:
        resets.keep_link(connection, user.id, token_hash, services.clock.now())
    client.get(path)
    clock.move(minutes=10)
    client.get(path, status=410)
