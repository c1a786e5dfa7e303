"""How far one reading of a binder goes. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from portal.binder.outline import SECTIONS


@dataclass(frozen=True)
class Reach:
    """Which sections, and whether sensitive categories and the owner's private notes go along.

    `categories` are the sensitive categories the reader holds; None for all.
    """

    sections: tuple[str, ...] = SECTIONS
    with_sensitive: bool = True
    with_private: bool = True
    categories: frozenset[str] | None = None
    relations: tuple[Any, ...] | None = None  # those of a caregiver, where they were read already
