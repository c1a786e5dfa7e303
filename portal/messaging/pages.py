"""What the pages of patients and caregivers show. Templates know nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from portal.infra.i18n import known
from portal.messaging import words
from portal.messaging.about import Record
from portal.messaging.attachments import Item
from portal.messaging.drafts import Saved
from portal.messaging.file_pages import FileBox, FileLine, file_line_of
from portal.messaging.filing import Shelf
from portal.messaging.forms import ReplyForm
from portal.messaging.reading import Conversation, Cursor, Line, Said
from portal.messaging.threads import shorten
from portal.messaging.trail_words import stops_of
from portal.web import filters

MIND = frozenset({"self_harm", "suicide", "crisis"})


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """One line of the list."""

    href: str
    subject: str
    preview: str
    state: str
    tone: str
    at: datetime
    is_unread: bool
    who: str


class _States:
    """Words and colours for the state of a line: a page has many lines and few states."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str | None], tuple[str, str]] = {}

    def of(self, line: Line) -> tuple[str, str]:
        key = (line.state, line.owner)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = _state(line)
        return found


def _state(line: Line) -> tuple[str, str]:
    if line.state == "open" and line.owner:
        return _("With %(name)s", name=line.owner), "blue"
    if line.state == "open":
        return _("Waiting for an answer"), "blue"
    if line.state == "waiting_on_patient":
        return _("Waiting for your answer"), "orange"
    if line.state == "answered":
        return _("Answered"), "green"
    return _("Closed"), "grey"


def _thread_href(person_id: UUID, thread_id: UUID) -> str:
    return url_for("messaging.show_thread", person_id=person_id, thread_id=thread_id)


def _row(person_id: UUID, line: Line, states: _States) -> ThreadRow:
    state, tone = states.of(line)
    who = "" if line.is_mine else line.author
    href = _thread_href(person_id, line.id)
    preview = "" if line.preview.startswith(line.subject.rstrip("…")) and len(line.preview) < 120 else line.preview
    return ThreadRow(href, line.subject, preview, state, tone, line.last_at, line.is_unread, who)


@dataclass(frozen=True)
class ListThreadsPage:
    """All conversations about one person that the reader may see."""

    person_id: UUID
    title: str
    rows: list[ThreadRow]
    older_href: str | None
    newest_href: str | None
    new_href: str
    drafts_href: str
    drafts: int
    places: list[dict[str, Any]]
    search_href: str
    folders_href: str
    is_list: bool
    room: str = "messages"

    @classmethod
    def of(
        cls,
        person_id: UUID,
        lines: list[Line],
        more: Cursor | None,
        drafts: int,
        *,
        is_first: bool,
        shelves: Sequence[Shelf] = (),
        place: str = "list",
        folder: UUID | None = None,
    ) -> ListThreadsPage:
        states = _States()
        rows = [_row(person_id, line, states) for line in lines]
        chosen: dict[str, Any] = {"folder": folder} if folder else {"place": "archive"} if place == "archive" else {}
        here: dict[str, Any] = {"person_id": person_id}
        return cls(
            person_id,
            _("Messages"),
            rows,
            url_for("messaging.list_threads", before=str(more), **here, **chosen) if more else None,
            None if is_first else url_for("messaging.list_threads", **here, **chosen),
            url_for("messaging.new_question", **here),
            url_for("messaging.list_drafts", **here),
            drafts,
            _places(person_id, shelves, place, folder),
            url_for("messaging.new_search", **here),
            url_for("messaging.list_folders", **here),
            place == "list",
        )


def _places(person_id: UUID, shelves: Sequence[Shelf], place: str, folder: UUID | None) -> list[dict[str, Any]]:
    """The list, the archive and the folder that is open, as filters."""
    here: dict[str, Any] = {"person_id": person_id}
    found = [
        (_("My messages"), url_for("messaging.list_threads", **here), place == "list"),
        *(
            (one.name, url_for("messaging.list_threads", folder=one.id, **here), True)
            for one in shelves
            if one.id == folder
        ),
        (_("Archive"), url_for("messaging.list_threads", place="archive", **here), place == "archive"),
    ]
    return [{"label": label, "href": href, "is_current": current, "count": None} for label, href, current in found]


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message as it stands in the conversation."""

    id: str
    who: str
    text: str
    at: datetime
    kind: str
    files: list[FileLine] = field(default_factory=list)
    state: str = ""
    edit_href: str | None = None

    @property
    def has_more(self) -> bool:
        """Whether there is more to show than its words."""
        return bool(self.files or self.edit_href)


def _askers(talk: Conversation) -> str:
    """Whose question the liaison passed on."""
    return ", ".join(f"{name} ({relation})" if relation else name for name, relation in talk.askers)


def bubbles_of(talk: Conversation, reader_id: UUID | None, *, staff: bool = False) -> list[Bubble]:
    """The messages, each with its sender as the reader should see them."""
    found = []
    put_right = {said.corrects_id for said in talk.said}
    for said in talk.said:
        kind = "note" if said.kind == "note" else "me" if said.author_id == reader_id else "them"
        if staff and kind != "note":
            kind = "me" if said.role == "provider" else "them"
        name = words.sender(said.author, said.role, said.relation, talk.given_name)
        if talk.askers and said is talk.said[0] and talk.earlier is None:
            name = _("%(name)s, asked by %(asker)s", name=name, asker=_askers(talk))
        held = file_line_of(talk.thread.patient_id, talk.thread.id, said.files, staff=staff)
        text = said.text or (_("This message was taken back.") if said.is_retracted else "")
        href = _edit_href(talk, said, reader_id) if not staff else None
        found.append(Bubble(f"m-{said.id}", name, text, said.at, kind, held, _said_state(said, put_right), href))
    return found


def _said_state(said: Said, put_right: set[UUID | None]) -> str:
    """What became of a message since."""
    if said.is_retracted:
        return _("Taken back")
    if said.corrects_id is not None:
        return _("Puts an earlier message right")
    if said.id in put_right:
        return _("Put right below")
    return ""


def _edit_href(talk: Conversation, said: Said, reader_id: UUID | None) -> str | None:
    """Where its author puts it right, or takes it back."""
    if said.author_id != reader_id or said.is_retracted or talk.thread.state == "closed":
        return None
    where: dict[str, Any] = {"person_id": talk.thread.patient_id, "thread_id": talk.thread.id}
    return url_for("messaging.edit_message", message_id=said.id, **where)


@dataclass(frozen=True)
class ShowThreadPage:
    """One conversation."""

    person_id: UUID
    title: str
    bubbles: list[Bubble]
    earlier_href: str | None
    stops: list[dict[str, str]]
    about: Record | None
    about_href: str | None
    owner: str
    due_at: datetime | None
    state: str
    liaison_line: str
    may_reply: bool
    form: ReplyForm
    reply_href: str
    draft_href: str
    thread_id: UUID
    list_href: str
    new_href: str
    is_emergency: bool
    about_mind: bool
    saved_at: datetime | None
    related: list[tuple[str, str]]
    files: FileBox
    others: list[tuple[str, str]]
    new_draft_href: str
    keep_href: str
    receipt: str
    room: str = "messages"

    @property
    def has_errors(self) -> bool:
        return self.form.has_errors

    @classmethod
    def of(
        cls,
        talk: Conversation,
        reader_id: UUID | None,
        form: ReplyForm,
        *,
        liaison: tuple[str, bool] | None = None,
        concern: str | None = None,
        is_emergency: bool = False,
        saved: Saved | None = None,
        others: Sequence[Saved] = (),
        files: Sequence[Item] = (),
        was_opened: bool | None = None,
    ) -> ShowThreadPage:
        thread, person_id = talk.thread, talk.thread.patient_id
        here: dict[str, Any] = {"person_id": person_id, "thread_id": thread.id}
        return cls(
            person_id=person_id,
            title=talk.subject,
            bubbles=bubbles_of(talk, reader_id),
            earlier_href=url_for("messaging.show_thread", before=str(talk.earlier), **here) if talk.earlier else None,
            stops=stops_of(talk, reader_id),
            about=talk.about,
            about_href=record_href(person_id, talk.about) if talk.about else None,
            owner=known(talk.owner),
            due_at=thread.due_at if thread.state == "open" else None,
            state=thread.state,
            liaison_line=_seen_by(liaison),
            may_reply=talk.may_reply,
            form=form,
            reply_href=url_for("messaging.create_reply", **here),
            draft_href=url_for("messaging.save_draft", person_id=person_id),
            thread_id=thread.id,
            list_href=url_for("messaging.list_threads", person_id=person_id),
            new_href=url_for("messaging.new_question", person_id=person_id),
            is_emergency=is_emergency,
            about_mind=(concern or "") in MIND,
            saved_at=saved.updated_at if saved else None,
            files=FileBox.of(url_for("messaging.save_draft", person_id=person_id), files),
            others=[
                (shorten(one.text, 60) or _("Files only"), url_for("messaging.show_thread", draft=one.id, **here))
                for one in others
            ],
            new_draft_href=url_for("messaging.show_thread", draft="new", _anchor="write", **here),
            keep_href=url_for("messaging.choose_place", **here),
            receipt={True: _("Opened by who answers."), False: _("Sent. Not opened yet."), None: ""}[was_opened],
            related=[(words.topic(topic), _thread_href(person_id, key)) for key, topic in talk.related],
        )


def _seen_by(liaison: tuple[str, bool] | None) -> str:
    if liaison is None:
        return ""
    name, may_read = liaison
    if may_read:
        return _("%(name)s, your liaison, can read this.", name=name)
    return _("%(name)s, your liaison, can’t see this.", name=name)


def record_href(person_id: UUID, record: Record) -> str:
    """Where a record is shown."""
    if record.kind == "result":
        return url_for("results.show_result", person_id=person_id, result_id=record.id)
    if record.kind == "report":
        return url_for("results.show_report", person_id=person_id, report_id=record.id)
    if record.kind == "medication":
        return url_for("medicines.list_medicines", person_id=person_id)
    if record.kind == "appointment":
        return url_for("appointments.list_appointments", person_id=person_id)
    return url_for("home.show_home", person_id=person_id)


def record_words(record: Record) -> str:
    """A record in a sentence: "Potassium of Nov 20"."""
    name = shorten(known(record.name), 70)
    if record.day is None or record.kind in ("medication", "referral"):
        return name
    return _("%(name)s of %(day)s", name=name, day=filters.short_day(record.day))


@dataclass(frozen=True)
class ListDraftsPage:
    """What the reader has begun to write about this person."""

    person_id: UUID
    title: str
    drafts: list[dict[str, Any]]
    back_href: str
    new_href: str
    room: str = "messages"

    @classmethod
    def of(cls, person_id: UUID, drafts: list[Saved]) -> ListDraftsPage:
        shown = []
        for one in drafts:
            if one.place.startswith("thread:"):
                thread_id = UUID(one.place.removeprefix("thread:"))
                href = url_for("messaging.show_thread", person_id=person_id, thread_id=thread_id, draft=one.id)
            elif one.place.startswith("pass:"):
                question_id = UUID(one.place.removeprefix("pass:"))
                href = url_for("messaging.new_forward", person_id=person_id, thread_id=question_id)
            elif one.place.startswith("update:"):
                href = url_for("messaging.new_update", person_id=person_id)
            else:
                href = url_for("messaging.new_question", person_id=person_id, draft=one.id)
            shown.append(
                {
                    "href": href,
                    "text": shorten(one.text, 120) or _("Files only"),
                    "at": one.updated_at,
                    "is_reply": one.place.startswith("thread:"),
                    "discard": url_for("messaging.discard_draft", person_id=person_id, draft_id=one.id),
                }
            )
        return cls(
            person_id,
            _("Drafts"),
            shown,
            url_for("messaging.list_threads", person_id=person_id),
            url_for("messaging.new_question", person_id=person_id),
        )
