"""Forms of the list of medicines."""

from __future__ import annotations

from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import AnyOf, DataRequired, InputRequired, Length, Regexp
from wtforms.validators import Optional as Maybe

from portal.medicines import words
from portal.medicines.proposing import Told
from portal.medicines.renewing import REASONS
from portal.medicines.sig import CHOICES
from portal.web.forms import OnceField, PortalForm, clean_text

PARTIAL_DATE = r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$"


def _frequencies() -> list[SelectChoice]:
    return [SelectChoice("", _("Choose, or leave open")), *(SelectChoice(c, words.frequency_words(c)) for c in CHOICES)]


class FindForm(PortalForm):
    """Looking for a medicine by name."""

    class Meta:
        csrf = False

    q = StringField(_l("Name on the box or the bottle"), filters=[clean_text], validators=[Length(max=80)])


class _HowForm(PortalForm):
    """How it is taken."""

    amount = StringField(_l("How much each time?"), filters=[clean_text], validators=[Length(max=60)])
    code = SelectField(
        _l("How often?"), default="", validators=[AnyOf(["", *CHOICES], message=_l("Choose one of the list."))]
    )
    how = StringField(_l("Anything else about how it is taken?"), filters=[clean_text], validators=[Length(max=200)])
    once = OnceField()

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.code.choices = _frequencies()


class MedicineForm(_HowForm):
    """A medicine to put on the list."""

    name = StringField(
        _l("What is it called?"),
        filters=[clean_text],
        validators=[DataRequired(_l("Enter the name on the box or the bottle.")), Length(max=200)],
    )
    strength = StringField(_l("How strong is it?"), filters=[clean_text], validators=[Length(max=60)])
    sort = RadioField(
        _l("Where does it come from?"),
        choices=[
            SelectChoice("otc", _l("Bought without a prescription")),
            SelectChoice("vitamin", _l("Vitamin or supplement")),
            SelectChoice("herbal", _l("Herbal product")),
            SelectChoice("other", _l("Prescribed by another clinic")),
            SelectChoice("prescription", _l("Prescribed here, but missing from the list")),
        ],
        validators=[InputRequired(_l("Choose where it comes from."))],
    )
    purpose = StringField(_l("What is it for?"), filters=[clean_text], validators=[Length(max=200)])
    prescriber = StringField(_l("Who prescribed or advised it?"), filters=[clean_text], validators=[Length(max=120)])
    since = StringField(
        _l("Since when?"),
        filters=[clean_text],
        validators=[Maybe(), Regexp(PARTIAL_DATE, message=_l("Write a year, or year and month, such as 2024-03."))],
    )
    is_private = BooleanField(_l("Keep it from the people who help me. My care team sees it."))

    def to_command(self, person_id: UUID) -> Told:
        sort = self.sort.data
        return Told(
            person_id=person_id,
            kind="missing" if sort == "prescription" else "add",
            once=self.once.value,
            name=self.name.data or "",
            sort=sort,
            strength=self.strength.data or "",
            amount=self.amount.data or "",
            code=self.code.data or "",
            how=self.how.data or "",
            purpose=self.purpose.data or "",
            prescriber=self.prescriber.data or "",
            since=self.since.data or "",
            is_private=bool(self.is_private.data),
        )


class TakingForm(_HowForm):
    """How a medicine on the list is really taken."""

    kind = RadioField(
        _l("What is different?"),
        choices=[
            SelectChoice("not_taking", _l("It is not taken")),
            SelectChoice("differently", _l("It is taken differently")),
        ],
        validators=[InputRequired(_l("Choose what is different."))],
    )

    def validate_how(self, field: StringField) -> None:
        if self.kind.data == "differently" and not (field.data or self.amount.data or self.code.data):
            raise ValidationError(_("Say how it is taken."))

    def to_command(self, person_id: UUID, medication_id: UUID, name: str) -> Told:
        is_taken = self.kind.data == "differently"
        return Told(
            person_id=person_id,
            kind=self.kind.data,
            once=self.once.value,
            name=name,
            amount=(self.amount.data or "") if is_taken else "",
            code=(self.code.data or "") if is_taken else "",
            how=self.how.data or "",
            medication_id=medication_id,
        )


class OnceForm(PortalForm):
    """An act without words."""

    once = OnceField()
    is_none = BooleanField(_l("I take no medicines at all"))


class DoseForm(PortalForm):
    """A dose of today."""

    slot = StringField(validators=[Length(max=60)])  # the line and the time of day
    state = StringField(validators=[Length(max=12)])


class DecideForm(PortalForm):
    """What a clinician says to something reported."""

    verdict = StringField(validators=[AnyOf(["accept", "decline"], message=_l("Confirm or decline it."))])
    answer = TextAreaField(
        _l("Words for who reported it. They are needed to decline."), filters=[clean_text], validators=[Length(max=500)]
    )


class FlagForm(PortalForm):
    """What is to be thought of something the checks found."""

    how = StringField(validators=[AnyOf(["seen", "overridden", "intended"], message=_l("Choose one of the list."))])
    reason = SelectField(_l("Why it may stay"), default="", validators=[Maybe()])
    words = StringField(_l("How it is watched, or a note"), filters=[clean_text], validators=[Length(max=300)])

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.reason.choices = [
            SelectChoice("", _("Choose a reason")),
            SelectChoice("benefit", _("The benefit outweighs the risk")),
            SelectChoice("tolerated", _("Tolerated before")),
            SelectChoice("monitored", _("It is watched")),
            SelectChoice("bridging", _("Intended, for a time")),
        ]


class VerifyForm(PortalForm):
    """Standing by the list."""

    sources = SelectMultipleField(_l("What did you compare the list with?"))
    is_otc_asked = BooleanField(_l("I asked about medicines without a prescription, vitamins and herbal products"))
    is_none = BooleanField(_l("The patient takes no medicines at all"))
    once = OnceField()

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.sources.choices = [SelectChoice(one, words.source_words(one).capitalize()) for one in words.SOURCES]

    def validate_sources(self, field: SelectMultipleField) -> None:
        if not field.data:
            raise ValidationError(_("Choose at least one source."))

    def validate_is_otc_asked(self, field: BooleanField) -> None:
        if not field.data:
            raise ValidationError(_("Ask about medicines without a prescription first, then tick this."))


class RenewalForm(PortalForm):
    """One step of a request for more."""

    state = StringField(
        validators=[AnyOf(["looking", "approved", "sent", "denied"], message=_l("Choose one of the list."))]
    )
    reason = SelectField(_l("If not: why"), default="", validators=[Maybe()])
    answer = StringField(_l("Words for who asked"), filters=[clean_text], validators=[Length(max=500)])

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        reasons = (SelectChoice(one, words.denial_words(one)) for one in REASONS)
        self.reason.choices = [SelectChoice("", _("Choose a reason")), *reasons]
