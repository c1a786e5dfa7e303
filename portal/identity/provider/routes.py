"""Doors of the built-in OpenID provider: the protocol. Its pages for people are in the modules beside this one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2 import OAuth2Error
from flask import Flask, jsonify, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.identity.provider import (
    routes_factor,
    routes_passkeys,
    routes_register,
    routes_reset,
    routes_security,
    routes_sign_in,
)
from portal.identity.provider.doors import door
from portal.identity.provider.pages import ProviderPage
from portal.identity.provider.parties import Visit
from portal.identity.provider.service import SIGN_OUT, record
from portal.identity.provider.visits import (
    forget_request,
    here,
    jar,
    provider,
    query_text,
    remember_request,
    visit,
    waiting_request,
)
from portal.identity.tickets import open_ticket
from portal.web.door import services
from portal.web.responses import redirect_to, respond
from portal.work.unit_of_work import UnitOfWork

__all__ = [
    "door",
    "exempt_from_csrf",
    "routes_factor",
    "routes_passkeys",
    "routes_register",
    "routes_reset",
    "routes_security",
    "routes_sign_in",
]

SKEW = timedelta(seconds=1)


def exempt_from_csrf(app: Flask) -> list[Any]:
    """Views that machines call with their own proof (client secret or token), not with a form.

    A sign-out that another client posts carries its ID token; without one it is asked about on a page.
    """
    return [app.view_functions[f"provider.{name}"] for name in ("token", "revoke", "post_logout")]


@door.public("/.well-known/openid-configuration", because="OpenID Connect Discovery 1.0: for everybody")
def configuration(uow: UnitOfWork) -> ResponseReturnValue:
    return jsonify(provider().metadata())


@door.public("/jwks", because="public keys, for everybody who checks a signature")
def jwks(uow: UnitOfWork) -> ResponseReturnValue:
    return jsonify(provider().keys.public())


@door.public("/authorize", because="a client sends somebody here to sign in")
def authorize(uow: UnitOfWork) -> ResponseReturnValue:
    """OpenID Connect Core 3.1.2: a code for a valid request of somebody who proved who they are."""
    server, seen = provider().server, visit()
    name = request.args.get("resume")
    waiting = _same_request(name)
    try:
        grant = server.get_consent_grant(end_user=seen)
        wants = _wants(waiting, seen)
    except OAuth2Error as error:
        return _oauth_problem(error)
    except ValueError:  # characters that not even an error may name (RFC 6749, 5.2)
        return _bad_request()
    if wants:
        return redirect_to(_ask_first(wants, name if waiting else None))
    forget_request(name)
    return server.create_authorization_response(grant=grant, grant_user=seen)


def _same_request(name: str | None) -> dict[str, Any] | None:
    """The waiting request, if what the browser brings back is that very request."""
    waiting = waiting_request(name)
    if waiting is None:
        return None
    return waiting if query_text().partition("&resume=")[0] == waiting["query"] else None


def _wants(waiting: dict[str, Any] | None, seen: Visit | None) -> str | None:
    """What has to happen first: `create`, `login`, or nothing. `prompt=login` and `max_age` need a new proof."""
    prompts = request.args.get("prompt", "").split()
    if seen is None:
        return "create" if "create" in prompts else "login"
    since = datetime.fromtimestamp(waiting["at"], UTC) if waiting else None
    is_newer = since is not None and seen.authenticated_at >= since - SKEW
    if is_newer:
        return None
    if "create" in prompts or "login" in prompts:
        return "create" if "create" in prompts else "login"
    max_age = request.args.get("max_age", "")
    if max_age.isascii() and max_age.isdigit() and len(max_age) < 9:
        age = services().clock.now() - seen.authenticated_at
        if age > timedelta(seconds=int(max_age)):
            return "login"
    return None


def _ask_first(wants: str, known: str | None) -> str:
    """The page that asks, holding the request."""
    ready = services()
    ticket = open_ticket(ready.ring, "register", request.args.get("registration"), ready.clock.now())
    more = {"ticket": ticket} if ticket else {}
    name = known or remember_request(**more)
    endpoint = "provider.show_register" if wants == "create" and ticket else "provider.show_sign_in"
    return url_for(endpoint, request=name)


def _oauth_problem(error: OAuth2Error) -> ResponseReturnValue:
    """An error of the request: to the client where its address was right, else a page for the person."""
    if error.redirect_uri:
        response = provider().server.handle_error_response(provider().server.create_oauth2_request(None), error)
        separator = "&" if "?" in response.headers["Location"] else "?"
        query = urlencode({"iss": provider().issuer})
        response.headers["Location"] = f"{response.headers['Location']}{separator}{query}"
        return response
    return _bad_request()


def _bad_request() -> ResponseReturnValue:
    return respond(ProviderPage(title=_("We can’t sign you in from here")), "provider/authorize.html", status=400)


@door.public("/token", because="clients redeem codes here, with their secret", method="POST")
def token(uow: UnitOfWork) -> ResponseReturnValue:
    return _to_a_client(lambda: provider().server.create_token_response())


@door.public("/revoke", because="clients give tokens back here, with their secret", method="POST")
def revoke(uow: UnitOfWork) -> ResponseReturnValue:
    return _to_a_client(lambda: provider().server.create_endpoint_response("revocation"))


def _to_a_client(answer: Callable[[], Any]) -> ResponseReturnValue:
    """The answer to a client. Credentials that can't be read are wrong ones (RFC 6749, 5.2)."""
    try:
        found: ResponseReturnValue = answer()
        return found
    except ValueError:
        return {"error": "invalid_client"}, 401, {"WWW-Authenticate": "Basic"}


@door.public("/userinfo", because="an access token opens it")
def userinfo(uow: UnitOfWork) -> ResponseReturnValue:
    return provider().server.create_endpoint_response("userinfo")


@door.public("/logout", because="a client sends somebody here to sign out")
def logout(uow: UnitOfWork) -> ResponseReturnValue:
    """RP-Initiated Logout 1.0. Without a valid ID token it asks first: a link must not sign anybody out."""
    return _logout(uow)


@door.public("/logout", because="a client sends somebody here to sign out", method="POST")
def post_logout(uow: UnitOfWork) -> ResponseReturnValue:
    return _logout(uow)


@door.public("/sign-out", because="they sign out of the provider", method="POST")
def sign_out(uow: UnitOfWork) -> ResponseReturnValue:
    """The answer to "do you want to sign out?"."""
    _end(uow)
    return respond(ProviderPage(title=_("You are signed out")), "provider/sign_out.html")


def _logout(uow: UnitOfWork) -> ResponseReturnValue:
    server = provider().server
    try:
        asked = server.validate_endpoint_request("end_session")
    except OAuth2Error:
        return respond(ProviderPage(title=_("Do you want to sign out?")), "provider/logout.html", status=400)
    if asked.needs_confirmation or not _is_about_us(asked.id_token_claims):
        return respond(
            ProviderPage(title=_("Do you want to sign out?"), action=here("provider.sign_out")), "provider/logout.html"
        )
    _end(uow)
    response = server.create_endpoint_response("end_session", asked)
    return response or respond(ProviderPage(title=_("You are signed out")), "provider/sign_out.html")


def _is_about_us(claims: dict[str, Any]) -> bool:
    """Whether the ID token is of this browser's session; another's must not end it."""
    row = jar().row
    return (
        row is None or row.user_id is None or claims.get("sid") == str(row.id) or claims.get("sub") == str(row.user_id)
    )


def _end(uow: UnitOfWork) -> None:
    row = jar().row
    if row is not None and row.user_id is not None:
        record(services(), uow.actor, SIGN_OUT, row.user_id, "done", "sign-out")
    session.clear()
    jar().end()
