"""The house's Flask. Addresses of views are written once a process: a page names dozens that differ in ids alone."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from flask import Flask, has_request_context, request
from flask.templating import Environment

SAFE = "!$'()*,/:;?@"  # what Werkzeug leaves as it is in a query, too


class Templates(Environment):
    """Flask's templates. Ours all know the same globals, so an imported macro need not look for others."""

    def make_globals(self, d: Any) -> Any:
        """The globals of a template: those of the environment itself, where it is given none of its own."""
        return super().make_globals(d) if d else self.globals


class Portal(Flask):
    """Flask, with an `url_for` that remembers how the address of a view is put together."""

    jinja_environment = Templates

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._patterns: dict[tuple[str, ...], str] = {}
        self._arguments: dict[str, frozenset[str]] = {}

    def url_for(self, endpoint: str, **values: Any) -> str:
        """The same as Flask's. Ids are filled into what was built before, and words of the query put behind it."""
        query: list[tuple[str, str]] = []
        for name, value in values.items():
            if type(value) is UUID:
                continue
            if type(value) is not str or name.startswith("_") or name in self._in_paths(endpoint):
                return super().url_for(endpoint, **values)
            query.append((name, value))
        if not has_request_context() or endpoint.startswith("."):
            return super().url_for(endpoint, **values)
        ids = values if not query else {name: one for name, one in values.items() if type(one) is UUID}
        key = (request.root_path, endpoint, *ids)
        pattern = self._patterns.get(key)
        if pattern is None:
            marks: dict[str, Any] = {name: uuid4() for name in ids}
            pattern = super().url_for(endpoint, **marks).replace("{", "{{").replace("}", "}}")
            for name, mark in marks.items():
                pattern = pattern.replace(str(mark), f"{{{name}}}")
            if len(self._patterns) < 4096:
                self._patterns[key] = pattern
        address = pattern.format_map(ids)
        if not query:
            return address
        return f"{address}{'&' if '?' in address else '?'}{urlencode(query, safe=SAFE)}"

    def _in_paths(self, endpoint: str) -> frozenset[str]:
        """The names that stand in the path of a view, and not in the query. Raises nothing for an unknown one."""
        found = self._arguments.get(endpoint)
        if found is None:
            try:
                rules = list(self.url_map.iter_rules(endpoint))
            except KeyError:
                rules = []
            found = frozenset(name for rule in rules for name in rule.arguments)
            if rules:
                self._arguments[endpoint] = found
        return found
