"""What the home page, More and About may know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.caregivers.consent import groups_of
from portal.caregivers.handing_over import NewLiaison
from portal.caregivers.service import Held
from portal.caregivers.words import new_liaison_words
from portal.home.service import MOST, SOON, Waiting
from portal.infra.i18n import known, reader_language
from portal.infra.ids import new_id
from portal.results.explanations import plain_name
from portal.results.release import pause_before
from portal.web import filters
from portal.web.shell import Room

SUBJECT_WORDS, PREVIEW_WORDS = 56, 90
MOMENT = timedelta(seconds=1)  # before an end: still the last day


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that needs the reader: what, who and when, and the one thing to do."""

    title: str
    text: str
    icon: str
    tone: str
    action: str
    href: str
    label: str

    @classmethod
    def of_thread(cls, person_id: UUID, one: Waiting) -> Item:
        subject = one.subject
        if one.is_question:
            title = _("A question for you: %(subject)s", subject=_short(subject, SUBJECT_WORDS))
            due = _("Answer by %(when)s", when=filters.moment(one.due_at)) if one.due_at else ""
            text = " · ".join(part for part in (one.last_by, filters.moment(one.last_at), due) if part)
            href = url_for("messaging.show_question", person_id=person_id, thread_id=one.id)
            return cls(title, text, "message-circle-question", "look", _("Answer"), href, f"{_('Answer')}: {subject}")
        name = one.last_by or _("Your care team")
        title = _("%(name)s wrote to you: %(subject)s", name=name, subject=_short(subject, SUBJECT_WORDS))
        text = _("%(when)s · “%(start)s”", when=filters.moment(one.last_at), start=_short(one.preview, PREVIEW_WORDS))
        href = url_for("messaging.show_thread", person_id=person_id, thread_id=one.id)
        action = _("Answer") if one.is_asked else _("Read message")
        return cls(title, text, "message-circle", "brand", action, href, f"{action}: {subject}")

    @classmethod
    def of_report(cls, person_id: UUID, row: Any, outside: int) -> Item:
        name = plain_name(row.code, row.name, reader_language())
        pauses = pause_before(row.category, row.sensitivity) is not None
        parts = [] if pauses or not outside else [
            ngettext("%(num)s value outside its range", "%(num)s values outside their range", outside)
        ]  # fmt: skip
        if row.orderer:
            parts.append(_("Ordered by %(name)s", name=row.orderer))
        if row.released_at:
            parts.append(_("Released %(when)s", when=filters.moment(row.released_at)))
        href = url_for("results.show_report", person_id=person_id, report_id=row.id)
        tone = "look" if outside and not pauses else "brand"
        title = _("New test result: %(name)s", name=name)
        return cls(title, " · ".join(parts), "flask-conical", tone, _("See result"), href, f"{_('See result')}: {name}")

    @classmethod
    def of_visit(cls, person_id: UUID, row: Any) -> Item:
        when = filters.visit_moment(row.local_start, row.time_zone)
        title = _("You have a visit on %(when)s", when=when)
        text = " · ".join(part for part in (row.with_name, known(row.kind), row.instructions) if part)
        href = url_for("appointments.list_appointments", person_id=person_id)
        return cls(title, text, "calendar-check", "brand", _("See visit"), href, f"{_('See visit')}: {when}")

    @classmethod
    def of_ending(cls, person_id: UUID, held: Held) -> Item:
        """Access that ends soon, to be renewed or let go."""
        assert held.ends_at is not None
        title = _("The access of %(name)s ends soon", name=held.name)
        text = _("Last day: %(day)s. Renew it if you want it to go on.", day=filters.day(held.ends_at - MOMENT))
        href = url_for("caregivers.show_grant", person_id=person_id, held_id=held.id)
        return cls(title, text, "hand-heart", "look", _("Look and renew"), href, f"{_('Look and renew')}: {held.name}")

    @classmethod
    def of_new_adult(cls, person_id: UUID) -> Item:
        """The question whom a new adult wants to keep."""
        title = _("You are an adult now: whom do you want to keep?")
        text = _("The access of your parents ended with your birthday. Only you decide who may help you.")
        href = url_for("caregivers.list_caregivers", person_id=person_id)
        return cls(title, text, "hand-heart", "look", _("Decide"), href, _("Decide whom you want to keep"))

    @classmethod
    def of_draft(cls, person_id: UUID, row: Any) -> Item:
        kind, _colon, key = row.place.partition(":")
        if kind == "thread":
            href = url_for("messaging.show_thread", person_id=person_id, thread_id=key)
        elif kind == "pass":
            href = url_for("messaging.new_forward", person_id=person_id, thread_id=key)
        elif kind == "update":
            href = url_for("messaging.new_update", person_id=person_id)
        else:
            href = url_for("messaging.new_question", person_id=person_id, draft=row.id)
        title = _("You have a message you did not send")
        text = _("Last changed %(when)s. Only you can see it.", when=filters.moment(row.updated_at))
        return cls(title, text, "pencil", "brand", _("Go on writing"), href, _("Go on writing your message"))


def _short(text: str, most: int) -> str:
    """The text on one line, cut at a word."""
    words = " ".join(text.split())
    if len(words) <= most:
        return words
    return words[:most].rsplit(" ", 1)[0].rstrip(" .,;:") + "…"


@dataclass(frozen=True, slots=True)
class Visit:
    """The next visit."""

    when: str
    who: str
    text: str
    href: str

    @classmethod
    def of(cls, person_id: UUID, row: Any) -> Visit:
        where = _("Video visit") if row.is_video else row.place or ""
        return cls(
            when=filters.visit_moment(row.local_start, row.time_zone, with_dot=True),
            who=" · ".join(part for part in (row.with_name or known(row.kind), where) if part),
            text=row.instructions or (known(row.kind) if row.with_name else ""),
            href=url_for("appointments.list_appointments", person_id=person_id),
        )


@dataclass(frozen=True, slots=True)
class Liaison:
    """The patient's liaison, as the patient sees them."""

    name: str
    text: str
    more: str
    href: str

    @classmethod
    def of(cls, person_id: UUID, held: Held) -> Liaison:
        return cls(
            name=held.name,
            text=f"{known(held.relation).capitalize()} · {sees(held)}",
            more=_(
                "Family updates go through %(name)s. They see only what you opened to them.", name=held.name.split()[0]
            ),
            href=url_for("caregivers.show_liaison", person_id=person_id),
        )


def group_words(group: str) -> str:
    return {
        "messages": _("messages"),
        "results": _("test results"),
        "visits": _("visits"),
        "medicines": _("medicines"),
        "record": _("health record"),
        "care_plan": _("care plan"),
        "forms": _("forms"),
        "billing": _("bills"),
        "sharing": _("sharing"),
    }[group]


def sees(held: Held) -> str:
    names = [group_words(group) for group in groups_of(held.scopes)]
    if not names:
        return _("sees only what they write themselves")
    listed = names[0] if len(names) == 1 else _("%(some)s and %(last)s", some=", ".join(names[:-1]), last=names[-1])
    return _("sees %(what)s", what=listed)


@dataclass(frozen=True)
class ShowHomePage:
    """What needs the reader, a box to ask, the next visit and the liaison."""

    person_id: UUID
    title: str
    lead: str
    items: list[Item]
    count: str
    more: list[tuple[str, str]]
    is_own: bool
    ask_title: str
    ask_href: str
    once: str
    visit: Visit | None
    sees_visits: bool
    visits_href: str
    liaison: Liaison | None
    family_href: str
    news: list[tuple[str, str, str]]  # family updates: (when, by whom, what)
    news_href: str
    new_liaison: str  # for a week after another liaison began
    room: str = "home"

    @classmethod
    def of(
        cls,
        person: Any,
        *,
        name: str,
        is_own: bool,
        now: datetime,
        threads: Sequence[Waiting],
        reports: Sequence[Any],
        outside: dict[UUID, int],
        visits: Sequence[Any],
        drafts: Sequence[Any],
        news: Sequence[Any],
        liaison: Held | None,
        ending: Sequence[Held] = (),
        is_new_adult: bool = False,
        new_liaison: NewLiaison | None = None,
        sees_visits: bool,
    ) -> ShowHomePage:
        person_id = person.id
        items = [Item.of_thread(person_id, one) for one in threads[:MOST]]
        items += [Item.of_visit(person_id, row) for row in visits if row.starts_at - now <= SOON]
        items += [Item.of_new_adult(person_id)] if is_new_adult else []
        items += [Item.of_ending(person_id, one) for one in ending]
        items += [Item.of_report(person_id, row, outside.get(row.id, 0)) for row in reports[:MOST]]
        items += [Item.of_draft(person_id, row) for row in drafts]
        given = person.given_name or name
        return cls(
            person_id=person_id,
            title=greeting(filters.local(now), person.given_name if is_own else name),
            lead="" if is_own else _("This is the home page of %(name)s.", name=given),
            items=items,
            count=ngettext("%(num)s thing", "%(num)s things", len(items)) if items else "",
            more=_more(person_id, len(threads) > MOST, len(reports) > MOST),
            is_own=is_own,
            ask_title=_("Ask a question") if is_own else _("Ask a question about %(name)s", name=given),
            ask_href=url_for("messaging.confirm_question", person_id=person_id),
            once=str(new_id()),
            visit=Visit.of(person_id, visits[0]) if visits else None,
            sees_visits=sees_visits,
            visits_href=url_for("appointments.list_appointments", person_id=person_id),
            liaison=Liaison.of(person_id, liaison) if liaison else None,
            family_href=url_for("caregivers.list_caregivers", person_id=person_id),
            news=[(filters.moment(at), by, text) for at, by, text in news],
            news_href=url_for("messaging.list_updates", person_id=person_id),
            new_liaison=new_liaison_words(new_liaison),
        )


def _more(person_id: UUID, has_threads: bool, has_reports: bool) -> list[tuple[str, str]]:
    """Links to what did not fit."""
    links = []
    if has_threads:
        links.append((_("More unread messages"), url_for("messaging.list_threads", person_id=person_id)))
    if has_reports:
        links.append((_("More new test results"), url_for("results.list_reports", person_id=person_id)))
    return links


def greeting(local: datetime, name: str) -> str:
    """By the clock on the reader's wall."""
    if 4 <= local.hour < 12:
        return _("Good morning, %(name)s", name=name)
    return _("Good afternoon, %(name)s", name=name) if 12 <= local.hour < 18 else _("Good evening, %(name)s", name=name)


@dataclass(frozen=True)
class ShowMorePage:
    """All rooms of the house, for phones and for those who look for something."""

    title: str
    rooms: list[Room]
    about_href: str
    profile_href: str
    person_id: UUID | None = None
    room: str = "more"


@dataclass(frozen=True)
class ShowAboutPage:
    """What this portal is made of, and who must be named."""

    title: str
    room: str = ""
