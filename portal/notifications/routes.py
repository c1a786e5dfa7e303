"""Doors of how one is told, and of what one was told."""

from __future__ import annotations

from datetime import time
from typing import Any
from uuid import UUID

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import format_time
from flask_babel import gettext as _

from portal.notifications import addresses, choices, log
from portal.notifications.channels import offered
from portal.notifications.forms import NoticesForm, form_for
from portal.notifications.kinds import TOPICS_OF
from portal.notifications.pages import NoticesPage, SentPage, Where
from portal.notifications.rules import QUIET_FROM, QUIET_UNTIL
from portal.notifications.service import notify
from portal.policy.actions import Action
from portal.web.door import Door
from portal.web.paging import key_of
from portal.web.responses import respond, see_other
from portal.work.limits import SENDING
from portal.work.unit_of_work import UnitOfWork

door = Door("notifications", prefix="/profile/notices")
links = Door("notifications")


def _hour(hour: int) -> str:
    return str(format_time(time(hour), "short"))


def _form(roles: list[str], channels: list[str], **values: Any) -> NoticesForm:
    return form_for(roles, channels)(**values).offer(_hour)


@door.get("", may=Action.IDENTITY_PROFILE_READ)
def show_notices(uow: UnitOfWork) -> ResponseReturnValue:
    me, roles = choices.own(uow, Action.IDENTITY_PROFILE_READ), choices.roles_of(uow)
    channels, answers = offered(uow, me), choices.chosen(uow, me.account_id)
    timing = me.timing
    ticked: dict[str, Any] = {
        f"{role}-{topic}": [one for one in channels if choices.is_on(answers, role, topic, one)]
        for role in roles
        for topic in TOPICS_OF[role]
    }
    form = _form(
        roles,
        channels,
        digest=timing.digest,
        quiet=timing.quiet_from is not None,
        is_passed_on=me.is_passed_on,
        quiet_from=str(QUIET_FROM if timing.quiet_from is None else timing.quiet_from),
        quiet_until=str(QUIET_UNTIL if timing.quiet_until is None else timing.quiet_until),
        **ticked,
    )
    return respond(_notices(uow, form, roles, me), "notifications/show_notices.html")


def _notices(uow: UnitOfWork, form: NoticesForm, roles: list[str], me: choices.Reader) -> NoticesPage:
    where = Where("email" in addresses.ended(uow, me.account_id, me.email), bool(uow.settings.sms_url))
    return NoticesPage.of(form, roles, addresses.of(uow, me), where)


@door.post("", may=Action.IDENTITY_PROFILE_UPDATE)
def update_notices(uow: UnitOfWork) -> ResponseReturnValue:
    me, roles = choices.own(uow, Action.IDENTITY_PROFILE_UPDATE), choices.roles_of(uow)
    channels = offered(uow, me)
    form = _form(roles, channels)
    if not form.validate_on_submit():
        uow.refuse(Action.IDENTITY_PROFILE_UPDATE)
        return respond(_notices(uow, form, roles, me), "notifications/show_notices.html", status=422)
    choices.save(uow, form.timing, form.on(roles), channels, is_passed_on=form.is_passed_on.data)
    flash(_("Saved. From now on we tell you this way."), "success")
    return see_other("notifications.show_notices")


@door.post("/test", may=Action.IDENTITY_PROFILE_UPDATE, at_most=SENDING)
def send_test(uow: UnitOfWork) -> ResponseReturnValue:
    me = choices.own(uow, Action.IDENTITY_PROFILE_UPDATE)
    notify(uow, me.account_id, "test", f"test:{me.account_id}:{uow.now.isoformat()}", is_urgent=True)
    uow.audit(Action.IDENTITY_PROFILE_UPDATE)
    flash(_("A test is on its way. If it does not arrive within a few minutes, look into your spam folder."), "success")
    return see_other("notifications.show_notices")


@links.get("/n/<uuid:delivery_id>", may=Action.IDENTITY_PROFILE_READ)
def follow_notice(uow: UnitOfWork, delivery_id: UUID) -> ResponseReturnValue:
    return redirect(log.path_of(uow, delivery_id), 303)


@door.get("/sent", may=Action.IDENTITY_PROFILE_READ)
def list_sent(uow: UnitOfWork) -> ResponseReturnValue:
    rows = log.mine(uow, key_of(request.args.get("before")))
    return respond(SentPage.of(rows, log.given_up(uow, rows)), "notifications/list_sent.html")
