"""How one signs in, as a page: password, authenticator app, passkeys, recovery codes."""

from __future__ import annotations

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.identity.provider import factors, passkeys
from portal.identity.provider.doors import door
from portal.identity.provider.forms import NewPasswordForm
from portal.identity.provider.pages import LinkPage, PasskeyRow, SecurityPage
from portal.identity.provider.routes_sign_in import WHY
from portal.identity.provider.service import set_password
from portal.identity.provider.visits import Changer, changer, jar
from portal.web.door import services
from portal.web.responses import redirect_to, respond
from portal.work.unit_of_work import UnitOfWork


@door.public("/security", because=WHY)
def show_security(uow: UnitOfWork) -> ResponseReturnValue:
    who = changer()
    if not isinstance(who, Changer):
        return who
    if who.is_half:
        return redirect_to(url_for("provider.show_set_up"))
    user, possible = who.user, passkeys.are_possible(services().settings)
    page = SecurityPage(
        title=_("How you sign in"),
        email=user.email,
        password_changed_at=user.password_changed_at,
        password_href=url_for("provider.edit_password"),
        has_totp=user.has_totp,
        totp_href=url_for("provider.new_totp"),
        remove_totp_href=url_for("provider.remove_totp"),
        passkeys=[
            PasskeyRow(one.name, one.created_at, one.used_at, url_for("provider.remove_passkey", passkey_id=one.id))
            for one in passkeys.list_passkeys(services(), user.id)
        ],
        new_passkey_href=url_for("provider.new_passkey") if possible else None,
        recovery_codes=user.recovery_codes,
        recovery_href=url_for("provider.create_codes"),
        has_second_factor=user.has_second_factor,
        must_add_first=request.args.get("keep") == "1",
        back_href=url_for("identity.show_profile"),
    )
    return respond(page, "provider/show_security.html")


def _page(form: NewPasswordForm) -> LinkPage:
    return LinkPage(
        title=_("Change your password"),
        action=url_for("provider.update_password"),
        form=form,
        href=url_for("provider.show_security"),
    )


def _form(who: Changer) -> NewPasswordForm:
    form = NewPasswordForm()
    form.has_factor = who.user.has_second_factor
    form.about = (who.user.name, who.user.email, services().settings.clinic_name)
    return form


@door.public("/security/password", because=WHY)
def edit_password(uow: UnitOfWork) -> ResponseReturnValue:
    who = changer()
    if not isinstance(who, Changer):
        return who
    return respond(_page(_form(who)), "provider/edit_password.html")


@door.public("/security/password", because=WHY, method="POST")
def update_password(uow: UnitOfWork) -> ResponseReturnValue:
    """A new password ends every other session at the provider; the person is told by mail."""
    who = changer()
    if not isinstance(who, Changer):
        return who
    form = _form(who)
    if not form.validate_on_submit():
        return respond(_page(form), "provider/edit_password.html", status=422)
    set_password(services(), uow.actor, who.user.id, form.password.data or "", but=who.session_id)
    jar().rotate()
    flash(_("Your password is changed. Other devices are signed out."), "success")
    return redirect_to(url_for("provider.show_security"))


@door.public("/security/authenticator/remove", because=WHY, method="POST")
def remove_totp(uow: UnitOfWork) -> ResponseReturnValue:
    who = changer()
    if not isinstance(who, Changer):
        return who
    if who.user.needs_second_factor and who.user.passkeys == 0:
        return redirect_to(url_for("provider.show_security", keep="1"))
    factors.remove_totp(services(), uow.actor, who.user, but_session=who.session_id)
    flash(_("The authenticator app is removed. Other devices are signed out."), "success")
    return redirect_to(url_for("provider.show_security"))
