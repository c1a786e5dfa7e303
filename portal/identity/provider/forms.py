"""Forms of the built-in provider."""

from __future__ import annotations

from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, PasswordField, StringField, ValidationError
from wtforms.validators import DataRequired, Length

from portal.identity.provider.passwords import LEAST, LEAST_WITH_FACTOR, problem_with
from portal.web.forms import PortalForm, clean_text


class SignInForm(PortalForm):
    """E-mail and password."""

    email = StringField(
        _l("E-mail"),
        filters=[clean_text],
        validators=[DataRequired(_l("Enter your e-mail.")), Length(max=254, message=_l("That e-mail is too long."))],
    )
    password = PasswordField(_l("Password"), validators=[DataRequired(_l("Enter your password."))])


class CodeForm(PortalForm):
    """A six-digit code of an authenticator app."""

    code = StringField(
        _l("Code from your app"),
        filters=[clean_text],
        validators=[DataRequired(_l("Enter the 6 digits that your app shows now.")), Length(max=20)],
    )


class RecoveryForm(PortalForm):
    """One of the ten codes."""

    code = StringField(
        _l("Recovery code"),
        filters=[clean_text],
        validators=[DataRequired(_l("Enter one of your recovery codes.")), Length(max=40)],
    )


class EmailForm(PortalForm):
    """An e-mail to send a link to."""

    email = StringField(
        _l("E-mail"),
        filters=[clean_text],
        validators=[DataRequired(_l("Enter the e-mail you sign in with.")), Length(max=254)],
    )


class NewPasswordForm(PortalForm):
    """A password of one's choice. `about` and `has_factor` are set by the view."""

    password = PasswordField(_l("New password"), validators=[DataRequired(_l("Choose a password."))])

    about: tuple[str, ...] = ()
    has_factor = False

    @property
    def hint(self) -> str:
        """What a password must be, said before anybody tries."""
        least = LEAST_WITH_FACTOR if self.has_factor else LEAST
        return _("At least %(n)s characters. Four or five words that only you put together work well.", n=least)

    def validate_password(self, field: Any) -> None:
        found = problem_with(field.data or "", about=self.about, has_second_factor=self.has_factor)
        least = LEAST_WITH_FACTOR if self.has_factor else LEAST
        words = {
            "short": lambda: _("Choose a longer password: at least %(n)s characters.", n=least),
            "long": lambda: _("That password is too long. Keep it under 1,000 characters."),
            "common": lambda: _("Many people use that password, so it is easy to guess. Choose another."),
            "personal": lambda: _("That password holds your name or e-mail, so it is easy to guess. Choose another."),
        }
        if found:
            raise ValidationError(words[found]())


class RegisterForm(NewPasswordForm):
    """A new sign-in: e-mail and password."""

    email = StringField(
        _l("E-mail"),
        filters=[clean_text],
        validators=[DataRequired(_l("Enter the e-mail you want to sign in with.")), Length(max=254)],
    )

    def validate_email(self, field: Any) -> None:
        try:
            validate_email(field.data or "", check_deliverability=False)
        except EmailNotValidError as error:
            raise ValidationError(_("Enter an e-mail like name@example.org.")) from error


class PasskeyForm(PortalForm):
    """A passkey the browser made, and what its owner calls it."""

    name = StringField(
        _l("What do you want to call it?"),
        filters=[clean_text],
        validators=[
            DataRequired(_l("Give your passkey a name, such as “My phone”.")),
            Length(max=80, message=_l("Choose a shorter name, up to 80 characters.")),
        ],
    )
    credential = HiddenField()


class CredentialForm(PortalForm):
    """A passkey's answer."""

    credential = HiddenField()


class PressForm(PortalForm):
    """A button and nothing else."""
