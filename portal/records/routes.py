"""Doors of the record, put together."""

from __future__ import annotations

from portal.records import routes_amend, routes_downloads  # noqa: F401  they hang their views on the door
from portal.records.routes_record import door

__all__ = ["door"]
