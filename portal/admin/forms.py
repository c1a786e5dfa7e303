"""Forms of administration."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import DataRequired, Length

from portal.admin.service import NewAccount
from portal.web.forms import PortalForm, clean_text

ROLES = {
    "pcp": _l("Primary care"),
    "specialist": _l("Specialist"),
    "nurse": _l("Nurse"),
    "care_manager": _l("Care manager"),
    "pharmacist": _l("Pharmacist"),
    "front_desk": _l("Front desk"),
    "other": _l("Other"),
}


def _checked_email(_form: Any, field: Any) -> None:
    if not field.data:
        return
    try:
        validate_email(field.data, check_deliverability=False)
    except EmailNotValidError as error:
        raise ValidationError(_("Enter an e-mail like name@example.org.")) from error


class SearchForm(PortalForm):
    """A part of a name."""

    name = StringField(_l("Name"), filters=[clean_text], validators=[Length(max=100)])


class InvitePatientForm(PortalForm):
    """A patient, by the record number that the clinic's own system shows."""

    record_number = StringField(
        _l("Record number (MRN)"),
        filters=[clean_text],
        validators=[DataRequired(_l("Enter the record number.")), Length(max=80)],
    )
    email = StringField(_l("E-mail for notices"), filters=[clean_text], validators=[Length(max=254), _checked_email])

    def to_command(self, language: str) -> NewAccount:
        return NewAccount(
            kind="patient",
            record_number=self.record_number.data or "",
            email=self.email.data or None,
            language=language,
        )


class InviteCaregiverForm(PortalForm):
    """Somebody who helps a patient; what they may see, the patient decides."""

    name = StringField(
        _l("Full name"), filters=[clean_text], validators=[DataRequired(_l("Enter their name.")), Length(max=200)]
    )
    email = StringField(_l("E-mail for notices"), filters=[clean_text], validators=[Length(max=254), _checked_email])

    def to_command(self, language: str) -> NewAccount:
        return NewAccount(kind="caregiver", name=self.name.data or "", email=self.email.data or None, language=language)


class InviteStaffForm(PortalForm):
    """Somebody who works here: from the directory, or new."""

    practitioner = SelectField(_l("Who is it?"))
    name = StringField(_l("Full name, if they are not in the list"), filters=[clean_text], validators=[Length(max=200)])
    role = SelectField(
        _l("Role, if they are not in the list"),
        choices=[SelectChoice(key, label) for key, label in ROLES.items()],
        default="other",
    )
    email = StringField(_l("E-mail for notices"), filters=[clean_text], validators=[Length(max=254), _checked_email])
    is_admin = BooleanField(_l("They administer accounts, too"))

    def offer(self, found: list[tuple[UUID, str, str]]) -> InviteStaffForm:
        """Set the people of the directory as choices."""
        known = [SelectChoice(str(row_id), f"{name} ({ROLES.get(role, role)})") for row_id, name, role in found]
        self.practitioner.choices = [SelectChoice("", _("Somebody who is not in the list")), *known]
        return self

    def validate_name(self, field: Any) -> None:
        if not field.data and not self.practitioner.data:
            raise ValidationError(_("Choose somebody from the list, or enter a name."))

    def to_command(self, language: str) -> NewAccount:
        chosen = self.practitioner.data
        return NewAccount(
            kind="staff",
            name=self.name.data or "",
            email=self.email.data or None,
            practitioner_id=UUID(chosen) if chosen else None,
            role=self.role.data,
            is_admin=bool(self.is_admin.data),
            language=language,
        )
