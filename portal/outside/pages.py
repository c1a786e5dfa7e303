"""What pages about papers from elsewhere may know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.infra.i18n import reader_language
from portal.messaging.file_pages import size_words
from portal.outside import words
from portal.outside.forms import PaperForm
from portal.outside.kinds import ACCEPT
from portal.outside.lines import as_row
from portal.outside.reading import Line, Shown
from portal.records import words as record_words
from portal.records.parts import BY_KEY, PARTS
from portal.records.plain import plain_name
from portal.web import filters

Tag = tuple[str, str]


@dataclass(frozen=True, slots=True)
class PaperRow:
    """A paper in a list."""

    title: str
    text: str
    tag: Tag
    answer: str
    href: str


def title_of(paper: Shown) -> str:
    """What a paper is called: its own title, else its kind, else the name of the file."""
    facts = paper.facts
    return facts.get("title") or words.type_words(facts.get("type", "")) or paper.name or words.kind_words(paper.kind)


def whence(paper: Shown) -> str:
    """Who wrote it, and when, as it says itself."""
    facts = paper.facts
    day = words.day_of(facts.get("made", ""))
    parts = [facts.get("organization", ""), facts.get("author", ""), day]
    return " · ".join(part for part in parts if part)


def came(paper: Shown, *, is_own: bool) -> str:
    """How it came here."""
    day = filters.day(paper.made_at)
    if paper.origin == "link":
        return _("Sent by %(who)s through a link on %(day)s", who=paper.who or _("somebody unknown"), day=day)
    return (
        _("Added by you on %(day)s", day=day) if is_own else _("Added by %(name)s on %(day)s", name=paper.by, day=day)
    )


@dataclass(frozen=True)
class ListPapersPage:
    """The papers of a record, how to add one, and what they say beside the lists."""

    person_id: UUID
    title: str
    is_staff: bool
    rows: list[PaperRow]
    form: PaperForm | None
    accept: str
    action: str
    entries: list[tuple[str, str, str]]
    back_href: str
    room: str = "record"

    @property
    def has_errors(self) -> bool:
        return self.form is not None and self.form.has_errors

    @classmethod
    def of(
        cls,
        person_id: UUID,
        papers: Sequence[Shown],
        counts: Mapping[str, int],
        *,
        form: PaperForm | None,
        account_id: UUID | None,
        is_staff: bool,
    ) -> ListPapersPage:
        here: dict[str, Any] = {"person_id": person_id}
        rows = [
            PaperRow(
                title=title_of(one),
                text=" · ".join(part for part in (whence(one), came(one, is_own=one.account_id == account_id)) if part),
                tag=words.state_words(one.state, is_staff=is_staff),
                answer=_said(one),
                href=url_for("outside.show_paper", paper_id=one.id, **here),
            )
            for one in papers
        ]
        entries = [
            (
                record_words.title_of(part.key),
                ngettext("%(num)s entry", "%(num)s entries", counts[part.key]),
                url_for("outside.list_entries", part=part.key, **here),
            )
            for part in PARTS
            if part.key in counts
        ]
        return cls(
            person_id=person_id,
            title=_("Papers from elsewhere"),
            is_staff=is_staff,
            rows=rows,
            form=form,
            accept=ACCEPT,
            action=url_for("outside.create_paper", **here),
            entries=entries,
            back_href=url_for("records.show_record", **here),
        )


def _said(paper: Shown) -> str:
    """Who decided, when, and what they said; nothing before that."""
    if paper.decided_at is None:
        return ""
    day = filters.day(paper.decided_at)
    by = _("%(name)s, %(day)s", name=paper.decided_by, day=day) if paper.decided_by else day
    return " · ".join(part for part in (words.rejection_words(paper.reason), paper.answer, by) if part)


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line of a paper."""

    name: str
    plain: str
    when: str
    details: list[tuple[str, str]]
    who: str
    tag: Tag
    decided: str


def line_row(line: Line, *, is_staff: bool) -> LineRow:
    """A line in words, like its like in the record."""
    row = as_row(line.part, line.words.row)
    if line.part == "medicines":
        row.kind = ""  # that nobody here prescribed it goes without saying
    name, code = row.name or "", row.code
    day = getattr(row, "effective_at", None)
    when = filters.short_day(day) if day else record_words.partial_day(row.happened, row.happened_on)
    plain = plain_name(code, row.code_system, name, reader_language())
    decided = ""
    if line.decided_at is not None:
        day_words = filters.day(line.decided_at)
        decided = _("%(name)s, %(day)s", name=line.decided_by, day=day_words)
    state = record_words.state_of(line.part, row.status)[0]
    details = [*record_words.details_of(line.part, row)]
    if state:
        details.append((_("State"), state))
    return LineRow(
        name=name,
        plain=plain if plain.casefold() != name.casefold() else "",
        when=when,
        details=details,
        who=" · ".join(part for part in (line.words.author, line.words.organization) if part),
        tag=words.line_words(line.state, is_staff=is_staff),
        decided=" ".join(part for part in (words.ignored_words(line.reason), decided) if part),
    )


@dataclass(frozen=True)
class ShowPaperPage:
    """One paper: where it stands, what was decided line by line, and its words."""

    person_id: UUID
    title: str
    heading: str  # what the paper calls itself
    is_staff: bool
    tag: Tag
    facts: list[tuple[str, str]]
    note: str
    answer: str
    trail: list[dict[str, str]]
    groups: list[tuple[str, list[LineRow]]]
    others: list[tuple[str, str, str]]
    sections: list[tuple[str, str]]
    left: list[str]
    file_href: str
    remove_href: str
    review_href: str
    back_href: str
    room: str = "record"

    @classmethod
    def of(
        cls,
        paper: Shown,
        lines: Sequence[Line],
        *,
        account_id: UUID | None,
        is_staff: bool,
        may_remove: bool,
        may_decide: bool,
    ) -> ShowPaperPage:
        here: dict[str, Any] = {"person_id": paper.person_id}
        facts = [
            (_("Kind"), " · ".join(
                part for part in (words.type_words(paper.facts.get("type", "")), words.kind_words(paper.kind)) if part
            )),
            (_("Written by"), " · ".join(
                part for part in (paper.facts.get("author", ""), paper.facts.get("organization", "")) if part
            )),
            (_("Date of the document"), words.day_of(paper.facts.get("made", ""))),
            (_("How it came"), came(paper, is_own=paper.account_id == account_id)),
            (_("File"), f"{paper.name}, {size_words(paper.size)}"),
        ]  # fmt: skip
        groups = []
        others: list[tuple[str, str, str]] = []
        for part in PARTS:
            found = [line_row(line, is_staff=is_staff) for line in lines if line.part == part.key]
            if not found:
                continue
            if any(line.part == part.key and line.state != "kept" for line in lines):
                groups.append((record_words.title_of(part.key), found))
            else:
                many = ngettext("%(num)s entry", "%(num)s entries", len(found))
                others.append((record_words.title_of(part.key), many, part.key))
        stands = paper.state in ("matched", "reconciled")
        return cls(
            person_id=paper.person_id,
            title=_("Papers from elsewhere"),
            heading=title_of(paper),
            is_staff=is_staff,
            tag=words.state_words(paper.state, is_staff=is_staff),
            facts=[(label, text) for label, text in facts if text],
            note=_note(paper),
            answer=_said(paper),
            trail=_trail(paper, is_staff=is_staff),
            groups=groups,
            others=[
                (title, many, url_for("outside.list_entries", part=key, **here) if stands else "")
                for title, many, key in others
            ],
            sections=[(title or _("Without a heading"), said) for title, said in paper.facts.get("sections", [])],
            left=[
                f"{what}: {words.left_words(code)}"
                for what, code in dict.fromkeys(map(tuple, paper.facts.get("left", [])))
            ],
            file_href=url_for("outside.show_file", paper_id=paper.id, **here) if paper.has_content else "",
            remove_href=url_for("outside.remove_paper", paper_id=paper.id, **here) if may_remove else "",
            review_href=url_for("outside.edit_paper", paper_id=paper.id, **here) if may_decide else "",
            back_href=url_for("outside.list_papers", **here),
        )


def _note(paper: Shown) -> str:
    """What one has to know about it before anything else."""
    if paper.facts.get("earlier"):
        return _("Another version of this document came before. Both are kept.")
    return ""


def _trail(paper: Shown, *, is_staff: bool) -> list[dict[str, str]]:
    """received → matched → reconciled, or rejected."""
    done = ["received"]
    if paper.is_confirmed or paper.state in ("matched", "reconciled"):
        done.append("matched")
    if paper.state in ("reconciled", "rejected"):
        done.append(paper.state)
    names = {
        "received": (_("Received"), filters.day(paper.made_at)),
        "matched": (_("It is certain whose it is"), ""),
        "reconciled": (_("Looked at line by line"), filters.day(paper.decided_at) if paper.decided_at else ""),
        "rejected": (_("Not taken"), filters.day(paper.decided_at) if paper.decided_at else ""),
    }
    wanted = ["received", "rejected"] if paper.state == "rejected" else ["received", "matched", "reconciled"]
    stops: list[dict[str, str]] = []
    for key in wanted:
        text, when = names[key]
        is_next = key not in done
        state = "done" if not is_next else "now" if not any(s["state"] == "now" for s in stops) else "next"
        stops.append({"state": state, "text": text, "when": when if not is_next else ""})
    return stops


@dataclass(frozen=True)
class ListEntriesPage:
    """One part of what papers say beside the three lists."""

    person_id: UUID
    title: str
    is_staff: bool
    rows: list[tuple[LineRow, str]]
    older_href: str
    back_href: str
    record_href: str
    room: str = "record"

    @classmethod
    def of(
        cls, person_id: UUID, part: str, found: Sequence[Line], cursor: str | None, *, is_staff: bool
    ) -> ListEntriesPage:
        here: dict[str, Any] = {"person_id": person_id}
        rows = [
            (line_row(line, is_staff=is_staff), url_for("outside.show_paper", paper_id=line.paper_id, **here))
            for line in found
        ]
        own = BY_KEY[part]
        record = url_for(own.endpoint, **here) if own.endpoint else url_for("records.list_lines", key=part, **here)
        return cls(
            person_id=person_id,
            title=_("From outside: %(part)s", part=record_words.title_of(part)),
            is_staff=is_staff,
            rows=rows,
            older_href=url_for("outside.list_entries", part=part, after=cursor, **here) if cursor else "",
            back_href=url_for("outside.list_papers", **here),
            record_href=record,
        )
