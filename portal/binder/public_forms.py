"""Forms for whoever holds a link or a card."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from portal.web.forms import PortalForm, blame, clean_text


class PinForm(PortalForm):
    """Who wants to see the emergency page, and its PIN."""

    who = StringField(_l("Who are you?"), filters=[clean_text], validators=[Length(max=200)])
    pin = PasswordField(_l("PIN"), validators=[DataRequired(_l("Enter the PIN.")), Length(max=64)])

    def blame_pin(self) -> None:
        """Say that the PIN was wrong."""
        blame(self.pin, _("This PIN is not right."))


class ReplyForm(PortalForm):
    """What a receiver sends back."""

    who = StringField(
        _l("Your name and where you work"),
        filters=[clean_text],
        validators=[DataRequired(_l("Enter your name, so that the patient knows who wrote.")), Length(max=200)],
    )
    text = TextAreaField(_l("Your note"), filters=[clean_text], validators=[Length(max=4000)])
