"""What the pages of the record may know."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.records import words
from portal.records.lines import Slice, Wish
from portal.records.looking import Check
from portal.records.parts import BY_KEY, Part
from portal.records.shown import Line
from portal.records.vitals import Vital
from portal.web import filters

COUNTED = 1000


@dataclass(frozen=True, slots=True)
class Tag:
    text: str
    tone: str
    icon: str = ""


def line_href(person_id: UUID, key: str, line_id: UUID) -> str:
    """The page of a line; results and reports have theirs in the room of results."""
    if key == "imaging-reports":
        return url_for("results.show_report", person_id=person_id, report_id=line_id)
    if BY_KEY[key].is_measured:
        return url_for("results.show_result", person_id=person_id, result_id=line_id)
    if key == "medicines":
        return url_for("medicines.list_medicines", person_id=person_id)
    return url_for("records.show_line", person_id=person_id, key=key, line_id=line_id)


def part_href(person_id: UUID, part: Part) -> str:
    if part.endpoint:
        return url_for(part.endpoint, person_id=person_id)
    return url_for("records.list_lines", person_id=person_id, key=part.key)


def news_tag(line: Line, since: datetime | None) -> Tag | None:
    """Whether a line came, or was corrected, after the reader looked last."""
    if since is None or line.arrived_at is None or line.arrived_at <= since:
        return None
    return Tag(_("Corrected since you last looked"), "look") if line.is_corrected else Tag(_("New"), "info")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a list."""

    href: str
    said: str
    name: str
    details: tuple[tuple[str, str], ...]
    when: str
    author: str
    source: str
    tags: list[Tag]

    @classmethod
    def of(cls, person_id: UUID, line: Line, since: datetime | None) -> Row:
        tags = [news] if (news := news_tag(line, since)) else []
        if line.status_words:
            tags.append(Tag(line.status_words, line.tone))
        return cls(
            href=line_href(person_id, line.part, line.id),
            said=line.said,
            name=line.name if line.plain_name else "",
            details=line.details,
            when=line.when,
            author=line.author,
            source=line.source,
            tags=tags,
        )


@dataclass(frozen=True, slots=True)
class PartRow:
    """A part on the overview."""

    href: str
    title: str
    lead: str
    icon: str
    count: str
    is_empty: bool
    newest: str
    tags: list[Tag]


def freshness_tag(check: Check | None, has_lines: bool) -> Tag | None:
    """How long ago somebody said that the list is right."""
    if check is None:
        return Tag(_("Please look whether it is right"), "look", "circle-alert") if has_lines else None
    if check.freshness == "fresh":
        return Tag(_("Confirmed"), "good", "check")
    tone = "late" if check.freshness == "red" else "look"
    return Tag(_("Please look again whether it is right"), tone, "circle-alert")


@dataclass(frozen=True)
class ShowRecordPage:
    """All parts the reader may see, with what is in them and what is new."""

    person_id: UUID
    title: str
    is_staff: bool
    back_href: str
    parts: list[PartRow]
    failed: bool
    search_form: Any
    search_href: str
    download_href: str
    amendments_href: str
    outside_href: str
    retry_href: str
    room: str = "record"

    @classmethod
    def of(
        cls,
        person_id: UUID,
        visible: Sequence[Part],
        facts: Mapping[str, tuple[int, Any, int]] | None,
        checks: Mapping[str, Check],
        *,
        is_staff: bool,
        may_export: bool,
        may_amend: bool,
        sees_papers: bool,
        search_form: Any,
    ) -> ShowRecordPage:
        rows = []
        for part in visible:
            count, newest, news = (facts or {}).get(part.key, (0, None, 0))
            tags = []
            if news:
                tags.append(Tag(ngettext("%(num)s new", "%(num)s new", news), "info"))
            if part.is_confirmed and not is_staff and (tag := freshness_tag(checks.get(part.key), bool(count))):
                tags.append(tag)
            rows.append(
                PartRow(
                    href=part_href(person_id, part),
                    title=words.title_of(part.key),
                    lead=words.lead_of(part.key),
                    icon=part.icon,
                    count=count_words(count),
                    is_empty=not count,
                    newest=filters.short_day(newest) if newest else "",
                    tags=tags,
                )
            )
        here: dict[str, Any] = {"person_id": person_id}
        return cls(
            person_id=person_id,
            title=_("Health record"),
            is_staff=is_staff,
            back_href=url_for("people.show_patient", **here) if is_staff else "",
            parts=rows,
            failed=facts is None,
            search_form=search_form,
            search_href=url_for("records.search_record", **here),
            download_href=url_for("records.show_downloads", **here) if may_export else "",
            amendments_href=url_for("records.list_amendments", **here) if may_amend else "",
            outside_href=url_for("outside.list_papers", **here) if sees_papers else "",
            retry_href=url_for("records.show_record", **here),
        )


def count_words(count: int) -> str:
    if count >= COUNTED:
        return _("More than %(count)s entries", count=filters.num(COUNTED - 1))
    return ngettext("%(num)s entry", "%(num)s entries", count)


@dataclass(frozen=True)
class ListLinesPage:
    """One part: its lines, how to see fewer of them, and what to do about them."""

    person_id: UUID
    key: str
    title: str
    lead: str
    icon: str
    is_staff: bool
    is_own: bool
    state: str  # filled, narrowed (nothing within the wish), none (confirmed), empty, failed
    rows: list[Row]
    vitals: list[Vital]
    form: Any
    has_stands: bool
    is_narrowed: bool
    newer_href: str | None
    older_href: str | None
    hrefs: dict[str, str]
    check: Check | None = None
    check_words: str = ""
    check_tag: Tag | None = None
    shown_ids: list[UUID] = field(default_factory=list)
    room: str = "record"

    @property
    def has_errors(self) -> bool:
        return bool(self.form.errors)

    @classmethod
    def of(
        cls,
        person_id: UUID,
        part: Part,
        found: Slice | None,
        lines: Sequence[Line],
        form: Any,
        wish: Wish,
        *,
        is_staff: bool,
        is_own: bool,
        may: Collection[str],
        since: datetime | None = None,
        check: Check | None = None,
        vitals: Sequence[Vital] = (),
    ) -> ListLinesPage:
        here: dict[str, Any] = {"person_id": person_id, "key": part.key}
        chosen = {
            "since": wish.since.isoformat() if wish.since else None,
            "until": wish.until.isoformat() if wish.until else None,
            "stand": wish.stand if wish.stand != "all" else None,
            "sort": wish.sort if wish.sort != "newest" else None,
        }
        is_narrowed = any(chosen[name] for name in ("since", "until", "stand"))
        newer = older = None
        if found is not None and lines:
            edges: dict[str, Any] = {name: value for name, value in chosen.items() if value}
            if found.has_earlier:
                newer = url_for("records.list_lines", **here, **edges, before=lines[0].id)
            if found.has_later:
                older = url_for("records.list_lines", **here, **edges, after=lines[-1].id)
        state = "failed" if found is None else "filled" if lines or vitals else "narrowed" if is_narrowed else "empty"
        if state == "empty" and check is not None and not check.lines:
            state = "none"
        hrefs = {
            "back": url_for("records.show_record", person_id=person_id),
            "self": url_for("records.list_lines", **here),
            "confirm": url_for("records.confirm_part", **here) if "confirm" in may and part.is_confirmed else "",
            "missing": url_for("records.new_amendment", **here) if "amend" in may else "",
        }
        for kind in ("pdf", "txt", "csv", "fhir"):
            hrefs[kind] = url_for("records.download_part", **here, kind=kind) if "export" in may else ""
        return cls(
            person_id=person_id,
            key=part.key,
            title=words.title_of(part.key),
            lead=words.lead_of(part.key),
            icon=part.icon,
            is_staff=is_staff,
            is_own=is_own,
            state=state,
            rows=[Row.of(person_id, line, since) for line in lines],
            vitals=list(vitals),
            form=form,
            has_stands=bool(part.now),
            is_narrowed=is_narrowed,
            newer_href=newer,
            older_href=older,
            hrefs=hrefs,
            check=check,
            check_words=_check_words(check) if part.is_confirmed and check else "",
            check_tag=freshness_tag(check, bool(lines)) if part.is_confirmed else None,
            shown_ids=[line.id for line in lines],
        )


def _check_words(check: Check) -> str:
    return _("%(who)s said on %(day)s that this is right.", who=check.who, day=filters.day(check.checked_at))


@dataclass(frozen=True)
class ShowLinePage:
    """One line: what it is, where it comes from, its words and its original."""

    person_id: UUID
    title: str
    name: str
    is_staff: bool
    back_href: str
    back_text: str
    tags: list[Tag]
    facts: list[dict[str, str]]
    provenance: list[dict[str, str]]
    texts: list[tuple[str, str]]
    other_forms: list[str]
    text_failed: bool
    notes: list[Row]
    original: str
    amend_href: str
    ask_href: str
    room: str = "record"

    @classmethod
    def of(
        cls,
        person_id: UUID,
        line: Line,
        *,
        texts: Sequence[tuple[str, str]],
        others: Sequence[str],
        text_failed: bool,
        notes: Sequence[Line],
        original: str,
        is_staff: bool,
        may_amend: bool,
    ) -> ShowLinePage:
        part = BY_KEY[line.part]
        tags = [Tag(line.status_words, line.tone)] if line.status_words else []
        if line.is_corrected:
            tags.append(Tag(_("Corrected"), "info"))
        facts = [{"key": _("Date"), "value": line.when}] if line.when else []
        facts += [{"key": label, "value": text} for label, text in line.details]
        return cls(
            person_id=person_id,
            title=line.said,
            name=line.name if line.plain_name else "",
            is_staff=is_staff,
            back_href=url_for("records.list_lines", person_id=person_id, key=part.key),
            back_text=words.title_of(part.key),
            tags=tags,
            facts=facts,
            provenance=_provenance(line),
            texts=list(texts),
            other_forms=list(others),
            text_failed=text_failed,
            notes=[Row.of(person_id, one, None) for one in notes],
            original=original,
            amend_href=url_for("records.new_amendment", person_id=person_id, key=part.key, line=line.id)
            if may_amend
            else "",
            ask_href="" if is_staff else url_for("messaging.new_question", person_id=person_id),
        )


def _provenance(line: Line) -> list[dict[str, str]]:
    rows = [{"key": _("Source"), "value": line.source}]
    if line.author:
        rows.insert(0, {"key": _("Written or done by"), "value": line.author})
    if line.recorded_at:
        rows.append({"key": _("Written down"), "value": filters.day(line.recorded_at)})
    if line.arrived_at:
        rows.append({"key": _("Here since"), "value": filters.moment(line.arrived_at)})
    if line.is_corrected:
        times = ngettext("corrected %(num)s time", "corrected %(num)s times", line.version - 1)
        rows.append({"key": _("Versions"), "value": times})
    return rows
