"""What a password must be (NIST SP 800-63B-4, 3.1.1): long, not well known, not about its owner. Nothing else."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path

LEAST = 15
LEAST_WITH_FACTOR = 8
MOST_BYTES = 1024
OWN_NAMES = ("throughline", "portal", "patientportal")


@lru_cache(maxsize=1)
def _common() -> str:
    """Thirty thousand passwords that are tried first, one a line (data/README.md)."""
    return "\n" + (Path(__file__).parent / "data" / "common_passwords.txt").read_text()


def _is_common(word: str) -> bool:
    return bool(word) and "\n" not in word and f"\n{word}\n" in _common()


def _plain(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def problem_with(password: str, *, about: tuple[str, ...] = (), has_second_factor: bool = False) -> str | None:
    """Why this password won't do: `short`, `long`, `common` or `personal`; None when it will.

    `about` are words of its owner: name, e-mail, the clinic. Characters count, not bytes; any may be used.
    """
    normal = unicodedata.normalize("NFC", password)
    if len(normal) < (LEAST_WITH_FACTOR if has_second_factor else LEAST):
        return "short"
    if len(normal.encode()) > MOST_BYTES:
        return "long"
    plain = _plain(password)
    if _is_common(normal.casefold()) or _is_common(plain) or len(set(plain or normal)) < 4:
        return "common"
    if _is_common(plain.strip("0123456789")) and len(plain.strip("0123456789")) < LEAST:
        return "common"  # a common password with digits around it
    words = {_plain(word) for text in about for word in (text, *text.replace("@", " ").split())} | set(OWN_NAMES)
    left = plain
    for word in sorted((word for word in words if len(word) > 2), key=len, reverse=True):
        left = left.replace(word, "")
    # A common word, or one's own name, with a few digits around it is what everybody tries.
    letters = "".join(c for c in left if not c.isdigit())
    if len(left) < len(plain) and (len(letters) < 4 or letters in _common()):
        return "personal"
    return None
