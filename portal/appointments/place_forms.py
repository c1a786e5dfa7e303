"""What staff type about places, rooms and reminders."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectMultipleField, StringField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from portal.appointments.forms import at_most
from portal.web.forms import PortalForm, clean_text

# What a clinic can choose from, in minutes before a visit.
OFFERED = {
    14 * 1440: _l("14 days before"),
    7 * 1440: _l("7 days before"),
    3 * 1440: _l("3 days before"),
    2 * 1440: _l("2 days before"),
    1440: _l("1 day before"),
    240: _l("4 hours before"),
    120: _l("2 hours before"),
    60: _l("1 hour before"),
}


def _zone(_form: Any, field: Any) -> None:
    if field.data not in available_timezones():
        raise ValidationError(_("Write the zone like America/New_York."))


def _web_address(_form: Any, field: Any) -> None:
    if field.data and not (urlsplit(field.data).scheme == "https" and urlsplit(field.data).hostname):
        raise ValidationError(_("Write an address that begins with https://."))


class PlaceForm(PortalForm):
    """Where visits take place."""

    name = StringField(
        _l("Name of the place"), filters=[clean_text], validators=[InputRequired(_l("Give it a name.")), at_most(200)]
    )
    address = StringField(_l("Address"), filters=[clean_text], validators=[at_most(300)])
    phone = StringField(_l("Phone"), filters=[clean_text], validators=[at_most(60)])
    directions_en = TextAreaField(_l("How to get there, in English"), filters=[clean_text], validators=[at_most(2000)])
    directions_es = TextAreaField(_l("How to get there, in Spanish"), filters=[clean_text], validators=[at_most(2000)])
    map_url = StringField(_l("Address of a map"), filters=[clean_text], validators=[at_most(300), _web_address])
    video_url = StringField(
        _l("Beginning of the address of its video visits"),
        filters=[clean_text],
        validators=[at_most(300), _web_address],
    )
    time_zone = StringField(_l("Time zone"), filters=[clean_text], validators=[_zone])
    keeps_holidays = BooleanField(_l("Closed on federal holidays"), default=True)
    is_active = BooleanField(_l("In use"), default=True)

    def to_values(self) -> dict[str, Any]:
        """The columns that were typed; what was left empty is None."""
        found = {name: getattr(self, name).data for name in TYPED}
        return {name: value if name in KEPT or value else None for name, value in found.items()}


TYPED = (
    "name", "address", "phone", "directions_en", "directions_es", "map_url", "video_url", "time_zone",
    "keeps_holidays", "is_active",
)  # fmt: skip
KEPT = ("name", "time_zone", "keeps_holidays", "is_active")


class RoomForm(PortalForm):
    """A room of a place."""

    room_name = StringField(
        _l("Name of the room"), filters=[clean_text], validators=[InputRequired(_l("Give it a name.")), at_most(80)]
    )


class RemindersForm(PortalForm):
    """When people are reminded."""

    steps = SelectMultipleField(
        _l("When are people reminded?"),
        choices=[SelectChoice(str(minutes), label) for minutes, label in OFFERED.items()],
        widget=ListWidget(),
        option_widget=CheckboxInput(),
    )
