"""Forms of where one is told."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from portal.web.forms import PortalForm


class EmailForm(PortalForm):
    """Another e-mail address for notices."""

    value = StringField(
        _l("E-mail address for notices"),
        [DataRequired(_l("Write the address, like name@example.org.")), Length(max=254)],
    )


class NumberForm(PortalForm):
    """A mobile number for text messages."""

    value = StringField(
        _l("Mobile number"),
        [DataRequired(_l("Write the number with its area code, like 555 123 4567.")), Length(max=40)],
    )


class CodeForm(PortalForm):
    """The code that was sent there."""

    code = StringField(_l("Code"), [DataRequired(_l("Type the six digits we sent.")), Length(max=20)])
