"""One piece of work: one actor, one transaction, one reading of the clock, one trail."""

from __future__ import annotations

import copy
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, Update, exists, func, literal, select, update
from sqlalchemy.engine import Connection, Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from portal.infra import crypto
from portal.infra.errors import Conflict, NotAllowed, NotFound, PortalError
from portal.infra.ids import new_id
from portal.infra.settings import Settings
from portal.models import Person
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.policy.scope import condition
from portal.work import audit, outbox
from portal.work.guards import SilentWrite, UnusedAction, patient_of
from portal.work.prepared import KNOWN, Prepared, anybody_like, kind_of, parameter, values_of
from portal.work.services import Services
from portal.work.transaction import Transaction

M = TypeVar("M")


class UnitOfWork:
    """Everything a use case may ask of the world.

    The transaction opens at the first statement and is ended once, by whoever opened the unit (`finish`): the door,
    a job, a command. Use cases never commit.
    """

    def __init__(self, services: Services, actor: Actor, *, write: bool, connection: Connection | None = None) -> None:
        """`connection` is one that reads already, for a unit that only reads; the unit takes it over."""
        self.services = services
        self.actor = actor
        self.is_write = write
        self.now: datetime = services.clock.now()
        self._transaction = Transaction(services.database, self.now, write=write, connection=connection)
        self._entries: list[audit.Entry] = []
        self._accounted: set[UUID | None] = set()
        self._asked: set[Action] = set()
        self._marks: list[audit.Mark] = []
        self._is_finished = False
        self._openers: dict[UUID, tuple[crypto.Opener, str]] = {}

    @classmethod
    @contextmanager
    def open(cls, services: Services, actor: Actor, *, write: bool) -> Iterator[UnitOfWork]:
        """A unit for jobs and commands: kept when the block ends well, undone when it raises."""
        uow = cls(services, actor, write=write)
        try:
            yield uow
            uow.finish(keep=True)
        except BaseException:
            uow.finish(keep=False)
            raise
        finally:
            uow.close()

    @property
    def session(self) -> Session:
        """The session of this unit's transaction, for entities and for writing."""
        return self._transaction.session

    @property
    def settings(self) -> Settings:
        return self.services.settings

    def as_job(self, kind: str) -> UnitOfWork:
        """The same transaction and trail under the rules of a job (`policy.rules.SYSTEM`).

        For a decision that must rest on the whole record although the reader may see only a part of it, such as who
        answers a question: what is read this way decides, and is shown to nobody.
        """
        other = copy.copy(self)
        other.actor = Actor.system(kind)
        return other

    # Reading -----------------------------------------------------------------------------------------------------

    def select(
        self, action: Action, model: Any, *columns: Any, within: UUID | None = None, joining: Sequence[Any] = ()
    ) -> Select[Any]:
        """A select of the rows of `model` on which the actor may do `action`; of entities, or of `columns`.

        `within` names the patient from the URL. `joining` names other patient-owned models the statement will touch;
        the rule of `action` must be reason enough to see them.
        """
        self._asked.add(action)
        statement = select(*columns).select_from(model) if columns else select(model)
        statement = statement.where(condition(self.actor, action, model, self.now, within=within))
        if within is not None:
            statement = statement.where(_patient_column(model) == within)
        names = frozenset({model.__tablename__, *(other.__tablename__ for other in joining)})
        return statement.execution_options(scoped=names)

    def prepared(self, build: Callable[..., Any], *fixed: Hashable, within: UUID | None = None, **values: Any) -> Any:
        """Run the statement of `build(uow, *fixed, within=…, **values)`, which is built once for each kind of actor.

        `build` must be a function of a module, and may use nothing of this request but its arguments and the actor's
        ids and the time of the unit it is given: all of those are parameters there, never values. `fixed` is part of
        the statement; `values` (ids, instants, texts, numbers) are parameters too, and never None.

        The answer is a `Rows` when columns are selected, and SQLAlchemy's result when entities are. In a unit that
        only reads, entities are records that can't be changed: all their columns by name, and no session behind them.
        """
        dialect = self.services.database.engine.dialect.name
        key = (build, fixed, tuple(values), kind_of(self.actor, within), dialect)
        known = KNOWN.get(key)
        if known is None or not known.is_current:
            known = KNOWN[key] = self._prepare(build, fixed, within, values)
        self._asked.update([action for action, _ in known.rules])
        parameters = values_of(self.actor, self.now, within)
        if values:
            parameters.update(values)
        compiled = known.compiled or (None if self.is_write else known.looked_at)
        if compiled is not None:
            return self._transaction.run(compiled, parameters)
        return self.session.execute(known.statement, parameters)

    def _prepare(
        self, build: Callable[..., Any], fixed: tuple[Hashable, ...], within: UUID | None, values: dict[str, Any]
    ) -> Prepared:
        blank: Any = copy.copy(self)
        blank.actor, patient = anybody_like(self.actor, within)
        blank.now = parameter("now", self.now)
        blank._asked = set()
        parameters = {name: parameter(name, value) for name, value in values.items()}
        statement = build(blank, *fixed, within=patient, **parameters)
        return Prepared.of(statement, self.actor, blank._asked, self.services.database.engine.dialect, values)

    def counting(self, action: Action, model: Any, *where: Any, within: UUID | None = None) -> Any:
        """A scalar subquery that counts, under the rule of `action`; for pages that need several numbers at once."""
        statement = self.select(action, model, func.count(), within=within).where(*where)
        return statement.scalar_subquery()

    def rows(self, statement: Any) -> Sequence[Row[Any]]:
        """All rows."""
        return self.session.execute(statement).all()

    def scalars(self, statement: Any) -> Sequence[Any]:
        """All first columns (or entities)."""
        return self.session.scalars(statement).all()

    def first(self, statement: Any) -> Any:
        """The first row, or None."""
        return self.session.execute(statement).first()

    def load(
        self, action: Action, model: type[M], row_id: UUID, *, within: UUID | None = None, options: Sequence[Any] = ()
    ) -> M:
        """The row, if the actor may do `action` with it. Raises `NotFound`, whether it is missing or not theirs.

        Where they may see it but not do this, it is `NotAllowed`.
        """
        if options:
            found = self.session.scalars(_row(self, action, model, within=within, row=row_id).options(*options)).first()
        else:
            kind: Any = model
            found = self.prepared(_row, action, kind, within=within, row=row_id).scalars().first()
        if found is None:
            self.refuse(action, patient=within, object_type=model.__tablename__, object_id=row_id)  # type: ignore[attr-defined]
            raise NotFound(action=action)
        patient_id = patient_of(found)
        self._note(action, patient_id, found)
        return found

    def seen(self, action: Action, patient_id: UUID | None) -> None:
        """Record that rows of this patient were listed under `action` (once a request)."""
        self._entries.append(audit.Entry(action, patient_id))

    def clear_unread(self, model: Any, **columns: Any) -> None:
        """Take away this account's own "not read yet" marks of `model` (a table with `account_id`) with these values.

        Good in a page, too: a page only reads, so the marks go in the short transaction that keeps the trail of the
        look, after the answer is made; if the page fails, they stay. A mark is bookkeeping of the reader, not of the
        record: the `load` or `seen` beside it is its trail.
        """
        self._marks.append((model.__table__, {"account_id": self.actor.account_id, **columns}, None))

    def remember(self, model: Any, key: Mapping[str, Any], **columns: Any) -> None:
        """Keep one row of this account's own bookkeeping of `model` under `key`, in place of the one that is there.

        Good in a page, too, as `clear_unread` is: "when I last looked".
        """
        mine = {"account_id": self.actor.account_id, **key}
        self._marks.append((model.__table__, mine, {"id": new_id(), **mine, **columns}))

    # Deciding ----------------------------------------------------------------------------------------------------

    def may(
        self, action: Action, *, patient: UUID | None = None, model: Any = Person, row_id: UUID | None = None
    ) -> bool:
        """Whether the rule of `action` allows it for that patient, or that row of `model` (which is the patient's)."""
        self._asked.add(action)
        row = row_id or patient
        if row is None:
            return False
        within = row if model is Person else patient
        return self.prepared(_allowed_row, action, model, within=within, row=row).first() is not None

    def require(
        self, action: Action, *, patient: UUID | None = None, model: Any = Person, row_id: UUID | None = None
    ) -> None:
        """Go on only if `action` is allowed. Raises `NotFound` where the actor may not know the patient exists,
        `NotAllowed` where they may know but not do it; both are put in the trail.
        """
        if self.may(action, patient=patient, model=model, row_id=row_id):
            return
        self.refuse(action, patient=patient, object_type=model.__tablename__, object_id=row_id)
        if patient is not None and not self.may(Action.PEOPLE_PERSON_READ, patient=patient):
            raise NotFound(action=action)
        raise NotAllowed(action=action)

    expect = require

    def require_admin(self, action: Action) -> None:
        """Go on only if the actor administers accounts. Raises `NotFound`: others need not know the page exists."""
        self._asked.add(action)
        if not self.actor.is_admin:
            self.refuse(action)
            raise NotFound(action=action)

    def refuse(
        self,
        action: Action,
        *,
        patient: UUID | None = None,
        object_type: str | None = None,
        object_id: UUID | None = None,
    ) -> None:
        """Put a refusal in the trail."""
        named = str(object_id) if object_id else None
        self._entries.append(audit.Entry(action, patient, object_type, named, outcome="refused"))

    # Writing -----------------------------------------------------------------------------------------------------

    def add(self, row: Any) -> None:
        """Add a row. It is written at the next flush or at the end."""
        self.session.add(row)

    def update(self, action: Action, model: Any, *, within: UUID | None = None) -> Update:
        """An UPDATE of the rows on which the actor may do `action`; add `.where`, `.values`, run by `change`."""
        self._asked.add(action)
        statement = update(model).where(condition(self.actor, action, model, self.now, within=within))
        if within is not None:
            statement = statement.where(_patient_column(model) == within)
        return statement.execution_options(synchronize_session=False)

    def change(self, statement: Any) -> int:
        """Run an UPDATE, INSERT or DELETE; returns the number of rows. `audit` must tell of it."""
        return self.session.execute(statement).rowcount  # type: ignore[attr-defined]

    def flush(self) -> None:
        """Write what was added so far. Raises `Conflict` when somebody else was first."""
        try:
            self.session.flush()
        except StaleDataError as error:
            raise Conflict("version-conflict") from error

    @contextmanager
    def absorbing_duplicates(self) -> Iterator[None]:
        """Run a block whose unique constraint may say "already there". Raises `Conflict("already-there")` then,
        with the rest of the transaction intact.
        """
        try:
            with self.session.begin_nested():
                yield
                self.session.flush()
        except IntegrityError as error:
            raise Conflict("already-there") from error

    def undo(self) -> None:
        """Take back what was changed so far and forget what was read, to look again after a `Conflict`."""
        self._transaction.rollback()
        self.session.expire_all()
        for kept in ("touched", "bulk"):  # what was taken back needs no line in the trail
            self.session.info.pop(kept, None)

    def audit(self, action: Action, row: Any = None, *, patient: UUID | None = None, reason: str | None = None) -> None:
        """Put a change in the trail. Every change of a patient's rows needs one, or `SilentWrite` is raised."""
        self._asked.add(action)
        patient_id = patient or (patient_of(row) if row is not None else None)
        self._accounted.add(patient_id)
        self._note(action, patient_id, row, reason)

    def later(self, kind: str, subject: object, *, at: datetime | None = None, key: str | None = None) -> None:
        """Have a job done after the commit (or at `at`). A job with the same `key` is added once."""
        outbox.add(self.session, kind, subject, at=at or self.now, now=self.now, key=key)

    # Sealing -----------------------------------------------------------------------------------------------------

    def _key(self, patient_id: UUID, *, create: bool) -> bytes:
        known = self.services.patient_keys.known(patient_id)
        if known is not None:
            return known
        new = self.session.info.get("new_keys", {})
        return new.get(patient_id) or self.services.patient_keys.get(self.session, patient_id, create=create)

    def seal(self, patient_id: UUID, place: str, row_id: UUID, text: str | bytes) -> bytes:
        """Encrypt with the patient's key, bound to `place` ("table.column") and the row."""
        plain = text.encode() if isinstance(text, str) else text
        return crypto.seal(self._key(patient_id, create=True), plain, f"{place}:{row_id}:{patient_id}")

    def unseal(self, patient_id: UUID, place: str, row_id: UUID, sealed: bytes) -> str:
        """Decrypt what `seal` made for the same place and row."""
        return self.unseal_bytes(patient_id, place, row_id, sealed).decode()

    def unseal_bytes(self, patient_id: UUID, place: str, row_id: UUID, sealed: bytes) -> bytes:
        known = self._openers.get(patient_id)
        if known is None:
            opener = crypto.Opener(self._key(patient_id, create=False))
            known = self._openers[patient_id] = (opener, str(patient_id))
        opener, patient = known
        return opener.open(sealed, f"{place}:{row_id}:{patient}")

    # Ending ------------------------------------------------------------------------------------------------------

    def check_used(self, action: Action) -> None:
        """Raise `UnusedAction` unless the policy was asked about the action the route declares."""
        if action not in self._asked:
            raise UnusedAction(action.value)

    def finish(self, *, keep: bool) -> None:
        """End the transaction: keep the changes with their trail, or undo them and still keep the trail of what was
        seen and refused. Raises `SilentWrite`, `Conflict`; nothing is kept then.
        """
        if self._is_finished:
            return
        self._is_finished = True
        try:
            if self.is_write and keep:
                self._guard()
                audit.write(self._transaction.connection, self.actor, self._entries, self.now)
                for mark in self._marks:
                    audit.leave(self._transaction.connection, mark)
                self._transaction.commit()
                self._entries = []
                return
        except BaseException:
            self._transaction.rollback()
            raise
        kept = self._entries if not self.is_write else [e for e in self._entries if _is_look_or_refusal(e)]
        self._transaction.keep_trail(self.actor, kept, marks=self._marks if keep else ())

    def close(self) -> None:
        """Let go of the connection. Whoever opened the unit does this last."""
        self._transaction.close()

    def _guard(self) -> None:
        self.flush()
        silent = self.session.info.get("touched", set()) - self._accounted
        if silent:
            raise SilentWrite(f"{len(silent)} patient(s) changed without a trail")
        if self.session.info.get("bulk") and not self._accounted:
            raise SilentWrite(f"{self.session.info['bulk']} changed without a trail")

    def _note(self, action: Action, patient_id: UUID | None, row: Any = None, reason: str | None = None) -> None:
        name = row.__tablename__ if row is not None else None
        row_id = str(row.id) if row is not None and row.id is not None else None
        self._entries.append(audit.Entry(action, patient_id, name, row_id, reason=reason))


def _is_look_or_refusal(entry: audit.Entry) -> bool:
    return entry.outcome != "done" or entry.action.endswith(":read")


def _allowed_row(uow: UnitOfWork, action: Action, model: Any, *, within: Any, row: Any) -> Any:
    uow._asked.add(action)
    allowed = condition(uow.actor, action, model, uow.now, within=within)
    wanted = [model.id == row, allowed]
    if within is not None and model is not Person:
        wanted.append(_patient_column(model) == within)
    statement = select(literal(1)).where(exists().where(*wanted))
    return statement.execution_options(scoped=frozenset({model.__tablename__}))


def _row(uow: UnitOfWork, action: Action, model: Any, *, within: Any, row: Any) -> Any:
    return uow.select(action, model, within=within).where(model.id == row)


def _patient_column(model: Any) -> Any:
    return model.id if model is Person else model.patient_id


__all__ = ["PortalError", "UnitOfWork"]
