"""What the pages of asking show: writing a question, and who will answer it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from portal.messaging import words
from portal.messaging.about import Record
from portal.messaging.attachments import Item
from portal.messaging.confirming import Confirmation
from portal.messaging.drafts import Saved
from portal.messaging.file_pages import FileBox
from portal.messaging.forms import SAYABLE, QuestionForm
from portal.messaging.pages import MIND, record_href, record_words
from portal.web import filters


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
    starts: list[tuple[str, str]]
    files: FileBox
    title: str
    room: str = "messages"

    @property
    def has_errors(self) -> bool:
        return self.form.has_errors

    @classmethod
    def of(
        cls,
        person_id: UUID,
        form: QuestionForm,
        about: Record | None,
        saved: Saved | None,
        for_name: str | None,
        may_open: Sequence[str] = (),
        files: Sequence[Item] = (),
    ) -> NewQuestionPage:
        return cls(
            person_id=person_id,
            form=form,
            about=about,
            about_text=record_words(about) if about else words.topic(form.topic.data) if form.topic.data else "",
            about_href=record_href(person_id, about) if about else None,
            confirm_href=url_for("messaging.confirm_question", person_id=person_id),
            draft_href=url_for("messaging.save_draft", person_id=person_id),
            back_href=url_for("messaging.list_threads", person_id=person_id),
            saved=saved,
            discard_href=url_for("messaging.discard_draft", person_id=person_id, draft_id=saved.id) if saved else None,
            for_name=for_name,
            starts=[] if about or form.topic.data else _starts(person_id, may_open),
            files=FileBox.of(url_for("messaging.save_draft", person_id=person_id), files),
            title=_("Ask a question"),
        )


def _starts(person_id: UUID, may_open: Sequence[str]) -> list[tuple[str, str]]:
    """Where a question can start from, so that it is about the right thing."""
    here: dict[str, Any] = {"person_id": person_id}
    records = {
        "result": (_("A test result"), url_for("results.list_reports", **here)),
        "medication": (_("A medicine"), url_for("medicines.list_medicines", **here)),
        "appointment": (_("A visit"), url_for("appointments.list_appointments", **here)),
    }
    return [
        *(start for kind, start in records.items() if kind in may_open),
        (_("A referral"), url_for("messaging.new_question", topic="referral", **here)),
        (_("A bill or insurance"), url_for("messaging.new_question", topic="billing_insurance", **here)),
    ]


@dataclass(frozen=True, slots=True)
class Child:
    """Another ask of the message, which somebody else would answer."""

    topic: str
    text: str
    is_chosen: bool


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
    children: list[Child]
    topics: list[tuple[str, str]]
    files: list[str]
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
    source: str = ""  # the question that is passed on
    alike: list[tuple[str, str]] = field(default_factory=list)  # what the sender asked about the same lately
    room: str = "messages"

    @classmethod
    def of(
        cls,
        shown: Confirmation,
        form: QuestionForm,
        reader_is_patient: bool,
        *,
        files: Sequence[Item] = (),
        has_changed: bool = False,
    ) -> ConfirmQuestionPage:
        made = shown.plan
        decision, facts, person_id = made.decision, made.facts, made.ask.person_id
        is_emergency = decision.urgency == "emergency"
        is_filed = decision.destination == "none"
        liaison = facts.liaison.name if facts.liaison else ""
        here: dict[str, Any] = {"person_id": person_id}
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
            children=[
                Child(
                    topic,
                    _("Also send it to %(name)s, about %(topic)s", name=name, topic=words.topic(topic)),
                    topic in made.ask.also,
                )
                for topic, name in shown.children
            ],
            topics=[(topic, words.topic(topic)) for topic in decision.choices if topic in SAYABLE]
            if reader_is_patient and not is_emergency
            else [],
            files=[one.name for one in files],
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
