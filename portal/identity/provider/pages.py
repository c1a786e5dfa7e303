"""What the provider's templates may know."""

from __future__ import annotations

from dataclasses import dataclass, field
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
    return [LanguageLink(one.code, one.label, f"{request.path}?{urlencode({**kept, 'lang': one.code})}") for one in links]


@dataclass(frozen=True, kw_only=True)
class ProviderPage:
    """What all pages of the provider share."""

    title: str
    action: str = ""
    form: Any = None
    problems: list[str] = field(default_factory=list)
    language_links: list[LanguageLink] = field(default_factory=other_languages)

    @property
    def has_errors(self) -> bool:
        return bool(self.problems) or bool(self.form is not None and self.form.errors)


@dataclass(frozen=True, kw_only=True)
class SignInPage(ProviderPage):
    """E-mail and password, or a passkey."""

    has_passkeys: bool
    options_href: str
    passkey_href: str
    invitation_href: str
    reset_href: str
