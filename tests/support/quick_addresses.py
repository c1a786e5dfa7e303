"""The code that builds the address of a rule, compiled once a process.

Each test has an application of its own, all with the same hundreds of rules, and Werkzeug compiles two functions for
each: a third of the time of a small test. They depend on the rule alone.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from werkzeug.routing import Rule

KNOWN: dict[Hashable, Any] = {}


def install() -> None:
    """From here on, rules with the same words share what was compiled for the first of them."""
    compile_builder: Callable[..., Any] = Rule._compile_builder

    def remembered(self: Rule, append_unknown: bool = True) -> Any:
        key = (self.rule, append_unknown, self.subdomain, self.host, tuple(sorted((self.defaults or {}).items())))
        found = KNOWN.get(key)
        if found is None:
            found = KNOWN[key] = compile_builder(self, append_unknown)
        return found

    Rule._compile_builder = remembered  # type: ignore[method-assign]
