"""The one transaction of a unit of work: a connection, and a session on it for those who keep entities.

A unit that reads holds a connection and makes a session only when somebody asks for entities. One that writes has its
session from the start, because what was added is written by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from portal.infra.database import Database
from portal.policy.actors import Actor
from portal.work import audit
from portal.work.compiled import Compiled, Rows


class Transaction:
    """Opens at the first statement. `commit`, `rollback` or `keep_trail` end it; after `close` it holds nothing."""

    def __init__(self, database: Database, now: datetime, *, write: bool, connection: Connection | None = None) -> None:
        """`connection` is one that reads already, and is taken over."""
        self._database = database
        self._now = now
        self._is_write = write
        self._connection = connection
        self._session: Session | None = None

    @property
    def session(self) -> Session:
        """For entities and for writing."""
        if self._session is None:
            if self._is_write:
                self._session = self._database.session(write=True)
            else:
                self._session = Session(self.connection, autoflush=False, expire_on_commit=False)
            self._session.info["now"] = self._now
        return self._session

    @property
    def connection(self) -> Connection:
        """The connection, in its transaction."""
        if self._connection is None:
            if self._is_write:
                self._connection = self.session.connection()
            else:
                self._connection = self._database.reader.connect()
                self._connection.begin()
        return self._connection

    def run(self, statement: Compiled, values: Mapping[str, Any]) -> Rows:
        return statement.run(self.connection, values)

    def commit(self) -> None:
        self._connection = None
        self.session.commit()

    def rollback(self) -> None:
        """Undo, and forget what was read."""
        if self._is_write:
            self._connection = None
            if self._session is not None:
                self._session.rollback()
        elif self._connection is not None:
            self.close()

    def keep_trail(self, actor: Actor, entries: Iterable[audit.Entry], *, marks: Iterable[audit.Mark] = ()) -> None:
        """End a transaction that kept nothing; write what was seen and refused, and strike `marks`, in a short one."""
        entries, marks = list(entries), list(marks)
        connection = self._connection
        if self._is_write or connection is None or not (entries or marks):
            self.rollback()
            audit.write_apart(self._database, actor, entries, self._now, marks=marks)
            return
        if self._session is not None:
            self._session.close()
            self._session = None
        connection.rollback()
        connection.execution_options(read_only=False)
        with connection.begin():
            audit.write(connection, actor, entries, self._now)
            for mark in marks:
                audit.leave(connection, mark)
        self.close()

    def close(self) -> None:
        session, connection = self._session, self._connection
        self._session = self._connection = None
        if session is not None:
            session.close()
        if connection is not None and not self._is_write:
            connection.close()
