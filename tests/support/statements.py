"""Counts what is asked of the database, so that a page cannot grow a query for each row unseen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

TRANSACTION = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA", "SET ", "SHOW ")


class Statements:
    """What was run inside the block. `count` leaves transaction control out."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    @property
    def count(self) -> int:
        return len(self.statements)

    def __repr__(self) -> str:
        return "\n".join(f"{n:3} {' '.join(s.split())[:300]}" for n, s in enumerate(self.statements, 1))

    def at_most(self, ceiling: int) -> None:
        """Fail, with the list, when more than `ceiling` statements were run."""
        assert self.count <= ceiling, f"{self.count} statements, and {ceiling} are the ceiling:\n{self!r}"


@contextmanager
def count_statements(engine: Engine) -> Iterator[Statements]:
    """Count the statements of `engine` inside the block."""
    seen = Statements()

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.lstrip().upper().startswith(TRANSACTION):
            seen.statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)
