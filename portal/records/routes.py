"""Doors of the record."""

from __future__ import annotations

from portal.web.door import Door

door = Door("records", prefix="/people/<uuid:person_id>")
