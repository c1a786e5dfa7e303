"""Sealed notes that travel through the browser from one part of the portal to another.

They are encrypted with the key ring, so that they say nothing on the way and nobody else can write one.
"""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime, timedelta
from typing import Any

from portal.infra.crypto import KeyRing, Unreadable

LASTS = timedelta(minutes=30)


def seal_ticket(ring: KeyRing, purpose: str, content: dict[str, Any], now: datetime) -> str:
    """A URL-safe text that `open_ticket` reads for half an hour."""
    plain = json.dumps({**content, "until": (now + LASTS).timestamp()}).encode()
    return base64.urlsafe_b64encode(ring.wrap(plain, f"ticket:{purpose}")).rstrip(b"=").decode()


def open_ticket(ring: KeyRing, purpose: str, ticket: str | None, now: datetime) -> dict[str, Any] | None:
    """What `seal_ticket` sealed for the same purpose; None when it is forged, for something else, or too old."""
    if not ticket or len(ticket) > 2000:
        return None
    try:
        sealed = base64.urlsafe_b64decode(ticket + "=" * (-len(ticket) % 4))
        content: dict[str, Any] = json.loads(ring.unwrap(sealed, f"ticket:{purpose}"))
    except (Unreadable, binascii.Error, ValueError):
        return None
    return content if content["until"] > now.timestamp() else None
