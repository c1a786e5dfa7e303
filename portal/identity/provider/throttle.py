"""Failures counted in the database, so that every process counts alike (NIST SP 800-63B-4, 3.2.2).

A try is counted before it is judged and given back when it was right: a hundred tries at once count as a hundred.
Keys are keyed hashes; a stolen table names nobody.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from portal.infra.errors import TooMany
from portal.infra.ids import new_id
from portal.work.limits import TABLE, Window, key_of
from portal.work.limits import take as take  # counted the same way as everything else
from portal.work.services import Services

log = structlog.get_logger("sign-in")
FREE_FAILURES = 5
MOST_IN_A_ROW = 100
LONGEST_WAIT = 900
REST_AFTER_MOST = timedelta(days=1)
FORGET_AFTER = timedelta(days=2)


ADDRESS = Window("address", 10, timedelta(minutes=5))
FACTOR = (
    Window("factor-5m", 5, timedelta(minutes=5)),
    Window("factor-1h", 20, timedelta(hours=1)),
    Window("factor-1d", 50, timedelta(days=1)),
)
RESET = Window("reset", 5, timedelta(days=1))
RESET_ADDRESS = Window("reset-address", 20, timedelta(hours=1))
CODE = Window("code", 20, timedelta(hours=1))
SITE = Window("site", 200, timedelta(minutes=5))  # an alarm, never a lock


def _wait(failures: int) -> timedelta:
    """How long nobody may try after so many failures in a row: 1, 2, 4 … 900 seconds; a day after a hundred."""
    if failures < FREE_FAILURES:
        return timedelta(0)
    if failures >= MOST_IN_A_ROW:
        return REST_AFTER_MOST
    return timedelta(seconds=min(LONGEST_WAIT, 2 ** min(failures - FREE_FAILURES, 10)))


def take_in_a_row(services: Services, name: str, who: str) -> None:
    """Count a try against an account (or a device). Raises `TooMany` while a growing delay runs.

    After a hundred failures in a row it rests for a day; a known device, a passkey or a new password still open it.
    """
    now = services.clock.now()
    key = key_of(services, name, who)
    _start(services, key, now)
    with services.database.connect(write=True) as connection:
        row = connection.execute(select(TABLE).where(TABLE.c.key == key).with_for_update()).first()
        if row and row.blocked_until and row.blocked_until > now:
            raise TooMany(row.blocked_until)
        failures = (row.failures if row else 0) + 1
        wait = _wait(failures)
        values = {"failures": failures, "window_at": now, "blocked_until": now + wait if wait else None}
        connection.execute(update(TABLE).where(TABLE.c.key == key).values(**values))


def give_back(services: Services, window: Window, who: str) -> None:
    """The try was right: it does not count."""
    with services.database.connect(write=True) as connection:
        connection.execute(
            update(TABLE)
            .where(TABLE.c.key == key_of(services, window.name, who), TABLE.c.failures > 0)
            .values(failures=TABLE.c.failures - 1)
        )


def clear(services: Services, name: str, who: str) -> None:
    """Forget the failures in a row."""
    with services.database.connect(write=True) as connection:
        connection.execute(
            update(TABLE).where(TABLE.c.key == key_of(services, name, who)).values(failures=0, blocked_until=None)
        )


def watch_site(services: Services) -> None:
    """Count a failure of the whole site; an unusual number is said in the log, for whoever watches it."""
    try:
        take(services, SITE, "all")
    except TooMany:
        log.warning("unusually many failed sign-ins", kind="site-alarm")


def tidy(services: Services) -> int:
    """Drop counters nobody has touched for two days. Returns how many."""
    now = services.clock.now()
    with services.database.connect(write=True) as connection:
        gone = connection.execute(
            delete(TABLE).where(
                TABLE.c.window_at < now - FORGET_AFTER,
                TABLE.c.blocked_until.is_(None) | (TABLE.c.blocked_until < now),
            )
        )
    return int(gone.rowcount)


def _start(services: Services, key: str, now: datetime) -> None:
    with services.database.connect() as connection:
        if connection.execute(select(TABLE.c.id).where(TABLE.c.key == key)).first():
            return
    try:
        with services.database.connect(write=True) as connection:
            connection.execute(insert(TABLE).values(id=new_id(), key=key, failures=0, window_at=now))
    except IntegrityError:
        pass  # another process was first, which is as good
