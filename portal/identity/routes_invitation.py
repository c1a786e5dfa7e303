"""Redeeming an invitation: the link, the birth date, and a sign-in of one's own."""

from __future__ import annotations

from flask import session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.identity import invitations
from portal.identity.doors import door
from portal.identity.forms import BirthDateForm, CodeForm
from portal.identity.invitations import Invited
from portal.identity.pages import InvitationPage, VisitorPage
from portal.identity.provider import throttle
from portal.identity.starting import to_provider
from portal.identity.tickets import seal_ticket
from portal.infra.errors import Gone
from portal.web.door import services
from portal.web.forms import blame
from portal.web.responses import redirect_to, respond
from portal.work.unit_of_work import UnitOfWork

WHY = "invited people have no account yet"


def _find(uow: UnitOfWork, code: str) -> Invited:
    """The invitation of a code. Guessing is slowed down by address. Raises `Gone`, `TooMany`."""
    address = uow.actor.address or ""
    throttle.take(services(), throttle.CODE, address)
    found = invitations.find(services(), code=code)
    throttle.give_back(services(), throttle.CODE, address)
    return found


def _code_page(form: CodeForm, problem: str = "") -> VisitorPage:
    if problem:
        blame(form.code, problem)
    return VisitorPage(
        title=_("Use your invitation"),
        action=url_for("identity.enter_invitation_code"),
        form=form,
    )


@door.public("/invitation", because=WHY)
def show_invitation_code(uow: UnitOfWork) -> ResponseReturnValue:
    return respond(_code_page(CodeForm()), "identity/show_invitation_code.html")


@door.public("/invitation", because=WHY, method="POST")
def enter_invitation_code(uow: UnitOfWork) -> ResponseReturnValue:
    form = CodeForm()
    if not form.validate_on_submit():
        return respond(_code_page(form), "identity/show_invitation_code.html", status=422)
    try:
        _find(uow, form.code.data or "")
    except Gone:
        text = _("That code does not work. Check it letter by letter. It may also have been used, or be too old.")
        return respond(_code_page(form, text), "identity/show_invitation_code.html", status=422)
    return redirect_to(url_for("identity.show_invitation", code=invitations.normal_code(form.code.data or "")))


def _page(found: Invited, code: str, form: BirthDateForm, problem: str = "") -> InvitationPage:
    if problem:
        blame(form.born.form.month, problem)
    is_checked = not found.needs_birth_date or session.get("invited") == str(found.id)
    return InvitationPage(
        title=_("Welcome") if is_checked else _("Confirm that it is you"),
        action=url_for("identity.create_sign_in" if is_checked else "identity.check_birth_date", code=code),
        form=form,
        is_checked=is_checked,
        name=found.name if is_checked else "",
        is_staff=found.is_staff,
        has_own_provider=services().settings.uses_own_provider,
        existing_href=url_for("identity.use_existing_sign_in", code=code),
    )


@door.public("/invitation/<string(length=20):code>", because=WHY)
def show_invitation(uow: UnitOfWork, code: str) -> ResponseReturnValue:
    found = _find(uow, code)
    return respond(_page(found, code, BirthDateForm()), "identity/show_invitation.html")


@door.public("/invitation/<string(length=20):code>", because=WHY, method="POST")
def check_birth_date(uow: UnitOfWork, code: str) -> ResponseReturnValue:
    """A patient's letter can be opened by others in the house: the birth date is the second thing asked."""
    found, form = _find(uow, code), BirthDateForm()
    if not form.validate_on_submit():
        return respond(_page(found, code, form), "identity/show_invitation.html", status=422)
    born = form.born.form.date
    if found.needs_birth_date and born and not invitations.check_birth_date(services(), uow.actor, found, born):
        text = _("That is not the birth date we have. After five tries the invitation stops working.")
        return respond(_page(found, code, form, text), "identity/show_invitation.html", status=422)
    session["invited"] = str(found.id)
    return redirect_to(url_for("identity.show_invitation", code=code))


def _accepted(uow: UnitOfWork, code: str) -> Invited | None:
    """The invitation, once it is certain that it is theirs; it waits in the session until they have signed in."""
    found = _find(uow, code)
    if found.needs_birth_date and session.get("invited") != str(found.id):
        return None
    session["invited"] = str(found.id)
    return found


@door.public("/invitation/<string(length=20):code>/create", because=WHY, method="POST")
def create_sign_in(uow: UnitOfWork, code: str) -> ResponseReturnValue:
    """On to the provider, to make a sign-in. The ticket vouches for the invitation, and says nothing to others."""
    found = _accepted(uow, code)
    if found is None:
        return redirect_to(url_for("identity.show_invitation", code=code))
    if not services().settings.uses_own_provider:
        return to_provider(uow, next_path=None, again=True)
    content = {"name": found.name, "email": found.email, "staff": found.is_staff, "invitation": str(found.id)}
    ticket = seal_ticket(services().ring, "register", content, uow.now)
    return to_provider(uow, next_path=None, prompt="create", registration=ticket)


@door.public("/invitation/<string(length=20):code>/existing", because=WHY, method="POST")
def use_existing_sign_in(uow: UnitOfWork, code: str) -> ResponseReturnValue:
    """On to the provider, to sign in with what they have."""
    if _accepted(uow, code) is None:
        return redirect_to(url_for("identity.show_invitation", code=code))
    return to_provider(uow, next_path=None, again=True)
