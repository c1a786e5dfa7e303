"""Forms of the binder."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from portal.binder.keeping import NewNote
from portal.binder.sharing import NewShare
from portal.binder.words import section_title
from portal.infra.ids import new_id
from portal.web.forms import DayField, OnceField, PortalForm, clean_text


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


def section_choices(keys: Iterable[str]) -> list[Any]:
    """Sections to choose from, in their order."""
    return [SelectChoice(key, section_title(key)) for key in keys]


class ShareForm(PortalForm):
    """What is shared, with whom, for how long, and what protects it."""

    label = StringField(
        _l("Who is it for?"),
        filters=[clean_text],
        validators=[
            DataRequired(_l("Write who it is for, or what for.")),
            Length(max=80, message=_l("Write no more than 80 characters.")),
        ],
    )
    sections = SelectMultipleField(
        _l("What do they see?"), validators=[DataRequired(_l("Choose at least one section."))]
    )
    is_sensitive = BooleanField(
        _l("Also what is especially private"),
        description=_l("Mental health, sexual health, HIV and addiction. Left out unless you tick this."),
    )
    until = DayField(
        _l("Until which day?"),
        validators=[InputRequired(_l("Choose the last day on which it works."))],
    )
    how_new = RadioField(
        _l("What do they get?"),
        choices=[
            SelectChoice("fixed", _l("A copy as it is now. Only the link can open it; we keep no key.")),
            SelectChoice("live", _l("Always the newest. We keep the key, locked away.")),
        ],
        default="fixed",
    )
    times = RadioField(
        _l("How often can it be opened?"),
        choices=[SelectChoice("many", _l("As often as they like")), SelectChoice("once", _l("Once"))],
        default="many",
    )
    passcode = StringField(
        _l("Passcode"),
        filters=[clean_text],
        validators=[
            Optional(),
            Length(min=4, message=_l("Use at least 4 characters.")),
            Length(max=64, message=_l("Use no more than 64 characters.")),
        ],
    )
    takes_replies = BooleanField(
        _l("They may send a note or a paper back"),
        description=_l("It lands in your binder, marked as coming from outside."),
    )
    once = OnceField()

    def fill(self, keys: Iterable[str]) -> None:
        """Offer these sections."""
        self.sections.choices = section_choices(keys)

    def to_command(self, person_id: UUID, zone: Any, passcode_hash: str | None) -> NewShare:
        """The link this form describes; it ends when its last day does."""
        assert self.until.data is not None
        return NewShare(
            person_id,
            self.label.data or "",
            tuple(self.sections.data or ()),
            end_of(self.until.data, zone),
            self.once.value,
            is_sensitive=bool(self.is_sensitive.data),
            is_live=self.how_new.data == "live",
            is_single=self.times.data == "once",
            takes_replies=bool(self.takes_replies.data),
            passcode_hash=passcode_hash,
        )


class CardForm(PortalForm):
    """What a stranger sees in an emergency."""

    sections = SelectMultipleField(
        _l("What may be seen in an emergency?"), validators=[DataRequired(_l("Choose at least one section."))]
    )
    is_sensitive = BooleanField(
        _l("Also what is especially private"),
        description=_l("Mental health, sexual health, HIV and addiction. Left out unless you tick this."),
    )
    passcode = StringField(
        _l("PIN"),
        filters=[clean_text],
        validators=[
            Optional(),
            Length(min=4, message=_l("Use at least 4 characters.")),
            Length(max=64, message=_l("Use no more than 64 characters.")),
        ],
    )
    once = OnceField()

    def fill(self, keys: Iterable[str]) -> None:
        """Offer these sections."""
        self.sections.choices = section_choices(keys)

    def to_command(self, person_id: UUID, until: datetime, passcode_hash: str | None) -> NewShare:
        """The card's page this form describes."""
        return NewShare(
            person_id,
            "",
            tuple(self.sections.data or ()),
            until,
            self.once.value,
            is_sensitive=bool(self.is_sensitive.data),
            passcode_hash=passcode_hash,
        )


def end_of(day: date, zone: Any) -> datetime:
    """The instant at which a day ends there."""
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


def once_of(text: str | None) -> UUID:
    """The one-time id a form carried; a new one for what is none."""
    try:
        return UUID(text or "")
    except ValueError:
        return new_id()
