"""Signs a test client in without walking through the provider: the real session code opens the session."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from werkzeug.http import parse_cookie

from portal.web.sessions import signed_in_columns
from tests.support.page import PageClient


def sign_in(client: PageClient, account: Any, *, methods: str = "pwd otp") -> None:
    """Give `client` a session of `account` (an Account or its id), opened now, by a password and a second factor."""
    account_id = account if isinstance(account, UUID) else account.id
    set_cookie = open_session(client.app, account_id, client.base_url, methods)
    (name, value), *_ = parse_cookie(set_cookie.split(";")[0]).items()
    client.http.set_cookie(name, value, domain=client.base_url.split("//")[1].split(":")[0])


def open_session(app: Any, account_id: UUID, base_url: str, methods: str = "pwd otp") -> str:
    """The `Set-Cookie` header of a new session, exactly as a sign-in would send it."""
    services = app.extensions["portal"]
    with app.test_request_context("/", base_url=base_url) as context:
        session = app.session_interface.open_session(app, context.request)
        session.rotate(**signed_in_columns(account_id, services.clock.now(), methods))
        response = app.response_class()
        app.session_interface.save_session(app, session, response)
    return str(response.headers["Set-Cookie"])
