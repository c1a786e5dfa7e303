"""Keys of lists that are read page by page: where a page ended, in an address that survives new rows above it. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

PAGE = 25
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Key = tuple[datetime, UUID]


def key_text(at: datetime, row_id: UUID) -> str:
    """The key of a row, for the address of the next page."""
    return f"{(at - _EPOCH) // timedelta(microseconds=1)}-{row_id.hex}"


def key_of(text: str | None) -> Key | None:
    """The key in an address, or None where there is none that makes sense: the first page is shown then."""
    at, _, row_id = (text or "").rpartition("-")
    try:
        return _EPOCH + timedelta(microseconds=int(at)), UUID(hex=row_id)
    except (ValueError, OverflowError):
        return None
