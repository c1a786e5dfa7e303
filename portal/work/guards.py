"""The guards: code that forgets its action or its trail does not run."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, Table, TextClause, event, inspect
from sqlalchemy.orm import Session
from sqlalchemy.sql import visitors

from portal.infra.database import Database
from portal.models import Person, is_patient_owned


class UnscopedQuery(RuntimeError):
    """A statement reads patient-owned rows without an action. Counts too."""


class SilentWrite(RuntimeError):
    """Patient-owned rows changed and nobody wrote it in the trail."""


class UnusedAction(RuntimeError):
    """A route declares an action that its use case never asked the policy about."""


# Tables that rules look into to decide; the policy alone reads them inside its conditions.
POLICY_TABLES = frozenset(
    {
        "access_evidence",
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


@event.listens_for(Session, "before_flush")
def _remember_touched(session: Session, _context: Any, _instances: Any) -> None:
    """Note whose rows this flush changes, for the guard at the end."""
    changed = [*session.new, *(row for row in session.dirty if session.is_modified(row)), *session.deleted]
    touched = {patient_of(row) for row in changed if is_patient_owned(inspect(row).mapper.local_table)}
    session.info.setdefault("touched", set()).update(touched)


@event.listens_for(Session, "do_orm_execute")
def _remember_bulk(state: Any) -> None:
    """Note the patient-owned table that a bulk statement changes; whose rows they are it can't tell."""
    if state.is_select:
        return
    table = getattr(state.statement, "table", None)
    if table is not None and is_patient_owned(table):
        state.session.info["bulk"] = table.name


def patient_of(row: Any) -> UUID | None:
    """Whose row it is: a person's own id, or the row's patient; None for rows of nobody's record."""
    if getattr(row, "__tablename__", None) == Person.__tablename__:
        found: UUID = row.id
        return found
    return getattr(row, "patient_id", None)
