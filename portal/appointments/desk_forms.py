"""What staff type about the schedule."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from portal.appointments.forms import at_most
from portal.web.forms import OnceField, PortalForm, clean_text

WEEKDAYS = (
    _l("Monday"), _l("Tuesday"), _l("Wednesday"), _l("Thursday"), _l("Friday"), _l("Saturday"), _l("Sunday"),
)  # fmt: skip


def minutes_of(text: str | None) -> int | None:
    """Minutes after midnight of `9:30`, `09:30` or `16:00`; None for anything else."""
    hour, _sep, minute = (text or "").strip().partition(":")
    if not (hour.isdigit() and minute.isdigit() and len(minute) == 2):
        return None
    total = int(hour) * 60 + int(minute)
    return total if int(minute) < 60 and total <= 1440 else None


def clock_of(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _clock(_form: Any, field: Any) -> None:
    if minutes_of(field.data) is None:
        raise ValidationError(_("Write the time like 9:30 or 16:00."))


class AnswerForm(PortalForm):
    """The answer to a request."""

    outcome = SelectField(
        _l("What came of it?"),
        choices=[
            SelectChoice("booked", _l("A visit is booked")),
            SelectChoice("done", _l("Done as asked")),
            SelectChoice("declined", _l("Not possible")),
        ],
    )
    answer = TextAreaField(_l("What does the patient read?"), filters=[clean_text], validators=[at_most(1000)])


class OverbookForm(PortalForm):
    """A visit beside another one."""

    kind = SelectField(_l("What kind of visit?"), validate_choice=False, choices=[])
    clinician = SelectField(_l("With whom?"), validate_choice=False, choices=[])
    place = SelectField(_l("Where?"), validate_choice=False, choices=[])
    day = DateField(_l("Day"), validators=[InputRequired(_l("Choose a day."))])
    clock = StringField(_l("Time on the clock of the place"), validators=[_clock])
    second = BooleanField(_l("The second time, on the night the clocks go back"))
    reason = TextAreaField(
        _l("Why can’t it wait?"), filters=[clean_text], validators=[InputRequired(_l("Say why.")), at_most(500)]
    )
    once = OnceField()


class HoursForm(PortalForm):
    """Weekly hours."""

    clinician = SelectField(_l("Whose hours?"), validate_choice=False, choices=[])
    place = SelectField(_l("Where?"), validate_choice=False, choices=[])
    weekday = SelectField(_l("Every week on"), choices=[SelectChoice(str(n), name) for n, name in enumerate(WEEKDAYS)])
    opens = StringField(_l("From"), validators=[_clock])
    closes = StringField(_l("Until"), validators=[_clock])
    starts_on = DateField(_l("First day"), validators=[InputRequired(_l("Choose the first day."))])
    mode = SelectField(
        _l("How?"),
        choices=[
            SelectChoice("both", _l("In person and by video")),
            SelectChoice("in_person", _l("In person")),
            SelectChoice("video", _l("By video")),
        ],
    )
    types = SelectMultipleField(
        _l("Which kinds of visits?"), choices=[], widget=ListWidget(), option_widget=CheckboxInput()
    )


class ExceptionForm(PortalForm):
    """One day unlike the template."""

    who = SelectField(_l("For whom?"), validate_choice=False, choices=[])
    site = SelectField(_l("Where?"), validate_choice=False, choices=[])
    day = DateField(_l("Day"), validators=[InputRequired(_l("Choose a day."))])
    what = SelectField(
        _l("What is different?"),
        choices=[SelectChoice("closed", _l("Closed")), SelectChoice("open", _l("Open"))],
    )
    start = StringField(_l("From"), validators=[_clock], default="00:00")
    end = StringField(_l("Until"), validators=[_clock], default="24:00")
    why = StringField(_l("Why?"), filters=[clean_text], validators=[at_most(200)])


class KindForm(PortalForm):
    """A kind of visit."""

    name_en = StringField(
        _l("Name in English"), filters=[clean_text], validators=[InputRequired(_l("Give it a name."))]
    )
    name_es = StringField(
        _l("Name in Spanish"), filters=[clean_text], validators=[InputRequired(_l("Give it a name."))]
    )
    minutes = IntegerField(
        _l("How many minutes?"), validators=[InputRequired(_l("Say how long it takes.")), NumberRange(5, 480)]
    )
    buffer_minutes = IntegerField(_l("Pause after it, in minutes"), validators=[Optional(), NumberRange(0, 120)])
    is_online = BooleanField(_l("Patients book it themselves"))
    is_in_person = BooleanField(_l("In person"), default=True)
    is_video = BooleanField(_l("By video"))
    needs_room = BooleanField(_l("It needs a room"))
    is_active = BooleanField(_l("In use"), default=True)
    version = IntegerField("", default=0)

    def to_values(self) -> dict[str, Any]:
        """The columns that were typed. Lengths are whole fives: what is taken is counted so."""
        return {
            "name_en": self.name_en.data,
            "name_es": self.name_es.data,
            "minutes": -(-(self.minutes.data or 5) // 5) * 5,
            "buffer_minutes": -(-(self.buffer_minutes.data or 0) // 5) * 5,
            "is_online": self.is_online.data,
            "is_in_person": self.is_in_person.data,
            "is_video": self.is_video.data,
            "needs_room": self.needs_room.data,
            "is_active": self.is_active.data,
        }
