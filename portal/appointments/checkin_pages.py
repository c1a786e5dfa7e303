"""Check-in and screenings: their forms and pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired

from portal.appointments.checkin import Told
from portal.appointments.forms import at_most
from portal.appointments.visit_pages import what_of, when_of
from portal.web.forms import OnceField, PortalForm, clean_text

YES_NO = [SelectChoice("yes", _l("Yes, it is right")), SelectChoice("no", _l("No, something is different"))]
OFTEN = [
    SelectChoice("0", _l("Not at all")),
    SelectChoice("1", _l("Several days")),
    SelectChoice("2", _l("More than half the days")),
    SelectChoice("3", _l("Nearly every day")),
]
PHQ = (
    _l("Little interest or pleasure in doing things"),
    _l("Feeling down, depressed, or hopeless"),
    _l("Trouble falling or staying asleep, or sleeping too much"),
    _l("Feeling tired or having little energy"),
    _l("Poor appetite or overeating"),
    _l("Feeling bad about yourself, or that you are a failure or have let yourself or your family down"),
    _l("Trouble concentrating on things, such as reading the newspaper or watching television"),
    _l(
        "Moving or speaking so slowly that other people could have noticed? Or the opposite: being so fidgety or "
        "restless that you have been moving around a lot more than usual"
    ),
    _l("Thoughts that you would be better off dead or of hurting yourself in some way"),
)
GAD = (
    _l("Feeling nervous, anxious or on edge"),
    _l("Not being able to stop or control worrying"),
    _l("Worrying too much about different things"),
    _l("Trouble relaxing"),
    _l("Being so restless that it is hard to sit still"),
    _l("Becoming easily annoyed or irritable"),
    _l("Feeling afraid as if something awful might happen"),
)
QUESTIONS = {"phq2": PHQ[:2], "phq9": PHQ, "gad2": GAD[:2], "gad7": GAD}
BANDS = {
    "": "",
    "minimal": _l("minimal"),
    "mild": _l("mild"),
    "moderate": _l("moderate"),
    "moderately_severe": _l("moderately severe"),
    "severe": _l("severe"),
}
NAMES = {"phq2": "PHQ-2", "phq9": "PHQ-9", "gad2": "GAD-2", "gad7": "GAD-7"}
HIGHEST = {"phq2": 6, "phq9": 27, "gad2": 6, "gad7": 21}


_chosen = InputRequired(_l("Say whether it is right."))


class CheckInForm(PortalForm):
    """What is confirmed before a visit."""

    medicines = RadioField(
        _l("Is this list of medicines right?"),
        choices=YES_NO,
        validators=[_chosen],
    )
    anything_new = TextAreaField(
        _l("Do you take anything new, also without a prescription, vitamins or herbs?"),
        filters=[clean_text],
        validators=[InputRequired(_l("Write what you take, or “nothing”.")), at_most(1000)],
    )
    allergies = RadioField(
        _l("Is this list of allergies right?"),
        choices=YES_NO,
        validators=[_chosen],
    )
    contact = RadioField(_l("Can we reach you here?"), choices=YES_NO, validators=[_chosen])
    changes = TextAreaField(_l("What is different?"), filters=[clean_text], validators=[at_most(1000)])

    def to_told(self) -> Told:
        return Told(
            self.medicines.data or "",
            self.allergies.data or "",
            self.contact.data or "",
            self.changes.data or "",
            self.anything_new.data or "",
        )


def _item(number: int) -> RadioField:
    return RadioField(str(number), choices=OFTEN, validate_choice=False)


class ScreeningForm(PortalForm):
    """Nine items at the most; those that the instrument does not have are not shown."""

    item1, item2, item3 = _item(1), _item(2), _item(3)
    item4, item5, item6 = _item(4), _item(5), _item(6)
    item7, item8, item9 = _item(7), _item(8), _item(9)
    once = OnceField()

    def items(self, instrument: str) -> list[Any]:
        """The fields of this instrument, with their questions as labels."""
        found = []
        for number, question in enumerate(QUESTIONS[instrument], 1):
            field = self[f"item{number}"]
            field.label.text = str(question)
            found.append(field)
        return found

    def answers(self, instrument: str) -> list[int | None]:
        return [int(f.data) if f.data in ("0", "1", "2", "3") else None for f in self.items(instrument)]


@dataclass(frozen=True)
class EditCheckInPage:
    """What is on file, to be confirmed."""

    person_id: UUID
    title: str
    lead: str
    medicines: list[str]
    allergies: list[str]
    contact: list[str]
    form: CheckInForm
    update_href: str
    back_href: str
    room: str = "appointments"

    @property
    def has_errors(self) -> bool:
        return self.form.has_errors

    @classmethod
    def of(cls, visit: Any, record: tuple[Sequence[Any], Sequence[Any], Any], form: CheckInForm) -> EditCheckInPage:
        medicines, allergies, contact = record
        here: dict[str, Any] = {"person_id": visit.row.patient_id, "visit_id": visit.row.id}
        return cls(
            visit.row.patient_id,
            _("Check in"),
            f"{when_of(visit)} · {what_of(visit)}",
            [" · ".join(part for part in (row.name, row.sig) if part) for row in medicines],
            [" · ".join(part for part in (row.name, row.reaction) if part) for row in allergies],
            [part for part in (contact.phone, contact.email, contact.address) if part] if contact else [],
            form,
            url_for("appointments.update_check_in", **here),
            url_for("appointments.show_visit", **here),
        )


@dataclass(frozen=True)
class EditScreeningPage:
    """One screening."""

    person_id: UUID
    title: str
    items: list[Any]
    form: ScreeningForm
    update_href: str
    back_href: str
    left_out: str
    room: str = "appointments"

    @property
    def has_errors(self) -> bool:
        return bool(self.left_out)

    @classmethod
    def of(
        cls, person_id: UUID, visit_id: UUID, instrument: str, form: ScreeningForm, missing: Sequence[int] = ()
    ) -> EditScreeningPage:
        from flask_babel import ngettext

        here: dict[str, Any] = {"person_id": person_id, "visit_id": visit_id}
        items = form.items(instrument)
        for number in missing:
            items[number].errors = [_("Choose one answer.")]
        text = ngettext("%(num)s answer is missing.", "%(num)s answers are missing.", len(missing)) if missing else ""
        return cls(
            person_id,
            _("How you have been feeling") if instrument.startswith("phq") else _("How worried you have been"),
            items,
            form,
            url_for("appointments.update_screening", instrument=instrument, **here),
            url_for("appointments.show_visit", **here),
            text,
        )


@dataclass(frozen=True)
class ShowCrisisPage:
    """Help, before anything else."""

    person_id: UUID
    title: str
    back_href: str
    room: str = "appointments"

    @classmethod
    def of(cls, person_id: UUID, visit_id: UUID) -> ShowCrisisPage:
        href = url_for("appointments.show_visit", person_id=person_id, visit_id=visit_id)
        return cls(person_id, _("You are not alone. Please talk to somebody now"), href)


class SummaryForm(PortalForm):
    """What was said and decided."""

    summary = TextAreaField(
        _l("What was said and decided?"),
        filters=[clean_text],
        validators=[InputRequired(_l("Write the summary.")), at_most(5000)],
    )


def told_lines(told: Told) -> list[dict[str, str]]:
    """A check-in as staff read it."""
    words = {"yes": _("Yes, it is right"), "no": _("No, something is different")}
    found = [
        (_("Medicines"), words.get(told.medicines, "")),
        (_("New or without prescription"), told.anything_new),
        (_("Allergies"), words.get(told.allergies, "")),
        (_("Contact"), words.get(told.contact, "")),
        (_("What is different?"), told.changes),
    ]
    return [{"key": key, "value": value} for key, value in found if value]


def score_lines(answered: Sequence[tuple[Any, dict[str, Any]]]) -> list[dict[str, str]]:
    """Scores as those who treat read them."""
    found = []
    for row, told in answered:
        text = _("%(total)s of %(most)s", total=told["total"], most=HIGHEST[row.instrument])
        band = str(BANDS.get(told["band"], ""))
        crisis = row.instrument == "phq9" and (told["items"][8] or 0) > 0
        parts = (text, band, _("thoughts of self-harm: call today") if crisis else "")
        found.append({"key": NAMES[row.instrument], "value": " · ".join(part for part in parts if part)})
    return found
