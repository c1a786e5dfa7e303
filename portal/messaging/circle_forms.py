"""What the liaison types at the desk."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired, Optional

from portal.messaging.circle import Forward
from portal.messaging.forms import QuestionForm, _not_too_long, _written
from portal.web.forms import DayField, OnceField, PortalForm, clean_text


class ForwardForm(QuestionForm):
    """What the care team should know besides the question itself. It may be empty."""

    question = TextAreaField(
        _l("What should the care team know besides?"), filters=[clean_text], validators=[Optional(), _not_too_long]
    )

    def to_forward(self, person_id: UUID, question_id: UUID) -> Forward:
        return Forward(person_id, question_id, self.question.data or "", self.once.value, to=self.to.data or None)

    def to_saved(self, question_id: UUID) -> dict[str, str]:
        """What is kept of it while nothing is sent."""
        return {"question": self.question.data or "", "to": self.to.data or "", "source": str(question_id)}


class HoldForm(PortalForm):
    """Until when, and what to tell whoever asked."""

    until = DayField(_l("Until when"), validators=[InputRequired(_l("Choose the day you come back to it."))])
    note = TextAreaField(_l("Note to whoever asked"), filters=[clean_text], validators=[Optional(), _not_too_long])
    once = OnceField()


class GiveBackForm(PortalForm):
    """Why it goes back."""

    why = TextAreaField(
        _l("Why you give it back"), filters=[clean_text], validators=[_written(_l("Say why.")), _not_too_long]
    )
    once = OnceField()


class TogetherForm(PortalForm):
    """Which question leads."""

    lead = RadioField(
        _l("Which question is like it"), validate_choice=False, validators=[InputRequired(_l("Choose a question."))]
    )

    @property
    def lead_id(self) -> UUID | None:
        try:
            return UUID(self.lead.data or "")
        except ValueError:
            return None


class ActForm(PortalForm):
    """A button and nothing else."""


def form_of(kind: type[Any], **values: Any) -> Any:
    """A form for a page that only shows it."""
    return kind(formdata=None, data=values or None)
