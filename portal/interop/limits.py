"""How much of anything is believed. Generous for real exports, small enough that no file can take the machine."""

from __future__ import annotations

from typing import Final

CHUNK: Final = 1 << 18  # bytes read at a time
RESOURCE: Final = 24 << 20  # characters of one resource
RATIO: Final = 250  # how often larger a .gz may become …
RATIO_FROM: Final = 32 << 20  # … once this many bytes came out of it
ENTRIES_AT_A_TIME: Final = 400  # resources held in memory
