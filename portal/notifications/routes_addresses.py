"""Doors of where one is told, and of what the carrier of texts reports."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.infra.errors import Invalid, NotFound
from portal.infra.sms import REPORTS, is_signed
from portal.notifications import addresses, choices, reports
from portal.notifications.address_forms import CodeForm, EmailForm, NumberForm
from portal.notifications.address_pages import EditAddressPage
from portal.policy.actions import Action
from portal.web.door import Door
from portal.web.forms import blame
from portal.web.responses import respond, see_other
from portal.work.limits import SENDING, Window
from portal.work.unit_of_work import UnitOfWork

door = Door("notifications", prefix="/profile/notices")
hooks = Door("notifications")
CHANNEL = "<any(email,sms):channel>"
CODES = Window("codes", 5, timedelta(hours=1))  # a code can go to somebody who never asked for it
READ, UPDATE = Action.IDENTITY_PROFILE_READ, Action.IDENTITY_PROFILE_UPDATE
BECAUSE = "the carrier of texts reports here, signed with the key it shares with the clinic; it reads nothing"


def _page(uow: UnitOfWork, channel: str, *, form: Any = None, code_form: Any = None, status: int = 200) -> Any:
    me = choices.own(uow, READ)
    row = addresses.rows(uow, me.account_id).get(channel)
    waits = row is not None and row.pending is not None and row.code_until is not None and row.code_until > uow.now
    page = EditAddressPage.of(
        channel, row, me.email, form or _form(channel, formdata=None), code_form or CodeForm(formdata=None), waits=waits
    )
    return respond(page, "notifications/edit_address.html", status=status)


def _form(channel: str, **more: Any) -> Any:
    return (EmailForm if channel == "email" else NumberForm)(**more)


def _offered(uow: UnitOfWork, channel: str) -> None:
    """Raises `NotFound` where the clinic sends no texts."""
    if channel == "sms" and not uow.settings.sms_url:
        raise NotFound()


@door.get(f"/addresses/{CHANNEL}", may=READ)
def edit_address(uow: UnitOfWork, channel: str) -> ResponseReturnValue:
    _offered(uow, channel)
    return _page(uow, channel)


@door.post(f"/addresses/{CHANNEL}", may=UPDATE, step_up=True, at_most=CODES)
def update_address(uow: UnitOfWork, channel: str) -> ResponseReturnValue:
    choices.own(uow, UPDATE)
    _offered(uow, channel)
    form = _form(channel)
    if not form.validate_on_submit():
        uow.refuse(UPDATE)
        return _page(uow, channel, form=form, status=422)
    try:
        addresses.ask(uow, channel, form.value.data)
    except Invalid:
        said = _("This is no e-mail address. Write it like name@example.org.")
        if channel == "sms":
            said = _("This is no number we can send texts to. Write it with its area code, like 555 123 4567.")
        blame(form.value, said)
        uow.refuse(UPDATE)
        return _page(uow, channel, form=form, status=422)
    flash(_("We sent a code there. Type it in below within 15 minutes."), "success")
    return see_other("notifications.edit_address", channel=channel)


@door.post(f"/addresses/{CHANNEL}/confirm", may=UPDATE, at_most=SENDING)
def confirm_address(uow: UnitOfWork, channel: str) -> ResponseReturnValue:
    choices.own(uow, UPDATE)
    _offered(uow, channel)
    form = CodeForm()
    if not form.validate_on_submit():
        uow.refuse(UPDATE)
        return _page(uow, channel, code_form=form, status=422)
    try:
        addresses.confirm(uow, channel, form.code.data or "")
    except Invalid as wrong:
        said = {
            "code": _("This is not the code we sent. Look again, or have a new one sent."),
            "tries": _("Too many tries. Have a new code sent."),
        }.get(wrong.field, _("This code is too old. Have a new one sent."))
        flash(said, "warning")
        # An answer of 400 and above would undo the counted try, and with it the end of guessing
        return see_other("notifications.edit_address", channel=channel)
    flash(_("Saved. From now on we tell you this way."), "success")
    return see_other("notifications.show_notices")


@door.post(f"/addresses/{CHANNEL}/remove", may=UPDATE)
def remove_address(uow: UnitOfWork, channel: str) -> ResponseReturnValue:
    choices.own(uow, UPDATE)
    addresses.remove(uow, channel)
    flash(_("We no longer use it."), "success")
    return see_other("notifications.show_notices")


@hooks.public(REPORTS, because=BECAUSE, method="POST")
def report_text(uow: UnitOfWork) -> ResponseReturnValue:
    """What became of a text, or what somebody answered. Whoever can't sign it is refused, and nothing is said."""
    settings = uow.settings
    fields = list(request.form.items(multi=True))
    given = request.headers.get("X-Twilio-Signature", "")
    if not settings.sms_url or not is_signed(
        settings.sms_token.get_secret_value(), settings.base_url + REPORTS, fields, given
    ):
        return "", 403
    one = dict(fields)
    with UnitOfWork.open(uow.services, uow.actor, write=True) as own:
        if "MessageStatus" in one:
            reports.of_text(own, one.get("MessageSid", ""), one["MessageStatus"])
        elif "From" in one:
            reports.answered(own, one["From"], one.get("Body", ""))
    return "", 204
