"""Passkeys (WebAuthn Level 2): making one, signing in with one."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from portal.infra.settings import Settings


def relying_party(settings: Settings) -> str | None:
    """The host passkeys are bound to; None where browsers allow none: on a bare IP address, or over plain http."""
    host = urlsplit(settings.base_url).hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host if settings.is_https or host == "localhost" else None
    return None


def are_possible(settings: Settings) -> bool:
    """Whether this portal's address allows passkeys."""
    return relying_party(settings) is not None
