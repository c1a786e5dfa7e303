"""What people type into conversations."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired

from portal.messaging.deciding import MOST_CHARACTERS, Ask
from portal.messaging.service import Reply
from portal.messaging.words import PASS_ON_REASONS, TOPIC_KEYS
from portal.web.forms import OnceField, PortalForm, clean_text

_ID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
# What a sender may say a message is about; thanks are read, never said: they would leave it without an owner.
SAYABLE = tuple(topic for topic in TOPIC_KEYS if topic != "acknowledgement")
ABOUT = re.compile(f"(result|report|medication|appointment|referral):({_ID})")
TO = re.compile(f"pool:[a-z_]{{2,60}}|{_ID}")


def _not_too_long(_form: Any, field: Any) -> None:
    if len(field.data or "") > MOST_CHARACTERS:
        raise ValidationError(
            _(
                "Shorten your message to 10,000 characters. It has %(number)s now.",
                number=f"{len(field.data):,}",
            )
        )


def _written(message: Any) -> Any:
    def check(_form: Any, field: Any) -> None:
        if not field.data:
            raise ValidationError(str(message))

    return check


class QuestionForm(PortalForm):
    """A question, and the sender's wishes about it. `seen` is the mark of the plan they were shown."""

    question = TextAreaField(
        _l("Your question"), filters=[clean_text], validators=[_written(_l("Write your question.")), _not_too_long]
    )
    about = HiddenField("")
    to = HiddenField("")
    private = HiddenField("")
    topic = HiddenField("")
    also = SelectMultipleField("", validate_choice=False, choices=[])
    seen = HiddenField("")
    once = OnceField()

    def validate_about(self, field: Any) -> None:
        if field.data and not ABOUT.fullmatch(field.data):
            field.data = ""

    def validate_to(self, field: Any) -> None:
        if field.data and not TO.fullmatch(field.data):
            field.data = ""

    def to_command(self, person_id: UUID) -> Ask:
        found = ABOUT.fullmatch(self.about.data or "")
        return Ask(
            person_id=person_id,
            text=self.question.data or "",
            once=self.once.value,
            about_kind=found.group(1) if found else None,
            about_id=UUID(found.group(2)) if found else None,
            to=self.to.data or None,
            is_private=self.private.data == "1",
            topic=self.topic.data if self.topic.data in SAYABLE else None,
            also=tuple(topic for topic in SAYABLE if topic in (self.also.data or ())),
        )

    def to_draft(self) -> dict[str, str]:
        """What is kept of it while nothing is sent."""
        return {name: self[name].data or "" for name in ("question", "about", "to", "private", "topic")}


class ReplyForm(PortalForm):
    """An answer in a conversation. `seen` says that the emergency card was shown."""

    reply = TextAreaField(
        _l("Your message"), filters=[clean_text], validators=[_written(_l("Write your message.")), _not_too_long]
    )
    waits = BooleanField(_l("I asked something and wait for an answer"))
    seen = HiddenField("")
    once = OnceField()

    def to_command(self, person_id: UUID, thread_id: UUID) -> Reply:
        return Reply(person_id, thread_id, self.reply.data or "", self.once.value)


class NoteForm(PortalForm):
    """A note for the team."""

    note = TextAreaField(
        _l("Team note"), filters=[clean_text], validators=[_written(_l("Write your note.")), _not_too_long]
    )
    once = OnceField()

    def to_command(self, person_id: UUID, thread_id: UUID) -> Reply:
        return Reply(person_id, thread_id, self.note.data or "", self.once.value)


class VersionForm(PortalForm):
    """An act on a thread as it was when the page was made."""

    version = IntegerField("", default=0)


class PassOnForm(PortalForm):
    """To whom, and why."""

    kind = SelectField(
        _l("What is the reason?"),
        choices=[SelectChoice(key, label) for key, label in PASS_ON_REASONS.items()],
        default="other_person",
    )

    to = RadioField(
        _l("Who should answer"), validate_choice=False, validators=[InputRequired(_l("Choose who should answer."))]
    )
    reason = TextAreaField(
        _l("Why"), filters=[clean_text], validators=[_written(_l("Say why you pass it on.")), _not_too_long]
    )
    version = IntegerField("", default=0)


class DraftForm(PortalForm):
    """Whatever was typed so far. Nothing is required and nothing is refused but what no form sends."""

    question = TextAreaField("", filters=[clean_text])
    reply = TextAreaField("", filters=[clean_text])
    note = TextAreaField("", filters=[clean_text])
    about = HiddenField("")
    to = HiddenField("")
    private = HiddenField("")
    thread = HiddenField("")
    source = HiddenField("")
    update = HiddenField("")
    letter = HiddenField("")
    topic = HiddenField("")
    once = OnceField()

    def to_command(self) -> dict[str, str]:
        texts = {name: (self[name].data or "")[: 2 * MOST_CHARACTERS] for name in ("question", "reply", "note")}
        about = self.about.data if ABOUT.fullmatch(self.about.data or "") else ""
        to = self.to.data if TO.fullmatch(self.to.data or "") else ""
        thread = self.thread.data if re.fullmatch(_ID, self.thread.data or "") else ""
        source = self.source.data if re.fullmatch(_ID, self.source.data or "") else ""
        update = "1" if self.update.data == "1" else ""
        private = "1" if self.private.data == "1" else ""
        topic = self.topic.data if self.topic.data in SAYABLE else ""
        kept = {"about": about, "to": to, "thread": thread, "private": private, "topic": topic}
        kept |= {"source": source, "update": update, "letter": "1" if self.letter.data == "1" else ""}
        return {**texts, **{name: value or "" for name, value in kept.items()}}
