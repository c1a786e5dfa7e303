"""What the pages of the list of medicines may know, for patients and those who help them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.infra.ids import new_id
from portal.medicines import keeping, marks, words
from portal.medicines.checks import Flag
from portal.medicines.forms import FindForm, MedicineForm, OnceForm, TakingForm
from portal.medicines.listing import Line, Listed
from portal.medicines.search import Suggestion
from portal.web import filters

# What a patient is told to ask about. What only a clinician can mend (no purpose, unknown name) is not among it.
TOGETHER = ("INTERACTION", "DUP_INGREDIENT", "DUP_CLASS", "ALLERGY", "MAX_DOSE", "WEEKLY_ONLY")


@dataclass(frozen=True, slots=True)
class AllergyLine:
    """One allergy, above the medicines on every copy of the list."""

    name: str
    text: str
    is_dangerous: bool

    @classmethod
    def of(cls, row: Any) -> AllergyLine:
        severity = {"mild": _("mild"), "moderate": _("moderate"), "severe": _("severe")}.get(row.severity, row.severity)
        parts = [_("Reaction: %(what)s", what=row.reaction) if row.reaction else "", severity or ""]
        return cls(row.name, " · ".join(part for part in parts if part), row.criticality == "high")


@dataclass(frozen=True, slots=True)
class MedicineLine:
    """One medicine in the list."""

    id: UUID
    once: str
    name: str
    clinical: str
    how: str
    written: str
    facts: str
    tags: list[tuple[str, str]]
    mark: str
    renewal: str
    ask_href: str
    tell_href: str
    more_href: str
    withdraw_href: str

    @classmethod
    def of(cls, person_id: UUID, line: Line, may: frozenset[str]) -> MedicineLine:
        here: dict[str, Any] = {"person_id": person_id}
        one, med, plain = line.report, line.medication_id, words.plain_name(line.name)
        tags = [(words.sort_words(line.sort), "neutral")]
        if line.status != "active":
            tags.append(words.status_words(line.status))
        if line.is_reported:
            tags.append((_("Not yet confirmed"), "look"))
        if line.renewal and (line.renewal.is_open or line.renewal.state in ("sent", "denied", "expired")):
            tags.append(words.renewal_words(line.renewal.state))
        is_over = line.status not in ("active", "unknown")
        asks = "renew" in may and line.is_prescribed_here and not is_over
        asks = asks and not (line.renewal and line.renewal.is_open)
        mine = one is not None and one.state == "waiting" and (one.is_by_reader or "own" in may) and "tell" in may
        return cls(
            id=line.id,
            once=str(new_id()),
            name=plain,
            clinical=line.name if line.name != plain else "",
            how=line.how,
            written=line.written if line.written and line.written != line.how else "",
            facts=marks.facts_of(line),
            tags=tags,
            mark=marks.mark_words(line),
            renewal=_renewal(line),
            ask_href=url_for("messaging.new_question", medication=med, **here) if med and "ask" in may else "",
            tell_href=url_for("medicines.new_report", medication_id=med, **here) if med and "tell" in may else "",
            more_href=url_for("medicines.ask_for_more", medication_id=med, **here) if asks else "",
            withdraw_href=url_for("medicines.withdraw_report", report_id=one.id, **here) if one and mine else "",
        )


def _renewal(line: Line) -> str:
    one = line.renewal
    if one is None:
        return ""
    day = filters.day(one.changed_at)
    if one.state == "asked":
        due = filters.moment(one.due_at) if one.due_at else ""
        asked = _("%(name)s asked for more on %(day)s.", name=one.by, day=filters.day(one.asked_at))
        return asked + (" " + _("Answer due %(day)s.", day=due) if due else "")
    if one.state == "denied":
        return " ".join(
            part for part in (_("Answered on %(day)s:", day=day), words.denial_words(one.reason), one.answer) if part
        )
    said = {
        "looking": _("Your care team began to look at it on %(day)s.", day=day),
        "approved": _("Approved on %(day)s. It goes to the pharmacy next.", day=day),
        "sent": _("Sent to the pharmacy on %(day)s. Ask there when you can fetch it.", day=day),
        "expired": _("Nobody answered by %(day)s. Ask again, or call the clinic.", day=day),
    }[one.state]
    return f"{said} {one.answer}".strip()


def together(listed: Listed, flags: Sequence[Flag]) -> list[tuple[str, str]]:
    """What to ask about before going on: the medicines, and the question. Never that all is well."""
    names = {str(line.id): words.plain_name(line.name) for line in listed.lines}
    found: dict[tuple[str, ...], str] = {}
    for flag in flags:
        if flag.kind not in TOGETHER:
            continue
        who = tuple(name for key, name in names.items() if key in flag.keys)
        if flag.kind == "ALLERGY":
            who = (*who, _("the allergy to %(what)s", what=flag.about[1]))
        found.setdefault(who, _question(flag))
    return [(_join(who), question) for who, question in found.items()]


def _join(names: Sequence[str]) -> str:
    return _("%(first)s and %(second)s", first=names[0], second=names[1]) if len(names) == 2 else ", ".join(names)


def _question(flag: Flag) -> str:
    return {
        "ALLERGY": _("It may have to do with this allergy. Ask before you take it."),
        "MAX_DOSE": _("Together they may be more than is meant for one day. Ask before you go on."),
        "WEEKLY_ONLY": _("It is usually taken once a week. Ask before you take it again."),
        "DUP_INGREDIENT": _("They hold the same substance. Ask before you take these together."),
    }.get(flag.kind, _("Ask before you take these together."))


@dataclass(frozen=True)
class ListMedicinesPage:
    """Who stands by the list, allergies, what to ask about, what is taken, what was."""

    person_id: UUID
    title: str
    is_staff: bool
    back_href: str
    review_href: str
    sees_allergies: bool
    allergies: list[AllergyLine]
    fresh: tuple[str, str]
    stamps: list[str]
    is_changed: bool
    active: list[MedicineLine]
    nothing: str
    earlier: list[MedicineLine]
    stopped: list[MedicineLine]
    together: list[tuple[str, str]]
    told: list[dict[str, Any]]
    confirm: OnceForm | None
    may_say_none: bool
    hrefs: dict[str, str]
    room: str = "medicines"

    @classmethod
    def of(
        cls,
        listed: Listed,
        allergies: Sequence[Any] | None,
        flags: Sequence[Flag],
        may: frozenset[str],
    ) -> ListMedicinesPage:
        """`may`: what the reader may do here (tell, renew, ask, keep, review), and `own` in one's own record."""
        here: dict[str, Any] = {"person_id": listed.person_id}
        is_staff = "staff" in may
        names = {"tell": "medicines.new_medicine", "confirm": "medicines.confirm_list"}
        hrefs = {key: url_for(endpoint, **here) if "tell" in may else "" for key, endpoint in names.items()}
        hrefs["day"] = url_for("medicines.show_day", **here)
        hrefs["paper"] = url_for("medicines.print_list", **here)
        hrefs["ask"] = url_for("messaging.new_question", **here) if "ask" in may else ""
        return cls(
            person_id=listed.person_id,
            title=_("Medicines"),
            is_staff=is_staff,
            back_href=url_for("people.show_patient", **here) if is_staff else "",
            review_href=url_for("medicines.edit_list", **here) if "review" in may else "",
            sees_allergies=allergies is not None,
            allergies=[AllergyLine.of(row) for row in allergies or ()],
            fresh=marks.freshness_words(listed),
            stamps=[marks.stamp_words(one) for one in (listed.verified, listed.confirmed) if one],
            is_changed=listed.is_changed,
            active=[MedicineLine.of(listed.person_id, line, may) for line in listed.lines],
            nothing=marks.nothing_words(listed),
            stopped=[MedicineLine.of(listed.person_id, line, frozenset()) for line in listed.stopped],
            earlier=[MedicineLine.of(listed.person_id, line, frozenset()) for line in listed.earlier],
            together=together(listed, flags),
            told=[marks.told(one) for one in listed.reports if one.state != "accepted" or one.answer][:10],
            confirm=OnceForm(formdata=None) if "tell" in may else None,
            may_say_none="own" in may and not listed.lines,
            hrefs=hrefs,
        )


@dataclass(frozen=True)
class NewMedicinePage:
    """Finding a medicine, and putting it on the list."""

    person_id: UUID
    title: str
    find: FindForm
    form: MedicineForm | None
    found: list[dict[str, str]]
    typed_href: str
    typed: str
    is_own: bool
    is_known: bool
    find_href: str
    create_href: str
    back_href: str
    room: str = "medicines"

    @property
    def has_errors(self) -> bool:
        return self.form is not None and self.form.has_errors

    @classmethod
    def of(
        cls,
        person_id: UUID,
        find: FindForm,
        form: MedicineForm | None,
        found: Sequence[Suggestion],
        *,
        is_own: bool,
        is_known: bool = True,
    ) -> NewMedicinePage:
        here: dict[str, Any] = {"person_id": person_id}
        typed = (find.q.data or "").strip()
        return cls(
            person_id=person_id,
            title=_("Add a medicine"),
            find=find,
            form=form,
            found=[_suggestion(here, one) for one in found],
            typed=typed,
            typed_href=url_for("medicines.new_medicine", name=typed, **here) if typed else "",
            is_own=is_own,
            is_known=is_known,
            find_href=url_for("medicines.new_medicine", **here),
            create_href=url_for("medicines.create_medicine", **here),
            back_href=url_for("medicines.list_medicines", **here),
        )


def _suggestion(here: dict[str, Any], one: Suggestion) -> dict[str, str]:
    name = one.name if one.is_brand else one.name[:1].upper() + one.name[1:]
    return {
        "name": name,
        "text": _("Contains: %(what)s", what=", ".join(one.ingredients)) if one.is_brand else "",
        "href": url_for("medicines.new_medicine", name=name, **here),
    }


@dataclass(frozen=True)
class NewReportPage:
    """Saying how a medicine on the list is really taken."""

    person_id: UUID
    title: str
    name: str
    how: str
    form: TakingForm
    create_href: str
    back_href: str
    room: str = "medicines"

    @property
    def has_errors(self) -> bool:
        return self.form.has_errors

    @classmethod
    def of(cls, person_id: UUID, line: Any, how: str, form: TakingForm) -> NewReportPage:
        return cls(
            person_id=person_id,
            title=_("How it is really taken"),
            name=line.name,
            how=how,
            form=form,
            create_href=url_for("medicines.create_report", person_id=person_id, medication_id=line.id),
            back_href=url_for("medicines.list_medicines", person_id=person_id),
        )


@dataclass(frozen=True)
class ShowDayPage:
    """The day by its times, and whether doses were taken."""

    person_id: UUID
    title: str
    slots: list[dict[str, Any]]
    sees_doses: bool
    week: str
    note_href: str
    back_href: str
    nothing: str
    room: str = "medicines"
    days: list[dict[str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, listed: Listed, doses: Sequence[Any] | None) -> ShowDayPage:
        here: dict[str, Any] = {"person_id": listed.person_id}
        done = {(row.line_key, row.slot): row.state for row in doses or () if row.taken_on == listed.today}
        slots = []
        for slot, lines in keeping.by_slot(listed).items():
            if lines:
                may_note = doses is not None and slot not in ("needed", "other")
                rows = [_dose(here, line, slot, done.get((line.id, slot), ""), may_note) for line in lines]
                slots.append({"title": words.slot_words(slot), "lines": rows})
        taken = sum(1 for row in doses or () if row.state == "taken")
        missed = sum(1 for row in doses or () if row.state == "missed")
        week = ""
        if taken or missed:
            week = _("Noted in the last seven days: %(taken)s, %(missed)s.",
                     taken=ngettext("%(num)s dose taken", "%(num)s doses taken", taken),
                     missed=ngettext("%(num)s missed", "%(num)s missed", missed))  # fmt: skip
        return cls(
            person_id=listed.person_id,
            title=_("Medicines through the day"),
            slots=slots,
            sees_doses=doses is not None,
            week=week,
            note_href=url_for("medicines.note_dose", **here),
            back_href=url_for("medicines.list_medicines", **here),
            nothing=marks.nothing_words(listed),
        )


def _dose(here: dict[str, Any], line: Line, slot: str, state: str, may_note: bool) -> dict[str, Any]:
    said = {"taken": (_("Taken"), "good"), "missed": (_("Missed"), "look")}.get(state)
    return {
        "id": str(line.id), "slot": slot, "name": words.plain_name(line.name), "how": line.taking_words or line.how,
        "state": said, "may_note": may_note, "is_reported": line.is_reported,
    }  # fmt: skip
