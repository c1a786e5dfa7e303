"""What the pages of clinicians may know: what waits, and a paper line by line beside the chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from portal.medicines import words as medicine_words
from portal.medicines.checks import Flag
from portal.medicines.review_pages import kind_words, level_words
from portal.outside import words
from portal.outside.deciding import Choice, Problem
from portal.outside.forms import DecideForm, FinishForm, IdentityForm, RejectForm
from portal.outside.lines import RECONCILED
from portal.outside.pages import LineRow, Tag, came, line_row, title_of, whence
from portal.outside.reading import Line, Shown
from portal.outside.reconciliation import ADD, IGNORE, MERGE, REASONS, REPLACE, Pair
from portal.outside.reviewing import AT_ONCE, Table
from portal.records import words as record_words
from portal.web import filters


@dataclass(frozen=True, slots=True)
class Waiting:
    """A paper that waits."""

    who: str
    born: str
    what: str
    text: str
    tag: Tag
    href: str
    is_own_title: bool  # in the words of the paper, which are not translated


@dataclass(frozen=True)
class ListWaitingPage:
    """Papers that wait for a clinician, the oldest first."""

    title: str
    rows: list[Waiting]
    has_more: bool
    filters: list[dict[str, Any]]
    room: str = "outside"

    @classmethod
    def of(cls, rows: Sequence[tuple[Any, str]], view: str) -> ListWaitingPage:
        """`rows` come with the titles of the papers."""
        shown = [
            Waiting(
                who=f"{row.given_name} {row.family_name}".strip(),
                born=_("born %(day)s", day=filters.born(row.birth_on)) if row.birth_on else "",
                what=title or words.kind_words(row.kind),
                text=" · ".join((words.kind_words(row.kind), _("came %(when)s", when=filters.moment(row.made_at)))),
                tag=words.state_words(row.state, is_staff=True),
                href=url_for("outside.edit_paper", person_id=row.patient_id, paper_id=row.id),
                is_own_title=bool(title),
            )
            for row, title in rows[:AT_ONCE]
        ]
        views = (("mine", _("For me")), ("team", _("All my patients")))
        return cls(
            title=_("Papers from outside"),
            rows=shown,
            has_more=len(rows) > AT_ONCE,
            filters=[
                {"label": label, "href": url_for("outside.list_waiting", view=key), "is_current": view == key,
                 "count": None}
                for key, label in views
            ],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class FlagRow:
    """Something the checks found about a medicine of the paper."""

    level: Tag
    text: str
    more: str

    @classmethod
    def of(cls, flag: Flag, names: Mapping[str, str]) -> FlagRow:
        about = " + ".join(names[key] for key in flag.keys if key in names)
        effect = flag.effect
        if flag.amount is not None and flag.limit is not None:
            effect = _("%(amount)s mg of %(what)s a day; the most is %(limit)s mg", amount=f"{flag.amount:,.0f}",
                       what=flag.about[0], limit=f"{flag.limit:,.0f}")  # fmt: skip
        if flag.kind == "ALLERGY":
            effect = _("Allergy on file: %(name)s", name=" · ".join(one for one in flag.about[1:] if one))
        return cls(
            level_words(flag.level),
            f"{kind_words(flag.kind)}: {about}",
            " · ".join(part for part in (effect, flag.action) if part),
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """One thing that can be chosen for a line."""

    value: str
    text: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class LineChoice:
    """A line of the paper beside ours, and what can be chosen for it."""

    id: str
    row: LineRow
    ours: str
    ours_text: str
    tag: Tag
    note: str
    flags: list[FlagRow]
    answers: list[Answer]
    partners: list[Answer]
    reasons: list[Answer]
    proposal: str
    error: str


@dataclass(frozen=True, slots=True)
class Group:
    """One of the three lists."""

    key: str
    title: str
    lines: list[LineChoice]
    only_ours: list[tuple[str, str]]


@dataclass(frozen=True)
class EditPaperPage:
    """A paper before a clinician: whose it is, its lines beside ours, its words, and turning it away."""

    person_id: UUID
    title: str
    heading: str  # what the paper calls itself
    patient: str
    born: str
    state: str
    tag: Tag
    facts: list[str]
    differs: str
    groups: list[Group]
    has_more: bool
    mark: str
    form: DecideForm
    identity: IdentityForm
    reject: RejectForm
    finish: FinishForm
    conflict: str
    problems: list[tuple[str, str]]
    grave: list[FlagRow]
    sections: list[tuple[str, str]]
    others: int
    hrefs: dict[str, str]
    room: str = "outside"

    @property
    def has_errors(self) -> bool:
        forms = (self.form, self.identity, self.reject, self.finish)
        return bool(self.problems or self.conflict or any(form.has_errors for form in forms))

    @classmethod
    def of(
        cls,
        paper: Shown,
        person: Any,
        table: Table | None,
        *,
        choices: Mapping[UUID, Choice],
        problems: Sequence[Problem] = (),
        grave: Sequence[Flag] = (),
        conflict: str = "",
        forms: Mapping[str, Any],
        others: int,
    ) -> EditPaperPage:
        here: dict[str, Any] = {"person_id": paper.person_id, "paper_id": paper.id}
        wrong = {one.line: _problem(one) for one in problems}
        groups = [group for part in RECONCILED if table and (group := _group(part, table, choices, wrong))]
        names = _names(table) if table else {}
        shown = [(f"how-{one.line}", _problem(one)) for one in problems]
        if grave:
            shown.append(("seen", _("The checks found something grave. Look at it, then say that you have seen it.")))
        for form in forms.values():
            shown += form.error_list
        differs = paper.facts.get("differs", [])
        return cls(
            person_id=paper.person_id,
            title=_("Papers from outside"),
            heading=title_of(paper),
            patient=f"{person.given_name} {person.family_name}".strip(),
            born=filters.born(person.birth_on) if person.birth_on else "",
            state=paper.state,
            tag=words.state_words(paper.state, is_staff=True),
            facts=[part for part in (whence(paper), came(paper, is_own=False), words.kind_words(paper.kind)) if part],
            differs=" · ".join({"name": _("the name"), "birth": _("the birth date"), "sex": _("the sex")}[one]
                               for one in differs),
            groups=groups,
            has_more=bool(table and table.has_more),
            mark=table.chart.mark if table else "",
            form=forms.get("form") or DecideForm(formdata=None),
            identity=forms.get("identity") or IdentityForm(formdata=None),
            reject=forms.get("reject") or RejectForm(formdata=None),
            finish=forms.get("finish") or FinishForm(formdata=None),
            conflict=conflict,
            problems=shown,
            grave=[FlagRow.of(flag, names) for flag in grave],
            sections=[(title or _("Without a heading"), said) for title, said in paper.facts.get("sections", [])],
            others=others,
            hrefs={
                "decide": url_for("outside.decide_lines", **here),
                "confirm": url_for("outside.confirm_paper", **here),
                "reject": url_for("outside.reject_paper", **here),
                "finish": url_for("outside.finish_paper", **here),
                "suggest": url_for("outside.edit_paper", fill="yes", **here),
                "file": url_for("outside.show_file", **here),
                "paper": url_for("outside.show_paper", **here),
                "back": url_for("outside.list_waiting"),
                "patient": url_for("people.show_patient", person_id=paper.person_id),
                "medicines": url_for("medicines.edit_list", person_id=paper.person_id),
            },
        )  # fmt: skip


def _problem(one: Problem) -> str:
    return {
        "undecided": _("Decide about %(name)s.", name=one.name),
        "no-reason": _("Choose why %(name)s is not taken over.", name=one.name),
        "no-partner": _("Choose which of our entries is the same as %(name)s.", name=one.name),
        "not-replaced": _("Choose an order of ours that gives way to %(name)s.", name=one.name),
        "only-ignored": _("“%(name)s” can only be left out: it says that there is nothing.", name=one.name),
        "hard-stop": _("%(name)s can’t be taken over as it is: the checks stop it. Only another order ends this.",
                       name=one.name),
    }[one.code]  # fmt: skip


def _names(table: Table) -> dict[str, str]:
    names = {str(line.id): medicine_words.plain_name(line.name) for line in table.chart.listed.lines}
    return names | {str(line.id): str(line.words.row.get("name")) for line in table.lines}


def _group(part: str, table: Table, choices: Mapping[UUID, Choice], wrong: Mapping[UUID, str]) -> Group | None:
    each = [line for line in table.lines if line.part == part]
    if not each:
        return None
    names = _names(table)
    paired = {pair.ours for pair in table.pairs.values() if pair.ours is not None}
    ours = table.chart.sides[part]
    return Group(
        key=part,
        title=record_words.title_of(part),
        lines=[_choice(line, table, choices.get(line.id), wrong.get(line.id, ""), names) for line in each],
        only_ours=[
            (side.name, side.how)
            for side in ours
            if side.key not in paired and side.status in ("active", "on-hold", "intended", "unknown", "recurrence")
        ],
    )


def _choice(line: Line, table: Table, chosen: Choice | None, error: str, names: Mapping[str, str]) -> LineChoice:
    pair = table.pairs[line.id]
    sides = [side for side in table.chart.sides[line.part] if not side.is_none]
    mine = next((side for side in sides if side.key == pair.ours), None)
    how = chosen.how if chosen else ""
    texts = {
        ADD: _("Add to the record"),
        MERGE: _("It is the same as …"),
        REPLACE: _("Add it in place of …"),
        IGNORE: _("Leave it out"),
    }
    offered = [IGNORE] if line.words.is_none else [ADD]
    if not line.words.is_none:
        if sides:
            offered.append(MERGE)
        if line.part == "medicines" and any(not table.chart.rows[side.key].is_reported for side in sides):
            offered.append(REPLACE)
        offered.append(IGNORE)
    with_id = chosen.ours if chosen else pair.ours
    reason = chosen.reason if chosen and chosen.how == IGNORE else pair.reason
    status = record_words.state_of(line.part, mine.status)[0] if mine else ""
    return LineChoice(
        id=str(line.id),
        row=line_row(line, is_staff=True),
        ours=mine.name if mine else "",
        ours_text=" · ".join(part for part in (mine.how if mine else "", status) if part),
        tag=_kind(pair),
        note=_note(pair),
        flags=[FlagRow.of(flag, names) for flag in table.flags.get(line.id, ())],
        answers=[Answer(value, texts[value], value == how) for value in offered],
        partners=[
            Answer(str(side.key), " · ".join(part for part in (side.name, side.how) if part)[:120], side.key == with_id)
            for side in sides
        ],
        reasons=[Answer(value, words.ignored_words(value), value == reason) for value in REASONS],
        proposal=_proposal(pair, mine.name if mine else ""),
        error=error,
    )


def _kind(pair: Pair) -> Tag:
    return {
        "same": (_("On both lists"), "good"),
        "differs": (_("Differs"), "look"),
        "new": (_("Only in the paper"), "info"),
        "past": (_("Over, only in the paper"), "neutral"),
        "none": (_("Says that there is nothing"), "info"),
    }[pair.kind]


def _note(pair: Pair) -> str:
    if pair.is_conflict and pair.kind == "none":
        return _("The record has entries here: the two contradict each other.")
    if pair.is_conflict:
        return _("The record says that there is nothing of the kind: the two contradict each other.")
    return _("The same medicine under another name.") if pair.is_other_name else ""


def _proposal(pair: Pair, ours: str) -> str:
    """What the comparison suggests; nobody is bound by it."""
    if pair.proposal == MERGE:
        return _("Suggested: the same as %(name)s.", name=ours)
    if pair.proposal == REPLACE:
        return _("Suggested: in place of %(name)s.", name=ours)
    if pair.proposal == IGNORE:
        return _("Suggested: leave it out. %(why)s", why=words.ignored_words(pair.reason))
    return _("Suggested: add it.")


def suggested(table: Table) -> dict[UUID, Choice]:
    """What the comparison suggests, as choices."""
    return {key: Choice(pair.proposal, pair.ours, pair.reason) for key, pair in table.pairs.items()}
