"""Pieces of the layout that are the same on page after page, rendered once and kept.

A kept piece depends on nothing but its values, the language and where the portal is mounted. What is of one reader (a
name, a form's token, whose record it is) is a gap: the piece is rendered with a mark there, and each page fills it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from functools import lru_cache
from typing import Any

from flask import Flask, request
from markupsafe import Markup, escape

from portal.web.filters import language

MOST = 1024
_MARK = re.compile("\ue000([a-z_]+)\ue001")


def mark(name: str) -> str:
    """What stands in a kept piece for the gap `name`."""
    return f"\ue000{name}\ue001"


def kept(app: Flask) -> Callable[..., Markup]:
    """The function behind `kept` of the layouts.

    `kept(template, gaps, **values)`: the values must be hashable, and decide with the template what is rendered;
    `gaps` names what is filled in anew each time, escaped. In the template both are variables.
    """

    @lru_cache(maxsize=MOST)
    def pieces(template: str, _place: tuple[str, str], gaps: tuple[str, ...], values: Hashable) -> list[str]:
        given: Any = {**{name: mark(name) for name in gaps}, **dict(values)}  # type: ignore[call-overload]
        return _MARK.split(app.jinja_env.get_template(template).render(given))

    def fill(template: str, gaps: Mapping[str, str] | None = None, **values: Hashable) -> Markup:
        gaps = gaps or {}
        parts = pieces(template, (language(), request.root_path), tuple(gaps), tuple(values.items()))
        if len(parts) == 1:
            return Markup(parts[0])  # noqa: S704  a template of ours rendered it
        whole = list(parts)
        ready = {name: escape(value) for name, value in gaps.items()}
        whole[1::2] = [ready[name] for name in parts[1::2]]
        return Markup("".join(whole))  # noqa: S704  the same, its gaps filled with what is escaped

    return fill
