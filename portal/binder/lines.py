"""The lines of each section in words: what it is, what there is to say about it, and where it comes from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from portal.binder import words
from portal.binder.contents import Facts
from portal.binder.more_rows import Small
from portal.binder.rows import Note, Paper
from portal.infra.i18n import known, reader_language
from portal.records.names import spoken
from portal.results.explanations import plain_name
from portal.results.values import Shown
from portal.web import filters
from portal.web.door import services

CLINIC, OWN, OUTSIDE = "clinic", "own", "outside"
EARLIER = 6  # values of a test beside its newest one


@dataclass(frozen=True, slots=True)
class Line:
    """One thing: what it is, what there is to say about it, and where it comes from."""

    title: str
    facts: tuple[str, ...] = ()
    mark: str = CLINIC
    mark_words: str = ""
    group: str = ""
    is_over: bool = False
    stamp: str = ""  # the same whatever the language: what a confirmation stands for
    id: UUID | None = None

    @property
    def text(self) -> str:
        return " · ".join(self.facts)


def note_line(note: Note, is_own: bool) -> Line:
    """Own words, or words from outside, as one line."""
    mark = OUTSIDE if note.origin == "outside" else OWN
    facts = [filters.born(note.made_at.astimezone(filters.reader_zone()).date())]
    if note.who and (mark == OUTSIDE or not is_own):
        facts.append(note.who)
    if note.is_private:
        facts.append(_("only for you"))
    return Line(
        note.text, tuple(facts), mark, words.mark_words(mark, is_own=is_own), stamp=f"note:{note.id}", id=note.id,
        group=_("Asked already") if note.section == "questions" and note.is_done else "",
    )  # fmt: skip


def _identity(facts: Facts, is_own: bool) -> list[Line]:
    person = facts.person
    pairs = [
        (_("Name"), facts.name),
        (_("Born"), filters.born(person.birth_on) if person.birth_on else ""),
        (_("Sex"), words.sex_words(person.sex)),
        (_("Pronouns"), person.pronouns or ""),
        (_("Language"), words.LANGUAGES.get(person.language, person.language)),
        (_("Phone"), person.phone or ""),
        (_("Address"), person.address or ""),
        (_("Number at the clinic"), person.mrn or ""),
    ]
    return [Line(f"{label}: {value}", stamp=value) for label, value in pairs if value]


def _contacts(facts: Facts, is_own: bool) -> list[Line]:
    called = [
        Line(one.name, tuple(known(said) for said in one.said), stamp=f"{one.id}:{one.said}", id=one.id)
        for one in facts.small("contacts")
    ]
    liaison = [
        Line(one.name, (words.relation_kind(one.kind), known(one.relation)), stamp=f"relation:{one.id}")
        for one in facts.of("relations")
    ]
    return [*called, *liaison]


def _providers(facts: Facts, is_own: bool) -> list[Line]:
    lines = []
    for row in facts.of("team"):
        role = known(row.team_role) or known(row.specialty)
        more = [role, row.place or "", row.phone or "", row.address or ""]
        if row.id == row.pcp_id and role != known("Primary care provider"):
            more.insert(0, known("Primary care provider"))
        told = tuple(part for part in more if part)
        lines.append(Line(row.name, told, group=_("People"), stamp=f"{row.id}:{row.phone}"))
    return [*lines, *(_small_line(one, _("Insurance")) for one in facts.small("coverage"))]


def _small_line(one: Small, group: str = "") -> Line:
    day = words.partial(one.happened, one.happened_on)
    said = (*one.said, day) if day else one.said
    return Line(spoken(one.name), said, group=group, stamp=f"{one.id}:{one.status}:{one.said}", id=one.id)


def _directives(facts: Facts, is_own: bool) -> list[Line]:
    lines = []
    for one in facts.small("directives"):
        said = tuple(words.decision(piece) for piece in one.said)
        lines.append(replace(_small_line(one), facts=said + _small_line(one).facts[len(one.said) :]))
    return lines


def _family(facts: Facts, is_own: bool) -> list[Line]:
    lines = []
    for one in facts.small("family"):
        had = [
            spoken(str(each["name"])) + (f" ({each['onset']})" if each.get("onset") else "")
            for each in one.conditions
            if each.get("name")
        ]
        stamp = f"{one.id}:{one.status}:{had}"
        lines.append(Line(known(one.name), tuple(had), stamp=stamp, id=one.id))
    return lines


def _allergies(facts: Facts, is_own: bool) -> list[Line]:
    lines = []
    for row in facts.of("allergies"):
        said = [_("Reaction: %(what)s", what=row.reaction)] if row.reaction else []
        said += [words.severity(row.severity)] if row.severity else []
        said += [_("Dangerous")] if row.criticality == "high" else []
        since = words.partial(row.happened, row.happened_on)
        said += [_("Since %(day)s", day=since)] if since else []
        stamp = f"{row.id}:{row.status}:{row.reaction}:{row.severity}"
        lines.append(Line(spoken(row.name), tuple(said), stamp=stamp, id=row.id))
    return lines


def _medicines(facts: Facts, is_own: bool) -> list[Line]:
    lines = []
    for row in facts.medicines.rows:
        said = [row.how or row.sig] if row.how or row.sig else []
        said += [_("For: %(purpose)s", purpose=row.purpose)] if row.purpose else []
        said += [_("Prescribed by %(name)s", name=row.prescriber)] if row.prescriber else []
        since = words.partial(row.happened, row.happened_on)
        said += [_("Since %(day)s", day=since)] if since else []
        if row.is_over and row.ended:
            said.append(_("Until %(day)s", day=words.partial_text(row.ended)))
        said += [piece for piece in (words.medicine_status(row), row.said) if piece]
        mark = OWN if row.kind == "reported" else CLINIC
        group = _("Stopped in the last 12 months") if row.is_over else _("Taken now")
        stamp = f"{row.id}:{row.status}:{row.sig}:{row.taking}"
        told = words.mark_words(mark, is_own=is_own)
        lines.append(Line(row.name, tuple(said), mark, told, group, row.is_over, stamp, row.id))
    return lines


def _dated(rows: Sequence[Any], group: str = "") -> list[Line]:
    lines = []
    for row in rows:
        day = words.partial(row.happened, row.happened_on)
        lines.append(
            Line(spoken(row.name), (day,) if day else (), group=group, stamp=f"{row.id}:{row.status}", id=row.id)
        )
    return lines


def _problems(facts: Facts, is_own: bool) -> list[Line]:
    lines = _dated(facts.of("problems"))
    return [replace(one, facts=tuple(_("Since %(day)s", day=day) for day in one.facts)) for one in lines]


def _history(facts: Facts, is_own: bool) -> list[Line]:
    stays = []
    for row in facts.of("stays"):
        day, end = words.partial(row.happened, row.happened_on), words.partial_text(row.ended)
        dates = _("%(day)s to %(end)s", day=day, end=end) if end and end != day else day
        said = tuple(part for part in (dates, row.reason or "") if part)
        group = _("Hospital stays and emergency visits")
        stays.append(Line(spoken(row.name), said, group=group, stamp=f"{row.id}:{row.status}", id=row.id))
    devices = [_small_line(one, _("Devices and implants")) for one in facts.small("devices")]
    return [*devices, *_dated(facts.of("procedures"), _("Surgeries and procedures")), *stays]


def _immunizations(facts: Facts, is_own: bool) -> list[Line]:
    return _dated(facts.of("immunizations"))


def _results(facts: Facts, is_own: bool) -> list[Line]:
    """One line a test: its newest value, and the earlier ones of the last twelve months."""
    tests: dict[str, list[Any]] = defaultdict(list)
    for row in facts.of("results"):
        tests[row.code or row.name].append(row)
    lines = []
    for rows in tests.values():
        newest = Shown.of(rows[0])
        said = [f"{newest.number} {newest.unit}".strip(), filters.born(filters.local(newest.at).date())]
        said += [newest.words] if newest.words else []
        said += [newest.range_words] if newest.range_words else []
        earlier = [_value(row) for row in rows[1 : EARLIER + 1]]
        said += [_("Earlier: %(values)s", values="; ".join(earlier))] if earlier else []
        group = _("Vital signs") if rows[0].category == "vital-signs" else _("Laboratory")
        lines.append(Line(newest.name, tuple(said), group=group, stamp=str(rows[0].id), id=rows[0].id))
    return sorted(lines, key=lambda line: (line.group != _("Vital signs"), line.title.lower()))


def _value(row: Any) -> str:
    shown = Shown.of(row)
    return f"{shown.number} ({filters.born(filters.local(shown.at).date())})"


def _social(facts: Facts, is_own: bool) -> list[Line]:
    lines = []
    for row in facts.of("social"):
        shown = Shown.of(row)
        value = f"{shown.number} {shown.unit}".strip()
        said = (value, filters.born(filters.local(row.effective_at).date()))
        name = plain_name(row.code, row.name, reader_language())
        lines.append(Line(spoken(name), said, stamp=f"{row.id}:{value}", id=row.id))
    return lines


def _plan(facts: Facts, is_own: bool) -> list[Line]:
    lines = []
    for row in facts.of("plans"):
        said = [spoken(name) for name in _activities(row.activities)]
        since = words.partial(row.happened, row.happened_on)
        said += [_("Since %(day)s", day=since)] if since else []
        stamp = f"{row.id}:{row.status}"
        lines.append(Line(spoken(row.name), tuple(said), group=_("Care plan"), stamp=stamp, id=row.id))
    for row in facts.of("goals"):
        said = [row.target] if row.target else []
        said += [_("By %(day)s", day=words.partial_text(row.due))] if row.due else []
        lines.append(Line(spoken(row.name), tuple(said), group=_("Goals"), stamp=f"{row.id}:{row.status}", id=row.id))
    return lines


def _activities(activities: Sequence[Any]) -> list[str]:
    names = [one.get("name") or one.get("text") or "" if isinstance(one, dict) else str(one) for one in activities]
    return [name for name in names if name][:12]


def _visits(facts: Facts, is_own: bool) -> list[Line]:
    now = services().clock.now()
    lines = []
    for row in facts.of("visits"):
        is_ahead = row.starts_at > now
        name = (row.name_es if reader_language() == "es" else row.name_en) or known(row.kind)
        when = filters.visit_moment(row.local_start, row.time_zone)
        said = tuple(part for part in (when, row.with_name or "", row.place or "") if part)
        group = _("To come") if is_ahead else _("In the last 12 months")
        lines.append((is_ahead, Line(name, said, group=group, stamp=str(row.id), id=row.id)))
    return [line for ahead, line in lines if ahead] + [line for ahead, line in reversed(lines) if not ahead]


def _notes(facts: Facts, is_own: bool) -> list[Line]:
    lines = [
        replace(note_line(note, is_own), group=_("Notes")) for note in facts.of("notes") if note.section == "notes"
    ]
    return [*lines, *(paper_line(paper, is_own) for paper in facts.of("papers"))]


def paper_line(paper: Paper, is_own: bool) -> Line:
    """A paper as one line."""
    mark = OUTSIDE if paper.origin == "outside" else OWN
    said = [filters.born(paper.made_at.astimezone(filters.reader_zone()).date())]
    said += [paper.who] if paper.who and mark == OUTSIDE else []
    said += [_("only for you")] if paper.is_private else []
    told = words.mark_words(mark) if mark == OUTSIDE else ""
    return Line(paper.name, tuple(said), mark, told, _("Papers"), stamp=f"paper:{paper.id}", id=paper.id)


LINES: dict[str, Callable[[Facts, bool], list[Line]]] = {
    "identity": _identity,
    "contacts": _contacts,
    "providers": _providers,
    "directives": _directives,
    "allergies": _allergies,
    "medicines": _medicines,
    "problems": _problems,
    "history": _history,
    "immunizations": _immunizations,
    "results": _results,
    "family": _family,
    "social": _social,
    "plan": _plan,
    "visits": _visits,
    "notes": _notes,
}
