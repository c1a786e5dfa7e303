"""Forms of profile and invitations."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import available_timezones

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Form, FormField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import DataRequired, Length

from portal.web.forms import PortalForm, clean_text

LANGUAGES = {"en": "English", "es": "Español"}
AMERICAN_ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "America/Puerto_Rico",
)


class ProfileForm(PortalForm):
    """Language and time zone."""

    language = SelectField(_l("Which language should the portal use?"))
    time_zone = SelectField(_l("Which time zone are you in?"))

    def offer(self, languages: list[str], own_zone: str | None) -> ProfileForm:
        """Set the choices: the languages offered; the clinic's zone, common ones, and the one already chosen."""
        self.language.choices = [SelectChoice(code, LANGUAGES.get(code, code)) for code in languages]
        zones = dict.fromkeys([*AMERICAN_ZONES, *([own_zone] if own_zone in available_timezones() else [])])
        named = [SelectChoice(zone, zone.replace("_", " ")) for zone in zones if zone]
        self.time_zone.choices = [SelectChoice("", _l("The clinic’s time zone")), *named]
        return self


class CodeForm(PortalForm):
    """The code of an invitation, as somebody types it from a letter."""

    code = StringField(
        _l("Invitation code"),
        filters=[clean_text],
        validators=[DataRequired(_l("Enter the code from your invitation.")), Length(max=120)],
    )


class DateParts(Form):
    """A date in three boxes: people know their birth date by heart, and a calendar is in the way."""

    month = StringField(_l("Month"), filters=[clean_text])
    day = StringField(_l("Day"), filters=[clean_text])
    year = StringField(_l("Year"), filters=[clean_text])

    @property
    def date(self) -> date | None:
        """The date that was typed, if it is one."""
        parts = (self.year.data or "", self.month.data or "", self.day.data or "")
        if not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
            return None
        try:
            return date(*(int(part) for part in parts))
        except ValueError:
            return None

    def validate(self, extra_validators: Any = None) -> bool:
        if self.date is None:
            self.month.errors = [_("Enter your birth date as numbers, such as 4 17 1958.")]
        return self.date is not None


class BirthDateForm(PortalForm):
    """The birth date of the person invited."""

    born = FormField(DateParts, label=_l("When were you born?"))
