"""What the provider remembers of a browser: requests under way, a sign-in half done, a device it knows."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Response, current_app, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse

from portal.identity.provider.parties import Visit, visit_of
from portal.identity.provider.server import Provider
from portal.identity.provider.service import SIGN_IN, User, find_user, record
from portal.policy.actors import Actor
from portal.web.door import services
from portal.web.responses import redirect_to
from portal.web.sessions import PortalSession
from portal.work.services import Services

MOST_REQUESTS = 4
HALF_LASTS = timedelta(minutes=10)
FRESH = timedelta(minutes=5)
DEVICE_LASTS = 365 * 24 * 3600
MOST_DEVICES = 4


def provider() -> Provider:
    """The provider of the running application."""
    found: Provider = current_app.extensions["provider"]
    return found


def jar() -> PortalSession:
    """The provider's own session of this browser."""
    return session


def visit() -> Visit | None:
    """Who is signed in at the provider in this browser."""
    return visit_of(jar().row, lambda user_id: find_user(services(), user_id=user_id))


def is_fresh(seen: Visit) -> bool:
    """Whether they proved who they are in the last five minutes; changing how one signs in needs that."""
    return services().clock.now() - seen.authenticated_at <= FRESH


# Requests under way ----------------------------------------------------------------------------------------------


def remember_request(**more: Any) -> str:
    """Keep the authorization request in the session while its person signs in; returns its short name."""
    name = secrets.token_urlsafe(9)
    waiting = dict(list(session.get("requests", {}).items())[-(MOST_REQUESTS - 1) :])
    waiting[name] = {"query": query_text(), "at": services().clock.now().timestamp(), **more}
    session["requests"] = waiting
    return name


def query_text() -> str:
    """The query of this address as text."""
    return request.query_string.decode()


def waiting_request(name: str | None) -> dict[str, Any] | None:
    found: dict[str, Any] | None = session.get("requests", {}).get(name or "")
    return found


def forget_request(name: str | None) -> None:
    waiting = dict(session.get("requests", {}))
    if waiting.pop(name or "", None) is not None:
        session["requests"] = waiting


def request_name() -> str:
    """The short name of the request this page belongs to, or nothing."""
    name = request.args.get("request", "")
    return name if waiting_request(name) else ""


def here(endpoint: str, **more: Any) -> str:
    """The address of a provider page that keeps hold of the request under way."""
    name = request_name()
    kept: dict[str, Any] = (
        {"request": name} if name else {"then": "security"} if request.args.get("then") == "security" else {}
    )
    return url_for(endpoint, **kept, **more)


def next_href() -> str:
    """What the person came for: the waiting request, a page of the provider, or the portal's own sign-in."""
    name = request_name()
    waiting = waiting_request(name)
    if waiting and "query" in waiting:
        return f"{url_for('provider.authorize')}?{waiting['query']}&{urlencode({'resume': name})}"
    if request.args.get("then") == "security":
        return url_for("provider.show_security")
    return url_for("identity.sign_in")


def go_on() -> BaseResponse:
    """On to what the person came for."""
    return redirect_to(next_href())


# A sign-in half done ---------------------------------------------------------------------------------------------


def start_half(user: User, methods: str) -> None:
    """The password was right; a second factor is still to come. The session gets a new id."""
    kept = _kept()
    jar().clear()
    session.update(kept)
    session["half"] = {
        "user": str(user.id),
        "methods": methods,
        "at": services().clock.now().timestamp(),
        "password": _password_mark(user),
    }
    jar().rotate(user_id=None, authenticated_at=None, methods="")


def half() -> tuple[User, str] | None:
    """Who is half signed in, and by what; None when nobody is, or when they took too long."""
    found = session.get("half")
    if not found:
        return None
    if services().clock.now() - datetime.fromtimestamp(found["at"], UTC) > HALF_LASTS:
        session.pop("half")
        return None
    user = find_user(services(), user_id=UUID(found["user"]))
    is_same = user is not None and user.is_active and found.get("password") == _password_mark(user)
    return (user, found["methods"]) if user is not None and is_same else None


def _password_mark(user: User) -> float:
    """Which password was right: a newer one ends what was begun with it."""
    return user.password_changed_at.timestamp() if user.password_changed_at else 0


def complete(user: User, methods: str, actor: Actor) -> None:
    """They are who they say: a new session id, the moment and the methods."""
    kept = _kept()
    jar().clear()
    session.update(kept)
    jar().rotate(user_id=user.id, authenticated_at=services().clock.now(), methods=methods)
    record(services(), actor, SIGN_IN, user.id, "done", methods.replace(" ", "+"))


def _kept() -> dict[str, Any]:
    return {key: session[key] for key in ("requests", "_flashes") if key in session}


@dataclass(frozen=True, slots=True)
class Changer:
    """Who changes how they sign in: somebody who proved who they are just now, or who must set up a factor first."""

    user: User
    session_id: UUID | None
    methods: str
    is_half: bool


def changer() -> Changer | BaseResponse:
    """Whoever may change their sign-in data now; else the way to the page where they prove who they are."""
    begun = half()
    if begun and begun[0].needs_second_factor and not begun[0].has_second_factor:
        return Changer(begun[0], None, begun[1], True)
    seen = visit()
    if seen is None or not is_fresh(seen):
        return redirect_to(url_for("provider.show_sign_in", then="security"))
    return Changer(seen.user, seen.session_id, seen.methods, False)


def proved(who: Changer, method: str, actor: Actor) -> None:
    """A new factor was set up and used: whoever was half signed in is signed in now."""
    if who.is_half:
        complete(who.user, f"{who.methods} {method} mfa", actor)


# Challenges and codes that are shown or used once -----------------------------------------------------------------


def put_once(key: str, plain: bytes) -> None:
    """Keep something secret in the session until it is taken, ten minutes at the most."""
    sealed = base64.b64encode(services().ring.wrap(plain, f"provider_session.{key}")).decode()
    session[key] = {"sealed": sealed, "at": services().clock.now().timestamp()}


def take_once(key: str, *, keep: bool = False) -> bytes | None:
    """What `put_once` kept; it is gone afterwards, unless `keep`."""
    found = session.get(key) if keep else session.pop(key, None)
    if not found or services().clock.now() - datetime.fromtimestamp(found["at"], UTC) > HALF_LASTS:
        return None
    return services().ring.unwrap(base64.b64decode(found["sealed"]), f"provider_session.{key}")


# Devices it knows ------------------------------------------------------------------------------------------------


def _device_mac(ready: Services, user: User, nonce: str) -> str:
    """Bound to the user and their password: a new password makes every device a stranger."""
    text = f"{user.id}:{_password_mark(user)}:{nonce}"
    return hmac.new(ready.ring.derive("device"), text.encode(), hashlib.sha256).hexdigest()[:32]


def _device_cookie() -> str:
    return "__Host-device" if services().settings.is_https else "device"


def _devices() -> list[str]:
    return [part for part in request.cookies.get(_device_cookie(), "").split("~") if len(part) < 80][:MOST_DEVICES]


def known_device(user: User | None) -> str | None:
    """The name of this device, if the user has signed in on it before."""
    if user is None:
        return None
    for part in _devices():
        nonce, _, mac = part.partition(".")
        if hmac.compare_digest(mac.encode(), _device_mac(services(), user, nonce).encode()):
            return nonce
    return None


def remember_device(response: BaseResponse, user: User) -> BaseResponse:
    """Know this device from now on: others' wrong passwords will not lock this person out here."""
    if known_device(user):
        return response
    nonce = secrets.token_urlsafe(12)
    parts = [f"{nonce}.{_device_mac(services(), user, nonce)}", *_devices()][:MOST_DEVICES]
    assert isinstance(response, Response)
    response.set_cookie(
        _device_cookie(),
        "~".join(parts),
        max_age=DEVICE_LASTS,
        httponly=True,
        secure=services().settings.is_https,
        samesite="Lax",
        path="/",
    )
    return response
