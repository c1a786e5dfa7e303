"""What people type about the liaison, and what the pages about the liaison show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired, Optional

from portal.caregivers.handing_over import NewLiaison
from portal.caregivers.liaison import Arrangement, Duty
from portal.caregivers.words import new_liaison_words
from portal.infra.i18n import known
from portal.policy.vocabulary import FAMILIES, THREAD_SCOPE
from portal.web import filters
from portal.web.forms import DayField, PortalForm, clean_text

LONGEST_NOTE = 2_000
_MODES = [
    SelectChoice("copy", _l("They get a copy")),
    SelectChoice("first", _l("They get it first")),
    SelectChoice("never", _l("They never see it")),
]


def _mode(label: str) -> SelectField:
    return SelectField(label, choices=_MODES, default="copy")


class ModesForm(PortalForm):
    """How the patient's own questions reach the liaison, by family of topics."""

    clinical = _mode(_l("How you feel"))
    results = _mode(_l("Test results"))
    medications = _mode(_l("Medicines and refills"))
    appointments = _mode(_l("Visits"))
    care_coordination = _mode(_l("Help with care, referrals and forms"))
    billing = _mode(_l("Bills and insurance"))
    records = _mode(_l("Copies of records"))

    def to_command(self) -> dict[str, str]:
        return {family: self[family].data for family in FAMILIES}


def _short(_form: PortalForm, field: TextAreaField) -> None:
    if len(field.data or "") > LONGEST_NOTE:
        raise ValidationError(_("Shorten your note to 2,000 characters."))


class AwayForm(PortalForm):
    """Until when the liaison is away, and what the backup must know."""

    until = DayField(_l("Last day away"), validators=[InputRequired(_l("Choose the last day you are away."))])
    note = TextAreaField(_l("Note for who stands in"), filters=[clean_text], validators=[Optional(), _short])


class BackupForm(PortalForm):
    """Until when the backup acts."""

    until = DayField(_l("Until when"), validators=[InputRequired(_l("Choose the last day."))])


class ConfirmForm(PortalForm):
    """A button and nothing else."""


@dataclass(frozen=True)
class ShowLiaisonPage:
    """The patient's own page about their liaison."""

    person_id: UUID
    title: str
    name: str
    relation: str
    first_name: str
    away: str
    is_away_by_patient: bool
    backup: str
    handover: str
    form: ModesForm
    not_granted: list[str]
    backup_form: BackupForm
    modes_href: str
    backup_href: str
    end_backup_href: str
    off_href: str
    updates_href: str
    access_href: str
    new_liaison: str
    room: str = "family"

    @property
    def has_errors(self) -> bool:
        return self.form.has_errors or self.backup_form.has_errors

    @property
    def failed(self) -> PortalForm:
        """The form with a mistake in it."""
        return self.form if self.form.has_errors else self.backup_form

    @classmethod
    def of(
        cls,
        person_id: UUID,
        found: Arrangement,
        now: datetime,
        granted: frozenset[str],
        form: ModesForm | None = None,
        backup_form: BackupForm | None = None,
        new: NewLiaison | None = None,
    ) -> ShowLiaisonPage:
        here: dict[str, Any] = {"person_id": person_id}
        liaison, backup = found.liaison, found.backup
        name = found.names.get(liaison.account_id, "") if liaison else ""
        modes = {family: found.modes.get(scope, "copy") for family, scope in THREAD_SCOPE.items()}
        form = form or ModesForm(formdata=None, data=modes)
        is_away = found.is_away(now)
        return cls(
            person_id=person_id,
            title=_("Your liaison"),
            name=name,
            relation=known(liaison.relation) if liaison else "",
            first_name=name.split()[0] if name else "",
            away=filters.day(liaison.away_until) if is_away and liaison and liaison.away_until else "",
            is_away_by_patient=bool(is_away and liaison and liaison.is_away_by_patient),
            backup=found.names.get(backup.account_id, "") if backup else "",
            handover=found.handover,
            form=form,
            not_granted=[form[family].label.text for family in FAMILIES if family not in granted] if liaison else [],
            backup_form=backup_form or BackupForm(formdata=None),
            modes_href=url_for("caregivers.update_modes", **here),
            backup_href=url_for("caregivers.activate_backup", **here),
            end_backup_href=url_for("caregivers.end_backup", **here),
            off_href=url_for("caregivers.switch_off_liaison", **here),
            updates_href=url_for("messaging.list_updates", **here),
            access_href=url_for("caregivers.list_caregivers", **here),
            new_liaison=new_liaison_words(new),
        )


@dataclass(frozen=True)
class ShowDutyPage:
    """The liaison's own page: being away, coming back, giving it up."""

    person_id: UUID
    title: str
    kind: str
    acts: bool
    away: str
    is_away_by_patient: bool
    stand_in: str
    handover: str
    form: AwayForm
    away_href: str
    back_href: str
    resign_href: str
    questions_href: str
    room: str = "questions"

    @property
    def has_errors(self) -> bool:
        return self.form.has_errors

    @classmethod
    def of(cls, person_id: UUID, found: Duty, now: datetime, form: AwayForm | None = None) -> ShowDutyPage:
        here: dict[str, Any] = {"person_id": person_id}
        held = found.held
        is_away = bool(held.away_until and held.away_until > now)
        return cls(
            person_id=person_id,
            title=_("Your part as liaison") if held.kind == "liaison" else _("Your part as backup"),
            kind=held.kind,
            acts=found.acts,
            away=filters.day(held.away_until) if is_away and held.away_until else "",
            is_away_by_patient=is_away and held.is_away_by_patient,
            stand_in=found.stand_in,
            handover=found.handover,
            form=form or AwayForm(formdata=None, data={"note": found.handover}),
            away_href=url_for("caregivers.mark_away", **here),
            back_href=url_for("caregivers.come_back", **here),
            resign_href=url_for("caregivers.resign", **here),
            questions_href=url_for("messaging.list_questions", **here),
        )
