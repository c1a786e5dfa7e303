"""What the provider's templates may know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import request

from portal.web.door import services
from portal.web.filters import language
from portal.web.shell import LanguageLink, language_links

KEPT_ARGUMENTS = ("request", "next", "then")


def other_languages() -> list[LanguageLink]:
    """This page in the other languages, still holding what it was asked for."""
    kept = {name: request.args[name] for name in KEPT_ARGUMENTS if name in request.args}
    links = language_links(services().settings.language_codes, language())
    return [
        LanguageLink(one.code, one.label, f"{request.path}?{urlencode({**kept, 'lang': one.code})}") for one in links
    ]


@dataclass(frozen=True, kw_only=True)
class ProviderPage:
    """What all pages of the provider share."""

    title: str
    action: str = ""
    form: Any = None
    language_links: list[LanguageLink] = field(default_factory=other_languages)

    @property
    def has_errors(self) -> bool:
        return self.form is not None and bool(self.form.errors)


@dataclass(frozen=True, kw_only=True)
class SignInPage(ProviderPage):
    """E-mail and password, or a passkey."""

    has_passkeys: bool
    options_href: str
    passkey_href: str
    invitation_href: str
    reset_href: str


@dataclass(frozen=True, kw_only=True)
class FactorPage(ProviderPage):
    """The second factor: a code, a passkey, or a recovery code."""

    has_totp: bool
    has_passkeys: bool
    options_href: str
    passkey_href: str
    recovery_href: str
    back_href: str


@dataclass(frozen=True, kw_only=True)
class ChoicePage(ProviderPage):
    """Which second factor to set up; `skip_href` where one may do without."""

    totp_href: str
    passkey_href: str | None
    skip_href: str | None


@dataclass(frozen=True, kw_only=True)
class TotpPage(ProviderPage):
    """Setting up an authenticator app."""

    qr_code: str
    secret: str
    back_href: str


@dataclass(frozen=True, kw_only=True)
class PasskeyPage(ProviderPage):
    """Making a passkey."""

    options_href: str
    back_href: str


@dataclass(frozen=True, kw_only=True)
class RecoveryPage(ProviderPage):
    """The ten codes, shown once."""

    codes: Sequence[str]
    next_href: str


@dataclass(frozen=True, kw_only=True)
class RegisterPage(ProviderPage):
    """Making a sign-in after an invitation."""

    is_staff: bool
    sign_in_href: str


@dataclass(frozen=True, kw_only=True)
class LinkPage(ProviderPage):
    """A page with one way on."""

    href: str


@dataclass(frozen=True, slots=True)
class PasskeyRow:
    """One passkey in a list."""

    name: str
    created_at: datetime
    used_at: datetime | None
    remove_href: str


@dataclass(frozen=True, kw_only=True)
class SecurityPage(ProviderPage):
    """How somebody signs in, and what they can change of it."""

    email: str
    password_changed_at: datetime | None
    password_href: str
    has_totp: bool
    totp_href: str
    remove_totp_href: str
    passkeys: Sequence[PasskeyRow]
    new_passkey_href: str | None
    recovery_codes: int
    recovery_href: str
    has_second_factor: bool
    must_add_first: bool
    back_href: str
