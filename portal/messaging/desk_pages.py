"""What the pages of staff show. Templates know nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.caregivers.words import new_liaison_words
from portal.infra.i18n import known
from portal.messaging import attachments, holding
from portal.messaging.desk import Beside, Receiver
from portal.messaging.desk_forms import CloseForm, ReleaseForm
from portal.messaging.desk_tools import Asides, Tools
from portal.messaging.file_pages import FileBox
from portal.messaging.forms import NoteForm, PassOnForm, ReplyForm
from portal.messaging.inbox import VIEWS, Counts, Item
from portal.messaging.pages import Bubble, bubbles_of, record_href, record_words
from portal.messaging.reading import Conversation, Cursor
from portal.messaging.trail_words import sentence, stops_of
from portal.web import filters

GREY, BLUE, GREEN, ORANGE, RED = "grey", "blue", "green", "orange", "red"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the inbox, ready to print."""

    href: str
    who: str
    what: str
    when: str
    tag: str
    tone: str
    is_unread: bool
    is_current: bool


def row_of(item: Item, now: datetime, view: str, current: UUID | None, base: str) -> Row:
    """Words for one row. `base` is the address of threads, so that a page builds it once."""
    tag, tone = _tag(item, now)
    who = item.patient
    if item.author_role == "liaison":
        who = _("%(author)s, liaison, for %(patient)s", author=item.author, patient=item.patient)
    elif item.author_role == "family_other":
        who = _("%(author)s, family of %(patient)s", author=item.author, patient=item.patient)
    elif item.author_role == "provider":
        who = _("%(author)s to %(patient)s", author=item.author, patient=item.patient)
    return Row(
        f"{base}{item.id}?view={view}",
        who,
        item.subject,
        filters.ago(item.at),
        tag,
        tone,
        item.is_unread,
        item.id == current,
    )


def _tag(item: Item, now: datetime) -> tuple[str, str]:
    if item.state == "answered":
        return _("Answered"), GREEN
    if item.state == "closed":
        return _("Closed"), GREY
    if item.state == "waiting_on_patient":
        return _("Waiting for the patient"), GREY
    if item.urgency == "emergency":
        return _("Emergency"), RED
    if item.due_at is None:
        return known(item.pool), GREY
    left = int((item.due_at - now).total_seconds())
    if left < 0:
        return _("Overdue"), RED
    if item.urgency == "same_day":
        return _("Same day · %(hours)s h left", hours=max(1, left // 3600)), RED
    due = item.due_at.astimezone(filters.reader_zone())
    if due.date() == filters.today():
        return _("Due today %(time)s", time=filters.clock(due)), ORANGE
    if item.pool:
        return known(item.pool), GREY
    return _("Due %(day)s", day=filters.short_day(due)), BLUE if item.author_role == "liaison" else GREY


def _filters(view: str, counts: Counts) -> list[dict[str, Any]]:
    labels = {
        "all-open": _("All open"),
        "mine": _("Mine"),
        "pools": _("My teams"),
        "unassigned": _("Unassigned"),
        "overdue": _("Overdue"),
        "waiting": _("Waiting"),
        "done": _("Done"),
    }
    base = url_for("messaging.list_inbox")
    return [
        {
            "label": labels[key],
            "href": f"{base}?view={key}",
            "is_current": key == view,
            "count": _count(counts.views.get(key, 0), counts),
        }
        for key in VIEWS
    ]


def _count(number: int, counts: Counts) -> str:
    return f"{number}+" if counts.is_capped and number else str(number) if number else ""


@dataclass(frozen=True)
class ListInboxPage:
    """The inbox."""

    title: str
    rows: list[Row]
    filters: list[dict[str, Any]]
    view: str
    older_href: str | None
    newest_href: str | None
    note: str
    live_href: str | None  # where the first page of a view looks for news of itself
    asides: Asides
    room: str = "inbox"

    @classmethod
    def of(
        cls,
        items: list[Item],
        more: Cursor | None,
        view: str,
        now: datetime,
        counts: Counts,
        *,
        is_first: bool,
        current: UUID | None = None,
        asides: Asides | None = None,
    ) -> ListInboxPage:
        base = url_for("messaging.list_inbox") + "/"
        return cls(
            _("Inbox"),
            [row_of(item, now, view, current, base) for item in items],
            _filters(view, counts),
            view,
            url_for("messaging.list_inbox", view=view, after=str(more)) if more else None,
            None if is_first else url_for("messaging.list_inbox", view=view),
            _load(items, now) if is_first and view != "done" else "",
            url_for("messaging.list_inbox", view=view) if is_first else None,
            asides or Asides(),
        )


def _load(items: list[Item], now: datetime) -> str:
    """What presses, from the rows at hand: the inbox is in the order of when answers are due."""
    due = [item.due_at for item in items if item.due_at is not None]
    late = sum(at < now for at in due)
    today = sum(at >= now and filters.local(at).date() == filters.local(now).date() for at in due)
    words = [
        ngettext("%(num)d overdue", "%(num)d overdue", late) if late else "",
        ngettext("%(num)d due today", "%(num)d due today", today) if today else "",
    ]
    return " · ".join(word for word in words if word)


@dataclass(frozen=True)
class ShowDeskThreadPage:
    """List, conversation and patient, side by side."""

    title: str
    rows: list[Row]
    filters: list[dict[str, Any]]
    view: str
    older_href: str | None
    newest_href: str | None
    list_href: str
    subject: str
    patient: str
    about_text: str
    about_href: str
    routed: str
    stops: list[dict[str, str]]
    bubbles: list[Bubble]
    earlier_href: str | None
    owner: str
    state: str
    due: str
    is_late: bool
    is_emergency: bool
    is_restricted: bool
    is_mine: bool
    may_reply: bool
    version: int
    form: ReplyForm
    note: NoteForm
    saved_at: datetime | None
    files: FileBox
    links: dict[str, str]
    thread_id: UUID
    beside: Beside
    beside_line: str
    liaison_line: str
    new_liaison: str
    closing: CloseForm
    giving_back: ReleaseForm
    team: str  # where one may give it back to
    tools: Tools
    has_conflict: bool = False
    room: str = "inbox"

    @property
    def beside_values(self) -> list[Any]:
        return self.beside.values

    @property
    def has_errors(self) -> bool:
        return self.form.has_errors or self.note.has_errors or self.giving_back.has_errors or bool(self.tools.bad_form)

    @classmethod
    def of(
        cls,
        talk: Conversation,
        side: Beside,
        listed: ListInboxPage,
        reader: Any,
        now: datetime,
        form: ReplyForm,
        note: NoteForm,
        tools: Tools,
        *,
        saved_at: datetime | None = None,
        files: Sequence[attachments.Item] = (),
        giving_back: ReleaseForm | None = None,
        has_conflict: bool = False,
    ) -> ShowDeskThreadPage:
        thread = talk.thread
        key: dict[str, Any] = {"thread_id": thread.id}
        routed = next((step for step in reversed(talk.steps) if step.kind in ("routed", "passed_on", "taken")), None)
        names = (
            "create_desk_reply", "create_note", "take_thread", "new_pass_on", "close_thread", "reopen_thread",
            "release_thread",
        )  # fmt: skip
        came_from = talk.names.get(holding.origin(talk.steps) or thread.id, "")
        links = {name: url_for(f"messaging.{name}", **key) for name in names}
        links["draft"] = url_for("messaging.save_draft", person_id=thread.patient_id)
        return cls(
            title=_("Inbox"),
            rows=listed.rows,
            filters=listed.filters,
            view=listed.view,
            older_href=listed.older_href,
            newest_href=listed.newest_href,
            list_href=url_for("messaging.list_inbox", view=listed.view),
            subject=talk.subject,
            patient=side.name,
            about_text=record_words(talk.about) if talk.about else "",
            about_href=record_href(thread.patient_id, talk.about) if talk.about else "",
            routed=sentence(talk, routed, reader.account_id) if routed else "",
            stops=stops_of(talk, reader.account_id),
            bubbles=bubbles_of(talk, reader.account_id, staff=True),
            earlier_href=url_for("messaging.show_desk_thread", before=str(talk.earlier), **key)
            if talk.earlier
            else None,
            owner=known(talk.owner),
            state=thread.state,
            due=filters.moment(thread.due_at) if thread.due_at and thread.state == "open" else "",
            is_late=thread.state == "open" and thread.due_at is not None and thread.due_at < now,
            is_emergency=thread.urgency == "emergency" and thread.state == "open",
            is_restricted=thread.is_restricted_reply,
            is_mine=thread.owner_practitioner_id == reader.practitioner_id,
            may_reply=talk.may_reply,
            version=thread.version,
            form=form,
            note=note,
            saved_at=saved_at,
            files=FileBox.of(links["draft"], files),
            links=links,
            thread_id=thread.id,
            beside=side,
            beside_line=_line(side),
            liaison_line=_liaison(side),
            new_liaison=new_liaison_words(side.new_liaison),
            closing=CloseForm(formdata=None),
            giving_back=giving_back or ReleaseForm(formdata=None),
            team=known(came_from),
            tools=tools,
            has_conflict=has_conflict,
        )


def _line(side: Beside) -> str:
    parts = [str(side.age) if side.age is not None else "", side.pronouns or "", _language(side.language)]
    return " · ".join(part for part in parts if part)


def _language(code: str) -> str:
    return {"en": _("English"), "es": _("Spanish")}.get(code.split("-")[0], code)


def _liaison(side: Beside) -> str:
    if side.liaison is None:
        return _("No liaison.")
    name, relation, may_read = side.liaison
    if may_read:
        return _("%(name)s, %(relation)s. Can read this.", name=name, relation=known(relation))
    return _("%(name)s, %(relation)s. Not included here.", name=name, relation=known(relation))


@dataclass(frozen=True)
class NewPassOnPage:
    """Handing a conversation on."""

    title: str
    subject: str
    owner: str
    form: PassOnForm
    receivers: list[Receiver]
    send_href: str
    back_href: str
    due: str
    room: str = "inbox"

    @property
    def has_errors(self) -> bool:
        return self.form.has_errors

    @classmethod
    def of(
        cls, talk: Conversation, receivers: list[Receiver], offered: Sequence[tuple[str, str]], form: PassOnForm
    ) -> NewPassOnPage:
        """`offered` are the teams that must accept first (key, name)."""
        thread = talk.thread
        must_accept = _("They must accept it first; until then it stays where it is.")
        receivers = [*receivers, *(Receiver(f"offer:{key}", known(name), must_accept) for key, name in offered)]
        form.to.choices = [(one.key, one.name) for one in receivers]
        if form.version.data in (None, 0):
            form.version.data = thread.version
        return cls(
            _("Pass on"),
            talk.subject,
            known(talk.owner),
            form,
            receivers,
            url_for("messaging.pass_on", thread_id=thread.id),
            url_for("messaging.show_desk_thread", thread_id=thread.id),
            filters.moment(thread.due_at) if thread.due_at else "",
        )

    @property
    def hints(self) -> dict[str, str]:
        return {one.key: one.hint for one in self.receivers if one.hint}


@dataclass(frozen=True)
class TakenPage:
    """Somebody was first."""

    title: str
    owner: str
    thread_href: str | None
    list_href: str
    text: str = ""
    room: str = "inbox"

    @classmethod
    def of(cls, owner: str, thread_id: UUID | None, text: str = "") -> TakenPage:
        href = url_for("messaging.show_desk_thread", thread_id=thread_id) if thread_id else None
        return cls(_("Somebody was first"), owner, href, url_for("messaging.list_inbox"), text)


__all__ = ["ListInboxPage", "NewPassOnPage", "ShowDeskThreadPage", "TakenPage"]
