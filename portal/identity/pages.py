"""What the templates of sign-in, profile and sessions may know."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import request
from flask_babel import gettext as _

from portal.models import Account, WebSession
from portal.web.door import services
from portal.web.filters import language
from portal.web.shell import LanguageLink, language_links

KEPT_ARGUMENTS = ("next", "ended", "why")


def other_languages() -> list[LanguageLink]:
    """This page in the other languages, still holding what it was asked for."""
    kept = {name: request.args[name] for name in KEPT_ARGUMENTS if name in request.args}
    links = language_links(services().settings.language_codes, language())
    return [
        LanguageLink(one.code, one.label, f"{request.path}?{urlencode({**kept, 'lang': one.code})}") for one in links
    ]


@dataclass(frozen=True, kw_only=True)
class VisitorPage:
    """What pages for visitors share."""

    title: str
    action: str = ""
    form: Any = None
    language_links: list[LanguageLink] = field(default_factory=other_languages)

    @property
    def has_errors(self) -> bool:
        return self.form is not None and bool(self.form.errors)


@dataclass(frozen=True, kw_only=True)
class ProblemPage(VisitorPage):
    """Sign-in did not work: `kind` says why, and the template what to do."""

    kind: str
    again_href: str
    invitation_href: str


@dataclass(frozen=True, kw_only=True)
class NextPage(VisitorPage):
    """A page with one way on."""

    href: str


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One place somebody is signed in."""

    id: UUID
    browser: str
    address: str
    since: datetime | None
    seen_at: datetime
    is_this_one: bool
    end_href: str


@dataclass(frozen=True, kw_only=True)
class SessionsPage:
    """Where I am signed in."""

    title: str
    sessions: list[SessionRow]
    end_others_href: str
    sign_out_everywhere_href: str
    profile_href: str
    room: str = "profile"

    @classmethod
    def rows(cls, found: list[WebSession], this: UUID | None, href: Any) -> list[SessionRow]:
        return [
            SessionRow(
                one.id,
                one.browser or _("Unknown browser"),
                one.address,
                one.signed_in_at,
                one.seen_at,
                one.id == this,
                href(one.id),
            )
            for one in found
        ]


@dataclass(frozen=True, kw_only=True)
class ProfilePage:
    """My account: what the portal calls me and how it speaks to me."""

    title: str
    name: str
    email: str | None
    form: Any
    action: str
    sessions_href: str
    security_href: str | None
    notices_href: str
    room: str = "profile"

    @property
    def has_errors(self) -> bool:
        return bool(self.form.errors)

    @classmethod
    def of(cls, account: Account, form: Any, **hrefs: Any) -> ProfilePage:
        return cls(title=_("Your profile"), name=account.display_name, email=account.email, form=form, **hrefs)


@dataclass(frozen=True, kw_only=True)
class InvitationPage(VisitorPage):
    """An invitation: first the birth date, then the choice of a sign-in."""

    is_checked: bool
    name: str
    is_staff: bool
    has_own_provider: bool
    existing_href: str
