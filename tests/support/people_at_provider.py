"""People who can sign in at the built-in provider, and the walk they take."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

from portal.identity.provider.factors import base32
from portal.identity.provider.service import User, create_user, find_user
from portal.models import Account, Identity
from portal.policy.actors import Actor
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork
from tests.support import canary
from tests.support.page import Page, PageClient

PASSWORD = "seven green boats at dawn"
SECRET = bytes(range(20))


def make_user(services: Services, email: str = canary.email, *, account: Any = None, **more: Any) -> User:
    """Somebody with a password (and `totp_secret`, `needs_second_factor` if given), tied to `account` or a new one."""
    with UnitOfWork.open(services, Actor.system("demo.build"), write=True) as uow:
        made = create_user(uow, email=email, name=f"{canary.given} {canary.family}", password=PASSWORD, **more)
        if account is None:
            account = Account(display_name=f"{canary.given} {canary.family}", email=email, created_at=uow.now)
            uow.add(account)
            uow.flush()
        uow.add(
            Identity(
                account_id=account.id,
                issuer=services.settings.identity_issuer,
                subject=str(made.id),
                created_at=uow.now,
            )
        )
    found = find_user(services, user_id=made.id)
    assert found is not None
    return found


def totp_code(services: Services, secret: bytes = SECRET, *, steps: int = 0) -> str:
    """What the app shows now, or some steps later."""
    import pyotp

    return str(pyotp.TOTP(base32(secret)).at(int(services.clock.now().timestamp()) + 30 * steps))


def walk(client: PageClient, page: Page) -> Page:
    """Follow redirects until a page is shown, or until the browser would leave sign-in for another room."""
    for _ in range(12):
        if not 300 <= page.status < 400:
            return page
        target = urljoin(page.url, page.location)
        if not target.startswith(("/idp/", "/sign-in", "/signed-out", "/invitation")):
            return page
        page = _any(client, target)
    raise AssertionError(f"redirected for ever, last to {page.location}")


def _any(client: PageClient, target: str) -> Page:
    response = client.http.get(target, base_url=client.base_url)
    page = Page(client, target, response, fragment=False)
    client.inspect(page)
    return page


def start(client: PageClient, path: str = "/sign-in") -> Page:
    """The provider's sign-in page, reached as a person reaches it."""
    return walk(client, _any(client, path))


def enter(page: Page, email: str = canary.email, password: str = PASSWORD, *, status: int = 303) -> Page:
    """Type e-mail and password and press Continue."""
    return page.submit({"email": email, "password": password}, form="/idp/sign-in", status=status)


def sign_in(client: PageClient, email: str = canary.email, password: str = PASSWORD, path: str = "/sign-in") -> Page:
    """The whole walk with a password; what comes after: the redirect into the portal, or the next question."""
    return walk(client, enter(start(client, path), email, password))
