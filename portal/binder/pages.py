"""What the pages of the binder may know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.binder import words
from portal.binder.forms import NoteForm, PaperForm
from portal.binder.lines import Line
from portal.binder.outline import ICONS, NOT_CONFIRMED
from portal.binder.rows import Note, Paper
from portal.binder.sections import Binder, Section
from portal.messaging.file_pages import size_words, state_words
from portal.messaging.files import ACCEPT, MOST_BYTES
from portal.web import filters

ASKED = "questions"
SHOWN = 4  # things to mend at once: more would put off whoever is to mend them
FIRST = {key: place for place, key in enumerate(("medicines", "allergies", "contacts", "problems", "directives"))}


@dataclass(frozen=True, slots=True)
class Row:
    """One section in the list of all."""

    key: str
    title: str
    text: str
    icon: str
    tone: str
    tag: str
    tag_tone: str
    href: str

    @classmethod
    def of(cls, person_id: UUID, one: Section, *, is_own: bool) -> Row:
        tag, tone = tag_of(one)
        count = ngettext("%(num)s entry", "%(num)s entries", len(one.lines)) if one.lines else one.words
        text = " · ".join(part for part in (count, one.confirmed_words if is_own else "") if part)
        if not one.is_included:
            tag, tone = _("Stays at home"), "neutral"
        href = url_for("binder.show_section", person_id=person_id, section=one.key)
        disc = {"late": "late", "look": "look"}.get(one.standing.tone, "brand") if one.is_included else "brand"
        return cls(one.key, f"{one.number}. {one.title}", text, ICONS[one.key], disc, tag, tone, href)


def tag_of(one: Section) -> tuple[str, str]:
    """The state of a section in a word or two, and the tone of its tag."""
    if one.state == "failed":
        return _("Could not be built"), "late"
    if one.standing.needs == "look":
        return _("Does not fit together"), "look"
    if one.state == "empty":
        return ("", "neutral") if one.key in NOT_CONFIRMED else (_("Not yet filled"), "look")
    if one.freshness == "red":
        return _("Confirmed too long ago"), "late"
    if one.is_changed:
        return _("Changed since you confirmed it"), "look"
    if one.freshness == "amber":
        return _("Confirm it again"), "look"
    if one.freshness == "never":
        return _("Please confirm"), "look"
    return (_("Ready"), "good") if one.key not in NOT_CONFIRMED else ("", "neutral")


@dataclass(frozen=True, slots=True)
class Repair:
    """One thing that is missing, old or contradicts itself, and what mends it."""

    title: str
    text: str
    icon: str
    tone: str
    href: str
    confirm_href: str
    confirm_text: str
    none_href: str
    none_text: str

    @classmethod
    def of(cls, person_id: UUID, one: Section) -> Repair:
        here: dict[str, Any] = {"person_id": person_id, "section": one.key}
        needs, href = one.standing.needs, url_for("binder.show_section", **here)
        confirm = url_for("binder.confirm_section", **here, then="binder") if needs == "confirm" else ""
        none = url_for("binder.say_none", **here, then="binder") if needs == "fill" else ""
        return cls(
            one.title,
            _why(one),
            ICONS[one.key],
            one.standing.tone,
            href,
            confirm,
            _("Still right"),
            none,
            words.none_words(one.key),
        )


def _why(one: Section) -> str:
    if one.standing.needs == "build":
        return one.words
    if one.standing.needs == "fill":
        return _("Nothing is here yet. Add what you know, or say that there is nothing.")
    if one.standing.needs == "look":
        return _("You said that there is nothing, and now there is something. Look which is right.")
    if one.is_changed and one.freshness == "fresh":
        return _("It changed since you confirmed it.")
    return words.fresh_words(one.key, one.freshness, one.days)


@dataclass(frozen=True)
class ShowBinderPage:
    """The binder: how ready it is, what to mend, and all its sections."""

    person_id: UUID
    title: str
    lead: str
    name: str
    is_staff: bool
    may_keep: bool
    back_href: str
    score: int
    score_words: str
    repairs: list[Repair]
    later: list[Repair]  # what can wait
    rows: list[Row]
    outside: list[Line]
    outside_href: str
    discuss: int
    hrefs: dict[str, str]
    room: str = "binder"

    @classmethod
    def of(cls, binder: Binder, *, is_staff: bool, is_own: bool, may: dict[str, bool]) -> ShowBinderPage:
        person = binder.person_id
        ready = [one for one in binder.included if not one.standing.needs]
        open_ = [] if is_staff else [one for one in binder.included if one.standing.needs]
        open_.sort(key=lambda one: (one.standing.tone != "late", FIRST.get(one.key, 9)))
        repairs = [Repair.of(person, one) for one in open_]
        notes = binder.section("notes")
        outside = [line for one in binder.sections for line in one.lines if line.mark == "outside"]
        links = {
            "export": "binder.show_carry",
            "share": "binder.list_shares",
            "card": "binder.show_card",
            "visit": "binder.list_packets",
        }
        return cls(
            person_id=person,
            title=_("My binder") if is_own else _("Binder"),
            lead=_("What goes along to every visit, the emergency room included."),
            name=binder.name,
            is_staff=is_staff,
            may_keep=may["keep"],
            back_href=url_for("people.show_patient", person_id=person) if is_staff else "",
            score=binder.score,
            score_words=_("%(ready)s of %(all)s sections are ready", ready=len(ready), all=len(binder.included)),
            repairs=repairs[:SHOWN],
            later=repairs[SHOWN:],
            rows=[Row.of(person, one, is_own=is_own) for one in binder.sections],
            outside=outside if notes else [],
            outside_href=url_for("binder.show_section", person_id=person, section="notes"),
            discuss=sum(len(one.to_discuss) for one in binder.sections),
            hrefs={key: url_for(link, person_id=person) for key, link in links.items() if may.get(key)},
        )


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line with what can be done about it."""

    line: Line
    is_new: bool = False
    href: str = ""
    size: str = ""
    state: str = ""
    remove_href: str = ""
    accept_href: str = ""
    done_href: str = ""
    discuss_href: str = ""


@dataclass(frozen=True)
class ShowSectionPage:
    """One section whole: its lines, own words, and what its owner says of it."""

    person_id: UUID
    title: str
    number: int
    key: str
    lead: str
    state: str
    words: str
    tag: str
    tag_tone: str
    confirmed: str
    groups: list[tuple[str, list[LineRow]]]
    is_included: bool
    may_keep: bool
    asks_confirm: bool
    none_text: str
    hint: str
    is_own: bool
    is_questions: bool
    takes_papers: bool
    accept: str
    limits: str
    form: NoteForm
    paper_form: PaperForm
    hrefs: dict[str, str]
    has_errors: bool = False
    room: str = "binder"

    @classmethod
    def of(
        cls,
        person_id: UUID,
        one: Section,
        notes: dict[UUID, Note],
        papers: dict[UUID, Paper],
        form: NoteForm,
        *,
        may_keep: bool,
        is_own: bool,
    ) -> ShowSectionPage:
        here: dict[str, Any] = {"person_id": person_id, "section": one.key}
        tag, tone = tag_of(one)
        groups = [
            (group, [_line_row(here, one, line, notes, papers, may_keep) for line in lines])
            for group, lines in one.groups
        ]
        return cls(
            person_id=person_id,
            title=one.title,
            number=one.number,
            key=one.key,
            lead=words.section_hint(one.key) if may_keep else "",
            state=one.state,
            words=one.words,
            tag=tag,
            tag_tone=tone,
            confirmed=one.confirmed_words,
            groups=groups,
            is_included=one.is_included,
            may_keep=may_keep,
            asks_confirm=one.key not in NOT_CONFIRMED,
            none_text=words.none_words(one.key) if one.state == "empty" and one.key not in NOT_CONFIRMED else "",
            hint=words.section_hint(one.key),
            is_own=is_own,
            is_questions=one.key == ASKED,
            takes_papers=one.key == "notes",
            accept=ACCEPT,
            limits=_(
                "PDF, photo (JPG or PNG), text or Word file, up to %(one)s MB each.", one=MOST_BYTES // (1024 * 1024)
            ),
            form=form,
            paper_form=PaperForm(formdata=None),
            hrefs={
                "back": url_for("binder.show_binder", person_id=person_id),
                "confirm": url_for("binder.confirm_section", **here),
                "none": url_for("binder.say_none", **here),
                "choose": url_for("binder.choose_section", **here),
                "note": url_for("binder.create_note", **here),
                "papers": url_for("binder.create_papers", person_id=person_id),
            },
            has_errors=form.has_errors,
        )


def _line_row(
    here: dict[str, Any], one: Section, line: Line, notes: dict[UUID, Note], papers: dict[UUID, Paper], may_keep: bool
) -> LineRow:
    person_id = here["person_id"]
    if line.id in papers:
        paper = papers[line.id]
        where: dict[str, Any] = {"person_id": person_id, "paper_id": line.id}
        return LineRow(
            line,
            is_new=paper.origin == "outside" and not paper.is_accepted,
            href=url_for("binder.show_paper", **where) if paper.state == "clean" else "",
            size=size_words(paper.size),
            state=state_words(paper.state),
            remove_href=url_for("binder.remove_paper", **where) if may_keep else "",
            accept_href=_accept("binder.accept_paper", where, paper, may_keep),
        )
    if line.id in notes:
        note = notes[line.id]
        where = {"person_id": person_id, "note_id": line.id}
        asks = one.key == ASKED and not note.is_done and may_keep
        return LineRow(
            line,
            is_new=note.origin == "outside" and not note.is_accepted,
            remove_href=url_for("binder.remove_note", **where) if may_keep else "",
            accept_href=_accept("binder.accept_note", where, note, may_keep),
            done_href=url_for("binder.finish_question", **where) if asks else "",
            discuss_href=_discuss(here, line, may_keep) if line in one.to_discuss else "",
        )
    return LineRow(line, discuss_href=_discuss(here, line, may_keep) if line in one.to_discuss else "")


def _accept(endpoint: str, where: dict[str, Any], one: Any, may_keep: bool) -> str:
    return url_for(endpoint, **where) if may_keep and one.origin == "outside" and not one.is_accepted else ""


def _discuss(here: dict[str, Any], line: Line, may_keep: bool) -> str:
    return url_for("binder.ask_about", **here, line_id=line.id) if may_keep else ""


def today() -> Any:
    """The reader's date."""
    return filters.today()
