"""What people type about visits."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired

from portal.appointments import words
from portal.appointments.booking import Choice, Needs
from portal.web.forms import OnceField, PortalForm, clean_text

LONGEST = 2000


def choices(labels: dict[str, Any]) -> list[SelectChoice]:
    return [SelectChoice(key, label) for key, label in labels.items()]


def at_most(most: int) -> Any:
    def check(_form: Any, field: Any) -> None:
        if len(field.data or "") > most:
            raise ValidationError(_("Shorten this to %(most)s characters.", most=f"{most:,}"))

    return check


def choice_of(person_id: UUID, text: str, type_id: str, how: str, moves: str) -> Choice:
    """The time behind a button: `practitioner.place.seconds`. Raises ValueError for anything else."""
    who, place, seconds = text.split(".")
    return Choice(
        person_id=person_id,
        visit_type_id=UUID(type_id),
        practitioner_id=UUID(who),
        place_id=UUID(place),
        starts_at=words.instant(seconds),
        is_video=how == "video",
        moves_id=UUID(moves) if moves else None,
    )


def slot_text(who: UUID, place: UUID, seconds: int) -> str:
    return f"{who}.{place}.{seconds}"


class WordsForm(PortalForm):
    """What the clinic should know before the visit."""

    agenda = TextAreaField(_l("What do you want to talk about?"), filters=[clean_text], validators=[at_most(LONGEST)])
    companion = StringField(_l("Who comes with you?"), filters=[clean_text], validators=[at_most(120)])
    interpreter = SelectField(_l("Do you need an interpreter?"), choices=choices(words.INTERPRETERS))
    mobility = SelectField(_l("Do you need help with moving?"), choices=choices(words.MOBILITY))
    transport = SelectField(_l("How do you come here?"), choices=choices(words.TRANSPORT))

    def to_needs(self) -> Needs:
        return Needs(
            self.companion.data or "", self.interpreter.data or "", self.mobility.data or "", self.transport.data or ""
        )


class CancelForm(PortalForm):
    """Why a visit is cancelled."""

    reason = RadioField(
        _l("Why do you want to cancel?"),
        choices=choices(words.REASONS),
        validators=[InputRequired(_l("Choose a reason."))],
    )
    once = OnceField()


class RequestForm(PortalForm):
    """A visit that can't be booked here, or a change that can't be made here."""

    visit_type = SelectField(_l("What kind of visit?"), validate_choice=False, choices=[])
    clinician = SelectField(_l("With whom?"), validate_choice=False, choices=[])
    how = SelectField(
        _l("How?"),
        choices=[SelectChoice("in_person", _l("In person")), SelectChoice("video", _l("By video"))],
        default="in_person",
    )
    times = SelectField(_l("When is it good for you?"), choices=choices(words.TIMES), default="any")
    words = TextAreaField(
        _l("What is it about?"),
        filters=[clean_text],
        validators=[InputRequired(_l("Say what it is about.")), at_most(LONGEST)],
    )
    once = OnceField()

    def fill(self, kinds: Any, people: Any) -> None:
        """The lists to choose from."""
        self.visit_type.choices = [SelectChoice("", _("I am not sure"))] + [
            SelectChoice(str(kind.id), words.type_name(kind)) for kind in kinds
        ]
        self.clinician.choices = [SelectChoice("", _("Anybody"))] + [
            SelectChoice(str(one.id), one.name) for one in people
        ]


def day_of(text: str | None, first: date, last: date) -> date:
    """The day in an address, between two days; the first one for anything else."""
    try:
        return min(max(date.fromisoformat(text or ""), first), last)
    except ValueError:
        return first


def uuid_of(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
