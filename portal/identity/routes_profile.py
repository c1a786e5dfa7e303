"""One's own account: profile, and where one is signed in."""

from __future__ import annotations

from uuid import UUID

from flask import flash, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from portal.identity import service
from portal.identity.doors import door
from portal.identity.forms import ProfileForm
from portal.identity.pages import ProfilePage, SessionsPage
from portal.policy.actions import Action
from portal.web.responses import respond, see_other
from portal.work.unit_of_work import UnitOfWork


def _page(uow: UnitOfWork, form: ProfileForm) -> ProfilePage:
    return ProfilePage.of(
        service.my_account(uow),
        form,
        action=url_for("identity.update_profile"),
        sessions_href=url_for("identity.list_sessions"),
        notices_href=url_for("notifications.show_notices"),
        security_href=url_for("provider.show_security") if uow.settings.uses_own_provider else None,
    )


@door.get("/profile", may=Action.IDENTITY_PROFILE_READ)
def show_profile(uow: UnitOfWork) -> ResponseReturnValue:
    mine = service.my_account(uow)
    form = ProfileForm(language=mine.language, time_zone=mine.time_zone or "")
    return respond(_page(uow, form.offer(uow.settings.language_codes, mine.time_zone)), "identity/show_profile.html")


@door.post("/profile", may=Action.IDENTITY_PROFILE_UPDATE)
def update_profile(uow: UnitOfWork) -> ResponseReturnValue:
    form = ProfileForm().offer(uow.settings.language_codes, service.my_account(uow).time_zone)
    if not form.validate_on_submit():
        uow.refuse(Action.IDENTITY_PROFILE_UPDATE)
        return respond(_page(uow, form), "identity/show_profile.html", status=422)
    service.update_profile(uow, language=form.language.data, time_zone=form.time_zone.data or None)
    with force_locale(form.language.data):
        flash(_("Your profile is saved."), "success")
    return see_other("identity.show_profile")


@door.get("/profile/sessions", may=Action.IDENTITY_PROFILE_READ)
def list_sessions(uow: UnitOfWork) -> ResponseReturnValue:
    found = service.my_sessions(uow)
    page = SessionsPage(
        title=_("Where you are signed in"),
        sessions=SessionsPage.rows(
            found, uow.actor.session_id, lambda row_id: url_for("identity.end_session", session_id=row_id)
        ),
        end_others_href=url_for("identity.end_other_sessions"),
        sign_out_everywhere_href=url_for("identity.sign_out"),
        profile_href=url_for("identity.show_profile"),
    )
    return respond(page, "identity/list_sessions.html")


@door.post("/profile/sessions/<uuid:session_id>/end", may=Action.IDENTITY_SESSION_END)
def end_session(uow: UnitOfWork, session_id: UUID) -> ResponseReturnValue:
    service.end_session(uow, session_id)
    flash(_("That device is signed out."), "success")
    return see_other("identity.list_sessions")


@door.post("/profile/sessions/end-others", may=Action.IDENTITY_SESSION_END)
def end_other_sessions(uow: UnitOfWork) -> ResponseReturnValue:
    service.end_other_sessions(uow)
    flash(_("All your other devices are signed out."), "success")
    return see_other("identity.list_sessions")
