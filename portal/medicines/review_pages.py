"""What the page of clinicians may know: what was reported, what the checks found, requests for more, the stamp."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from portal.medicines import deciding, marks, renewing, words
from portal.medicines.checks import HARD_STOP, Flag
from portal.medicines.deciding import Answered
from portal.medicines.forms import DecideForm, FlagForm, RenewalForm, VerifyForm
from portal.medicines.listing import Line, Listed
from portal.web import filters


def level_words(level: str) -> tuple[str, str]:
    """The level as the tables have it, and the tone of its tag."""
    return {
        "hard_stop": (_("Hard stop"), "late"),
        "contraindicated": (_("Contraindicated"), "late"),
        "conflict": (_("Conflict"), "late"),
        "serious": (_("Serious"), "late"),
        "block": (_("Duplicate: block"), "late"),
        "high": (_("High"), "late"),
        "caution": (_("Caution"), "look"),
        "look": (_("To complete"), "neutral"),
    }[level]


def kind_words(kind: str) -> str:
    return {
        "DUP_INGREDIENT": _("Same ingredient twice"),
        "DUP_CLASS": _("Same class twice"),
        "INTERACTION": _("Interaction"),
        "ALLERGY": _("Allergy"),
        "MAX_DOSE": _("More than the most a day"),
        "WEEKLY_ONLY": _("Weekly medicine taken more often"),
        "PRN_INCOMPLETE": _("As needed, without reason or most a day"),
        "NO_PURPOSE": _("No purpose on file"),
        "UNKNOWN_DRUG": _("Not recognised: nothing was checked for it"),
        "HOLD_NO_PLAN": _("On hold without a plan"),
    }[kind]


@dataclass(frozen=True, slots=True)
class FlagLine:
    """Something the checks found, in full."""

    key: str
    kind: str
    level: tuple[str, str]
    about: str
    effect: str
    action: str
    source: str
    answer: str
    may_answer: bool
    may_override: bool
    is_hard_stop: bool
    href: str

    @classmethod
    def of(cls, listed: Listed, flag: Flag, answered: dict[bytes, Answered], is_prescriber: bool) -> FlagLine:
        names = {str(line.id): words.plain_name(line.name) for line in listed.lines}
        mark = deciding.digest(listed.person_id, flag)
        said = answered.get(mark)
        hard = flag.level == HARD_STOP
        effect = flag.effect
        if flag.amount is not None and flag.limit is not None:
            effect = _("%(amount)s mg of %(what)s a day; the most is %(limit)s mg", amount=f"{flag.amount:,.0f}",
                       what=flag.about[0], limit=f"{flag.limit:,.0f}")  # fmt: skip
        if flag.kind == "ALLERGY":
            effect = _("Allergy on file: %(name)s", name=" · ".join(one for one in (flag.about[1], flag.effect) if one))
        source = " · ".join(one for one in (flag.rule, flag.source) if one)
        return cls(
            key=mark.hex(),
            kind=kind_words(flag.kind),
            level=level_words(flag.level),
            about=" + ".join(name for key, name in names.items() if key in flag.keys),
            effect=effect,
            action=flag.action,
            source=_("Source: %(what)s", what=source) if source else "",
            answer=_answer(said) if said else "",
            may_answer=said is None and not hard and flag.level != "look",
            may_override=flag.needs_decision and is_prescriber,
            is_hard_stop=hard,
            href=url_for("medicines.answer_flag", person_id=listed.person_id, key=mark.hex()),
        )

    @property
    def needs_prescriber(self) -> bool:
        return self.may_answer and not self.may_override and self.level[1] == "late"


def _answer(said: Answered) -> str:
    how = {
        "seen": _("Seen"),
        "overridden": _("Overridden"),
        "intended": _("Intended"),
    }[said.how]
    why = {
        "benefit": _("the benefit outweighs the risk"),
        "tolerated": _("tolerated before"),
        "monitored": _("it is watched"),
        "bridging": _("intended, for a time"),
    }.get(said.reason, "")
    told = ": ".join(part for part in (how, why) if part)
    day = filters.day(said.at)
    return " · ".join(part for part in (told, said.words, said.by, day) if part)


@dataclass(frozen=True, slots=True)
class ReportLine:
    """Something reported that waits for a decision."""

    id: str
    what: str
    how: str
    facts: str
    by: str
    is_private: bool
    form: DecideForm
    href: str


@dataclass(frozen=True, slots=True)
class RenewalLine:
    """A request for more that has not come to its end."""

    id: str
    name: str
    how: str
    state: tuple[str, str]
    text: str
    steps: list[tuple[str, str]]
    form: RenewalForm
    href: str
    thread_href: str


@dataclass(frozen=True)
class EditListPage:
    """Everything about the list that waits for a clinician, and the list itself."""

    person_id: UUID
    title: str
    fresh: tuple[str, str]
    stamps: list[str]
    is_changed: bool
    reports: list[ReportLine]
    renewals: list[RenewalLine]
    flags: list[FlagLine]
    minor: list[tuple[str, str]]
    lines: list[tuple[str, str, str]]
    nothing: str
    open_flags: int
    verify: VerifyForm
    flag_form: FlagForm
    verify_href: str
    back_href: str
    list_href: str
    form: Any = None
    about: str = ""
    room: str = "patients"

    @property
    def has_errors(self) -> bool:
        return self.form is not None and self.form.has_errors

    @property
    def problems(self) -> list[tuple[str, str]]:
        """What is wrong with the form that was refused, and where on the page to mend it."""
        if self.form is None:
            return []
        place = {DecideForm: "answer-", RenewalForm: "reason-", FlagForm: "flag-"}.get(type(self.form), "")
        return [(place + self.about if place else field, sentence) for field, sentence in self.form.error_list]

    @classmethod
    def of(
        cls,
        listed: Listed,
        flags: Sequence[Flag],
        answered: dict[bytes, Answered],
        *,
        is_prescriber: bool,
        form: Any = None,
        about: str = "",
    ) -> EditListPage:
        """`form` is one that was refused, and `about` the row it stands beside."""
        here: dict[str, Any] = {"person_id": listed.person_id}
        shown = [FlagLine.of(listed, flag, answered, is_prescriber) for flag in flags]
        minor: dict[str, list[str]] = {}
        for line, flag in zip(shown, flags, strict=True):
            if flag.level == "look":
                minor.setdefault(line.about, []).append(line.kind)
        return cls(
            person_id=listed.person_id,
            title=_("Review the medicines"),
            fresh=marks.freshness_words(listed),
            stamps=[marks.stamp_words(one) for one in (listed.verified, listed.confirmed) if one],
            is_changed=listed.is_changed,
            reports=[_report(here, listed, one, form, about) for one in listed.waiting],
            renewals=[
                _renewal(here, line, is_prescriber, form, about)
                for line in listed.lines
                if line.renewal and line.renewal.is_open
            ],
            flags=[line for line, flag in zip(shown, flags, strict=True) if flag.level != "look"],
            minor=[(about, " · ".join(kinds)) for about, kinds in minor.items()],
            lines=[
                (words.plain_name(line.name), line.taking_words or line.how, _beside(line)) for line in listed.lines
            ],
            nothing=marks.nothing_words(listed),
            open_flags=len(deciding.open_flags(flags, answered, listed.person_id)),
            verify=form if isinstance(form, VerifyForm) else VerifyForm(formdata=None, data={"sources": []}),
            flag_form=FlagForm(formdata=None),
            verify_href=url_for("medicines.verify_list", **here),
            back_href=url_for("people.show_patient", **here),
            list_href=url_for("medicines.list_medicines", **here),
            form=form,
            about=about,
        )


def _beside(line: Line) -> str:
    return " · ".join(
        part for part in (words.sort_words(line.sort), marks.facts_of(line), marks.mark_words(line)) if part
    )


def _report(here: dict[str, Any], listed: Listed, one: Any, form: Any, about: str) -> ReportLine:
    told = marks.told(one)
    line = next((each for each in listed.lines if each.report and each.report.id == one.id), None)
    is_own = isinstance(form, DecideForm) and about == str(one.id)
    how = {"not_taking": _("Says it is not taken")}.get(one.kind, "")
    return ReportLine(
        id=str(one.id),
        what=told["what"],
        how=how or (line.taking_words or line.how if line else ""),
        facts=_beside(line) if line else "",
        by=_("%(name)s, %(day)s", name=one.by, day=filters.day(one.made_at)),
        is_private=one.is_private,
        form=form if is_own else DecideForm(formdata=None, prefix=""),
        href=url_for("medicines.decide_report", report_id=one.id, **here),
    )


def _renewal(here: dict[str, Any], line: Line, is_prescriber: bool, form: Any, about: str) -> RenewalLine:
    one = line.renewal
    assert one is not None
    names = {
        "looking": _("I am looking at it"),
        "approved": _("Approve"),
        "sent": _("Sent to the pharmacy"),
        "denied": _("Do not renew"),
    }
    reach = [step for step in renewing.NEXT.get(one.state, ()) if is_prescriber or renewing.is_for_all(one.state, step)]
    due = filters.moment(one.due_at) if one.due_at else ""
    text = _("%(name)s asked for more on %(day)s.", name=one.by, day=filters.day(one.asked_at))
    is_own = isinstance(form, RenewalForm) and about == str(one.id)
    return RenewalLine(
        id=str(one.id),
        name=line.name,
        how=line.how,
        state=words.renewal_words(one.state),
        text=text + (" " + _("Answer due %(day)s.", day=due) if due else ""),
        steps=[(step, names[step]) for step in reach],
        form=form if is_own else RenewalForm(formdata=None),
        href=url_for("medicines.decide_renewal", renewal_id=one.id, **here),
        thread_href=url_for("messaging.show_desk_thread", thread_id=one.thread_id),
    )
