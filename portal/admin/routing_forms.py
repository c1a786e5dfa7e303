"""Forms of the routing table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, IntegerField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from portal.admin.routing_words import LEVEL_LABELS, step_words, topic_words
from portal.infra.ids import new_id
from portal.messaging.routing.table import EDITABLE, LEVEL_RANGE, RECORD_STEPS, RoutingTable, Rule, sure_steps
from portal.messaging.simulating import Trial
from portal.models import Pool
from portal.web.forms import PortalForm, clean_text

MOST_TRIED = 10_000


class VersionForm(PortalForm):
    """An act on the draft as it was when the page was made."""

    version = IntegerField("", default=0)


class DraftForm(PortalForm):
    """Who answers each topic, the service levels, and what was changed and why."""

    note = StringField(
        _l("What changes, and why"),
        filters=[clean_text],
        validators=[DataRequired(_l("Say in a few words what changes, and why.")), Length(max=200)],
    )
    version = HiddenField()

    def to_body(self, table: RoutingTable) -> dict[str, Any]:
        """The table's JSON with what was chosen here; the rules stay as they are."""
        topics = {t: [*self[f"first_{t}"].data, self[f"last_{t}"].data] for t in EDITABLE}
        levels = {name: self[f"level_{name}"].data for name in LEVEL_RANGE}
        return {**table.as_dict(), "topics": topics, "levels": levels}


def _fill() -> None:
    """One group of fields for each topic and each service level."""
    for topic in EDITABLE:
        setattr(DraftForm, f"first_{topic}", SelectMultipleField(_l("First, if we can tell which is meant")))
        setattr(DraftForm, f"last_{topic}", SelectField(_l("Otherwise")))
    for name, (low, high) in LEVEL_RANGE.items():
        words = _l("Enter a whole number from %(low)s to %(high)s.", low=low, high=high)
        field = IntegerField(LEVEL_LABELS[name], validators=[InputRequired(words), NumberRange(low, high, words)])
        setattr(DraftForm, f"level_{name}", field)


_fill()


def draft_form(table: RoutingTable, pools: Mapping[str, Pool], version: int, note: str, *, posted: bool) -> DraftForm:
    """The form of a draft, with what may be chosen and, unless it was posted, what holds now."""
    clinical = {key: pool.is_clinical for key, pool in pools.items()}
    values: dict[str, Any] = {"note": note, "version": str(version)}
    for topic in EDITABLE:
        chain = table.chains[topic]
        values |= {f"first_{topic}": list(chain[:-1]), f"last_{topic}": chain[-1]}
    values |= {f"level_{name}": number for name, number in table.as_dict()["levels"].items()}
    form = DraftForm(data=values) if posted else DraftForm(formdata=None, data=values)
    for topic in EDITABLE:
        records = RECORD_STEPS.get(topic, ())
        form[f"first_{topic}"].choices = [SelectChoice(step, step_words(step, pools)) for step in records]
        sure = sure_steps(topic, clinical)
        form[f"last_{topic}"].choices = [SelectChoice(step, step_words(step, pools)) for step in sure]
    return form


class RuleForm(PortalForm):
    """One rule of the clinic's own."""

    name = StringField(
        _l("Name of the rule"),
        filters=[clean_text],
        validators=[DataRequired(_l("Give the rule a name.")), Length(max=120)],
    )
    phrases = TextAreaField(_l("Words in the message"), filters=[clean_text], validators=[Length(max=6000)])
    topics = SelectMultipleField(_l("Only for these topics"))
    youngest = IntegerField(
        _l("From this age on"), validators=[Optional(), NumberRange(0, 130, _l("Enter an age from 0 to 130."))]
    )
    oldest = IntegerField(
        _l("Up to this age"), validators=[Optional(), NumberRange(0, 130, _l("Enter an age from 0 to 130."))]
    )
    to = SelectField(_l("Who answers"))
    version = HiddenField()

    def offer(self, pools: Mapping[str, Pool]) -> RuleForm:
        """Set what may be chosen."""
        self.topics.choices = [SelectChoice(topic, topic_words(topic)) for topic in EDITABLE]
        steps = ("pcp", "care_manager", *(f"pool:{key}" for key in pools))
        self.to.choices = [SelectChoice(step, step_words(step, pools)) for step in steps]
        return self

    def to_rule(self, key: str | None) -> dict[str, Any]:
        """The rule's JSON."""
        lines = [line.strip() for line in (self.phrases.data or "").splitlines()]
        return {
            "key": key or str(new_id()),
            "name": self.name.data or "",
            "to": self.to.data,
            "topics": list(self.topics.data or []),
            "phrases": [line for line in lines if line],
            "youngest": self.youngest.data,
            "oldest": self.oldest.data,
        }

    @classmethod
    def of(cls, rule: Rule | None, version: int) -> RuleForm:
        """A form that shows a rule, or an empty one."""
        values: dict[str, Any] = {"version": str(version)}
        if rule is not None:
            values |= {
                "name": rule.name,
                "phrases": "\n".join(rule.phrases),
                "topics": sorted(rule.topics),
                "youngest": rule.youngest,
                "oldest": rule.oldest,
                "to": rule.to,
            }
        return cls(formdata=None, data=values)


class TrialForm(PortalForm):
    """A message to try. It is answered on the same page, and kept nowhere."""

    text = TextAreaField(
        _l("A message"),
        filters=[clean_text],
        validators=[DataRequired(_l("Write or paste a message.")), Length(max=MOST_TRIED)],
    )
    patient = SelectField(_l("For which patient"))
    role = SelectField(_l("Who writes"))
    language = SelectField(_l("In which language"))

    def offer(self, patients: list[tuple[str, str]]) -> TrialForm:
        """Set what may be chosen."""
        self.patient.choices = [SelectChoice(key, name) for key, name in patients]
        self.role.choices = [
            SelectChoice("patient", _("The patient")),
            SelectChoice("liaison", _("The liaison")),
            SelectChoice("family_other", _("Somebody else of the family")),
        ]
        self.language.choices = [SelectChoice("en", _("English")), SelectChoice("es", _("Spanish"))]
        return self

    def to_command(self) -> Trial:
        return Trial(self.text.data or "", self.role.data, self.language.data, self.patient.data)
