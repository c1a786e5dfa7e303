"""Doors of administration: accounts and invitations."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

from flask import flash, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.admin import service
from portal.admin.forms import InviteCaregiverForm, InvitePatientForm, InviteStaffForm, SearchForm
from portal.admin.pages import AccountPage, AccountRow, AccountsPage, InvitePage, kind_words
from portal.identity.invitations import normal_code
from portal.infra.errors import Conflict, Invalid
from portal.policy.actions import Action
from portal.web.door import Door, services
from portal.web.filters import language
from portal.web.forms import blame
from portal.web.responses import respond, see_other
from portal.work.limits import SEARCHING
from portal.work.unit_of_work import UnitOfWork

door = Door("admin", prefix="/admin")
KINDS = ("patient", "caregiver", "staff")


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


@door.get("/accounts", may=Action.ADMIN_ACCOUNT_READ)
def list_accounts(uow: UnitOfWork) -> ResponseReturnValue:
    """By name. What was searched for stays in the session: names do not belong in addresses."""
    wanted, after = session.get("wanted_account", ""), _uuid(request.args.get("after"))
    rows, has_more = service.list_accounts(uow, wanted=wanted, after=after)
    form = SearchForm(formdata=None, name=wanted)
    page = AccountsPage(
        title=_("Accounts"),
        form=form,
        search_href=url_for("admin.search_accounts"),
        wanted=wanted,
        rows=[AccountRow.of(one) for one in rows],
        first_href=url_for("admin.list_accounts") if after else None,
        older_href=url_for("admin.list_accounts", after=rows[-1].id) if has_more else None,
        invite_href=url_for("admin.new_invitation"),
    )
    return respond(page, "admin/list_accounts.html")


@door.post("/accounts/search", may=Action.ADMIN_ACCOUNT_UPDATE, at_most=SEARCHING)
def search_accounts(uow: UnitOfWork) -> ResponseReturnValue:
    uow.require_admin(Action.ADMIN_ACCOUNT_UPDATE)
    form = SearchForm()
    shows_all = request.args.get("all") == "1" or not form.validate_on_submit()
    session["wanted_account"] = "" if shows_all else form.name.data or ""
    return see_other("admin.list_accounts")


@door.get("/accounts/<uuid:account_id>", may=Action.ADMIN_ACCOUNT_READ)
def show_account(uow: UnitOfWork, account_id: UUID) -> ResponseReturnValue:
    """One account; right after an invitation also its code, once."""
    code = _taken_code(account_id)
    page = AccountPage.of(
        service.find_account(uow, account_id),
        is_own=account_id == uow.actor.account_id,
        has_own_provider=uow.settings.uses_own_provider,
        code=code,
        code_link=f"{uow.settings.base_url}{url_for('identity.show_invitation', code=normal_code(code))}"
        if code
        else None,
        list_href=url_for("admin.list_accounts"),
    )
    return respond(page, "admin/show_account.html")


def _link(uow: UnitOfWork, code: str) -> str:
    return uow.settings.base_url + url_for("identity.show_invitation", code=normal_code(code))


def _keep_code(account_id: UUID, code: str) -> None:
    sealed = services().ring.wrap(code.encode(), f"web_session.code:{account_id}")
    session["code"] = base64.b64encode(sealed).decode()
    session["code_of"] = str(account_id)


def _taken_code(account_id: UUID) -> str | None:
    if session.get("code_of") != str(account_id):
        return None
    session.pop("code_of")
    return services().ring.unwrap(base64.b64decode(session.pop("code")), f"web_session.code:{account_id}").decode()


# Inviting --------------------------------------------------------------------------------------------------------


def _form(uow: UnitOfWork, kind: str) -> Any:
    if kind == "staff":
        return InviteStaffForm().offer(service.staff_without_account(uow))
    return InvitePatientForm() if kind == "patient" else InviteCaregiverForm()


def _page(uow: UnitOfWork, kind: str, form: Any, problem: str = "") -> InvitePage:
    if problem:
        blame(next(iter(form)), problem)
    return InvitePage(
        title=_("Invite somebody"),
        kind=kind,
        kinds=[
            {
                "label": kind_words(one),
                "href": url_for("admin.new_invitation", kind=one),
                "is_current": one == kind,
                "count": None,
            }
            for one in KINDS
        ],
        form=form,
        action=url_for("admin.create_invitation", kind=kind),
        list_href=url_for("admin.list_accounts"),
        days=uow.settings.invitation_days,
    )


def _kind() -> str:
    kind = request.args.get("kind", "patient")
    return kind if kind in KINDS else "patient"


@door.get("/invitations/new", may=Action.ADMIN_ACCOUNT_READ, step_up=True)
def new_invitation(uow: UnitOfWork) -> ResponseReturnValue:
    uow.require_admin(Action.ADMIN_ACCOUNT_READ)
    kind = _kind()
    return respond(_page(uow, kind, _form(uow, kind)), "admin/new_invitation.html")


@door.post("/invitations/new", may=Action.ADMIN_INVITATION_CREATE, step_up=True)
def create_invitation(uow: UnitOfWork) -> ResponseReturnValue:
    uow.require_admin(Action.ADMIN_INVITATION_CREATE)
    kind = _kind()
    form = _form(uow, kind)
    if not form.validate_on_submit():
        return respond(_page(uow, kind, form), "admin/new_invitation.html", status=422)
    try:
        account_id, code = service.invite_somebody(uow, form.to_command(language()))
    except (Invalid, Conflict) as error:
        words = {
            "unknown-record-number": lambda: _("We have no patient with that record number."),
            "no-birth-date": lambda: _("That record has no birth date yet, and the invitation asks for it."),
            "unknown-staff": lambda: _("Choose somebody from the list."),
            "has-account": lambda: _("They have an account already. Look for it in the list of accounts."),
        }
        return respond(_page(uow, kind, form, words[error.code]()), "admin/new_invitation.html", status=422)
    _keep_code(account_id, code)
    return see_other("admin.show_account", account_id=account_id)


@door.post("/accounts/<uuid:account_id>/invite-again", may=Action.ADMIN_INVITATION_CREATE, step_up=True)
def invite_again(uow: UnitOfWork, account_id: UUID) -> ResponseReturnValue:
    _keep_code(account_id, service.invite_again(uow, account_id))
    return see_other("admin.show_account", account_id=account_id)


# Changing --------------------------------------------------------------------------------------------------------


@door.post("/accounts/<uuid:account_id>/end-sessions", may=Action.ADMIN_ACCOUNT_UPDATE, step_up=True)
def end_sessions(uow: UnitOfWork, account_id: UUID) -> ResponseReturnValue:
    service.end_sessions(uow, account_id)
    flash(_("They are signed out everywhere."), "success")
    return see_other("admin.show_account", account_id=account_id)


@door.post("/accounts/<uuid:account_id>/close", may=Action.ADMIN_ACCOUNT_UPDATE, step_up=True)
def close_account(uow: UnitOfWork, account_id: UUID) -> ResponseReturnValue:
    service.close_account(uow, account_id)
    flash(_("The account is closed. Nobody can sign in to it."), "success")
    return see_other("admin.show_account", account_id=account_id)


@door.post("/accounts/<uuid:account_id>/open", may=Action.ADMIN_ACCOUNT_UPDATE, step_up=True)
def open_account(uow: UnitOfWork, account_id: UUID) -> ResponseReturnValue:
    service.open_account(uow, account_id)
    flash(_("The account is open again."), "success")
    return see_other("admin.show_account", account_id=account_id)


@door.post("/accounts/<uuid:account_id>/reset-second-step", may=Action.ADMIN_ACCOUNT_UPDATE, step_up=True)
def reset_second_step(uow: UnitOfWork, account_id: UUID) -> ResponseReturnValue:
    service.reset_second_step(uow, account_id)
    flash(_("Their second step is reset. They set up a new one when they sign in."), "success")
    return see_other("admin.show_account", account_id=account_id)
