"""Makes a floor's template out of the portal's own page, so that both show the same rows in the same markup for ever.

The page is cut into what stands before the list, one row of each kind, and what follows. In a row, every value the
dataset knows becomes a Jinja expression again; the rest is constant text. So the floor pays for the loop, the values
and their escaping, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import pairwise

TAGS = ("li", "tr", "article")
FORMATS = (
    "%b %Y",
    "%b %-d",
    "%a, %b %-d, %Y, %-I:%M %p",
    "%a, %b %-d, %-I:%M %p",
    "%a, %b %-d, %Y",
    "%A, %B %-d, %Y",
    "%a, %b %-d",
    "%-I:%M %p",
)
_TIME = re.compile(r"<time datetime=\"[^\"]*\">([^<]*)</time>")


class NoRows(ValueError):
    """The page does not show the rows that were expected, or not each in an element of its own."""


@dataclass(frozen=True)
class Row:
    """A row as the dataset knows it. `key` is found once on the page; `kind` names rows that look alike."""

    key: str
    kind: str
    at: datetime
    values: Mapping[str, str]


def template_of(page: str, rows: Sequence[Row]) -> str:
    """A Jinja template with one loop over `rows` (each a mapping with `kind`, `when` and the values' names)."""
    start, pieces, end = cut(page, [escape(row.key, quote=True) for row in rows])
    kinds: dict[str, str] = {}
    for row, piece in zip(rows, pieces, strict=True):
        kinds.setdefault(row.kind, _generalise(piece, row))
    branches = "".join(
        f'{{% {"if" if n == 0 else "elif"} r.kind == "{kind}" %}}{text}' for n, (kind, text) in enumerate(kinds.items())
    )
    return f"{_constant(start)}{{% for r in rows %}}{branches}{{% endif %}}{{% endfor %}}{_constant(end)}"


def cut(page: str, keys: Sequence[str]) -> tuple[str, list[str], str]:
    """What stands before the rows, each row, and what follows. Raises `NoRows`."""
    found = [page.find(key) for key in keys]
    if not keys or -1 in found or sorted(found) != found:
        raise NoRows(f"{found.count(-1)} of {len(keys)} rows are missing, or they stand in another order")
    for tag in TAGS:
        starts = [_opening(page, tag, at) for at in found]
        apart = all(a < b for a, b in pairwise(starts)) and all(
            key < b for key, b in zip(found, starts[1:], strict=False)
        )
        if -1 in starts or not apart:
            continue
        end = _end(page, tag, starts[-1])
        return page[: starts[0]], [page[a:b] for a, b in pairwise([*starts, end])], page[end:]
    raise NoRows("the rows are not elements of their own")


def _opening(page: str, tag: str, before: int) -> int:
    """Where the element that holds the place begins: the last opening tag that is not closed before it."""
    depth, at = 0, before
    pattern = re.compile(rf"<(/?){tag}[\s>]")
    for match in reversed(list(pattern.finditer(page, 0, before))):
        if match[1]:
            depth += 1
        elif depth:
            depth -= 1
        else:
            return match.start()
        at = match.start()
    return -1 if at else at


def _end(page: str, tag: str, start: int) -> int:
    depth = 0
    for match in re.finditer(rf"<(/?){tag}[\s>]", page[start:]):
        depth += -1 if match[1] else 1
        if depth == 0:
            return page.index(">", start + match.start()) + 1
    raise NoRows(f"<{tag}> is not closed")


def _generalise(piece: str, row: Row) -> str:
    marked = piece
    slots: list[str] = []

    def slot(expression: str) -> str:
        slots.append(expression)
        return f"\x00{len(slots) - 1}\x00"

    def time(match: re.Match[str]) -> str:
        shown = match[1]
        for form in FORMATS:
            if row.at.strftime(form).lower() == shown.lower():
                return f'<time datetime="{slot("r.when.isoformat()")}">{slot(f"r.when.strftime({form!r})")}</time>'
        return match[0]

    marked = _TIME.sub(time, marked)
    for name, value in sorted(row.values.items(), key=lambda item: -len(item[1])):
        if value:
            marked = marked.replace(escape(value, quote=True).replace("&#x27;", "&#39;"), slot(f"r.{name}"))
    text = _constant(marked)
    return re.sub(r"\x00(\d+)\x00", lambda m: f"{{% endraw %}}{{{{ {slots[int(m[1])]} }}}}{{% raw %}}", text)


def _constant(text: str) -> str:
    return f"{{% raw %}}{text}{{% endraw %}}"
