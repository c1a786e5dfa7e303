"""Doors of provider."""

from __future__ import annotations

from portal.web.door import Door

door = Door("provider")


def exempt_from_csrf(app: object) -> list[object]:
    """Views that machines call with their own proof (client secret), not with a form."""
    return []
