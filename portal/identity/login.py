"""Who is signed in, for Flask-Login: read from the row of our own session, which is the only truth.

There is no remember cookie, and session protection is off: sessions are rotated at sign-in and live in the database.
"""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_login import LoginManager, UserMixin

from portal.infra.errors import NotSignedIn
from portal.policy.actors import Actor
from portal.web.door import current_actor


class SignedIn(UserMixin):
    """The account behind this browser's session."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    def get_id(self) -> str:
        return str(self.actor.account_id)


def install(app: Flask) -> None:
    """Give the application its login manager."""
    manager: Any = LoginManager()
    manager.session_protection = None
    manager.request_loader(_of_this_request)
    manager.unauthorized_handler(_refuse)
    manager.init_app(app, add_context_processor=False)


def _of_this_request(_request: Any) -> SignedIn | None:
    actor = current_actor()
    return SignedIn(actor) if actor.is_signed_in else None


def _refuse() -> Any:
    raise NotSignedIn()
