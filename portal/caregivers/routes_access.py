"""Doors of giving access: ask somebody, choose exactly what, look it over, sign, and later change or end it."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.caregivers import authority, changing, invitations
from portal.caregivers.activity import feed
from portal.caregivers.activity_pages import ListActivityPage
from portal.caregivers.consent import LIAISON_BASE, default_end, last_day, plain_scopes, sensitive_of
from portal.caregivers.forms import ChooseForm, InviteForm, RenewForm
from portal.caregivers.listing import Grant, grant
from portal.caregivers.pages import (
    GIVEN_BY_LAW,
    FormPage,
    ReviewPage,
    SentPage,
    ShowGrantPage,
    Told,
    hints_of_categories,
    hints_of_scopes,
    to_sign,
)
from portal.caregivers.words import category_words, kind_words, scope_words
from portal.identity.invitations import normal_code
from portal.infra.errors import Invalid, NeedsStepUp, NotAllowed
from portal.models import AccessInvitation, Relationship
from portal.policy.actions import Action
from portal.web import filters
from portal.web.door import STEP_UP_WITHIN, Door
from portal.web.forms import blame
from portal.web.responses import respond, see_other
from portal.work.limits import SENDING
from portal.work.unit_of_work import UnitOfWork

door = Door("caregivers", prefix="/people/<uuid:person_id>/family-access")
READ, CREATE = Action.CAREGIVER_INVITATION_READ, Action.CAREGIVER_INVITATION_CREATE
RELATIONSHIP, CHANGE = Action.CAREGIVER_RELATIONSHIP_READ, Action.CAREGIVER_GRANT_UPDATE


def _list_href(person_id: UUID) -> str:
    return url_for("caregivers.list_caregivers", person_id=person_id)


# Asking somebody -------------------------------------------------------------------------------------------------


@door.get("/invite", may=READ, step_up=True)
def new_invitation(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(READ, patient=person_id)
    form = InviteForm(formdata=None)
    if request.args.get("kind") in ("liaison", "backup", "proxy", "family"):
        form.kind.data = request.args["kind"]
    return _invite_page(person_id, form)


def _invite_page(person_id: UUID, form: InviteForm, status: int = 200) -> ResponseReturnValue:
    action = url_for("caregivers.create_invitation", person_id=person_id)
    page = FormPage(person_id, _("Invite somebody"), form, action, _list_href(person_id), step=1)
    return respond(page, "caregivers/new_invitation.html", status=status)


@door.post("/invite", may=CREATE)
def create_invitation(uow: UnitOfWork, person_id: UUID) -> ResponseReturnValue:
    uow.require(CREATE, patient=person_id)
    form = InviteForm()
    if not form.validate_on_submit():
        return _invite_page(person_id, form, 422)
    made = invitations.begin(uow, person_id, **form.to_command())
    return see_other("caregivers.choose_rights", person_id=person_id, invitation_id=made)


@door.get("/invitations/<uuid:invitation_id>/rights", may=READ)
def choose_rights(uow: UnitOfWork, person_id: UUID, invitation_id: UUID) -> ResponseReturnValue:
    found = invitations.find(uow, person_id, invitation_id, state="draft")
    form = _filled(frozenset(found.scopes), found.ends_on)
    return _choose_page(uow, found, form)


def _filled(scopes: frozenset[str], ends_on: date | None) -> ChooseForm:
    plain = sorted(plain_scopes(scopes))
    data = {"sees": plain, "does": plain, "categories": sensitive_of(scopes), "ends_on": ends_on}
    return ChooseForm(formdata=None, data=data)


def _choose_page(uow: UnitOfWork, found: AccessInvitation, form: ChooseForm, status: int = 200) -> ResponseReturnValue:
    page = FormPage(
        person_id=found.patient_id,
        title=_("What %(name)s may see and do", name=found.name),
        form=form,
        action=url_for("caregivers.save_rights", person_id=found.patient_id, invitation_id=found.id),
        back_href=_list_href(found.patient_id),
        step=2,
        name=found.name,
        kind=found.kind,
        hints=hints_of_scopes(),
        private_hints=hints_of_categories(found.name),
        min_day=invitations.today(uow).isoformat(),
        base=_base_words(found.kind),
    )
    return respond(page, "caregivers/choose_rights.html", status=status)


def _base_words(kind: str) -> list[str]:
    return [scope_words(s)[0] for s in sorted(LIAISON_BASE)] if kind in ("liaison", "backup") else []


@door.post("/invitations/<uuid:invitation_id>/rights", may=CREATE)
def save_rights(uow: UnitOfWork, person_id: UUID, invitation_id: UUID) -> ResponseReturnValue:
    form = ChooseForm()
    found = invitations.find(uow, person_id, invitation_id, CREATE, state="draft")
    if not form.validate_on_submit():
        return _choose_page(uow, found, form, 422)
    try:
        invitations.choose(uow, person_id, invitation_id, **form.to_command())
    except Invalid as error:
        _say_what_is_wrong(form, error)
        return _choose_page(uow, found, form, 422)
    return see_other("caregivers.review_invitation", person_id=person_id, invitation_id=invitation_id)


def _say_what_is_wrong(form: ChooseForm, error: Invalid) -> None:
    if error.code == "beyond-authority":
        beyond = {"categories": form.categories, "ends_on": form.ends_on}.get(error.field, form.sees)
        blame(beyond, _("You can’t give more than what is open to you."))
    elif error.field == "ends_on":
        blame(form.ends_on, _("Choose today or a later day."))
    elif error.field == "signed":
        blame(form.signed, _("Sign for each private matter, or go back and take it away."))
    elif error.field == "categories":
        blame(form.categories, _("This can’t be opened to anybody."))
    else:
        blame(form.sees, _("Choose at least one thing they may see or do."))


@door.get("/invitations/<uuid:invitation_id>/review", may=READ, step_up=True)
def review_invitation(uow: UnitOfWork, person_id: UUID, invitation_id: UUID) -> ResponseReturnValue:
    found = invitations.find(uow, person_id, invitation_id, state="draft")
    return _review_page(found, ChooseForm(formdata=None))


def _review_page(found: AccessInvitation, form: ChooseForm, status: int = 200) -> ResponseReturnValue:
    here: dict[str, Any] = {"person_id": found.patient_id, "invitation_id": found.id}
    scopes = frozenset(found.scopes)
    page = ReviewPage(
        person_id=found.patient_id,
        title=_("Exactly what %(name)s will see", name=found.name),
        name=found.name,
        kind=kind_words(found.kind),
        kind_code=found.kind,
        told=Told.of(scopes, found.ends_on),
        form=form,
        to_sign=to_sign(sensitive_of(scopes), found.name),
        action=url_for("caregivers.send_invitation", **here),
        back_href=url_for("caregivers.choose_rights", **here),
        email=found.email or "",
    )
    return respond(page, "caregivers/review_invitation.html", status=status)


@door.post("/invitations/<uuid:invitation_id>/review", may=CREATE, step_up=True, at_most=SENDING)
def send_invitation(uow: UnitOfWork, person_id: UUID, invitation_id: UUID) -> ResponseReturnValue:
    """The code is on this answer and nowhere else; loaded again, the invitation is no draft any more."""
    form = ChooseForm()
    found = invitations.find(uow, person_id, invitation_id, CREATE, state="draft")
    if not form.validate_on_submit():
        return _review_page(found, form, 422)
    try:
        code, email = invitations.issue(uow, person_id, invitation_id, signed=form.signed.data or [])
    except Invalid as error:
        _say_what_is_wrong(form, error)
        return _review_page(found, form, 422)
    assert found.expires_at is not None
    base = uow.settings.base_url
    page = SentPage(
        person_id=person_id,
        title=_("The invitation for %(name)s", name=found.name),
        name=found.name,
        code=code,
        code_href=base + url_for("caregivers.show_offer", code=normal_code(code)),
        entry_href=base + url_for("caregivers.show_access_code"),
        email=email or "",
        until=filters.day(found.expires_at),
        list_href=_list_href(person_id),
    )
    return respond(page, "caregivers/send_invitation.html")


@door.post("/invitations/<uuid:invitation_id>/withdraw", may=CREATE)
def withdraw_invitation(uow: UnitOfWork, person_id: UUID, invitation_id: UUID) -> ResponseReturnValue:
    invitations.withdraw(uow, person_id, invitation_id)
    flash(_("The invitation is withdrawn. Its link does not work any more."), "success")
    return see_other("caregivers.list_caregivers", person_id=person_id)


# One person with access ------------------------------------------------------------------------------------------


@door.get("/<uuid:held_id>", may=RELATIONSHIP)
def show_grant(uow: UnitOfWork, person_id: UUID, held_id: UUID) -> ResponseReturnValue:
    found = _own(uow, person_id, held_id)
    uow.seen(RELATIONSHIP, person_id)
    return _grant_page(uow, person_id, found, _renew_form(uow, found))


def _own(uow: UnitOfWork, person_id: UUID, held_id: UUID) -> Grant:
    """For who decides alone: a caregiver has no page about what could be done with their access (PRX-4).

    A representative sees of private matters only those that are open to them, too.
    """
    uow.may(RELATIONSHIP, model=Relationship, row_id=held_id)
    found = grant(uow, person_id, held_id, CHANGE)
    return authority.seen(uow, person_id, [found])[0]


def _renew_form(uow: UnitOfWork, found: Grant) -> RenewForm:
    until = last_day(found.ends_at, uow.settings.zone) if found.ends_at else invitations.today(uow)
    return RenewForm(formdata=None, data={"ends_on": default_end(max(until, invitations.today(uow)), 12)})


def _grant_page(
    uow: UnitOfWork, person_id: UUID, found: Grant, form: RenewForm, status: int = 200
) -> ResponseReturnValue:
    until = last_day(found.ends_at, uow.settings.zone) if found.ends_at else None
    page = ShowGrantPage.of(
        person_id,
        found,
        form,
        now=uow.now,
        today=invitations.today(uow),
        until=until,
        is_own=authority.is_own(uow, person_id),
        given_by=authority.given_by(uow, person_id, found.id),
    )
    return respond(page, "caregivers/show_grant.html", status=status)


@door.get("/<uuid:held_id>/change", may=RELATIONSHIP, step_up=True)
def change_grant(uow: UnitOfWork, person_id: UUID, held_id: UUID) -> ResponseReturnValue:
    found = _own(uow, person_id, held_id)
    if found.kind == "representative":
        raise NotAllowed("given-by-law")
    until = last_day(found.ends_at, uow.settings.zone) if found.ends_at else None
    return _change_page(uow, person_id, found, _filled(found.scopes, until))


def _change_page(
    uow: UnitOfWork, person_id: UUID, found: Grant, form: ChooseForm, status: int = 200
) -> ResponseReturnValue:
    here: dict[str, Any] = {"person_id": person_id, "held_id": found.id}
    page = FormPage(
        person_id=person_id,
        title=_("Change what %(name)s may see and do", name=found.name),
        form=form,
        action=url_for("caregivers.save_grant", **here),
        back_href=url_for("caregivers.show_grant", **here),
        name=found.name,
        kind=found.kind,
        hints=hints_of_scopes(),
        private_hints=hints_of_categories(found.name),
        min_day=invitations.today(uow).isoformat(),
        base=_base_words(found.kind),
        is_by_law=found.kind in GIVEN_BY_LAW,
    )
    return respond(page, "caregivers/choose_rights.html", status=status)


@door.post("/<uuid:held_id>/change", may=CHANGE)
def save_grant(uow: UnitOfWork, person_id: UUID, held_id: UUID) -> ResponseReturnValue:
    """Less holds at once. More is looked over first, and asks for a fresh sign-in (security.md C6)."""
    form = ChooseForm()
    found = _own(uow, person_id, held_id)
    if not form.validate_on_submit():
        return _change_page(uow, person_id, found, form, 422)
    given = form.to_command()
    until = last_day(found.ends_at, uow.settings.zone) if found.ends_at else None
    try:
        whole = invitations.checked(uow, found.kind, **given)
    except Invalid as error:
        _say_what_is_wrong(form, error)
        return _change_page(uow, person_id, found, form, 422)
    more = changing.widening(
        found.scopes, until, kind=found.kind, scopes=given["scopes"], ends_on=given["ends_on"], checked_scopes=whole
    )
    if more and "sure" not in request.form:
        return _sure_page(person_id, found, form, whole, more)
    if more and (uow.actor.factor_at is None or uow.now - uow.actor.factor_at > STEP_UP_WITHIN):
        raise NeedsStepUp()
    try:
        changing.change(uow, person_id, held_id, **given, signed=form.signed.data or [])
    except Invalid as error:
        _say_what_is_wrong(form, error)
        return _sure_page(person_id, found, form, whole, more, 422)
    flash(_("Changed. It holds from now on."), "success")
    return see_other("caregivers.show_grant", person_id=person_id, held_id=held_id)


def _sure_page(
    person_id: UUID, found: Grant, form: ChooseForm, whole: list[str], more: changing.Widening, status: int = 200
) -> ResponseReturnValue:
    here: dict[str, Any] = {"person_id": person_id, "held_id": found.id}
    page = ReviewPage(
        person_id=person_id,
        title=_("Exactly what %(name)s will see", name=found.name),
        name=found.name,
        kind=kind_words(found.kind),
        kind_code=found.kind,
        told=Told.of(frozenset(whole), form.ends_on.data),
        form=form,
        to_sign=to_sign(sorted(more.categories), found.name),
        action=url_for("caregivers.save_grant", **here),
        back_href=url_for("caregivers.change_grant", **here),
        email="",
        is_change=True,
        added=[scope_words(s)[0] for s in sorted(more.scopes)] + [category_words(c) for c in sorted(more.categories)],
    )
    return respond(page, "caregivers/review_invitation.html", status=status)


@door.post("/<uuid:held_id>/renew", may=CHANGE, step_up=True)
def renew_grant(uow: UnitOfWork, person_id: UUID, held_id: UUID) -> ResponseReturnValue:
    form = RenewForm()
    found = _own(uow, person_id, held_id)
    if not form.validate_on_submit() or form.ends_on.data is None:
        return _grant_page(uow, person_id, found, form, 422)
    try:
        changing.renew(uow, person_id, held_id, form.ends_on.data)
    except Invalid as error:
        beyond, before = (
            _("You can’t give more than what is open to you."),
            _("Choose a day that is not before the one it ends on now."),
        )
        blame(form.ends_on, beyond if error.code == "beyond-authority" else before)
        return _grant_page(uow, person_id, found, form, 422)
    flash(_("Renewed. It holds until %(day)s.", day=filters.day(form.ends_on.data)), "success")
    return see_other("caregivers.show_grant", person_id=person_id, held_id=held_id)


@door.post("/<uuid:held_id>/suspend", may=CHANGE)
def suspend_grant(uow: UnitOfWork, person_id: UUID, held_id: UUID) -> ResponseReturnValue:
    changing.suspend(uow, person_id, held_id)
    flash(_("Paused. They see nothing until you let it go on."), "success")
    return see_other("caregivers.show_grant", person_id=person_id, held_id=held_id)


@door.post("/<uuid:held_id>/resume", may=CHANGE, step_up=True)
def resume_grant(uow: UnitOfWork, person_id: UUID, held_id: UUID) -> ResponseReturnValue:
    changing.resume(uow, person_id, held_id)
    flash(_("It goes on as before."), "success")
    return see_other("caregivers.show_grant", person_id=person_id, held_id=held_id)


@door.post("/<uuid:held_id>/end", may=CHANGE)
def end_grant(uow: UnitOfWork, person_id: UUID, held_id: UUID) -> ResponseReturnValue:
    changing.end(uow, person_id, held_id)
    flash(_("Ended. They see nothing of your record any more."), "success")
    return see_other("caregivers.list_caregivers", person_id=person_id)


@door.get("/<uuid:held_id>/activity", may=Action.CAREGIVER_ACTIVITY_READ)
def list_activity(uow: UnitOfWork, person_id: UUID, held_id: UUID) -> ResponseReturnValue:
    """What this person looked at and did; also after it ended."""
    since, until = _day(request.args.get("since")), _day(request.args.get("until"))
    before = request.args.get("before", "")
    found = feed(
        uow,
        person_id,
        held_id,
        since=since,
        until=until,
        before=int(before) if before.isdecimal() and len(before) < 16 else None,
    )
    return respond(ListActivityPage.of(person_id, held_id, found, since, until), "caregivers/list_activity.html")


def _day(text: str | None) -> date | None:
    """A day from an address; None for what is none, or lies where no clock shows it."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if 1900 < day.year < 2200 else None
