"""A forgotten password: a mailed link of ten minutes. It never skips the second factor."""

from __future__ import annotations

from flask import flash, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.identity.provider import resets, throttle
from portal.identity.provider.doors import door
from portal.identity.provider.forms import EmailForm, NewPasswordForm
from portal.identity.provider.pages import LinkPage
from portal.identity.provider.routes_sign_in import WHY
from portal.identity.provider.service import User, email_key, find_user, set_password
from portal.identity.provider.visits import here
from portal.infra.errors import Gone, TooMany
from portal.web.door import services
from portal.web.responses import redirect_to, respond
from portal.work.unit_of_work import UnitOfWork


def _ask_page(form: EmailForm) -> LinkPage:
    return LinkPage(
        title=_("I can’t sign in"),
        action=here("provider.ask_reset"),
        form=form,
        href=here("provider.show_sign_in"),
    )


@door.public("/reset", because=WHY)
def show_reset(uow: UnitOfWork) -> ResponseReturnValue:
    return respond(_ask_page(EmailForm()), "provider/show_reset.html")


@door.public("/reset", because=WHY, method="POST")
def ask_reset(uow: UnitOfWork) -> ResponseReturnValue:
    """The answer never says whether the e-mail is known; the mail is a job, known or not."""
    form = EmailForm()
    if not form.validate_on_submit():
        return respond(_ask_page(form), "provider/show_reset.html", status=422)
    ready, key = services(), email_key(form.email.data or "")
    user = find_user(ready, email=key)
    try:
        throttle.take(ready, throttle.RESET_ADDRESS, uow.actor.address or "")
        throttle.take(ready, throttle.RESET, key)
    except TooMany:
        return redirect_to(here("provider.show_reset_sent"))  # enough mails for today; the page stays the same
    resets.ask(ready, user)
    return redirect_to(here("provider.show_reset_sent"))


@door.public("/reset/sent", because=WHY)
def show_reset_sent(uow: UnitOfWork) -> ResponseReturnValue:
    page = LinkPage(title=_("Look at your mail"), href=here("provider.show_sign_in"))
    return respond(page, "provider/show_reset_sent.html")


def _password_page(user: User, token: str, form: NewPasswordForm) -> LinkPage:
    return LinkPage(
        title=_("Choose a new password"),
        action=url_for("provider.reset_password", token=token),
        form=form,
        href=url_for("provider.show_sign_in"),
    )


def _form(user: User) -> NewPasswordForm:
    form = NewPasswordForm()
    form.has_factor = user.has_second_factor
    form.about = (user.name, user.email, services().settings.clinic_name)
    return form


@door.public("/reset/<string(length=43):token>", because=WHY)
def show_new_password(uow: UnitOfWork, token: str) -> ResponseReturnValue:
    user = resets.user_of(services(), token)
    if user is None:
        raise Gone("reset-link")
    return respond(_password_page(user, token, _form(user)), "provider/show_new_password.html")


@door.public("/reset/<string(length=43):token>", because=WHY, method="POST")
def reset_password(uow: UnitOfWork, token: str) -> ResponseReturnValue:
    ready = services()
    user = resets.user_of(ready, token)
    if user is None:
        raise Gone("reset-link")
    form = _form(user)
    if not form.validate_on_submit():
        return respond(_password_page(user, token, form), "provider/show_new_password.html", status=422)
    if not resets.use(ready, token):
        raise Gone("reset-link")
    set_password(ready, uow.actor, user.id, form.password.data or "")
    throttle.clear(ready, "account", user.email)
    flash(_("Your password is changed. Sign in with the new one."), "success")
    return redirect_to(url_for("provider.show_sign_in"))
