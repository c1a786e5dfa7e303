"""What the templates of administration may know."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from portal.admin.service import Seen


def kind_words(kind: str) -> str:
    return {
        "patient": _("Patient"),
        "caregiver": _("Caregiver"),
        "staff": _("Staff"),
        "admin": _("Administrator"),
    }[kind]


def state_words(state: str) -> tuple[str, str]:
    """What an account's state is called, and the tone of its tag."""
    return {
        "active": (_("Active"), "good"),
        "invited": (_("Invited"), "info"),
        "expired": (_("Invitation expired"), "look"),
        "not-invited": (_("Not invited"), "neutral"),
        "closed": (_("Closed"), "neutral"),
    }[state]


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account in a list."""

    name: str
    kind: str
    state: str
    tone: str
    last_seen_at: Any
    href: str

    @classmethod
    def of(cls, seen: Seen) -> AccountRow:
        words, tone = state_words(seen.state)
        return cls(
            seen.name,
            kind_words(seen.kind),
            words,
            tone,
            seen.last_seen_at,
            url_for("admin.show_account", account_id=seen.id),
        )


@dataclass(frozen=True, kw_only=True)
class AccountsPage:
    """Accounts by name."""

    title: str
    form: Any
    search_href: str
    wanted: str
    rows: list[AccountRow]
    first_href: str | None
    older_href: str | None
    invite_href: str
    room: str = "accounts"


@dataclass(frozen=True, kw_only=True)
class AccountPage:
    """One account, and what can be done with it."""

    title: str
    seen: Seen
    kind: str
    state: str
    tone: str
    is_own: bool
    has_own_provider: bool
    code_link: str | None
    code: str | None
    list_href: str
    hrefs: dict[str, str] = field(default_factory=dict)
    room: str = "accounts"

    @classmethod
    def of(cls, seen: Seen, **more: Any) -> AccountPage:
        words, tone = state_words(seen.state)
        hrefs = {
            name: url_for(f"admin.{name}", account_id=seen.id)
            for name in ("end_sessions", "close_account", "open_account", "invite_again", "reset_second_step")
        }
        return cls(title=seen.name, seen=seen, kind=kind_words(seen.kind), state=words, tone=tone, hrefs=hrefs, **more)


@dataclass(frozen=True, kw_only=True)
class InvitePage:
    """Inviting somebody of one kind."""

    title: str
    kind: str
    kinds: list[dict[str, Any]]
    form: Any
    action: str
    list_href: str
    days: int
    room: str = "accounts"

    @property
    def has_errors(self) -> bool:
        return bool(self.form.errors)
