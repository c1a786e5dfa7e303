"""What the pages of notices may know."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from portal.notifications.forms import channel_words, topic_words
from portal.notifications.kinds import KINDS, TOPICS_OF, topic_of
from portal.web import filters
from portal.web.paging import PAGE, key_text


@dataclass(frozen=True, slots=True)
class RolePart:
    """One part of the form: what I am told as a patient, as a caregiver, at work."""

    title: str
    fields: list[Any]


@dataclass(frozen=True, slots=True)
class Where:
    """Whether mail to the reader comes back, and whether the clinic sends texts."""

    has_ended: bool
    has_texts: bool


@dataclass(frozen=True, kw_only=True)
class NoticesPage:
    title: str
    form: Any
    parts: list[RolePart]
    has_address: bool
    address: str
    has_ended: bool
    number: str
    email_href: str
    number_href: str  # "" where the clinic sends no texts
    action: str
    test_href: str
    sent_href: str
    profile_href: str
    room: str = "profile"

    @property
    def has_errors(self) -> bool:
        return bool(self.form.errors)

    @classmethod
    def of(cls, form: Any, roles: Sequence[str], reached: Mapping[str, str], where: Where) -> NoticesPage:
        titles = {"self": _("About my own care"), "caregiver": _("About people I help"), "staff": _("At work")}
        parts = [RolePart(titles[role], [form[f"{role}-{topic}"] for topic in TOPICS_OF[role]]) for role in roles]
        return cls(
            title=_("How we tell you"),
            form=form,
            parts=parts,
            has_address=bool(reached),
            address=reached.get("email", ""),
            has_ended=where.has_ended,
            number=reached.get("sms", ""),
            email_href=url_for("notifications.edit_address", channel="email"),
            number_href=url_for("notifications.edit_address", channel="sms") if where.has_texts else "",
            action=url_for("notifications.update_notices"),
            test_href=url_for("notifications.send_test"),
            sent_href=url_for("notifications.list_sent"),
            profile_href=url_for("identity.show_profile"),
        )


@dataclass(frozen=True, slots=True)
class SentLine:
    """One notice: what it was about in general, by which channel, and what became of it."""

    when: Any
    what: str
    channel: str
    state: str
    tone: str

    @classmethod
    def of(cls, row: Any, *, is_given_up: bool = False) -> SentLine:
        role = row.role or "self"
        what = topic_words(role, topic_of(row.kind, role)) if row.kind in KINDS else _("Something else")
        state, tone = (_("Could not be sent"), "late") if is_given_up else state_words(row)
        if row.kind == "test":
            what = _("A test you asked for")
        return cls(row.sent_at or row.created_at, what, channel_words(row.channel), state, tone)


def state_words(row: Any) -> tuple[str, str]:
    """What became of a notice, in words, and the tone of its tag."""
    if row.state == "held":
        return _("Waits until %(when)s", when=filters.moment(row.held_until)), "info"
    if row.state == "dropped":
        why = {
            "no_address": (_("Not sent: we have no address for this"), "look"),
            "read": (_("Not sent: you had seen it by then"), "neutral"),
            "switched_off": (_("Not sent: you switched this off"), "neutral"),
        }
        return why.get(row.why or "", (_("Not sent: no longer needed"), "neutral"))
    return {
        "due": (_("Being sent"), "info"),
        "sending": (_("Being sent"), "info"),
        "sent": (_("Sent"), "good"),
        "delivered": (_("Arrived"), "good"),
        "failed": (_("Could not be sent"), "late"),
        "bounced": (_("Came back: the address does not work"), "late"),
    }.get(row.state, (row.state, "neutral"))


@dataclass(frozen=True, kw_only=True)
class SentPage:
    title: str
    lines: list[SentLine]
    older_href: str
    back_href: str
    room: str = "profile"

    @classmethod
    def of(cls, rows: Sequence[Any], given_up: Collection[UUID] = ()) -> SentPage:
        shown = rows[:PAGE]
        older = key_text(shown[-1].created_at, shown[-1].id) if len(rows) > PAGE else None
        return cls(
            title=_("What we sent you"),
            lines=[SentLine.of(row, is_given_up=row.id in given_up) for row in shown],
            older_href=url_for("notifications.list_sent", before=older) if older else "",
            back_href=url_for("notifications.show_notices"),
        )
