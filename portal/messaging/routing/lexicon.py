"""The word lists beside this module, read once when it is imported.

A list is plain text: `# comment` on a line of its own, `[name]` or `[name weight]` opens a section, every other line is a phrase (see
`phrases`). English and Spanish stand in files of their own and are always searched together, because people mix them.
"""  # noqa: E501

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from portal.messaging.routing.phrases import PhraseIndex

LANGUAGES = ("en", "es")
_DATA = files("portal.messaging.routing") / "data"


def lines(name: str) -> Iterator[str]:
    """The lines of a data file that say something."""
    for line in (_DATA / name).read_text(encoding="utf-8").splitlines():
        line = line.strip()
        if line and not line.startswith("# "):
            yield line


def sections(name: str) -> Iterator[tuple[str, float, str]]:
    """(section, weight, phrase) for each phrase of one data file."""
    section, weight = "", 1.0
    for line in lines(name):
        if line.startswith("["):
            head = line.strip("[]").split()
            section, weight = head[0], float(head[1]) if len(head) > 1 else 1.0
        else:
            yield section, weight, line


@cache
def index(name: str) -> PhraseIndex:
    """The phrases of `name` in every language."""
    return PhraseIndex(entry for lang in LANGUAGES for entry in sections(f"{name}_{lang}.txt"))


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    """The rows of a CSV data file."""
    return tuple(csv.DictReader(lines(name)))


@cache
def groups(name: str) -> dict[str, tuple[str, ...]]:
    """A list `key: word, word, …`, one key a line."""
    pairs = (line.split(":", 1) for line in lines(name))
    return {key.strip(): tuple(word.strip() for word in words.split(",")) for key, words in pairs}
