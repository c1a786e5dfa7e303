"""Forms of the binder."""

from __future__ import annotations

from uuid import UUID

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, TextAreaField
from wtforms.validators import DataRequired, Length

from portal.binder.keeping import NewNote
from portal.web.forms import OnceField, PortalForm, clean_text


class NoteForm(PortalForm):
    """Own words for a section."""

    text = TextAreaField(
        _l("What should it say?"),
        filters=[clean_text],
        validators=[
            DataRequired(_l("Write what should go into your binder.")),
            Length(max=2000, message=_l("Write no more than 2,000 characters.")),
        ],
    )
    is_private = BooleanField(
        _l("Only for me"),
        description=_l("Nobody else sees it, and it is on no paper and in no link."),
    )
    once = OnceField()

    def to_command(self, person_id: UUID, section: str) -> NewNote:
        """The note this form describes."""
        return NewNote(person_id, section, self.text.data or "", self.once.value, bool(self.is_private.data))


class PaperForm(PortalForm):
    """Papers to add; the files themselves come beside the form."""

    is_private = BooleanField(
        _l("Only for me"),
        description=_l("Nobody else sees it, and it is on no paper and in no link."),
    )
