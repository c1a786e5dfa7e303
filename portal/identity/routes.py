"""Doors of identity."""

from __future__ import annotations

from portal.web.door import Door

door = Door("identity")


def install(app: object) -> None:
    """Set up what sign-in needs of the application."""
