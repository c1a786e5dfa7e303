"""The second factor at the provider: asking for it, offering it, setting it up."""

from __future__ import annotations

import json

from flask import session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.identity.provider import factors, service
from portal.identity.provider.doors import door
from portal.identity.provider.forms import CodeForm, RecoveryForm
from portal.identity.provider.pages import ChoicePage, FactorPage, LinkPage, RecoveryPage, TotpPage
from portal.identity.provider.passkeys import are_possible
from portal.identity.provider.routes_sign_in import WHY, wait_words
from portal.identity.provider.service import User, find_user
from portal.identity.provider.visits import (
    Changer,
    changer,
    complete,
    go_on,
    half,
    here,
    next_href,
    proved,
    put_once,
    remember_device,
    take_once,
)
from portal.infra.errors import TooMany
from portal.web.door import services
from portal.web.forms import blame
from portal.web.responses import redirect_to, respond
from portal.work.unit_of_work import UnitOfWork


def back_to_sign_in() -> ResponseReturnValue:
    """The half-done sign-in is too old, or there was none."""
    return redirect_to(here("provider.show_sign_in"))


# Asking ----------------------------------------------------------------------------------------------------------


def _factor_page(user: User, form: CodeForm, problem: str = "") -> FactorPage:
    if problem:
        blame(form.code, problem)
    return FactorPage(
        title=_("Confirm that it is you"),
        action=here("provider.check_second_factor"),
        form=form,
        has_totp=user.has_totp,
        has_passkeys=user.passkeys > 0 and are_possible(services().settings),
        options_href=here("provider.passkey_options"),
        passkey_href=here("provider.sign_in_with_passkey"),
        recovery_href=here("provider.show_recovery"),
        back_href=here("provider.show_sign_in"),
    )


@door.public("/second-factor", because=WHY)
def show_second_factor(uow: UnitOfWork) -> ResponseReturnValue:
    begun = half()
    if begun is None:
        return back_to_sign_in()
    return respond(_factor_page(begun[0], CodeForm()), "provider/show_second_factor.html")


@door.public("/second-factor", because=WHY, method="POST")
def check_second_factor(uow: UnitOfWork) -> ResponseReturnValue:
    begun, form = half(), CodeForm()
    if begun is None:
        return back_to_sign_in()
    user, methods = begun
    if not form.validate_on_submit():
        return respond(_factor_page(user, form), "provider/show_second_factor.html", status=422)
    try:
        is_right = factors.check_totp(services(), uow.actor, user, form.code.data or "")
    except TooMany as error:
        return respond(_factor_page(user, form, wait_words(error)), "provider/show_second_factor.html", status=429)
    if not is_right:
        text = _("That code is not right, or it was used already. Wait for the next one in your app, then enter it.")
        return respond(_factor_page(user, form, text), "provider/show_second_factor.html", status=422)
    complete(user, f"{methods} otp mfa", uow.actor)
    return remember_device(go_on(), user)


def _recovery_page(form: RecoveryForm, problem: str = "") -> LinkPage:
    if problem:
        blame(form.code, problem)
    return LinkPage(
        title=_("Use a recovery code"),
        action=here("provider.use_recovery"),
        form=form,
        href=here("provider.show_second_factor"),
    )


@door.public("/recovery-code", because=WHY)
def show_recovery(uow: UnitOfWork) -> ResponseReturnValue:
    if half() is None:
        return back_to_sign_in()
    return respond(_recovery_page(RecoveryForm()), "provider/show_recovery.html")


@door.public("/recovery-code", because=WHY, method="POST")
def use_recovery(uow: UnitOfWork) -> ResponseReturnValue:
    begun, form = half(), RecoveryForm()
    if begun is None:
        return back_to_sign_in()
    user, methods = begun
    if not form.validate_on_submit():
        return respond(_recovery_page(form), "provider/show_recovery.html", status=422)
    try:
        is_right = factors.use_recovery_code(services(), uow.actor, user, form.code.data or "")
    except TooMany as error:
        return respond(_recovery_page(form, wait_words(error)), "provider/show_recovery.html", status=429)
    if not is_right:
        text = _("That code is not right, or it was used already. Each code works once.")
        return respond(_recovery_page(form, text), "provider/show_recovery.html", status=422)
    complete(user, f"{methods} mfa", uow.actor)
    return remember_device(go_on(), user)


# Offering --------------------------------------------------------------------------------------------------------


def _choice(title: str, *, may_skip: bool) -> ChoicePage:
    return ChoicePage(
        title=title,
        action=here("provider.skip_offer"),
        totp_href=here("provider.new_totp"),
        passkey_href=here("provider.new_passkey") if are_possible(services().settings) else None,
        skip_href=next_href() if may_skip else None,
    )


@door.public("/offer", because=WHY)
def show_offer(uow: UnitOfWork) -> ResponseReturnValue:
    """Once, after the first sign-in: a second step, if they like."""
    if isinstance(found := changer(), Changer):
        service.mark_offered(services(), found.user.id)
        return respond(_choice(_("Add a second step to your sign-in?"), may_skip=True), "provider/show_choice.html")
    return found


@door.public("/set-up", because=WHY)
def show_set_up(uow: UnitOfWork) -> ResponseReturnValue:
    """For those whose role needs a second factor and who have none yet."""
    if isinstance(found := changer(), Changer):
        return respond(_choice(_("Set up a second step"), may_skip=False), "provider/show_choice.html")
    return found


@door.public("/offer", because=WHY, method="POST")
def skip_offer(uow: UnitOfWork) -> ResponseReturnValue:
    """Not now."""
    return go_on()


# Setting up ------------------------------------------------------------------------------------------------------


def _totp_page(who: Changer, secret: bytes, form: CodeForm, problem: str = "") -> TotpPage:
    if problem:
        blame(form.code, problem)
    uri = factors.provisioning_uri(secret, who.user, services().settings.clinic_name)
    plain = factors.base32(secret)
    return TotpPage(
        title=_("Set up an authenticator app"),
        action=here("provider.create_totp"),
        form=form,
        qr_code=factors.qr_code(uri),
        secret=" ".join(plain[i : i + 4] for i in range(0, len(plain), 4)),
        back_href=here("provider.show_set_up") if who.is_half else url_for("provider.show_security"),
    )


@door.public("/security/authenticator", because=WHY)
def new_totp(uow: UnitOfWork) -> ResponseReturnValue:
    """A secret of the server's choice; it counts only once a code proves that the app holds it."""
    if not isinstance(who := changer(), Changer):
        return who
    secret = service.new_totp_secret()
    put_once("totp", secret)
    return respond(_totp_page(who, secret, CodeForm()), "provider/new_totp.html")


@door.public("/security/authenticator", because=WHY, method="POST")
def create_totp(uow: UnitOfWork) -> ResponseReturnValue:
    if not isinstance(who := changer(), Changer):
        return who
    secret, form = take_once("totp", keep=True), CodeForm()
    if secret is None:
        return redirect_to(here("provider.new_totp"))
    if not form.validate_on_submit():
        return respond(_totp_page(who, secret, form), "provider/new_totp.html", status=422)
    try:
        is_right = factors.confirm_totp(services(), uow.actor, who.user, secret, form.code.data or "")
    except TooMany as error:
        return respond(_totp_page(who, secret, form, wait_words(error)), "provider/new_totp.html", status=429)
    if not is_right:
        text = _("That code is not right. Check that the time on your phone is set by itself, then try the next code.")
        return respond(_totp_page(who, secret, form, text), "provider/new_totp.html", status=422)
    session.pop("totp", None)
    return after_new_factor(uow, who, "otp")


def after_new_factor(uow: UnitOfWork, who: Changer, method: str) -> ResponseReturnValue:
    """The first factor brings ten recovery codes; then back to what they came for."""
    proved(who, method, uow.actor)
    if who.user.recovery_codes == 0:
        return show_new_codes(uow, who)
    return redirect_to(url_for("provider.show_security"))


def show_new_codes(uow: UnitOfWork, who: Changer) -> ResponseReturnValue:
    """Make ten codes and go to the page that shows them, once."""
    codes = factors.new_recovery_codes(services(), uow.actor, who.user)
    put_once("codes", json.dumps(codes).encode())
    return redirect_to(here("provider.show_codes"))


@door.public("/security/recovery-codes/new", because=WHY)
def show_codes(uow: UnitOfWork) -> ResponseReturnValue:
    shown = take_once("codes")
    if shown is None:
        return redirect_to(url_for("provider.show_security"))
    page = RecoveryPage(title=_("Keep your recovery codes"), codes=json.loads(shown), next_href=next_href())
    return respond(page, "provider/show_codes.html")


@door.public("/security/recovery-codes", because=WHY, method="POST")
def create_codes(uow: UnitOfWork) -> ResponseReturnValue:
    """Ten new ones; the old ones stop working."""
    if not isinstance(who := changer(), Changer) or who.is_half:
        return redirect_to(url_for("provider.show_sign_in", then="security"))
    user = find_user(services(), user_id=who.user.id)
    if user is None or not user.has_second_factor:
        return redirect_to(url_for("provider.show_security"))
    return show_new_codes(uow, who)
