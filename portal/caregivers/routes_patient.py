"""Doors of caregivers."""

from __future__ import annotations

from portal.web.door import Door

door = Door("caregivers")
