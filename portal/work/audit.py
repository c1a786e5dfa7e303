"""The trail: entries of ids, written with the transaction they tell of, sealed into a chain by a job."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, func, insert, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from portal.infra.database import Database
from portal.models import AuditEvent, AuditSeal
from portal.policy.actions import Action
from portal.policy.actors import Actor
from portal.work.compiled import put, strike

BATCH = 5000
# Rows of a table with these values, which go ("not read yet"), and the row that comes in their place, if any.
Mark = tuple[Table, Mapping[str, Any], Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing done, seen or refused."""

    action: str
    patient_id: UUID | None
    object_type: str | None = None
    object_id: str | None = None
    outcome: str = "done"
    reason: str | None = None


def rows(actor: Actor, entries: Iterable[Entry], now: datetime) -> list[dict[str, Any]]:
    """The entries as table rows, each once."""
    return [
        {
            "at": now,
            "actor": actor.label,
            "account_id": actor.account_id,
            "patient_id": entry.patient_id,
            "action": entry.action,
            "object_type": entry.object_type,
            "object_id": entry.object_id,
            "outcome": entry.outcome,
            "reason": entry.reason,
            "request_id": actor.request_id,
            "session": actor.session_mark,
            "address": actor.address,
        }
        for entry in dict.fromkeys(entries)
    ]


_EVENTS: Any = AuditEvent.__table__


def write(connection: Connection | Session, actor: Actor, entries: Iterable[Entry], now: datetime) -> None:
    """Add the entries in the caller's transaction."""
    new = rows(actor, entries, now)
    if new:
        put(connection.connection() if isinstance(connection, Session) else connection, _EVENTS, new)


def leave(connection: Connection, mark: Mark) -> None:
    """Strike the rows a mark names, and put its new one."""
    table, old, new = mark
    strike(connection, table, old)
    if new is not None:
        put(connection, table, [new], unless_there=True)


def write_apart(
    database: Database, actor: Actor, entries: Iterable[Entry], now: datetime, *, marks: Iterable[Mark] = ()
) -> None:
    """Add the entries in a short transaction of their own (refusals, and looks of a read), and strike `marks` in it."""
    new, more = rows(actor, entries, now), tuple(marks)
    if new or more:
        with database.engine.begin() as connection:
            put(connection, _EVENTS, new)
            for mark in more:
                leave(connection, mark)


def signed_in(database: Database, actor: Actor, action: str, outcome: str, now: datetime, reason: str | None) -> None:
    """Record something of the sign-in area, where no patient is concerned."""
    write_apart(database, actor, [Entry(action, None, outcome=outcome, reason=reason)], now)


def _canonical(row: Any) -> bytes:
    return "\x1f".join("" if value is None else str(value) for value in row).encode() + b"\x1e"


_SEALED_COLUMNS = list(_EVENTS.c)


def seal(database: Database, key: bytes, now: datetime) -> int:
    """Seal what is not sealed yet, a batch a link. Returns how many events were sealed."""
    sealed = 0
    while True:
        with database.engine.begin() as connection:
            last = connection.execute(select(AuditSeal).order_by(AuditSeal.id.desc()).limit(1)).first()
            after = last.last_id if last else 0
            batch = connection.execute(
                select(*_SEALED_COLUMNS).where(AuditEvent.id > after).order_by(AuditEvent.id).limit(BATCH)
            ).all()
            if not batch:
                return sealed
            previous = last.mac if last else bytes(32)
            connection.execute(
                insert(AuditSeal),
                {
                    "first_id": batch[0].id,
                    "last_id": batch[-1].id,
                    "count": len(batch),
                    "at": now,
                    "previous": previous,
                    "mac": _mac(key, previous, batch),
                },
            )
            sealed += len(batch)


def _mac(key: bytes, previous: bytes, batch: Iterable[Any]) -> bytes:
    mac = hmac.new(key, previous, hashlib.sha256)
    for row in batch:
        mac.update(_canonical(row))
    return mac.digest()


def verify(connection: Connection, key: bytes) -> list[str]:
    """What is wrong with the trail, one sentence a link; empty when it is whole."""
    wrong: list[str] = []
    previous, expected_first = bytes(32), 0
    link: Any
    for link in connection.execute(select(AuditSeal).order_by(AuditSeal.id)).all():
        batch = connection.execute(
            select(*_SEALED_COLUMNS)
            .where(AuditEvent.id >= link.first_id, AuditEvent.id <= link.last_id)
            .order_by(AuditEvent.id)
        ).all()
        if link.previous != previous or link.first_id <= expected_first:
            wrong.append(f"seal {link.id} does not follow the one before it")
        if len(batch) != link.count:
            wrong.append(f"events {link.first_id} to {link.last_id}: {link.count} sealed, {len(batch)} there")
        elif not hmac.compare_digest(_mac(key, link.previous, batch), link.mac):
            wrong.append(f"events {link.first_id} to {link.last_id} were changed after they were sealed")
        previous, expected_first = link.mac, link.last_id
    orphans = connection.execute(
        select(func.count()).select_from(AuditEvent).where(AuditEvent.id <= expected_first)
    ).scalar_one()
    total = connection.execute(select(func.coalesce(func.sum(AuditSeal.count), 0))).scalar_one()
    if orphans != total:
        wrong.append(f"{total} events are sealed, {orphans} are there")
    return wrong


__all__ = ["Action", "Entry", "seal", "signed_in", "verify", "write", "write_apart"]
