"""Forms of papers from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FileField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import DataRequired, InputRequired, Length

from portal.outside.deciding import Choice
from portal.web.forms import DayField, OnceField, PortalForm, clean_text

MOST_WORDS = 600


class PaperForm(PortalForm):
    """A document to hand to the care team; the file itself comes beside the form."""

    file = FileField(
        _l("Choose the document"),
        description=_l("A FHIR file (JSON), a C-CDA file (XML) or a PDF, of at most 25 MB (JSON and PDF: 10 MB)."),
    )
    once = OnceField()


class IdentityForm(PortalForm):
    """The second step of saying whose paper it is: name and birth date of the person, typed."""

    name = StringField(
        _l("First and last name of your patient"),
        filters=[clean_text],
        validators=[
            DataRequired(_l("Type the first and last name of your patient.")),
            Length(max=250, message=_l("Write no more than 250 characters.")),
        ],
    )
    birth = DayField(
        _l("Birth date of your patient"), validators=[InputRequired(_l("Enter the birth date of your patient."))]
    )


def _words(label: object, hint: object) -> TextAreaField:
    return TextAreaField(
        label,  # type: ignore[arg-type]
        description=hint,  # type: ignore[arg-type]
        filters=[clean_text],
        validators=[Length(max=MOST_WORDS, message=_l("Write no more than 600 characters."))],
    )


class RejectForm(PortalForm):
    """Why a paper is turned away."""

    reason = RadioField(
        _l("Why is it not taken?"),
        choices=[
            SelectChoice("other_person", _l("It is about somebody else")),
            SelectChoice("unreadable", _l("It can’t be read")),
            SelectChoice("not_needed", _l("It is not needed for this care")),
            SelectChoice("again", _l("The same is on file already")),
        ],
        validators=[DataRequired(_l("Choose why it is not taken."))],
    )
    words = _words(_l("A word to who brought it"), _l("They read it with the reason."))


class FinishForm(PortalForm):
    """A paper without lines to decide was looked at."""

    words = _words(_l("A word to who brought it"), _l("They read it beside the document."))


class DecideForm(PortalForm):
    """What goes with the choices, which are one for each line and read by `choices_of`."""

    mark = StringField()
    seen = BooleanField(_l("I have seen what the checks found and take these medicines over all the same"))
    words = _words(_l("A word to who brought it"), _l("They read it beside the document."))


def choices_of(form: Mapping[str, str], lines: list[UUID]) -> dict[UUID, Choice]:
    """What was chosen for each of these lines: fields `how-<id>`, `with-<id>` and `reason-<id>`."""
    found: dict[UUID, Choice] = {}
    for line in lines:
        how = form.get(f"how-{line}", "")
        if how:
            found[line] = Choice(how[:10], _id(form.get(f"with-{line}", "")), form.get(f"reason-{line}", "")[:20])
    return found


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
