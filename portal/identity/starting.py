"""Sending somebody to the provider, and saying what went wrong there."""

from __future__ import annotations

from flask import current_app, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.identity.oidc_client import SignInClient, SignInFailed
from portal.identity.pages import ProblemPage
from portal.infra.errors import Unavailable
from portal.web.filters import language
from portal.web.responses import redirect_to, respond, sign_in_path
from portal.work.unit_of_work import UnitOfWork


def client() -> SignInClient:
    found: SignInClient = current_app.extensions["sign-in"]
    return found


def to_provider(uow: UnitOfWork, *, next_path: str | None, again: bool = False, **more: str) -> ResponseReturnValue:
    """Off to the provider. A proof older than the shortest idle limit is not taken: expiry must mean something."""
    minutes = min(uow.settings.idle_minutes, uow.settings.idle_minutes_staff)
    try:
        url = client().begin(next_path=next_path, again=again, language=language(), max_age=minutes * 60, **more)
    except Unavailable:
        return problem("down", 503, next_path)
    except SignInFailed:
        return problem("refused", 503, next_path)
    return redirect_to(url)


PROBLEMS = {
    "stale": lambda: _("This sign-in page was too old"),
    "denied": lambda: _("You did not finish signing in"),
    "refused": lambda: _("We could not check your sign-in"),
    "down": lambda: _("The sign-in service does not answer"),
    "unknown": lambda: _("We don’t know this sign-in yet"),
    "closed": lambda: _("This account is closed"),
    "other-account": lambda: _("This sign-in already opens another account"),
    "not-fresh": lambda: _("We need you to sign in again"),
}


def problem(kind: str, status: int, next_path: str | None = None) -> Response:
    """A page that says what went wrong and what to do now."""
    page = ProblemPage(
        title=PROBLEMS[kind](),
        kind=kind,
        again_href=sign_in_path(next_path, **({"again": "1"} if kind == "not-fresh" else {})),
        invitation_href=url_for("identity.show_invitation_code"),
    )
    return respond(page, "identity/problem.html", status=status)
