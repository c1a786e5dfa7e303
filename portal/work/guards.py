"""The guards: code that forgets its action or its trail does not run."""

from __future__ import annotations

import re
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, Table, TextClause, event
from sqlalchemy.sql import visitors

from portal.infra.database import Database
from portal.models import is_patient_owned


class UnscopedQuery(RuntimeError):
    """A statement reads patient-owned rows without an action. Counts too."""


class SilentWrite(RuntimeError):
    """Patient-owned rows changed and nobody wrote it in the trail."""


class UnusedAction(RuntimeError):
    """A route declares an action that its use case never asked the policy about."""


# Tables that rules look into to decide; the policy alone reads them inside its conditions.
POLICY_TABLES = frozenset(
    {
        "relationship",
        "relationship_scope",
        "care_team_member",
        "thread",
        "thread_offer",
        "liaison_mode",
        "family_update_reader",
    }
)

_SAVEPOINT = re.compile(r"(ROLLBACK TO |RELEASE )?SAVEPOINT ")
_TABLES: WeakKeyDictionary[Any, frozenset[str]] = WeakKeyDictionary()


def watch(database: Database) -> None:
    """Put the guard on every guarded connection of this database."""
    engine: Engine = database.engine

    @event.listens_for(engine, "before_cursor_execute")
    def check(_conn: Any, _cursor: Any, statement: str, _params: Any, context: Any, _many: bool) -> None:
        options = context.execution_options
        if not options.get("guarded"):
            return
        compiled = context.compiled
        if _SAVEPOINT.match(statement):
            return
        if compiled is None or isinstance(compiled.statement, TextClause):
            raise UnscopedQuery("raw SQL belongs to infra and migrations")
        if context.isinsert or context.isupdate or context.isdelete:
            return  # changes are the business of SilentWrite
        owned = _patient_tables(compiled)
        if not owned:
            return
        scoped = options.get("scoped")
        if scoped is None:
            raise UnscopedQuery(f"no action for: {', '.join(sorted(owned))}")
        loose = owned - scoped - POLICY_TABLES
        if loose:
            raise UnscopedQuery(f"the action does not cover: {', '.join(sorted(loose))}")


def _patient_tables(compiled: Any) -> frozenset[str]:
    """Patient-owned tables a compiled statement touches, at any depth; worked out once a statement shape."""
    known = _TABLES.get(compiled)
    if known is None:
        found = {
            element.name
            for element in visitors.iterate(compiled.statement)
            if isinstance(element, Table) and is_patient_owned(element)
        }
        known = _TABLES[compiled] = frozenset(found)
    return known
