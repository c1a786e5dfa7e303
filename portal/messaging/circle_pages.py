"""What the pages of the liaison's desk show. Templates know nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from portal.caregivers.handing_over import NewLiaison
from portal.caregivers.words import new_liaison_words
from portal.infra.i18n import known
from portal.messaging.attachments import Item
from portal.messaging.circle_forms import ForwardForm, GiveBackForm, HoldForm, TogetherForm, form_of
from portal.messaging.circle_reading import Alike, Answer, Question
from portal.messaging.drafts import Saved
from portal.messaging.file_pages import FileBox
from portal.messaging.forms import ReplyForm
from portal.messaging.pages import Bubble, bubbles_of
from portal.messaging.reading import Conversation, Cursor
from portal.messaging.trail_words import stops_of
from portal.models import Thread
from portal.web import filters
from portal.web.forms import PortalForm


@dataclass(frozen=True, slots=True)
class QuestionCard:
    """One question at the desk."""

    href: str
    forward_href: str
    subject: str
    who: str
    patient: str
    at: datetime
    tag: str
    tone: str
    next_step: str
    is_yours: bool
    is_from_family: bool

    @classmethod
    def of(cls, one: Question, *, names_patient: bool) -> QuestionCard:
        here: dict[str, Any] = {"person_id": one.person_id, "thread_id": one.id}
        tag, tone, text = _next_step(one)
        return cls(
            href=url_for("messaging.show_question", **here),
            forward_href=url_for("messaging.new_forward", **here),
            subject=one.subject,
            who=asker_words(one.author, one.author_role, one.relation),
            patient=_("About %(name)s", name=one.patient) if names_patient else "",
            at=one.asked_at,
            tag=tag,
            tone=tone,
            next_step=text,
            is_yours=one.step in ("answer", "bring"),
            is_from_family=one.author_role == "family_other",
        )


def asker_words(name: str, role: str, relation: str | None) -> str:
    """Who asks: "Carmen Delgado (aunt)"."""
    if role == "patient":
        return _("%(name)s, the patient", name=name)
    if role == "provider":
        return _("%(name)s, care team", name=name)
    return _("%(name)s (%(relation)s)", name=name, relation=known(relation) or _("family"))


def _next_step(one: Question) -> tuple[str, str, str]:
    """(tag, tone, sentence): who owes the next step."""
    due = _("Answer by %(when)s.", when=filters.moment(one.due_at)) if one.due_at else ""
    if one.step == "bring":
        return _("An answer came"), "look", _("The care team answered. Tell %(name)s.", name=one.author)
    if one.step == "team":
        by = filters.moment(one.with_due) if one.with_due else ""
        text = _("With %(name)s, answer due %(when)s.", name=one.with_name, when=by) if by else one.with_name
        return _("Passed on"), "info", text
    if one.step == "hold":
        assert one.held_until is not None
        return _("On hold"), "neutral", _("You come back to it on %(day)s.", day=filters.day(one.held_until))
    if one.step == "together":
        return _("Put together"), "neutral", _("Your answer to the other question goes here, too.")
    if one.step == "done":
        return _("Answered"), "good", ""
    return _("Waits for you"), "look", due


@dataclass(frozen=True)
class ListQuestionsPage:
    """The liaison's desk: questions of relatives, of the care team and of the patient, for one patient or for all."""

    title: str
    lead: str
    yours: list[QuestionCard]
    others: list[QuestionCard]
    done: list[QuestionCard]
    more_href: str | None
    first_href: str | None
    links: list[tuple[str, str]]
    new_liaison: str = ""
    person_id: UUID | None = None
    room: str = "questions"

    @classmethod
    def of(
        cls,
        person_id: UUID | None,
        waiting: list[Question],
        more: Cursor | None,
        done: list[Question],
        *,
        is_first: bool = True,
        new: NewLiaison | None = None,
    ) -> ListQuestionsPage:
        cards = [QuestionCard.of(one, names_patient=person_id is None) for one in waiting]
        endpoint = "messaging.list_questions" if person_id else "messaging.list_all_questions"
        here: dict[str, Any] = {"person_id": person_id} if person_id else {}
        links = []
        if person_id is not None:
            links = [
                (_("Family updates"), url_for("messaging.list_updates", person_id=person_id)),
                (_("All messages"), url_for("messaging.list_threads", person_id=person_id)),
                (_("Being away, or giving it up"), url_for("caregivers.show_duty", person_id=person_id)),
                (_("Questions about everybody you help"), url_for("messaging.list_all_questions")),
            ]
        return cls(
            title=_("Questions to you"),
            lead=_("Family and care team write to you first. Answer what you know, pass on what you don’t."),
            yours=[card for card in cards if card.is_yours],
            others=[card for card in cards if not card.is_yours],
            done=[QuestionCard.of(one, names_patient=person_id is None) for one in done],
            more_href=url_for(endpoint, after=str(more), **here) if more else None,
            first_href=None if is_first else url_for(endpoint, **here),
            links=links,
            new_liaison=new_liaison_words(new),
            person_id=person_id,
        )


@dataclass(frozen=True)
class ShowQuestionPage:
    """One question, and all the liaison can do with it."""

    person_id: UUID
    thread_id: UUID
    title: str
    who: str
    bubbles: list[Bubble]
    earlier_href: str | None
    stops: list[dict[str, str]]
    is_open: bool
    due_at: datetime | None
    kind: str
    given_name: str
    answer: Answer | None
    answer_href: str
    form: ReplyForm
    reply_href: str
    draft_href: str
    forward_href: str | None
    hold: HoldForm
    hold_href: str
    give_back: GiveBackForm | None
    give_back_href: str
    together: TogetherForm | None
    alike: list[tuple[str, str]]
    together_href: str
    to_patient_href: str | None
    read_href: str | None
    back_href: str
    saved_at: datetime | None
    files: FileBox
    also: list[str]
    update_href: str | None  # to use the words of the care team in an update
    room: str = "questions"

    @property
    def has_errors(self) -> bool:
        return any(
            form is not None and form.has_errors for form in (self.form, self.hold, self.give_back, self.together)
        )

    @property
    def failed(self) -> PortalForm | None:
        """The form with a mistake in it."""
        forms = (self.form, self.hold, self.give_back, self.together)
        return next((form for form in forms if form is not None and form.has_errors), None)

    @classmethod
    def of(
        cls,
        talk: Conversation,
        reader_id: UUID | None,
        form: ReplyForm,
        *,
        answer: Answer | None,
        alike: Sequence[Alike],
        also: Sequence[str],
        saved_at: datetime | None = None,
        files: Sequence[Item] = (),
        hold: HoldForm | None = None,
        give_back: GiveBackForm | None = None,
        together: TogetherForm | None = None,
    ) -> ShowQuestionPage:
        thread, person_id = talk.thread, talk.thread.patient_id
        here: dict[str, Any] = {"person_id": person_id, "thread_id": thread.id}
        first = next((said for said in talk.said if said.author_id == thread.author_id), None)
        asker = asker_words(first.author, thread.author_role, first.relation) if first else ""
        source = answer.thread_id if answer else thread.id if thread.author_role == "provider" else None
        is_open = thread.state in ("open", "waiting_on_patient")
        may_send = is_open and thread.follows_id is None and thread.author_role in ("family_other", "patient")
        from_here: dict[str, Any] = {"person_id": person_id, "from": str(source)}
        return cls(
            person_id=person_id,
            thread_id=thread.id,
            title=talk.subject,
            who=asker,
            bubbles=bubbles_of(talk, reader_id),
            earlier_href=url_for("messaging.show_question", before=str(talk.earlier), **here) if talk.earlier else None,
            stops=stops_of(talk, reader_id),
            is_open=is_open,
            due_at=thread.due_at if is_open else None,
            kind=thread.author_role,
            given_name=talk.given_name,
            answer=answer,
            answer_href=url_for("messaging.show_thread", person_id=person_id, thread_id=answer.thread_id)
            if answer
            else "",
            form=form,
            reply_href=url_for("messaging.create_answer", **here),
            draft_href=url_for("messaging.save_draft", person_id=person_id),
            forward_href=url_for("messaging.new_forward", **here) if may_send else None,
            hold=hold or form_of(HoldForm),
            hold_href=url_for("messaging.hold_question", **here),
            give_back=(give_back or form_of(GiveBackForm)) if thread.author_role == "family_other" else None,
            give_back_href=url_for("messaging.give_back_question", **here),
            together=(together or form_of(TogetherForm)) if alike and may_send else None,
            alike=[(str(one.id), f"“{one.subject}” · {one.author} · {filters.moment(one.asked_at)}") for one in alike],
            together_href=url_for("messaging.put_questions_together", **here),
            to_patient_href=url_for("messaging.give_to_patient", **here) if thread.author_role == "provider" else None,
            read_href=url_for("messaging.note_question_read", **here) if thread.author_role == "provider" else None,
            back_href=url_for("messaging.list_questions", person_id=person_id),
            saved_at=saved_at,
            files=FileBox.of(url_for("messaging.save_draft", person_id=person_id), files),
            also=list(also),
            update_href=url_for("messaging.new_update", **from_here) if source else None,
        )


@dataclass(frozen=True)
class NewForwardPage:
    """Adding facts to a question before it is passed on."""

    person_id: UUID
    title: str
    quote: str
    who: str
    form: ForwardForm
    confirm_href: str
    draft_href: str
    back_href: str
    thread_id: UUID
    is_patients: bool
    saved_at: datetime | None = None
    room: str = "questions"

    @property
    def has_errors(self) -> bool:
        return self.form.has_errors

    @classmethod
    def of(
        cls, thread: Thread, quote: str, who: str, form: ForwardForm, saved_at: datetime | None = None
    ) -> NewForwardPage:
        here: dict[str, Any] = {"person_id": thread.patient_id, "thread_id": thread.id}
        return cls(
            person_id=thread.patient_id,
            title=_("Pass on to the care team"),
            quote=quote,
            who=who,
            form=form,
            confirm_href=url_for("messaging.confirm_forward", **here),
            draft_href=url_for("messaging.save_draft", person_id=thread.patient_id),
            back_href=url_for("messaging.show_question", **here),
            thread_id=thread.id,
            is_patients=thread.author_role == "patient",
            saved_at=saved_at,
        )


@dataclass(frozen=True)
class KeptPage:
    """What somebody wrote whose access has ended: nothing of it was sent, and nothing of it is lost."""

    title: str
    texts: list[tuple[str, str]] = field(default_factory=list)
    room: str = ""

    @classmethod
    def of(cls, kept: Sequence[Saved]) -> KeptPage:
        return cls(_("What you wrote"), [(filters.moment(one.updated_at), one.text) for one in kept])
