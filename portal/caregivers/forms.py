"""Forms of giving access."""

from __future__ import annotations

from datetime import date
from typing import TypedDict

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectMultipleField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import DataRequired, Length, Optional

from portal.caregivers.consent import CATEGORIES, DOES, SEES
from portal.caregivers.words import category_words, scope_words
from portal.web.forms import DayField, PortalForm, clean_text, small_letters


def _checked_email(_form: PortalForm, field: StringField) -> None:
    if not field.data:
        return
    try:
        validate_email(field.data, check_deliverability=False)
    except EmailNotValidError as error:
        raise ValidationError(_("Enter an e-mail like name@example.org.")) from error


class Asked(TypedDict):
    """Whom the patient wants to ask."""

    name: str
    relation: str
    email: str | None
    kind: str
    preset: str


class Chosen(TypedDict):
    """Exactly what, and until when."""

    scopes: list[str]
    categories: list[str]
    ends_on: date | None


class InviteForm(PortalForm):
    """Whom, as what, and with how much to begin."""

    name = StringField(
        _l("What is their name?"),
        filters=[clean_text],
        validators=[DataRequired(_l("Enter their name.")), Length(max=120)],
    )
    relation = StringField(
        _l("How are they related to you?"),
        filters=[clean_text, small_letters],
        validators=[DataRequired(_l("Enter how they are related to you.")), Length(max=60)],
    )
    email = StringField(
        _l("What is their e-mail address?"), filters=[clean_text], validators=[Length(max=254), _checked_email]
    )
    kind = RadioField(
        _l("How should they help you?"),
        choices=[
            SelectChoice("proxy", _l("Help me with my care")),
            SelectChoice("liaison", _l("Be my liaison: speak for my family with the care team")),
            SelectChoice("backup", _l("Be the backup for my liaison")),
            SelectChoice("family", _l("Follow family updates only")),
        ],
        validators=[DataRequired(_l("Choose how they should help you."))],
    )
    preset = RadioField(
        _l("How much may they see and do?"),
        choices=[
            SelectChoice("view", _l("See, but not do anything")),
            SelectChoice("helper", _l("Help with visits and messages")),
            SelectChoice("full", _l("See and do everything I can, except private matters")),
        ],
        default="helper",
        validators=[DataRequired(_l("Choose how much they may see and do."))],
    )

    def to_command(self) -> Asked:
        return {
            "name": self.name.data or "",
            "relation": self.relation.data or "",
            "email": self.email.data or None,
            "kind": self.kind.data,
            "preset": self.preset.data,
        }


class ChooseForm(PortalForm):
    """Exactly what, and until when. It serves for a new invitation and for a change."""

    sees = SelectMultipleField(_l("What may they see?"), validators=[Optional()])
    does = SelectMultipleField(_l("What may they do for you?"), validators=[Optional()])
    categories = SelectMultipleField(_l("Private matters"), validators=[Optional()])
    ends_on = DayField(_l("Until when?"), validators=[Optional()])
    signed = SelectMultipleField(_l("Your signatures"), validators=[Optional()])

    def __init__(self, *arguments: object, **values: object) -> None:
        super().__init__(*arguments, **values)
        self.sees.choices = [SelectChoice(scope, scope_words(scope)[0]) for scope in SEES]
        self.does.choices = [SelectChoice(scope, scope_words(scope)[0]) for scope in DOES]
        self.categories.choices = [SelectChoice(code, category_words(code)) for code in CATEGORIES]
        self.signed.choices = [
            SelectChoice(code, _("I sign for this: %(what)s", what=category_words(code))) for code in CATEGORIES
        ]

    def to_command(self) -> Chosen:
        return {
            "scopes": [*(self.sees.data or []), *(self.does.data or [])],
            "categories": list(self.categories.data or []),
            "ends_on": self.ends_on.data,
        }


class SignForm(ChooseForm):
    """The last look: one signature for each private matter that is opened."""


class RenewForm(PortalForm):
    """The patient's consent, given again until another day."""

    ends_on = DayField(_l("Until when?"), validators=[DataRequired(_l("Enter a date."))])


class CodeForm(PortalForm):
    """The code of a printed invitation."""

    code = StringField(
        _l("Code"),
        filters=[clean_text],
        validators=[DataRequired(_l("Enter the code from your invitation.")), Length(max=40)],
    )


class AnswerForm(PortalForm):
    """Yes to an invitation."""

    is_adult = BooleanField(_l("I am 18 or older"))
    knows_duties = BooleanField(_l("I know what I am asked to do, and I accept it"))


class PlainForm(PortalForm):
    """A button."""
