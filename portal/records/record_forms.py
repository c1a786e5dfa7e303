"""Forms of the record: what to see of a part, what to look for, what to take along, what to amend."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from portal.records.lines import SORTS, STANDS, Wish
from portal.web.forms import DayField, OnceField, PortalForm, clean_text


class WishForm(PortalForm):
    """What to see of a part. It stands in the address, so it holds no words of the record."""

    since = DayField(_l("From"), validators=[Optional()])
    until = DayField(_l("Until"), validators=[Optional()])
    stand = SelectField(_l("Which"), validate_choice=False)
    sort = SelectField(_l("Order"), validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, meta={"csrf": False}, **kwargs)
        stands = {"all": _l("All"), "now": _l("Current"), "earlier": _l("Earlier")}
        sorts = {"newest": _l("Newest first"), "oldest": _l("Oldest first"), "name": _l("By name")}
        self.stand.choices = [SelectChoice(key, stands[key]) for key in STANDS]
        self.sort.choices = [SelectChoice(key, sorts[key]) for key in SORTS]
        self.stand.data = self.stand.data if self.stand.data in STANDS else STANDS[0]
        self.sort.data = self.sort.data if self.sort.data in SORTS else SORTS[0]

    def to_command(self, before: UUID | None = None, after: UUID | None = None) -> Wish:
        """The wish this form describes; a state or an order that makes no sense is the usual one."""
        return Wish(self.since.data, self.until.data, self.stand.data, self.sort.data, before, after)


class SearchForm(PortalForm):
    """Words to look for in the whole record."""

    words = StringField(
        _l("Search the record"),
        filters=[clean_text],
        validators=[
            DataRequired(_l("Type a word to look for.")),
            Length(max=100, message=_l("Use no more than 100 characters.")),
        ],
    )
    after = HiddenField()


class AmendForm(PortalForm):
    """What is wrong with a line, and what would be right."""

    wrong = TextAreaField(
        _l("What is wrong?"),
        filters=[clean_text],
        validators=[
            DataRequired(_l("Say what is wrong, in your own words.")),
            Length(max=2000, message=_l("Use no more than 2,000 characters.")),
        ],
    )
    right = TextAreaField(
        _l("What should it say, and why?"),
        filters=[clean_text],
        validators=[
            DataRequired(_l("Say what the record should say, and why.")),
            Length(max=2000, message=_l("Use no more than 2,000 characters.")),
        ],
    )
    once = OnceField()


class AnswerForm(PortalForm):
    """The clinic's answer to a request to amend."""

    decision = RadioField(
        _l("What do you decide?"),
        choices=[
            SelectChoice("accepted", _l("Accept: the record is put right")),
            SelectChoice("denied", _l("Deny: the record stays as it is")),
        ],
        validators=[InputRequired(_l("Choose whether you accept or deny."))],
    )
    reason = SelectField(
        _l("If you deny it: why?"),
        choices=[
            SelectChoice("", _l("Not denied")),
            SelectChoice("right", _l("The record is accurate and complete")),
            SelectChoice("not_ours", _l("Another clinic wrote it")),
            SelectChoice("not_kept", _l("It is not part of the records we keep about the patient")),
            SelectChoice("not_open", _l("The patient has no right to see this part")),
        ],
        validators=[Optional()],
    )
    answer = TextAreaField(
        _l("Your answer to the patient"),
        filters=[clean_text],
        validators=[
            DataRequired(_l("Write what the patient should know.")),
            Length(max=2000, message=_l("Use no more than 2,000 characters.")),
        ],
    )
    version = HiddenField()

    def validate(self, extra_validators: Any = None) -> bool:
        """A denial names its basis (45 CFR 164.526(d)(1)(i))."""
        fine = super().validate(extra_validators)
        if self.decision.data == "denied" and not self.reason.data:
            self.reason.errors = [*self.reason.errors, str(_l("Choose why the request is denied."))]
            return False
        return fine


class LongerForm(PortalForm):
    """Why the answer takes longer."""

    why = TextAreaField(
        _l("Why do you need longer?"),
        filters=[clean_text],
        validators=[
            DataRequired(_l("Write why you need longer. The patient reads it.")),
            Length(max=1000, message=_l("Use no more than 1,000 characters.")),
        ],
    )


class StatementForm(PortalForm):
    """A statement of disagreement."""

    statement = TextAreaField(
        _l("Why do you disagree?"),
        filters=[clean_text],
        validators=[
            DataRequired(_l("Write why you disagree.")),
            Length(max=2000, message=_l("Use no more than 2,000 characters.")),
        ],
    )
