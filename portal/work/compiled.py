"""Prepared statements of plain columns, run on the driver itself.

SQLAlchemy writes the statement, names its parameters and knows the types, once a process. What it does again at each
execution (the session's state, a cache key, a context, a result with its metadata) costs several times what the
database does. Here the kept text is given to the driver, with the same types read and written. The guard and whoever
else listens to `before_cursor_execute` hear of it as of every statement.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, SafeUUID

from sqlalchemy import BindParameter, Select, Table, Uuid, bindparam, delete, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import visitors

from portal.infra.columns import UTCDateTime

_new, _set = object.__new__, object.__setattr__
_UNKNOWN = SafeUUID.unknown


def read_uuid(text: str | None) -> UUID | None:
    """A UUID out of the 32 hexadecimal digits that SQLite keeps, without looking for other ways to write one."""
    if text is None:
        return None
    found = _new(UUID)
    _set(found, "int", int(text, 16))
    _set(found, "is_safe", _UNKNOWN)
    return found


def read_instant(text: str | None) -> datetime | None:
    """An instant out of the UTC text that SQLite keeps."""
    return None if text is None else datetime.fromisoformat(f"{text}+00:00")


class Rows:
    """The answer, read to its end: rows are named tuples."""

    __slots__ = ("_rows",)

    def __init__(self, rows: list[Any]) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def all(self) -> list[Any]:
        return self._rows

    def first(self) -> Any:
        """The first row, or None."""
        return self._rows[0] if self._rows else None

    def scalar(self) -> Any:
        """The first column of the first row, or None."""
        return self._rows[0][0] if self._rows else None

    def scalar_one(self) -> Any:
        """The one value of the one row. Raises ValueError for any other number of rows."""
        ((value, *_rest),) = self._rows
        return value

    def scalars(self) -> Rows:
        """The first column alone."""
        return Rows([row[0] for row in self._rows])


NOTHING = Rows([])


class Records(Rows):
    """Rows that stand for entities: each is what its only column would be."""

    __slots__ = ()

    def scalars(self) -> Rows:
        return self

    def scalar(self) -> Any:
        return self.first()

    def scalar_one(self) -> Any:
        (found,) = self._rows
        return found


class _Context:
    """What listeners may ask of a statement: the same names as in SQLAlchemy's own context."""

    executemany = False

    def __init__(self, compiled: Any, options: Mapping[str, Any]) -> None:
        self.compiled = compiled
        self.isinsert, self.isupdate, self.isdelete = compiled.isinsert, compiled.isupdate, compiled.isdelete
        self.execution_options = {"guarded": True, **options}


class Compiled:
    """A SELECT of columns, or a change that gives nothing back, ready for one dialect."""

    def __init__(self, statement: Any, dialect: Dialect, given: frozenset[str]) -> None:
        """`given` names the parameters whose values come with each execution."""
        _spell_out(statement, given)
        compiled: Any = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        state = compiled._post_compile_expanded_state
        constant = compiled.construct_params(escape_names=False, _check=False)
        processors = {**compiled._bind_processors, **(state.processors if state else {})}
        names = state.positiontup if state else compiled.positiontup
        self.text = str(state.statement if state else compiled.string)
        self.is_positional = bool(compiled.positional)
        self.dialect = dialect
        self._context = _Context(compiled, statement.get_execution_options())
        self._parameters: list[tuple[str, bool, Any]] = []
        for name in names if self.is_positional else constant:
            process = processors.get(name)
            if name in given:
                self._parameters.append((name, True, process))
            else:
                value = constant[name]
                self._parameters.append((name, False, process(value) if process else value))
        columns = compiled._result_columns
        self._types = [column.type for column in columns]
        self._row: Any = namedtuple("Row", [column.keyname for column in columns], rename=True)  # type: ignore[misc]
        self._rows: type[Rows] = Rows
        self._readers: list[Callable[[Any], Any] | None] | None = None

    @staticmethod
    def can(statement: Any) -> bool:
        """Whether it is a SELECT of columns and of nothing that a session must keep."""
        return isinstance(statement, Select) and not any(
            isinstance(column["type"], type) for column in statement.column_descriptions
        )

    @classmethod
    def of_entity(cls, statement: Any, dialect: Dialect, given: frozenset[str]) -> Compiled | None:
        """The same for a SELECT of one entity, for those who only look: each is a named tuple of all its columns.

        None where the statement selects anything else.
        """
        described = statement.column_descriptions if isinstance(statement, Select) else []
        if len(described) != 1 or not isinstance(described[0]["type"], type):
            return None
        model: Any = described[0]["type"]
        mapped: Any = inspect(model)
        columns = [getattr(model, attribute.key) for attribute in mapped.column_attrs]
        found = cls(statement.with_only_columns(*columns, maintain_column_froms=True), dialect, given)
        names = [column.key for column in columns]
        plain: Any = namedtuple(model.__name__, names)  # type: ignore[misc]
        found._row = type(model.__name__, (plain,), {"__slots__": (), "__tablename__": model.__tablename__})
        found._rows = Records
        return found

    def run(self, connection: Connection, values: Mapping[str, Any]) -> Rows:
        """Execute with these parameters in the connection's transaction. Raises SQLAlchemy's `DBAPIError`s."""
        parameters = self._fill(values)
        driver: Any = connection.connection.dbapi_connection
        cursor = driver.cursor()
        for hear in connection.dispatch.before_cursor_execute:
            hear(connection, cursor, self.text, parameters, self._context, False)
        try:
            cursor.execute(self.text, parameters)
            if not self._types:
                return NOTHING
            found = cursor.fetchall()
            readers = self._readers or self._learn(cursor)
        except self.dialect.loaded_dbapi.Error as error:
            raise failure(error, connection, self.text) from error
        finally:
            cursor.close()
        make = self._row._make
        if not any(readers):
            return self._rows([make(row) for row in found])
        return self._rows(
            [make([read(x) if read else x for read, x in zip(readers, row, strict=True)]) for row in found]
        )

    def run_many(self, connection: Connection, many: Iterable[Mapping[str, Any]]) -> None:
        """Execute a change once for each set of values, as one statement. Raises SQLAlchemy's `DBAPIError`s."""
        parameters = [self._fill(values) for values in many]
        cursor = connection.connection.dbapi_connection.cursor()  # type: ignore[union-attr]
        for hear in connection.dispatch.before_cursor_execute:
            hear(connection, cursor, self.text, parameters, self._context, True)
        try:
            cursor.executemany(self.text, parameters)
        except self.dialect.loaded_dbapi.Error as error:
            raise failure(error, connection, self.text) from error
        finally:
            cursor.close()

    def _fill(self, values: Mapping[str, Any]) -> Any:
        """The parameters of one execution as the driver wants them."""
        filled = [
            (kept(values[name]) if kept else values[name]) if is_given else kept
            for name, is_given, kept in self._parameters
        ]
        if self.is_positional:
            return tuple(filled)
        return {name: value for (name, _given, _kept), value in zip(self._parameters, filled, strict=True)}

    def _learn(self, cursor: Any) -> list[Callable[[Any], Any] | None]:
        """How to read each column: by its type, and for some types by what the driver says of the column."""
        readers: list[Callable[[Any], Any] | None] = []
        is_sqlite = self.dialect.name == "sqlite"
        for kind, said in zip(self._types, cursor.description, strict=True):
            if is_sqlite and isinstance(kind, Uuid) and kind.as_uuid:
                readers.append(read_uuid)
            elif is_sqlite and isinstance(kind, UTCDateTime):
                readers.append(read_instant)
            else:
                readers.append(kind._cached_result_processor(self.dialect, said[1]))
        self._readers = readers
        return readers


def _spell_out(statement: Any, given: frozenset[str]) -> None:
    """Have constants written into the text.

    SQLite plans a statement anew at each execution when a parameter might decide whether a partial index fits
    (`state = ?` and an index of what is open); a word in the text is looked at once.
    """
    for part in visitors.iterate(statement):
        if isinstance(part, BindParameter) and part.key not in given and _is_plain(part.value):
            part.literal_execute = True


def _is_plain(value: object) -> bool:
    if isinstance(value, list | tuple | set | frozenset):
        return bool(value) and all(type(one) in (str, int) for one in value)
    return type(value) in (str, int)


_INSERTS: dict[tuple[str, str, bool], tuple[Compiled, tuple[str, ...]]] = {}


def put(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]], *, unless_there: bool = False) -> None:
    """Insert rows in the connection's transaction; a column that a row does not name is left empty.

    With `unless_there` a row that breaks a unique constraint is passed over. For tables that are of nobody's record:
    `SilentWrite` does not hear of it. Raises SQLAlchemy's `DBAPIError`s.
    """
    many = list(rows)
    if not many:
        return
    key = (table.name, connection.dialect.name, unless_there)
    known = _INSERTS.get(key)
    if known is None:
        known = _INSERTS[key] = _insertion(table, connection.dialect, unless_there)
    statement, names = known
    values = [{f"new_{name}": row.get(name) for name in names} for row in many]
    if len(values) == 1:
        statement.run(connection, values[0])
    else:
        statement.run_many(connection, values)


_DELETES: dict[tuple[str, str, tuple[str, ...]], Compiled] = {}


def strike(connection: Connection, table: Table, values: Mapping[str, Any]) -> None:
    """Delete the rows whose columns have these values, in the connection's transaction.

    `SilentWrite` does not hear of it, as with `put`. Raises SQLAlchemy's `DBAPIError`s.
    """
    key = (table.name, connection.dialect.name, tuple(values))
    known = _DELETES.get(key)
    if known is None:
        same = [table.c[name] == bindparam(f"old_{name}", type_=table.c[name].type, required=False) for name in values]
        given = frozenset(f"old_{name}" for name in values)
        known = _DELETES[key] = Compiled(delete(table).where(*same), connection.dialect, given)
    known.run(connection, {f"old_{name}": value for name, value in values.items()})


def _insertion(table: Table, dialect: Dialect, unless_there: bool) -> tuple[Compiled, tuple[str, ...]]:
    columns = [column for column in table.c if column is not table.autoincrement_column]
    insert: Any = (sqlite if dialect.name == "sqlite" else postgresql).insert(table).inline()
    insert = insert.values({c.name: bindparam(f"new_{c.name}", type_=c.type, required=False) for c in columns})
    statement = insert.on_conflict_do_nothing() if unless_there else insert
    names = tuple(column.name for column in columns)
    return Compiled(statement, dialect, frozenset(f"new_{name}" for name in names)), names


def failure(error: BaseException, connection: Connection, text: str) -> BaseException:
    """The driver's error as SQLAlchemy's, without values. A connection that is gone is not used again."""
    dialect: Any = connection.dialect
    is_gone = dialect.is_disconnect(error, connection.connection.dbapi_connection, None)
    told = DBAPIError.instance(
        text, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, connection_invalidated=is_gone,
        dialect=dialect,
    )  # fmt: skip
    if is_gone:
        connection.invalidate(error)
    return told
