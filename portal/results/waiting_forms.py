"""What is typed about waiting: when the patient wants to hear of results, why a clinician holds one back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import RadioField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import DataRequired, Length

from portal.results.release import CATEGORIES, GROUND_OF_OTHERS, GROUNDS, MOST_DAYS
from portal.web.forms import OnceField, PortalForm, clean_text


def category_words(category: str) -> str:
    """A category of results, as people know it."""
    return {
        "laboratory": _("Blood, urine and other laboratory tests"),
        "imaging": _("X-rays, scans and other imaging"),
        "tissue": _("Tissue samples, such as a biopsy for cancer"),
        "genetic": _("Genetic tests"),
        "private": _("Tests about private matters, such as HIV, sexual health or mental health"),
        "other": _("Everything else"),
    }[category]


def ground_words(ground: str) -> str:
    """On what ground a result is held back."""
    return {
        "life": _("It could endanger the life of the patient"),
        "safety": _("It could endanger the physical safety of the patient"),
        "other_person": _("It could endanger the life or physical safety of another person"),
        GROUND_OF_OTHERS: _("Somebody who acts for the patient would do them, or another person, substantial harm"),
    }[ground]


class WishForm(PortalForm):
    """For each category: at once, or after a clinician talked with the patient, within some days."""

    laboratory = SelectField(validators=[DataRequired()])
    imaging = SelectField(validators=[DataRequired()])
    tissue = SelectField(validators=[DataRequired()])
    genetic = SelectField(validators=[DataRequired()])
    private = SelectField(validators=[DataRequired()])
    other = SelectField(validators=[DataRequired()])

    def offer(self, known: Mapping[str, int] | None = None) -> WishForm:
        """Set the choices, and what is chosen now unless something was sent."""
        for category, field in self.by_category.items():
            field.label.text = category_words(category)
            field.choices = [
                SelectChoice("0", _("Show me at once")),
                *(SelectChoice(str(days), _first_words(days)) for days in range(1, MOST_DAYS + 1)),
            ]
            if known is not None:
                field.data = str(known.get(category, 0))
        return self

    @property
    def by_category(self) -> dict[str, Any]:
        """The fields, each under its category."""
        return {category: self[category] for category in CATEGORIES}

    @property
    def chosen(self) -> dict[str, int]:
        """What was chosen: days for each category, 0 for at once."""
        return {category: int(field.data) for category, field in self.by_category.items()}


def _first_words(days: int) -> str:
    return ngettext("Tell me first, within %(num)s day at most", "Tell me first, within %(num)s days at most", days)


class HoldForm(PortalForm):
    """Why one result of one patient is held back, and when somebody looks at that again."""

    once = OnceField()
    ground = RadioField(
        _l("What could happen if it were shown now?"), validators=[DataRequired(_l("Choose what could happen."))]
    )
    reason = TextAreaField(
        _l("Why do you think so?"),
        filters=[clean_text],
        validators=[
            DataRequired(_l("Write why you think so.")),
            Length(max=2000, message=_l("Write at most 2,000 characters.")),
        ],
    )
    days = SelectField(_l("When will you look at this again?"), validators=[DataRequired()])

    def offer(self) -> HoldForm:
        """Set the choices."""
        self.ground.choices = [SelectChoice(one, ground_words(one)) for one in (*GROUNDS, GROUND_OF_OTHERS)]
        self.days.choices = [
            SelectChoice(str(days), ngettext("In %(num)s day", "In %(num)s days", days))
            for days in range(1, MOST_DAYS + 1)
        ]
        return self
