"""What clinicians type to stop somebody who acts by law, and what their pages about it show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import DataRequired, Length, Optional

from portal.caregivers.limits import LONGEST, WHYS, ByLaw, Limit, Wanted
from portal.caregivers.words import limit_words, staff_kind_words, state_words
from portal.infra.i18n import known
from portal.web import filters
from portal.web.forms import DayField, PortalForm, clean_text


class LimitForm(PortalForm):
    """Why, since when and until when."""

    why = RadioField(_l("Why?"), validators=[DataRequired(_l("Choose why."))])
    details = TextAreaField(
        _l("What happened, and what did you see?"),
        filters=[clean_text],
        validators=[
            DataRequired(_l("Write down what happened, for your colleagues.")),
            Length(max=LONGEST, message=_l("Shorten this to 1,000 characters.")),
        ],
    )
    since = DayField(_l("From when?"), validators=[Optional()])
    until = DayField(_l("Last day it holds"), validators=[Optional()])

    def __init__(self, *arguments: object, **values: object) -> None:
        super().__init__(*arguments, **values)
        self.why.choices = [SelectChoice(why, limit_words(why)) for why in WHYS]

    def to_command(self) -> Wanted:
        return Wanted(self.why.data or "", self.details.data or "", self.since.data, self.until.data)


@dataclass(frozen=True, slots=True)
class LimitLine:
    """One limit."""

    why: str
    details: str
    when: str
    lift_href: str

    @classmethod
    def of(cls, person_id: UUID, one: Limit, now: datetime) -> LimitLine:
        since = filters.day(one.starts_at)
        if one.ends_at is not None:
            until = filters.day(one.ends_at - timedelta(seconds=1))
            when = _("From %(since)s until %(until)s, by %(name)s", since=since, until=until, name=one.made_by)
        else:
            when = _("From %(since)s on, by %(name)s", since=since, name=one.made_by)
        if one.starts_at > now:
            when = _("%(when)s. It does not hold yet.", when=when)
        href = url_for("caregivers.lift_limit", person_id=person_id, limit_id=one.id)
        return cls(limit_words(one.why), one.details, when, href)


@dataclass(frozen=True, slots=True)
class ByLawCard:
    """Somebody who acts by law."""

    name: str
    text: str
    state: str
    tone: str
    limits: list[LimitLine]
    limit_href: str

    @classmethod
    def of(cls, person_id: UUID, one: ByLaw, now: datetime) -> ByLawCard:
        state, tone = state_words(one.state)
        return cls(
            name=one.name,
            text=f"{staff_kind_words(one.kind)} · {known(one.relation)}",
            state=state,
            tone=tone,
            limits=[LimitLine.of(person_id, limit, now) for limit in one.limits],
            limit_href=url_for("caregivers.new_limit", person_id=person_id, held_id=one.id),
        )


@dataclass(frozen=True)
class ListLimitsPage:
    """Who acts for the patient by law, and who of them is stopped."""

    title: str
    people: list[ByLawCard]
    back_href: str
    room: str = "patients"

    @classmethod
    def of(cls, person_id: UUID, found: Sequence[ByLaw], now: datetime) -> ListLimitsPage:
        back = url_for("people.show_patient", person_id=person_id)
        return cls(_("Who acts by law"), [ByLawCard.of(person_id, one, now) for one in found], back)


@dataclass(frozen=True)
class NewLimitPage:
    """Stopping somebody."""

    title: str
    form: LimitForm
    action: str
    back_href: str
    min_day: str
    room: str = "patients"

    @property
    def has_errors(self) -> bool:
        return bool(self.form.errors)
