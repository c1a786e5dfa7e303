"""What staff type beside an answer: why they give something back, what came of it, tasks, questions, absences."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired

from portal.messaging.words import OUTCOMES
from portal.web.forms import DayField, OnceField, PortalForm, clean_text

MOST = 2000
LONGEST_ABSENCE = 366


def _text(message: Any, most: int = MOST) -> list[Any]:
    """Something must be written, and not too much."""

    def check(_form: Any, field: Any) -> None:
        if not field.data:
            raise ValidationError(str(message))
        if len(field.data) > most:
            raise ValidationError(_("Shorten this to %(most)s characters.", most=f"{most:,}"))

    return [check]


class ReleaseForm(PortalForm):
    """Giving a conversation back to its team."""

    why_back = TextAreaField(_l("Why"), filters=[clean_text], validators=_text(_l("Say why you give it back.")))
    version = IntegerField("", default=0)


class CloseForm(PortalForm):
    """What came of it."""

    outcome = SelectField(
        _l("What came of it?"),
        choices=[SelectChoice(key, label) for key, label in OUTCOMES.items()],
        default="no_action",
    )


class DeclineForm(PortalForm):
    """Why a team does not take what was offered to it."""

    why_not = TextAreaField(_l("Why"), filters=[clean_text], validators=_text(_l("Say why your team can’t take it.")))


class ColleagueForm(PortalForm):
    """A question to one colleague."""

    colleague = SelectField(
        _l("Whom do you ask?"), validate_choice=False, validators=[InputRequired(_l("Choose a colleague."))]
    )
    side_question = TextAreaField(
        _l("What do you want to know?"), filters=[clean_text], validators=_text(_l("Write your question."))
    )
    once = OnceField()


class ColleagueAnswerForm(PortalForm):
    """The colleague's answer."""

    side_answer = TextAreaField(_l("Your answer"), filters=[clean_text], validators=_text(_l("Write your answer.")))
    once = OnceField()


class CommentForm(PortalForm):
    """A comment on the result a conversation is about."""

    comment = TextAreaField(
        _l("Comment on the result"), filters=[clean_text], validators=_text(_l("Write your comment."))
    )
    once = OnceField()


class TaskForm(PortalForm):
    """Something to be done: what, by whom, until when."""

    what = TextAreaField(
        _l("What is to be done?"), filters=[clean_text], validators=_text(_l("Say what is to be done."), 1000)
    )
    who = SelectField(_l("Who does it?"), validate_choice=False, validators=[InputRequired(_l("Choose who does it."))])
    due_on = DayField(_l("By when?"), validators=[InputRequired(_l("Choose a day."))])
    once = OnceField()


class QuickTextForm(PortalForm):
    """A quick text in both languages."""

    owner = SelectField(_l("Whose text is it?"), validate_choice=False)
    name = StringField(_l("What do you call it?"), filters=[clean_text], validators=_text(_l("Give it a name."), 80))
    english = TextAreaField(_l("In English"), filters=[clean_text], validators=_text(_l("Write the English text.")))
    spanish = TextAreaField(_l("In Spanish"), filters=[clean_text], validators=_text(_l("Write the Spanish text.")))
    version = IntegerField("", default=0)


class AbsenceForm(PortalForm):
    """Who is away, from when until when, and who covers."""

    who = SelectField(_l("Who is away?"), validate_choice=False, validators=[InputRequired(_l("Choose who is away."))])
    first_day = DayField(_l("First day away"), validators=[InputRequired(_l("Choose the first day."))])
    last_day = DayField(_l("Last day away"), validators=[InputRequired(_l("Choose the last day."))])
    cover = SelectField(_l("Who covers?"), validate_choice=False)

    def check_days(self, today: date) -> bool:
        """Whether the days can be: in order, not over already, not longer than a year."""
        first, last = self.first_day.data, self.last_day.data
        if first is None or last is None:
            return False
        if last < first:
            self.last_day.errors = [_("Choose a last day that is not before the first.")]
        elif last < today:
            self.last_day.errors = [_("Choose a last day that is not over.")]
        elif (last - first).days > LONGEST_ABSENCE:
            self.last_day.errors = [_("Choose days within one year.")]
        return not self.last_day.errors
