"""Doors of legal representatives: front desk files a paper; the privacy officer looks again, asks, stops."""

from __future__ import annotations

from uuid import UUID

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import DataRequired, Length, Optional

from portal.caregivers import evidence
from portal.caregivers.evidence import FILE, LOOK, OVERSEE, SEE, WHATS, Filing, paper_words
from portal.caregivers.evidence_pages import FilePage, RepresentativesPage
from portal.identity.invitations import normal_code
from portal.infra.errors import Conflict, Invalid, NotFound
from portal.policy.actions import Action
from portal.web.door import Door
from portal.web.forms import DayField, PortalForm, blame, clean_text, small_letters
from portal.web.responses import respond, see_other
from portal.work.unit_of_work import UnitOfWork

door = Door("admin", prefix="/representatives")


class FilingForm(PortalForm):
    """A representative and their paper, as it was seen at the desk."""

    record_number = StringField(
        _l("Record number of the patient (MRN)"),
        filters=[clean_text],
        validators=[DataRequired(_l("Enter the record number.")), Length(max=80)],
    )
    kind = RadioField(
        _l("Who is it?"),
        choices=[
            SelectChoice("representative", _l("Legal representative of an adult")),
            SelectChoice("parent", _l("Parent or guardian of a child")),
        ],
        validators=[DataRequired(_l("Choose who it is."))],
    )
    name = StringField(
        _l("Full name"), filters=[clean_text], validators=[DataRequired(_l("Enter their name.")), Length(max=120)]
    )
    relation = StringField(
        _l("How are they related to the patient?"),
        filters=[clean_text, small_letters],
        validators=[DataRequired(_l("Enter how they are related.")), Length(max=60)],
    )
    what = SelectField(_l("Which document did you see?"))
    details = StringField(
        _l("Its number, and where you saw it"),
        filters=[clean_text],
        validators=[DataRequired(_l("Enter the number of the document, and where you saw it.")), Length(max=300)],
    )
    expires_on = DayField(_l("Last day it holds"), validators=[Optional()])

    def __init__(self, *arguments: object, **values: object) -> None:
        super().__init__(*arguments, **values)
        self.what.choices = [SelectChoice(what, paper_words(what)) for what in WHATS]

    def to_command(self) -> Filing:
        return Filing(
            record_number=self.record_number.data or "",
            kind=self.kind.data or "",
            name=self.name.data or "",
            relation=self.relation.data or "",
            what=self.what.data or "",
            details=self.details.data or "",
            expires_on=self.expires_on.data,
        )


def _only_filers(uow: UnitOfWork, action: Action) -> None:
    """Front desk and administrators; others need not know that there is a page."""
    if not (uow.actor.role == "front_desk" or uow.actor.is_admin):
        uow.refuse(action)
        raise NotFound(action=action)


@door.get("/new", may=SEE)
def new_representative(uow: UnitOfWork) -> ResponseReturnValue:
    _only_filers(uow, SEE)
    uow.seen(SEE, None)
    uow.may(SEE, row_id=uow.actor.account_id)
    return _file_page(FilingForm(formdata=None))


def _file_page(form: FilingForm, status: int = 200) -> ResponseReturnValue:
    page = FilePage(
        _("File a representative"), form, url_for("admin.file_representative"), request.args.get("filed") == "1"
    )
    return respond(page, "caregivers/file_representative.html", status=status)


@door.post("/new", may=FILE, step_up=True)
def file_representative(uow: UnitOfWork) -> ResponseReturnValue:
    _only_filers(uow, FILE)
    form = FilingForm()
    if not form.validate_on_submit():
        return _file_page(form, 422)
    try:
        evidence.file(uow, form.to_command())
    except Invalid as error:
        sentences = {
            "record_number": _("Nobody here has this record number."),
            "expires_on": _("This document does not hold any more."),
            "kind": _("This patient is not a child."),
        }
        blame(form[error.field], sentences[error.field])
        return _file_page(form, 422)
    flash(_("Filed. It opens nothing until somebody else has looked at it, too."), "success")
    return see_other("admin.new_representative", filed="1")


@door.get("", may=LOOK)
def list_representatives(uow: UnitOfWork) -> ResponseReturnValue:
    rows = evidence.by_law(uow)
    return respond(RepresentativesPage.of(evidence.waiting(uow), rows), "caregivers/list_representatives.html")


@door.post("/<uuid:invitation_id>/confirm", may=OVERSEE, step_up=True)
def confirm_representative(uow: UnitOfWork, invitation_id: UUID) -> ResponseReturnValue:
    """The code is on this answer and nowhere else."""
    code = evidence.confirm(uow, invitation_id)
    uow.flush()
    href = uow.settings.base_url + url_for("caregivers.show_offer", code=normal_code(code))
    page = RepresentativesPage.of(evidence.waiting(uow), evidence.by_law(uow), code, href)
    return respond(page, "caregivers/list_representatives.html")


@door.post("/<uuid:invitation_id>/refuse", may=OVERSEE)
def refuse_representative(uow: UnitOfWork, invitation_id: UUID) -> ResponseReturnValue:
    evidence.refuse(uow, invitation_id)
    flash(_("Refused. Nobody was asked."), "success")
    return see_other("admin.list_representatives")


@door.post("/<uuid:held_id>/suspend", may=OVERSEE)
def suspend_representative(uow: UnitOfWork, held_id: UUID) -> ResponseReturnValue:
    evidence.suspend(uow, held_id)
    flash(_("Stopped. They see nothing from now on."), "success")
    return see_other("admin.list_representatives")


@door.post("/<uuid:held_id>/resume", may=OVERSEE, step_up=True)
def resume_representative(uow: UnitOfWork, held_id: UUID) -> ResponseReturnValue:
    try:
        evidence.resume(uow, held_id)
    except Conflict as error:
        if error.code != "limited":
            raise
        flash(
            _("A clinician stopped this access for the patient’s safety. Only the care team can lift that."), "warning"
        )
        return see_other("admin.list_representatives")
    flash(_("It goes on as before."), "success")
    return see_other("admin.list_representatives")
