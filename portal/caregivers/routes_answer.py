"""Doors of those who are asked: the link or the code, who asks and for what, yes or no."""

from __future__ import annotations

from flask import flash, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.caregivers import answering
from portal.caregivers.answering import FOR_ADULTS, Offer, by_code
from portal.caregivers.forms import AnswerForm, CodeForm
from portal.caregivers.pages import CodePage, OfferPage, Told, duties_of
from portal.caregivers.words import kind_words
from portal.identity.invitations import normal_code
from portal.identity.provider import throttle
from portal.identity.starting import to_provider
from portal.identity.tickets import seal_ticket
from portal.infra.errors import Conflict, Gone, Invalid
from portal.policy.actions import Action
from portal.web.door import Door, services
from portal.web.filters import language
from portal.web.forms import blame
from portal.web.responses import redirect_to, respond, see_other, sign_in_path
from portal.work.unit_of_work import UnitOfWork

door = Door("caregivers", prefix="/access")
ANSWER = Action.CAREGIVER_INVITATION_ANSWER
WHY = "people who are asked to help may have no account yet; the code is the key"


def _offer(uow: UnitOfWork, code: str) -> Offer:
    """The invitation of a code. Guessing is slowed down by address. Raises `Gone`, `TooMany`."""
    address = uow.actor.address or ""
    throttle.take(services(), throttle.CODE, address)
    with UnitOfWork.open(services(), uow.actor, write=False) as look:  # the count of tries is written apart
        found = by_code(look, code)
    throttle.give_back(services(), throttle.CODE, address)
    return found


@door.public("", because=WHY)
def show_access_code(uow: UnitOfWork) -> ResponseReturnValue:
    return _code_page(CodeForm(formdata=None))


def _code_page(form: CodeForm, status: int = 200) -> ResponseReturnValue:
    page = CodePage(_("Use your invitation"), form, url_for("caregivers.enter_access_code"))
    return respond(page, "caregivers/show_access_code.html", status=status)


@door.public("", because=WHY, method="POST")
def enter_access_code(uow: UnitOfWork) -> ResponseReturnValue:
    form = CodeForm()
    if not form.validate_on_submit():
        return _code_page(form, 422)
    try:
        _offer(uow, form.code.data or "")
    except Gone:
        blame(
            form.code,
            _("That code does not work. Check it letter by letter. It may also have been used, or be too old."),
        )
        return _code_page(form, 422)
    return see_other("caregivers.show_offer", code=normal_code(form.code.data or ""))


@door.public("/<string(length=20):code>", because=WHY)
def show_offer(uow: UnitOfWork, code: str) -> ResponseReturnValue:
    """Who asks is said to those who have signed in: a link in a mailbox can be opened by others, too."""
    return _offer_page(uow, code, _offer(uow, code), AnswerForm(formdata=None))


def _offer_page(uow: UnitOfWork, code: str, offer: Offer, form: AnswerForm, status: int = 200) -> ResponseReturnValue:
    is_known = uow.actor.is_signed_in
    names = ("create_access_sign_in", "accept_offer", "decline_offer")
    hrefs = {name: url_for(f"caregivers.{name}", code=code) for name in names}
    hrefs["sign_in"] = sign_in_path(url_for("caregivers.show_offer", code=code))
    page = OfferPage(
        title=_("%(name)s asks for your help", name=offer.asked_by) if is_known else _("Somebody asks for your help"),
        is_signed_in=is_known,
        asked_by=offer.asked_by if is_known else "",
        for_them=offer.for_them if is_known else "",
        kind=kind_words(offer.kind) if is_known else "",
        kind_code=offer.kind if is_known else "",
        duties=duties_of(offer.kind) if is_known else [],
        told=Told.of(offer.scopes, offer.ends_on) if is_known else None,
        form=form,
        needs_age=offer.kind in FOR_ADULTS,
        hrefs=hrefs,
        has_own_provider=uow.settings.uses_own_provider,
        account_name=uow.actor.name,
    )
    return respond(page, "caregivers/show_offer.html", status=status)


@door.public("/<string(length=20):code>/create", because=WHY, method="POST")
def create_access_sign_in(uow: UnitOfWork, code: str) -> ResponseReturnValue:
    """On to the provider, to make a sign-in of their own; then back here, where they answer."""
    offer = _offer(uow, code)
    here = url_for("caregivers.show_offer", code=code)
    try:
        with UnitOfWork.open(services(), uow.actor, write=True) as unit:
            invited = answering.account_for(unit, offer, language())
    except Conflict:  # they made it before, and sign in with it now
        return redirect_to(sign_in_path(here))
    session["invited"] = str(invited)
    if not uow.settings.uses_own_provider:
        return to_provider(uow, next_path=here, again=True)
    content = {"name": offer.name, "email": offer.email, "staff": False, "invitation": str(invited)}
    ticket = seal_ticket(services().ring, "register", content, uow.now)
    return to_provider(uow, next_path=here, prompt="create", registration=ticket)


@door.post("/<string(length=20):code>/accept", may=ANSWER)
def accept_offer(uow: UnitOfWork, code: str) -> ResponseReturnValue:
    offer = _offer(uow, code)
    form = AnswerForm()
    if not form.validate_on_submit() or not form.knows_duties.data:
        blame(form.knows_duties, _("Tick this to say yes, or choose “No, thank you”."))
        return _offer_page(uow, code, offer, form, 422)
    try:
        answering.accept(uow, offer, is_adult=bool(form.is_adult.data))
    except Invalid as error:
        sentence = {
            "own-record": _("This is your own record. Somebody else has to use this invitation."),
            "own-invitation": _("You made this invitation. Somebody else has to use it."),
            "under-age": _("You have to be 18 or older for this."),
        }[error.code]
        blame(form.is_adult if error.code == "under-age" else form.knows_duties, sentence)
        return _offer_page(uow, code, offer, form, 422)
    flash(_("Thank you. You can help from now on."), "success")
    return redirect_to(url_for("home.show_home", person_id=offer.person_id))


@door.post("/<string(length=20):code>/decline", may=ANSWER)
def decline_offer(uow: UnitOfWork, code: str) -> ResponseReturnValue:
    answering.decline(uow, _offer(uow, code))
    flash(_("You said no. Nobody is told why."), "success")
    return redirect_to("/")
