"""What the pages of links and of the emergency card may know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.binder.card import Card, code_uri
from portal.binder.forms import CardForm, ShareForm
from portal.binder.sharing import Shown, Visit
from portal.binder.words import section_title
from portal.web import filters


def state_words(state: str) -> tuple[str, str]:
    """The state of a link in words, and the tone of its tag."""
    return {
        "active": (_("Works"), "good"),
        "revoked": (_("Ended by you"), "neutral"),
        "expired": (_("Over"), "neutral"),
        "used-up": (_("Opened once, and closed"), "neutral"),
        "locked": (_("Closed: too many wrong passcodes"), "late"),
    }[state]


def outcome_words(outcome: str) -> str:
    """What became of somebody who came."""
    return {
        "opened": _("Opened"),
        "passcode": _("Wrong passcode"),
        "revoked": _("Tried after you had ended it"),
        "expired": _("Tried after its last day"),
        "used-up": _("Tried again after it had been opened once"),
        "closed": _("Tried, but whoever made it may no longer share"),
        "reply": _("Sent something back"),
    }.get(outcome, outcome)


@dataclass(frozen=True, slots=True)
class VisitLine:
    """Somebody who came: when, who they said they were, and what became of it."""

    when: str
    who: str
    what: str

    @classmethod
    def of(cls, one: Visit) -> VisitLine:
        return cls(filters.moment(one.at), one.who or _("did not say who"), outcome_words(one.outcome))


@dataclass(frozen=True, slots=True)
class ShareRow:
    """A link in the list."""

    label: str
    text: str
    tag: str
    tone: str
    href: str

    @classmethod
    def of(cls, person_id: UUID, one: Shown) -> ShareRow:
        tag, tone = state_words(one.state)
        opened = ngettext("opened %(num)s time", "opened %(num)s times", one.openings)
        text = " · ".join((_("Until %(day)s", day=last_day(one)), opened))
        return cls(one.label, text, tag, tone, url_for("binder.show_share", person_id=person_id, share_id=one.id))


def last_day(one: Shown) -> str:
    """The last day on which it works."""
    return filters.born(filters.local(one.expires_at - timedelta(seconds=1)).date())


@dataclass(frozen=True)
class ListSharesPage:
    """All links."""

    person_id: UUID
    title: str
    working: list[ShareRow]
    ended: list[ShareRow]
    new_href: str
    back_href: str
    room: str = "binder"

    @classmethod
    def of(cls, person_id: UUID, shares: list[Shown]) -> ListSharesPage:
        return cls(
            person_id,
            _("Links to your binder"),
            [ShareRow.of(person_id, one) for one in shares if one.state == "active"],
            [ShareRow.of(person_id, one) for one in shares if one.state != "active"],
            url_for("binder.new_share", person_id=person_id),
            url_for("binder.show_binder", person_id=person_id),
        )


@dataclass(frozen=True)
class NewSharePage:
    """The form of a new link."""

    person_id: UUID
    title: str
    form: ShareForm
    first: date
    last: date
    action: str
    back_href: str
    has_errors: bool
    room: str = "binder"

    @classmethod
    def of(cls, person_id: UUID, form: ShareForm, today: date) -> NewSharePage:
        return cls(
            person_id,
            _("Share by link"),
            form,
            today,
            today + timedelta(days=365),
            url_for("binder.create_share", person_id=person_id),
            url_for("binder.list_shares", person_id=person_id),
            form.has_errors,
        )


@dataclass(frozen=True)
class ShowSharePage:
    """One link: how to hand it over, what it shows, who came, and its end."""

    person_id: UUID
    title: str
    tag: str
    tone: str
    is_active: bool
    is_new: bool
    link: str
    web_link: str
    code: str
    rows: list[dict[str, str]]
    visits: list[VisitLine]
    sees_visits: bool
    revoke_href: str
    back_href: str
    room: str = "binder"

    @classmethod
    def of(
        cls, person_id: UUID, one: Shown, visits: list[Visit], base_url: str, *, new_link: str = "", is_own: bool
    ) -> ShowSharePage:
        tag, tone = state_words(one.state)
        link = new_link or one.link
        web = f"{base_url}{url_for('binder.show_viewer')}#{link}" if link else ""
        shown = ", ".join(section_title(key) for key in one.sections)
        rows = [
            {"key": _("Shows"), "value": shown},
            {"key": _("Especially private"), "value": _("Goes along") if one.is_sensitive else _("Left out")},
            {"key": _("What they get"), "value": _("Always the newest") if one.is_live else _("A copy of that day")},
            {"key": _("Last day"), "value": last_day(one)},
            {"key": _("Openings"), "value": _("Once") if one.is_single else _("As often as they like")},
            {"key": _("Passcode"), "value": _("Yes") if one.has_passcode else _("No")},
            {"key": _("They may send something back"), "value": _("Yes") if one.takes_replies else _("No")},
        ]
        return cls(
            person_id,
            one.label,
            tag,
            tone,
            one.state == "active",
            bool(new_link) and not one.is_live,
            link,
            web,
            code_uri(web) if web else "",
            rows,
            [VisitLine.of(visit) for visit in visits],
            is_own,
            url_for("binder.revoke_share", person_id=person_id, share_id=one.id) if one.state == "active" else "",
            url_for("binder.list_shares", person_id=person_id),
        )


@dataclass(frozen=True)
class ShowCardPage:
    """The wallet card, its emergency page, and who opened it."""

    person_id: UUID
    title: str
    card: Card
    code: str
    is_open: bool
    is_locked: bool
    shows: str
    until: str
    has_pin: bool
    form: CardForm
    visits: list[VisitLine]
    hrefs: dict[str, str]
    has_errors: bool
    room: str = "binder"

    @classmethod
    def of(cls, person_id: UUID, card: Card, share: Shown | None, visits: list[Visit], form: CardForm) -> ShowCardPage:
        here: dict[str, Any] = {"person_id": person_id}
        hrefs = {
            "back": url_for("binder.show_binder", **here),
            "pdf": url_for("binder.show_card_pdf", **here),
            "create": url_for("binder.create_card", **here),
        }
        if share is not None:
            hrefs["revoke"] = url_for("binder.revoke_card", **here, share_id=share.id)
        return cls(
            person_id,
            _("Emergency card"),
            card,
            code_uri(card.url) if card.url else "",
            share is not None and share.state == "active",
            share is not None and share.state == "locked",
            ", ".join(section_title(key) for key in share.sections) if share else "",
            last_day(share) if share else "",
            share is not None and share.has_passcode,
            form,
            [VisitLine.of(visit) for visit in visits],
            hrefs,
            form.has_errors,
        )
