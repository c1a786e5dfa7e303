"""What the pages of patients and caregivers show. Templates know nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from portal.messaging import words
from portal.messaging.about import Record
from portal.messaging.drafts import Saved
from portal.messaging.forms import QuestionForm, ReplyForm
from portal.messaging.reading import Confirmation, Conversation, Cursor, Line
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


def _row(person_id: UUID, line: Line) -> ThreadRow:
    state, tone = _state(line)
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
    room: str = "messages"

    @classmethod
    def of(
        cls, person_id: UUID, lines: list[Line], more: Cursor | None, drafts: int, *, is_first: bool
    ) -> ListThreadsPage:
        rows = [_row(person_id, line) for line in lines]
        here = url_for("messaging.list_threads", person_id=person_id)
        return cls(
            person_id,
            _("Messages"),
            rows,
            f"{url_for('messaging.list_threads', person_id=person_id, before=str(more))}" if more else None,
            None if is_first else here,
            url_for("messaging.new_question", person_id=person_id),
            url_for("messaging.list_drafts", person_id=person_id),
            drafts,
        )


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message as it stands in the conversation."""

    id: str
    who: str
    text: str
    at: datetime
    kind: str


def bubbles_of(talk: Conversation, reader_id: UUID | None, *, staff: bool = False) -> list[Bubble]:
    """The messages, each with its sender as the reader should see them."""
    found = []
    for said in talk.said:
        kind = "note" if said.kind == "note" else "me" if said.author_id == reader_id else "them"
        if staff and kind != "note":
            kind = "me" if said.role == "provider" else "them"
        name = words.sender(said.author, said.role, said.relation, talk.given_name)
        found.append(Bubble(f"m-{said.id}", name, said.text, said.at, kind))
    return found


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
        saved_at: datetime | None = None,
    ) -> ShowThreadPage:
        thread, person_id = talk.thread, talk.thread.patient_id
        here = {"person_id": person_id, "thread_id": thread.id}
        return cls(
            person_id=person_id,
            title=talk.subject,
            bubbles=bubbles_of(talk, reader_id),
            earlier_href=url_for("messaging.show_thread", before=str(talk.earlier), **here) if talk.earlier else None,
            stops=stops_of(talk, reader_id),
            about=talk.about,
            about_href=record_href(person_id, talk.about) if talk.about else None,
            owner=talk.owner,
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
            saved_at=saved_at,
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
        return url_for("records.list_medicines", person_id=person_id)
    if record.kind == "appointment":
        return url_for("appointments.list_appointments", person_id=person_id)
    return url_for("home.show_home", person_id=person_id)


def record_words(record: Record) -> str:
    """A record in a sentence: "Potassium of Nov 20"."""
    name = shorten(record.name, 70)
    if record.day is None or record.kind in ("medication", "referral"):
        return name
    return _("%(name)s of %(day)s", name=name, day=filters.short_day(record.day))


@dataclass(frozen=True)
class NewQuestionPage:
    """Writing a question."""

    person_id: UUID
    form: QuestionForm
    about: Record | None
    about_text: str
    about_href: str | None
    confirm_href: str
    draft_href: str
    back_href: str
    saved: Saved | None
    discard_href: str | None
    for_name: str | None
    title: str
    room: str = "messages"

    @property
    def has_errors(self) -> bool:
        return self.form.has_errors

    @classmethod
    def of(
        cls, person_id: UUID, form: QuestionForm, about: Record | None, saved: Saved | None, for_name: str | None
    ) -> NewQuestionPage:
        return cls(
            person_id=person_id,
            form=form,
            about=about,
            about_text=record_words(about) if about else "",
            about_href=record_href(person_id, about) if about else None,
            confirm_href=url_for("messaging.confirm_question", person_id=person_id),
            draft_href=url_for("messaging.save_draft", person_id=person_id),
            back_href=url_for("messaging.list_threads", person_id=person_id),
            saved=saved,
            discard_href=url_for("messaging.discard_draft", person_id=person_id, draft_id=saved.id) if saved else None,
            for_name=for_name,
            title=_("Ask a question"),
        )


@dataclass(frozen=True, slots=True)
class Why:
    """One reason: words, a linked record, and more words."""

    before: str
    link: str = ""
    href: str = ""
    after: str = ""


def _linked(sentence: str, link: str, href: str) -> Why:
    before, _mark, after = sentence.partition("\x00")
    return Why(before, link, href, after)


@dataclass(frozen=True, slots=True)
class Choice:
    """Somebody else who could answer."""

    value: str
    name: str
    hint: str
    is_chosen: bool


@dataclass(frozen=True)
class ConfirmQuestionPage:
    """Who will answer, why, how soon, and who else can read it. Nothing is sent yet."""

    person_id: UUID
    form: QuestionForm
    text: str
    owner: str
    owner_tag: str
    usual: str
    coverage: str
    why_title: str
    why: list[Why]
    readers: str
    liaison: str
    liaison_line: str
    may_hide: bool
    may_show: bool
    choices: list[Choice]
    send_text: str
    confirm_href: str
    send_href: str
    draft_href: str
    back_href: str
    is_emergency: bool
    about_mind: bool
    is_filed: bool
    has_changed: bool
    title: str = field(default="")
    room: str = "messages"

    @classmethod
    def of(
        cls, shown: Confirmation, form: QuestionForm, reader_is_patient: bool, *, has_changed: bool = False
    ) -> ConfirmQuestionPage:
        made = shown.plan
        decision, facts, person_id = made.decision, made.facts, made.ask.person_id
        is_emergency = decision.urgency == "emergency"
        is_filed = decision.destination == "none"
        liaison = facts.liaison.name if facts.liaison else ""
        here = {"person_id": person_id}
        send = _("Send to %(name)s", name=shown.owner) if shown.owner else _("Send")
        if is_emergency:
            send = _("Send it to the nurse anyway")
        return cls(
            person_id=person_id,
            form=form,
            text=made.ask.text,
            owner=shown.owner or (_("Nobody has to answer") if is_filed else _("The patient")),
            owner_tag=shown.owner_tag,
            usual=_usual(shown, is_filed),
            coverage=_coverage(shown),
            why_title=_("Why %(name)s", name=shown.owner) if shown.owner else _("Why"),
            why=_why(shown, reader_is_patient),
            readers=_readers(shown),
            liaison=liaison,
            liaison_line=_liaison_line(shown, reader_is_patient),
            may_hide=bool(reader_is_patient and liaison and made.is_readable_by_liaison),
            may_show=bool(reader_is_patient and liaison and made.ask.is_private),
            choices=[
                Choice(key, name, hint, key == made.ask.to) for key, name, hint in shown.choices if name != shown.owner
            ],
            send_text=send,
            confirm_href=url_for("messaging.confirm_question", **here),
            send_href=url_for("messaging.create_question", **here),
            draft_href=url_for("messaging.save_draft", **here),
            back_href=url_for("messaging.new_question", **here),
            is_emergency=is_emergency,
            about_mind=(decision.concern or "") in MIND,
            is_filed=is_filed,
            has_changed=has_changed,
            title=_("Before you send this") if is_emergency else _("Who will answer"),
        )


def _usual(shown: Confirmation, is_filed: bool) -> str:
    if is_filed:
        return _("It is kept with your messages.")
    text = words.usual(shown.usual)
    if shown.plan.due_at is not None and shown.usual is None:
        text += " · " + _("answer due %(day)s", day=filters.moment(shown.plan.due_at))
    if shown.backup and shown.backup != shown.owner:
        text += " · " + _("back-up: %(name)s", name=shown.backup)
    return text


def _coverage(shown: Confirmation) -> str:
    if not shown.absent:
        return ""
    until = date.fromisoformat(shown.until) if shown.until else None
    away = words.covered(shown.absent, until, filters.short_day(until) if until else "")
    return away + " " + _("Covered by %(name)s.", name=shown.owner)


def _why(shown: Confirmation, is_own: bool) -> list[Why]:
    made = shown.plan
    code = made.decision.reason_code
    found = []
    if code not in ("chosen", "named_provider"):
        for how, record in shown.why:
            sentence = {
                "ordered": _(
                    "%(name)s ordered the test %(record)s that you ask about.", name=shown.ruled, record="\x00"
                ),
                "prescribes": _("%(name)s prescribes %(record)s.", name=shown.ruled, record="\x00"),
                "visit": _("%(name)s is the one you see at %(record)s.", name=shown.ruled, record="\x00"),
                "referred": _("%(name)s made the referral to %(record)s.", name=shown.ruled, record="\x00"),
            }[how]
            found.append(_linked(sentence, record_words(record), record_href(made.ask.person_id, record)))
    if not found:
        found.append(Why(words.reason(code, shown.ruled, given_name=made.facts.given_name, is_own=is_own)))
    found.extend(Why(_("%(name)s gets a copy.", name=name)) for name in shown.copies if name != shown.owner)
    return found


def _readers(shown: Confirmation) -> str:
    names = [name for name in shown.readers if name != shown.owner]
    if not names:
        return ""
    if len(names) > 4:
        return _("%(names)s and others on the care team.", names=", ".join(names[:3]))
    return _("%(names)s on the care team.", names=", ".join(names))


def _liaison_line(shown: Confirmation, reader_is_patient: bool) -> str:
    made = shown.plan
    liaison = made.facts.liaison
    if not reader_is_patient:
        return _("%(name)s can read what is written here.", name=made.facts.given_name)
    if liaison is None:
        return ""
    if made.decision.destination == "liaison" or not made.is_readable_by_liaison:
        if made.decision.destination == "liaison":
            return ""
        return _("%(name)s, your liaison, will not see this one.", name=liaison.name)
    return _(
        "%(name)s, your liaison, sees messages about %(topic)s.",
        name=liaison.name,
        topic=words.topic(made.decision.topic),
    )


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
                href = _thread_href(person_id, UUID(one.place.removeprefix("thread:")))
            else:
                href = url_for("messaging.new_question", person_id=person_id, draft=one.id)
            shown.append(
                {
                    "href": href,
                    "text": shorten(one.text, 120),
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


@dataclass(frozen=True, slots=True)
class QuestionCard:
    """A question that waits for the liaison."""

    href: str
    subject: str
    who: str
    at: datetime
    due_at: datetime | None
    is_from_family: bool
    is_answered: bool


@dataclass(frozen=True)
class ListQuestionsPage:
    """Questions to the liaison: family and care team write to them first."""

    person_id: UUID
    title: str
    cards: list[QuestionCard]
    all_href: str
    given_name: str
    room: str = "questions"

    @classmethod
    def of(cls, person_id: UUID, lines: list[Line], given_name: str) -> ListQuestionsPage:
        cards = [
            QuestionCard(
                _thread_href(person_id, line.id),
                line.subject,
                line.author,
                line.last_at,
                line.due_at if line.state == "open" else None,
                line.author_role == "family_other",
                line.state == "answered",
            )
            for line in lines
        ]
        here = url_for("messaging.list_threads", person_id=person_id)
        return cls(person_id, _("Questions to you"), cards, here, given_name)
