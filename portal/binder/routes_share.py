"""Doors of the patient's links and of the emergency card."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from flask import Response, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.binder import card, contents, exporting, sharing
from portal.binder.card import Card
from portal.binder.forms import CardForm, ShareForm
from portal.binder.outline import EMERGENCY
from portal.binder.routes_export import clinic_of, download
from portal.binder.share_pages import ListSharesPage, NewSharePage, ShowCardPage, ShowSharePage
from portal.binder.sharing import Shown
from portal.infra.errors import Conflict, Invalid
from portal.policy.actions import Action
from portal.web import filters
from portal.web.door import Door, services
from portal.web.forms import blame
from portal.web.responses import respond, see_other
from portal.work.limits import COPYING
from portal.work.unit_of_work import UnitOfWork

door = Door("binder", prefix="/people/<uuid:person_id>/binder")
READ, UPDATE = Action.BINDER_SHARE_READ, Action.BINDER_SHARE_UPDATE


def _passcode_hash(name: str = "passcode") -> str | None:
    """The hash of a passcode that may be one: made before anything is written, for it is slow on purpose."""
    given = (request.form.get(name) or "").strip()
    return services().passwords.hash(given) if 4 <= len(given) <= 64 else None


@door.get("/links", may=READ)
def list_shares(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    page = ListSharesPage.of(person_id, sharing.mine(uow, person_id))
    return respond(page, "binder/list_shares.html")


@door.get("/links/new", may=READ)
def new_share(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    form = ShareForm(formdata=None, data={"until": filters.today() + timedelta(days=7), "sections": EMERGENCY})
    return _share_form(uow, person_id, form)


def _share_form(uow: UnitOfWork, person_id: UUID, form: ShareForm, status: int = 200) -> Response:
    uow.require(READ, patient=person_id)
    if not form.sections.choices:
        form.fill(contents.visible_sections(uow, person_id))
    return respond(NewSharePage.of(person_id, form, filters.today()), "binder/new_share.html", status=status)


@door.post("/links", may=UPDATE, step_up=True, at_most=COPYING)
def create_share(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    hashed = _passcode_hash()
    uow.require(UPDATE, patient=person_id)
    form = ShareForm()
    form.fill(contents.visible_sections(uow, person_id))
    if not form.validate_on_submit():
        return _share_form(uow, person_id, form, 422)
    try:
        with uow.absorbing_duplicates():
            new = form.to_command(person_id, filters.reader_zone(), hashed)
            share_id, link = sharing.make_link(uow, new, filters.today(), clinic_of(uow))
    except Invalid as error:
        words = {"until": _("Choose a day from today on, within a year.")}
        blame(form[error.field], words.get(error.field, _("Choose at least one section.")))
        return _share_form(uow, person_id, form, 422)
    except Conflict:
        uow.undo()
        flash(_("This link was made already."), "warning")
        return see_other("binder.list_shares", person_id=person_id)
    flash(_("The link is made. Hand it over now."), "success")
    return _share_page(uow, person_id, share_id, link)


@door.get("/links/<uuid:share_id>", may=READ)
def show_share(uow: UnitOfWork, person_id: UUID, share_id: UUID) -> ResponseReturnValue:
    return _share_page(uow, person_id, share_id)


def _share_page(uow: UnitOfWork, person_id: UUID, share_id: UUID, link: str = "") -> Response:
    uow.require(READ, patient=person_id)
    one = sharing.load(uow, person_id, share_id)
    visits = sharing.visits(uow, person_id, [share_id])
    is_own = uow.actor.person_id == person_id
    page = ShowSharePage.of(person_id, one, visits, uow.settings.base_url, new_link=link, is_own=is_own)
    return respond(page, "binder/show_share.html")


@door.post("/links/<uuid:share_id>/end", may=UPDATE)
def revoke_share(uow: UnitOfWork, person_id: UUID, share_id: UUID) -> ResponseReturnValue:
    sharing.revoke(uow, person_id, share_id)
    flash(_("The link is ended. It shows nothing to anybody any more."), "success")
    return see_other("binder.show_share", person_id=person_id, share_id=share_id)


# The card ------------------------------------------------------------------------------------------------------------


def _card(uow: UnitOfWork, person_id: UUID, share: Shown | None) -> Card:
    """The card of what the emergency page shows; without a page, of what it would show at first."""
    found = exporting.gather(
        uow,
        person_id,
        filters.today(),
        sections=(*(share.sections if share else EMERGENCY), "history", "providers"),
        with_sensitive=share.is_sensitive if share else False,
        action=Action.BINDER_CARD_READ,
    )
    url = ""
    if share is not None and share.token and share.state == "active":
        url = uow.settings.base_url + url_for("binder.show_emergency", token=share.token)
    return card.make(found.binder, uow.settings.clinic_phone, url, uow.now)


@door.get("/card", may=Action.BINDER_CARD_READ)
def show_card(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    return _card_page(uow, person_id, CardForm(formdata=None, data={"sections": EMERGENCY}))


def _card_page(uow: UnitOfWork, person_id: UUID, form: CardForm, status: int = 200) -> Response:
    share = sharing.card_of(uow, person_id)
    if not form.sections.choices:
        form.fill(contents.visible_sections(uow, person_id))
    visits = sharing.visits(uow, person_id, sharing.card_ids(uow, person_id))
    page = ShowCardPage.of(person_id, _card(uow, person_id, share), share, visits, form)
    return respond(page, "binder/show_card.html", status=status)


@door.get("/card.pdf", may=Action.BINDER_CARD_READ, step_up=True, at_most=COPYING)
def show_card_pdf(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    made = _card(uow, person_id, sharing.card_of(uow, person_id))
    uow.seen(Action.BINDER_CARD_READ, person_id)
    return download(card.render(made, uow.settings.clinic_name), "application/pdf", "emergency-card.pdf")


@door.post("/card", may=Action.BINDER_CARD_UPDATE, step_up=True)
def create_card(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    hashed = _passcode_hash()
    uow.require(Action.BINDER_CARD_UPDATE, patient=person_id)
    form = CardForm()
    form.fill(contents.visible_sections(uow, person_id))
    if not form.validate_on_submit():
        return _card_page(uow, person_id, form, 422)
    try:
        with uow.absorbing_duplicates():
            sharing.make_card(uow, form.to_command(person_id, uow.now + timedelta(days=365), hashed))
    except (Conflict, Invalid):
        flash(_("This card was made already."), "warning")
        return see_other("binder.show_card", person_id=person_id)
    flash(_("Your card has an emergency page now. Print it: an older card leads nowhere any more."), "success")
    return see_other("binder.show_card", person_id=person_id)


@door.post("/card/<uuid:share_id>/end", may=Action.BINDER_CARD_UPDATE)
def revoke_card(uow: UnitOfWork, person_id: UUID, share_id: UUID) -> ResponseReturnValue:
    uow.require(Action.BINDER_CARD_UPDATE, patient=person_id)
    sharing.revoke_card(uow, person_id, share_id)
    flash(_("The emergency page is closed. A card that is still around leads nowhere."), "success")
    return see_other("binder.show_card", person_id=person_id)
