"""Signing in at the provider: e-mail and password."""

from __future__ import annotations

import math

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.identity.provider import throttle
from portal.identity.provider.doors import door
from portal.identity.provider.forms import SignInForm
from portal.identity.provider.pages import SignInPage
from portal.identity.provider.passkeys import are_possible
from portal.identity.provider.service import SIGN_IN, check_password, email_key, find_user, mark_offered, record
from portal.identity.provider.visits import complete, go_on, here, known_device, remember_device, start_half
from portal.infra.errors import TooMany
from portal.web.door import services
from portal.web.forms import blame
from portal.web.responses import redirect_to, respond
from portal.work.unit_of_work import UnitOfWork

WHY = "a visitor proves who they are here"


def wait_words(error: TooMany) -> str:
    """How long to wait, in words."""
    if error.retry_at is None:
        return _("There were too many tries. Please wait a little, then try again.")
    seconds = max(1, math.ceil((error.retry_at - services().clock.now()).total_seconds()))
    if seconds < 90:
        return ngettext(
            "There were too many tries. Wait %(num)s second, then try again.",
            "There were too many tries. Wait %(num)s seconds, then try again.",
            seconds,
        )
    return _("There were too many tries. Wait %(n)s minutes, then try again.", n=math.ceil(seconds / 60))


def _page(form: SignInForm, problem: str = "") -> SignInPage:
    if problem:
        blame(form.email, problem)
    return SignInPage(
        title=_("Sign in"),
        action=here("provider.sign_in"),
        form=form,
        has_passkeys=are_possible(services().settings),
        options_href=here("provider.passkey_options"),
        passkey_href=here("provider.sign_in_with_passkey"),
        invitation_href=url_for("identity.show_invitation_code"),
        reset_href=here("provider.show_reset"),
    )


def show_again(problem: str, status: int) -> ResponseReturnValue:
    """The sign-in page once more, saying what went wrong."""
    return respond(_page(SignInForm(formdata=None), problem), "provider/show_sign_in.html", status=status)


@door.public("/sign-in", because=WHY)
def show_sign_in(uow: UnitOfWork) -> ResponseReturnValue:
    return respond(_page(SignInForm()), "provider/show_sign_in.html")


@door.public("/sign-in", because=WHY, method="POST")
def sign_in(uow: UnitOfWork) -> ResponseReturnValue:
    """One try. The answer, and the time it takes, are the same whether the e-mail is known or not."""
    form = SignInForm()
    if not form.validate_on_submit():
        return respond(_page(form), "provider/show_sign_in.html", status=422)
    ready, key = services(), email_key(form.email.data or "")
    user = find_user(ready, email=key)
    device = known_device(user)
    try:
        if device:
            throttle.take_in_a_row(ready, "device", device)
        else:
            throttle.take(ready, throttle.ADDRESS, uow.actor.address or "")
            throttle.take_in_a_row(ready, "account", key)
    except TooMany as error:
        record(ready, uow.actor, SIGN_IN, user.id if user else None, "refused", "too-many")
        return respond(_page(form, wait_words(error)), "provider/show_sign_in.html", status=429)
    if not check_password(ready, user, form.password.data or "") or user is None:
        throttle.watch_site(ready)
        record(ready, uow.actor, SIGN_IN, user.id if user else None, "failed", "password")
        problem = _("That e-mail and password do not match. Check both, then try again.")
        return respond(_page(form, problem), "provider/show_sign_in.html", status=422)
    if device:
        throttle.clear(ready, "device", device)
    else:
        throttle.give_back(ready, throttle.ADDRESS, uow.actor.address or "")
    throttle.clear(ready, "account", key)
    if user.has_second_factor:
        start_half(user, "pwd")
        return redirect_to(here("provider.show_second_factor"))
    if user.needs_second_factor:
        start_half(user, "pwd")
        return redirect_to(here("provider.show_set_up"))
    complete(user, "pwd", uow.actor)
    if not user.was_offered and not ready.settings.demo:
        mark_offered(ready, user.id)
        return remember_device(redirect_to(here("provider.show_offer")), user)
    return remember_device(go_on(), user)
