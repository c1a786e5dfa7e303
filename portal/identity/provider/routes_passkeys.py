"""Passkeys at the provider: signing in with one, making one. Scripts only carry what the browser makes to a form."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from flask import jsonify, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.identity.provider import passkeys, throttle
from portal.identity.provider.doors import door
from portal.identity.provider.forms import CredentialForm, PasskeyForm
from portal.identity.provider.pages import PasskeyPage
from portal.identity.provider.routes_factor import after_new_factor
from portal.identity.provider.routes_sign_in import WHY, show_again, wait_words
from portal.identity.provider.visits import (
    Changer,
    changer,
    complete,
    go_on,
    here,
    put_once,
    remember_device,
    take_once,
)
from portal.infra.errors import NotFound, TooMany
from portal.web.door import services
from portal.web.forms import blame
from portal.web.responses import redirect_to, respond
from portal.work.unit_of_work import UnitOfWork


def _need_passkeys() -> None:
    if not passkeys.are_possible(services().settings):
        raise NotFound("no-passkeys-here")


def _credential(text: str | None) -> dict[str, Any]:
    """What the browser sent, if it is a JSON object of a sensible size."""
    try:
        found = json.loads(text or "") if len(text or "") < 20_000 else None
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


@door.public("/passkey/options", because=WHY, method="POST")
def passkey_options(uow: UnitOfWork) -> ResponseReturnValue:
    """A challenge, kept in the session for one use."""
    _need_passkeys()
    options, challenge = passkeys.request_options(services())
    put_once("challenge", challenge)
    return jsonify(options)


@door.public("/passkey", because=WHY, method="POST")
def sign_in_with_passkey(uow: UnitOfWork) -> ResponseReturnValue:
    """A passkey that verified its user is both factors at once."""
    _need_passkeys()
    form, challenge = CredentialForm(), take_once("challenge")
    ready, address = services(), uow.actor.address or ""
    try:
        throttle.take(ready, throttle.ADDRESS, address)
    except TooMany as error:
        return show_again(wait_words(error), 429)
    found = None
    if challenge and form.validate_on_submit():
        found = passkeys.user_of_passkey(ready, uow.actor, _credential(form.credential.data), challenge)
    if found is None:
        return show_again(_("That passkey did not work here. Try again, or use your e-mail and password."), 422)
    throttle.give_back(ready, throttle.ADDRESS, address)
    user, methods = found
    throttle.clear(ready, "account", user.email)
    complete(user, methods, uow.actor)
    return remember_device(go_on(), user)


def _page(who: Changer, form: PasskeyForm, problem: str = "") -> PasskeyPage:
    if problem:
        blame(form.name, problem)
    return PasskeyPage(
        title=_("Add a passkey"),
        action=here("provider.create_passkey"),
        form=form,
        options_href=here("provider.passkey_creation_options"),
        back_href=here("provider.show_set_up") if who.is_half else url_for("provider.show_security"),
    )


@door.public("/security/passkeys/new", because=WHY)
def new_passkey(uow: UnitOfWork) -> ResponseReturnValue:
    _need_passkeys()
    if not isinstance(who := changer(), Changer):
        return who
    return respond(_page(who, PasskeyForm()), "provider/new_passkey.html")


@door.public("/security/passkeys/options", because=WHY, method="POST")
def passkey_creation_options(uow: UnitOfWork) -> ResponseReturnValue:
    _need_passkeys()
    if not isinstance(who := changer(), Changer):
        return who
    options, challenge = passkeys.creation_options(services(), who.user)
    put_once("new_challenge", challenge)
    return jsonify(options)


@door.public("/security/passkeys/new", because=WHY, method="POST")
def create_passkey(uow: UnitOfWork) -> ResponseReturnValue:
    _need_passkeys()
    if not isinstance(who := changer(), Changer):
        return who
    form, challenge = PasskeyForm(), take_once("new_challenge")
    if not form.validate_on_submit():
        return respond(_page(who, form), "provider/new_passkey.html", status=422)
    made = _credential(form.credential.data)
    name = form.name.data or ""
    if challenge is None or not passkeys.add_passkey(services(), uow.actor, who.user, name, made, challenge):
        text = _("The passkey was not saved. Try again, and follow what your device asks.")
        return respond(_page(who, form, text), "provider/new_passkey.html", status=422)
    return after_new_factor(uow, who, "swk")


@door.public("/security/passkeys/<uuid:passkey_id>/remove", because=WHY, method="POST")
def remove_passkey(uow: UnitOfWork, passkey_id: UUID) -> ResponseReturnValue:
    who = changer()
    if not isinstance(who, Changer):
        return who
    if who.session_id is None:
        raise NotFound()
    is_last = who.user.passkeys == 1 and not who.user.has_totp
    if who.user.needs_second_factor and is_last:
        return redirect_to(url_for("provider.show_security", keep="1"))
    if not passkeys.remove_passkey(services(), uow.actor, who.user, passkey_id, but_session=who.session_id):
        raise NotFound()
    return redirect_to(url_for("provider.show_security"))
