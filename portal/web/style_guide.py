"""What the style guide page shows: every part of `templates/ui` with made-up content. Served in development only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    Form,
    FormField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired, Optional

from portal.web.charts import LineChart, Reading, line_chart

AT = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)


class _Born(Form):
    month = StringField(_l("Month"))
    day = StringField(_l("Day"))
    year = StringField(_l("Year"))


class SampleForm(Form):
    """One field of each kind."""

    name = StringField(
        _l("Full name"), [InputRequired(_l("Enter your full name."))], description=_l("As on your insurance card.")
    )
    answer_text = StringField(_l("Search"))
    password = PasswordField(_l("Password"))
    story = TextAreaField(_l("What happened"), [InputRequired(_l("Write what happened."))])
    answer_by = SelectField(
        _l("Who should answer"),
        choices=[SelectChoice("any", _l("Anyone in the team")), SelectChoice("pcp", "Dr. Osei")],
    )
    reach = RadioField(
        _l("How shall we reach you?"),
        [InputRequired(_l("Choose how we reach you."))],
        choices=[
            SelectChoice("mail", _l("E-mail")),
            SelectChoice("phone", _l("Phone")),
            SelectChoice("text", _l("Text message")),
        ],
    )
    scopes = SelectMultipleField(
        _l("What may Tomás see?"),
        choices=[
            SelectChoice("m", _l("Messages")),
            SelectChoice("v", _l("Visits")),
            SelectChoice("d", _l("Medicines")),
        ],
    )
    keep_private = BooleanField(_l("Keep this one private from Tomás"))
    visit_on = DateField(_l("Day of the visit"), [Optional()])
    born = FormField(_Born, _l("Date of birth"))


@dataclass(frozen=True)
class SampleMessage:
    """A message of a conversation."""

    id: str
    who: str
    text: str
    kind: str
    at: datetime
    state: str = ""
    has_more: bool = False


@dataclass(frozen=True)
class StyleGuidePage:
    """The page object; nothing in it comes from a record."""

    title: str
    form: SampleForm
    wrong_form: SampleForm
    chart: LineChart | None
    at: datetime = AT
    room: str = ""
    said: tuple[SampleMessage, ...] = ()
    tones: tuple[str, ...] = field(default=("neutral", "info", "good", "look", "late"))


def sample_page(title: str = "Style guide") -> StyleGuidePage:
    """The style guide with a filled form, one sent empty, and a chart."""
    wrong = SampleForm(MultiDict({"wrong-keep_private": "y", "wrong-answer_by": "any"}), prefix="wrong")
    wrong.validate()
    readings = [
        Reading(date(2021, 3, 2), 3.3),
        Reading(date(2024, 8, 12), 4.4),
        Reading(date(2025, 1, 14), 4.6),
        Reading(date(2025, 6, 10), 4.5),
        Reading(date(2026, 1, 8), 4.9),
        Reading(date(2026, 7, 9), 5.1),
        Reading(date(2026, 11, 20), 5.6),
    ]
    return StyleGuidePage(
        title=title,
        form=SampleForm(prefix="fine", data={"name": "Rosa Delgado", "reach": "phone", "scopes": ["m"]}),
        wrong_form=wrong,
        said=(
            SampleMessage("m-1", "Rosa", "Should I fast before it?", "me", AT, state="Put right below"),
            SampleMessage("m-2", "Dr. Osei", "No, eat as usual.", "them", AT, has_more=True),
            SampleMessage("m-3", "Amy Tran", "Told her the day.", "note", AT),
        ),
        chart=line_chart(readings, title="Potassium over time", unit="mmol/L", low=3.5, high=5.1),
    )
