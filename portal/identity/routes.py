"""Doors of identity: sign-in, sign-out, profile and sessions. Invitations are in the module beside this one."""

from __future__ import annotations

import base64
from urllib.parse import urlsplit
from uuid import UUID

from flask import Flask, flash, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from portal.identity import login, routes_invitation, routes_profile
from portal.identity.doors import door
from portal.identity.invitations import account_invited, redeem
from portal.identity.loopback import LoopbackAdapter
from portal.identity.oidc_client import Proof, SignInClient, SignInFailed, own_client_secret
from portal.identity.pages import NextPage
from portal.identity.provider.server import Provider
from portal.identity.service import (
    SIGN_IN,
    SIGN_OUT,
    Found,
    account_of,
    connect,
    end_at_provider,
    record,
    sessions_ended,
)
from portal.identity.starting import client, problem, to_provider
from portal.infra.crypto import Unreadable
from portal.infra.errors import Unavailable
from portal.models import Account
from portal.notifications import addresses
from portal.policy.actions import Action
from portal.web.door import STEP_UP_WITHIN, services
from portal.web.responses import redirect_to, respond, sign_in_path
from portal.web.security import safe_next
from portal.web.sessions import PortalSession, signed_in_columns
from portal.work.unit_of_work import UnitOfWork

__all__ = ["door", "install", "routes_invitation", "routes_profile"]


def install(app: Flask) -> None:
    """Set up what sign-in needs: Flask-Login, the OpenID client, and the built-in provider behind it."""
    ready = app.extensions["portal"]
    login.install(app)
    app.extensions["provider"] = Provider(app, ready, own_client_secret(ready.ring))
    transport = LoopbackAdapter(app) if ready.settings.uses_own_provider else None
    app.extensions["sign-in"] = SignInClient(app, ready.settings, ready.ring, ready.clock, transport)


def own_session() -> PortalSession:
    return session  # type: ignore[return-value]


# Signing in ------------------------------------------------------------------------------------------------------


@door.public("/sign-in", because="where signing in starts")
def sign_in(uow: UnitOfWork) -> ResponseReturnValue:
    """Send the browser to the provider, or say first that a session ended."""
    next_path, again = safe_next(request.args.get("next")), request.args.get("again") == "1"
    if request.host != urlsplit(uow.settings.base_url).netloc:
        # The answer comes back to the address in the settings; the browser's cookie must be there.
        return redirect_to(uow.settings.base_url + sign_in_path(next_path, **({"again": "1"} if again else {})))
    if current_user.is_authenticated and not again:
        return redirect_to(next_path or "/")
    if request.args.get("ended") == "1":
        page = NextPage(title=_("You were signed out to keep your record safe"), href=sign_in_path(next_path))
        return respond(page, "identity/session_ended.html")
    return to_provider(uow, next_path=next_path, again=again)


@door.public("/sign-in/callback", because="where the provider sends people back to")
def callback(uow: UnitOfWork) -> ResponseReturnValue:
    """Check the provider's answer, find the account, open its session."""
    try:
        proof = client().finish()
    except Unavailable:
        return problem("down", 503)
    except SignInFailed as error:
        record(services(), uow.actor, SIGN_IN, None, "failed", error.code)
        return problem(error.code, 400)
    found = account_of(services(), proof.issuer, proof.subject)
    invited = session.get("invited")
    if found is None and invited:
        found = _accept_invitation(uow, UUID(invited), proof)
    if found is None:
        record(services(), uow.actor, SIGN_IN, None, "failed", "unknown")
        session["id_token"] = _sealed(proof.id_token)
        return problem("unknown", 403)
    if invited and not _is_own_invitation(UUID(invited), found):
        return problem("other-account", 409)
    return _open_session(uow, found, proof)


def _open_session(uow: UnitOfWork, found: Found, proof: Proof) -> ResponseReturnValue:
    if not found.is_active:
        record(services(), uow.actor, SIGN_IN, found.account_id, "refused", "closed")
        return problem("closed", 403)
    now, proved_at = uow.now, proof.authenticated_at
    if proof.is_step_up and (proved_at is None or now - proved_at > STEP_UP_WITHIN):
        record(services(), uow.actor, SIGN_IN, found.account_id, "refused", "not-fresh")
        return problem("not-fresh", 403, proof.next_path)
    kept = session.get("_flashes")
    own_session().clear()
    session["id_token"] = _sealed(proof.id_token)
    if kept:
        session["_flashes"] = kept
    columns = signed_in_columns(found.account_id, now, proof.methods, proof.session_id)
    # Whatever was asked of this person, they proved it then; how much is asked is the provider's decision.
    own_session().rotate(**{**columns, "factor_at": proved_at})
    record(services(), uow.actor, SIGN_IN, found.account_id, "done", "step-up" if proof.is_step_up else None)
    if not proof.is_step_up and addresses.mail_has_ended(uow, found.account_id):
        flash(_("Your e-mail address no longer works. Give us another one under Profile, How we tell you."), "warning")
    return redirect_to(proof.next_path or "/")


def _accept_invitation(uow: UnitOfWork, invitation_id: UUID, proof: Proof) -> Found | None:
    """Connect the new sign-in with the account it was invited to; None when the invitation is no longer good."""
    with UnitOfWork.open(services(), uow.actor, write=True) as unit:
        account_id = redeem(unit, invitation_id)
        if account_id is not None:
            connect(unit, account_id, proof.issuer, proof.subject)
    return account_of(services(), proof.issuer, proof.subject)


def _is_own_invitation(invitation_id: UUID, found: Found) -> bool:
    return account_invited(services(), invitation_id) == found.account_id


# Signing out -----------------------------------------------------------------------------------------------------


@door.public("/sign-out", because="signing out must work, whatever the state of the session", method="POST")
def sign_out(uow: UnitOfWork) -> ResponseReturnValue:
    """End the session here, then at the provider; `everywhere` ends all of the account's."""
    actor = uow.actor
    target = client().sign_out_url(_unsealed(session.get("id_token")))
    if actor.account_id:
        if request.form.get("everywhere") == "1":
            with UnitOfWork.open(services(), actor, write=True) as unit:
                sessions_ended(unit, actor.account_id, but=actor.session_id)
                end_at_provider(unit, actor.account_id)
        record(services(), actor, SIGN_OUT, actor.account_id, "done", "sign-out")
    own_session().end()
    response = redirect_to(target or url_for("identity.signed_out"))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@door.public("/signed-out", because="the last page of a visit")
def signed_out(uow: UnitOfWork) -> ResponseReturnValue:
    page = NextPage(title=_("You are signed out"), href=url_for("identity.sign_in"))
    return respond(page, "identity/signed_out.html")


@door.post("/session/stay", may=Action.IDENTITY_PROFILE_UPDATE)
def stay(uow: UnitOfWork) -> ResponseReturnValue:
    """The person says that they are still here: the session lives on."""
    uow.require(Action.IDENTITY_PROFILE_UPDATE, model=Account, row_id=uow.actor.account_id)
    own_session().modified = True
    return "", 204


def _sealed(id_token: str) -> str:
    return base64.b64encode(services().ring.wrap(id_token.encode(), "web_session.id_token")).decode()


def _unsealed(sealed: str | None) -> str | None:
    try:
        return services().ring.unwrap(base64.b64decode(sealed), "web_session.id_token").decode() if sealed else None
    except (Unreadable, ValueError):
        return None
