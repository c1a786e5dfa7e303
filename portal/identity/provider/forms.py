"""Forms of the built-in provider."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, Length

from portal.web.forms import PortalForm, clean_text


class SignInForm(PortalForm):
    """E-mail and password."""

    email = StringField(
        _l("E-mail"),
        filters=[clean_text],
        validators=[DataRequired(_l("Enter your e-mail.")), Length(max=254, message=_l("That e-mail is too long."))],
    )
    password = PasswordField(_l("Password"), validators=[DataRequired(_l("Enter your password."))])
