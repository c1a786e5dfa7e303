"""Doors of messaging."""

from __future__ import annotations

from portal.web.door import Door

door = Door("messaging")
