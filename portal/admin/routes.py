"""Doors of admin."""

from __future__ import annotations

from portal.web.door import Door

door = Door("admin")
