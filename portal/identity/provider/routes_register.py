"""Making a sign-in at the provider, for those who bring an invitation (`prompt=create`)."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.identity.provider import throttle
from portal.identity.provider.doors import door
from portal.identity.provider.forms import RegisterForm
from portal.identity.provider.pages import RegisterPage
from portal.identity.provider.routes_sign_in import WHY, wait_words
from portal.identity.provider.service import create_user, find_user, mark_offered
from portal.identity.provider.visits import complete, here, remember_device, start_half, waiting_request
from portal.infra.errors import Conflict, TooMany
from portal.web.door import services
from portal.web.forms import blame
from portal.web.responses import redirect_to, respond
from portal.work.unit_of_work import UnitOfWork


def _ticket() -> dict[str, Any] | None:
    """What the portal vouches for: that somebody with this name was invited."""
    waiting = waiting_request(request.args.get("request"))
    return waiting.get("ticket") if waiting else None


def _page(ticket: dict[str, Any], form: RegisterForm, problem: str = "") -> RegisterPage:
    if problem:
        blame(form.email, problem)
    return RegisterPage(
        title=_("Create your sign-in"),
        action=here("provider.register"),
        form=form,
        is_staff=bool(ticket["staff"]),
        sign_in_href=here("provider.show_sign_in"),
    )


def _form(ticket: dict[str, Any]) -> RegisterForm:
    form = RegisterForm()
    form.has_factor = bool(ticket["staff"])
    form.about = (ticket["name"], form.email.data or "", services().settings.clinic_name)
    return form


@door.public("/register", because=WHY)
def show_register(uow: UnitOfWork) -> ResponseReturnValue:
    ticket = _ticket()
    if ticket is None:
        return redirect_to(here("provider.show_sign_in"))
    form = _form(ticket)
    form.email.data = form.email.data or ticket.get("email") or ""
    return respond(_page(ticket, form), "provider/show_register.html")


@door.public("/register", because=WHY, method="POST")
def register(uow: UnitOfWork) -> ResponseReturnValue:
    ticket = _ticket()
    if ticket is None:
        return redirect_to(here("provider.show_sign_in"))
    form = _form(ticket)
    if not form.validate_on_submit():
        return respond(_page(ticket, form), "provider/show_register.html", status=422)
    ready = services()
    try:
        throttle.take(ready, throttle.CODE, f"register:{uow.actor.address}")
    except TooMany as error:
        return respond(_page(ticket, form, wait_words(error)), "provider/show_register.html", status=429)
    encoded = ready.passwords.hash(form.password.data or "")
    try:
        with UnitOfWork.open(ready, uow.actor, write=True) as unit:
            made = create_user(
                unit,
                email=form.email.data or "",
                name=ticket["name"],
                password_hash=encoded,
                needs_second_factor=bool(ticket["staff"]) and not ready.settings.demo,
            )
    except Conflict:
        text = _("We can’t make a new sign-in with this e-mail. If you have one already, sign in with it instead.")
        return respond(_page(ticket, form, text), "provider/show_register.html", status=422)
    user = find_user(ready, user_id=made.id)
    assert user is not None
    if user.needs_second_factor:
        start_half(user, "pwd")
        return redirect_to(here("provider.show_set_up"))
    complete(user, "pwd", uow.actor)
    mark_offered(ready, user.id)
    return remember_device(redirect_to(here("provider.show_offer")), user)
