"""What stands beside an answer at the desk: offers, side questions, tasks, quick texts, who has not opened it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from portal.infra.i18n import known
from portal.messaging import colleagues, offers, quick_texts, tasks, unopened
from portal.messaging.colleagues import Aside, AskedOfMe
from portal.messaging.desk_forms import ColleagueAnswerForm, ColleagueForm, CommentForm, DeclineForm, TaskForm
from portal.messaging.offers import Offered
from portal.messaging.task_words import said
from portal.messaging.words import sender
from portal.models import Thread
from portal.web import filters
from portal.work.unit_of_work import UnitOfWork

COMMENTERS = ("pcp", "specialist")


@dataclass(frozen=True, slots=True)
class AsideLine:
    """One side question in words; with a way to answer for whoever was asked."""

    words: str
    is_open: bool
    answer_href: str


@dataclass(frozen=True, slots=True)
class TaskLine:
    """One task in words."""

    id: str
    what: str
    kind: str
    who: str
    patient: str
    due: str
    is_done: bool
    is_late: bool
    act_href: str
    thread_href: str
    about_href: str


@dataclass(frozen=True)
class Tools:
    """Everything beside the answer."""

    offer: str
    withdraw_href: str
    asides: list[AsideLine]
    asking: ColleagueForm
    ask_href: str
    answering: ColleagueAnswerForm
    tasks: list[TaskLine]
    task_hrefs: list[tuple[str, str]]
    unopened: list[str]
    again_href: str
    call_href: str
    quick: list[tuple[str, str]]
    fill_href: str
    commenting: CommentForm | None
    comment_href: str
    open_part: str = ""

    @property
    def bad_form(self) -> Any:
        """The form with a mistake, if one has."""
        forms = (self.asking, self.answering, self.commenting)
        return next((form for form in forms if form is not None and form.has_errors), None)


def tools_of(
    uow: UnitOfWork,
    thread: Thread,
    asking: ColleagueForm | None = None,
    answering: ColleagueAnswerForm | None = None,
    commenting: CommentForm | None = None,
) -> Tools:
    """Gather what stands beside the answer of one conversation, for a member of staff who may read it."""
    key: dict[str, Any] = {"thread_id": thread.id}
    waiting = offers.pending(uow, thread)
    late = unopened.of_thread(uow, thread)
    asking = asking or ColleagueForm(formdata=None)
    near = [SelectChoice(str(who), name) for who, name in colleagues.choices(uow, thread)]
    asking.colleague.choices = [SelectChoice("", _("Choose a colleague")), *near]
    may_comment = thread.about_kind == "result" and uow.actor.role in COMMENTERS
    kinds = [(kind, task_kind(kind)) for kind in tasks.KINDS]
    return Tools(
        offer=_offer_words(waiting) if waiting else "",
        withdraw_href=url_for("messaging.withdraw_offer", **key),
        asides=[_aside(one, thread.id, uow.actor.practitioner_id) for one in colleagues.of_thread(uow, thread)],
        asking=asking,
        ask_href=url_for("messaging.ask_colleague", **key),
        answering=answering or ColleagueAnswerForm(formdata=None),
        tasks=[task_line(one) for one in tasks.of_thread(uow, thread)],
        task_hrefs=[(label, url_for("messaging.new_task", kind=kind, **key)) for kind, label in kinds],
        unopened=[_unopened_words(one) for one in late],
        again_href=url_for("messaging.tell_again", **key) if any(one.has_address for one in late) else "",
        call_href=url_for("messaging.new_task", kind="call", **key),
        quick=[(str(one.id), _quick_name(one)) for one in quick_texts.mine(uow)],
        fill_href=url_for("messaging.fill_reply", **key),
        commenting=(commenting or CommentForm(formdata=None)) if may_comment else None,
        comment_href=url_for("messaging.comment_on_result", **key),
    )


def _offer_words(waiting: offers.Pending) -> str:
    return _(
        "%(name)s offered this to %(pool)s on %(day)s. Until they accept, it stays where it is.",
        name=waiting.by,
        pool=known(waiting.pool),
        day=filters.moment(waiting.at),
    )


def _aside(one: Aside, thread_id: UUID, mine: UUID | None) -> AsideLine:
    names = {"name": one.by, "asked": one.asked, "when": filters.moment(one.at)}
    if one.is_open:
        words = _("%(name)s asked %(asked)s, %(when)s. No answer yet.", **names)
    else:
        words = _("%(name)s asked %(asked)s, %(when)s. Answered above.", **names)
    is_mine = one.is_open and one.asked_id == mine
    href = url_for("messaging.answer_colleague", thread_id=thread_id, question_id=one.id) if is_mine else ""
    return AsideLine(words, one.is_open, href)


def _unopened_words(one: unopened.Unopened) -> str:
    words = _("%(name)s has not opened this since %(day)s.", name=one.name, day=filters.day(one.since))
    return words if one.has_address else words + " " + _("There is no e-mail address to tell them at.")


def _quick_name(one: quick_texts.Line) -> str:
    return _("%(title)s (%(team)s)", title=one.title, team=one.pool) if one.pool else one.title


def task_kind(kind: str) -> str:
    """What sort of task it is."""
    return {"appointment": _("Book a visit"), "call": _("Call them")}.get(kind, _("Something to do"))


def task_line(one: tasks.Line) -> TaskLine:
    """One task in words."""
    act = "reopen_task" if one.is_done else "finish_task"
    href = url_for("messaging.show_desk_thread", thread_id=one.thread_id) if one.thread_id else ""
    what, about = said(one.wording, one.words, one.patient_id)
    return TaskLine(
        id=f"task-{one.id}",
        what=what,
        kind=task_kind(one.kind),
        who=known(one.owner),
        patient=one.patient,
        due=filters.day(one.due_on),
        is_done=one.is_done,
        is_late=one.is_late,
        act_href=url_for(f"messaging.{act}", task_id=one.id),
        thread_href=href,
        about_href=about,
    )


@dataclass(frozen=True)
class NewTaskPage:
    """Making a task of a conversation."""

    title: str
    subject: str
    form: TaskForm
    create_href: str
    back_href: str
    hint: str
    today: str
    room: str = "inbox"

    @property
    def has_errors(self) -> bool:
        return self.form.has_errors

    @classmethod
    def of(
        cls, thread_id: UUID, kind: str, subject: str, form: TaskForm, choices: Sequence[tuple[str, str]], today: date
    ) -> NewTaskPage:
        form.who.choices = [SelectChoice(key, name) for key, name in choices]
        hint = _("Write which days and times suit the patient, and with whom.") if kind == "appointment" else ""
        return cls(
            task_kind(kind),
            subject,
            form,
            url_for("messaging.create_task", thread_id=thread_id, kind=kind),
            url_for("messaging.show_desk_thread", thread_id=thread_id),
            hint,
            today.isoformat(),
        )


@dataclass(frozen=True)
class ListTasksPage:
    """What is mine and my teams' to do."""

    title: str
    lines: list[TaskLine]
    filters: list[dict[str, Any]]
    older_href: str | None
    room: str = "tasks"

    @classmethod
    def of(cls, lines: Sequence[tasks.Line], more: str | None, view: str) -> ListTasksPage:
        labels = {"open": _("To do"), "done": _("Done by me")}
        views = [
            {"label": label, "href": url_for("messaging.list_tasks", view=key), "is_current": key == view}
            for key, label in labels.items()
        ]
        older = url_for("messaging.list_tasks", view=view, after=more) if more else None
        return cls(_("Tasks"), [task_line(one) for one in lines], views, older)


@dataclass(frozen=True)
class ShowOfferPage:
    """What a team is offered, and its answer."""

    title: str
    who: str
    lead: str
    why: str
    due: str
    is_emergency: bool
    said: list[tuple[str, str, str]]  # who, when, words
    form: DeclineForm
    accept_href: str
    decline_href: str
    back_href: str
    room: str = "inbox"

    @property
    def has_errors(self) -> bool:
        return self.form.has_errors

    @classmethod
    def of(cls, opened: offers.Opened, form: DeclineForm) -> ShowOfferPage:
        one = opened.offered
        key: dict[str, Any] = {"thread_id": one.thread_id}
        return cls(
            title=one.subject,
            who=one.patient,
            lead=_("%(name)s offers this to %(pool)s.", name=one.by, pool=known(one.pool)),
            why=opened.why,
            due=filters.moment(one.due_at) if one.due_at else "",
            is_emergency=opened.urgency == "emergency",
            said=[
                (sender(author, role, relation, one.patient), filters.moment(at), text)
                for author, role, relation, at, text in opened.said
            ],
            form=form,
            accept_href=url_for("messaging.accept_offer", **key),
            decline_href=url_for("messaging.decline_offer", **key),
            back_href=url_for("messaging.list_inbox"),
        )


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something beside the list that waits for the reader: an offer to their team, a colleague's question."""

    title: str
    text: str
    href: str
    act: str


@dataclass(frozen=True)
class Asides:
    """What waits beside the inbox."""

    lines: list[Waiting] = field(default_factory=list)

    @classmethod
    def of(cls, offered: Sequence[Offered], asked: Sequence[AskedOfMe]) -> Asides:
        lines = [
            Waiting(
                _("%(patient)s: %(subject)s", patient=one.patient, subject=one.subject),
                _("%(name)s offers it to %(pool)s.", name=one.by, pool=known(one.pool)),
                url_for("messaging.show_offer", thread_id=one.thread_id),
                _("Look at the offer"),
            )
            for one in offered
        ]
        lines += [
            Waiting(
                _("%(patient)s: %(subject)s", patient=one.patient, subject=one.subject),
                _("%(name)s asks you something.", name=one.by),
                url_for("messaging.show_desk_thread", thread_id=one.thread_id, _anchor="colleagues"),
                _("Answer"),
            )
            for one in asked
        ]
        return cls(lines)
