"""Addresses of views, each written once a process: a page names dozens, and they differ in ids alone."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from flask import Flask, has_request_context, request


class Portal(Flask):
    """Flask, with an `url_for` that remembers how the address of a view is put together."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._patterns: dict[tuple[str, ...], str] = {}

    def url_for(self, endpoint: str, **values: Any) -> str:
        """The same as Flask's. Where all values are ids, the address is filled into what was built before."""
        for value in values.values():
            if type(value) is not UUID:
                return super().url_for(endpoint, **values)
        if not has_request_context() or endpoint.startswith("."):
            return super().url_for(endpoint, **values)
        key = (request.root_path, endpoint, *values)
        pattern = self._patterns.get(key)
        if pattern is None:
            marks: dict[str, Any] = {name: uuid4() for name in values}
            pattern = super().url_for(endpoint, **marks).replace("{", "{{").replace("}", "}}")
            for name, mark in marks.items():
                pattern = pattern.replace(str(mark), f"{{{name}}}")
            if len(self._patterns) < 4096:
                self._patterns[key] = pattern
        return pattern.format_map(values)
