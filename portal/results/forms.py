"""What people type about results."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from portal.web.forms import OnceField, PortalForm, clean_text


class CommentForm(PortalForm):
    """A clinician's words to the patient about one value."""

    once = OnceField()
    comment = TextAreaField(
        _l("What should the patient know about this result?"),
        filters=[clean_text],
        validators=[
            DataRequired(_l("Write what the patient should know.")),
            Length(max=2000, message=_l("Write at most 2,000 characters.")),
        ],
    )
