"""What a password must be (NIST SP 800-63B-4, 3.1.1): long, not well known, not about its owner. Nothing else."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from zxcvbn.frequency_lists import FREQUENCY_LISTS

LEAST = 15
LEAST_WITH_FACTOR = 8
MOST_BYTES = 1024
OWN_NAMES = ("throughline", "portal", "patientportal")


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    """Thirty thousand passwords that are tried first, from the frequency lists of zxcvbn (Burnett's list)."""
    return frozenset(word.casefold() for word in FREQUENCY_LISTS["passwords"])


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
    if normal.casefold() in _common() or plain in _common() or len(set(plain or normal)) < 4:
        return "common"
    if plain.strip("0123456789") in _common() and len(plain.strip("0123456789")) < LEAST:
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
