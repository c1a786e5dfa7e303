"""Forms of profile and invitations."""

from __future__ import annotations

from zoneinfo import available_timezones

from flask_babel import lazy_gettext as _l
from wtforms import DateField, FormField, SelectField, StringField
from wtforms.validators import DataRequired, Length, Optional

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
        self.language.choices = [(code, LANGUAGES.get(code, code)) for code in languages]
        zones = dict.fromkeys([*AMERICAN_ZONES, *([own_zone] if own_zone in available_timezones() else [])])
        named = [(zone, zone.replace("_", " ")) for zone in zones if zone]
        self.time_zone.choices = [("", _l("The clinic’s time zone")), *named]
        return self


class CodeForm(PortalForm):
    """The code of an invitation, as somebody types it from a letter."""

    code = StringField(
        _l("Invitation code"),
        filters=[clean_text],
        validators=[DataRequired(_l("Enter the code from your invitation.")), Length(max=120)],
    )


class BirthDateForm(PortalForm):
    """A date of birth, in three boxes."""

    month = StringField(_l("Month"), validators=[Optional()])
    day = StringField(_l("Day"), validators=[Optional()])
    year = StringField(_l("Year"), validators=[Optional()])


__all__ = ["BirthDateForm", "CodeForm", "DateField", "FormField", "ProfileForm"]
