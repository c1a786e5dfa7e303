"""How often one account may do something that costs others: writing, searching, taking copies (OWASP ASVS 2.4.1).

Counted in the database, so that every process counts alike, under keyed hashes: a stolen table names nobody.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, update
from sqlalchemy.dialects import postgresql, sqlite

from portal.infra.errors import TooMany
from portal.infra.ids import new_id
from portal.models import Throttle
from portal.work.services import Services
from portal.work.unit_of_work import UnitOfWork

TABLE: Any = Throttle.__table__


@dataclass(frozen=True, slots=True)
class Window:
    """So many in so long."""

    name: str
    most: int
    length: timedelta


SENDING = Window("sending", 60, timedelta(minutes=10))  # more than anybody writes, less than a program does
SEARCHING = Window("searching", 120, timedelta(minutes=10))
COPYING = Window("copying", 60, timedelta(hours=1))
HOLDING = Window("holding", 40, timedelta(minutes=10))


def key_of(services: Services, name: str, who: str) -> str:
    """The name of a counter, which tells nobody whose it is."""
    secret = services.ring.derive("throttle")
    return f"{name}:{hmac.new(secret, f'{name}:{who}'.encode(), hashlib.sha256).hexdigest()}"


def take(services: Services, window: Window, who: str) -> None:
    """Count a try in a window of time, in a transaction of its own. Raises `TooMany` when it is full."""
    now = services.clock.now()
    key = key_of(services, window.name, who)
    with services.database.connect(write=True) as connection:
        row = connection.execute(_counted(services, window, key, now)).one()
        if is_full := row.failures > window.most:
            connection.execute(update(TABLE).where(TABLE.c.key == key).values(failures=window.most))
    if is_full:
        raise TooMany(row.window_at + window.length)


def take_within(uow: UnitOfWork, window: Window) -> None:
    """Count what the actor is about to do, in the unit's own transaction: what is undone does not count.

    Raises `TooMany` when the window is full.
    """
    key = key_of(uow.services, window.name, str(uow.actor.account_id))
    row = uow.session.execute(_counted(uow.services, window, key, uow.now)).one()
    if row.failures > window.most:
        raise TooMany(row.window_at + window.length)


def _counted(services: Services, window: Window, key: str, now: datetime) -> Any:
    """One more in a counter, which begins anew when its window is over; answers with what it then says."""
    dialect: Any = sqlite if services.database.is_sqlite else postgresql
    is_over = TABLE.c.window_at <= now - window.length
    return (
        dialect.insert(TABLE)
        .values(id=new_id(), key=key, failures=1, window_at=now)
        .on_conflict_do_update(
            index_elements=["key"],
            set_={
                "failures": case((is_over, 1), else_=TABLE.c.failures + 1),
                "window_at": case((is_over, now), else_=TABLE.c.window_at),
            },
        )
        .returning(TABLE.c.failures, TABLE.c.window_at)
    )
