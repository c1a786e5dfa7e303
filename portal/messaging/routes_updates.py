"""Doors of family updates."""

from __future__ import annotations

from uuid import UUID

from flask import Response, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.infra.errors import Invalid, NotFound
from portal.messaging import drafts, reading, updates
from portal.messaging.circle_forms import ActForm
from portal.messaging.reading import Cursor
from portal.messaging.update_pages import ListUpdatesPage, NewUpdatePage, UpdateForm
from portal.policy.actions import Action
from portal.web.door import Door
from portal.web.forms import blame
from portal.web.responses import respond, see_other
from portal.work.limits import SENDING
from portal.work.unit_of_work import UnitOfWork

door = Door("messaging", prefix="/people/<uuid:person_id>/updates")


@door.get("", may=Action.FAMILY_UPDATE_READ)
def list_updates(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(Action.FAMILY_UPDATE_READ, patient=person_id)
    before = Cursor.parse(request.args.get("before"))
    shown, more = updates.listed(uow, person_id, before)
    page = ListUpdatesPage.of(
        person_id,
        reading.given_name(uow, person_id),
        shown,
        more,
        is_own=uow.actor.person_id == person_id,
        may_write=uow.may(Action.FAMILY_UPDATE_CREATE, patient=person_id),
        oversees=uow.may(Action.FAMILY_CIRCLE_READ, patient=person_id),
        is_first=before is None,
    )
    return respond(page, "messaging/list_updates.html")


@door.get("/new", may=Action.FAMILY_CIRCLE_READ)
def new_update(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    if not uow.may(Action.FAMILY_UPDATE_CREATE, patient=person_id):
        uow.refuse(Action.FAMILY_UPDATE_CREATE, patient=person_id)
        raise NotFound()
    saved = drafts.of_place(uow, person_id, f"update:{person_id}")
    form = UpdateForm(formdata=None, data={"question": saved.text, "once": str(saved.once)} if saved else None)
    if saved is None and "from" in request.args:
        form.question.data = _words(uow, person_id, request.args["from"])
    return _page(uow, person_id, form, saved=saved)


def _words(uow: UnitOfWork, person_id: UUID, thread: str) -> str:
    thread_id = drafts.once_of(thread)
    if thread_id is None:
        raise NotFound()
    return updates.words_of_team(uow, person_id, thread_id)


def _page(
    uow: UnitOfWork,
    person_id: UUID,
    form: UpdateForm,
    status: int = 200,
    *,
    warns: bool = False,
    saved: drafts.Saved | None = None,
) -> Response:
    relatives = updates.circle(uow, person_id)
    at = saved.updated_at if saved else None
    page = NewUpdatePage.of(person_id, form, relatives, warns=warns, saved_at=at)
    return respond(page, "messaging/new_update.html", status=status)


@door.post("", may=Action.FAMILY_UPDATE_CREATE, at_most=SENDING)
def create_update(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(Action.FAMILY_UPDATE_CREATE, patient=person_id)
    form = UpdateForm()
    if not form.validate_on_submit():
        return _page(uow, person_id, form, 422)
    command = form.to_command(person_id)
    if form.seen.data != "warned" and updates.private_matter(uow, person_id, command.text) is not None:
        drafts.save(uow, person_id, form.to_draft(), form.once.value)
        form.seen.data = "warned"
        return _page(uow, person_id, form, warns=True)
    try:
        updates.publish(uow, command)
    except Invalid:
        blame(form.readers, _("Choose who reads it."))
        return _page(uow, person_id, form, 422)
    flash(_("Your update was published."), "success")
    return see_other("messaging.list_updates", person_id=person_id)


@door.post("/<uuid:update_id>/withdraw", may=Action.FAMILY_UPDATE_WITHDRAW)
def withdraw_update(uow: UnitOfWork, person_id: UUID, update_id: UUID) -> ResponseReturnValue:
    form = ActForm()
    updates.withdraw(uow, person_id, update_id)
    if form.validate_on_submit():
        flash(_("The update was taken back. Relatives don’t see it any more."), "success")
    return see_other("messaging.list_updates", person_id=person_id)
